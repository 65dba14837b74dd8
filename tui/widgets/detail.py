"""The pane on the right: tabs about the item under the cursor, each loaded when it is looked at."""

from __future__ import annotations

import contextlib
import io
import tokenize
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from ...steps.checklist.model import Kind, State
from ...steps.run.view import Row, Snapshot
from ..actions import TABS
from ..found import Clue
from .flags import FlagView
from .history import HistoryView
from .lines import Bar, LineView
from .log import LogView
from .paint import Span
from .plots import PlotView
from .script import ScriptView
from .why import WhyView

if TYPE_CHECKING:
    from ...steps.run.session import Session
    from ..app import Casapilot

__all__ = ["Detail", "Tabs"]

_AFTER_KEY_S = 0.04
"""What is loaded waits so long, so that the key that asked for it is drawn first."""
_NAMES = {
    "why": "Why",
    "script": "Script",
    "log": "Log",
    "flags": "Flags",
    "plots": "Plots",
    "history": "History",
}


class Tabs(Bar):
    """The names of the tabs, the open one marked."""

    _open = ""

    def mark(self, tab: str) -> None:
        """Show `tab` as the open one."""
        self._open = tab
        wide = sum(len(name) + 2 for name in _NAMES.values()) < self.size.width
        spans: list[Span] = [(" ", "")]
        for name in TABS:
            spans += [(_NAMES[name], "tab" if name == tab else "dim"), ("  " if wide else " ", "")]
        self.show(spans)

    def on_resize(self) -> None:
        self.mark(self._open)


class Detail(Vertical):
    """Why, Script, Log, Flags, Plots and History of one item."""

    class CallFound(Message):
        """The CASA calls of the item's step, as the script has them."""

        def __init__(self, row: Row, calls: tuple[str, ...]) -> None:
            super().__init__()
            self.row = row
            self.calls = calls

    class Failed(Message):
        """Something could not be read."""

        def __init__(self, error: Exception) -> None:
            super().__init__()
            self.error = error

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tab = "why"
        self._row: Row | None = None
        self._snapshot: Snapshot | None = None
        self._loading = False
        self._shown: dict[str, tuple[object, ...]] = {}
        self._logs: list[Path] = []
        self._log_index = 0
        self._saves = 0

    def compose(self) -> ComposeResult:
        yield Tabs(id="tabs")
        yield WhyView(id="why")
        yield ScriptView(id="script")
        yield LogView(id="log")
        yield FlagView(id="flags")
        yield PlotView(id="plots")
        yield HistoryView(id="history")

    def on_mount(self) -> None:
        self.open(self.tab)

    # The views

    @property
    def why(self) -> WhyView:
        return self.query_one("#why", WhyView)

    @property
    def script(self) -> ScriptView:
        return self.query_one("#script", ScriptView)

    @property
    def log_view(self) -> LogView:
        return self.query_one("#log", LogView)

    @property
    def flag_view(self) -> FlagView:
        return self.query_one("#flags", FlagView)

    @property
    def plot_view(self) -> PlotView:
        return self.query_one("#plots", PlotView)

    @property
    def history_view(self) -> HistoryView:
        return self.query_one("#history", HistoryView)

    @property
    def view(self) -> LineView:
        """The view of the open tab."""
        return self.query_one(f"#{self.tab}", LineView)

    def open(self, tab: str) -> None:
        """Open a tab."""
        had_focus = self.view.has_focus
        self.tab = tab
        for name in TABS:
            self.query_one(f"#{name}").display = name == tab
        self.query_one("#tabs", Tabs).mark(tab)
        if had_focus:
            self.view.focus()
        self._refresh()

    # What they show

    def show(self, row: Row | None, snapshot: Snapshot | None, clues: Sequence[Clue] = ()) -> None:
        """Show `row`, as it is in `snapshot`, and what is found wrong by it."""
        self._row, self._snapshot = row, snapshot
        session = self._casapilot.session
        checklists = session.checklists if session else ()
        self.why.show(row, checklists, _told(row, snapshot), _judged(row, snapshot), clues)
        self._refresh()

    def saved(self) -> None:
        """A script or the history has changed: read them anew."""
        self._saves += 1
        self._refresh()

    def poll(self) -> None:
        """See what is new in the log that is shown."""
        if self.tab == "log":
            self.log_view.poll()
        elif self.tab == "plots":
            self.plot_view.poll()

    def other_log(self) -> None:
        """Show the next of the item's logs."""
        if self._logs:
            self._log_index = (self._log_index + 1) % len(self._logs)
            self.log_view.open(self._logs[self._log_index])

    @property
    def _casapilot(self) -> Casapilot:
        app: Casapilot = self.app  # type: ignore[assignment]  # textual knows only App[object]
        return app

    def _refresh(self) -> None:
        if not self._loading and self._row is not None and self._casapilot.session is not None:
            self._loading = True
            self.set_timer(_AFTER_KEY_S, self._begin)

    def _begin(self) -> None:
        self.run_worker(self._load(), exit_on_error=False)

    def _wanted(self, row: Row, what: str) -> tuple[object, ...]:
        """What the content of a tab depends on; the same again means that it need not be read again."""
        run = row.run.id if row.run else ""
        state = (row.key, run, row.state)
        if what == "script":
            return (row.key, row.detail, row.state, self._saves)
        if what == "plots":
            return (*state[:2], *_runs_before(row, self._snapshot))
        if what == "history":
            where = None if self.history_view.of_all else row.key
            return (where, *state[1:], row.signed, row.note, self._saves)
        return state

    async def _load(self) -> None:
        """Load what is looked at until nothing of it is out of date: the cursor may move meanwhile."""
        try:
            while (row := self._row) is not None:
                stale = [w for w in ("script", self.tab) if self._shown.get(w) != self._wanted(row, w)]
                if not stale:
                    break
                self._shown[stale[0]] = self._wanted(row, stale[0])
                await self._load_one(stale[0], row)
                self.post_message(LineView.Moved(self.view))
        except Exception as error:
            self.post_message(self.Failed(error))
        finally:
            self._loading = False

    async def _load_one(self, what: str, row: Row) -> None:
        session, ask = self._casapilot.session, self._casapilot.bridge.ask
        assert session is not None
        if what == "script":
            path, span, content, calls = await ask(_read_script, session, row)
            self.script.show(path, span, content)
            self.post_message(self.CallFound(row, calls))
        elif what == "log":
            self._show_logs(await ask(session.logs, row.key), row)
        elif what == "flags":
            self.flag_view.show(await ask(session.flags, row.key))
        elif what == "plots":
            self.plot_view.show(row, self._snapshot.rows if self._snapshot else (), session.mous)
        elif what == "history":
            key = None if self.history_view.of_all else row.key
            self.history_view.show(await ask(session.history, key))

    def _show_logs(self, logs: Sequence[Path], row: Row) -> None:
        logs = [path for path in logs if path.exists()]
        if logs != self._logs:
            self._logs = logs
            self._log_index = _first_log(logs, row)
        self.log_view.open(logs[self._log_index] if logs else None)
        if row.state is State.RUNNING and not logs:
            self._shown.pop("log", None)


def _told(row: Row | None, snapshot: Snapshot | None) -> list[str]:
    """What there is to say besides the item itself: what CASA printed last, what is wrong with the folder."""
    if row is None or snapshot is None:
        return []
    running = snapshot.activity.of(row.key)
    said = [running.text] if running and running.text else []
    if running and running.warnings:
        said.append(f"{running.warnings} warnings so far")
    return [*said, *snapshot.problems]


def _judged(row: Row | None, snapshot: Snapshot | None) -> list[Row]:
    """What an item rests on that a person decides or judges."""
    if row is None or snapshot is None or row.item.kind not in (Kind.MANUAL, Kind.DECISION):
        return []
    needs = row.item.needs or ()
    return [each for each in snapshot.rows if each.key.eb == row.key.eb and each.key.item in needs]


def _runs_before(row: Row, snapshot: Snapshot | None) -> list[str]:
    """The runs of the EB's other items: what a judgement looks at may be made anew."""
    rows = snapshot.rows if snapshot and row.item.kind is not Kind.RUN else ()
    return [each.run.id for each in rows if each.key.eb == row.key.eb and each.run]


def _first_log(logs: Sequence[Path], row: Row) -> int:
    """CASA's own log says more, but for an item that failed: the traceback is in the other."""
    if row.state in (State.FAILED, State.LOST):
        return 0
    return next((n for n, path in enumerate(logs) if path.name == "casa.log"), 0)


def _read_script(
    session: Session, row: Row
) -> tuple[Path | None, tuple[int, int] | None, bytes, tuple[str, ...]]:
    """Path, span of the item's step, content, and the CASA calls of the step."""
    path = session.script_of(row.key)
    if path is None or not path.exists():
        return None, None, b"", ()
    content = path.read_bytes()
    span = session.step_span(row.key)
    return path, span, content, _calls(content, span) if span else ()


@lru_cache(256)
def _calls(content: bytes, span: tuple[int, int]) -> tuple[str, ...]:
    from ...steps.script import Script

    found: list[Any] = [call for call in Script.parse(content).calls if not call.commented]
    texts = (content[call.start : call.end] for call in found if span[0] <= call.start < span[1])
    return tuple(one_line(text.decode("utf-8", "replace")) for text in texts)


def one_line(call: str) -> str:
    """A call in one line, without the comments in it, so that it can be pasted at a CASA prompt."""
    lines = call.splitlines()
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(call + "\n").readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                lines[row - 1] = lines[row - 1][:column]
    return " ".join(" ".join(lines).split())
