"""What the task console runs: asked about first, followed while it runs, told at its end."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ...steps.checklist.model import Key
from ...steps.run.effects import is_by_hand, task_of
from ..glyphs import clean
from ..widgets.history import when_text
from ..widgets.paint import Line, Span
from ..widgets.transcript import LogTail

if TYPE_CHECKING:
    from ...steps.record.runs import RunRecord
    from ...steps.run.taskcall import TaskCall
    from ...steps.run.view import Activity
    from .console import ConsoleScreen

__all__ = ["Calls"]

_STYLES = {"done": "ok", "interrupted": "warn"}
_NAMED = 3
"""So many items are named."""


class Calls:
    """The calls that one console has asked for, or has found running."""

    def __init__(self, screen: ConsoleScreen) -> None:
        self._screen = screen
        self._tails: dict[Key, LogTail] = {}
        self._begun: set[Key] = set()
        self._looking = False
        self._last: TaskCall | None = None
        self._undoing: Key | None = None
        """The call whose flags are being put back."""

    # What goes on

    @property
    def _activity(self) -> Activity | None:
        snapshot = self._screen.main.snapshot
        return snapshot.activity if snapshot else None

    def _title(self, key: Key) -> str:
        return self._screen.main.titles_of([key]).removeprefix(f"{key.eb} ")

    def what_is_ahead(self) -> str:
        """What the EB is at and has in its queue, in words; empty when nothing."""
        activity, eb = self._activity, self._screen.eb
        if activity is None:
            return ""
        running = activity.in_eb(eb)
        keys = [running.key] if running else []
        keys += [key for key in activity.queue if key.eb in ("", eb) and key not in keys]
        named = ", ".join(self._title(key) for key in keys[:2])
        return named + (f" and {len(keys) - 2} more" if len(keys) > 2 else "")

    def standing(self) -> tuple[str, str]:
        """What the bar at the top says of the EB, and its style."""
        activity, eb = self._activity, self._screen.eb
        if activity is None:
            return "reading", "dim"
        if activity.conductor == "elsewhere":
            return f"run from {activity.conductor_host or 'another host'}: here you can only look", "warn"
        running = activity.in_eb(eb)
        if running is not None:
            seconds = int(max(self._screen.casapilot.clock() - running.started, 0))
            percent = "" if running.percent is None else f"  {running.percent:.0f} %"
            waiting = sum(key in self._tails for key in activity.queue)
            queued = f"  +{waiting} queued" if waiting else ""
            stopping = "  stopping" if running.stopping else ""
            words = (
                f"{self._title(running.key)}  {seconds // 60}:{seconds % 60:02}{percent}{stopping}{queued}"
            )
            return words, "run"
        if any(key in self._tails for key in activity.queue):
            return "in the queue", "run"
        states = [worker.state for worker in activity.workers if worker.eb == eb]
        return ("CASA is ready" if "idle" in states else "CASA starts when it is needed"), "dim"

    def look_for_running(self) -> None:
        """Follow what a console of before has asked for."""
        activity, eb = self._activity, self._screen.eb
        running = activity.in_eb(eb) if activity else None
        keys = [running.key] if running else []
        for key in [*keys, *(activity.queue if activity else ())]:
            if key.eb == eb and is_by_hand(key):
                self._tails.setdefault(key, LogTail())

    def look(self) -> None:
        """See what has become of them."""
        if (self._tails or self._undoing) and not self._looking:
            self._looking = True
            self._screen.deed(self._follow())

    async def _follow(self) -> None:
        try:
            for key in list(self._tails):
                await self._follow_one(key)
            await self._follow_undo()
        finally:
            self._looking = False

    async def _follow_one(self, key: Key) -> None:
        screen, activity = self._screen, self._activity
        if activity is None:
            return
        running = activity.of(key)
        if running is not None and running.run and key not in self._begun:
            self._begun.add(key)
            screen.say((f"{self._title(key)} runs", "run"))
        if running is not None or key in self._begun:
            await self._tell_log(key)
        if running is None and key not in activity.queue:
            record = await screen.ask(screen.session.last_run, key)
            if record is None and key in self._begun and activity.conductor == "busy":
                return  # its record is being written
            del self._tails[key]
            self._tell_end(key, record)
            await screen.learn()

    async def _follow_undo(self) -> None:
        """Say that flags are put back only when they are."""
        screen, key, activity = self._screen, self._undoing, self._activity
        if key is None or activity is None or activity.of(key) is not None:
            return
        self._undoing = None
        left = await screen.ask(screen.session.undoable, screen.eb)
        if left is not None and left.key == str(key):
            why = " ".join(screen.main.snapshot.problems if screen.main.snapshot else ()) or "see History"
            screen.say((f"the flags were NOT put back: {why}", "bad"))
        else:
            screen.say(("the flags are put back", "ok"))

    async def _tell_log(self, key: Key) -> None:
        screen = self._screen
        logs = sorted(await screen.ask(screen.session.logs, key))
        screen.transcript.add(await screen.ask(self._tails[key].news, logs, screen.size.width))

    def _tell_end(self, key: Key, run: RunRecord | None) -> None:
        if run is None:
            snapshot = self._screen.main.snapshot
            why = (
                " ".join(snapshot.problems if snapshot else ())
                or "the queue was stopped before it. go runs it"
            )
            self._screen.say((f"{self._title(key)} was not run: {why}", "bad"))
            return
        self._screen.say(*_told(run))
        if any(change.startswith("flags:") for change in run.changed):
            self._screen.say(("  script puts the call into the script; undo puts the flags back.", "accent"))

    # What is asked for

    async def run(self, call: TaskCall) -> None:
        """Run a call; what it changes behind the script's back is said and confirmed first."""
        screen, session = self._screen, self._screen.session
        changes = await screen.ask(session.foresee, screen.eb, call)
        if changes and not await self._agreed(call, changes):
            screen.say(("  left: nothing was run", "dim"))
            return
        queued = await screen.ask(session.call_task, screen.eb, call.text, confirmed=True)
        if screen.console is not None:
            screen.console.ran(queued.call)
        self._last = queued.call
        if screen.console is None or screen.console.history[-1:] != [queued.call.text]:
            screen.say((queued.call.text, "code"))
        if queued.ahead:
            names = ", ".join(self._title(key) for key in queued.ahead[:_NAMED])
            more = f" and {len(queued.ahead) - _NAMED} more" if len(queued.ahead) > _NAMED else ""
            screen.say((f"  in the queue, behind {names}{more}", "warn"))
        await screen.main.poll(always=True)
        self._tails[queued.key] = LogTail()

    async def _agreed(self, call: TaskCall, changes: tuple[str, ...]) -> bool:
        bullet = self._screen.casapilot.glyphs.bullet
        lines: list[Span] = [(call.text, "code"), ("", "")]
        lines += [(f"  {bullet} {sentence}", "warn") for sentence in changes]
        options = [("y", "Run", "yes", "it is recorded, and the items say so"), ("n", "Leave it", "no", "")]
        return str(await self._choose("Behind the script's back", lines, options)) == "yes"

    async def _choose(self, title: str, lines: list[Span], options: list[tuple[str, str, str, str]]) -> Any:
        from .dialogs import Choice, Option

        choice = Choice(title, lines, [Option(*option) for option in options])
        return await self._screen.casapilot.push_screen_wait(choice)

    async def stop(self) -> None:
        """Stop what runs in this EB, or all."""
        activity = self._activity
        if activity is None or not (activity.running or activity.queue):
            self._screen.say(("nothing runs", "dim"))
            return
        await self._screen.main.do_stop()

    async def undo(self) -> None:
        """Put back the flags of before the last call that could change them."""
        screen, session = self._screen, self._screen.session
        run = await screen.ask(session.undoable, screen.eb)
        if run is None:
            screen.say(("no call by hand has changed flags that could be put back", "warn"))
            return
        now = screen.casapilot.clock()
        lines: list[Span] = [
            (f"The flags go back to what they were before this ({when_text(run.start, now)}):", "text"),
            (f"  {run.calls[0].text if run.calls else run.title}", "code"),
            ("", ""),
            ("All flags set since then are undone: by it, by items that ran after it, and by hand.", "warn"),
        ]
        options = [("y", "Put them back", "yes", ""), ("n", "Leave them", "no", "nothing is changed")]
        if await self._choose("Undo", lines, options) == "yes":
            await screen.ask(session.restore, Key.parse(run.key), confirmed=True)
            screen.say(("putting the flags back ...", "dim"))
            await screen.main.poll(always=True)
            self._undoing = Key.parse(run.key)

    async def into_script(self) -> None:
        """Put the last call into the script, as an edit with its reason."""
        from .console_edit import put_into_script

        screen = self._screen
        call = self._last or (screen.console.last_call if screen.console else None)
        if call is None:
            screen.say(("nothing has been called by hand yet", "warn"))
            return
        commit = await put_into_script(screen, call, self._choose)
        if commit:
            screen.say((f"saved and committed as {commit[:10]}; run the step again to have it done", "ok"))
            await screen.main.poll(always=True)
            with contextlib.suppress(AttributeError):
                screen.main.detail.saved()


def _told(run: RunRecord) -> list[Span | Line]:
    """How a call ended: result, flags, warnings, what it changed."""
    seconds = "" if run.end is None else f", {run.end - run.start:.1f} s"
    flags = ""
    if run.flagged_percent is not None:
        flags = f", {run.flagged_percent:.1f} % flagged"
        flags += f" ({run.flagged_change:+.1f})" if run.flagged_change is not None else ""
    title = f"{task_of(Key.parse(run.key))} {run.status}{seconds}{flags}"
    lines: list[Span | Line] = [(title, _STYLES.get(run.status, "bad") + " bold")]
    lines += [(f"  {clean(reason)}", "bad") for reason in run.reasons]
    if run.result not in ("", "{}") and run.status == "done":
        lines.append((f"  returned {clean(run.result)}", "text"))
    said = " ".join(run.reasons)
    for warned in run.warnings:
        if not warned.muted and warned.text not in said:
            known = f" ({warned.known})" if warned.known else ""
            lines.append((f"  {warned.count} x {clean(warned.text)}{known}", "warn"))
    lines += [(f"  {clean(note)}", "warn") for note in run.notes]
    return lines
