"""Dots in layers, two by four in a character (braille), or the same in ASCII."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from itertools import pairwise

from plotille import Canvas

from .scale import Scale

__all__ = ["Dots", "Role", "ascii_of"]

BRAILLE = 0x2800
UPPER, LOWER = 0x1B, 0xE4
"""Bits of the upper and of the lower two rows of dots."""


class Role(str, Enum):
    """What a character stands for: the screen chooses its colour, never its only meaning."""

    TEXT = "text"
    TITLE = "title"
    AXIS = "axis"
    SKY = "sky"
    """Transmission of the atmosphere."""
    BEHIND = "behind"
    """The median of all antennas."""
    FIRST = "first"
    SECOND = "second"
    """Curves of the first and the second polarisation."""
    LOUD = "loud"
    """Title and curve of what stands out."""
    CURSOR = "cursor"
    """The crosshair."""
    POINT = "point"
    """The point that the crosshair means."""


class Dots:
    """A plot area: each role is a layer; the later one lies above.

    Parameters
    ----------
    x, y : Scale
        Two dots a character across, four up.
    """

    def __init__(self, x: Scale, y: Scale) -> None:
        self._x, self._y = x, y
        self._layers: dict[Role, set[tuple[int, int]]] = {}
        self._marks: dict[tuple[int, int], tuple[str, Role]] = {}

    def _layer(self, role: Role) -> set[tuple[int, int]]:
        return self._layers.setdefault(role, set())

    def dot(self, role: Role, x: float, y: float) -> None:
        """Draw a dot."""
        self._layer(role).add((self._x.dot(x), self._y.dot(y)))

    def line(self, role: Role, x: Sequence[float], y: Sequence[float]) -> None:
        """Draw a line through points."""
        layer = self._layer(role)
        dots = list(zip(self._x.dots_of(x), self._y.dots_of(y), strict=True))
        layer.update(dots)
        for (x0, y0), (x1, y1) in pairwise(dots):
            across, up = x1 - x0, y1 - y0
            steps = max(abs(across), abs(up))
            # Whole numbers, rounded to the nearest.
            layer.update(
                (x0 + (2 * across * n + steps) // (2 * steps), y0 + (2 * up * n + steps) // (2 * steps))
                for n in range(1, steps)
            )

    def _plane(self, dots: set[tuple[int, int]]) -> list[str]:
        """Rows of braille. Many curves share their dots: each is set once."""
        width, height = self._x.cells, self._y.cells
        # Canvas leaves its upper ends out: there they are one dot further.
        canvas = Canvas(width, height, 0, 0, 2 * width, 4 * height)
        for x, y in dots:
            canvas.point(x, y)
        return str(canvas.plot(linesep="\n")).split("\n")

    def mark(self, role: Role, x: float, y: float, sign: str) -> None:
        """Put a character where a point is: a lone dot is hard to see."""
        self._marks[self._y.cells - 1 - self._y.cell(y), self._x.cell(x)] = sign, role

    def caption(self, role: Role, x: float, y: float, text: str) -> None:
        """Write a text beside a point, where all of it has room; else left out, for half a name misleads."""
        row, column = self._y.cells - 1 - self._y.cell(y), self._x.cell(x)
        right, left, over = column + 1, column - len(text), column - len(text) // 2
        for down, begin in ((row, right), (row, left), (row - 1, over), (row + 1, over)):
            places = [(down, n) for n in range(begin, begin + len(text))]
            inside = 0 <= down < self._y.cells and begin >= 0 and begin + len(text) <= self._x.cells
            if inside and not self._marks.keys() & set(places):
                self._marks.update(
                    {place: (letter, role) for place, letter in zip(places, text, strict=True)}
                )
                return

    def cells(self, *, ascii_only: bool) -> list[list[tuple[str, Role]]]:
        """Return rows from the top: each character and what it stands for."""
        planes = {role: self._plane(self._layers[role]) for role in Role if role in self._layers}
        return [
            [self._cell(planes, row, column, ascii_only) for column in range(self._x.cells)]
            for row in range(self._y.cells)
        ]

    def _cell(
        self, planes: dict[Role, list[str]], row: int, column: int, ascii_only: bool
    ) -> tuple[str, Role]:
        if (row, column) in self._marks:
            return self._marks[row, column]
        bits, top = 0, Role.TEXT
        for role, lines in planes.items():
            own = ord(lines[row][column]) - BRAILLE
            if own and ascii_only and top in PLAIN:
                bits = 0  # the curve, not the sum of both
            bits, top = bits | own, role if own else top
        if not bits:
            return " ", Role.TEXT
        return (PLAIN.get(top) or ascii_of(bits) if ascii_only else chr(BRAILLE + bits)), top


#: What is drawn with one sign in ASCII wherever its dots are.
PLAIN = {Role.SKY: ",", Role.BEHIND: "-"}


def ascii_of(bits: int) -> str:
    """Return the ASCII character for dots: whether they are in the upper half, the lower, or in both."""
    return ":" if bits & UPPER and bits & LOWER else "'" if bits & UPPER else "."
