"""What the keys of the plots do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...steps.errors import CasapilotError, ScriptError, UsageError
from ...steps.run.plottable import Sort
from ..glyphs import clean
from .changes import Changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...steps.plot.flagging import Flagging
    from ..widgets.paint import Line
    from ..widgets.plots import PlotView

__all__ = ["PlotDeeds"]

KEYS = "123456789abcdefmnoprstuvwxyz"
"""Of the things to be plotted; those further down have none. Without those that move the cursor."""
_LEFT_WITHOUT = "applycal flags the antenna on a source left without any Tsys."


class PlotDeeds(Changes):
    """The actions of the pane "plots", each a method ``do_<id>``."""

    async def ask_line(self, label: str, value: str, changed: Callable[[str], None] | None) -> str | None:
        """One line typed at the bottom."""
        raise NotImplementedError

    @property
    def _plots(self) -> PlotView:
        return self.detail.plot_view

    def do_plot_page(self) -> None:
        self._plots.move_page_down()

    def do_plot_page_before(self) -> None:
        self._plots.move_page_up()

    def do_plot_antenna(self) -> None:
        self._plots.turn("antenna")

    def do_plot_antenna_before(self) -> None:
        self._plots.turn("antenna", -1)

    def do_plot_spw(self) -> None:
        self._plots.turn("spw")

    def do_plot_spw_before(self) -> None:
        self._plots.turn("spw", -1)

    def do_plot_pol(self) -> None:
        self._plots.turn("pol")

    def do_plot_what(self) -> None:
        self._plots.turn("y")

    def do_plot_against(self) -> None:
        self._plots.turn("x")

    def do_plot_overlay(self) -> None:
        self._plots.turn("overlay")

    def do_plot_order(self) -> None:
        self._plots.turn("order")

    def do_plot_table(self) -> None:
        self._plots.next_thing()

    def do_plot_table_before(self) -> None:
        self._plots.next_thing(-1)

    def do_plot_in(self) -> None:
        self._plots.zoom_in()

    def do_plot_out(self) -> None:
        self._plots.zoom_out()

    def do_plot_all(self) -> None:
        self._plots.show_all()

    async def do_plot_list(self) -> None:
        things = self._plots.things
        options = [(KEYS[n : n + 1], thing.name, str(n), thing.sort.value) for n, thing in enumerate(things)]
        chosen = await self._choose("Plot what?", [], options)
        if chosen:
            self._plots.open_thing(int(chosen))

    async def do_plot_choose(self) -> None:
        """All that can be chosen of what is shown, in one window."""
        from .plots_form import PlotForm

        offered, thing = self._plots.offered, self._plots.thing
        if offered is None or thing is None:
            self.say("this is a picture: there is nothing to choose", "dim")
            return
        answer = await self.casapilot.push_screen_wait(PlotForm(thing.name, *offered))
        if answer is not None and answer[0] != offered[0]:
            self._plots.choose(answer[0])

    async def do_plot_flag(self) -> None:
        """Offer to flag what the crosshair points at, by an edit of the script."""
        from ...steps.run.point_flags import place_of

        thing = self._plots.thing
        if thing is not None and thing.sort is Sort.PICTURE:
            self._show_picture(thing.path)
            return
        ways = self._plots.flaggings
        if not ways:
            self.say("nothing that flagdata could flag is under the crosshair", "warn")
            return
        options = [(str(n + 1), way.title, str(n), "") for n, way in enumerate(ways)]
        options.append(("c", "Copy the first as a call", "copy", "nothing is changed"))
        goes = f"The flag goes into {place_of(ways[0])}:"
        lines = [(f"{self._plots.said_point}", "text"), ("", ""), (goes, "dim")]
        if ways[0].in_table:
            lines.insert(1, (_LEFT_WITHOUT, "warn"))
        chosen = await self._choose("Flag what?", [*lines, (ways[0].call, "code")], options)
        if chosen == "copy":
            self.say(self.casapilot.copy(ways[0].call), "ok")
        elif chosen:
            way = ways[int(chosen)]
            path = await self.casapilot.bridge.ask(self._session.script_of, self._row.key)
            if path is None:
                raise UsageError("has no script", self._row.item.title, f"By hand: {way.call}")
            await self._save_flag(path, way, f"{self._plots.said_point}, seen in its plot")

    def _show_picture(self, path: Path) -> None:
        """Show it alone on the terminal, by whatever that can: screens can hold only half blocks."""
        from ..showing import picture_text

        with self.casapilot.suspend():
            try:
                sys.stdout.write(f"\x1b[2J\x1b[H{picture_text(path)}\n{clean(path.name)}: Enter goes back ")
                sys.stdout.flush()
                sys.stdin.readline()
            except CasapilotError as error:
                self.say(str(error).splitlines()[0], "bad")

    async def _save_flag(self, path: Path, way: Flagging, why: str) -> None:
        """Reason first, for it stands in the script; then the diff; then it is saved and committed."""
        from ...steps.run.point_flags import with_flag
        from ...steps.script.marks import Mark
        from .edit import text_diff
        from .text import TextScreen, diff_lines

        values = await self._fill_in(
            f"Flag {way.title}", [(way.call, "code"), ("", "")], ("why", "Why", why, True), self._initials()
        )
        if not values:
            return
        content = path.read_bytes()
        edited = with_flag(content, path.name, way, Mark(values["why"], values["initials"]))
        changed = await self.casapilot.bridge.ask(self._session.changed_by, path, edited)
        concerns = [(f" To be run again: {self.titles_of(changed) or 'no item'}", "accent")]
        lines: list[Line] = [concerns, (), *diff_lines(text_diff(content, edited, path.name))]
        screen = TextScreen(f"What would change in {path.name}", lines, [("enter", "save", "save")])
        if await self.casapilot.push_screen_wait(screen) != "save":
            self.say("nothing was changed", "dim")
            return
        if path.read_bytes() != content:
            raise ScriptError("has changed meanwhile", str(path), "Point at it once more.")
        commit = await self._call(self._session.save_script, path, edited, values["why"], values["initials"])
        self.say(f"saved and committed as {commit[:10]}; now run that step again", "ok")

    async def do_plot_save(self) -> None:
        """Save the page as a picture, to a file that the person names."""
        from ...steps.run.plotting import check_target

        plots = self._plots
        if plots.is_picture and plots.thing is not None:
            self.say(f"it is a file already: {plots.thing.path}", "dim")
            return
        mous, eb = self._session.mous, self._row.key.eb
        folder = mous.eb(eb).folder if eb else mous.root
        folder = folder / "qa2" if (folder / "qa2").is_dir() else folder
        name = await self.ask_line("save as", str(folder / f"{plots.file_name}.png"), None)
        if not name:
            return
        path = Path(name).expanduser()
        if check_target(path, over=True):
            options = [("n", "Leave it", "no", ""), ("y", "Write over it", "yes", "")]
            told = [(f"{path} is there already.", "warn")]
            if await self._choose("Write over it?", told, options) != "yes":
                self.say("nothing was saved", "dim")
                return
        self.say(f"drawing {path.name} ...", "dim")
        await plots.save(path)
        self.say(f"saved {path}", "ok")
