"""Curves sorted into panels: what each panel's title says, its ranges, the median behind it."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Tuple

import numpy as np

from ..caltable import Block
from ..metrics.answers import quiet_median
from .frames import one_or_all
from .read import SPECTRA, Line, Source, lines_of, numbers_of
from .score import Scores, scores_of, worst_first
from .thin import rounded, scattered, thinned

__all__ = ["Panel", "panels_of", "said_panel"]

Range = Tuple[float, float]
ROOM = 0.25
"""Of what is usual, at both ends: noise alone changes no scale."""


class Panel(NamedTuple):
    """What lies in one frame."""

    key: Tuple[Any, ...]
    """antenna, spw, polarisation, visit, field; None for each that is overlaid."""
    lines: List[Line]
    x: Range
    y: Range
    score: float
    note: str
    behind: Any
    """float (2, n): the median of all antennas, or None where it would say nothing."""


def panels_of(source: Source) -> List[Panel]:
    """Return all panels, in the order that the request asks for."""
    lines: Dict[Tuple[Any, ...], List[Line]] = {}
    words: List[Scores] = []
    behind: List[Any] = []
    for index, block in enumerate(source.table.blocks):
        numbers = numbers_of(source, block)
        words.append(scores_of(source, index, numbers))
        found = list(lines_of(source, index, numbers, words[index].values))
        behind.append(_behind(source, found))
        for line in found:
            lines.setdefault(_key(source, line), []).append(line)
    common, wanted = _common(source, lines), {-1, *source.antennas}
    asked = {key: [line for line in mine if line.antenna in wanted] for key, mine in lines.items()}
    panels = [_panel(source, key, mine, words, behind, common) for key, mine in asked.items() if mine]
    panels.sort(key=lambda panel: _place(panel.key))
    if source.request.order == "worst":
        return [panels[n] for n in worst_first([panel.score for panel in panels])]
    return panels


def _place(key: Tuple[Any, ...]) -> Tuple[Any, ...]:
    antenna, spw, pol, visit, field = key
    number = int(visit.split()[-1]) if visit and visit.split()[-1].isdigit() else 0
    first = (-1 if field is None else field, -1 if spw is None else spw, -1 if antenna is None else antenna)
    return (*first, number, visit or "", pol or 0)


def _key(source: Source, line: Line) -> Tuple[Any, ...]:
    together = source.request.overlay
    antenna = None if "antenna" in together or line.antenna < 0 else line.antenna
    spw = None if "spw" in together or source.y == "offset" else line.spw
    pol = None if "pol" in together or source.y == "offset" else line.pol
    visit = None if "time" in together or not line.visit else line.visit
    own = source.by_field and "field" not in together
    return antenna, spw, pol, visit, int(source.table.blocks[line.block].field[0]) if own else None


def _panel(
    source: Source,
    key: Tuple[Any, ...],
    lines: List[Line],
    words: List[Scores],
    behind: List[Any],
    common: Dict[Any, Tuple[Range, Range]],
) -> Panel:
    score, note = _worst(source, lines, words)
    x, shared = common[key[1], key[4]]
    own = _range([line.y for line in lines])
    y = (min(shared[0], own[0]), max(shared[1], own[1])) if own[0] <= own[1] else shared
    alone = len({line.block for line in lines}) == 1
    curve = behind[lines[0].block] if alone and "spw" not in source.request.overlay else None
    return Panel(key, lines, x, y, score, note, curve)


def _worst(source: Source, lines: List[Line], words: List[Scores]) -> Tuple[float, str]:
    best, where = 0.0, None
    for line in lines:
        scores = np.broadcast_to(np.nan_to_num(line.score, nan=0.0), line.rows.shape)
        if scores.size and scores.max() > best:
            n = int(scores.argmax())
            best, where = float(scores[n]), (line, int(line.rows[n]))
    if where is None or best < 1.0:
        return best, ""
    line, row = where
    block = source.table.blocks[line.block]
    who = [source.table.pols[line.pol] if source.y != "offset" else ""]
    if "antenna" in source.request.overlay or line.antenna < 0:
        who.insert(0, source.table.antennas[int(block.antenna[row])])
    who += [f"spw {line.spw}"] if "spw" in source.request.overlay else []
    scan = 0 if words[line.block].whole(line.pol, row) else int(block.scan[row])
    who += [f"scan {scan}"] if scan > 0 and len(np.unique(block.scan)) > 1 else []
    return best, " ".join([words[line.block].words(line.pol, row), *(word for word in who if word)])


def _range(values: List[Any]) -> Range:
    finite = np.concatenate([each[np.isfinite(each)] for each in values])
    return (float(finite.min()), float(finite.max())) if len(finite) else (np.inf, -np.inf)


def _common(source: Source, panels: Dict[Tuple[Any, ...], List[Line]]) -> Dict[Any, Tuple[Range, Range]]:
    """Spw and field -> ranges of x, and of y as most of its panels have it: one scale lets one stand out."""
    found: Dict[Any, Tuple[Range, Range]] = {}
    everything = [line.x for lines in panels.values() for line in lines]
    for spw, field in {(key[1], key[4]) for key in panels}:
        groups = [lines for key, lines in panels.items() if (key[1], key[4]) == (spw, field)]
        ranges = [_range([line.y for line in lines]) for lines in groups]
        ranges = [each for each in ranges if each[0] <= each[1]] or [(0.0, 1.0)]
        y = (
            float(np.percentile([a for a, _ in ranges], 25)),
            float(np.percentile([b for _, b in ranges], 75)),
        )
        own = source.x in SPECTRA or field is not None
        x = _range([line.x for lines in groups for line in lines] if own else everything)
        room = ROOM * (max(y) - min(y))
        found[spw, field] = (x, (min(y) - room, max(y) + room))
    return found


def _behind(source: Source, lines: List[Line]) -> Any:
    """The median of the antennas: not of gain phases in time, which differ by nature."""
    if source.y == "phase" or (len({line.antenna for line in lines}) < 3 and source.x != "antenna"):
        return None
    if source.x == "uvdist":
        return None
    if source.x in SPECTRA:
        return np.stack([lines[0].x, quiet_median(np.stack([line.y for line in lines]), 0)])
    x, y = np.concatenate([line.x for line in lines]), np.concatenate([line.y for line in lines])
    if source.x == "antenna":
        return np.array([[x.min(), x.max()], [float(quiet_median(y, None))] * 2])
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    edges = np.flatnonzero(np.diff(x) > 0.0) + 1
    return np.stack(
        [x[np.concatenate(([0], edges))], [quiet_median(each, None) for each in np.split(y, edges)]]
    )


def said_panel(source: Source, panel: Panel, whole: bool) -> Dict[str, Any]:
    """Return a panel as JSON has it; with its curves where it is `whole`."""
    antenna, spw, pol, visit, field = panel.key
    total = sum(len(line.y) for line in panel.lines)
    flagged = sum(int(line.flagged.sum()) for line in panel.lines)
    said: Dict[str, Any] = {
        "antenna": None if antenna is None else source.table.antennas[antenna],
        "spw": spw,
        "pol": None if pol is None else source.table.pols[pol],
        "visit": visit,
        "field": None if field is None else source.fields.get(field, str(field)),
        "x": rounded(panel.x, 9),
        "y": rounded(panel.y),
        "score": round(panel.score, 3),
        "note": panel.note,
        "flagged_percent": round(100.0 * flagged / max(1, total), 2),
    }
    if whole:
        said["series"] = [_series(source, panel, line) for line in panel.lines]
        said["behind"] = _thin_behind(source, panel)
    return said


def _thin_behind(source: Source, panel: Panel) -> Any:
    if panel.behind is None:
        return None
    keep = thinned(panel.behind[0], panel.behind[1], panel.x[0], panel.x[1], source.request.points)
    return {"x": rounded(panel.behind[0][keep], 9), "y": rounded(panel.behind[1][keep])}


def _series(source: Source, panel: Panel, line: Line) -> Dict[str, Any]:
    block: Block = source.table.blocks[line.block]
    if source.x in SPECTRA:
        keep = thinned(line.x, line.y, *panel.x, source.request.points)
    else:
        keep = scattered(line.x, line.y, panel.x, panel.y, source.request.points)
    rows = line.rows[keep]
    said: Dict[str, Any] = {
        "antenna": one_or_all([source.table.antennas[n] for n in block.antenna[rows].tolist()]),
        "spw": line.spw,
        "pol": source.table.pols[line.pol] if source.y != "offset" else "",
        "scan": one_or_all(block.scan[rows].tolist()),
        "field": one_or_all([source.fields.get(n, str(n)) for n in block.field[rows].tolist()]),
        "time_s": one_or_all(np.round(block.time_s[rows], 3).tolist()),
        "channel": None if line.channels is None else line.channels[keep].tolist(),
        "score": round(float(np.nanmax(np.nan_to_num(line.score))) if line.rows.size else 0.0, 3),
        "flagged": int(line.flagged.sum()),
        "points": len(line.y),
        "x": rounded(line.x[keep], 9),
        "y": rounded(line.y[keep]),
    }
    return said
