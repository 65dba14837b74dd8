"""The deeds that change the MOUS: run, stop, restore, sign, note, skip, choose, edit, copy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from ...steps.checklist.model import Key, Kind, State
from ...steps.errors import NeedsPerson
from ...steps.run.view import Plan, Row
from ..actions import obvious
from ..overview import ebs_of, title_of
from ..widgets.paint import Span

if TYPE_CHECKING:
    from ...steps.run.view import Activity, Snapshot
    from ..actions import Situation
    from ..app import Casapilot
    from ..widgets.detail import Detail
    from ..widgets.items import ItemList

__all__ = ["Changes"]

_NAMED = 3
"""So many items of the queue are named."""


class Changes(Screen[None]):
    """The part of the main screen that asks the session to do something."""

    snapshot: Snapshot | None
    calls: tuple[str, ...]
    items: ItemList
    detail: Detail

    following_queue = False
    """Whether the cursor goes along with whatever runs."""

    @property
    def casapilot(self) -> Casapilot:
        """The app, by its own type."""
        app: Casapilot = self.app  # type: ignore[assignment]  # textual knows only App[object]
        return app

    @property
    def here(self) -> Situation | None:
        """What the guards of the actions look at."""
        raise NotImplementedError

    def say(self, text: str, style: str = "text") -> None:
        """Show a message for some seconds."""
        raise NotImplementedError

    async def poll(self, *, always: bool = False) -> None:
        """Ask the session what is new."""
        raise NotImplementedError

    def do_pane_right(self) -> None:
        """Go to the pane on the right."""
        self.detail.view.focus()

    def titles_of(self, keys: Iterable[Key]) -> str:
        """The titles of some items, for a sentence."""
        rows = {row.key: row for row in (self.snapshot.rows if self.snapshot else ())}
        several = self.snapshot is not None and len(ebs_of(self.snapshot)) > 1
        names = []
        for key in keys:
            name = title_of(key, rows[key].item.title if key in rows else "")
            names.append(f"{key.eb} {name}" if several and key.eb else name)
        return ", ".join(names)

    @property
    def _session(self) -> Any:
        session = self.casapilot.session
        assert session is not None
        return session

    @property
    def _row(self) -> Row:
        row = self.items.row
        assert row is not None
        return row

    async def _call(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """Call the session in its thread, then show what has become of it."""
        try:
            return await self.casapilot.bridge.ask(function, *args, **kwargs)
        finally:
            await self.poll(always=True)
            self.detail.saved()

    async def _choose(
        self, title: str, paragraphs: Iterable[Span], options: Sequence[tuple[str, str, str, str]]
    ) -> str | None:
        from .dialogs import Choice, Option

        return await self.casapilot.push_screen_wait(
            Choice(title, paragraphs, [Option(*option) for option in options])
        )

    async def _fill_in(
        self, title: str, paragraphs: Iterable[Span], *fields: tuple[str, str, str, bool]
    ) -> dict[str, str] | None:
        from .dialogs import Field, Form

        form = Form(title, paragraphs, [Field(*field) for field in fields])
        values = await self.casapilot.push_screen_wait(form)
        if values and values.get("initials"):
            self.casapilot.remember_initials(values["initials"])
        return values

    def _initials(self) -> tuple[str, str, str, bool]:
        return ("initials", "Your initials", self.casapilot.initials, True)

    # Run and stop

    async def do_run(self) -> None:
        here = self.here
        assert here is not None
        word = obvious(here)
        if word == "go on":
            await self._call(self._session.go_on)
            self.say("going on with what was interrupted", "ok")
        elif word == "watch":
            self.detail.open("log")
            self.do_pane_right()
        elif word == "choose":
            await self.do_choose()
        elif word == "sign off":
            await self.do_sign()
        elif word == "generate":
            await self.do_generate()
        elif word == "read":
            self.detail.open("why")
            self.do_pane_right()
        else:
            await self.run_keys([self._row.key])

    async def do_run_all(self) -> None:
        rows = self.snapshot.rows if self.snapshot else ()
        start = next(i for i, row in enumerate(rows) if row.key == self._row.key)
        here, all_open = [row.key for row in rows[start:] if _can_run(row)], []
        if self.snapshot and len(ebs_of(self.snapshot)) > 1:
            eb = self.items.eb
            here = [key for key in here if key.eb == eb]
            all_open = [row.key for row in rows if _can_run(row)]
            options = [
                ("e", f"Only {eb}", "eb", f"from here on, items: {len(here)}"),
                ("a", "All EBs", "all", f"all that is open, items: {len(all_open)}"),
                ("n", "Nothing", "", ""),
            ]
            answer = await self._choose("Run what?", [("EBs run side by side.", "dim")], options)
            if not answer:
                return
            here = here if answer == "eb" else all_open
        await self._run_open(here)

    async def run_everything(self) -> None:
        """Run all that can be run, and watch."""
        rows = self.snapshot.rows if self.snapshot else ()
        await self._run_open([row.key for row in rows if _can_run(row)])

    async def run_on(self, eb: str) -> None:
        """Run what was done in an EB and has to run again, and what follows it; watch it."""
        rows = self.snapshot.rows if self.snapshot else ()
        await self._run_open([row.key for row in rows if row.key.eb == eb and _can_run(row)])

    def waiting(self, eb: str) -> tuple[Key, ...]:
        """The items of an EB that have run, and have to run again."""
        rows = self.snapshot.rows if self.snapshot else ()
        return tuple(row.key for row in rows if row.key.eb == eb and row.run and _can_run(row))

    async def _run_open(self, keys: list[Key]) -> None:
        """Run what is open, and what was done and rests on that; watch it."""
        self.following_queue = True
        await self.run_keys(await self.casapilot.bridge.ask(self._session.with_resting, keys))

    async def run_keys(self, keys: list[Key]) -> None:
        """Run some items; what that undoes is said and confirmed first."""
        plan: Plan = await self.casapilot.bridge.ask(self._session.plan, keys)
        if not plan.keys:
            refused = [
                (f"{self.titles_of([Key.parse(k)])}: {why}", "text") for k, why in plan.refused.items()
            ]
            await self._choose("Nothing of it can run now", refused, [("q", "Close", "close", "")])
            return
        if plan.undoes and not await self._confirmed(plan):
            return
        try:
            await self._call(self._session.run, list(plan.keys), confirmed=bool(plan.undoes))
        except NeedsPerson as need:
            if not await self._agreed(need):
                return
            await self._call(self._session.run, list(plan.keys), confirmed=True)
        many = f"{len(plan.keys)} items are" if len(plan.keys) > 1 else f"{self.titles_of(plan.keys)} is"
        left_out = f"; {len(plan.refused)} left out" if plan.refused else ""
        self.say(f"{many} in the queue{left_out}", "ok")

    async def _confirmed(self, plan: Plan) -> bool:
        what = self.titles_of(plan.keys) if len(plan.keys) < 4 else f"{len(plan.keys)} items"
        lines: list[Span] = [(f"Before {what} runs:", "text"), ("", "")]
        lines += [(f"  {self.casapilot.glyphs.bullet} {sentence}", "warn") for sentence in plan.undoes]
        answer = await self._choose(
            "What this run changes",
            lines,
            [("y", "Run", "yes", "do that, and run"), ("n", "Leave it", "no", "nothing is changed")],
        )
        return answer == "yes"

    async def _agreed(self, need: NeedsPerson) -> bool:
        lines: list[Span] = [(text, "text") for text in (need.what, need.where, need.todo) if text]
        options = [("y", "Go on", "yes", ""), ("n", "Leave it", "no", "nothing is changed")]
        return await self._choose(need.title, lines, options) == "yes"

    async def do_stop(self) -> None:
        activity = self.snapshot.activity if self.snapshot else None
        if activity is None:
            return
        eb = await self._which_eb(activity)
        if eb is None:
            return
        activity = self.snapshot.activity if self.snapshot else activity  # it went on while that was asked
        running = [each.key for each in activity.running if eb in ("", each.key.eb)]
        queue = [key for key in activity.queue if eb in ("", key.eb)]
        lines: list[Span] = [(f"Runs now: {self.titles_of(running) or 'nothing'}", "text")]
        if queue:
            more = f" and {len(queue) - _NAMED} more" if len(queue) > _NAMED else ""
            lines.append((f"Waits, and will not begin then: {self.titles_of(queue[:_NAMED])}{more}", "dim"))
        lines += [
            ("", ""),
            ("After this call: CASA ends the call it is in, and begins nothing more. What is done stays "
             "done; the item counts as stopped.", "text"),
            ("", ""),
            ("Now: the CASA process is killed. The flags go back to what they were before the item, and its "
             "half-written outputs are removed. A new CASA process starts by itself.", "warn"),
        ]  # fmt: skip
        options = [
            ("a", "After this call", "after-call", ""),
            ("!", "Now", "now", "kill, and undo this item"),
            ("n", "Let it run", "", ""),
        ]
        how = await self._choose(f"Stop {eb}".strip(), lines, options)
        if how:
            self.following_queue = False  # a person wants to see what becomes of it
            await self._call(self._session.stop, how, eb)
            self.say("it stops after this call" if how == "after-call" else "it is being stopped", "warn")

    async def _which_eb(self, activity: Activity) -> str | None:
        """The EB to stop, "" for all; None when a person thinks better of it."""
        eb = self.items.eb
        busy = [each for each in (ebs_of(self.snapshot) if self.snapshot else ()) if activity.is_busy(each)]
        if len(busy) < 2:
            return ""
        options = [("a", "All EBs", "*", ", ".join(busy)), ("n", "None", "", "let them run")]
        if eb in busy:
            options.insert(0, ("e", f"Only {eb}", eb, "the others go on"))
        lines: list[Span] = [(f"At work: {', '.join(busy)}", "text")]
        answer = await self._choose("Stop which?", lines, options)
        return None if not answer else answer.removeprefix("*")

    async def do_restore(self) -> None:
        run = self._row.run
        versions = run.rests_on if run else ()
        lines: list[Span] = [
            (f"The flags go back to what they were when {self._row.item.title} began:", "text"),
            *((f"  {self.casapilot.glyphs.bullet} {version}", "code") for version in versions),
            ("", ""),
            ("All flags set since then are undone: by this item, by those after it, and by hand.", "warn"),
        ]
        options = [("y", "Restore", "yes", ""), ("n", "Leave them", "no", "nothing is changed")]
        if await self._choose("Restore flags", lines, options) == "yes":
            await self._call(self._session.restore, self._row.key, confirmed=True)
            self.say("the flags are restored", "ok")

    # A person's judgement

    async def do_sign(self) -> None:
        row = self._row
        lines: list[Span] = [(row.item.title, "bold")]
        lines += [(f"  {self.casapilot.glyphs.bullet} {text}", "text") for text in row.item.look_for]
        values = await self._fill_in(
            "Sign off", [*lines, ("", "")], ("text", "What you saw", "", False), self._initials()
        )
        if values:
            await self._call(self._session.sign, row.key, values["initials"], values["text"])
            self.say(f"{row.item.title} is signed off by {values['initials']}", "ok")

    async def do_note(self) -> None:
        row = self._row
        values = await self._fill_in("Note", [(row.item.title, "bold")], ("text", "Note", row.note, True))
        if values:
            await self._call(self._session.note, row.key, values["text"])
            self.say("the note is in the history", "ok")

    async def do_skip(self) -> None:
        row = self._row
        if row.state is State.SKIPPED:
            await self._call(self._session.unskip, row.key)
            self.say(f"{row.item.title} is to be done again", "ok")
            return
        values = await self._fill_in("Skip", [(row.item.title, "bold")], ("reason", "Why", "", True))
        if values:
            await self._call(self._session.skip, row.key, values["reason"])
            self.say(f"{row.item.title} is skipped", "ok")

    async def do_choose(self) -> None:
        row = self._row
        options = [(str(n), choice, choice, "") for n, choice in enumerate(row.item.choices, 1)]
        if not options:
            self.say("the checklist names no choices for it", "warn")
            return
        choice = await self._choose(row.item.title, [(row.item.why, "text")], options)
        if choice:
            await self._call(self._session.choose, row.key, choice)
            self.say(f"chosen: {choice}", "ok")

    # The script and the call

    async def do_generate(self) -> None:
        self.casapilot.command("generate", self._row.key.eb or self.items.eb)
        await self.poll(always=True)
        self.detail.saved()

    async def do_edit(self) -> None:
        from .edit import edit_script

        commit = await edit_script(self.casapilot, self._row, self._fill_in, self._choose)
        if commit:
            await self.poll(always=True)
            self.detail.saved()
            self.say(f"saved and committed as {commit[:10]}", "ok")

    def do_copy(self) -> None:
        self.say(self.casapilot.copy("\n".join(self.calls)), "ok")


def _can_run(row: Row) -> bool:
    """Whether the item is CASA's to do, and is not done already."""
    return row.item.kind in (Kind.RUN, Kind.CHECK) and row.state not in (
        State.DONE,
        State.WARNED,
        State.SKIPPED,
        State.RUNNING,
    )
