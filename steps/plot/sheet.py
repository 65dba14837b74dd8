"""What is drawn: rows of characters with what each stands for, and frames that a cursor can point into."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from .canvas import Role
from .scale import Scale

__all__ = ["Frame", "Picture", "Sheet", "runs"]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where on the sheet the curves of a panel are."""

    panel: int
    """Its number among all panels of the answer."""
    top: int
    left: int
    x: Scale
    y: Scale

    def at(self, row: int, column: int) -> tuple[float, float] | None:
        """Return x and y under a character of the sheet; None outside."""
        across, up = column - self.left, self.top + self.y.cells - 1 - row
        if not (0 <= across < self.x.cells and 0 <= up < self.y.cells):
            return None
        return self.x.value(across), self.y.value(up)

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point lies in it."""
        return self.x.low <= x <= self.x.high and self.y.low <= y <= self.y.high

    def place(self, x: float, y: float) -> tuple[int, int]:
        """Return row and column of the character in which a point lies."""
        return self.top + self.y.cells - 1 - self.y.cell(y), self.left + self.x.cell(x)


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished sheet."""

    rows: tuple[tuple[tuple[str, Role], ...], ...]
    """Each row: runs of text that stand for the same."""
    frames: tuple[Frame, ...] = ()

    @property
    def text(self) -> str:
        """As plain text, without spaces at the ends of lines."""
        return "\n".join("".join(text for text, _ in row).rstrip() for row in self.rows)


class Sheet:
    """Characters to be written on."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._cells = [[(" ", Role.TEXT)] * width for _ in range(height)]

    def write(self, row: int, column: int, text: str, role: Role = Role.TEXT) -> None:
        """Write a text; what does not fit is left out."""
        for n, letter in enumerate(text, column):
            if 0 <= row < self.height and 0 <= n < self.width:
                self._cells[row][n] = letter, role

    def text(self, row: int, column: int, count: int) -> str:
        """Return what is written in some places of a row."""
        return "".join(letter for letter, _ in self._cells[row][column : column + count])

    def paste(self, row: int, column: int, cells: list[list[tuple[str, Role]]]) -> None:
        """Put drawn characters in."""
        for down, line in enumerate(cells):
            for across, (letter, role) in enumerate(line):
                self.write(row + down, column + across, letter, role)

    def picture(self, frames: tuple[Frame, ...] = ()) -> Picture:
        """Return the finished sheet."""
        return Picture(tuple(map(runs, self._cells)), frames)


def runs(cells: Iterable[tuple[str, Role]]) -> tuple[tuple[str, Role], ...]:
    """Return characters as runs of text that stand for the same."""
    return tuple(
        ("".join(letter for letter, _ in run), role) for role, run in groupby(cells, lambda cell: cell[1])
    )
