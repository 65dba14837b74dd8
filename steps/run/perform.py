"""One item, from request to commit: flags made right, step run, watched, judged, recorded, committed."""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ..checklist.model import Checklist, Item, Key, Kind
from ..errors import CasapilotError, NeedsPerson, WorkerLost
from ..journal import Journal
from ..mous.mous import Eb, Mous
from ..record.runs import RunRecord, blob, load_run, save_run
from ..script import Script, Step, step_sha
from ..version import VERSION
from ..watch.known_read import load_readable
from ..watch.watch import Watcher
from . import byhand, rerun
from .disk import check_disk
from .effects import is_by_hand
from .evidence import Evidence, removed_words
from .flagkeeping import FlagKeeper
from .ledger import Ledger
from .marks import gone_with
from .observe import Observer
from .outcome import remove_half_written
from .pairs import split_pair
from .policy import all_ms, ms_named
from .recording import RESTORED
from .workers import Worker

__all__ = ["Performer"]

Clock = Callable[[], float]

#: How a person can ask to stop.
AFTER_CALL, NOW = "after-call", "now"
UNBEGUN = "unbegun"
GONE = "the flags set by hand are gone with that: {}"
GO_ON = "Run it again: a new one is started."


class Performer:
    """Performs items of one EB, one at a time.

    Parameters
    ----------
    order : sequence of Key
        All items in their order.
    ledger : Ledger
        The record; other EBs write it too.
    worker : callable
        Gives the `Worker` of an EB.
    stopping : callable
        Returns "after-call" or "now" when a person asked for it, else nothing.
    clock : callable
        Returns the unix time, s.
    """

    def __init__(
        self,
        mous: Mous,
        checklists: Sequence[Checklist],
        order: Sequence[Key],
        journal: Journal,
        ledger: Ledger,
        worker: Callable[[Eb], Worker],
        stopping: Callable[[], str],
        clock: Clock = time.time,
    ) -> None:
        self.mous = mous
        self._checklists = {each.id: each for each in checklists}
        self._order = order
        self._journal = journal
        self._ledger = ledger
        self._worker_of = worker
        self._stopping = stopping
        self._clock = clock

    @property
    def stopping(self) -> str:
        """How a person has asked to stop: "after-call", "now", or not."""
        return self._stopping()

    def perform(self, key: Key) -> RunRecord:
        """Run one item and return its record, committed.

        Raises
        ------
        CasapilotError
            It could not be begun: nothing has been changed then but, at most, flags restored, which is
            committed. Or it could not be committed: `catch_up` tries again.
        """
        self._ledger.catch_up()
        item, eb = self._item(key), self._eb(key)
        self._ledger.commit_edits(eb.script, *self.mous.settings)
        if is_by_hand(key):
            return self._by_hand(key, item, eb)
        if item.kind is Kind.CHECK:
            return self._check(key, item, eb)
        if item.whole:
            return self._whole(key, item, eb)
        script, step = self._step(item, eb)
        check_disk(eb)
        worker = self._ready(eb)
        draft = self._of_step(self._draft(key, item, eb, f"{step.number}"), eb, script, step)
        self._start(draft)
        try:
            draft = self._begin(draft, key, eb, script, step, worker)
        except CasapilotError as error:
            self._unbegun(draft, str(error.what))
            self._unless_stopped(key)
            raise
        return self._end(draft, key, item, eb, worker)

    def _end(self, draft: RunRecord, key: Key, item: Item, eb: Eb, worker: Worker) -> RunRecord:
        """Finish what the worker was asked for."""
        record = self._finish(draft, item, eb, worker)
        if record.status == UNBEGUN:
            self._unless_stopped(key)
            raise WorkerLost("the CASA process ended before the step began", eb.name, GO_ON)
        return record

    def _whole(self, key: Key, item: Item, eb: Eb) -> RunRecord:
        """Have the whole script run from scratch, in a folder of its own."""
        script = Script.read(eb.script)
        rerun.check_room(eb, script)
        worker = self._ready(eb)
        draft = rerun.of_script(self._draft(key, item, eb, item.id), eb, script, self.mous)
        self._start(draft)
        try:
            draft = rerun.begin(draft, key.path, eb, script, worker, self._folder(draft))
        except CasapilotError as error:
            self._unbegun(draft, str(error.what))
            self._unless_stopped(key)
            raise
        if self.stopping == AFTER_CALL:
            self.pass_on_stop(worker)
        return self._end(draft, key, item, eb, worker)

    def _by_hand(self, key: Key, item: Item, eb: Eb) -> RunRecord:
        """Call the task that a person asked for."""
        call = byhand.load_request(self.mous, key)
        check_disk(eb)
        worker = self._ready(eb)
        draft = byhand.of_call(self._draft(key, item, eb, call.task), call)
        self._start(draft)
        try:
            draft = byhand.begin(draft, key, eb, call, worker, self._keeper(eb, worker), self._folder(draft))
        except CasapilotError as error:
            self._unbegun(draft, str(error.what))
            self._unless_stopped(key)
            raise
        return self._end(draft, key, item, eb, worker)

    def _check(self, key: Key, item: Item, eb: Eb) -> RunRecord:
        """Measure what an item without a step asks for; begun anew where it is cut short."""
        worker = self._ready(eb)
        draft = self._draft(key, item, eb, item.id)
        self._start(draft)
        evidence = Evidence(self.mous, eb, item, worker, self._keeper(eb, worker), self._journal)
        try:
            record = evidence.check_only(draft, self._clock())
        except CasapilotError as error:
            self._unbegun(draft, str(error.what))
            raise
        return self._ledger.record(record)

    def settle(self, run: str) -> RunRecord | None:
        """Finish a run that another conductor began; None when its step was never begun."""
        record = self._ledger.again(run)
        if record is None:
            draft = load_run(self.mous.live / run / f"{run}.json")
            key = Key.parse(draft.key)
            item, eb = self._item(key), self.mous.eb(key.eb)
            worker = self._worker_of(eb)
            if self.stopping == AFTER_CALL:
                self.pass_on_stop(worker)
            record = self._finish(draft, item, eb, worker)
        if record.status == RESTORED:
            self._ledger.end(record, UNBEGUN, "its flags were restored")
        return None if record.status in (UNBEGUN, RESTORED) else record

    def restore(self, key: Key) -> tuple[str, ...]:
        """Restore the flags that the last run of an item started from; commit, and return "ms:version"."""
        self._ledger.catch_up()
        eb = self.mous.eb(key.eb)
        last = [run for run in self._ledger.runs(eb.name) if run.key == str(key) and run.rests_on]
        if not last:
            raise CasapilotError("has no flag version to go back to", str(key), "It has not run yet.")
        worker = self._ready(eb)
        keeper = self._keeper(eb, worker)
        draft = dataclasses.replace(last[-1], id=self._new_id("restore"))
        keeper.put_back(draft.rests_on)
        flags = keeper.count_before([split_pair(pair)[0] for pair in draft.rests_on], draft.id)
        why = f"As they were before {draft.title} first ran."
        for gone in gone_with(draft.rests_on, self._ledger.runs(eb.name), eb.name):
            why += f" {GONE.format(gone)}."
        return self._ledger.restored(draft, draft.rests_on, flags, why).rests_on

    @staticmethod
    def pass_on_stop(worker: Worker) -> None:
        """Have the worker stop after the call in progress; between steps there is none."""
        with contextlib.suppress(CasapilotError):
            worker.ask("stop-after-call", 10.0)

    # -- before the step ---------------------------------------------------------------------------

    def _item(self, key: Key) -> Item:
        if is_by_hand(key):
            return byhand.item_of(key)
        try:
            return self._checklists[key.checklist].item(key.item)
        except KeyError as error:
            raise CasapilotError("is not in this MOUS's checklists", str(key)) from error

    def _eb(self, key: Key) -> Eb:
        if not key.eb:
            raise CasapilotError("is done once for the MOUS: only items of an EB can be run so far", str(key))
        return self.mous.eb(key.eb)

    def _step(self, item: Item, eb: Eb) -> tuple[Script, Step]:
        script = Script.read(eb.script)
        return script, script.step_by_title(item.step)

    def _ready(self, eb: Eb) -> Worker:
        """Return a worker that has nothing in hand, as far as nobody wants to stop."""
        worker = self._worker_of(eb)
        try:
            worker.ensure()
            worker.wait_until_free(lambda: bool(self.stopping))
        finally:
            self._unless_stopped(Key("", "", eb.name))
        return worker

    def _unless_stopped(self, key: Key) -> None:
        if self.stopping:
            raise NeedsPerson("stopped by you before its step began", key.eb)

    def _new_id(self, suffix: str) -> str:
        base = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._clock())) + f"-{suffix}"
        for name in (base, *(f"{base}-{n}" for n in range(2, 1000))):
            with contextlib.suppress(FileExistsError):
                (self.mous.live / name).mkdir(parents=True)
                return name
        raise CasapilotError("no name is free for a run", base)

    def _later(self, eb: Eb) -> float:
        """Now, and after all that has run in the EB: what is last must stay so where a clock is set back."""
        latest = max((run.start for run in self._ledger.runs(eb.name)), default=0.0)
        return max(self._clock(), latest + 0.001)

    def _folder(self, record: RunRecord) -> Path:
        return self.mous.live / record.id

    def _draft(self, key: Key, item: Item, eb: Eb, suffix: str) -> RunRecord:
        return RunRecord(
            id=self._new_id(suffix),
            key=str(key),
            eb=eb.name,
            eb_uid=eb.uid,
            title=item.title,
            start=self._later(eb),
            host=socket.gethostname(),
            user=getpass.getuser(),
            versions={"casapilot": VERSION},
        )

    def _of_step(self, draft: RunRecord, eb: Eb, script: Script, step: Step) -> RunRecord:
        return dataclasses.replace(
            draft,
            step=step.number if isinstance(step.number, (int, float)) else None,
            script=str(eb.script.relative_to(self.mous.root)),
            script_blob=blob(script.content),
            step_sha=step_sha(script, step),
        )

    def _start(self, draft: RunRecord) -> None:
        """Say that a run begins: its draft first, so that whoever reads the journal finds it."""
        save_run(draft, self._folder(draft))
        self._journal.append(
            "item-started",
            run=draft.id,
            key=draft.key,
            eb=draft.eb,
            item=Key.parse(draft.key).path,
            step=draft.step,
            title=draft.title,
        )

    def _begin(
        self, draft: RunRecord, key: Key, eb: Eb, script: Script, step: Step, worker: Worker
    ) -> RunRecord:
        """Make the flags right, count them, and have the worker begin."""
        runs = self._ledger.runs(eb.name)
        draft = self._clear_lost(draft, runs, eb)
        keeper = self._keeper(eb, worker)
        draft = keeper.prepare(draft, script, step, self._order, runs)
        gone = gone_with(draft.versions_restored, runs, eb.name)
        draft = dataclasses.replace(draft, notes=(*draft.notes, *map(GONE.format, gone)))
        self._unless_stopped(key)
        flags = keeper.count_before(ms_named(script, step, eb.folder), draft.id)
        self._unless_stopped(key)
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
        if self.stopping == AFTER_CALL:
            self.pass_on_stop(worker)
        return draft

    def _unbegun(self, draft: RunRecord, why: str) -> None:
        """End a run whose step was not begun; flags that were put back for it are told to the history."""
        events, _ = self._journal.read(self._journal.last("item-started", draft.id))
        mine = [event for event in events if event.kind == "flags-restored" and event.get("run") == draft.id]
        if mine:
            pairs = [f"{event.get('ms')}:{event.get('version')}" for event in mine]
            self._ledger.restored(draft, pairs, (), f"For {draft.title}, whose step was not begun: {why}.")
        self._ledger.end(draft, UNBEGUN, why)

    def _clear_lost(self, draft: RunRecord, runs: Sequence[RunRecord], eb: Eb) -> RunRecord:
        """Remove what a run that was lost may have left half-written."""
        last = [run for run in runs if run.key == draft.key and run.status != RESTORED]
        if last and last[-1].status == "lost":
            item = self._item(Key.parse(draft.key))
            removed = remove_half_written(item, self.mous, eb, last[-1].calls, last[-1].start)
            if removed:
                return dataclasses.replace(draft, notes=(removed_words(removed),))
        return draft

    def _keeper(self, eb: Eb, worker: Worker) -> FlagKeeper:
        return FlagKeeper(eb, worker, self._journal, self.mous.live)

    # -- after the step ----------------------------------------------------------------------------

    def _finish(self, draft: RunRecord, item: Item, eb: Eb, worker: Worker) -> RunRecord:
        known, unread = load_readable()
        watcher = Watcher(known)
        draft = dataclasses.replace(draft, notes=(*draft.notes, *unread))
        alive = self._still_on(draft, worker)
        begun = self._journal.last("item-started", draft.id)
        casa = draft.versions.get("casa", "")
        outcome = Observer(draft.id, self._folder(draft), self._journal, watcher, alive, begun, casa).wait()
        if outcome.status == UNBEGUN:
            self._unbegun(draft, "conductor or CASA process ended")
            return dataclasses.replace(draft, status=UNBEGUN)
        if outcome.status == "lost" and self.stopping == NOW:
            outcome = dataclasses.replace(outcome, status="interrupted", error="stopped at once, by a person")
        evidence = Evidence(self.mous, eb, item, worker, self._keeper(eb, worker), self._journal)
        record = evidence.gather(draft, outcome, undo=self.stopping == NOW)
        if is_by_hand(key := Key.parse(draft.key)):
            runs, folder = self._ledger.runs(eb.name), self._folder(draft)
            record = byhand.ended(record, key, eb, self.mous.root, folder, self._journal, runs, worker)
        return self._ledger.record(record)

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
