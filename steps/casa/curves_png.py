"""The same panels as a picture, by the matplotlib of CASA's Python."""

from __future__ import annotations

import importlib
import os
from typing import Any, Dict, List

import numpy as np

from ..errors import CasaError
from .curves_panels import Panel
from .curves_read import AXIS_NAMES, Source

__all__ = ["draw"]

COLUMNS = 3
COLOURS = ("#1f5fa8", "#c0501f", "#2f8f4e", "#7a4fa3")


def draw(source: Source, panels: List[Panel], path: str) -> None:
    """Draw panels into a PNG file; it appears whole or not at all.

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
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = figures.Figure(figsize=(4.2 * columns, 0.6 + 2.6 * rows), layout="constrained")
    frames = figure.subplots(rows, columns, squeeze=False).ravel()
    for frame, panel in zip(frames, panels):  # noqa: B905  # Python 3.8
        _draw_panel(source, frame, panel)
    for frame in frames[len(panels) :]:
        frame.set_axis_off()
    figure.suptitle(f"{source.table.name}: {_axis(source)}")
    _save(figure, path)


def _save(figure: Any, path: str) -> None:
    temporary = f"{path}.{os.getpid()}"
    try:
        figure.savefig(temporary, format="png", dpi=110)
        os.replace(temporary, path)
    except OSError as error:
        raise CasaError(f"cannot be written: {error.strerror}", path) from error


def _axis(source: Source) -> str:
    name, unit = AXIS_NAMES[source.y]
    return f"{name} ({unit})" if unit else name


def _title(source: Source, panel: Panel) -> str:
    antenna, spw, pol, visit, _ = panel.key
    words = [source.table.antennas[antenna] if antenna is not None else "all antennas"]
    words += [f"spw {spw}"] if spw is not None else []
    words += [source.table.pols[pol]] if pol is not None else []
    words += [visit] if visit else []
    return " ".join(words) + (f"  ! {panel.note}" if panel.note else "")


def _draw_panel(source: Source, frame: Any, panel: Panel) -> None:
    offset_h = 3600.0 if source.x == "time" else 1.0
    if panel.behind is not None:
        frame.plot(panel.behind[0] / offset_h, panel.behind[1], color="0.75", lw=3, label="median")
    labels: Dict[str, bool] = {}
    for line in panel.lines:
        name = source.table.pols[line.pol] if source.y != "offset" else ""
        style = {"marker": ".", "ms": 3, "lw": 0.6 if source.x != "antenna" else 0}
        colour = COLOURS[line.pol % len(COLOURS)]
        shown = name if name and name not in labels else None
        frame.plot(line.x / offset_h, line.y, color=colour, label=shown, **style)
        labels[name] = True
    low, high = panel.y
    margin = 0.05 * ((high - low) or 1.0)
    frame.set_ylim(low - margin, high + margin)
    frame.set_title(_title(source, panel), fontsize=8, color="#b00020" if panel.note else "black")
    frame.tick_params(labelsize=7)
    if source.x == "antenna":
        numbers = np.unique(np.concatenate([line.x for line in panel.lines])).astype(int)
        frame.set_xticks(numbers, [source.table.antennas[n] for n in numbers], rotation=90, fontsize=6)
    else:
        frame.set_xlabel("UTC (h)" if source.x == "time" else "frequency (GHz)", fontsize=7)
    if any(labels):
        frame.legend(fontsize=6, loc="best")
