"""Pick a MOUS: one opened lately, one in the folders below, a path, or the demo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import Screen

from ...steps.errors import CasapilotError
from ..glyphs import clean
from ..recent import Recent, mous_folders
from ..widgets.bars import Footer
from ..widgets.history import when_text
from ..widgets.lines import Bar, Block, LineView
from ..widgets.paint import Line, fit
from .help import keys_screen
from .prompt import Prompt
from .text import Heading

if TYPE_CHECKING:
    from ..app import Casapilot

__all__ = ["OpenScreen"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a title, or something to open."""

    text: str
    about: str = ""
    path: Path | None = None
    deed: str = ""


class Places(LineView):
    """What can be opened."""

    def __init__(self) -> None:
        super().__init__(id="places")
        self.entries: list[Entry] = []

    def fill(self, entries: Iterable[Entry]) -> None:
        """Show `entries`."""
        self.entries = list(entries)
        self.redraw()
        self.go_to(self.cursor)

    def count(self) -> int:
        return len(self.entries)

    def selectable(self, index: int) -> bool:
        return bool(self.entries[index].path or self.entries[index].deed)

    def line(self, index: int, width: int) -> Line:
        entry = self.entries[index]
        if not self.selectable(index):
            return [(f" {entry.text}", "title")]
        more = self.casapilot.glyphs.more
        return [
            (f"   {fit(clean(entry.text), max(width - 18, 20), more)} ", "text"),
            (clean(entry.about), "dim"),
        ]


_KEYS = (
    ("Enter", "Open the MOUS under the cursor."),
    ("p", "Type the path of a folder (so does /)."),
    ("d", "Make a demonstration with real data, and open it."),
    ("j k", "To the next line, or the one before; g and G to the first and last."),
    ("q", "Leave casapilot (so does Esc)."),
)


class OpenScreen(Screen[None]):
    """Which MOUS is it to be?"""

    AUTO_FOCUS = "#places"

    def __init__(self, start: Path, why: str = "") -> None:
        super().__init__()
        self.start = start
        self.why = why

    @property
    def casapilot(self) -> Casapilot:
        app: Casapilot = self.app  # type: ignore[assignment]  # textual knows only App[object]
        return app

    def compose(self) -> ComposeResult:
        yield Heading(id="heading")
        yield Block([("", ""), (f" {self.why}", "dim"), ("", "")], "base")
        yield Places()
        yield Bar(id="said")
        yield Footer(id="footer")

    def on_mount(self) -> None:
        self.query_one(Heading).show([(" casapilot ", "bold"), (" open a MOUS", "title")])
        self._fill(())
        self.run_worker(self._look_below(), exit_on_error=False)

    async def _look_below(self) -> None:
        self._fill(await self.casapilot.bridge.ask(lambda: list(mous_folders(self.start))))

    def _fill(self, below: Iterable[Path]) -> None:
        recent, now = self.casapilot.recent, self.casapilot.clock()
        entries = [*_recent(recent, now), *_below(below, self.start)]
        entries += [
            Entry("Or"),
            Entry("Type a path", "p", deed="path"),
            Entry("Try it out with real data: the demo", "d", deed="demo"),
        ]
        self.query_one(Places).fill(entries)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw_footer)

    def _draw_footer(self) -> None:
        hints = [("Enter", "open", True), ("p", "type a path", True), ("d", "demo", True)]
        self.query_one(Footer).offer(hints, [("q", "quit")])

    def on_line_view_chosen(self, event: LineView.Chosen) -> None:
        self._open()

    def on_key(self, event: Key) -> None:
        if self.has_class("-asking"):
            return
        deeds = {"enter": self._open, "p": self._ask_path, "slash": self._ask_path, "d": self._demo}
        leave = self.casapilot.keymap.find(event, "main") in ("quit", "back")
        if self.casapilot.keymap.find(event, "main") == "help":
            event.stop()
            self.app.push_screen(keys_screen("Open a MOUS", _KEYS))
            return
        deed = self.casapilot.leave if leave else deeds.get(event.key)
        if deed is not None:
            event.stop()
            deed()

    def _open(self) -> None:
        places = self.query_one(Places)
        entry = places.entries[places.cursor]
        if entry.deed == "path":
            self._ask_path()
        elif entry.deed == "demo":
            self._demo()
        elif entry.path is not None:
            self.casapilot.open(entry.path)

    def _demo(self) -> None:
        self.casapilot.start_demo()

    def _ask_path(self) -> None:
        self.run_worker(self._path(), exit_on_error=False)

    async def _path(self) -> None:
        prompt = Prompt("path", f"{self.start}/", None)
        await self.mount(prompt)
        self.add_class("-asking")
        try:
            text = await prompt.answer()
        finally:
            self.remove_class("-asking")
            await prompt.remove()
            self.query_one(Places).focus()
        if text:
            self.casapilot.open(Path(text).expanduser())

    def say(self, error: CasapilotError) -> None:
        """Why a folder cannot be opened."""
        self.query_one("#said", Bar).show([(f" {clean(str(error).splitlines()[0])}", "bad")])


def _recent(recent: Recent, now: float) -> list[Entry]:
    known = [each for each in recent.mous if (each.path / "mous.toml").is_file()]
    entries = [
        Entry(f"{each.title}  {each.path}".strip(), when_text(each.opened, now).strip(), each.path)
        for each in known
    ]
    return [Entry("Opened lately"), *entries, Entry("")] if entries else []


def _below(folders: Iterable[Path], start: Path) -> list[Entry]:
    entries = [Entry(str(folder.relative_to(start)), "", folder) for folder in folders]
    return [Entry(f"In {start}"), *entries, Entry("")] if entries else []
