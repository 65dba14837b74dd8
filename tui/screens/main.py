"""The main screen: the list, what is known of the item under the cursor, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key, Resize
from textual.widget import Widget
from textual.widgets import Input

from ...steps.checklist.model import Key as ItemKey
from ...steps.checklist.model import State
from ...steps.run.view import Activity, Row, Snapshot
from ..actions import ACTIONS, BY_ID, Situation, obvious, reason
from ..found import Clue, Found, runs_of
from ..overview import BAD, ebs_of
from ..widgets.bars import CallBar, Footer, Rule, TopBar, Wall
from ..widgets.detail import Detail
from ..widgets.ebs import EbBar
from ..widgets.items import ItemList
from ..widgets.lines import LineView
from .deeds import Deeds

if TYPE_CHECKING:
    from ...steps.diagnose import Finding

__all__ = ["MainScreen"]

_ALWAYS = ("palette", "help", "quit")
_NOT_BELOW = ("view", "EB", "task", "find")
"""Groups of actions that the footer leaves to the help and the palette."""
_TYPING = ("filter", "search", "search-script")
"""Actions that ask for a line at the bottom."""
_MESSAGE_S = 5.0
_BEFORE_EBS = 3
"""So many keys stand in the footer before those that choose an EB."""


class MainScreen(Deeds):
    """Renders the Session's snapshot, and sends what is asked for to it."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-tall")]
    AUTO_FOCUS = "#items"

    def __init__(self) -> None:
        super().__init__()
        self.snapshot: Snapshot | None = None
        self.calls: tuple[str, ...] = ()
        self._calls_of: ItemKey | None = None
        self._message_number = 0
        self._polling = False
        self._found = Found()
        self._looking = False
        self._is_to_sum_up = False
        self._typed: list[str] | None = None
        """What is typed before the line it is meant for is there; None where no line is to come."""
        self._had_focus: Widget | None = None

    def compose(self) -> ComposeResult:
        yield TopBar(id="top")
        yield EbBar(id="ebs")
        with Horizontal(id="main"):
            yield ItemList(id="items")
            yield Wall(id="wall")
            yield Detail(id="detail")
        yield Rule(id="rule")
        yield CallBar(id="call")
        yield Footer(id="footer")

    def on_mount(self) -> None:
        self.items = self.query_one(ItemList)
        self.detail = self.query_one(Detail)
        self.call_after_refresh(self._frame)

    def start(self) -> None:
        """The session is there: show it, and look again four times a second."""
        self.set_interval(0.25, self._tick)
        self.run_worker(self._poll_or_say(always=True), exit_on_error=False)

    # What is shown

    async def poll(self, *, always: bool = False) -> None:
        """Ask the session what is new, in its own thread."""
        session = self.casapilot.session
        if session is None or (self._polling and not always):
            return
        self._polling = True
        try:
            changed = await self.casapilot.bridge.ask(session.poll)
            if changed or always:
                snapshot = await self.casapilot.bridge.ask(session.snapshot)
                if always or snapshot != self.snapshot:
                    self._show(snapshot)
        finally:
            self._polling = False

    def _tick(self) -> None:
        if not self._polling:
            self.run_worker(self._poll_or_say(), exit_on_error=False)
        self.detail.poll()
        self._draw_time()

    async def _poll_or_say(self, *, always: bool = False) -> None:
        try:
            await self.poll(always=always)
            await self._look_again()
            self._sum_up()
        except Exception as error:
            self.say(f"cannot be read now: {error}", "bad")

    def _show(self, snapshot: Snapshot) -> None:
        before, self.snapshot = self.snapshot, snapshot
        self.set_class(len(ebs_of(snapshot)) > 1, "-several")
        self.items.show(snapshot, self._found.settled(snapshot))
        self._follow(before.activity if before else None, snapshot.activity)
        self.show_row()
        if self.following_queue and before is not None and _is_busy(before) and not _is_busy(snapshot):
            self.following_queue = False
            self._is_to_sum_up = True

    def _sum_up(self) -> None:
        """Say once what there is to look at, when all that ran has ended and been looked at."""
        if self._is_to_sum_up and self.snapshot is not None and self._unread(self.snapshot) is None:
            self._is_to_sum_up = False
            self.say(*_told_at_the_end(self.snapshot, self.items.settled))

    def _unread(self, snapshot: Snapshot) -> str | None:
        """An EB of which something has run since its findings were read, the one that is looked at first."""
        ebs = dict.fromkeys((self.items.eb, *ebs_of(snapshot)))
        return next((eb for eb in ebs if self._found.is_outdated(snapshot, eb)), None)

    def _follow(self, before: Activity | None, now: Activity) -> None:
        """Stay with what runs in the EB: from one item to the next when the cursor was on it."""
        if before is None and not now.running and self.casapilot.place is not None:
            self.items.go_to_key(self.casapilot.place)
            return
        row, eb = self.items.row, self.items.eb
        was, runs = before.in_eb(eb) if before else None, now.in_eb(eb)
        if runs is None and (before is None or (self.following_queue and not now.is_busy(eb))):
            runs = next(iter(now.running), None)
        if runs is None or (was and was.key == runs.key):
            return
        was_there = row is not None and was is not None and row.key == was.key
        if before is None or self.following_queue or (was_there and self._may_move_on()):
            self.items.go_to_key(runs.key)

    def _may_move_on(self) -> bool:
        """Whether nobody reads something of the item that has just ended."""
        return self.pane == "list" or (self.pane == "log" and self.detail.log_view.following)

    def show_row(self) -> None:
        """Draw what depends on the item under the cursor."""
        row = self.items.row
        self.detail.show(row, self.snapshot, self._clues)
        self._draw_call()
        self._frame()

    @property
    def _clues(self) -> tuple[Clue, ...]:
        """What is found wrong by the item under the cursor."""
        return self._found.clues(self.items.row, self.snapshot)

    async def _look_again(self) -> None:
        """Read what is wrong with an EB of which something has run since, the one that is looked at first."""
        session, snapshot = self.casapilot.session, self.snapshot
        eb = self._unread(snapshot) if snapshot is not None else None
        if self._looking or session is None or snapshot is None or eb is None:
            return
        self._looking = True
        found: tuple[Finding, ...] = ()
        try:
            found = await self.casapilot.bridge.ask(session.findings, eb)
        finally:  # what cannot be read is said once, not at every tick
            self._found.keep(eb, runs_of(snapshot, eb), found)
            self._looking = False
        if self.snapshot is not None:
            self.items.show(self.snapshot, self._found.settled(self.snapshot))
        self.show_row()

    def _draw_call(self) -> None:
        row = self.items.row
        self.calls = self._calls_to_show(row)
        running = self.snapshot.activity.of(row.key) if self.snapshot and row else None
        self.query_one(CallBar).describe(self.calls, running is not None and self.calls == (running.call,))

    def _calls_to_show(self, row: Row | None) -> tuple[str, ...]:
        activity = self.snapshot.activity if self.snapshot else Activity()
        if row is None:
            return ()
        if self.detail.tab == "plots" and (flag := self.detail.plot_view.flag_call):
            return (flag,)
        running = activity.of(row.key)
        if running is not None and running.call:
            return (running.call,)
        if self._calls_of == row.key and self._script_calls:
            return self._script_calls
        return tuple(call.text for call in row.run.calls) if row.run else ()

    def on_detail_call_found(self, event: Detail.CallFound) -> None:
        self._calls_of, self._script_calls = event.row.key, event.calls
        self._draw_call()
        self._draw_footer()

    def on_detail_failed(self, event: Detail.Failed) -> None:
        self.say((str(event.error) or type(event.error).__name__).splitlines()[0], "bad")

    def _draw_time(self) -> None:
        snapshot = self.snapshot
        several = snapshot is not None and len(ebs_of(snapshot)) > 1
        eb = self.items.eb if several else ""
        now = self.casapilot.clock()
        title = snapshot.title if snapshot else self.casapilot.folder_name
        self.query_one(TopBar).describe(snapshot, title, eb, now)
        self.query_one(EbBar).describe(snapshot, eb, self.items.settled)
        if snapshot:
            running = snapshot.activity.running
            self.items.tick({each.key: float(int(max(now - each.started, 0.0))) for each in running})

    def _draw_rule(self) -> None:
        wall = self.query_one(Wall)
        at = wall.region.x if wall.display else -1
        self.query_one(Rule).place(at, self.detail.view.position())

    def _draw_footer(self) -> None:
        here, keymap = self.here, self.casapilot.keymap
        if here is None:
            return
        pane = [action for action in ACTIONS if action.pane == self.pane]
        item = [action for action in ACTIONS if action.pane == "main" and action.group not in _NOT_BELOW]
        if any(clue.is_loud for clue in self._clues):
            item.insert(1, BY_ID["cures"])
        if len(ebs_of(here.snapshot)) > 1:
            item[_BEFORE_EBS:_BEFORE_EBS] = [BY_ID["next-eb"], BY_ID["matrix"]]
        in_list = self.pane == "list"
        taken = {key for action in pane for key in keymap.keys(action.id)}
        item = [action for action in item if in_list or not taken.intersection(keymap.keys(action.id))]
        chosen = [*item, BY_ID["filter"]] if in_list else [*pane, *item]
        hints = [
            (keymap.shown(action.id), self._word(action.id, here), not reason(action, here))
            for action in chosen
            if keymap.keys(action.id)
        ]
        always = [(keymap.shown(name), BY_ID[name].word) for name in _ALWAYS]
        self.query_one(Footer).offer(hints, always)

    def _word(self, action: str, here: Situation) -> str:
        row = here.row
        if action == "run":
            return obvious(here) or "run"
        if action == "skip" and row is not None and row.state is State.SKIPPED:
            return "unskip"
        if action == "plot-flag" and self.detail.plot_view.is_picture:
            return "show large"
        return BY_ID[action].word

    def _frame(self) -> None:
        self._draw_time()
        self._draw_rule()
        self._draw_footer()

    def say(self, text: str, style: str = "text") -> None:
        """Show a message for some seconds."""
        rule = self.query_one(Rule)
        rule.say(text, style)
        self._message_number += 1
        mine = self._message_number

        def take_away() -> None:
            if mine == self._message_number:
                rule.say("")

        self.set_timer(_MESSAGE_S, take_away)

    # Keys

    @property
    def pane(self) -> str:
        """What has the focus: "list", or the open tab."""
        focused = self.focused
        return focused.name_of_pane if isinstance(focused, LineView) else "list"

    @property
    def here(self) -> Situation | None:
        """What the guards of the actions look at."""
        if self.snapshot is None:
            return None
        call = self.calls[0] if self.calls else ""
        plots = self.detail.plot_view
        plotted = plots.command if self.detail.tab == "plots" else ""
        tab = self.detail.tab
        return Situation(self.snapshot, self.items.row, self.pane, call, tab, plotted, plots.is_pointed)

    def on_key(self, event: Key) -> None:
        if self._typed is not None:
            self._type(event)
            return
        if self.has_class("-asking"):
            return
        panes = (self.pane, "main", "list")  # where the keys of the list mean nothing else, they are good too
        action = self.casapilot.keymap.find(event, *panes)
        if action is not None:
            event.stop()
            event.prevent_default()
            self.do(action)

    def do(self, action_id: str) -> None:
        """Do one action of the registry, or say why not."""
        action, here = BY_ID[action_id], self.here
        if here is None and action_id not in ("quit", "redraw"):
            return
        why_not = reason(action, here) if here else ""
        if why_not:
            self.say(f"{action.word}: {why_not}", "warn")
            return
        self.query_one(Rule).say("")  # what was said of the key before this one
        if action_id in _TYPING:
            self._typed, self._had_focus = [], self.focused
            self.set_focus(None)  # what is typed from now on is not for the list
        deed: Callable[[], object] = getattr(self, "do_" + action_id.replace("-", "_"))
        result = deed()
        if result is not None:
            self.run_deed(result)

    def _type(self, event: Key) -> None:
        """Keep a letter for the line to come, or put it there where only the focus has not come yet."""
        assert self._typed is not None
        prompts = list(self.query(Input))
        if event.character is None or not event.is_printable:
            return  # such keys go on to the line, if it is there
        event.stop()
        if prompts and self.has_class("-asking"):
            prompts[0].insert_text_at_cursor(event.character)
        else:
            self._typed.append(event.character)

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        if event.view is self.items:
            self.casapilot.place = self.items.row.key if self.items.row else None
            row, activity = self.items.row, self.snapshot.activity if self.snapshot else None
            self.following_queue &= activity is None or row is None or activity.of(row.key) is not None
            self.show_row()
        else:
            self._draw_rule()
            if event.view is self.detail.plot_view:
                self._draw_call()
                self._draw_footer()

    def on_line_view_chosen(self, event: LineView.Chosen) -> None:
        plots = event.view is self.detail.plot_view
        self.do("run" if event.view is self.items else "plot-flag" if plots else "show-commit")

    def on_descendant_focus(self) -> None:
        self.set_class(self.pane != "list", "-inside")
        self.call_after_refresh(self._frame)

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._frame)
        self.call_after_refresh(self._draw_call)

    async def ask_line(self, label: str, value: str, changed: Callable[[str], None] | None) -> str | None:
        """One line typed at the bottom; None when it is left with Esc."""
        from .prompt import Prompt

        focused = self.focused or self._had_focus
        prompt = Prompt(label, value, changed)
        try:
            await self.mount(prompt)
            self.add_class("-asking")
            if self._typed:
                prompt.query_one(Input).insert_text_at_cursor("".join(self._typed))
            return await prompt.answer()
        finally:
            self._typed = self._had_focus = None
            self.remove_class("-asking")
            await prompt.remove()
            if focused is not None:
                focused.focus()


def _is_busy(snapshot: Snapshot) -> bool:
    return bool(snapshot.activity.running or snapshot.activity.queue)


def _told_at_the_end(snapshot: Snapshot, settled: frozenset[ItemKey]) -> tuple[str, str]:
    """What there is to look at, now that nothing runs any more, and the style to say it in."""
    failed = sum(row.state in BAD for row in snapshot.rows)
    warned = sum(row.state is State.WARNED and row.key not in settled for row in snapshot.rows)
    found = [f"{failed} failed"] if failed else []
    found += [f"{warned} to look at"] if warned else []
    if not found:
        return "nothing runs any more", "ok"
    return (
        f"nothing runs any more: {', '.join(found)} (, goes there, C shows cures)",
        "bad" if failed else "warn",
    )
