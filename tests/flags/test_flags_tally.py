"""Adding up rows, against the plain loops that flagdata runs."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from casapilot.steps.casa.flag_tally import COLUMNS, Names, Rows, Tally
from casapilot.steps.errors import FlagError
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = Names(["A", "B", "B", "D"], ["CAL", "TGT", "CAL"], [0, 3, 3], [["RR", "LL"], ["RR", "LL"], ["XX"]])
SHAPES = {0: (4, 2), 1: (3, 2), 2: (5, 1)}
LIMITS = {"ANTENNA1": 3, "ANTENNA2": 3, "FIELD_ID": 2, "DATA_DESC_ID": 2, "SCAN_NUMBER": 12}

Row = dict[str, int]


@st.composite
def rows_with_flags(draw: st.DrawFn) -> list[tuple[Row, np.ndarray]]:
    count = draw(st.integers(0, 30))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = [
        {name: int(random.integers(0, LIMITS.get(name, 1) + 1)) for name in COLUMNS} for _ in range(count)
    ]
    return [(row, random.random(SHAPES[row["DATA_DESC_ID"]]) < 0.4) for row in rows]


def by_hand(rows: list[tuple[Row, np.ndarray]]) -> dict[str, Any]:
    sums: Any = defaultdict(lambda: defaultdict(lambda: {"flagged": 0.0, "total": 0.0}))

    def add(axis: str, name: str, flags: np.ndarray) -> None:
        sums[axis][name]["flagged"] += float(flags.sum())
        sums[axis][name]["total"] += float(flags.size)

    for row, flags in rows:
        ddid, ends = row["DATA_DESC_ID"], [row["ANTENNA1"], row["ANTENNA2"]]
        for antenna in ends if ends[0] != ends[1] else ends[:1]:
            add("antenna", NAMES.antennas[antenna], flags)
        add("array", str(row["ARRAY_ID"]), flags)
        add("observation", str(row["OBSERVATION_ID"]), flags)
        add("scan", str(row["SCAN_NUMBER"]), flags)
        add("field", NAMES.fields[row["FIELD_ID"]], flags)
        add("spw", str(NAMES.spws[ddid]), flags)
        for channel in range(flags.shape[0]):
            add("spw:channel", f"{NAMES.spws[ddid]}:{channel}", flags[channel])
        for number, correlation in enumerate(NAMES.correlations[ddid]):
            add("correlation", correlation, flags[:, number])
    axes = ("antenna", "array", "correlation", "field", "observation", "scan", "spw", "spw:channel")
    whole = np.concatenate([flags.reshape(-1) for _, flags in rows] or [np.zeros(0)])
    return {
        **{axis: {name: dict(counts) for name, counts in sums[axis].items()} for axis in axes},
        "type": "summary",
        "name": "Summary",
        "flagged": float(whole.sum()),
        "total": float(whole.size),
    }


def tallied(rows: list[tuple[Row, np.ndarray]], wanted: np.ndarray) -> dict[str, Any]:
    tally = Tally(len(NAMES.antennas))
    for number, (row, flags) in enumerate(rows):
        cells = tally.cells(row["DATA_DESC_ID"], *flags.shape)
        cells[0] += flags & wanted[number]
        cells[1] += int(wanted[number])
    columns = {name: np.array([row[name] for row, _ in rows], np.int64) for name in COLUMNS}
    flagged = np.array([flags.sum() for _, flags in rows], np.int64)
    total = np.array([flags.size for _, flags in rows], np.int64)
    middle = len(rows) // 2
    for part in (slice(0, middle), slice(middle, None)):
        chunk = Rows(0, {name: column[part] for name, column in columns.items()}, wanted[part])
        tally.add_rows(chunk, flagged[part], total[part])
    return tally.summary(NAMES)


@given(rows_with_flags(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_sums_are_those_of_plain_loops(rows: list[tuple[Row, np.ndarray]], autos: bool) -> None:
    wanted = np.array([autos or row["ANTENNA1"] != row["ANTENNA2"] for row, _ in rows], bool)
    kept = [each for each, keep in zip(rows, wanted, strict=True) if keep]
    assert tallied(rows, wanted) == by_hand(kept)


def test_keys_come_in_the_order_of_flagdata() -> None:
    names = list(Tally(2).summary(NAMES))
    assert names == sorted(names)
    assert "spw:channel" not in Tally(2).summary(NAMES, channels=False)


@pytest.mark.parametrize("column", ["ANTENNA1", "FIELD_ID", "DATA_DESC_ID"])
@pytest.mark.parametrize("number", [-1, 4])
def test_numbers_without_a_name_are_an_error(column: str, number: int) -> None:
    tally = Tally(len(NAMES.antennas))
    columns = {name: np.zeros(1, np.int64) for name in COLUMNS} | {column: np.array([number])}
    with pytest.raises(FlagError, match="rows name"):
        tally.add_rows(Rows(0, columns, np.ones(1, bool)), np.ones(1, np.int64), np.ones(1, np.int64))
        tally.summary(NAMES)
