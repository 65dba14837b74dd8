"""One panel: title, axes, the median of all antennas, and the curves on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from .canvas import Dots, Role
from .model import Curves, Panel, Series
from .scale import Scale, angle_ticks, angles, padded, ticks, time_ticks
from .sheet import Frame, Sheet
from .window import Window, clipped

__all__ = ["ASCII", "UNICODE", "Box", "Signs", "draw_panel", "label_width", "whole"]

SPARSE = 0.5
"""Up to so many points for each character across, they are drawn as letters."""
MOST_TICKS = 7
LINED = ("time", "freq", "channel")
"""Of these curves begin and end at the edges of the frame."""
GAP = 4.0
"""A line breaks where neighbours are so many times further apart than usual."""


@dataclass(frozen=True, slots=True)
class Signs:
    """Characters of the axes."""

    wall: str = "│"
    tick: str = "┤"
    corner: str = "└"
    floor: str = "─"
    mark: str = "┴"
    ascii_only: bool = False


UNICODE = Signs()
ASCII = Signs(wall="|", tick="+", corner="+", floor="-", mark="+", ascii_only=True)


@dataclass(frozen=True, slots=True)
class Box:
    """Where a panel goes."""

    top: int
    left: int
    width: int
    height: int
    labels: int
    """Characters for the numbers at the left."""
    noted: bool
    """Whether there is a line for what stands out; else that is in the line of the title."""


def whole(curves: Curves, panel: Panel) -> Window:
    """Return what a panel shows when nobody has zoomed in: all its points, in y at least what is usual."""
    x = padded(*panel.x, 0.0 if curves.x.kind in LINED else 0.03)
    return Window(*x, *(angles(*panel.y) if curves.y.kind == "phase" else padded(*panel.y)))


def label_width(curves: Curves, window: Window, rows: int) -> int:
    """Return how wide the numbers at the left of a panel are."""
    return max((len(text) for _, text in _y_ticks(curves, window, rows)), default=1)


def _y_ticks(curves: Curves, window: Window, rows: int) -> list[tuple[float, str]]:
    low, high = window.y0, window.y1
    most = min(MOST_TICKS, max(2, (rows + 1) // 2))
    return angle_ticks(low, high, most) if curves.y.kind == "phase" else ticks(low, high, most)


def draw_panel(sheet: Sheet, box: Box, curves: Curves, number: int, signs: Signs, window: Window) -> Frame:
    """Draw a panel into its place.

    Parameters
    ----------
    number : int
        Of the panel among all of `curves`.
    window : Window
        What of it is shown.
    """
    panel = curves.panels[number]
    above = 2 if box.noted else 1
    rows, across = max(1, box.height - above - 2), max(2, box.width - box.labels - 2)
    if curves.equal:
        window = window.squared(2 * across, 4 * rows)
    x, y = Scale(window.x0, window.x1, across, 2), Scale(window.y0, window.y1, rows, 4)
    frame = Frame(number, box.top + above, box.left + box.labels + 1, x, y)
    _write_title(sheet, box, panel)
    _draw_axes(sheet, frame, curves, signs)
    sheet.paste(frame.top, frame.left, _dots(curves, panel, x, y).cells(ascii_only=signs.ascii_only))
    if not any(series.x for series in panel.series or ()):
        sheet.write(frame.top + rows // 2, frame.left + 1, "all flagged"[: across - 1], Role.LOUD)
    return frame


def _write_title(sheet: Sheet, box: Box, panel: Panel) -> None:
    role = Role.LOUD if panel.outlier else Role.TITLE
    room = box.width - 1
    more = f": {panel.note}" if panel.note and not box.noted else ""
    sheet.write(box.top, box.left, f"{'! ' if panel.outlier else '  '}{panel.title}{more}"[:room], role)
    if box.noted and panel.note:
        sheet.write(box.top + 1, box.left, f"  {panel.note}"[:room], role)


def _draw_axes(sheet: Sheet, frame: Frame, curves: Curves, signs: Signs) -> None:
    left, rows, across = frame.left - 1, frame.y.cells, frame.x.cells
    floor = frame.top + rows
    for row in range(rows):
        sheet.write(frame.top + row, left, signs.wall, Role.AXIS)
    for value, text in _y_ticks(curves, Window(0.0, 1.0, frame.y.low, frame.y.high), rows):
        row = floor - 1 - frame.y.cell(value)
        sheet.write(row, left, signs.tick, Role.AXIS)
        sheet.write(row, left - len(text), text, Role.AXIS)
    sheet.write(floor, left, signs.corner + signs.floor * across, Role.AXIS)
    _write_x_labels(sheet, frame, floor, curves, signs)


def _write_x_labels(sheet: Sheet, frame: Frame, floor: int, curves: Curves, signs: Signs) -> None:
    """Write as many texts as fit without touching each other."""
    start, end = frame.left - 1, frame.left + frame.x.cells
    free = start
    for value, text in _x_ticks(curves, frame):
        column = frame.left + frame.x.cell(value)
        begin = min(max(start, column - len(text) // 2), end - len(text))
        if begin >= free:
            sheet.write(floor, column, signs.mark, Role.AXIS)
            sheet.write(floor + 1, begin, text, Role.AXIS)
            free = begin + len(text) + 1


def _x_ticks(curves: Curves, frame: Frame) -> list[tuple[float, str]]:
    low, high, room = frame.x.low, frame.x.high, frame.x.cells
    if curves.x.kind == "antenna":
        return [(float(n), name) for n, name in enumerate(curves.antennas) if low <= n <= high]
    if curves.x.kind == "time":
        return time_ticks(low, high, max(2, room // 9))
    return ticks(low, high, max(2, room // 10))


def _dots(curves: Curves, panel: Panel, x: Scale, y: Scale) -> Dots:
    dots = Dots(x, y)
    window = Window(x.low, x.high, y.low, y.high)
    if panel.sky:
        _draw_sky(dots, panel.sky, x, y)
    if panel.behind:
        _draw_behind(dots, panel.behind, x, y)
    groups = list(dict.fromkeys(map(_group, panel.series or ())))
    groups = sorted(groups) if not curves.legend else groups
    in_lines = curves.x.kind in ("freq", "channel")
    letters = in_lines
    for series in panel.series or ():
        role = _role(panel, series, groups)
        if in_lines:
            for run in _runs(series, x.per_dot, wraps=curves.y.kind == "phase"):
                for xs, ys in clipped(*run, window):
                    dots.line(role, xs, ys)
            continue
        letters |= _draw_points(dots, series, role, window, curves.x.kind == "antenna", x.cells)
    if letters and len(groups) > 1:
        _name_groups(dots, panel, groups, window)
    for series in panel.series or ():
        points = [each for each in zip(series.x, series.y, strict=True) if window.holds(*each)]
        if points and series.caption:
            dots.caption(Role.AXIS, *points[len(points) // 2], series.caption)
    return dots


def _draw_points(dots: Dots, series: Series, role: Role, window: Window, one_each: bool, cells: int) -> bool:
    """Points as letters where there are few, else as dots; whether it is dots."""
    points = [each for each in zip(series.x, series.y, strict=True) if window.holds(*each)]
    few = one_each or len(points) <= SPARSE * cells
    for point in points:
        if few:
            dots.mark(role, *point, _letter(series))
        else:
            dots.dot(role, *point)
    return bool(points) and not few


def _group(series: Series) -> str:
    """What tells a curve from others in its panel: polarisation, or before and after."""
    return series.sign or series.pol


def _letter(series: Series) -> str:
    return series.sign[:1] or (series.pol[:1] or "o").lower()


def _name_groups(dots: Dots, panel: Panel, groups: Sequence[str], window: Window) -> None:
    """The letter of a polarisation at the end of its loudest curve: colours alone tell nothing to some."""
    for place, group in enumerate(groups):
        mine = (each for each in panel.series or () if _group(each) == group)
        series = max(mine, key=lambda each: (each.score, max(each.x, default=0.0)))
        points = [each for each in zip(series.x, series.y, strict=True) if window.holds(*each)]
        if points:
            at = window.x1 - 0.06 * place * (window.x1 - window.x0)
            nearest = min(points, key=lambda point: abs(point[0] - at))
            dots.mark(_role(panel, series, groups), *nearest, _letter(series))


def _role(panel: Panel, series: Series, groups: Sequence[str]) -> Role:
    if series.score >= 1.0 and len(panel.series or ()) > 1:
        return Role.LOUD
    return Role.SECOND if groups.index(_group(series)) % 2 else Role.FIRST


def _draw_sky(dots: Dots, sky: tuple[Sequence[float], Sequence[float]], x: Scale, y: Scale) -> None:
    """From 0 % at the lower edge of the frame to 100 % at the upper: one dot in four."""
    last = -4
    for at, percent in zip(*sky, strict=True):
        dot = x.dot(at)
        if x.low <= at <= x.high and dot >= last + 4:
            dots.dot(Role.SKY, at, y.low + percent / 100.0 * (y.high - y.low))
            last = dot


def _draw_behind(dots: Dots, behind: tuple[Sequence[float], Sequence[float]], x: Scale, y: Scale) -> None:
    """Every other dot: without colour too it is not taken for data."""
    xs, ys = behind
    if len(xs) < 2:
        return
    n = 0
    for dot in range(0, x.cells * x.dots, 2):
        at = x.low + dot * x.per_dot
        while n < len(xs) - 2 and xs[n + 1] < at:
            n += 1
        width = xs[n + 1] - xs[n]
        share = min(1.0, max(0.0, (at - xs[n]) / width)) if width else 0.0
        value = ys[n] + share * (ys[n + 1] - ys[n])
        if y.low <= value <= y.high:
            dots.dot(Role.BEHIND, at, value)


def _runs(series: Series, per_dot: float, *, wraps: bool) -> Iterator[tuple[list[float], list[float]]]:
    """The pieces of a curve between what is flagged, and between turns of the phase."""
    order = sorted(range(len(series.x)), key=lambda n: series.x[n])
    xs, ys = [series.x[n] for n in order], [series.y[n] for n in order]
    steps = [after - before for before, after in pairwise(xs)]
    far = max(GAP * median(steps), 2.0 * per_dot) if steps else 0.0
    begin = 0
    for n, step in enumerate(steps, 1):
        if step > far or (wraps and abs(ys[n] - ys[n - 1]) > 180.0):
            yield xs[begin:n], ys[begin:n]
            begin = n
    if xs:
        yield xs[begin:], ys[begin:]
