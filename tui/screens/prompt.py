"""One line to type in, at the bottom of the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.widgets import Input

from ..widgets.lines import Block

__all__ = ["Prompt"]


class Prompt(Horizontal):
    """A label and an Input; `answer` is what was typed."""

    def __init__(self, label: str, value: str, changed: Callable[[str], None] | None) -> None:
        super().__init__(id="prompt")
        self._label, self._value, self._changed = label, value, changed
        self._answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    def compose(self) -> ComposeResult:
        label = Block([(f" {self._label} ", "key")], "bar")
        label.styles.width = len(self._label) + 2
        yield label
        yield Input(self._value, compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    async def answer(self) -> str | None:
        """What was typed, or None when it was left with Esc."""
        return await self._answer

    def on_input_changed(self, event: Input.Changed) -> None:
        if self._changed is not None:
            self._changed(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._settle(event.value)

    def on_key(self, event: Key) -> None:
        if event.key == "escape":
            event.stop()
            self._settle(None)

    def _settle(self, value: str | None) -> None:
        if not self._answer.done():
            self._answer.set_result(value)
