"""The cursor on a grid of flags: which cell it is on, and what of the grid is in sight."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...steps.plot.grid import Part, stands_out
from ...steps.plot.model import Cell, Grid

__all__ = ["Cells"]


@dataclass(frozen=True, slots=True)
class Cells:
    """A grid, the part of it in sight, and where the cursor is."""

    grid: Grid
    part: Part
    at: tuple[int, int] | None = None

    @property
    def cell(self) -> Cell | None:
        """The one under the cursor."""
        return self.grid.cell(*self.at) if self.at and self.grid.rows and self.grid.columns else None

    def moved(self, down: int, across: int) -> Cells:
        """One further; at first on what stands out most."""
        if self.at is None:
            return self.put(*stands_out(self.grid))
        return self.put(self.at[0] + down, self.at[1] + across)

    def paged(self, pages: int) -> Cells:
        """Some pages further, the cursor with them where there is one."""
        top = min(max(self.part.top + pages * self.part.rows, 0), len(self.grid.rows) - self.part.rows)
        gone = top - self.part.top
        if self.at is None or not gone:
            return replace(self, part=replace(self.part, top=top))
        return replace(self, part=replace(self.part, top=top), at=(self.at[0] + gone, self.at[1]))

    def put(self, row: int, column: int) -> Cells:
        """The cursor on a cell, or on the nearest that there is; it is in sight then."""
        if not self.grid.rows or not self.grid.columns:
            return self
        row = min(max(row, 0), len(self.grid.rows) - 1)
        column = min(max(column, 0), len(self.grid.columns) - 1)
        return replace(self, part=self.part.holding(row, column), at=(row, column))
