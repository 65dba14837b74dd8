"""Whether the flags of two tables are the same, whatever the tiles they are stored in."""

from __future__ import annotations

from typing import Any

import numpy as np

from .flag_count import CHUNK_ROWS, COLUMN_BYTES
from .flag_layout import Layout, OtherLayout, find_layout
from .flag_tiles import TileReader

__all__ = ["same_tables"]


def same_tables(main: Any, version: Any) -> bool:
    """Whether two open tables of as many rows have, bit for bit, the same FLAG and FLAG_ROW.

    Parameters
    ----------
    main : table
        Main table of a measurement set.
    version : table
        One of its flag versions.
    """
    for start in range(0, main.nrows(), CHUNK_ROWS):
        count = min(CHUNK_ROWS, main.nrows() - start)
        if not np.array_equal(*(table.getcol("FLAG_ROW", start, count) for table in (main, version))):
            return False
    try:
        return _same_tiles(find_layout(main), find_layout(version))
    except OtherLayout:
        return _same_columns(main, version)


def _same_tiles(one: Layout, other: Layout) -> bool:
    """Compare them whatever the shape of their tiles."""
    maps = [(each.stop_row.tolist(), each.cube.tolist()) for each in (one, other)]
    shapes = [[cube.shape for cube in each.cubes] for each in (one, other)]
    if maps[0] != maps[1] or shapes[0] != shapes[1]:
        raise OtherLayout("the version's rows lie in another order than the set's")
    with TileReader() as reader, TileReader() as second:
        for cube, twin in zip(one.cubes, other.cubes):  # noqa: B905  # Python 3.8
            correlations, channels, rows = cube.shape
            step = max(1, COLUMN_BYTES * 2 // (correlations * channels))
            for row in range(0, rows, step):
                count = min(step, rows - row)
                if not np.array_equal(reader.cells(cube, row, count), second.cells(twin, row, count)):
                    return False
    return True


def _same_columns(main: Any, version: Any) -> bool:
    row, rows = 0, main.nrows()
    while row < rows:
        cell = main.getcell("FLAG", row)
        count = min(rows - row, max(1, COLUMN_BYTES // max(1, cell.size)))
        count = _of_one_shape(main, row, count)
        if not np.array_equal(*(table.getcol("FLAG", row, count) for table in (main, version))):
            return False
        row += count
    return True


def _of_one_shape(main: Any, row: int, count: int) -> int:
    """How many of `count` rows from `row` on are of the same data description, hence of one shape."""
    others = np.flatnonzero(np.diff(main.getcol("DATA_DESC_ID", row, count)))
    return int(others[0]) + 1 if len(others) else count
