"""Everything that can be done, found by typing a part of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input

from ..actions import ACTIONS, Action, Situation, reason
from ..overview import ebs_of
from ..widgets.lines import Block, LineView
from ..widgets.paint import Line, fit

if TYPE_CHECKING:
    from ..app import Casapilot

__all__ = ["Palette", "score"]


def score(typed: str, name: str) -> int:
    """How well `name` fits what was typed: 0 not at all; the letters must come in order."""
    typed, name = typed.lower().replace(" ", ""), name.lower()
    if not typed:
        return 1
    at, points = -1, 0
    for letter in typed:
        found = name.find(letter, at + 1)
        if found < 0:
            return 0
        starts = found == 0 or not name[found - 1].isalnum()
        points += 3 if found == at + 1 else 2 if starts else 1
        at = found
    return points


class Hits(LineView):
    """The actions that fit, the best first."""

    ground = "dialog"

    def __init__(self, here: Situation | None) -> None:
        super().__init__()
        self._here = here
        self._all = [action for action in ACTIONS if action.pane != "move" and action.id != "palette"]
        if here is not None:
            hidden = "" if len(ebs_of(here.snapshot)) > 1 else "EB"
            panes = ("main", "list", here.pane)
            self._all = [a for a in self._all if a.pane in panes and a.group != hidden]
        self.hits: list[Action] = self._all

    def search(self, typed: str) -> None:
        """Only the actions that fit what was typed."""
        points = {action.id: score(typed, _name(action)) for action in self._all}
        hits = [action for action in self._all if points[action.id]]
        self.hits = sorted(hits, key=lambda action: -points[action.id])
        self.cursor = self.top = 0
        self.redraw()

    def count(self) -> int:
        return max(len(self.hits), 1)

    def line(self, index: int, width: int) -> Line:
        if not self.hits:
            return [(" nothing is called so: Esc, then / searches the items", "dim")]
        action = self.hits[index]
        why_not = reason(action, self._here) if self._here else ""
        key = self.casapilot.keymap.shown(action.id)
        about = f"not now: {why_not}" if why_not else action.about
        return [
            (f" {fit(_name(action), 22)}", "dim" if why_not else "bold"),
            (fit(about, width - 31, self.casapilot.glyphs.more), "dim"),
            (f" {key:>6} ", "key"),
        ]


class Palette(ModalScreen[str]):
    """Type, choose, Enter; the result is the id of an action."""

    def __init__(self, here: Situation | None) -> None:
        super().__init__()
        self._here = here

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Input(compact=True, placeholder="what to do")
            yield Block([("", "")])
            yield Hits(self._here)

    def on_mount(self) -> None:
        app: Casapilot = self.app  # type: ignore[assignment]  # textual knows only App[object]
        self.set_class(app.ascii, "-ascii")
        self.query_one(Hits).can_focus = False
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one(Hits).search(event.value)

    def on_key(self, event: Key) -> None:
        hits = self.query_one(Hits)
        if event.key in ("escape", "ctrl+p"):
            event.stop()
            self.dismiss(None)
        elif event.key in ("down", "ctrl+n", "up"):
            event.stop()
            hits.step(-1 if event.key == "up" else 1)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        hits = self.query_one(Hits)
        self.dismiss(hits.hits[hits.cursor].id if hits.hits else None)


def _name(action: Action) -> str:
    return f"{action.group}: {action.word}"
