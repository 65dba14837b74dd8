"""What the rows of an MS are of, and from when to when: scan, field, state and data description."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Tuple

import numpy as np

from .flag_count import open_unlocked

__all__ = ["Span", "read_spans"]

CHUNK_ROWS = 1 << 20
COLUMNS = ("SCAN_NUMBER", "FIELD_ID", "STATE_ID", "DATA_DESC_ID")
Key = Tuple[int, int, int, int]
"""Of a row, what `COLUMNS` hold."""


class Span(NamedTuple):
    """The rows of one scan that have one field, one state and one data description."""

    scan: int
    field: int
    state: int
    """-1 where the rows name none."""
    ddid: int
    start_s: float
    """TIME of the first of them, MJD in seconds: the middle of an integration."""
    end_s: float
    """TIME of the last."""


def read_spans(path: str) -> List[Span]:
    """Read the spans of the MS at `path`, in the order of their first rows."""
    found: Dict[Key, Tuple[float, float]] = {}
    with open_unlocked(path) as main:
        for start in range(0, main.nrows(), CHUNK_ROWS):
            count = min(CHUNK_ROWS, main.nrows() - start)
            keys = np.stack([main.getcol(name, start, count).astype(np.int64) for name in COLUMNS])
            _add(found, keys, main.getcol("TIME", start, count))
    return [Span(*key, *ends) for key, ends in found.items()]


def _add(found: Dict[Key, Tuple[float, float]], keys: Any, times_s: Any) -> None:
    """Add a chunk of rows; keys: int (4, rows)."""
    packed = np.ravel_multi_index(tuple(keys + 1), tuple(keys.max(axis=1) + 2))
    _, first, which = np.unique(packed, return_index=True, return_inverse=True)
    begin, end = np.full(len(first), np.inf), np.full(len(first), -np.inf)
    np.minimum.at(begin, which.ravel(), times_s)
    np.maximum.at(end, which.ravel(), times_s)
    for n in np.argsort(first).tolist():
        key: Key = tuple(keys[:, first[n]].tolist())
        known = found.get(key, (np.inf, -np.inf))
        found[key] = (min(known[0], float(begin[n])), max(known[1], float(end[n])))
