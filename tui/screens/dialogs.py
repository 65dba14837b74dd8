"""Small windows that ask: choose one of a few, or fill in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input

from ...steps.errors import CasapilotError
from ..widgets.lines import Block, LineView
from ..widgets.paint import Line, Span

if TYPE_CHECKING:
    from ..app import Casapilot

__all__ = ["Choice", "Field", "Form", "Menu", "Option", "error_dialog"]

T = TypeVar("T")
_FRAME = 2
"""Lines of the border."""


class Dialog(ModalScreen[T]):
    """A box in the middle: a title, what there is to know, and what can be answered."""

    def __init__(self, title: str, paragraphs: Iterable[Span], *, bad: bool = False) -> None:
        super().__init__()
        self.title_text = title
        self.paragraphs = tuple(paragraphs)
        self.bad = bad

    @property
    def casapilot(self) -> Casapilot:
        app: Casapilot = self.app  # type: ignore[assignment]  # textual knows only App[object]
        return app

    def compose(self) -> ComposeResult:
        with Vertical(id="box", classes="-bad" if self.bad else ""):
            yield Block([(self.title_text, "bold bad" if self.bad else "title"), ("", "")])
            yield Block([*self.paragraphs, ("", "")] if self.paragraphs else [], id="told")
            yield from self.answers()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Cut what there is to know, never the answers, where the screen is too low for both."""
        told, box = self.query_one("#told", Block), self.query_one("#box")
        others = sum(child.outer_size.height for child in box.children if child is not told)
        room = int(self.size.height * 0.96) - others - _FRAME
        told.styles.max_height = max(room, 1)

    def answers(self) -> ComposeResult:
        """What can be answered."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.set_class(self.casapilot.ascii, "-ascii")

    def on_key(self, event: Key) -> None:
        if self.casapilot.keymap.find(event, "main") == "back" or event.key == "escape":
            event.stop()
            self.dismiss(None)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: its key, what it says, and what more there is to say about it."""

    key: str
    text: str
    result: str
    about: str = ""


class Menu(LineView):
    """Answers, one a line."""

    ground = "dialog"

    def __init__(self, options: Sequence[Option]) -> None:
        super().__init__()
        self.options = options
        self.styles.height = len(options)

    def count(self) -> int:
        return len(self.options)

    def line(self, index: int, width: int) -> Line:
        option = self.options[index]
        key = "Enter" if index == self.cursor else option.key
        return [(f" {key:>5} ", "key"), (f" {option.text}", "bold"), (f"  {option.about}", "dim")]


class Choice(Dialog[str]):
    """Choose one of a few; None when it is left with Esc."""

    def __init__(
        self, title: str, paragraphs: Iterable[Span], options: Sequence[Option], *, bad: bool = False
    ) -> None:
        super().__init__(title, paragraphs, bad=bad)
        self.options = options

    def answers(self) -> ComposeResult:
        yield Menu(self.options)
        yield Block([("", ""), ("Esc goes back", "faint")])

    def on_line_view_chosen(self, event: LineView.Chosen) -> None:
        self._answer()

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        event.view.refresh()

    def on_key(self, event: Key) -> None:
        if event.key == "enter":
            event.stop()
            self._answer()
            return
        for option in self.options:
            if event.character == option.key:
                event.stop()
                self.dismiss(option.result)
                return

    def _answer(self) -> None:
        self.dismiss(self.options[self.query_one(Menu).cursor].result)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in."""

    name: str
    label: str
    value: str = ""
    required: bool = True


class Form(Dialog[dict[str, str]]):
    """Fill in a few words; None when it is left with Esc."""

    def __init__(self, title: str, paragraphs: Iterable[Span], fields: Sequence[Field]) -> None:
        super().__init__(title, paragraphs)
        self.fields = fields

    def answers(self) -> ComposeResult:
        for field in self.fields:
            must = "" if field.required else " (may stay empty)"
            yield Block([(field.label + must, "dim")])
            yield Input(field.value, "_" * 40, id=field.name, compact=True, select_on_focus=False)
        yield Block([("", ""), ("Enter goes on, Esc goes back", "faint")])

    def on_mount(self) -> None:  # textual calls that of Dialog, too
        inputs = list(self.query(Input))
        next((each for each in inputs if not each.value), inputs[0]).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        values = {field.name: self.query_one(f"#{field.name}", Input).value.strip() for field in self.fields}
        for field in self.fields:
            if field.required and not values[field.name]:
                self.query_one(f"#{field.name}", Input).focus()
                return
        if event.input is not self.query(Input).last():
            self.focus_next()
            return
        self.dismiss(values)


def error_dialog(error: Exception) -> Choice:
    """The one window that shows any error: what, where, and what to do."""
    if not isinstance(error, CasapilotError):
        error = CasapilotError(str(error) or type(error).__name__, "", "Nothing that runs is affected.")
    paragraphs: list[Span] = [(error.what, "text")]
    if error.where:
        paragraphs += [("", ""), (error.where, "code")]
    if error.todo:
        paragraphs += [("", ""), *((line, "text") for line in error.todo.splitlines())]
    return Choice(error.title, paragraphs, [Option("q", "Close", "close")], bad=True)
