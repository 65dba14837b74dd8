"""Panels that are no solutions: maps, plans and counts, in the same form as those of caltables."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from .request import Request
from .score import worst_first
from .thin import rounded, scattered

__all__ = ["Axis", "Curve", "Frame", "answer_of", "day_of", "one_or_all"]

FORMAT = 1
DAY_S = 86400.0


class Axis(NamedTuple):
    """What is along one side."""

    kind: str
    name: str
    unit: str = ""


class Curve(NamedTuple):
    """Points that belong together; what differs from point to point is a list or an array."""

    x: Any
    y: Any
    """float (n), NaN where flagged."""
    spw: int = -1
    pol: str = ""
    antenna: Any = ""
    scan: Any = -1
    field: Any = ""
    time_s: Any = 0.0
    channel: Any = None
    score: float = 0.0
    label: str = ""
    sign: str = ""
    caption: str = ""


class Frame(NamedTuple):
    """What lies in one frame."""

    curves: List[Curve]
    antenna: Optional[str] = None
    spw: Optional[int] = None
    pol: Optional[str] = None
    visit: Optional[str] = None
    field: Optional[str] = None
    label: str = ""
    score: float = 0.0
    note: str = ""
    behind: Optional[Tuple[Any, Any]] = None


def day_of(time_s: float) -> float:
    """Return the midnight before a time, MJD in seconds."""
    return float(time_s // DAY_S * DAY_S)


def answer_of(
    request: Request, table: str, kind: str, axes: Tuple[Axis, Axis], frames: List[Frame], **head: Any
) -> Dict[str, Any]:
    """Return the answer: those that stand out first, curves only of the panels that are asked for.

    Parameters
    ----------
    head : dict
        What else the answer says: origin_s, choices, equal, legend, words.
    """
    if request.order == "worst":
        frames = [frames[n] for n in worst_first([frame.score for frame in frames])]
    stop = request.start + request.limit if request.limit else len(frames)
    origin = float(head.get("origin_s", 0.0))
    day = np.datetime64("1858-11-17") + np.timedelta64(int(origin // DAY_S), "D")
    x, y = _common(frames, bool(head.get("equal")))
    said = [_said(request, frame, request.start <= n < stop, x, y) for n, frame in enumerate(frames)]
    return {
        "format": FORMAT,
        "table": table,
        "kind": kind,
        "plot": request.plot,
        "x": axes[0]._asdict(),
        "y": axes[1]._asdict(),
        "date": str(day) if origin else "",
        "origin_s": origin,
        "antennas": [],
        "overlay": [],
        "order": request.order,
        "choices": {},
        "start": request.start,
        **head,
        "panels": said,
    }


def _common(frames: List[Frame], equal: bool) -> Tuple[Tuple[float, float], Tuple[float, float]]:
    """The ranges that all panels share; square where a unit is the same on both sides."""
    x = _range([curve.x for frame in frames for curve in frame.curves])
    y = _range([curve.y for frame in frames for curve in frame.curves])
    if equal:
        half = 0.5 * max(x[1] - x[0], y[1] - y[0], 1e-9)
        middles = [0.5 * (each[0] + each[1]) for each in (x, y)]
        return (middles[0] - half, middles[0] + half), (middles[1] - half, middles[1] + half)
    return x, y


def _range(values: List[Any]) -> Tuple[float, float]:
    finite = np.concatenate([np.asarray(each, float)[np.isfinite(each)] for each in values] or [np.zeros(0)])
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)


def _said(
    request: Request, frame: Frame, whole: bool, x: Tuple[float, float], y: Tuple[float, float]
) -> Dict[str, Any]:
    total = sum(len(curve.y) for curve in frame.curves)
    flagged = sum(int(np.isnan(curve.y).sum()) for curve in frame.curves)
    said: Dict[str, Any] = {
        **{
            name: getattr(frame, name)
            for name in ("antenna", "spw", "pol", "visit", "field", "label", "note")
        },
        "x": rounded(x, 9),
        "y": rounded(y),
        "score": round(frame.score, 3),
        "flagged_percent": round(100.0 * flagged / max(1, total), 2),
    }
    if whole:
        said["series"] = [_series(curve, request.points, x, y) for curve in frame.curves]
        said["behind"] = None
        if frame.behind is not None:
            keep = scattered(*frame.behind, x, y, request.points)
            said["behind"] = {"x": rounded(frame.behind[0][keep], 9), "y": rounded(frame.behind[1][keep])}
    return said


def _series(curve: Curve, points: int, x: Tuple[float, float], y: Tuple[float, float]) -> Dict[str, Any]:
    values, heights = np.asarray(curve.x, float), np.asarray(curve.y, float)
    keep = scattered(values, heights, x, y, points)
    said: Dict[str, Any] = {
        name: one_or_all(_picked(getattr(curve, name), keep))
        for name in ("antenna", "scan", "field", "time_s")
    }
    channel = None if curve.channel is None else np.asarray(curve.channel)[keep].tolist()
    own = {name: getattr(curve, name) for name in ("spw", "pol", "label", "sign", "caption")}
    return {
        **said,
        **own,
        "channel": channel,
        "score": round(curve.score, 3),
        "flagged": int(np.isnan(heights).sum()),
        "points": len(heights),
        "x": rounded(values[keep], 9),
        "y": rounded(heights[keep]),
    }


def _picked(values: Any, keep: Any) -> List[Any]:
    if isinstance(values, (str, int, float)):
        return [values] * max(1, len(keep))
    picked = np.asarray(values)[keep]
    return [round(each, 3) if isinstance(each, float) else each for each in picked.tolist()]


def one_or_all(values: List[Any]) -> Any:
    """One value where all are the same, else the list; None where there is none."""
    if not values:
        return None
    return values[0] if all(each == values[0] for each in values) else values
