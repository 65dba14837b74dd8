"""An answer as a picture, by the matplotlib of CASA's Python."""

from __future__ import annotations

import importlib
import os
from typing import Any, Dict, List

import numpy as np

from ...errors import CasaError

__all__ = ["draw"]

COLUMNS = 3
COLOURS = ("#1f5fa8", "#c0501f", "#2f8f4e", "#7a4fa3")
LOUD, GREY = "#b00020", "0.75"
DPI = 110


def draw(answer: Dict[str, Any], path: str) -> None:
    """Draw the panels that have curves, or the grid, into a PNG file; it appears whole or not at all.

    Raises
    ------
    CasaError
        This Python has no matplotlib, or the file cannot be written.
    """
    try:
        figures = importlib.import_module("matplotlib.figure")
    except ImportError as error:
        todo = "Install it there: pip install matplotlib"
        raise CasaError("the Python of CASA has no matplotlib", path, todo) from error
    figure = _grid(figures, answer) if "grid" in answer else _panels(figures, answer)
    _save(figure, path)


def _panels(figures: Any, answer: Dict[str, Any]) -> Any:
    panels = [panel for panel in answer["panels"] if "series" in panel]
    columns = min(COLUMNS, max(1, len(panels)))
    rows = max(1, -(-len(panels) // columns))
    size = (4.2 * columns, 0.6 + 2.6 * rows) if not answer.get("equal") else (5.0 * columns, 0.6 + 4.8 * rows)
    if len(panels) == 1:
        size = (8.0, 8.0 if answer.get("equal") else 5.0)
    figure = figures.Figure(figsize=size, layout="constrained")
    frames = figure.subplots(rows, columns, squeeze=False).ravel()
    for frame, panel in zip(frames, panels):  # noqa: B905  # Python 3.8
        _draw_panel(answer, frame, panel)
    for frame in frames[len(panels) :]:
        frame.set_axis_off()
    words = [
        f"{answer['table']}: {_named(answer['y'])} against {_named(answer['x'])} {answer.get('date', '')}"
    ]
    words += [answer["words"]] if answer.get("words") else []
    words += [f"grey: transmission of the atmosphere, {answer['sky']}"] if answer.get("sky") else []
    legend = answer.get("legend") or {}
    words += [", ".join(f"{sign} {name}" for sign, name in legend.items())] if legend else []
    figure.suptitle("\n".join(words), fontsize=9)
    return figure


def _named(axis: Dict[str, Any]) -> str:
    return f"{axis['name']} ({axis['unit']})" if axis["unit"] else str(axis["name"])


def _save(figure: Any, path: str) -> None:
    temporary = f"{path}.{os.getpid()}"
    try:
        figure.savefig(temporary, format="png", dpi=DPI)
        os.replace(temporary, path)
    except OSError as error:
        raise CasaError(f"cannot be written: {error.strerror}", path) from error


def _title(panel: Dict[str, Any]) -> str:
    words = [panel["antenna"] or "", "" if panel["spw"] is None else f"spw {panel['spw']}"]
    words += [panel["pol"] or "", panel["visit"] or "", panel.get("field") or ""]
    title = " ".join(word for word in words if word) or panel.get("label") or "all antennas"
    return title + (f"  {'! ' if panel['score'] >= 1.0 else ''}{panel['note']}" if panel["note"] else "")


def _draw_panel(answer: Dict[str, Any], frame: Any, panel: Dict[str, Any]) -> None:
    kind = answer["x"]["kind"]
    hours = 3600.0 if kind == "time" else 1.0
    if panel.get("sky"):
        _draw_sky(frame, panel["sky"])
    if panel.get("behind"):
        frame.plot(
            np.asarray(panel["behind"]["x"]) / hours, panel["behind"]["y"], color=GREY, lw=3, label="median"
        )
    _draw_curves(answer, frame, panel, hours)
    low, high = panel["y"]
    margin = 0.05 * ((high - low) or 1.0)
    frame.set_ylim(low - margin, high + margin)
    frame.set_title(_title(panel), fontsize=8, color=LOUD if panel["score"] >= 1.0 else "black")
    frame.tick_params(labelsize=7)
    if kind == "antenna":
        names = answer["antennas"]
        numbers = sorted({int(x) for series in panel["series"] for x in series["x"]})
        frame.set_xticks(numbers, [names[n] for n in numbers], rotation=90, fontsize=6)
    else:
        frame.set_xlabel("UTC (h)" if kind == "time" else _named(answer["x"]), fontsize=7)
    frame.set_ylabel(_named(answer["y"]), fontsize=7)
    if answer.get("equal"):
        frame.set_xlim(*panel["x"])
        frame.set_aspect("equal")
    if frame.get_legend_handles_labels()[0]:
        frame.legend(fontsize=6, loc="best")


def _draw_curves(answer: Dict[str, Any], frame: Any, panel: Dict[str, Any], hours: float) -> None:
    kind = answer["x"]["kind"]
    names = list(dict.fromkeys(_group(series) for series in panel["series"]))
    width = 0.6 if kind in ("freq", "channel") or answer["plot"] in ("", "plan", "wvr") else 0.0
    shown: List[str] = []
    for series in panel["series"]:
        name = _group(series)
        x = np.asarray(series["x"], float) / hours
        style = {"marker": ".", "ms": 3, "lw": width if kind != "antenna" else 0.0}
        colour = COLOURS[names.index(name) % len(COLOURS)]
        label = name if name and name not in shown and len(names) <= len(COLOURS) else None
        frame.plot(x, series["y"], color=colour, label=label, **style)
        shown.append(name)
        if series.get("caption") and len(x):
            middle = len(x) // 2
            at = (float(x[middle]), float(series["y"][middle]))
            frame.annotate(series["caption"], at, fontsize=6, xytext=(2, 3), textcoords="offset points")


def _group(series: Dict[str, Any]) -> str:
    """What has a colour of its own: a polarisation, before and after, a field."""
    if series.get("caption"):
        return str(series["field"] or "")
    return str(series.get("label") or series["pol"])


def _draw_sky(frame: Any, sky: Dict[str, Any]) -> None:
    right = frame.twinx()
    right.fill_between(sky["x"], sky["y"], color="0.9", lw=0)
    right.set_ylim(0.0, 100.0)
    right.set_yticks([])
    frame.set_zorder(right.get_zorder() + 1)
    frame.patch.set_visible(False)


def _grid(figures: Any, answer: Dict[str, Any]) -> Any:
    grid = answer["grid"]
    values = np.array([[np.nan if v is None else v for v in row] for row in grid["values"]], float)
    rows, columns = values.shape
    figure = figures.Figure(figsize=(2.0 + 0.45 * columns, 1.6 + 0.24 * rows), layout="constrained")
    frame = figure.subplots()
    image = frame.imshow(values, aspect="auto", cmap="viridis", vmin=0.0, vmax=100.0)
    frame.set_xticks(range(columns), grid["columns"], rotation=90, fontsize=7)
    frame.set_yticks(range(rows), grid["rows"], fontsize=7)
    frame.set_title(f"{answer['table']}: flagged, {answer['unit']}", fontsize=9)
    for row, column in np.ndindex(rows, columns):
        if np.isfinite(values[row, column]):
            colour = "white" if values[row, column] < 60.0 else "black"
            text = f"{values[row, column]:.0f}"
            frame.text(column, row, text, ha="center", va="center", fontsize=6, color=colour)
    figure.colorbar(image, ax=frame)
    return figure
