"""Answers as CASA's process gives them, small and made up."""

from __future__ import annotations

import math
from typing import Any


def series(x: list[float], y: list[float], **more: Any) -> dict[str, Any]:
    """One curve of DV09."""
    own = {
        "antenna": "DV09",
        "spw": 17,
        "pol": "X",
        "scan": 3,
        "field": "J1924-2914",
        "time_s": 4_970_000_000.0,
    }
    own |= {"channel": list(range(len(x))), "score": 0.0, "flagged": 0, "points": len(x)}
    return {**own, "x": x, "y": y, **more}


def panel(antenna: str | None, curves: list[dict[str, Any]] | None, **more: Any) -> dict[str, Any]:
    """One panel with these curves."""
    own: dict[str, Any] = {"antenna": antenna, "spw": 17, "pol": None, "visit": None, "x": [93.0, 95.0]}
    own |= {"y": [60.0, 80.0], "score": 0.2, "note": "", "flagged_percent": 0.0}
    return {**own, **({} if curves is None else {"series": curves, "behind": None}), **more}


def answer(panels: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A whole answer: Tsys against frequency."""
    return {
        "format": 1,
        "table": "uid___A002_X85c183_X2cd.ms.tsys",
        "kind": "B TSYS",
        "x": {"kind": "freq", "name": "frequency", "unit": "GHz"},
        "y": {"kind": "tsys", "name": "Tsys", "unit": "K"},
        "date": "2016-05-01",
        "origin_s": 4_969_900_800.0,
        "antennas": [],
        "overlay": ["pol", "time"],
        "order": "worst",
        "choices": {},
        "start": 0,
        "panels": panels,
        **more,
    }


def tsys() -> dict[str, Any]:
    """Six antennas, of which the first is four times too high in one polarisation."""
    x = [93.0 + 0.02 * n for n in range(101)]
    bump = [70.0 + 8.0 * math.exp(-(((f - 94.2) / 0.1) ** 2)) for f in x]
    high = [4.0 * value for value in bump]
    behind = {"x": x, "y": bump}
    loud = [series(x, high, score=2.0), series(x, bump, pol="Y")]
    panels = [panel("DV09", loud, y=[70.0, 312.0], score=2.0, note="4.0x others X scan 3", behind=behind)]
    for n, name in enumerate(("DA41", "DA42", "DV01", "DV02", "DV03")):
        curve = [value + n for value in bump]
        panels.append(panel(name, [series(x, curve, antenna=name)], behind=behind, flagged_percent=6.25))
    return answer(panels)


def gains() -> dict[str, Any]:
    """Phases against time: a few points, a wrap, an antenna without any."""
    x = [72_000.0 + 300.0 * n for n in range(8)]
    first = series(x, [-170.0, -120.0, -60.0, 0.0, 50.0, 110.0, 160.0, -170.0], channel=None)
    second = series(x, [10.0 * n for n in range(8)], pol="Y", channel=None)
    whole = {"x": [x[0], x[-1]], "y": [-170.0, 160.0]}
    axes = {
        "x": {"kind": "time", "name": "UTC", "unit": ""},
        "y": {"kind": "phase", "name": "phase", "unit": "deg"},
    }
    panels = [panel("DV09", [first, second], **whole), panel("DA41", [series([], [])], **whole)]
    return answer(panels, **axes)


def offsets() -> dict[str, Any]:
    """One number for each antenna."""
    names = ["DA41", "DA42", "DV09"]
    curve = series([0.0, 1.0, 2.0], [0.3, 2.4, 0.0], pol="", antenna=names, channel=None)
    one = panel(None, [curve], spw=None, x=[0.0, 2.0], y=[0.0, 2.4], score=1.2, note="2.4 mm DA42")
    axes = {"x": {"kind": "antenna", "name": "antenna", "unit": ""}}
    return answer([one], antennas=names, y={"kind": "offset", "name": "offset", "unit": "mm"}, **axes)


def flags() -> dict[str, Any]:
    """Percentages of flags."""
    grid = {"rows": ["DV09", "DA41"], "columns": ["spw 17", "spw 19"], "values": [[50.0, None], [100.0, 3.3]]}
    grid["places"] = [{"spw": 17}, {"spw": 19}]
    return {"format": 1, "table": "X2cd.ms", "kind": "flags", "unit": "%", "grid": grid}
