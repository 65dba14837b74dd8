"""One item, from request to commit: flags made right, step run, watched, judged, recorded, committed."""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import os
import shutil
import socket
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from ..checklist.model import Checklist, Item, Key
from ..errors import CasaError, CasapilotError, WorkerLost
from ..journal import Journal
from ..mous.mous import Eb, Mous
from ..record import blob, commit_event
from ..record.runs import FlagChange, Measured, RunRecord, load_run, load_runs, save_run
from ..script import Script, Step, step_sha
from ..watch.known import load_known
from ..watch.watch import Watcher
from .edits import commit_outside_edit
from .flagkeeping import FlagKeeper
from .observe import Observer, StepOutcome
from .outcome import judge, measure, outputs_since, remove_half_written
from .policy import all_ms, ms_named
from .words import run_body, run_subject
from .workers import Worker

__all__ = ["Performer"]

Clock = Callable[[], float]


class Performer:
    """Performs items of one MOUS, one at a time.

    Parameters
    ----------
    order : sequence of Key
        All items in their order.
    worker : callable
        Gives the `Worker` of an EB.
    clock : callable
        Returns the unix time, s.
    """

    def __init__(
        self,
        mous: Mous,
        checklists: Sequence[Checklist],
        order: Sequence[Key],
        journal: Journal,
        worker: Callable[[Eb], Worker],
        clock: Clock = time.time,
    ) -> None:
        self.mous = mous
        self._checklists = {each.id: each for each in checklists}
        self._order = order
        self._journal = journal
        self._worker_of = worker
        self._clock = clock
        self.stop_now = False
        """Set by whoever has killed the worker on a person's word."""

    def perform(self, key: Key) -> RunRecord:
        """Run one item and return its record, committed.

        Raises
        ------
        CasapilotError
            It could not be begun; nothing has been changed then but, at most, flags restored.
        """
        self.stop_now = False
        item, eb = self._item(key), self.mous.eb(key.eb)
        script, step = self._step(item, eb)
        _check_disk(eb)
        commit_outside_edit(self.mous, eb.script)
        worker = self._worker_of(eb)
        worker.ensure()
        draft = self._draft(key, item, eb, script, step)
        self._journal.append(
            "item-started",
            run=draft.id,
            key=str(key),
            eb=eb.name,
            item=key.path,
            step=draft.step,
            title=item.title,
        )
        save_run(draft, self._folder(draft))
        try:
            draft = self._begin(draft, key, eb, script, step, worker)
        except CasapilotError as error:
            self._end(draft, "unbegun", str(error.what))
            raise
        return self._finish(draft, item, eb, worker)

    def settle(self, run: str) -> RunRecord | None:
        """Finish a run that another conductor began; None when its step was never begun."""
        folder = self.mous.live / run
        draft = load_run(folder / f"{run}.json")
        key = Key.parse(draft.key)
        item, eb = self._item(key), self.mous.eb(key.eb)
        worker = self._worker_of(eb)
        record = self._finish(draft, item, eb, worker)
        return None if record.status == "unbegun" else record

    def restore(self, key: Key) -> tuple[str, ...]:
        """Restore the flags that the last run of an item started from; commit, and return "ms:version"."""
        eb = self.mous.eb(key.eb)
        last = [run for run in load_runs(self.mous.runs) if run.key == str(key) and run.rests_on]
        if not last:
            raise CasapilotError("has no flag version to go back to", str(key), "It has not run yet.")
        worker = self._worker_of(eb)
        worker.ensure()
        keeper = self._keeper(eb, worker)
        run = self._new_id("restore")
        keeper.put_back(last[-1].rests_on)
        flags = keeper.count_before([pair.partition(":")[0] for pair in last[-1].rests_on], run)
        percent = RunRecord(id="", key="", flags=flags).flagged_percent
        names = ", ".join(pair.partition(":")[2] for pair in last[-1].rests_on)
        record = self._restored_record(last[-1], run, flags)
        path = save_run(record, self.mous.runs)
        commit = commit_event(
            self.mous.root,
            action="flag-restore",
            subject=f"{eb.name}: flags restored to {names}"[:72],
            body=f"As they were before {last[-1].title} first ran.",
            paths=[path],
            item=key.path,
            step=last[-1].step,
            eb=eb.uid,
            flagged_percent=percent,
            flag_version=names,
            run=record.id,
        )
        self._journal.append("committed", run=record.id, commit=commit, subject=f"flags restored to {names}")
        return last[-1].rests_on

    def _restored_record(self, last: RunRecord, run: str, flags: tuple[FlagChange, ...]) -> RunRecord:
        now = self._clock()
        return dataclasses.replace(
            last, id=run, status="restored", start=now, end=now, calls=(), warnings=(),
            checks=(), outputs=(), reasons=(), versions_saved=(), versions_restored=last.rests_on,
            flags=tuple(FlagChange(each.ms, None, each.before) for each in flags),
        )  # fmt: skip

    # -- before the step ---------------------------------------------------------------------------

    def _item(self, key: Key) -> Item:
        try:
            return self._checklists[key.checklist].item(key.item)
        except KeyError as error:
            raise CasapilotError("is not in this MOUS's checklists", str(key)) from error

    def _step(self, item: Item, eb: Eb) -> tuple[Script, Step]:
        script = Script.read(eb.script)
        return script, script.step_by_title(item.step)

    def _new_id(self, suffix: str) -> str:
        base = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._clock())) + f"-{suffix}"
        for name in (base, *(f"{base}-{n}" for n in range(2, 1000))):
            with contextlib.suppress(FileExistsError):
                (self.mous.live / name).mkdir(parents=True)
                return name
        raise CasapilotError("no name is free for a run", base)

    def _folder(self, record: RunRecord) -> Path:
        return self.mous.live / record.id

    def _draft(self, key: Key, item: Item, eb: Eb, script: Script, step: Step) -> RunRecord:
        number = step.number if isinstance(step.number, (int, float)) else None
        return RunRecord(
            id=self._new_id(f"{step.number}"),
            key=str(key),
            eb=eb.name,
            eb_uid=eb.uid,
            step=number,
            title=item.title,
            script=str(eb.script.relative_to(self.mous.root)),
            script_blob=blob(self.mous.root, eb.script),
            step_sha=step_sha(script, step),
            start=self._clock(),
            host=socket.gethostname(),
            user=getpass.getuser(),
            versions={"casapilot": version("casapilot")},
        )

    def _begin(
        self, draft: RunRecord, key: Key, eb: Eb, script: Script, step: Step, worker: Worker
    ) -> RunRecord:
        """Make the flags right, count them, and have the worker begin."""
        runs = load_runs(self.mous.runs)
        draft = self._clear_lost(draft, runs, eb)
        keeper = self._keeper(eb, worker)
        draft = keeper.prepare(draft, script, step, self._order, runs)
        flags = keeper.count_before(ms_named(script, step, eb.folder), draft.id)
        ping = worker.ask("ping")
        draft = dataclasses.replace(
            draft,
            flags=flags,
            ms_before=tuple(all_ms(eb.folder)),
            versions={**draft.versions, "casa": str(ping.get("casa", ""))},
        )
        save_run(draft, self._folder(draft))
        worker.ask(
            "step",
            run=draft.id,
            eb=eb.name,
            item=key.path,
            script=str(eb.script),
            step=step.number,
            title=step.title,
            folder=str(self._folder(draft)),
        )
        return draft

    def _clear_lost(self, draft: RunRecord, runs: Sequence[RunRecord], eb: Eb) -> RunRecord:
        """Remove what a run that was lost may have left half-written."""
        last = [run for run in runs if run.key == draft.key]
        if last and last[-1].status == "lost":
            item = self._item(Key.parse(draft.key))
            removed = remove_half_written(item, self.mous, eb, last[-1].calls, last[-1].start)
            if removed:
                return dataclasses.replace(draft, notes=(_removed_words(removed),))
        return draft

    def _keeper(self, eb: Eb, worker: Worker) -> FlagKeeper:
        return FlagKeeper(eb, worker, self._journal, self.mous.live)

    # -- after the step ----------------------------------------------------------------------------

    def _finish(self, draft: RunRecord, item: Item, eb: Eb, worker: Worker) -> RunRecord:
        watcher = Watcher(load_known())
        alive = self._still_on(draft, worker)
        outcome = Observer(draft.id, self._folder(draft), self._journal, watcher, alive).wait()
        if outcome.status == "unbegun":
            self._end(draft, "unbegun", "the conductor died before the step began")
            return dataclasses.replace(draft, status="unbegun")
        if outcome.status == "lost" and self.stop_now:
            outcome = dataclasses.replace(outcome, status="interrupted", error="stopped at once, by a person")
        record = self._with_evidence(draft, item, eb, outcome, worker)
        return self._record(record)

    def _still_on(self, draft: RunRecord, worker: Worker) -> Callable[[], bool]:
        """Whether the worker lives and has this run in hand (a new worker knows nothing of it)."""

        def still_on() -> bool:
            if not worker.is_alive():
                return False
            try:
                return worker.ask("ping", 5.0).get("run") == draft.id
            except CasapilotError:
                return worker.is_alive()

        return still_on

    def _with_evidence(
        self, draft: RunRecord, item: Item, eb: Eb, outcome: StepOutcome, worker: Worker
    ) -> RunRecord:
        made, missing = outputs_since(item, self.mous, eb, int(draft.start * 1e9))
        notes, restored = draft.notes, draft.versions_restored
        if outcome.status == "interrupted" and self.stop_now:
            removed = remove_half_written(item, self.mous, eb, outcome.calls, draft.start)
            notes += (_removed_words(removed),) if removed else ()
            made = []
            worker.ensure()
            self._keeper(eb, worker).put_back(draft.rests_on, draft.id)
            restored += draft.rests_on
        flags = self._flags_after(draft, eb, worker) if outcome.status != "lost" else draft.flags
        checks: tuple[Measured, ...] = ()
        if outcome.status == "done":
            checks = measure(
                item, self.mous, eb, flags, lambda metric, of: worker.ask("measure", metric=metric, of=of)
            )
        for check in checks:
            self._journal.append(
                "checked",
                run=draft.id,
                metric=check.metric,
                value=check.value,
                unit=check.unit,
                verdict=check.verdict,
            )
        status, reasons = judge(item, outcome, missing, checks)
        return dataclasses.replace(
            draft,
            calls=outcome.calls,
            end=outcome.end,
            status=status,
            reasons=reasons,
            notes=notes,
            warnings=outcome.warnings,
            flags=flags,
            versions_restored=restored,
            versions_saved=tuple(dict.fromkeys((*draft.versions_saved, *outcome.versions_saved))),
            outputs=tuple(os.path.relpath(path, self.mous.root) for path in made),
            checks=checks,
        )

    def _flags_after(self, draft: RunRecord, eb: Eb, worker: Worker) -> tuple[FlagChange, ...]:
        try:
            return self._keeper(eb, worker).count_after(draft)
        except WorkerLost:
            return draft.flags

    def _record(self, record: RunRecord) -> RunRecord:
        path = save_run(record, self.mous.runs)
        subject = run_subject(record)
        commit = commit_event(
            self.mous.root,
            action="run",
            subject=subject,
            body=run_body(record),
            paths=[path],
            item=Key.parse(record.key).path,
            step=record.step,
            eb=record.eb_uid,
            status=record.status,
            flagged_percent=record.flagged_percent,
            flag_version=", ".join(dict.fromkeys(pair.partition(":")[2] for pair in record.rests_on)),
            casa=record.versions.get("casa", ""),
            run=record.id,
        )
        self._journal.append("committed", run=record.id, commit=commit, subject=subject)
        self._end(record, record.status, "; ".join(record.reasons))
        return record

    def _end(self, record: RunRecord, status: str, text: str) -> None:
        self._journal.append(
            "item-ended",
            run=record.id,
            key=record.key,
            status=status,
            seconds=None if record.end is None else round(record.end - record.start, 1),
            flagged_percent=record.flagged_percent,
            flagged_change=record.flagged_change,
            text=text,
        )


def _removed_words(names: list[str]) -> str:
    return f"removed half-written {', '.join(names)}"


def _check_disk(eb: Eb) -> None:
    """Refuse to begin without room for one more DATA column: CASA aborts silently on a full disk."""
    size = max((_size(eb.folder / name) for name in all_ms(eb.folder)), default=0)
    free = shutil.disk_usage(eb.folder).free
    if free < size + (64 << 20):
        raise CasaError(
            f"only {free / 1e9:.1f} GB are free, a step may need {(size + (64 << 20)) / 1e9:.1f} GB",
            str(eb.folder),
            "Make room on this disk, then run it again.",
        )


def _size(ms: Path) -> int:
    with os.scandir(ms) as entries:
        return sum(entry.stat().st_size for entry in entries if entry.is_file())
