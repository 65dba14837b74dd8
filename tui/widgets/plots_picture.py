"""A page that can also be a picture of a script: half blocks, closer and moved by the keys of plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ...steps.plot.sheet import Picture
from ...steps.plot.window import Window
from ..pictures import Box, cells_of, fitted, in_ascii
from .paint import fit
from .plots_page import PUSH, Look, PlotPage

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["PicturePage"]

EVERYTHING = Window(0.0, 1.0, 0.0, 1.0)
HEAD = 1


class PicturePage(PlotPage):
    """Draws plots as `PlotPage` does, or a picture."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._image: Image | None = None
        self._strips: list[Strip] = []

    def render_line(self, y: int) -> Strip:
        if self._image is None:
            return super().render_line(y)
        base = self.casapilot.palette.style("", self.ground)
        strip = self._strips[y] if y < len(self._strips) else Strip([])
        return strip.adjust_cell_length(self.size.width, base)

    def _draw(self, ready: tuple[Look, Picture] | None = None) -> None:
        if self._image is None:
            super()._draw(ready)
            return
        self._strips = [self._head(), *self._body(self._image)]
        self.refresh()

    def _head(self) -> Strip:
        style = self.casapilot.palette.style("bold", self.ground)
        return Strip([Segment(fit(self._heading, self.size.width, self.casapilot.glyphs.more), style)])

    def _body(self, image: Image) -> list[Strip]:
        columns, rows = self.size.width, max(self._height - HEAD, 1)
        box = _box(self._window or EVERYTHING)
        if self.casapilot.ascii or self.casapilot.plain or self.casapilot.no_color:
            style = self.casapilot.palette.style("text", self.ground)
            return [Strip([Segment(line, style)]) for line in in_ascii(image, columns, rows, box)]
        styles: dict[tuple[object, object], Style] = {}
        return [
            Strip([Segment("▀", styles.get(each) or styles.setdefault(each, _style(*each))) for each in line])
            for line in cells_of(fitted(image, columns, 2 * rows, box))
        ]

    def _move(self, down: int, across: int) -> None:
        if self._image is None:
            super()._move(down, across)
        elif self._window is not None:
            self._window = self._window.moved(PUSH * across, -PUSH * down, EVERYTHING)
            self._draw()
        else:
            self.casapilot.say("all of it is in sight: + goes closer, then the arrows move it", "dim")

    def _zoom_picture(self, times: float) -> None:
        """Closer to its middle, or further away."""
        window = self._window or EVERYTHING
        middle = (window.x0 + window.x1) / 2, (window.y0 + window.y1) / 2
        window = window.zoomed(times, *middle, EVERYTHING)
        self._window = None if window == EVERYTHING else window
        self._draw()


def _box(window: Window) -> Box:
    """Pictures count from the top."""
    return window.x0, 1.0 - window.y1, window.x1, 1.0 - window.y0


def _style(upper: tuple[int, int, int], lower: tuple[int, int, int]) -> Style:
    return Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower))
