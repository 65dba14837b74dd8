"""From a point of a plot to the flagdata call that would flag it, or more around it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .model import Cell, Curves, Grid, Point

__all__ = ["Flagging", "cell_flaggings", "flaggings", "is_tsys"]

MJD_0 = datetime.datetime(1858, 11, 17)
HALF_S = 1.5
"""So far around a time is flagged where nothing tells how long it lasts: half an integration or so."""
MOST_HALF_S = 60.0


@dataclass(frozen=True, slots=True)
class Flagging:
    """One way to flag around a point."""

    title: str
    """What it means, in a few words: "DV09 spw 17 X, scan 8"."""
    vis: str
    """Name of the MS, or of the Tsys table itself."""
    selection: dict[str, str] = field(default_factory=dict)
    """Parameters of flagdata: antenna, spw, scan, timerange, correlation."""

    in_table: bool = False
    """Whether solutions of a caltable are flagged, not visibilities."""

    @property
    def parameters(self) -> dict[str, str]:
        """Return all parameters, as Python source.

        A polarisation of a caltable is not selected by flagdata's manual mode (it does nothing, without a
        word): there, everything of it is clipped.
        """
        texts = {name: repr(text) for name, text in self.selection.items() if text}
        if self.selection.get("correlation", "").startswith("Sol"):
            how = {"mode": "'clip'", "datacolumn": "'FPARAM'", "clipminmax": "[0.0, 1e-30]"}
        else:
            how = {"mode": "'manual'"}
        return {"vis": repr(self.vis), **how, **texts, "flagbackup": "False"}

    @property
    def call(self) -> str:
        """Return the call in one line, to be pasted at a CASA prompt."""
        return f"flagdata({', '.join(f'{name}={text}' for name, text in self.parameters.items())})"


def is_tsys(curves: Curves) -> bool:
    """Return whether flags belong into the table itself: applycal then flags the data that take it."""
    return curves.kind.startswith("B TSYS")


def flaggings(curves: Curves, point: Point, also: Sequence[Point] = ()) -> tuple[Flagging, ...]:
    """Return the ways to flag a point, the least that is usual first; none where it belongs to no antenna.

    Parameters
    ----------
    curves : Curves
        What the point was drawn from.
    also : sequence of Point
        What is drawn in the same place.
    """
    own = is_tsys(curves)
    vis = curves.table if own else _ms_of(curves.table)
    ways = _ways(curves, point, also) if point.antenna else ()
    return tuple(Flagging(title, vis, selection, own) for title, selection in ways)


def cell_flaggings(grid: Grid, cell: Cell, picked: Mapping[str, str] | None = None) -> tuple[Flagging, ...]:
    """Return the ways to flag what a cell of a grid counts, the least first; none where it counts nothing.

    Parameters
    ----------
    picked : mapping, optional
        What the whole grid was made of, as parameters of flagdata: spw, scan, field. That is all that is
        meant by its cells, too.
    """
    if cell.value is None:
        return ()
    place = dict(cell.place)
    here: dict[str, str] = {name: str(place[name]) for name in ("spw", "scan") if name in place}
    if "start_s" in place:
        here["timerange"] = f"{_written(float(place['start_s']))}~{_written(float(place['end_s']))}"
    rest = {name: text for name, text in (picked or {}).items() if text and name not in here}
    of = f" ({', '.join(f'{name} {text}' for name, text in rest.items())})" if rest else ""
    vis, name = _ms_of(grid.table), cell.where
    ways = [Flagging(f"{cell.row} {name}{of}", vis, {"antenna": cell.row, **here, **rest})] if here else []
    ways.append(Flagging(f"{cell.row}, all of it{of}", vis, {"antenna": cell.row, **rest}))
    if here:
        ways.append(Flagging(f"{name} of all antennas{of}", vis, {**here, **rest}))
    return tuple(ways)


def _ways(curves: Curves, point: Point, also: Sequence[Point]) -> Iterator[tuple[str, dict[str, str]]]:
    spw = str(point.spw) if point.spw >= 0 else ""
    where = {"antenna": point.antenna, "spw": spw, "correlation": _correlation(curves, point)}
    who = " ".join(word for word in (point.antenna, f"spw {spw}" if spw else "", point.pol) if word)
    scan = str(point.scan) if point.scan > 0 else ""
    if scan:
        yield f"{who}, scan {scan}", {**where, "scan": scan}
        same = {each.scan for each in also if _whose(each) == _whose(point) and each.scan > 0}
        scans = ",".join(map(str, sorted({*same, point.scan})))
        named = f"scans {scans}" if "," in scans else f"scan {scans}"
        if "," in scans:
            yield f"{who}, {named}: all that lie here", {**where, "scan": scans}
        if spw and is_tsys(curves):
            whose = f"{point.antenna} {point.pol}".rstrip()
            yield f"{whose}, {named}, all spws", {**where, "spw": "", "scan": scans}
    around = _time_range(curves, point)
    if around:
        yield f"{who}, only then", {**where, "timerange": around}
    yield f"{who}, all scans", where
    if point.channel is not None and spw:
        yield f"{who} channel {point.channel}, all scans", {**where, "spw": f"{spw}:{point.channel}"}
    if scan:
        yield f"{point.antenna}, scan {scan}", {"antenna": point.antenna, "scan": scan}
    yield f"{point.antenna}, all of it", {"antenna": point.antenna}


def _whose(point: Point) -> tuple[str, int, str]:
    return point.antenna, point.spw, point.pol


def _ms_of(table: str) -> str:
    """The MS that a table was solved on, by its name: X.ms.split of X.ms.split.bandpass.

    So for X.ms.split.cal, too: that is made anew of X.ms.split, and what was flagged in it alone is lost.
    """
    found = re.match(r".*?\.ms(\.split)?(?=\.|$)", table)
    return found.group(0) if found else table


def _correlation(curves: Curves, point: Point) -> str:
    pols = [str(pol) for pol in (curves.choices or {}).get("pol", ())]
    if not point.pol or point.pol not in pols:
        return ""
    if is_tsys(curves):
        return f"Sol{pols.index(point.pol) + 1}" if len(pols) > 1 else ""
    return point.pol * 2 if len(point.pol) == 1 else point.pol


def _time_range(curves: Curves, point: Point) -> str:
    """Half way to the neighbours in time, where time runs along the plot."""
    if curves.x.kind != "time" or point.time_s <= 0.0:
        return ""
    times = {
        series.point(n).time_s
        for panel in curves.drawn
        for series in panel.series or ()
        if series.spw == point.spw
        for n in range(len(series.x))
    }
    gaps = [abs(time - point.time_s) for time in times if time != point.time_s]
    half = min([MOST_HALF_S, *(gap / 2 for gap in gaps)]) if gaps else HALF_S
    return f"{_written(point.time_s - half)}~{_written(point.time_s + half)}"


def _written(time_s: float) -> str:
    when = MJD_0 + datetime.timedelta(seconds=round(time_s, 1))
    return f"{when:%Y/%m/%d/%H:%M:%S}.{when.microsecond // 100000}"
