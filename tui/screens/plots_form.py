"""A small window with all that can be chosen of a plot, one a line: the arrows change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.app import ComposeResult
from textual.events import Key

from ...steps.plot.wish import LAID, ONE_OF, TURNED, Wish
from ..widgets.lines import Block, LineView
from ..widgets.paint import Line
from .dialogs import Dialog

__all__ = ["PlotForm"]

LABELS = {
    "y": "Quantity",
    "x": "Against",
    "antenna": "Antenna",
    "spw": "Spw",
    "pol": "Polarisation",
    "field": "Field",
    "scan": "Scan",
    "intent": "Intent",
    "column": "Data column",
    "average": "Mean over",
    "overlay": "In one panel",
    "order": "Order",
}
ALL = {"intent": "all but the set-up", "average": "what suits the axis"}
"""What stands for nothing chosen, where that is not simply all."""
LAID_WORDS = {LAID[-1]: "one curve"}
ORDERS = {"worst": "the worst first", "name": "as in the table"}


class Settings(LineView):
    """What can be chosen, and what is."""

    ground = "dialog"

    def __init__(self, wish: Wish, choices: Mapping[str, Sequence[Any]], shown: Mapping[str, str]) -> None:
        super().__init__()
        self.wish = wish
        self._choices, self._shown = choices, shown
        self._names = [name for name in TURNED if len(wish.known(name, choices)) > 1]
        self.styles.height = len(self._names)

    def count(self) -> int:
        return len(self._names)

    def line(self, index: int, width: int) -> Line:
        name = self._names[index]
        value = getattr(self.wish, name) or self._shown.get(name, "")
        known = [each for each in self.wish.known(name, self._choices) if each or name == "overlay"]
        place = f"{known.index(value) + 1} of {len(known)}" if value in known else f"of {len(known)}"
        said = self._said(name, value)
        own = getattr(self.wish, name) not in ("", LAID[0], "worst")
        glyphs = ("<", ">") if self.casapilot.ascii else ("‹", "›")
        return [
            (f" {LABELS[name]:13}", "text"),
            (f"{glyphs[0]} ", "key"),
            (said, "bold" if own else "dim"),
            (f" {glyphs[1]}", "key"),
            (f"  {place}", "faint"),
        ]

    def _said(self, name: str, value: str) -> str:
        if name == "overlay":
            return LAID_WORDS.get(value, value.replace(",", ", "))
        if name == "order":
            return ORDERS.get(value, value)
        return value.replace(",", ", ") or ALL.get(name, "all" if name in ONE_OF else "what suits it")

    def turn(self, by: int) -> None:
        """The next of what the cursor is on, or the one before."""
        self.wish = self.wish.turned(self._names[self.cursor], self._choices, by, self._shown)
        self.refresh()

    def move_left(self) -> None:
        self.turn(-1)

    def move_right(self) -> None:
        self.turn(1)


class PlotForm(Dialog[tuple[Wish | None]]):
    """Change what a plot shows; None when it is left with Esc, nothing in the answer for all as at first."""

    def __init__(
        self, title: str, wish: Wish, choices: Mapping[str, Sequence[Any]], shown: Mapping[str, str]
    ) -> None:
        super().__init__(title, [])
        self._settings = Settings(wish, choices, shown)

    def answers(self) -> ComposeResult:
        yield self._settings
        yield Block([("", ""), ("Left and Right change, Enter draws, 0 as at first, Esc goes back", "faint")])

    def on_line_view_chosen(self, event: LineView.Chosen) -> None:
        self._settings.turn(1)

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        event.view.refresh()

    def on_key(self, event: Key) -> None:
        if event.key == "enter":
            event.stop()
            self.dismiss((self._settings.wish,))
        elif event.key == "space":
            event.stop()
            self._settings.turn(1)
        elif event.character == "0":
            event.stop()
            self.dismiss((None,))
