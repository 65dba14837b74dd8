"""All items of all execution blocks in one table: what is done where, what runs, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import Screen

from ...steps.checklist.model import State
from ...steps.run.view import Row, Snapshot
from ..glyphs import WORDS, Glyphs, clean
from ..overview import MOUS, MatrixLine, ebs_of, matrix, progress_of
from ..widgets.bars import Footer
from ..widgets.items import STYLES, word_of
from ..widgets.lines import Bar, LineView
from ..widgets.paint import Line, Span, fit
from ..worst import read, unmet
from .help import keys_screen

if TYPE_CHECKING:
    from ...steps.checklist.model import Key as ItemKey
    from ..app import Casapilot
    from .deeds import Deeds

__all__ = ["MatrixScreen"]

_TITLE, _SHORT_TITLE = 32, 20
_WITH_WORD = 9
"""Columns from which on a cell holds a word besides its sign."""
_LOOK_S = 0.25
_KEYS = (
    ("Enter", "Go to the item under the cursor, in its EB."),
    ("h l", "To the EB on the left, or on the right."),
    ("j k", "To the next item, or the one before; g and G to the first and last."),
    ("Esc", "Back to the list of items (so do q and m)."),
)


class Table(LineView):
    """A line for each item, a column for each EB; the cursor is on a cell."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: tuple[str, ...] = ()
        self.column = 0
        self.queue: frozenset[ItemKey] = frozenset()
        self.settled: frozenset[ItemKey] = frozenset()
        """Items that are only noted, as the list has it."""
        self._lines: list[MatrixLine] = []

    def show(self, snapshot: Snapshot, settled: frozenset[ItemKey]) -> None:
        """Draw the items of `snapshot`; those that are `settled` are noted."""
        self.settled = settled
        self._lines = matrix(snapshot)
        of_mous = any(line.cells and MOUS in line.cells for line in self._lines)
        self.columns = (*ebs_of(snapshot), *((MOUS,) if of_mous else ()))
        self.queue = frozenset(snapshot.activity.queue)
        self.redraw()

    def go_to_cell(self, key: ItemKey) -> None:
        """Put the cursor on an item of an EB."""
        self.column = self.columns.index(key.eb) if key.eb in self.columns else 0
        for index, line in enumerate(self._lines):
            if line.cells and any(row.key[:2] == key[:2] for row in line.cells.values()):
                self.go_to(index)

    @property
    def row(self) -> Row | None:
        """The row of the cell under the cursor."""
        line = self._lines[self.cursor] if self.cursor < len(self._lines) else None
        return line.cells.get(self.columns[self.column]) if line and line.cells and self.columns else None

    @property
    def widths(self) -> tuple[int, int]:
        """Columns of the title, and of each EB."""
        room = self.size.width - 1
        cell = max([len(name) for name in self.columns] + [5]) + 1
        title = _TITLE if _TITLE + cell * len(self.columns) <= room else _SHORT_TITLE
        wide = (room - title) // max(len(self.columns), 1)
        return title, max(min(wide, 11), cell)

    def first_column(self) -> int:
        """The first column in sight: where not all fit, so that the cursor's does."""
        title, cell = self.widths
        fit_in = max((self.size.width - 1 - title) // cell, 1)
        return max(0, min(self.column - fit_in // 2, len(self.columns) - fit_in))

    def count(self) -> int:
        return len(self._lines)

    def selectable(self, index: int) -> bool:
        return self._lines[index].cells is not None

    def shift(self, columns: int) -> None:
        """To the column beside."""
        self.column = min(max(self.column + (1 if columns > 0 else -1), 0), max(len(self.columns) - 1, 0))
        self.refresh()
        self.post_message(self.Moved(self))

    def line(self, index: int, width: int) -> Line:
        line, glyphs = self._lines[index], self.casapilot.glyphs
        title, cell = self.widths
        if line.cells is None:
            return [(fit(f" {clean(line.title)}", width, glyphs.more), "title")]
        spans: list[Span] = [(fit(f" {clean(line.title)}", title - 1, glyphs.more) + " ", "text")]
        for number in range(self.first_column(), len(self.columns)):
            row = line.cells.get(self.columns[number])
            here = index == self.cursor and number == self.column
            queued, settled = (row is not None and row.key in some for some in (self.queue, self.settled))
            spans += _cell(row, queued, settled, cell, glyphs, here)
        return spans

    def heading(self, finished: Mapping[str, str]) -> tuple[Line, Line]:
        """The names of the EBs over their columns, and how many items of each are finished."""
        title, cell = self.widths
        first = self.first_column()
        more = f"{self.casapilot.glyphs.more}{first} " if first else ""
        names: list[Span] = [(fit(more.rjust(title), title), "faint")]
        tallies: list[Span] = [(fit(" finished", title), "faint")]
        for number, name in enumerate(self.columns[first:], first):
            names.append((" ", ""))
            names.append((fit(clean(name), cell - 1), "title" if number == self.column else "bold"))
            tallies.append((fit(f" {finished.get(name, '')}", cell), "faint"))
        return names, tallies


def _cell(row: Row | None, queued: bool, settled: bool, width: int, glyphs: Glyphs, here: bool) -> list[Span]:
    if row is None:
        return [(" " * width, "")]
    state = State.DONE if settled else row.state
    sign = glyphs.states[state]
    word = "queue" if queued else "noted" if settled else word_of(row)
    text = f"{sign} {word}" if width >= _WITH_WORD else ("+" if queued else sign)
    left, right = ("[", "]") if here else (" ", " ")
    return [(left, "key bold"), (text, STYLES[state]), (fit(right, width - 1 - len(text)), "key bold")]


class MatrixScreen(Screen["ItemKey | None"]):
    """The table; Enter goes to the item under the cursor, in its EB."""

    def __init__(self, main: Deeds) -> None:
        super().__init__()
        self._main = main
        self._seen: Snapshot | None = None

    @property
    def casapilot(self) -> Casapilot:
        app: Casapilot = self.app  # type: ignore[assignment]  # textual knows only App[object]
        return app

    def compose(self) -> ComposeResult:
        yield Bar(id="matrix-top")
        yield Bar(id="matrix-ebs")
        yield Table()
        yield Bar(id="matrix-said")
        yield Footer(id="footer")

    def on_mount(self) -> None:
        self.query_one("#matrix-top", Bar).ground = "bar"
        self.table = self.query_one(Table)
        self.table.focus()
        self.set_interval(_LOOK_S, self._look)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._look()
        row = self._main.items.row
        if row is not None:
            self.table.go_to_cell(row.key if row.key.eb else row.key._replace(eb=self._main.items.eb))
        self._draw()

    def _look(self) -> None:
        """Show what the main screen has read meanwhile."""
        snapshot = self._main.snapshot
        settled = self._main.items.settled
        if snapshot is not None and (snapshot is not self._seen or settled != self.table.settled):
            self._seen = snapshot
            self.table.show(snapshot, settled)
            self._draw()

    def _draw(self) -> None:
        snapshot, row = self._seen, self.table.row
        if snapshot is None:
            return
        progress = progress_of(snapshot)
        runs = sum(each.running is not None for each in progress)
        tail = f"{runs} of {len(progress)} EBs at work" if runs else f"{len(progress)} EBs"
        title: list[Span] = [
            (" casapilot ", "bold"),
            (f" {clean(snapshot.title)}", "title"),
            (f"  {tail}", "dim"),
        ]
        self.query_one("#matrix-top", Bar).show(title)
        tallies = {each.eb: f"{each.finished}/{each.total}" for each in progress}
        self.query_one("#matrix-ebs", Bar).show(*self.table.heading(tallies))
        said = (
            ""
            if row is None
            else " ".join(filter(None, (row.key.eb, row.item.title + ":", _said(row, self.table.settled))))
        )
        self.query_one("#matrix-said", Bar).show([(" " + fit(clean(said), self.size.width - 2), "text")])
        hints = [("Enter", "go there", True), ("h l", "EB", True), ("j k", "item", True)]
        self.query_one(Footer).offer(hints, [("q", "back")])

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        self._draw()

    def on_line_view_chosen(self, event: LineView.Chosen) -> None:
        self._choose()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def on_key(self, event: Key) -> None:
        if event.key == "enter":
            event.stop()
            self._choose()
        elif event.key in ("escape", "q", "m"):
            event.stop()
            self.dismiss(None)
        elif self.casapilot.keymap.find(event, "main") == "help":
            event.stop()
            self.app.push_screen(keys_screen("The table of all EBs", _KEYS))
        elif event.key in ("h", "left", "l", "right"):
            event.stop()
            self.table.shift(-1 if event.key in ("h", "left") else 1)

    def _choose(self) -> None:
        row = self.table.row
        self.dismiss(row.key if row is not None else None)


def _said(row: Row, settled: frozenset[ItemKey]) -> str:
    """Where the item stands, in words."""
    number = "" if row.step is None else f"step {row.step:g}, "
    readings = [reading.sentence for reading in map(read, unmet(row)) if reading]
    word = "noted" if row.key in settled else WORDS[row.state]
    return f"{number}{word}" + "".join(f", {text}" for text in (row.detail, *readings[:1]) if text)
