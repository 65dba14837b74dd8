"""Where the fields stood and what was done when: elevation (or azimuth) over time, scan by scan."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Tuple

import numpy as np

from ..config import import_tools
from ..flag_count import open_unlocked
from ..intents import kinds_of
from .frames import Axis, Curve, Frame, answer_of, day_of
from .ms import CHUNK_ROWS, Selection, select, sub_table
from .request import AXES, PLOTS, QUANTITIES, Request

__all__ = ["SIGNS", "Horizon", "plan"]

#: Letter of a scan -> beginning of the intents that it stands for, the first that fits.
SIGNS = {
    "B": "BANDPASS", "F": "FLUX", "L": "POLARIZATION", "D": "DIFFGAIN", "P": "PHASE", "C": "CHECK",
    "T": "TARGET", "A": "ATMOSPHERE", "O": "POINTING", "S": "SIDEBAND", "W": "WVR",
}  # fmt: skip
STEP_S, MOST_POINTS = 60.0, 30
LOW_DEG = 20.0
"""Below it ALMA's dishes shadow each other and the air is thick: it does not begin there."""
SUN_AND_PLANETS = (
    "SUN",
    "MOON",
    "MERCURY",
    "VENUS",
    "MARS",
    "JUPITER",
    "SATURN",
    "URANUS",
    "NEPTUNE",
    "PLUTO",
)


class _Scan(NamedTuple):
    number: int
    field: int
    intents: List[str]
    begin_s: float
    end_s: float


def plan(request: Request) -> Dict[str, Any]:
    """Return the elevation of each field over time, in one panel; each scan is a curve.

    From the directions of the FIELD table by casatools' measures, at the middle of the array.
    """
    selection = select(request, set_up=True)
    y = request.y or QUANTITIES["plan"][0]
    scans, horizon = _scans(selection), Horizon(selection)
    origin = day_of(min(scan.begin_s for scan in scans))
    curves, lowest = [], (np.inf, 0)
    for scan in scans:
        count = int(min(MOST_POINTS, max(3, (scan.end_s - scan.begin_s) // STEP_S + 1)))
        times = np.linspace(scan.begin_s, scan.end_s, count)
        azimuth, elevation = horizon.azimuth_elevation_deg(scan.field, times)
        lowest = min(lowest, (float(np.min(elevation)), scan.number))
        curves.append(_curve(selection, scan, times, elevation if y == "elevation" else azimuth, origin))
    low = lowest[0] < LOW_DEG
    note = f"down to {lowest[0]:.0f} deg in scan {lowest[1]}" if np.isfinite(lowest[0]) else ""
    frame = Frame(curves, label=f"{y} of the fields", score=1.0 if low else 0.0, note=note)
    used = {curve.sign for curve in curves}
    names = {sign: word.lower() for sign, word in SIGNS.items() if sign in used}
    choices = {
        **selection.choices(),
        "x": list(AXES["plan"]),
        "y": list(QUANTITIES["plan"]),
        "plot": list(PLOTS),
    }
    return answer_of(
        request, selection.table, "scan plan", (Axis("time", "UTC"), Axis(y, y, "deg")), [frame],
        origin_s=origin, choices=choices, legend=names, plan=[_said(selection, scan) for scan in scans],
    )  # fmt: skip


def _said(selection: Selection, scan: _Scan) -> Dict[str, Any]:
    return {
        "scan": scan.number, "field": selection.names.fields[scan.field], "intents": scan.intents,
        "begin_s": round(scan.begin_s, 3), "end_s": round(scan.end_s, 3),
    }  # fmt: skip


def _curve(selection: Selection, scan: _Scan, times: Any, values: Any, origin: float) -> Curve:
    name = selection.names.fields[scan.field]
    sign = next(
        (sign for sign, word in SIGNS.items() if any(each.startswith(word) for each in scan.intents)), "o"
    )
    return Curve(
        times - origin, values, scan=scan.number, field=name, time_s=times,
        label=f"{name}: {', '.join(scan.intents).lower()}", sign=sign, caption=str(scan.number),
    )  # fmt: skip


def _scans(selection: Selection) -> List[_Scan]:
    """Scans that are meant, each with the first field of a name: a mosaic is one field here."""
    names = selection.names.fields
    spans: Dict[Tuple[int, str], List[float]] = {}
    for scan, field, begin, end in _spans(selection):
        known = spans.setdefault((scan, names[field]), [begin, end, field])
        known[0], known[1] = min(known[0], begin), max(known[1], end)
    words: Dict[int, List[str]] = {}
    for _, _, scan, state in selection.there[:, selection.wanted].T.tolist():
        words.setdefault(scan, []).extend(kinds_of(selection.intent(state)))
    return [
        _Scan(scan, int(field), list(dict.fromkeys(words.get(scan, []))), begin, end)
        for (scan, _), (begin, end, field) in sorted(spans.items(), key=lambda each: each[1][0])
    ]


def _spans(selection: Selection) -> List[Tuple[int, int, float, float]]:
    """Of each chunk of rows: scan, field, first and last time."""
    wanted = np.unique(selection.there[1:3, selection.wanted], axis=1)
    found = []
    with open_unlocked(selection.path) as main:
        for start in range(0, main.nrows(), CHUNK_ROWS):
            count = min(CHUNK_ROWS, main.nrows() - start)
            field, scan, time_s, width = (
                main.getcol(name, start, count) for name in ("FIELD_ID", "SCAN_NUMBER", "TIME", "INTERVAL")
            )
            for one_field, one_scan in wanted.T.tolist():
                mine = (field == one_field) & (scan == one_scan)
                if mine.any():
                    begin, end = time_s[mine] - 0.5 * width[mine], time_s[mine] + 0.5 * width[mine]
                    found.append((one_scan, one_field, float(begin.min()), float(end.max())))
    return found


class Horizon:
    """Where the fields of an MS stand, by casatools' measures, seen from the middle of the array."""

    def __init__(self, selection: Selection) -> None:
        tools = import_tools()
        self._me, self._qa = tools.measures(), tools.quanta()
        with sub_table(selection.path, "ANTENNA") as table:
            place = np.median(table.getcol("POSITION"), axis=1).tolist()
        self._me.doframe(self._me.position("ITRF", *(self._qa.quantity(each, "m") for each in place)))
        with sub_table(selection.path, "FIELD") as table:
            used = sorted(set(selection.there[1].tolist()))
            self._directions = {n: self._direction(table, n, selection.names.fields[n]) for n in used}

    def azimuth_elevation_deg(self, field: int, times: Any) -> Tuple[Any, Any]:
        """Return azimuth (0 to 360) and elevation of a field at times (MJD in seconds), degrees."""
        found = []
        for time_s in np.asarray(times).tolist():
            self._me.doframe(self._me.epoch("UTC", self._qa.quantity(time_s, "s")))
            seen = self._me.measure(self._directions[field], "AZEL")
            found.append((seen["m0"]["value"], seen["m1"]["value"]))
        azimuth, elevation = np.degrees(np.array(found).T)
        return azimuth % 360.0, elevation

    def _direction(self, table: Any, field: int, name: str) -> Any:
        """The direction of a field; of a planet that of the ephemerides, whatever the table says."""
        if name.upper() in SUN_AND_PLANETS:
            return self._me.direction(name.upper())
        longitude, latitude = table.getcell("PHASE_DIR", field)[:, 0].tolist()
        info = table.getcolkeyword("PHASE_DIR", "MEASINFO")
        reference = str(info.get("Ref", "J2000"))
        if "VarRefCol" in info and info["VarRefCol"] in table.colnames():
            codes = np.asarray(info["TabRefCodes"]).tolist()
            number = int(table.getcell(info["VarRefCol"], field))
            reference = str(np.asarray(info["TabRefTypes"])[codes.index(number)])
        return self._me.direction(
            reference, self._qa.quantity(longitude, "rad"), self._qa.quantity(latitude, "rad")
        )
