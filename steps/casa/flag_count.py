"""Counting the flags of a measurement set without a lock: equal to flagdata's summary, and much faster.

FLAG_ROW is not counted, as flagdata does not. While another process flags, the counts are those of the
moment at which each part is read.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from ..errors import CasapilotError, FlagError
from . import config, flag_bits
from .flag_layout import Layout, OtherLayout, find_layout
from .flag_tally import COLUMNS, Rows, Tally, read_names
from .flag_tiles import TileReader

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Count", "count", "count_columns", "count_flags", "count_tiles", "main", "open_unlocked"]

#: Rows of the main table whose numbers are held at a time.
CHUNK_ROWS = 1 << 16
#: Flags read through casatools at a time, bytes (one a flag).
COLUMN_BYTES = 1 << 23


class Count(NamedTuple):
    """What was counted, and how."""

    summary: Dict[str, Any]
    how: str
    """Empty when the files were read as they lie on disk; else why casatools had to read them."""


def count_flags(ms: str, *, autos: bool = True, channels: bool = True) -> Dict[str, Any]:
    """Count the flags of a measurement set; see `count`, of which this is the summary."""
    return count(ms, autos=autos, channels=channels).summary


def count(ms: str, *, autos: bool = True, channels: bool = True) -> Count:
    """Count the flags of a measurement set.

    Parameters
    ----------
    ms : str
        Its path.
    autos : bool
        False leaves the autocorrelations out.
    channels : bool
        False leaves the key ``spw:channel`` out.

    Returns
    -------
    Count
        The nested dictionary of ``flagdata(mode='summary', spwchan=True)``, numbers of visibilities as
        floats, and how they were read.

    Raises
    ------
    FlagError
        There is no measurement set, or it is damaged.
    """
    with _explained(ms), open_unlocked(ms) as main:
        if not set(COLUMNS) | {"FLAG"} <= set(main.colnames()):
            raise FlagError("is not a measurement set", ms, "Caltables and images have no such flags.")
        # A selection saved as a table has its subtables elsewhere: only the keyword says where.
        names = read_names(lambda name: open_unlocked(main.getkeyword(name)[len("Table: ") :]))
        try:
            tally, how = Tally(len(names.antennas)), ""
            count_tiles(main, find_layout(main), tally, autos)
        except OtherLayout as other:
            tally, how = Tally(len(names.antennas)), str(other)
            count_columns(main, tally, autos)
        return Count(tally.summary(names, channels), how)


@contextlib.contextmanager
def _explained(ms: str) -> Iterator[None]:
    """Say what casatools and numpy raise about a damaged table in our own form."""
    try:
        yield
    except FlagError as error:
        raise FlagError(error.what, error.where or ms, error.todo) from error
    except CasapilotError:
        raise
    except (RuntimeError, OSError, LookupError, ValueError) as error:
        message = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise FlagError(
            f"its flags cannot be counted: {message}", ms, "Is it a whole measurement set? Try listobs on it."
        ) from error


@contextlib.contextmanager
def open_unlocked(path: str) -> Iterator[Any]:
    """A table, open for reading without a lock: no other process waits for it, nor it for them."""
    if not os.path.isfile(os.path.join(path, "table.dat")):
        raise FlagError("is not a table of CASA", path, "Give the path of a measurement set.")
    table = (sys.modules.get("casatools") or config.import_tools()).table()
    table.open(path, lockoptions={"option": "usernoread"})
    try:
        yield table
    finally:
        table.close()


def _chunks(main: Any, autos: bool) -> Iterator[Rows]:
    for start in range(0, main.nrows(), CHUNK_ROWS):
        size = min(CHUNK_ROWS, main.nrows() - start)
        columns = {name: main.getcol(name, start, size).astype(np.int64, copy=False) for name in COLUMNS}
        wanted = np.ones(size, bool) if autos else columns["ANTENNA1"] != columns["ANTENNA2"]
        yield Rows(start, columns, wanted)


def count_tiles(main: Any, layout: Layout, tally: Tally, autos: bool) -> None:
    """Count the packed bits of the tiles that `layout` describes into `tally`."""
    with TileReader() as reader:
        for rows in _chunks(main, autos):
            size = len(rows.wanted)
            flagged, total = np.zeros(size, np.int64), np.zeros(size, np.int64)
            for cube, numbers, position in layout.rows_in_cubes(rows.start, rows.start + size):
                mine = numbers - rows.start
                correlations, channels, _ = cube.shape
                total[mine] = channels * correlations
                for ddid, which in _by_ddid(rows, mine):
                    tally.cells(ddid, channels, correlations)[1] += np.count_nonzero(which)
                for piece in reader.pieces(cube, position, len(mine)):
                    here = mine[piece.rows]
                    flagged[here] += flag_bits.row_counts(piece.words)
                    for ddid, which in _by_ddid(rows, here):
                        words = piece.words if which.all() else piece.words[which]
                        cells = tally.cells(ddid, channels, correlations)[0]
                        cells[piece.channels, piece.correlations] += piece.cell_counts(
                            flag_bits.column_counts(words)
                        )
            tally.add_rows(rows, flagged, total)


def _by_ddid(rows: Rows, mine: NDArray[np.int64]) -> Iterator[Tuple[int, NDArray[np.bool_]]]:
    """Each data description among some rows, and which of them are of it and count."""
    ddids, wanted = rows.ddids[mine], rows.wanted[mine]
    if (ddids == ddids[0]).all():
        yield int(ddids[0]), wanted
        return
    for ddid in np.unique(ddids):
        yield int(ddid), (ddids == ddid) & wanted


def count_columns(main: Any, tally: Tally, autos: bool) -> None:
    """The slow way, for any storage: casatools reads the column, in runs of rows of one shape."""
    for rows in _chunks(main, autos):
        size = len(rows.wanted)
        flagged, total = np.zeros(size, np.int64), np.zeros(size, np.int64)
        for start, stop, flags in _runs(main, rows):
            correlations, channels = flags.shape[:2]
            wanted = rows.wanted[start:stop]
            flat = flags.reshape(channels * correlations, -1, order="F")
            flagged[start:stop] = flat.sum(axis=0)
            total[start:stop] = channels * correlations
            cells = tally.cells(int(rows.ddids[start]), channels, correlations)
            cells[0] += flat[:, wanted].sum(axis=1).reshape(channels, correlations)
            cells[1] += np.count_nonzero(wanted)
        tally.add_rows(rows, flagged, total)


def _runs(main: Any, rows: Rows) -> Iterator[Tuple[int, int, NDArray[np.bool_]]]:
    """First row, row after the last (both in this chunk), flags of shape (correlations, channels, rows)."""
    edges = [0, *(np.flatnonzero(np.diff(rows.ddids)) + 1).tolist(), len(rows.ddids)]
    for begin, end in zip(edges, edges[1:]):  # noqa: B905, RUF007  # neither exists in Python 3.8
        if not main.iscelldefined("FLAG", rows.start + begin):
            raise FlagError("some rows have no flags", main.name(), "Import the set again.")
        cell = main.getcell("FLAG", rows.start + begin)
        step = max(1, COLUMN_BYTES // max(1, cell.size))
        for start in range(begin, end, step):
            stop = min(start + step, end)
            yield start, stop, main.getcol("FLAG", rows.start + start, stop - start)


def count_apart(ms: str) -> Count:
    """`count`, with two more keys: ``cross`` and ``auto`` hold the same dictionary for each alone."""
    whole, cross = count(ms), count(ms, autos=False)
    apart = {"cross": cross.summary, "auto": _difference(whole.summary, cross.summary)}
    return Count({**whole.summary, **apart}, whole.how)


def _difference(whole: Dict[str, Any], part: Dict[str, Any]) -> Dict[str, Any]:
    left: Dict[str, Any] = {}
    for key, value in whole.items():
        if isinstance(value, dict):
            rest = _difference(value, part.get(key, {}))
            if rest.get("total", 1):
                left[key] = rest
        else:
            left[key] = value if isinstance(value, str) else value - part.get(key, 0.0)
    return left


def main(argv: List[str]) -> int:
    """Print the counts of one measurement set as JSON (``launch.py flags``)."""
    parser = argparse.ArgumentParser(prog="launch.py flags", description=__doc__)
    parser.add_argument("ms")
    parser.add_argument("--autos", action="store_true", help="also count cross- and autocorrelations apart")
    args = parser.parse_args(argv)
    keep = os.dup(1)
    os.dup2(2, 1)  # what CASA prints is not data
    answer, code = _answer(args.ms, args.autos)
    sys.stdout.flush()
    os.dup2(keep, 1)
    print(json.dumps(answer))
    return code


def _answer(ms: str, autos: bool) -> Tuple[Dict[str, Any], int]:
    config.configure()
    try:
        counted = count_apart(ms) if autos else count(ms)
    except CasapilotError as error:
        kind = type(error).__name__
        return {"error": error.what, "where": error.where, "todo": error.todo, "kind": kind}, error.exit_code
    if counted.how:
        print(f"read through casatools, which takes longer: {counted.how}", file=sys.stderr)
    return counted.summary, 0
