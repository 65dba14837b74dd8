"""From a character on the page to the solution that is drawn there."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from .canvas import Role
from .model import Curves, Point
from .panel import Signs
from .scale import clock
from .sheet import Frame, Picture, runs

__all__ = ["frame_at", "loudest", "nearest", "pointed_at", "say_point", "with_cursor"]

ROW, COLUMN = 2.0, 1.0
"""A character is about twice as high as wide."""


def frame_at(picture: Picture, row: int, column: int) -> Frame | None:
    """Return the frame that a character lies in."""
    return next((frame for frame in picture.frames if frame.at(row, column) is not None), None)


def nearest(curves: Curves, picture: Picture, row: int, column: int) -> Point | None:
    """Return the point that a character means; None where its panel has none."""
    return next(iter(pointed_at(curves, picture, row, column)), None)


def pointed_at(curves: Curves, picture: Picture, row: int, column: int) -> tuple[Point, ...]:
    """Return what a character means, then what else of its panel is drawn in it, a point of each curve.

    That is the point that stands out most of those drawn in it; where nothing is, the nearest alone.
    """
    frame = frame_at(picture, row, column)
    if frame is None:
        return ()
    dot_row = (frame.top + frame.y.cells - 0.5 - row) * frame.y.dots - 0.5
    dot_column = (column - frame.left + 0.5) * frame.x.dots - 0.5
    up, across = ROW / frame.y.dots / frame.y.per_dot, COLUMN / frame.x.dots / frame.x.per_dot
    y0, x0 = frame.y.low + dot_row * frame.y.per_dot, frame.x.low + dot_column * frame.x.per_dot
    found: list[tuple[bool, float, float, Point]] = []
    for series in curves.panels[frame.panel].series or ():
        far = [
            (up * (y - y0)) ** 2 + (across * (x - x0)) ** 2 if frame.holds(x, y) else math.inf
            for x, y in zip(series.x, series.y, strict=True)
        ]
        n = min(range(len(far)), key=far.__getitem__, default=None)
        if n is None or far[n] == math.inf:
            continue
        inside = frame.place(series.x[n], series.y[n]) == (row, column)
        found.append((not inside, -series.score if inside else 0.0, far[n], series.point(n)))
    found.sort(key=lambda each: each[:3])
    return tuple(each[3] for n, each in enumerate(found) if n == 0 or not each[0])


def loudest(curves: Curves, frame: Frame) -> Point | None:
    """Return the point of a panel at which to look first: what its note names, on what stands out most."""
    panel = curves.panels[frame.panel]
    everything = [series for series in panel.series or () if series.x]
    if not everything:
        return None
    words = panel.note.split()
    named = re.search(r"\bscan (\d+)", panel.note)
    scan = int(named.group(1)) if named else 0
    everything = [each for each in everything if each.pol in words] or everything
    here = [each for each in everything if scan and scan in map(int, _listed(each.scan))] or everything
    series = max(here, key=lambda each: each.score)
    if isinstance(series.scan, list | tuple) and scan in series.scan:
        return series.point(list(series.scan).index(scan))
    levels = sorted(series.y)
    far = [abs(y - levels[len(levels) // 2]) for y in series.y]
    one_point_each = series.channel is None  # a gain curve: the point that is furthest from the others
    n = far.index(max(far)) if one_point_each else len(series.x) // 2
    return series.point(n)


def _listed(scan: int | Sequence[int]) -> Sequence[int]:
    return scan if isinstance(scan, list | tuple) else (int(str(scan)),)


def say_point(curves: Curves, point: Point) -> str:
    """Return "DV09 spw 17 X scan 8 channel 41 12:03:04: Tsys 431.2 K"."""
    words = [point.antenna, f"spw {point.spw}", point.pol]
    words += [f"scan {point.scan}" if point.scan > 0 else ""]
    words += ["" if point.channel is None else f"channel {point.channel}"]
    words += [clock(point.time_s % 86400.0)]
    value = f"{curves.y.name} {point.y:.4g} {curves.y.unit}".rstrip()
    return f"{' '.join(word for word in words if word)}: {value}"


def with_cursor(
    picture: Picture, row: int, column: int, point: tuple[int, int] | None, signs: Signs
) -> Picture:
    """Return the picture with a crosshair at a character of it, and the point that it means marked.

    Parameters
    ----------
    point : tuple of int, optional
        Row and column of that point.
    """
    frame = frame_at(picture, row, column)
    if frame is None:
        return picture
    cells = [[(letter, role) for text, role in line for letter in text] for line in picture.rows]
    for down in range(frame.top, frame.top + frame.y.cells):
        _over_blank(cells, down, column, signs.wall)
    for across in range(frame.left, frame.left + frame.x.cells):
        _over_blank(cells, row, across, signs.floor)
    cells[row][column] = ("+", Role.CURSOR)
    if point is not None:
        cells[point[0]][point[1]] = ("#" if signs.ascii_only else "◆", Role.POINT)
    return Picture(tuple(map(runs, cells)), picture.frames)


def _over_blank(cells: list[list[tuple[str, Role]]], row: int, column: int, sign: str) -> None:
    if cells[row][column][0] in (" ", "\u2800"):
        cells[row][column] = (sign, Role.CURSOR)
