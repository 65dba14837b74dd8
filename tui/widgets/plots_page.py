"""A page of panels with a crosshair on it: drawn anew at every zoom, marked anew at every move."""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import MouseDown

from ...steps.plot.cursor import frame_at, loudest, pointed_at, with_cursor
from ...steps.plot.grid import draw_grid, part_of
from ...steps.plot.model import Cell, Curves, Grid, Point
from ...steps.plot.page import ASCII, UNICODE, draw_page
from ...steps.plot.panel import Signs, whole
from ...steps.plot.sheet import Frame, Picture
from ...steps.plot.window import Window
from .lines import LineView
from .paint import Line
from .plots_cells import Cells

__all__ = ["Look", "PlotPage"]

STYLES = {
    "text": "text",
    "title": "bold",
    "axis": "dim",
    "behind": "faint",
    "sky": "faint",
    "first": "code",
    "second": "warn",
    "loud": "bad bold",
    "cursor": "key",
    "point": "match",
}
PUSH = 0.25
"""Of what is seen, so much is gone on when the crosshair is moved beyond the edge."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture depends on besides its answer."""

    width: int
    height: int
    signs: Signs
    window: Window | None
    heading: str

    def picture(self, answer: Curves | Grid) -> Picture:
        """Draw an answer so."""
        if isinstance(answer, Grid):
            return draw_grid(answer, self.width, self.height, self.signs, self.heading)
        return draw_page(answer, self.width, self.height, self.signs, self.window, self.heading)


class PlotPage(LineView):
    """Draws an answer; the arrows move a crosshair over it."""

    name_of_pane = "plots"
    has_cursor = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._answer: Curves | Grid | None = None
        self._picture: Picture | None = None
        self._lines: tuple[Line, ...] = ()
        self._window: Window | None = None
        """What of the only panel is seen; all of it when None."""
        self._at: tuple[int, int] | None = None
        """Row and column of the crosshair."""
        self._point: Point | None = None
        self._also: tuple[Point, ...] = ()
        """What is drawn in the same place."""
        self._cells: Cells | None = None
        """Where the cursor is, on a grid of flags."""

    @property
    def point(self) -> Point | None:
        """The point that the crosshair means."""
        return self._point

    @property
    def cell(self) -> Cell | None:
        """The cell of a grid that the cursor is on."""
        return self._cells.cell if self._cells else None

    @property
    def _heading(self) -> str:
        return ""

    def count(self) -> int:
        return len(self._lines)

    def line(self, index: int, width: int) -> Line:
        return self._lines[index]

    @property
    def _height(self) -> int:
        return max(self.size.height, 4)

    @property
    def _signs(self) -> Signs:
        return ASCII if self.casapilot.ascii else UNICODE

    @property
    def _look(self) -> Look:
        return Look(self.size.width, self._height, self._signs, self._window, self._heading)

    def _draw(self, ready: tuple[Look, Picture] | None = None) -> None:
        """Draw the answer, or take what has been drawn `ready` elsewhere, where it still looks right."""
        if self._answer is None or not self.size.width:
            return
        look, mark = self._look, self._marked()
        self._picture = ready[1] if ready and ready[0] == look else look.picture(self._answer)
        self._cells = self._laid(self._answer) if isinstance(self._answer, Grid) else None
        self._at = self._replaced(mark)
        self._mark()

    def _laid(self, grid: Grid) -> Cells:
        """A grid as it fits here, the cursor on the cell that it was on."""
        cells, before = Cells(grid, part_of(grid, self.size.width, self._height)), self.cell
        if before is None or before.row not in grid.rows or before.column not in grid.columns:
            return cells
        return cells.put(grid.rows.index(before.row), grid.columns.index(before.column))

    def _marked(self) -> tuple[int, float, float] | None:
        """Panel and place of the crosshair in it, in the units of the data."""
        frame = self._frame
        if self._at is None or frame is None:
            return None
        at = frame.at(*self._at)
        return (frame.panel, *at) if at else None

    def _replaced(self, mark: tuple[int, float, float] | None) -> tuple[int, int] | None:
        """The character for a place of before, where it is still in sight."""
        if mark is None or self._picture is None:
            return None
        panel, x, y = mark
        return next((f.place(x, y) for f in self._picture.frames if f.panel == panel and f.holds(x, y)), None)

    def _mark(self) -> None:
        """Draw the crosshair, and find what it means."""
        picture, answer, self._point, self._also = self._picture, self._answer, None, ()
        if picture is None:
            return
        frame = self._frame
        if self._cells is not None:
            cells, look = self._cells, self._look
            picture = draw_grid(
                cells.grid, look.width, look.height, look.signs, look.heading, cells.part, cells.at
            )
        elif self._at is not None and frame is not None and isinstance(answer, Curves):
            points = pointed_at(answer, picture, *self._at)
            self._point, self._also = (points[0], points[1:]) if points else (None, ())
            place = frame.place(self._point.x, self._point.y) if self._point else None
            picture = with_cursor(picture, *self._at, place, self._signs)
        self._lines = tuple([(text, STYLES[role.value]) for text, role in row] for row in picture.rows)
        self.refresh()
        self.post_message(self.Moved(self))

    @property
    def _frame(self) -> Frame | None:
        return frame_at(self._picture, *self._at) if self._picture and self._at else None

    # The crosshair

    def move_up(self) -> None:
        """The crosshair up."""
        self._move(-1, 0)

    def move_down(self) -> None:
        """The crosshair down."""
        self._move(1, 0)

    def move_left(self) -> None:
        """The crosshair left."""
        self._move(0, -1)

    def move_right(self) -> None:
        """The crosshair right."""
        self._move(0, 1)

    def _move(self, down: int, across: int) -> None:
        picture, frame = self._picture, self._frame
        if self._cells is not None:
            self._cells = self._cells.moved(down, across)
            self._mark()
            return
        if picture is None or not picture.frames or not isinstance(self._answer, Curves):
            return
        if frame is None or self._at is None:
            self._at = self._first_place()
        elif frame.at(self._at[0] + down, self._at[1] + across) is not None:
            self._at = self._at[0] + down, self._at[1] + across
        elif self._window is not None:
            self._window = self._window.moved(PUSH * across, -PUSH * down, self._whole())
            at = self._at
            self._draw()
            self._at = at
        else:
            self._at = self._beyond(frame, down, across)
        self._mark()

    def _first_place(self) -> tuple[int, int]:
        """On what stands out most."""
        assert self._picture is not None and isinstance(self._answer, Curves)
        frame = self._picture.frames[0]
        point = loudest(self._answer, frame)
        if point is not None and frame.holds(point.x, point.y):
            return frame.place(point.x, point.y)
        return frame.top + frame.y.cells // 2, frame.left + frame.x.cells // 2

    def _beyond(self, frame: Frame, down: int, across: int) -> tuple[int, int]:
        """Into the panel beside this one, where there is one."""
        assert self._picture is not None and self._at is not None
        row, column = self._at
        for other in self._picture.frames:
            same_row, same_column = other.top == frame.top, other.left == frame.left
            if across and same_row and (other.left - frame.left) * across == _gap(self._picture, frame):
                return row, other.left if across > 0 else other.left + other.x.cells - 1
            if down and same_column and (other.top - frame.top) * down > 0:
                return other.top if down > 0 else other.top + other.y.cells - 1, column
        return row, column

    def _whole(self) -> Window:
        assert isinstance(self._answer, Curves) and self._picture is not None
        return whole(self._answer, self._answer.panels[self._picture.frames[0].panel])

    def on_mouse_down(self, event: MouseDown) -> None:
        if self._cells is not None:
            at = self._cells.part.cell_at(event.y, event.x)
            if at is not None and at == self._cells.at:
                self.post_message(self.Chosen(self))
            elif at is not None:
                self._cells = self._cells.put(*at)
                self._mark()
            return
        if self._picture is None or frame_at(self._picture, event.y, event.x) is None:
            return
        if self._at == (event.y, event.x):
            self.post_message(self.Chosen(self))
        self._at = event.y, event.x
        self._mark()


def _gap(picture: Picture, frame: Frame) -> int:
    """Columns from one panel to the next."""
    steps = [abs(other.left - frame.left) for other in picture.frames if other.left != frame.left]
    return min(steps, default=0)
