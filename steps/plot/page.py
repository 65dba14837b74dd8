"""A page of panels for a terminal of any size."""

from __future__ import annotations

from dataclasses import dataclass

from .canvas import Role
from .model import Curves, Panel
from .panel import ASCII, UNICODE, Box, Signs, draw_panel, label_width, whole
from .sheet import Frame, Picture, Sheet
from .window import Window

__all__ = ["ASCII", "UNICODE", "Layout", "draw_page", "layout_of"]

NARROWEST, LOWEST = 26, 11
"""The smallest panel that can be read: a title, what stands out, and 20 by 7 characters of curves."""
HEAD, FOOT = 1, 1


@dataclass(frozen=True, slots=True)
class Layout:
    """How many panels there are on a page."""

    columns: int
    rows: int

    @property
    def panels(self) -> int:
        """How many in all."""
        return self.columns * self.rows


def layout_of(width: int, height: int, panels: int = 0) -> Layout:
    """Return how many panels a page takes: as many as can be read; larger ones where there are fewer.

    Parameters
    ----------
    panels : int
        How many there are; 0 where it is not known.
    """
    columns = max(1, width // NARROWEST)
    rows = max(1, (height - HEAD - FOOT) // LOWEST)
    if 0 < panels < columns * rows:
        rows = min(rows, -(-panels // columns))
        columns = -(-panels // rows)
    return Layout(columns, rows)


def draw_page(
    curves: Curves,
    width: int,
    height: int,
    signs: Signs = UNICODE,
    window: Window | None = None,
    name: str = "",
) -> Picture:
    """Draw the panels that have curves.

    Parameters
    ----------
    width, height : int
        Characters of the whole page.
    window : Window, optional
        What is shown of the first panel with curves, of which nothing else is drawn then.
    name : str
        What to call the table.
    """
    numbers = [n for n, panel in enumerate(curves.panels) if panel.series is not None]
    numbers = numbers[:1] if window else numbers
    sheet = Sheet(width, height)
    layout = layout_of(width, height, len(numbers))
    numbers = numbers[: layout.panels]
    column = f" ({curves.column})" if curves.column else ""
    _write_head(sheet, curves, numbers, f"{name or curves.table}{column}")
    frames = _draw_panels(
        sheet, layout, curves, {n: window or whole(curves, curves.panels[n]) for n in numbers}, signs
    )
    _write_foot(sheet, curves, numbers, signs)
    return sheet.picture(frames)


def _draw_panels(
    sheet: Sheet, layout: Layout, curves: Curves, windows: dict[int, Window], signs: Signs
) -> tuple[Frame, ...]:
    width = sheet.width // layout.columns
    height = (sheet.height - HEAD - FOOT) // layout.rows
    noted = any(_is_long(curves.panels[n], width) for n in windows)
    rows = max(1, height - (4 if noted else 3))
    labels = max((label_width(curves, window, rows) for window in windows.values()), default=1)
    frames = []
    for place, (number, window) in enumerate(windows.items()):
        down, across = divmod(place, layout.columns)
        box = Box(HEAD + down * height, across * width, width, height, labels, noted)
        frames.append(draw_panel(sheet, box, curves, number, signs, window))
    return tuple(frames)


def _is_long(panel: Panel, width: int) -> bool:
    """Whether what stands out has no room beside the title: "! DV09 spw 17: 4.1x others X scan 8"."""
    return bool(panel.note) and len(panel.title) + len(panel.note) + 5 > width


def _write_head(sheet: Sheet, curves: Curves, numbers: list[int], name: str) -> None:
    first, last = (numbers[0] + 1, numbers[-1] + 1) if numbers else (0, 0)
    these = f"{first}-{last}" if last > first else f"{first}"
    of = f"{these} of {len(curves.panels)}" if len(curves.panels) > 1 else ""
    what = f" {curves.y} against {curves.x}{f' {curves.date}' if curves.x.kind == 'time' else ''}"
    room = sheet.width - len(of) - 2
    axes = f"{curves.y.name} against {curves.x.name}"
    for less in (f" {curves.y} against {curves.x.name}", f" {axes}", f" {curves.y.name}"):
        what = what if len(name) + len(what) <= room else less
    room -= len(what)
    name = name if len(name) <= room else f"...{name[-max(1, room - 3) :]}"
    sheet.write(0, 0, (name + what)[: sheet.width - len(of) - 1], Role.TITLE)
    sheet.write(0, sheet.width - len(of), of, Role.AXIS)


def _write_foot(sheet: Sheet, curves: Curves, numbers: list[int], signs: Signs) -> None:
    """What there is to say of the page: each in full or not at all, the important first."""
    panels = [curves.panels[n] for n in numbers]
    loud = sum(panel.outlier for panel in curves.panels)
    words = [f"! stands out: {loud} of {len(curves.panels)}" if loud else ""]
    words += [", ".join(f"{sign} {what}" for sign, what in (curves.legend or {}).items()), curves.words]
    words = [word for word in words if word] or ([] if curves.equal else ["nothing stands out"])
    behind, sky = ("--", ",,") if signs.ascii_only else ("dotted", "sparse dots")
    words += [f"{behind}: median of the antennas"] if any(panel.behind for panel in panels) else []
    words += [f"{sky}: air, 0-100 %, {curves.sky}"] if any(panel.sky for panel in panels) else []
    flagged = max((panel.flagged_percent for panel in panels), default=0.0)
    words += [f"flagged here: up to {flagged:.0f} %"] if flagged >= 0.5 else []
    text = ""
    for word in words:
        for said in (word, word.partition(" of the ")[0]):
            longer = f"{text}; {said}" if text else said
            if len(longer) <= sheet.width or not text:
                text = longer
                break
    sheet.write(sheet.height - 1, 0, _cut(text, sheet.width), Role.AXIS)


def _cut(text: str, width: int) -> str:
    """As many of the things listed in a text as fit."""
    return text if len(text) <= width else text[: width - 2].rpartition(", ")[0] + " .."
