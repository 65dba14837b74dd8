"""An app under test: keys in, screen out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from casapilot.tui.app import Casapilot
from textual.pilot import Pilot

__all__ = ["Driven", "Golden", "Open"]


class Driven:
    """An app under test: press keys, and read the screen."""

    def __init__(self, app: Casapilot, pilot: Pilot[object]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Until nothing is under way any more."""
        quiet = 0
        while quiet < 3:
            await self.pilot.pause(0.01)
            main = self.app.main
            there = main is not None and main.is_mounted
            loading = there and (main.detail._loading or main.detail.plot_view.reading)
            quiet = quiet + 1 if self.app.bridge.idle and not loading else 0

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each when the one before has had its effect."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Type `text`."""
        names = {" ": "space", "/": "slash", ".": "full_stop", "-": "minus", "_": "underscore"}
        await self.pilot.press(*(names.get(letter, letter) for letter in text))
        await self.settle()

    @property
    def screen(self) -> str:
        """What the screen shows."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    @property
    def main(self) -> Any:
        assert self.app.main is not None
        return self.app.main


Open = Callable[..., AbstractAsyncContextManager[Driven]]
Golden = Callable[[str, str], None]
