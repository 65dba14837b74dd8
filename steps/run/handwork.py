"""The part of a session that calls CASA tasks by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..checklist.model import Key
from ..errors import NeedsPerson
from ..mous.mous import Mous
from ..record.book import RunBook
from ..record.runs import RunRecord
from .client import Client
from .effects import is_by_hand
from .scripts import ScriptBook
from .taskcall import Queued, TaskCall

if TYPE_CHECKING:
    from .complete import Known
    from .console import Console
    from .intoscript import Place
    from .tasklist import TaskList

__all__ = ["Handwork"]


class Handwork:
    """What `Session` knows of tasks by hand."""

    mous: Mous
    _book: RunBook
    _client: Client
    _scripts: ScriptBook
    _tasks: TaskList | None = None

    @property
    def tasks(self) -> TaskList:
        """The tasks that the CASA of this MOUS has."""
        if self._tasks is None:
            from .tasklist import load_tasks

            self._tasks = load_tasks(self.mous)
        return self._tasks

    def foresee(self, eb: str, call: TaskCall) -> tuple[str, ...]:
        """What a call by hand would change behind the script's back, in whole sentences."""
        from .effects import foresee

        self._book.refresh()
        runs = [run for run in self._book.standing() if run.eb == eb]
        return foresee(call.task, call.arguments, self.mous.eb(eb).folder, runs)

    def call_task(self, eb: str, text: str, *, confirmed: bool = False) -> Queued:
        """Queue one CASA task by hand in an EB, whatever becomes of us; it waits its turn there.

        Parameters
        ----------
        text : str
            The whole call, with literal values: ``flagdata(vis='x.ms', mode='summary')``.

        Raises
        ------
        UsageError
            It is not such a call, or CASA has no such task, parameter or value.
        NeedsPerson
            It would change what an item rests on or has made, and nobody has confirmed that.
        """
        from .taskcall import parse_call

        call = parse_call(text)
        call = self.tasks.task(call.task).checked(call)
        changes = () if confirmed else self.foresee(eb, call)
        if changes:
            raise NeedsPerson(
                "\n  ".join(("it is not in the script:", *changes)), call.task, "Confirm: --yes."
            )
        answer = self._client.ask("call", eb=eb, task=call.task, arguments=repr(dict(call.arguments)))
        ahead = tuple(Key.parse(str(each)) for each in answer.get("ahead", ()))
        return Queued(Key.parse(str(answer["key"])), call, ahead)

    def task_console(self, eb: str) -> Console:
        """The task console of an EB, with the values and lines of before."""
        from .console import Console, state_file

        return Console(self.tasks, state_file(self.mous, eb))

    def known(self, eb: str) -> Known:
        """What completion knows of an EB's data."""
        from .complete import known_of

        self._book.refresh()
        runs = [run for run in self._book.standing() if run.eb == eb]
        return known_of(self.mous.eb(eb).folder, runs)

    def places_for(self, eb: str, call: TaskCall, key: Key | None = None) -> tuple[Place, ...]:
        """The steps of an EB's script that a call by hand may be put into; `key` is looked at now."""
        from ..script import Script
        from .intoscript import places_for

        step = self._scripts.step(key) if key else None
        return places_for(Script.read(self.mous.eb(eb).script), call, step.number if step else None)

    def with_call(self, eb: str, place: Place, call: TaskCall, why: str, initials: str) -> bytes:
        """An EB's script with a call in it; `save_script` writes it."""
        from ..script import Mark, Script
        from .intoscript import put_in

        script = Script.read(self.mous.eb(eb).script)
        return put_in(script, place, call, Mark(why, initials)).content

    def undoable(self, eb: str) -> RunRecord | None:
        """The last call by hand that has changed flags which can be put back, unless that was done."""
        self._book.refresh()
        runs = [run for run in self._book.standing() if run.eb == eb and is_by_hand(Key.parse(run.key))]
        undone = {run.key for run in runs if run.status == "restored"}
        left = [run for run in runs if run.rests_on and run.key not in undone and not run.versions_restored]
        changed = [run for run in left if any(each.startswith("flags:") for each in run.changed)]
        return changed[-1] if changed else None

    def calls_by_hand(self, eb: str) -> list[RunRecord]:
        """The tasks called by hand in an EB, oldest first, restores of flags left out."""
        self._book.refresh()
        keys = [run for run in self._book.standing() if is_by_hand(Key.parse(run.key))]
        return [run for run in keys if run.eb == eb and run.status != "restored"]
