"""From a character on the page to the solution that is drawn there."""

from __future__ import annotations

from .model import Curves, Point
from .scale import clock
from .sheet import Frame, Picture

__all__ = ["frame_at", "nearest", "say_point"]

ROW, COLUMN = 2.0, 1.0
"""A character is about twice as high as wide."""


def frame_at(picture: Picture, row: int, column: int) -> Frame | None:
    """Return the frame that a character lies in."""
    return next((frame for frame in picture.frames if frame.at(row, column) is not None), None)


def nearest(curves: Curves, picture: Picture, row: int, column: int) -> Point | None:
    """Return the point nearest to a character, of those in its panel; None where there is none."""
    frame = frame_at(picture, row, column)
    if frame is None:
        return None
    best: tuple[float, Point] | None = None
    for series in curves.panels[frame.panel].series or ():
        for n, (x, y) in enumerate(zip(series.x, series.y, strict=True)):
            down, across = frame.place(x, y)
            far = (ROW * (down - row)) ** 2 + (COLUMN * (across - column)) ** 2
            if best is None or far < best[0]:
                best = far, series.point(n)
    return best[1] if best else None


def say_point(curves: Curves, point: Point) -> str:
    """Return "DV09 spw 17 X scan 8 channel 41 12:03:04: Tsys 431.2 K"."""
    words = [point.antenna, f"spw {point.spw}", point.pol]
    words += [f"scan {point.scan}" if point.scan > 0 else ""]
    words += ["" if point.channel is None else f"channel {point.channel}"]
    words += [clock(point.time_s % 86400.0)]
    value = f"{curves.y.name} {point.y:.4g} {curves.y.unit}".rstrip()
    return f"{' '.join(word for word in words if word)}: {value}"
