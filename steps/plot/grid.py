"""A grid of percentages: flags of antennas by spw, scan or time, and the cell that a cursor is on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

from .canvas import Role
from .model import Cell, Grid
from .panel import UNICODE, Signs
from .sheet import Picture, Sheet

__all__ = ["Part", "draw_grid", "part_of", "say_cell", "stands_out"]

HEAD, FOOT = 2, 1
"""Lines above the cells and below."""
NARROW, WIDE = 5, 19
"""Characters of a cell: "100.0", and the most that a bar makes of it."""


@dataclass(frozen=True, slots=True)
class Part:
    """What of a grid is in sight, and where its cells stand."""

    top: int
    """The first row and column that are in sight."""
    left: int
    rows: int
    columns: int
    """How many of them."""
    head: int
    """Characters for the names of the rows."""
    wide: int
    """Characters of a cell; one more lies between two."""

    def start(self, column: int) -> int:
        """Return where on the sheet the cells of a column of the grid begin."""
        return self.head + 1 + (column - self.left) * (self.wide + 1)

    def cell_at(self, row: int, column: int) -> tuple[int, int] | None:
        """Return row and column of the cell under a character of the sheet; None where there is none."""
        down, across = row - HEAD, (column - self.head) // (self.wide + 1)
        if 0 <= down < self.rows and 0 <= across < self.columns:
            return self.top + down, self.left + across
        return None

    def holding(self, row: int, column: int) -> Part:
        """Return it moved no further than to have a cell in sight."""
        top = max(min(self.top, row), row - self.rows + 1)
        left = max(min(self.left, column), column - self.columns + 1)
        return replace(self, top=top, left=left)


def part_of(grid: Grid, width: int, height: int) -> Part:
    """Return the upper left part of a grid, as much as `width` by `height` characters hold."""
    head = max(map(len, (*grid.rows, "antenna")))
    count = max(1, len(grid.columns))
    room = width - head - 1  # the mark of the last cell needs a character, too
    wide = max(NARROW, min(WIDE, room // count - 1))
    fits = max(1, room // (wide + 1))
    return Part(0, 0, min(len(grid.rows), max(1, height - HEAD - FOOT)), min(count, fits), head, wide)


def stands_out(grid: Grid) -> tuple[int, int]:
    """Return row and column of the cell that lies furthest above the others of its column."""
    best = (-1.0, 0, 0)
    for column in range(len(grid.columns)):
        values = [(row[column] if column < len(row) else None) for row in grid.values]
        known = [value for value in values if value is not None]
        middle = median(known) if known else 0.0
        far, at = max(((v - middle, -n) for n, v in enumerate(values) if v is not None), default=(-1.0, 0))
        best = max(best, (far, at, -column))
    return -best[1], -best[2]


def say_cell(cell: Cell, unit: str = "%") -> str:
    """Return "DV09 spw 17: 50.0 % flagged"."""
    value = "no data" if cell.value is None else f"{cell.value:.1f} {unit} flagged"
    return f"{cell.row} {cell.where}: {value}"


def draw_grid(
    grid: Grid,
    width: int,
    height: int,
    signs: Signs = UNICODE,
    name: str = "",
    part: Part | None = None,
    at: tuple[int, int] | None = None,
) -> Picture:
    """Draw percentages as a table, a bar beside each where there is room.

    Parameters
    ----------
    part : Part, optional
        What is in sight: the upper left where nobody says. What is not is said below.
    at : tuple of int, optional
        Row and column of the cell that is marked.
    """
    part = part or part_of(grid, width, height)
    sheet = Sheet(width, min(height, part.rows + HEAD + FOOT))
    sheet.write(0, 0, f"{name or grid.table}: {grid.unit} flagged by {grid.across}"[:width], Role.TITLE)
    for column in range(part.left, part.left + part.columns):
        title = grid.columns[column] if column < len(grid.columns) else ""
        short = title if len(title) <= part.wide else title.rpartition(" ")[2]
        sheet.write(1, part.start(column), short[: part.wide].rjust(NARROW), Role.AXIS)
        for row in range(part.top, part.top + part.rows):
            _write_cell(sheet, part, row, column, grid.cell(row, column).value, signs)
    for row in range(part.top, part.top + part.rows):
        sheet.write(HEAD + row - part.top, 0, grid.rows[row])
    if at is not None:
        row, start = HEAD + at[0] - part.top, part.start(at[1])
        sheet.write(row, start - 1, "[", Role.CURSOR)
        sheet.write(row, start, sheet.text(row, start, NARROW), Role.CURSOR)
        sheet.write(row, start + NARROW, "]", Role.CURSOR)
    sheet.write(sheet.height - 1, 0, _hidden(grid, part)[:width], Role.AXIS)
    return sheet.picture()


def _write_cell(sheet: Sheet, part: Part, row: int, column: int, value: float | None, signs: Signs) -> None:
    text = "    -" if value is None else f"{value:5.1f}"
    bar = _bar(value or 0.0, part.wide - NARROW - 1, signs)
    sheet.write(HEAD + row - part.top, part.start(column), f"{text} {bar}".rstrip())


def _hidden(grid: Grid, part: Part) -> str:
    """What there is besides what is in sight."""
    words = []
    if part.rows < len(grid.rows):
        words.append(f"antennas {part.top + 1}-{part.top + part.rows} of {len(grid.rows)}")
    if part.columns < len(grid.columns):
        words.append(f"{grid.across}s {part.left + 1}-{part.left + part.columns} of {len(grid.columns)}")
    return ", ".join(words)


def _bar(percent: float, width: int, signs: Signs) -> str:
    if width < 1:
        return ""
    eighths: int = round(percent / 100.0 * width * 8)
    if signs.ascii_only:
        return "#" * round(eighths / 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
