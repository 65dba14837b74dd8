"""Rows of an MS are told by what they are of, however many there are."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from casapilot.steps.casa import spans
from hypothesis import given, settings
from hypothesis import strategies as st

ROW = st.tuples(*[st.integers(-1, 3)] * 4, st.integers(0, 100))


class Main:
    """A main table made up of rows: scan, field, state, data description, time."""

    def __init__(self, rows: list[tuple[int, ...]]) -> None:
        columns = np.array(rows).reshape(-1, 5).T
        self._columns = dict(zip((*spans.COLUMNS, "TIME"), columns, strict=True))
        self._rows = len(rows)

    def nrows(self) -> int:
        return self._rows

    def getcol(self, name: str, start: int, count: int) -> Any:
        column = self._columns[name][start : start + count]
        return column.astype(float) if name == "TIME" else column


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROW, max_size=30), chunk=st.integers(1, 8))
def test_each_combination_comes_once_with_its_first_and_last_time(
    rows: list[tuple[int, ...]], chunk: int
) -> None:
    @contextmanager
    def opened(path: str) -> Any:
        yield Main(rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spans, "open_unlocked", opened)
        patch.setattr(spans, "CHUNK_ROWS", chunk)
        found = spans.read_spans("x.ms")
    keys = list(dict.fromkeys(row[:4] for row in rows))
    times = {key: [row[4] for row in rows if row[:4] == key] for key in keys}
    assert [each[:4] for each in found] == keys
    assert [(each.start_s, each.end_s) for each in found] == [(min(times[k]), max(times[k])) for k in keys]
