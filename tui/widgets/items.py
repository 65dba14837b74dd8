"""The list on the left: phases, and the items of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...steps.checklist.model import Key, Kind, State
from ...steps.run.view import Row, Snapshot
from ..glyphs import WORDS, clean
from ..overview import FINISHED, ebs_of
from ..worst import name_of_worst
from .lines import LineView
from .paint import Line, Span, fit, width_of

__all__ = ["STYLES", "ItemList", "attention", "change_text", "duration", "was_stopped", "word_of"]

STYLES = {
    State.TODO: "dim",
    State.RUNNING: "run bold",
    State.DONE: "ok",
    State.WARNED: "warn",
    State.FAILED: "bad bold",
    State.SKIPPED: "dim",
    State.STALE: "accent",
    State.LOST: "bad bold",
}
_WITH_NUMBERS, _ALL_NUMBERS = 34, 48
"""Columns from which on a row has one number, and all."""
_ONE_NUMBER = 6
_LOUD = (State.WARNED, State.FAILED, State.LOST)


class ItemList(LineView):
    """Rows of a snapshot under the titles of their phases: of one EB, and those of the whole MOUS."""

    name_of_pane = "list"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[Row, ...] = ()
        self._entries: list[Row | tuple[str, str]] = []
        self._queue: frozenset[Key] = frozenset()
        self.settled: frozenset[Key] = frozenset()
        """Items that warned of nothing but what is mended since, or merely noted."""
        self._running_s: Mapping[Key, float] = {}
        self._ebs: tuple[str, ...] = ()
        self.eb = ""
        """The EB whose items are shown; those of all are while a text is searched for."""
        self._sizes = (4, 0, 0)
        self.wanted = ""
        """Only items that hold this text are shown."""

    def show(self, snapshot: Snapshot, settled: frozenset[Key] = frozenset()) -> None:
        """Draw the rows of `snapshot`, the cursor on the item it was on.

        `settled` are those that warned of what is mended since.
        """
        key = self.row.key if self.row else None
        self._rows, self._queue = snapshot.rows, frozenset(snapshot.activity.queue)
        self.settled = settled
        self._ebs = ebs_of(snapshot)
        if self.eb not in self._ebs:
            self.eb = self._ebs[0] if self._ebs else ""
        self._arrange()
        if key is None or not self.go_to_key(key):
            self.go_to(self.cursor)
        self.redraw()

    def tick(self, running_s: Mapping[Key, float]) -> None:
        """How long each running item has run, s."""
        if running_s != self._running_s:
            self._running_s = running_s
            self._refresh_lines(
                *(i for i, e in enumerate(self._entries) if isinstance(e, Row) and e.state is State.RUNNING)
            )

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        entry = self._entries[self.cursor] if self.cursor < len(self._entries) else None
        return entry if isinstance(entry, Row) else None

    def go_to_key(self, key: Key) -> bool:
        """Put the cursor on the item `key`, of whatever EB; whether it is there."""
        if key.eb in self._ebs and key.eb != self.eb:
            self.eb = key.eb
            self._arrange()
            self.redraw()
        for index, entry in enumerate(self._entries):
            if isinstance(entry, Row) and entry.key == key:
                self.go_to(index)
                return True
        return False

    def go_to_phase(self, direction: int) -> None:
        """To the first item of the next phase, or of the one before."""
        heads = [i for i, entry in enumerate(self._entries) if not isinstance(entry, Row)]
        here = max((i for i in heads if i < self.cursor), default=0)
        others = [i for i in heads if (i > self.cursor if direction > 0 else i < here)]
        if others:
            head = min(others) if direction > 0 else max(others)
            self.go_to(head + 1)
            self._roll_to(head)

    def go_to_eb(self, direction: int) -> None:
        """To the same item in the next EB, or in the one before."""
        if len(self._ebs) < 2:
            return
        row = self.row
        eb = self._ebs[(self._ebs.index(self.eb) + direction) % len(self._ebs)]
        if row is None or not self.go_to_key(row.key._replace(eb=eb)):
            self.go_to_key(next(each.key for each in self._rows if each.key.eb == eb))
        self.post_message(self.Moved(self))

    def filter(self, text: str) -> None:
        """Show only the items that hold `text`."""
        key = self.row.key if self.row else None
        self.wanted = text
        self._arrange()
        self.cursor = min(self.cursor, max(self.count() - 1, 0))
        if not (text and self._go_to_title(text)) and (key is None or not self.go_to_key(key)):
            self.go_to(0)
        self.redraw()
        self.post_message(self.Moved(self))

    def _go_to_title(self, text: str) -> bool:
        """To the first item whose own title says `text`, in the EB looked at if there; whether one does."""
        rows = [entry for entry in self._entries if isinstance(entry, Row) and _says(entry, text)]
        wanted = text.lower()

        def far(row: Row) -> tuple[bool, bool, bool]:
            starts = row.item.title.lower().startswith(wanted)
            return row.item.id != wanted, not starts, row.key.eb not in ("", self.eb)

        chosen = min(rows, key=far, default=None)
        if chosen is not None:
            self.go_to(self._entries.index(chosen))
        return chosen is not None

    def _arrange(self) -> None:
        """The phases' titles, each with how many of its items are finished, and the items."""
        several = len(self._ebs) > 1
        shown = [row for row in self._rows if self.wanted or row.key.eb in ("", self.eb)]
        groups: dict[tuple[str, str, str], list[Row]] = {}
        for row in shown:
            groups.setdefault((row.key.checklist, row.key.eb, row.item.phase), []).append(row)
        self._sizes = _column_sizes(shown)
        self._entries = []
        for (_, eb, _), rows in groups.items():
            chosen = [row for row in rows if _holds(row, self.wanted)]
            if chosen:
                name = (
                    f"{eb} {rows[0].phase_title}" if eb and several and self.wanted else rows[0].phase_title
                )
                self._entries += [(clean(name), _tally(rows)), *chosen]

    def count(self) -> int:
        return len(self._entries)

    def selectable(self, index: int) -> bool:
        return isinstance(self._entries[index], Row)

    def line(self, index: int, width: int) -> Line:
        entry = self._entries[index]
        if not isinstance(entry, Row):
            name, tally = entry
            return [
                (fit(f" {name}", width - len(tally) - 2, self.casapilot.glyphs.more), "title"),
                (f" {tally} ", "faint"),
            ]
        return self._item(entry, width)

    def _item(self, row: Row, width: int) -> Line:
        settled = row.key in self.settled
        shown = State.DONE if settled else row.state
        glyphs, style = self.casapilot.glyphs, "warn" if was_stopped(row) else STYLES[shown]
        queued = row.key in self._queue
        narrow = width < _WITH_NUMBERS
        numbers = [] if narrow else self._numbers(row, width)
        head = f" {glyphs.states[shown]} "
        word = "queue" if queued else "noted" if settled else word_of(row)
        room = width - len(head) - (1 if narrow else 7 + width_of(numbers))
        title = fit(clean(row.item.title), room, glyphs.more)
        quiet = row.state in (State.TODO, State.SKIPPED) and (row.blocked or row.state is State.SKIPPED)
        spans: list[Span] = [(head, style), (title + " ", "dim" if quiet else "text")]
        return spans if narrow else [*spans, (fit(word, 6), style), *numbers]

    def _numbers(self, row: Row, width: int) -> list[Span]:
        """Time, change of flags, what to look at; where there is little room the one that says most."""
        running = row.state is State.RUNNING
        seconds = self._running_s.get(row.key) if running else row.seconds
        texts = (duration(seconds), change_text(row.flagged_change), attention(row))
        loud = row.state in _LOUD and row.key not in self.settled
        styles = ("run" if running else "dim", "accent", "warn" if loud else "dim")
        if width >= _ALL_NUMBERS:
            columns = zip(texts, self._sizes, styles, strict=True)
            return [(text.rjust(size + 1) if size else "", style) for text, size, style in columns] + [
                (" ", "")
            ]
        order = (0,) if running else (2, 1, 0) if loud else (1, 2, 0)
        best = next((n for n in order if texts[n]), 0)
        size = min(max(self._sizes), _ONE_NUMBER)
        text = fit(texts[best], size, self.casapilot.glyphs.more).strip()
        return [(f"{text:>{size}} ", styles[best])]


def word_of(row: Row) -> str:
    """One short word for where an item stands."""
    if row.state is State.TODO:
        return {Kind.MANUAL: "judge", Kind.DECISION: "pick", Kind.NOTE: "read"}.get(row.item.kind, "todo")
    return "stop" if was_stopped(row) else WORDS[row.state]


def was_stopped(row: Row) -> bool:
    """Whether it counts as failed only because a person stopped it."""
    return row.state is State.FAILED and row.run is not None and row.run.status == "interrupted"


def duration(seconds: float | None) -> str:
    """Seconds as people read them: 0.4s, 0:42, 1:05:00; empty when unknown."""
    if seconds is None:
        return ""
    if seconds < 10 and seconds % 1:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def change_text(change: float | None) -> str:
    """Percentage points of flags added, with their sign; empty when none."""
    return "" if change is None or abs(change) < 0.05 else f"{change:+.1f}"


def attention(row: Row) -> str:
    """Whom to look at first, else how many warnings there were."""
    return name_of_worst(row) or (f"{row.warnings}w" if row.warnings else "")


def _column_sizes(rows: Iterable[Row]) -> tuple[int, int, int]:
    """Columns that the times, the changes of flags and the warnings take; 0 where there are none."""
    rows = tuple(rows)
    return (
        max((len(duration(row.seconds)) for row in rows), default=0) or 4,
        max((len(change_text(row.flagged_change)) for row in rows), default=0),
        max((len(attention(row)) for row in rows), default=0),
    )


def _tally(rows: Iterable[Row]) -> str:
    rows = list(rows)
    return f"{sum(row.state in FINISHED for row in rows)}/{len(rows)}"


def _says(row: Row, wanted: str) -> bool:
    """Whether all words of `wanted` are in its title or id."""
    text = f"{row.item.title} {row.item.id}".lower()
    return all(word in text for word in wanted.lower().split())


def _holds(row: Row, wanted: str) -> bool:
    """Whether all words of `wanted` are somewhere in the row."""
    text = f"{row.item.title} {row.key} {word_of(row)} {row.phase_title}".lower()
    return all(word in text for word in wanted.lower().split())
