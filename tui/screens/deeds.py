"""What the keys of the main screen do: the small deeds. Those that change the MOUS are in `changes`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from ...steps.checklist.model import State
from ...steps.errors import CasapilotError
from ..actions import TABS, headless
from ..overview import BAD
from .plots import PlotDeeds

if TYPE_CHECKING:
    from ...steps.checklist.model import Key

__all__ = ["Deeds"]


class Deeds(PlotDeeds):
    """The actions of the registry, each a method ``do_<id>``."""

    _script_calls: tuple[str, ...] = ()

    @property
    def pane(self) -> str:
        """What has the focus."""
        raise NotImplementedError

    def do(self, action_id: str) -> None:
        """Do one action of the registry."""
        raise NotImplementedError

    def _frame(self) -> None:
        raise NotImplementedError

    async def ask_line(self, label: str, value: str, changed: Callable[[str], None] | None) -> str | None:
        """One line typed at the bottom."""
        raise NotImplementedError

    def run_deed(self, deed: Any) -> None:
        """Run a coroutine; an error in it is shown, never a traceback."""
        self.run_worker(self._guarded(deed), exit_on_error=False)

    async def _guarded(self, deed: Coroutine[Any, Any, None]) -> None:
        from .dialogs import error_dialog

        try:
            await deed
        except (CasapilotError, OSError) as error:
            await self.casapilot.push_screen_wait(error_dialog(error))
        except Exception as error:
            self.casapilot.keep_traceback()
            await self.casapilot.push_screen_wait(error_dialog(error))

    # Where one is

    def do_other_pane(self) -> None:
        if self.pane == "list":
            self.detail.view.focus()
        else:
            self._to_list()

    def _to_list(self) -> None:
        self.remove_class("-zoom")
        self.items.focus()

    def do_back(self) -> None:
        if self.detail.log_view.end_search():
            return
        if self.pane == "plots" and self.detail.plot_view.take_crosshair_away():
            return
        if self.has_class("-zoom"):
            self.do_zoom()
        elif self.pane != "list":
            self._to_list()
        elif self.items.wanted:
            self.items.filter("")
        elif self.detail.tab != "why":
            self.detail.open("why")

    def do_zoom(self) -> None:
        self.toggle_class("-zoom")
        if self.has_class("-zoom"):
            self.detail.view.focus()
        self.call_after_refresh(self._frame)

    def _open_tab(self, tab: str) -> None:
        self.detail.open(tab)
        self._frame()

    def do_tab_why(self) -> None:
        self._open_tab("why")

    def do_tab_script(self) -> None:
        self._open_tab("script")

    def do_tab_log(self) -> None:
        self._open_tab("log")

    def do_tab_flags(self) -> None:
        self._open_tab("flags")

    def do_tab_plots(self) -> None:
        self._open_tab("plots")

    def do_tab_history(self) -> None:
        self._open_tab("history")

    def do_next_tab(self) -> None:
        self._open_tab(TABS[(TABS.index(self.detail.tab) + 1) % len(TABS)])

    def do_previous_tab(self) -> None:
        self._open_tab(TABS[TABS.index(self.detail.tab) - 1])

    def do_next_phase(self) -> None:
        self.items.go_to_phase(1)

    def do_previous_phase(self) -> None:
        self.items.go_to_phase(-1)

    def do_to_running(self) -> None:
        running = [each.key for each in self.snapshot.activity.running] if self.snapshot else []
        if not running:
            self.say("nothing runs", "dim")
            return
        self.following_queue = True
        self.items.go_to_key(_next_of(running, self.items.row.key if self.items.row else None, self.items.eb))

    def do_to_failed(self) -> None:
        rows = self.snapshot.rows if self.snapshot else ()
        failed = [row.key for row in rows if row.state in BAD]
        warned = [row.key for row in rows if row.state is State.WARNED]
        keys = [*failed, *(key for key in warned if key not in self.items.settled)] or warned
        here = self.items.row.key if self.items.row else None
        if keys == [here]:
            self.say("this is the only one to look at", "dim")
        elif keys:
            self.items.go_to_key(keys[(keys.index(here) + 1) % len(keys)] if here in keys else keys[0])

    def do_next_eb(self) -> None:
        self.items.go_to_eb(1)

    def do_previous_eb(self) -> None:
        self.items.go_to_eb(-1)

    async def do_matrix(self) -> None:
        from .matrix import MatrixScreen

        chosen = await self.casapilot.push_screen_wait(MatrixScreen(self))
        if chosen is not None:
            self.items.go_to_key(chosen)
            self.items.focus()

    async def do_cures(self) -> None:
        from .cure import CureScreen

        eb = self._row.key.eb or self.items.eb
        wants_run = await self.casapilot.push_screen_wait(CureScreen(self, eb))
        await self.poll(always=True)
        if wants_run:
            await self.run_on(eb)

    async def do_console(self) -> None:
        from .console import ConsoleScreen

        await self.casapilot.push_screen_wait(ConsoleScreen(self, self._row.key.eb or self.items.eb))
        self.detail.saved()

    async def do_filter(self) -> None:
        before = self.items.wanted
        answer = await self.ask_line("filter", before, self.items.filter)
        self.items.filter(before if answer is None else answer)

    # The views on the right

    async def do_search(self) -> None:
        text = await self.ask_line("search", "", None)
        if text:
            await self.detail.log_view.search(text)

    async def do_search_next(self) -> None:
        await self.detail.log_view.search(None)

    async def do_search_previous(self) -> None:
        await self.detail.log_view.search(None, forward=False)

    def do_warnings_only(self) -> None:
        self.detail.log_view.toggle_warnings()

    def do_raw_log(self) -> None:
        self.detail.log_view.toggle_raw()

    def do_other_log(self) -> None:
        self.detail.other_log()

    def do_open_log(self) -> None:
        log = self.detail.log_view.log_file
        if log is not None:
            self.casapilot.page(log.path)

    def do_open_script(self) -> None:
        if self.detail.script.path is not None:
            self.casapilot.page(self.detail.script.path)

    async def do_search_script(self) -> None:
        text = await self.ask_line("search", "", None)
        if text and not self.detail.script.search(text):
            self.say(f"the script does not hold {text!r}", "warn")

    def do_script_next(self) -> None:
        self.detail.script.search(None)

    def do_script_previous(self) -> None:
        self.detail.script.search(None, forward=False)

    def do_flags_axis(self) -> None:
        self.detail.flag_view.next_axis()
        self._frame()

    def do_all_history(self) -> None:
        view = self.detail.history_view
        view.of_all = not view.of_all
        self.detail.saved()
        self.say("the history of all items" if view.of_all else "the history of this item", "dim")

    async def do_show_commit(self) -> None:
        from .text import commit_screen

        entry = self.detail.history_view.entry
        session = self.casapilot.session
        if entry is None:
            self.say("there is no entry yet", "dim")
        elif session is not None:
            diff = await self.casapilot.bridge.ask(session.diff, entry.commit)
            await self.casapilot.push_screen_wait(commit_screen(entry, diff))

    def do_guided(self) -> None:
        self.detail.why.guided = not self.detail.why.guided
        self.detail.why.redraw()
        self._frame()
        self.say("guided" if self.detail.why.guided else "condensed: v brings the text back", "dim")

    # The surroundings

    async def do_palette(self) -> None:
        from .palette import Palette

        chosen = await self.casapilot.push_screen_wait(Palette(self.here))
        if chosen:
            self.do(chosen)

    async def do_help(self) -> None:
        from .help import help_screen

        if self.here is not None:
            screen = help_screen(self.here, self.casapilot.keymap, headless(self.here))
            await self.casapilot.push_screen_wait(screen)

    def do_shell(self) -> None:
        self.casapilot.shell()

    def do_mouse(self) -> None:
        on = self.casapilot.toggle_mouse()
        self.say("the mouse is casapilot's" if on else "the mouse is the terminal's: it selects text", "dim")

    def do_redraw(self) -> None:
        self.casapilot.redraw()

    def do_quit(self) -> None:
        self.casapilot.exit(0)


def _next_of(keys: Sequence[Key], here: Key | None, eb: str) -> Key:
    """The one after `here`, when it is among `keys`; else that of the EB; else the first."""
    if here in keys:
        return keys[(keys.index(here) + 1) % len(keys)]
    return next((key for key in keys if key.eb == eb), keys[0])
