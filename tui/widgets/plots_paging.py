"""Pages of what is drawn, one panel for the whole pane, and closer to that."""

from __future__ import annotations

from dataclasses import replace

from textual.events import MouseScrollDown, MouseScrollUp

from ...steps.plot.model import Curves, Grid
from ...steps.plot.page import layout_of
from .plots_picture import PicturePage

__all__ = ["PlotPaging"]

IN = 2.0


class PlotPaging(PicturePage):
    """What of all panels is in sight; what is drawn comes from a subclass."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._start = 0
        """The first panel that is in sight."""
        self._focus: int | None = None
        """The panel that has the whole pane."""

    @property
    def _most(self) -> int:
        return layout_of(self.size.width, self._height).panels

    def _ask(self) -> None:
        """Ask for what is to be in sight now."""
        raise NotImplementedError

    def move_page_down(self) -> None:
        """The next page; of a single panel the next panel."""
        self._page(1)

    def move_page_up(self) -> None:
        """The page before."""
        self._page(-1)

    def move_top(self) -> None:
        """The first page."""
        self._page(-(1 << 20))

    def move_end(self) -> None:
        """The last page."""
        self._page(1 << 20)

    def _page(self, by: int) -> None:
        if self._cells is not None:
            paged = self._cells.paged(by)
            if paged == self._cells:
                self.casapilot.say("no further antennas this way", "dim")
            self._cells = paged
            self._mark()
            return
        if not isinstance(self._answer, Curves) or not self._answer.panels:
            return
        last = len(self._answer.panels) - 1
        if self._focus is not None:
            wanted = min(max(self._focus + by, 0), last)
            changed, self._focus, self._window = wanted != self._focus, wanted, None
        else:
            most = self._most
            wanted = min(max(self._start // most + by, 0), last // most) * most
            changed, self._start = wanted != self._start, wanted
        if changed:
            self._at = None
            self._ask()
        else:
            self.casapilot.say("this is the last page" if by > 0 else "this is the first page", "dim")

    def zoom_in(self) -> None:
        """One panel for the whole pane; then closer at the crosshair."""
        if self._image is not None:
            self._zoom_picture(IN)
            return
        if isinstance(self._answer, Grid):
            self.casapilot.say("all numbers are there: f counts by scan, time or channel", "dim")
        if not isinstance(self._answer, Curves) or not self._picture or not self._picture.frames:
            return
        frame = self._frame or self._picture.frames[0]
        if self._focus is None:
            self._focus = frame.panel
            self._ask()
            return
        if self._at is None:
            self._at = self._first_place()
            frame = self._frame or frame
        window = self._window or self._whole()
        at = frame.at(*self._at)
        if at is not None:
            self._window = window.zoomed(IN, *at, self._whole())
            self._draw()

    def zoom_out(self) -> None:
        """Further away; then all panels again."""
        if self._image is not None:
            self._zoom_picture(1 / IN)
        elif self._window is not None:
            middle = ((self._window.x0 + self._window.x1) / 2, (self._window.y0 + self._window.y1) / 2)
            everything = self._whole()
            grown = self._window.zoomed(1 / IN, *middle, everything)
            self._window = None if grown == everything else grown
            self._draw()
        else:
            self.show_all()

    def show_all(self) -> None:
        """Back to all panels."""
        if self._image is not None:
            self._window = None
            self._draw()
        elif self._focus is not None:
            self._start = self._focus // self._most * self._most
            self._focus, self._window = None, None
            self._ask()
        else:
            self.casapilot.say("it is not zoomed: + goes closer", "dim")

    def take_crosshair_away(self) -> bool:
        """Whether there was one, or a zoom, to be taken away."""
        if self._at is not None or self.cell is not None:
            self._at = None
            self._cells = replace(self._cells, at=None) if self._cells else None
            self._mark()
            return True
        if self._focus is not None:
            self.show_all()
            return True
        return False

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.move_page_up()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.move_page_down()
