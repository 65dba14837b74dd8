"""What a terminal that is too small shows."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen

from ..widgets.lines import Block

__all__ = ["MIN_HEIGHT", "MIN_WIDTH", "TooSmall"]

MIN_WIDTH, MIN_HEIGHT = 60, 14


class TooSmall(Screen[None]):
    """It goes away when the terminal grows."""

    def compose(self) -> ComposeResult:
        size = self.app.size
        yield Block(
            [
                (f"This terminal is {size.width} x {size.height};", "text"),
                (f"casapilot needs {MIN_WIDTH} x {MIN_HEIGHT}, and likes 80 x 24.", "text"),
                ("Make it larger, or use: casapilot status", "dim"),
            ],
            "base",
        )
