"""What of a panel is shown: zoomed in, moved, and the parts of curves that lie in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Window", "clipped"]

Piece = tuple[list[float], list[float]]
SMALLEST = 1e-6
"""So small a part of the whole can be seen: beyond it numbers of a few digits are all the same."""


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle in the units of the axes; `x0` and `y0` are lower than `x1` and `y1`."""

    x0: float
    x1: float
    y0: float
    y1: float

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point lies in it."""
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1

    def zoomed(self, times: float, x: float, y: float, whole: Window) -> Window:
        """Return one so many times smaller (larger below 1) in which (x, y) stays where it was.

        Parameters
        ----------
        whole : Window
            Nothing beyond it is shown.
        """
        if times > 1.0 and self.x1 - self.x0 <= SMALLEST * (whole.x1 - whole.x0):
            return self
        grown = Window(
            x - (x - self.x0) / times,
            x + (self.x1 - x) / times,
            y - (y - self.y0) / times,
            y + (self.y1 - y) / times,
        )
        return grown.within(whole)

    def moved(self, share_x: float, share_y: float, whole: Window) -> Window:
        """Return it moved by so many times its own width and height, as far as `whole` reaches."""
        x, y = share_x * (self.x1 - self.x0), share_y * (self.y1 - self.y0)
        return Window(self.x0 + x, self.x1 + x, self.y0 + y, self.y1 + y).within(whole)

    def squared(self, across: int, up: int) -> Window:
        """Return it grown to one side so that a unit is as long upwards as to the side.

        Parameters
        ----------
        across, up : int
            Dots that it has to either side.
        """
        wide, high = (self.x1 - self.x0) / max(1, across), (self.y1 - self.y0) / max(1, up)
        if wide < high:
            more = (high - wide) * across / 2
            return Window(self.x0 - more, self.x1 + more, self.y0, self.y1)
        more = (wide - high) * up / 2
        return Window(self.x0, self.x1, self.y0 - more, self.y1 + more)

    def within(self, whole: Window) -> Window:
        """Return it moved into `whole`; as large as that where it is larger."""
        x0, x1 = _within(self.x0, self.x1, whole.x0, whole.x1)
        y0, y1 = _within(self.y0, self.y1, whole.y0, whole.y1)
        return Window(x0, x1, y0, y1)


def _within(low: float, high: float, least: float, most: float) -> tuple[float, float]:
    if high - low >= most - least:
        return least, most
    shift = max(least - low, 0.0) - max(high - most, 0.0)
    return max(low + shift, least), min(high + shift, most)


def clipped(xs: Sequence[float], ys: Sequence[float], window: Window) -> Iterator[Piece]:
    """Yield the pieces of a line through points that lie in the window, cut off at its edges."""
    piece: Piece = ([], [])
    if len(xs) == 1 and window.holds(xs[0], ys[0]):
        yield [xs[0]], [ys[0]]
    for start, end in pairwise(zip(xs, ys, strict=True)):
        part = _segment(*start, *end, window)
        if part is None:
            continue
        if not piece[0] or (piece[0][-1], piece[1][-1]) != part[:2]:
            if piece[0]:
                yield piece
            piece = ([part[0]], [part[1]])
        piece[0].append(part[2])
        piece[1].append(part[3])
    if piece[0]:
        yield piece


def _segment(
    xa: float, ya: float, xb: float, yb: float, window: Window
) -> tuple[float, float, float, float] | None:
    """The part of a segment that is in the window (Liang and Barsky 1984); None where nothing is."""
    if window.holds(xa, ya) and window.holds(xb, yb):
        return xa, ya, xb, yb
    begin, end = 0.0, 1.0
    dx, dy = xb - xa, yb - ya
    for step, room in (
        (-dx, xa - window.x0),
        (dx, window.x1 - xa),
        (-dy, ya - window.y0),
        (dy, window.y1 - ya),
    ):
        if step == 0.0:
            if room < 0.0:
                return None
        elif step < 0.0:
            begin = max(begin, room / step)
        else:
            end = min(end, room / step)
    if begin > end:
        return None
    first = (xa, ya) if begin == 0.0 else (xa + begin * dx, ya + begin * dy)
    last = (xb, yb) if end == 1.0 else (xa + end * dx, ya + end * dy)
    return (*first, *last)
