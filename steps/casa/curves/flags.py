"""The share of flags of each antenna by spw, scan or time; or of each channel. Cross-correlations only."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple

import numpy as np

from ...errors import FlagError, UsageError
from ..flag_count import count_columns, count_tiles, open_unlocked
from ..flag_layout import OtherLayout, find_layout
from ..flag_tally import COLUMNS, Names, Rows, Tally, read_names
from ..metrics.answers import quiet_median
from .frames import Axis, Curve, Frame, answer_of
from .ms import Selection, select
from .request import AXES, PLOTS, Request, chosen
from .vis_read import CHUNK_BYTES

__all__ = ["flags", "worst_rows"]

FORMAT = 1
BINS = 12
"""Columns of a grid over time: what 80 characters hold."""
CLOCK = 60.0
Columns = Callable[[Rows], Any]
"""Rows -> for each the number of its column, -1 where it belongs to none."""


class _Grid(NamedTuple):
    """The columns of a grid."""

    across: str
    names: List[str]
    places: List[Dict[str, Any]]
    column: Columns


class AntennaBy(Tally):
    """Flagged and all visibilities of each antenna in each column; each baseline counts twice."""

    def __init__(self, antennas: int, columns: int, column: Columns) -> None:
        super().__init__(antennas)
        self.sums = np.zeros((2, antennas, columns), np.int64)
        self._column = column

    def add_rows(self, rows: Rows, flagged: Any, total: Any) -> None:
        """Add what each row has."""
        where = self._column(rows)
        wanted = rows.wanted & (where >= 0)
        one, other = rows.columns["ANTENNA1"][wanted], rows.columns["ANTENNA2"][wanted]
        _, antennas, count = self.sums.shape
        for kind, values in enumerate((flagged[wanted], total[wanted])):
            for antenna, counted in ((one, values), (other, np.where(one == other, 0, values))):
                cells = np.bincount(antenna * count + where[wanted], counted, antennas * count)
                self.sums[kind] += cells.astype(np.int64).reshape(antennas, count)


def flags(request: Request) -> Dict[str, Any]:
    """Return the percentage of flagged visibilities; autocorrelations are left out.

    Raises
    ------
    FlagError
        It is no measurement set.
    UsageError
        It has no such antenna, spw, scan or field.
    """
    if request.x == "channel":
        return _by_channel(request)
    with open_unlocked(request.table) as main:
        if not set(COLUMNS) | {"FLAG"} <= set(main.colnames()):
            todo = "Caltables and images have no such flags."
            raise FlagError("is not a measurement set", request.table, todo)
        names = read_names(lambda name: open_unlocked(main.getkeyword(name)[len("Table: ") :]))
        x = request.x or AXES["flags"][0]
        small = {name: main.getcol(name) for name in ("DATA_DESC_ID", "SCAN_NUMBER", "FIELD_ID")}
        spws = np.array(names.spws)[small["DATA_DESC_ID"]]
        picked = _picked(request, names, small, spws)
        choices = _choices(names, small, spws)
        grid = _GRIDS[x](request, main, names, small, picked)
        return _said(request, names, grid, _counted(main, names, grid), choices)


def _choices(names: Names, small: Dict[str, Any], spws: Any) -> Dict[str, List[Any]]:
    return {
        "antenna": list(names.antennas),
        "spw": np.unique(spws).tolist(),
        "scan": np.unique(small["SCAN_NUMBER"]).tolist(),
        "field": [names.fields[n] for n in np.unique(small["FIELD_ID"])],
        "x": list(AXES["flags"]),
        "y": ["flagged"],
        "plot": list(PLOTS),
    }


def _picked(request: Request, names: Names, small: Dict[str, Any], spws: Any) -> Any:
    """Rows of the spws, scans and fields that are meant, bool."""
    known = {
        "spw": (spws, {int(n): str(n) for n in np.unique(spws)}),
        "scan": (small["SCAN_NUMBER"], {int(n): str(n) for n in np.unique(small["SCAN_NUMBER"])}),
        "field": (small["FIELD_ID"], {int(n): names.fields[n] for n in np.unique(small["FIELD_ID"])}),
    }
    picked = np.ones(len(spws), bool)
    for what, (values, called) in known.items():
        asked = getattr(request, what)
        if asked:
            picked &= np.isin(values, chosen(what, asked, called, request.table))
    return picked


def _counted(main: Any, names: Names, grid: _Grid) -> Any:
    tally = AntennaBy(len(names.antennas), len(grid.names), grid.column)
    try:
        count_tiles(main, find_layout(main), tally, False)
    except OtherLayout:
        tally = AntennaBy(len(names.antennas), len(grid.names), grid.column)
        count_columns(main, tally, False)
    return tally.sums


def _by_spw(request: Request, main: Any, names: Names, small: Dict[str, Any], picked: Any) -> _Grid:
    numbers = sorted(set(names.spws))
    index = np.array([numbers.index(spw) for spw in names.spws])
    where = np.where(picked, index[small["DATA_DESC_ID"]], -1)
    return _Grid("spw", [f"spw {n}" for n in numbers], [{"spw": n} for n in numbers], _of_rows(where))


def _by_scan(request: Request, main: Any, names: Names, small: Dict[str, Any], picked: Any) -> _Grid:
    scans, where = np.unique(small["SCAN_NUMBER"], return_inverse=True)
    first = [int(np.flatnonzero(where.ravel() == n)[0]) for n in range(len(scans))]
    fields = [names.fields[small["FIELD_ID"][n]] for n in first]
    places = [{"scan": int(scan), "field": field} for scan, field in zip(scans, fields)]  # noqa: B905
    return _Grid("scan", [f"scan {n}" for n in scans], places, _of_rows(np.where(picked, where.ravel(), -1)))


def _by_time(request: Request, main: Any, names: Names, small: Dict[str, Any], picked: Any) -> _Grid:
    """Bins of equal width from the first to the last row that is meant, ends at full minutes where it can."""
    time_s = main.getcol("TIME")
    if not picked.any():
        raise UsageError("has nothing of that spw, field and scan together", request.table)
    begin, end = float(time_s[picked].min()), float(time_s[picked].max())
    width = max(1.0, (end - begin) / BINS)
    if width > CLOCK:
        begin, width = begin // CLOCK * CLOCK, np.ceil((end - begin // CLOCK * CLOCK) / BINS / CLOCK) * CLOCK
    count = int((end - begin) // width) + 1
    where = np.where(picked, np.clip((time_s - begin) // width, 0, count - 1).astype(int), -1)
    starts = [begin + n * float(width) for n in range(count)]
    named = [f"{int(t % 86400) // 3600:02d}:{int(t % 3600) // 60:02d}" for t in starts]
    places = [{"start_s": round(t, 3), "end_s": round(t + float(width), 3)} for t in starts]
    return _Grid("time", named, places, _of_rows(where))


_GRIDS = {"spw": _by_spw, "scan": _by_scan, "time": _by_time}


def _of_rows(where: Any) -> Columns:
    return lambda rows: where[rows.start : rows.start + len(rows.wanted)]


def _said(
    request: Request, names: Names, grid: _Grid, sums: Any, choices: Dict[str, List[Any]]
) -> Dict[str, Any]:
    total = sums[1]
    columns = np.flatnonzero(total.any(axis=0)).tolist()
    known = {n: names.antennas[n] for n in range(len(names.antennas)) if total[n].any()}
    if not columns:
        raise UsageError("has no visibilities of that spw, field and scan together", request.table)
    rows = chosen("antenna", request.antenna, known, request.table)
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100.0 * sums[0] / np.where(total, total, np.nan)
    if request.order == "worst":
        rows = worst_rows(rows, percent[:, columns])
    values = [[None if not np.isfinite(v) else round(float(v), 2) for v in percent[n, columns]] for n in rows]
    said = {
        "rows": [names.antennas[n] for n in rows],
        "columns": [grid.names[n] for n in columns],
        "values": values,
        "across": grid.across,
        "places": [grid.places[n] for n in columns],
    }
    return {"format": FORMAT, "table": _name(request), "kind": "flags", "plot": "flags", "unit": "%",
            "choices": choices, "grid": said}  # fmt: skip


def worst_rows(rows: List[int], percent: Any) -> List[int]:
    """Return some rows, those first that lie furthest above the median of a column.

    What all have flagged, like scans of the set-up, tells no antenna from the others.

    Parameters
    ----------
    percent : array, float (all rows, columns)
        NaN where there are no data.
    """
    above = percent - quiet_median(percent, 0)
    return sorted(rows, key=lambda n: -float(np.nanmax(np.append(above[n], 0.0))))


def _name(request: Request) -> str:
    return request.table.rstrip("/").rpartition("/")[2]


def _by_channel(request: Request) -> Dict[str, Any]:
    """Curves of the share of flags over the channels, a panel for each spw, of the antennas meant."""
    selection = select(request, set_up=True)
    asked = chosen("antenna", request.antenna, dict(enumerate(selection.names.antennas)), selection.table)
    more = f" AND (ANTENNA1 IN {asked} OR ANTENNA2 IN {asked})" if request.antenna else ""
    frames = []
    with open_unlocked(request.table) as main:
        for ddid in selection.ddids:
            part = main.query(selection.condition(ddid) + more)
            try:
                if part.nrows():
                    percent = 100.0 * _flagged(part) / part.nrows()
                    frames.append(_frame(selection, ddid, percent))
            finally:
                part.close()
    if not frames:
        raise UsageError("has no cross-correlations of these", selection.table, "Name other spws or fields.")
    axes = Axis("channel", "channel"), Axis("flagged", "flagged", "%")
    choices = {**selection.choices(), "x": list(AXES["flags"]), "y": ["flagged"], "plot": list(PLOTS)}
    return answer_of(request, selection.table, "flags", axes, frames, choices=choices)


def _frame(selection: Selection, ddid: int, percent: Any) -> Frame:
    spw, channels = selection.spw(ddid), np.arange(len(percent))
    curves = [
        Curve(
            channels.astype(float),
            percent[:, n],
            spw,
            selection.names.correlations[ddid][n],
            channel=channels,
        )
        for n in selection.hands(ddid)
    ]
    return Frame(curves, spw=spw)


def _flagged(part: Any) -> Any:
    """How many are flagged, int (channels, correlations)."""
    cell = part.getcell("FLAG", 0)
    step = max(1, CHUNK_BYTES // max(1, cell.size))
    flagged = np.zeros(cell.shape, np.int64)
    for start in range(0, part.nrows(), step):
        flagged += part.getcol("FLAG", start, min(step, part.nrows() - start)).sum(axis=2)
    return flagged.T
