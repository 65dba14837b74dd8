"""The conductor: one background process per MOUS that owns the queue, the flag policy and the record.

It has no CASA and no terminal. Whoever wants something asks it through its socket; whoever wants to know
something reads the journal. Each EB has a lane of its own, a few at a time. It ends by itself when there has
been nothing to do for a while.
"""

from __future__ import annotations

import contextlib
import fcntl
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from ..checklist.model import Key
from ..control import Home, Server, socket_path, this_process, write_process
from ..errors import CasapilotError, ControlError
from ..journal import Journal
from ..mous.mous import Mous
from ..record.runs import RunRecord
from .byhand import queue_call
from .client import TAKEN
from .effects import is_by_hand
from .jobs import jobs_of, threads_of
from .lane import Lane
from .ledger import Ledger
from .taskcall import TaskCall, literal
from .unsettled import BegunRun, Unsettled, unsettled
from .waiting import Waiting
from .workers import Worker

__all__ = ["Conductor", "main"]

IDLE_S = 1800.0
NAME = "conductor"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an item was not run, and what to do about it."""

    reason: str
    todo: str


class Conductor:
    """Performs what it is asked to, in the order of each EB, until there is nothing left."""

    def __init__(self, mous: Mous, idle_s: float = IDLE_S) -> None:
        self.mous = mous
        self._idle_s = idle_s
        self._journal = Journal(mous.journal)
        self._ledger = Ledger(mous, self._journal)
        self._lanes: dict[str, Lane] = {}
        self._lock = threading.RLock()
        self._wake: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._left = unsettled(self._journal)
        self._waiting = self._taken_over(self._left)
        self._restores = list(self._left.restores)
        self._ended = False
        self._broken: BaseException | None = None
        self._home = Home(str(mous.live))

    def serve(self) -> None:
        """Settle what an earlier conductor left, then perform until idle for long, or told to end."""
        write_process(self.mous.live / "conductor.json")
        server = Server(socket_path(self.mous.root, NAME), self._handle)
        process = this_process()
        self._journal.append("conductor-started", pid=process.pid, host=process.host)
        try:
            self._settle()
            self._loop()
        finally:
            server.close()
            if self._home.is_there():
                self._journal.append("conductor-ended", reason="asked to" if self._ended else "idle")

    def _loop(self) -> None:
        last = time.monotonic()
        while not self._ended and self._home.is_there():
            self._begin_all()
            if self._broken is not None:
                raise self._broken
            if self._waiting or self._restores:
                last = time.monotonic()
            elif time.monotonic() - last > self._idle_s:
                return
            with contextlib.suppress(queue.Empty):
                self._wake.get(timeout=1.0)

    # -- what is done, in a thread for each EB -------------------------------------------------------

    def _begin_all(self) -> None:
        """Begin all that may begin now, restores first."""
        with self._lock:
            for key in [key for key in self._restores if key.eb not in self._waiting.busy]:
                self._restores.remove(key)
                self._waiting.hold(key)
                self._begin(key, self._do_restore)
            while key_next := self._waiting.begin():
                self._say_queue()
                self._begin(key_next, self._do_item)

    def _begin(self, key: Key, do: Callable[[Lane, Key], None]) -> None:
        lane = self._lane(key.eb)
        lane.stopping = ""
        self._in_thread(key.eb, lambda: do(lane, key))

    def _in_thread(self, name: str, do: Callable[[], None]) -> None:
        """Do it beside all else; what goes wrong in our own bookkeeping ends the conductor."""

        def work() -> None:
            try:
                do()
            except BaseException as error:
                self._broken = error
            self._wake.put("ended")

        threading.Thread(target=work, daemon=True, name=f"lane {name}").start()

    def _lane(self, eb: str) -> Lane:
        def threads() -> int:
            return threads_of(self._waiting.jobs)

        if eb not in self._lanes:
            self._lanes[eb] = Lane(eb, self.mous, self._journal, self._ledger, threads)
        return self._lanes[eb]

    def _do_item(self, lane: Lane, key: Key) -> None:
        done, refusal = self._guarded(lambda: lane.perform(key).status == "done")
        alone = lane.only_measures(key) and (not refusal or is_by_hand(key))
        only = (lambda other: lane.rests_on(other, key)) if alone else None
        with self._lock:
            self._waiting.free(key)
            dropped = self._waiting.drop(key, done, only)
            if not done and dropped and refusal is None:
                refusal = Refusal(f"{key.item} did not end well.", "Look at it, then go on.")
            if refusal is not None:
                self._refuse(key, refusal, dropped)
            self._say_queue()

    def _do_restore(self, lane: Lane, key: Key) -> None:
        done, refusal = self._guarded(lambda: bool(lane.restore(key)))
        with self._lock:
            self._waiting.free(key)
            if refusal is not None:
                self._refuse(key, refusal)
            self._journal.append("restore-ended", key=str(key), ok=done)

    def _guarded(self, do: Callable[[], bool]) -> tuple[bool, Refusal | None]:
        """Do it: whether that was well, and why it could not be done."""
        try:
            return do(), None
        except OSError as error:
            reason = f"{error.filename or ''}: {error.strerror}".lstrip(": ")
            return False, Refusal(reason, "See: casapilot doctor")
        except CasapilotError as error:
            return False, Refusal(f"{_one_line(error).rstrip('.')}.", error.todo)
        except Exception as error:
            traceback.print_exc()
            reason = f"a fault of casapilot's own: {type(error).__name__}: {error}"
            return False, Refusal(reason, f"Please report it, with {self.mous.live / 'conductor.log'}.")

    def _refuse(self, key: Key, refusal: Refusal, dropped: Sequence[Key] = ()) -> None:
        """Say why an item was not run, and what else was not for that."""
        reason = refusal.reason
        if dropped:
            reason += f" Not run after it: {', '.join(other.item for other in dropped)}."
        self._journal.append(
            "item-refused",
            key=str(key),
            reason=reason,
            todo=refusal.todo,
            dropped=[str(other) for other in dropped],
        )

    def _taken_over(self, left: Unsettled) -> Waiting:
        """Return the queue as an earlier conductor left it, each EB with a run to settle kept busy."""
        waiting = Waiting(left.queue, (left.jobs if left else 0) or jobs_of(self.mous))
        for run in left.runs:
            waiting.hold(Key.parse(run.key))
        return waiting

    def _settle(self) -> None:
        """Begin to settle the runs of each EB; its queue goes on when that is done."""
        for eb, group in groupby(sorted(self._left.runs, key=_eb_of), _eb_of):
            self._in_thread(eb, partial(self._settle_all, self._lane(eb), tuple(group)))

    def _settle_all(self, lane: Lane, runs: Sequence[BegunRun]) -> None:
        for run in runs:
            self._settle_one(lane, run)
        with self._lock:
            self._waiting.free(Key("", "", lane.eb))

    def _settle_one(self, lane: Lane, run: BegunRun) -> None:
        """Finish a run; its queue goes on as that allows, and one that never began is queued again."""
        key, records = Key.parse(run.key), list[RunRecord | None]()

        def settle() -> bool:
            records.append(lane.settle(run.id))
            return True

        lane.stopping = run.stopped
        settled, refusal = self._guarded(settle)
        record = records[0] if records else None
        with self._lock:
            if settled and not run.stopped and record is None:
                self._waiting.put_first(key)
            else:
                dropped = self._waiting.drop(key, record is not None and record.status == "done")
                if refusal is not None:
                    self._refuse(key, refusal, dropped)
            if not settled:
                text = "not settled"
                self._journal.append("item-ended", run=run.id, key=run.key, status="lost", text=text)
            self._say_queue()

    def _say_queue(self) -> None:
        keys = [str(key) for key in self._waiting.keys]
        self._journal.append("queue", keys=keys, jobs=self._waiting.jobs)

    # -- requests, in threads of the server ----------------------------------------------------------

    def _handle(self, request: dict[str, Any]) -> dict[str, Any]:
        handler = getattr(self, f"_op_{request.get('op')}", None)
        if handler is None:
            raise ControlError(f"unknown request {request.get('op')!r}")
        answer: dict[str, Any] = handler(request)
        return answer

    def _op_ping(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            state = "busy" if self._waiting or self._restores else "idle"
            return {"state": state, "queue": [str(key) for key in self._waiting.keys]}

    def _op_run(self, request: dict[str, Any]) -> dict[str, Any]:
        keys = [Key.parse(text) for text in request["keys"]]
        mous, asked = Mous.load(self.mous.root), request.get("jobs")
        jobs = jobs_of(mous, asked)
        with self._lock:
            self.mous = mous
            if asked or not self._waiting:
                self._waiting.jobs = jobs
            self._waiting.add(keys)
            self._say_queue()
            queued = [str(key) for key in self._waiting.keys]
        self._wake.put("run")
        return {"queue": queued}

    def _op_call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Queue a task called by hand; it waits its turn in its EB."""
        mous = Mous.load(self.mous.root)
        eb = mous.eb(str(request["eb"])).name
        call = TaskCall(str(request["task"]), literal(str(request["arguments"])))
        taken = [run.key for run in self._ledger.runs(eb)]
        with self._lock:
            self.mous = mous
            ahead = [str(other) for other in self._waiting.keys if other.eb in ("", eb)]
            key = queue_call(mous, eb, call, taken)
            self._waiting.add([key])
            self._say_queue()
        self._wake.put("call")
        return {"key": str(key), "ahead": ahead}

    def _op_restore(self, request: dict[str, Any]) -> dict[str, Any]:
        key = Key.parse(request["key"])
        with self._lock:
            if self._waiting.has(key.eb):
                name = f"something of {key.eb} runs" if len(self.mous.ebs) > 1 else "something runs"
                raise ControlError(name, todo="Let it end, or stop it first.")
            self._restores.append(key)
            self._journal.append("restore-started", key=str(key))
        self._wake.put("restore")
        return {}

    def _op_stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """Stop after the call in progress, or now (the workers are killed), one EB or all; drop the queue."""
        how, eb = str(request.get("how", "after-call")), str(request.get("eb") or "")
        with self._lock:
            running = self._waiting.stop(eb)
            lanes = [self._lane(key.eb) for key in running]
            for lane in lanes:
                lane.stopping = how
            self._journal.append("stop", how=how, eb=eb)
        for lane in lanes:
            lane.stop(how)
        return {"stopping": [str(key) for key in running]}

    def _op_shutdown(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._waiting or self._restores:
            raise ControlError("something runs", todo="Stop it first: casapilot stop --now")
        for eb in self.mous.ebs:
            worker = Worker(self.mous, eb)
            if worker.is_alive():
                worker.ask("shutdown", 10.0)
        self._ended = True
        self._wake.put("shutdown")
        return {}


def _eb_of(run: BegunRun) -> str:
    return Key.parse(run.key).eb


def _one_line(error: CasapilotError) -> str:
    return f"{error.where}: {error.what}" if error.where else error.what


@contextlib.contextmanager
def _alone(mous: Mous) -> Iterator[bool]:
    """Whether we are the only conductor of this MOUS; the lock dies with the process."""
    with open(mous.live / "conductor.lock", "ab") as lock:
        yield _lock(lock)


def _lock(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def main(argv: list[str]) -> int:
    """Be the conductor of the MOUS at ``argv[0]``."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        mous = Mous.load(Path(argv[0]))
        mous.live.mkdir(parents=True, exist_ok=True)
        with _alone(mous) as alone:
            if not alone:
                return TAKEN
            Conductor(mous).serve()
    except (CasapilotError, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr, flush=True)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
