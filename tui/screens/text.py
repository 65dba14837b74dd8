"""A screen of text to read: help, a commit, a diff; with answers at the bottom where it asks something."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import Screen

from ..glyphs import clean
from ..widgets.bars import Footer
from ..widgets.lines import Bar, LineView
from ..widgets.paint import Line

if TYPE_CHECKING:
    from ..app import Casapilot

__all__ = ["Reader", "TextScreen", "commit_screen", "diff_lines"]


class Heading(Bar):
    """What the screen is about."""

    ground = "bar"


class Reader(LineView):
    """Lines that are there already."""

    has_cursor = False

    def __init__(self, lines: Iterable[Line]) -> None:
        super().__init__()
        self.lines = tuple(lines)

    def count(self) -> int:
        return len(self.lines)

    def line(self, index: int, width: int) -> Line:
        return self.lines[index]


class TextScreen(Screen[str]):
    """Text over the whole screen; the result is the answer chosen, or None after Esc."""

    def __init__(
        self, title: str, lines: Iterable[Line], answers: Sequence[tuple[str, str, str]] = ()
    ) -> None:
        super().__init__()
        self.heading = title
        self.lines = tuple(lines)
        self.answers = answers
        """(key, word, result) of each."""

    @property
    def casapilot(self) -> Casapilot:
        app: Casapilot = self.app  # type: ignore[assignment]  # textual knows only App[object]
        return app

    def compose(self) -> ComposeResult:
        yield Heading(id="heading")
        yield Reader(self.lines)
        yield Footer(id="footer")

    def on_mount(self) -> None:
        self.query_one(Heading).show([(f" {self.heading}", "title")])
        self.query_one(Reader).focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw_footer)

    def on_line_view_moved(self) -> None:
        self._draw_footer()

    def _draw_footer(self) -> None:
        position = self.query_one(Reader).position()
        hints = [(key.capitalize(), word, True) for key, word, _ in self.answers]
        always = ([(position, "")] if position else []) + [("Esc", "back")]
        self.query_one(Footer).offer(hints or [("j k g G", "move", True)], always)

    def on_key(self, event: Key) -> None:
        for key, _, result in self.answers:
            if key in (event.key, event.character):
                event.stop()
                self.dismiss(result)
                return
        action = self.casapilot.keymap.find(event, "main")
        leaves = ("back", "help", "quit") if not self.answers else ("back",)
        if action in leaves or event.key == "escape":
            event.stop()
            self.dismiss(None)


def commit_screen(entry: Any, diff: str) -> TextScreen:
    """One entry of the history, whole."""
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.time))
    lines: list[Line] = [
        [(f" {clean(entry.subject)}", "bold")],
        [(f" {when}  {clean(entry.author)}  {entry.commit[:12]}", "dim")],
        (),
    ]
    for text in clean_lines(entry.body):
        lines += [[(f" {part}", "text")] for part in textwrap.wrap(text, 76) or [""]]
    return TextScreen(f"History  {entry.commit[:10]}", [*lines, (), *diff_lines(diff)])


def diff_lines(diff: str) -> list[Line]:
    """A unified diff in colours."""
    styles = {"+": "ok", "-": "bad", "@": "key", "d": "title", "i": "dim"}
    lines: list[Line] = []
    for text in _folded(clean_lines(diff)):
        head = text[:1]
        style = "bold" if text.startswith(("+++", "---")) else styles.get(head, "text")
        if head in "di" and not text.startswith(("diff ", "index ")):
            style = "text"
        lines.append([(f" {text}", style)])
    return lines


def _folded(lines: list[str]) -> list[str]:
    """Without the lines of run records and the like, which nobody reads as a diff."""
    kept: list[str] = []
    own, dropped = False, 0
    for line in lines:
        if line.startswith("diff --git "):
            kept += [f"({dropped} lines of it are not shown)"] if dropped else []
            own, dropped = " b/.casapilot/runs/" in line, 0
        if own and not line.startswith("diff --git "):
            dropped += 1
        else:
            kept.append(line)
    return [*kept, f"({dropped} lines of it are not shown)"] if dropped else kept


def clean_lines(text: str) -> list[str]:
    """Text of others, line by line, made safe to show."""
    return [clean(line, 4) for line in text.splitlines()]
