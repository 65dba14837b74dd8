"""What a screen or the command line holds of one MOUS: reads the disk, sends requests, owns nothing."""

from __future__ import annotations

import getpass
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checklist.graph import Graph
from ..checklist.model import Key, Kind
from ..checklist.read import UnixTime
from ..checklist.select import expand
from ..checklist.ticks import Choice, Entry, Note, SignOff, Skip, Ticks, Unskip
from ..control import read_process
from ..errors import CasapilotError, NeedsPerson, ScriptError
from ..journal import Event, Journal
from ..mous.mous import Mous
from ..record.book import RunBook
from ..record.runs import FlagChange, RunRecord
from .activity import Fold, fold, skim
from .client import Client
from .handwork import Handwork
from .launch import worker_file
from .lists import checklists_of, words_of
from .scripts import ScriptBook, stamp_of
from .snapshot import Alive, make_snapshot
from .view import Plan, Snapshot

if TYPE_CHECKING:
    from ..cures import Proposal
    from ..diagnose import Finding
    from ..record.history import HistoryEntry

__all__ = ["Session"]

MOST_NEWS = 10_000


class Session(Handwork):
    """One MOUS, seen from a screen or a command.

    Parameters
    ----------
    clock : callable
        Returns the unix time, s.
    """

    def __init__(self, mous: Mous, *, clock: Callable[[], float] = time.time) -> None:
        self.mous = mous
        self.clock = clock
        self.checklists = checklists_of(mous)
        self.order = expand(self.checklists, [eb.name for eb in mous.ebs])
        self.graph = Graph(self.checklists, self.order, lambda key: words_of(mous, key))
        self._client = Client(mous)
        self._journal = Journal(mous.journal)
        self._offset = 0
        self._fold = Fold()
        self._news: deque[Event] = deque(maxlen=MOST_NEWS)
        self._book = RunBook(mous.runs)
        self._ticks = Ticks.load(mous.ticks)
        self._ticks_stamp = stamp_of(mous.ticks)
        self._scripts = ScriptBook(mous)
        self._alive: Alive | None = None

    # -- reading -------------------------------------------------------------------------------------

    def poll(self) -> bool:
        """Read what is new on disk; whether `snapshot` would differ."""
        moved = [self._read_events()]
        moved += [self._book.refresh(), self._read_ticks(), self._scripts.refresh(self.graph.items)]
        alive = self._who_is_alive()
        moved.append(alive != self._alive)
        self._alive = alive
        return any(moved)

    def new_events(self) -> list[Event]:
        """Return the events since this was last asked, the latest of them where they are very many."""
        self._read_events()
        events = list(self._news)
        self._news.clear()
        return events

    def _read_events(self) -> bool:
        events, self._offset = self._journal.read(self._offset) if self._offset else skim(self._journal)
        for event in events:
            self._fold = fold(self._fold, event)
        self._news.extend(events)
        return bool(events)

    def snapshot(self) -> Snapshot:
        """The whole MOUS as it is now."""
        if self._alive is None:
            self.poll()
            self._alive = self._who_is_alive()
        return make_snapshot(
            mous=self.mous,
            checklists=self.checklists,
            graph=self.graph,
            runs=self._book.standing(),
            ticks=self._ticks,
            scripts=self._scripts,
            fold=self._fold,
            alive=self._alive,
            problems=self._book.problems,
        )

    def runs(self) -> list[RunRecord]:
        """All run records, oldest first."""
        return self._book.all()

    def last_run(self, key: Key) -> RunRecord | None:
        """The last run of an item, restores left out."""
        return self._book.last(str(key))

    def kinds(self) -> dict[Key, Kind]:
        """What kind each item is."""
        return {key: item.kind for key, item in self.graph.items.items()}

    def script_of(self, key: Key) -> Path | None:
        """The script that an item's step is in."""
        return self.mous.eb(key.eb).script if key.eb else None

    def step_span(self, key: Key) -> tuple[int, int] | None:
        """Byte offsets of an item's step in its script."""
        step = self._scripts.step(key)
        return (step.start, step.end) if step else None

    def logs(self, key: Key) -> list[Path]:
        """The logs of an item's run in progress, or of its last."""
        running, last = self._fold.activity.of(key), self.last_run(key)
        run = running.run if running else (last.id if last else "")
        folder = self.mous.live / run
        return [folder / name for name in ("console.log", "casa.log") if run and (folder / name).exists()]

    def flags(self, key: Key) -> list[FlagChange]:
        """Flags before and after its last run; before the run in progress."""
        running = self._fold.activity.of(key)
        if running is not None:
            return self._flags_in_progress(running.run)
        last = self.last_run(key)
        return list(last.flags) if last else []

    def findings(self, eb: str) -> tuple[Finding, ...]:
        """What is wrong with an EB by the checks of its last runs, the important first."""
        from .cured import with_cured
        from .findings import findings_of, told_of

        keys = [key for key in self.order if key.eb == eb]
        return with_cured(self, eb, findings_of(self.mous, eb, told_of(keys, self.last_run)))

    def history(self, key: Key | None = None, limit: int = 200) -> list[HistoryEntry]:
        """The history from git, newest first."""
        from ..record import read_history

        of_eb = f"@{self.mous.eb(key.eb).uid}" if key and key.eb else ""
        return read_history(self.mous.root, item=f"{key.path}{of_eb}" if key else None, limit=limit)

    def diff(self, commit: str) -> str:
        """What a commit changed."""
        from ..record import diff

        return diff(self.mous.root, commit)

    # -- asking --------------------------------------------------------------------------------------

    def plan(self, keys: Sequence[Key]) -> Plan:
        """What running `keys` would do and undo, and what cannot run and why."""
        from .plan import make_plan

        problems = {key: self._scripts.problem(key) for key in keys}
        snapshot, wanted = self.snapshot(), set(keys)
        last = [row.run.start for row in snapshot.rows if row.run is not None and row.key in wanted]
        runs = self._book.since(min(last)) if last else []
        return make_plan(keys, snapshot, runs, self.graph, problems)

    def with_resting(self, keys: Sequence[Key]) -> list[Key]:
        """Return `keys` and what was done and goes stale by running them: what "run all" has to run."""
        from .plan import with_resting

        return with_resting(keys, self.snapshot(), self.graph)

    def run(self, keys: Sequence[Key], *, confirmed: bool = False, jobs: int | None = None) -> None:
        """Queue `keys`; the conductor runs them, whatever becomes of us.

        Parameters
        ----------
        jobs : int, optional
            So many EBs at a time; default: as mous.toml and the machine have it.

        Raises
        ------
        NeedsPerson
            Something would be undone and nobody has confirmed it, or an item cannot run.
        """
        plan = self.plan(keys)
        if plan.refused:
            name, reason = next(iter(plan.refused.items()))
            if self._scripts.problem(Key.parse(name)):
                raise ScriptError(reason, name, "See its steps, and mend it: casapilot script steps FILE")
            raise NeedsPerson(reason, name, "Run what it needs first, or skip that with a reason.")
        if plan.undoes and not confirmed:
            raise NeedsPerson(
                "\n  ".join(("this undoes something:", *plan.undoes)), "", "Confirm it with --yes."
            )
        self._client.ask("run", keys=[str(key) for key in plan.keys], jobs=jobs)

    def stop(self, how: str = "after-call", eb: str = "") -> None:
        """Stop "after-call" or "now", one EB or ("") all; what is queued there is dropped."""
        self._client.ask("stop", how=how, eb=eb)

    def go_on(self) -> None:
        """After a conductor died: a new one settles what was begun, and goes on with the queue."""
        self._client.ensure()

    def restore(self, key: Key, *, confirmed: bool = False) -> None:
        """Restore the flags that the last run of `key` started from."""
        last = self.last_run(key)
        if last is None or not last.rests_on:
            raise NeedsPerson(
                "has no flag version to go back to", str(key), "It has not run yet, or needs none."
            )
        if not confirmed:
            names = ", ".join(last.rests_on)
            raise NeedsPerson(
                f"flags set since then would be gone: {names}", str(key), "Confirm it with --yes."
            )
        self._client.ask("restore", key=str(key))

    def shutdown(self) -> None:
        """End the CASA processes and the conductor; refused while something runs."""
        self._client.ask("shutdown")

    # -- a person's word -----------------------------------------------------------------------------

    def sign(self, key: Key, initials: str, text: str = "") -> None:
        """Sign an item off."""
        self._tick(SignOff(key, UnixTime(self.clock()), initials, text))

    def note(self, key: Key, text: str) -> None:
        """Write a note on an item."""
        self._tick(Note(key, UnixTime(self.clock()), text, getpass.getuser()))

    def skip(self, key: Key, reason: str) -> None:
        """Skip an item, with the reason."""
        self._tick(Skip(key, UnixTime(self.clock()), reason, getpass.getuser()))

    def unskip(self, key: Key) -> None:
        """Take a skip back."""
        self._tick(Unskip(key, UnixTime(self.clock()), getpass.getuser()))

    def choose(self, key: Key, choice: str, initials: str = "") -> None:
        """Decide a decision."""
        self._tick(Choice(key, UnixTime(self.clock()), choice, initials or getpass.getuser()))

    def _tick(self, entry: Entry) -> None:
        from .ticking import tick

        if entry.key not in self.graph.items:
            raise CasapilotError("is not in this MOUS's checklists", str(entry.key))
        self._ticks = tick(self.mous, self.graph.items[entry.key], entry)

    # -- scripts -------------------------------------------------------------------------------------

    def changed_by(self, path: Path, content: bytes) -> list[Key]:
        """Return the items whose step, or whole script, would be another if `path` held `content`."""
        return self._scripts.changed_by(path, content, self.graph.items)

    def save_script(self, path: Path, content: bytes, why: str, initials: str) -> str:
        """Write a script, commit it with its reason, and return the commit."""
        from .edits import save_script

        changed = [key for key in self.changed_by(path, content) if not self.graph.items[key].whole]
        only = changed[0] if len(changed) == 1 else None
        step = self._scripts.step(only) if only else None
        return save_script(
            self.mous,
            path,
            content,
            why,
            initials,
            item=only.path if only else "",
            step=step.number if step else None,
        )

    # -- cures ---------------------------------------------------------------------------------------

    def proposals(self, eb: str, initials: str = "") -> tuple[Proposal, ...]:
        """What may cure what is wrong with an EB; nothing of it is done."""
        from .cured import is_no_help
        from .curing import proposals_of

        runs = [run for key in self.order if key.eb == eb and (run := self.last_run(key)) is not None]
        checks = [check for run in runs for check in run.checks]
        return proposals_of(
            self.mous, self.mous.eb(eb), self.findings(eb), initials, checks, partial(is_no_help, self)
        )

    def made_stale(self, proposal: Proposal) -> list[Key]:
        """Return the items that accepting a proposal makes stale, in the order of the list."""
        if not proposal.content or proposal.already:
            return []
        changed = self.changed_by(self.mous.eb(proposal.eb).script, proposal.content)
        return self.with_resting([key for key in changed if self.last_run(key) is not None])

    def accept(self, proposal: Proposal, initials: str = "") -> str:
        """Make the change that is proposed, commit it, and return the commit; empty where it is made already.

        The script may have changed since it was proposed: what was accepted meanwhile stays.
        """
        from .curing import accept

        return accept(self, proposal, initials)

    # -- files ---------------------------------------------------------------------------------------

    def _read_ticks(self) -> bool:
        stamp = stamp_of(self.mous.ticks)
        if stamp == self._ticks_stamp:
            return False
        self._ticks_stamp = stamp
        self._ticks = Ticks.load(self.mous.ticks)
        return True

    def _who_is_alive(self) -> Alive:
        conductor = self._client.process
        workers = {}
        for eb in self.mous.ebs:
            process = read_process(worker_file(self.mous, eb))
            workers[eb.name] = (process, process is not None and process.is_alive())
        return (conductor, conductor is not None and conductor.is_alive()), workers

    def _flags_in_progress(self, run: str) -> list[FlagChange]:
        found = []
        for path in sorted((self.mous.live / run).glob("flags-before-*.json")):
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            data.pop("spw:channel", None)
            found.append(FlagChange(path.stem.removeprefix("flags-before-"), data, None))
        return found
