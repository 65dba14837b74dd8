"""Whether two tables of CASA hold the same, bit for bit; and where they first do not.

Main tables only: sub-tables hold dates and histories, and what a reduction does to them shows in the
tables made from it. Read in chunks and without locks.
"""

from __future__ import annotations

import os
from typing import Any, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from .flag_count import open_unlocked

__all__ = ["Compared", "Status", "compare_folders", "compare_tables"]

#: Read at a time of each of the two tables, bytes.
CHUNK_BYTES = 1 << 25
#: Columns by which rows of the same shape are found: of an MS, of a caltable.
SHAPES = ("DATA_DESC_ID", "SPECTRAL_WINDOW_ID")
#: Columns that say what a row is.
PLACE = ("SCAN_NUMBER", "ANTENNA1", "ANTENNA2", "SPECTRAL_WINDOW_ID", "DATA_DESC_ID", "FIELD_ID")


class Status:
    """How two tables of one name compare."""

    IDENTICAL = "identical"
    DIFFERS = "differs"
    NOT_HERE = "missing here"
    """Only the second folder has it."""
    NOT_THERE = "missing there"
    """Only the first folder has it."""


class Compared(NamedTuple):
    """One table and its twin."""

    table: str
    status: str
    text: str
    """For a person: what differs, by how much, where; or how much was compared."""
    largest: Optional[float] = None
    """The largest difference of two numbers; None where nothing differs or it is no number."""


class _Difference(NamedTuple):
    column: str
    elements: int
    """How many differ."""
    largest: Optional[float]
    row: int
    """The first row that differs."""


def compare_folders(one: str, other: str) -> List[Compared]:
    """Compare all tables in `one` with those of the same name in `other`.

    Returns
    -------
    list of Compared
        First those in `one`, by name; then those that only `other` has.
    """
    names, others = _tables(one), _tables(other)
    found = []
    for name in names:
        if name in others:
            found.append(compare_tables(os.path.join(one, name), os.path.join(other, name)))
        else:
            found.append(Compared(name, Status.NOT_THERE, f"{name} is not in {os.path.basename(other)}"))
    missing = [name for name in others if name not in names]
    return found + [Compared(name, Status.NOT_HERE, f"only {other} has {name}") for name in missing]


def _tables(folder: str) -> List[str]:
    return sorted(
        entry.name
        for entry in os.scandir(folder)
        if not entry.is_symlink() and os.path.isfile(os.path.join(entry.path, "table.dat"))
    )


def compare_tables(one: str, other: str) -> Compared:
    """Compare two tables: as many rows, the same columns, and every cell the same bit for bit.

    Parameters
    ----------
    one, other : str
        Paths of two MSs, caltables or images.

    Returns
    -------
    Compared
        Its status is identical or differs.

    Raises
    ------
    FlagError
        One of them is not a table.
    """
    name = os.path.basename(other)
    with open_unlocked(one) as first, open_unlocked(other) as second:
        problem = _form(first, second)
        if problem:
            return Compared(name, Status.DIFFERS, problem)
        columns = sorted(first.colnames())
        differences = [each for each in (_column(first, second, column) for column in columns) if each]
        rows = int(first.nrows())
        if not differences:
            return Compared(name, Status.IDENTICAL, f"{rows} rows, {len(columns)} columns")
        return _told(name, second, rows, differences)


def _told(name: str, table: Any, rows: int, differences: List[_Difference]) -> Compared:
    """The differences in words, the data first: what they are is most often in these."""
    weight = {"CORRECTED_DATA": -4, "DATA": -3, "CPARAM": -4, "FPARAM": -4, "FLAG": -2, "MODEL_DATA": -1}
    ordered = sorted(differences, key=lambda each: weight.get(each.column, 0))
    words = [
        f"{each.column} in {each.elements} elements"
        + ("" if each.largest is None else f" by up to {each.largest:.6g}")
        for each in ordered
    ]
    more = f" and {len(words) - 4} more" if len(words) > 4 else ""
    where = _place(table, ordered[0].row)
    largest = [each.largest for each in ordered if each.largest is not None]
    text = f"{', '.join(words[:4])}{more} differ; the first is row {ordered[0].row} of {rows}{where}"
    return Compared(name, Status.DIFFERS, text, largest[0] if largest else None)


def _place(table: Any, row: int) -> str:
    here = [column for column in PLACE if column in table.colnames()]
    said = [f"{column.lower()} {table.getcell(column, row)}" for column in here]
    return f" ({', '.join(said)})" if said else ""


def _form(one: Any, other: Any) -> str:
    """What is wrong with the form already, or nothing."""
    columns = [set(each.colnames()) for each in (one, other)]
    for text, extra in (
        ("only the working table has", columns[1] - columns[0]),
        ("the working table lacks", columns[0] - columns[1]),
    ):
        if extra:
            return f"{text} the column {', '.join(sorted(extra))}"
    if one.nrows() != other.nrows():
        return f"{other.nrows()} rows, {one.nrows()} when made from scratch"
    return ""


def _column(one: Any, other: Any, column: str) -> Optional[_Difference]:
    count, row, largest = 0, -1, None
    for rows, left, right in _cells(one, other, column):
        different, most = _differing(left, right)
        if not different.any():
            continue
        count += int(different.sum())
        by_row = different.reshape(len(rows), -1).any(axis=1)
        first = int(rows[by_row][0])
        row = first if row < 0 else min(row, first)
        if most is not None:
            largest = most if largest is None else max(largest, most)
    return _Difference(column, count, largest, row) if count else None


Cells = Tuple["np.ndarray[Any, Any]", Any, Any]


def _cells(one: Any, other: Any, column: str) -> Iterator[Cells]:
    """Yield row numbers and the two tables' cells in these rows, rows first."""
    if one.isscalarcol(column):
        yield from _chunks(one, other, column, np.arange(one.nrows()), 64)
        return
    for rows, shape_one, shape_two in _shapes(one, other):
        size = _size(shape_one, column)
        if size is None:
            yield from _one_by_one(shape_one, shape_two, column, rows)
            continue
        yield from _chunks(shape_one, shape_two, column, rows, size)


def _shapes(one: Any, other: Any) -> Iterator[Tuple[Any, Any, Any]]:
    """Yield the rows of one shape each: those of one spw."""
    key = next((name for name in SHAPES if name in one.colnames()), "")
    values = one.getcol(key) if key and one.nrows() else np.zeros(0, int)
    if len(np.unique(values)) < 2 or not np.array_equal(values, other.getcol(key)):
        yield np.arange(one.nrows()), one, other
        return
    for value in np.unique(values).tolist():
        parts = [table.query(f"{key}=={value}") for table in (one, other)]
        try:
            yield np.flatnonzero(values == value), parts[0], parts[1]
        finally:
            for part in parts:
                part.close()


def _size(table: Any, column: str) -> Optional[int]:
    """Bytes of a cell; None when the cells are not all there, or not of one shape."""
    if not table.nrows():
        return 8
    if not table.iscelldefined(column, 0):  # to read it would write SEVERE into the log
        return None
    try:
        first = table.getcell(column, 0)
        shapes = table.getcolshapestring(column)
    except RuntimeError:
        return None
    if len(set(shapes)) > 1:
        return None
    return max(1, int(getattr(first, "nbytes", 64)))


def _chunks(one: Any, other: Any, column: str, rows: Any, size: int) -> Iterator[Cells]:
    step = max(1, CHUNK_BYTES // size)
    for start in range(0, len(rows), step):
        count = min(step, len(rows) - start)
        try:
            cells = [_rows_first(table.getcol(column, start, count)) for table in (one, other)]
        except RuntimeError:  # the other table's cells have other shapes
            yield from _one_by_one(one, other, column, rows)
            return
        yield rows[start : start + count], cells[0], cells[1]


def _rows_first(cells: Any) -> Any:
    return cells.T if isinstance(cells, np.ndarray) else np.asarray(cells, dtype=object)


def _one_by_one(one: Any, other: Any, column: str, rows: Any) -> Iterator[Cells]:
    for index in range(len(rows)):
        there = [table.iscelldefined(column, index) for table in (one, other)]
        if there == [False, False]:
            continue
        cells = [
            np.asarray(table.getcell(column, index))[None] if defined else np.zeros((1, 0))
            for table, defined in zip((one, other), there)  # noqa: B905  # Python 3.8
        ]
        yield rows[index : index + 1], cells[0], cells[1]


def _differing(one: Any, other: Any) -> Tuple[Any, Optional[float]]:
    """Which elements differ bit for bit, and the largest difference of two finite numbers."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return np.ones((len(other), 1), bool), None
    if one.dtype == object or one.dtype.kind in "US":
        return np.asarray(one != other), None
    left, right = (np.ascontiguousarray(each) for each in (one, other))
    if np.array_equal(left.view(np.uint8), right.view(np.uint8)):
        return np.zeros(len(other), bool), None
    bits = [each.view(np.uint8).reshape((*each.shape, each.itemsize)) for each in (left, right)]
    different = (bits[0] != bits[1]).any(axis=-1)
    if left.dtype == bool:
        return different, None
    with np.errstate(all="ignore"):
        by = np.abs(left[different].astype(_wide(left)) - right[different].astype(_wide(left)))
    finite = by[np.isfinite(by)]
    return different, float(finite.max()) if len(finite) else None


def _wide(array: Any) -> Any:
    return np.complex128 if array.dtype.kind == "c" else np.float64
