"""What is asked of a table: which plot of it, and which antennas, spws, fields and scans are meant."""

from __future__ import annotations

import difflib
from typing import Any, Dict, FrozenSet, List, NamedTuple, Sequence, Tuple

from ...errors import UsageError

__all__ = [
    "AVERAGES",
    "AXES",
    "COLUMNS",
    "OVERLAYS",
    "PLOTS",
    "QUANTITIES",
    "Request",
    "axes_of",
    "chosen",
    "read_request",
]

#: Kind of plot -> what it can have along x; the first is what it has unasked ("" is told by the table).
AXES: Dict[str, Tuple[str, ...]] = {
    "": ("time", "freq", "antenna"),
    "vis": ("time", "freq", "channel", "uvdist", "antenna"),
    "flags": ("spw", "scan", "time", "channel"),
    "plan": ("time",),
    "uv": ("u",),
    "array": ("east",),
    "wvr": ("time",),
}
PLOTS = tuple(AXES)
#: Kind of plot -> what it can have along y, where that is not told by the table.
QUANTITIES: Dict[str, Tuple[str, ...]] = {
    "vis": ("amp", "phase"),
    "flags": ("flagged",),
    "plan": ("elevation", "azimuth"),
    "uv": ("v",),
    "array": ("north",),
    "wvr": ("phase", "path"),
}
OVERLAYS = ("antenna", "spw", "pol", "time", "field")
COLUMNS = {"data": "DATA", "corrected": "CORRECTED_DATA", "model": "MODEL_DATA"}
AVERAGES = ("none", "channel", "scan", "time", "baseline")
"""Vector means of channels, of the integrations of a scan, of all scans; the baselines of each antenna."""
POINTS, MOST_POINTS = 160, 4000
"""Columns of dots that a panel has where nobody says, and the most that are taken."""
LISTS = ("antenna", "spw", "pol", "field", "scan", "intent", "average")


class Request(NamedTuple):
    """One question."""

    table: str
    """Path of the caltable or MS."""
    plot: str = ""
    """One of `PLOTS`. Empty: solutions of a caltable, flags of an MS.

    Of an MS: ``vis`` visibilities, ``flags`` shares of flags, ``plan`` elevation of the fields with the
    scans, ``uv`` the uv coverage, ``array`` where the antennas stand, ``wvr`` (of the MS or of its WVR
    table) phases before and after the water vapour correction, or the path of the water.
    """
    x: str = ""
    """One of `AXES` of the plot; empty for what suits it."""
    y: str = ""
    """Of a caltable phase, amp, tsys, snr, delay, offset or value; else one of `QUANTITIES`; or empty."""
    antenna: Tuple[str, ...] = ()
    spw: Tuple[str, ...] = ()
    pol: Tuple[str, ...] = ()
    field: Tuple[str, ...] = ()
    scan: Tuple[str, ...] = ()
    intent: Tuple[str, ...] = ()
    """Of an MS: parts of the names of intents, like BANDPASS; empty for all but those of the set-up."""
    column: str = ""
    """One of `COLUMNS`; empty for the corrected one where it is there."""
    average: Tuple[str, ...] = ()
    """Some of `AVERAGES`; empty for what suits x. ``none`` alone averages nothing that need not be."""
    refant: str = ""
    """The antenna that phases of uncalibrated data and of the WVR plot are told against."""
    overlay: FrozenSet[str] = frozenset({"pol", "time"})
    """What lies in one panel; whatever else differs has a panel of its own."""
    order: str = "worst"
    """worst: what stands out first; name: in the order of the table."""
    start: int = 0
    limit: int = 6
    """The panels whose curves are wanted; of the others only what their titles say. 0 for all."""
    points: int = POINTS
    """Columns of dots in a panel: curves are thinned to twice as many points."""
    sky: bool = True
    """Whether spectra have the transmission of the atmosphere with them."""
    png: str = ""
    """Path of a picture to be drawn as well."""


def read_request(data: Any) -> Request:
    """Return the request that a dictionary holds.

    Raises
    ------
    UsageError
        A key is not known, or its value cannot be meant.
    """
    if not isinstance(data, dict) or not isinstance(data.get("table"), str) or not data["table"]:
        raise UsageError("the request names no table")
    unknown = sorted(set(data) - set(Request._fields))
    if unknown:
        raise UsageError(f"the request has an unknown key {unknown[0]!r}")
    values: Dict[str, Any] = {
        name: tuple(map(str, data[name])) if name in LISTS else data[name] for name in data
    }
    if "overlay" in values:
        values["overlay"] = frozenset(map(str, values["overlay"]))
    request = Request(**values)
    _check("plot", [request.plot], PLOTS)
    _check("x", [request.x] if request.x else [], axes_of(request.plot))
    if request.plot in QUANTITIES:
        _check("y", [request.y] if request.y else [], QUANTITIES[request.plot])
    _check("overlay", sorted(request.overlay), OVERLAYS)
    _check("order", [request.order], ("worst", "name"))
    _check("column", [request.column] if request.column else [], tuple(COLUMNS))
    _check("average", request.average, AVERAGES)
    if not all(isinstance(n, int) and n >= 0 for n in (request.start, request.limit, request.points)):
        raise UsageError("start, limit and points are numbers, 0 or more")
    return request._replace(points=min(max(2, request.points), MOST_POINTS))


def axes_of(plot: str) -> Tuple[str, ...]:
    """Return what a plot can have along x; all that any has where the table tells which plot it is."""
    if plot:
        return AXES[plot]
    return tuple(dict.fromkeys(axis for name in ("", "vis", "flags") for axis in AXES[name]))


def _check(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise UsageError(
                f"{what} is not {name!r}", "", f"It is one of: {', '.join(filter(None, known))}."
            )


def chosen(what: str, names: Sequence[str], known: Dict[int, str], where: str) -> List[int]:
    """Return the numbers that are meant by `names`: names, numbers, or ranges like 17~23; all for none.

    Parameters
    ----------
    known : dict
        Number -> name of all that the table holds.

    Raises
    ------
    UsageError
        One is not in the table; the nearest name is told.
    """
    if not names:
        return list(known)
    found: List[int] = []
    for name in names:
        found += [number for number in _meant(name, known) if number not in found]
        if not _meant(name, known):
            close = difflib.get_close_matches(name, [*known.values(), *map(str, known)], 1, 0.5)
            more = f"Did you mean {close[0]}? " if close else ""
            todo = f"{more}It has: {', '.join(known.values())}."
            raise UsageError(f"there is no {what} {name!r}", where, todo)
    return found


def _meant(name: str, known: Dict[int, str]) -> List[int]:
    """Names count before numbers: the fields of some arrays are called by numbers."""
    named = [number for number, each in known.items() if each.lower() == name.lower()]
    if named:
        return named
    low, tilde, high = name.partition("~")
    if low.isdigit() and (high.isdigit() if tilde else True):
        return [number for number in known if int(low) <= number <= int(high or low)]
    return []
