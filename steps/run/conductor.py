"""The conductor: one background process per MOUS that owns the queue, the flag policy and the record.

It has no CASA and no terminal. Whoever wants something asks it through its socket; whoever wants to know
something reads the journal. It ends by itself when there has been nothing to do for a while.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any

from ..checklist.model import Key
from ..checklist.select import expand
from ..control import Server, socket_path, this_process, write_process
from ..errors import CasapilotError, ControlError
from ..journal import Journal
from ..mous.mous import Eb, Mous
from ..record.runs import RunRecord
from .client import TAKEN
from .edits import stamp_of
from .lists import checklists_of
from .perform import NOW, Performer
from .unsettled import Unsettled, unsettled
from .workers import Worker

__all__ = ["Conductor", "main"]

IDLE_S = 1800.0
NAME = "conductor"


class Conductor:
    """Performs what it is asked to, in order, until there is nothing left."""

    def __init__(self, mous: Mous, idle_s: float = IDLE_S) -> None:
        self._idle_s = idle_s
        self._journal = Journal(mous.journal)
        self._workers: dict[str, Worker] = {}
        self._take(mous)
        self._requests: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lock = threading.RLock()
        self._queue: list[Key] = []
        self._restores: list[Key] = []
        self._running: Key | None = None
        self._ended = False
        self._refused = False
        self._home = mous.live.stat().st_ino

    def serve(self) -> None:
        """Settle what an earlier conductor left, then perform until idle for long, or told to end."""
        write_process(self.mous.live / "conductor.json")
        left = unsettled(self._journal)
        server = Server(socket_path(self.mous.root, NAME), self._handle)
        process = this_process()
        self._journal.append("conductor-started", pid=process.pid, host=process.host)
        try:
            self._settle(left)
            self._loop()
        finally:
            server.close()
            if self._is_home():
                self._journal.append("conductor-ended", reason="asked to" if self._ended else "idle")

    def _take(self, mous: Mous) -> None:
        """Go by what mous.toml and the checklists say now."""
        self.mous = mous
        self._settings = _stamps(mous)
        checklists = checklists_of(mous)
        order = expand(checklists, [eb.name for eb in mous.ebs])
        self._performer = Performer(mous, checklists, order, self._journal, self._worker)

    def _heed_edits(self) -> None:
        """Read mous.toml and the checklists again where a person has changed them."""
        if _stamps(self.mous) == self._settings:
            return
        mous = Mous.load(self.mous.root)
        stopping = self._performer.stopping
        if mous.casa_python != self.mous.casa_python:
            for worker in self._workers.values():
                with contextlib.suppress(CasapilotError):
                    worker.ask("shutdown", 10.0)
                    worker.wait_until_gone()
        self._performer.catch_up()
        self._workers.clear()
        self._take(mous)
        self._performer.stopping = stopping

    def _loop(self) -> None:
        last = time.monotonic()
        while not self._ended and self._is_home():
            if self._do_next():
                last = time.monotonic()
            elif time.monotonic() - last > self._idle_s:
                return
            else:
                with contextlib.suppress(queue.Empty):
                    self._requests.get(timeout=1.0)

    def _is_home(self) -> bool:
        """Whether the folder is still the one we began in: people remove a MOUS and start it anew."""
        try:
            return self.mous.live.stat().st_ino == self._home
        except OSError:
            return False

    def _do_next(self) -> bool:
        """Do the next thing asked for, restores first; whether there was one."""
        with self._lock:
            restore = self._restores.pop(0) if self._restores else None
            self._running = restore or (self._queue[0] if self._queue else None)
            self._performer.stopping = ""
        if self._running is None:
            return False
        if restore is not None:
            ok = self._guarded(restore, lambda: bool(self._performer.restore(restore)))
            self._journal.append("restore-ended", key=str(restore), ok=ok)
            return True
        key = self._running
        self._say_queue()
        done = self._guarded(key, lambda: self._performer.perform(key).status == "done")
        with self._lock:
            rest, self._queue = self._queue[1:], self._queue[1:] if done else []
        if not done and rest and not self._refused:
            self._refuse(key, f"{key.item} did not end well.", "Look at it, then go on.", rest)
        self._say_queue()
        return True

    def _refuse(self, key: Key, reason: str, todo: str, rest: Sequence[Key] = ()) -> None:
        """Say why an item was not run, and what else was not for that."""
        self._refused = True
        rest = rest or [other for other in self._queue[1:] if self._queue[0] == key]
        if rest:
            reason += f" Not run after it: {', '.join(other.item for other in rest)}."
        self._journal.append("item-refused", key=str(key), reason=reason, todo=todo)

    def _guarded(self, key: Key, do: Callable[[], bool]) -> bool:
        """Do it, and journal why it could not be done."""
        self._refused = False
        try:
            self._heed_edits()
            return do()
        except OSError as error:
            reason = f"{error.filename or ''}: {error.strerror}".lstrip(": ")
            self._refuse(key, reason, "See: casapilot doctor")
        except CasapilotError as error:
            self._refuse(key, f"{_one_line(error).rstrip('.')}.", error.todo)
        except Exception as error:
            traceback.print_exc()
            reason = f"a fault of casapilot's own: {type(error).__name__}: {error}"
            log = str(self.mous.live / "conductor.log")
            self._refuse(key, reason, f"Please report it, with {log}.")
        finally:
            self._running = None
        return False

    def _settle(self, left: Unsettled) -> None:
        self._queue, self._restores = list(left.queue), list(left.restores)
        for run in left.runs:
            key = self._running = Key.parse(run.key)
            self._performer.stopping = run.stopped
            records: list[RunRecord | None] = []
            settled = self._guarded(key, partial(self._settle_one, run.id, records))
            self._requeue(key, settled and not run.stopped, records[0] if records else None)
            if not settled:
                self._journal.append("item-ended", run=run.id, key=run.key, status="lost", text="not settled")
        if left:
            self._say_queue()

    def _settle_one(self, run: str, records: list[RunRecord | None]) -> bool:
        records.append(self._performer.settle(run))
        return True

    def _requeue(self, key: Key, may_begin: bool, record: RunRecord | None) -> None:
        """Go on with the queue as the settled run allows; a run that never began is queued again."""
        rest = [other for other in self._queue if other != key]
        if may_begin and record is None:
            self._queue = [key, *rest]
        else:
            self._queue = rest if record is not None and record.status == "done" else []

    def _say_queue(self) -> None:
        self._journal.append("queue", keys=[str(key) for key in self._queue])

    def _worker(self, eb: Eb) -> Worker:
        return self._workers.setdefault(eb.name, Worker(self.mous, eb, os.cpu_count()))

    # -- requests, in threads of the server ----------------------------------------------------------

    def _handle(self, request: dict[str, Any]) -> dict[str, Any]:
        handler = getattr(self, f"_op_{request.get('op')}", None)
        if handler is None:
            raise ControlError(f"unknown request {request.get('op')!r}")
        answer: dict[str, Any] = handler(request)
        return answer

    def _op_ping(self, request: dict[str, Any]) -> dict[str, Any]:
        busy = self._running is not None or bool(self._queue)
        return {"state": "busy" if busy else "idle", "queue": [str(key) for key in self._queue]}

    def _op_run(self, request: dict[str, Any]) -> dict[str, Any]:
        keys = [Key.parse(text) for text in request["keys"]]
        with self._lock:
            self._queue = self._queue + [key for key in keys if key not in self._queue]
            self._say_queue()
        self._requests.put("run")
        return {"queue": [str(key) for key in self._queue]}

    def _op_restore(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            if self._running is not None or self._queue:
                raise ControlError("something runs", todo="Let it end, or stop it first.")
            self._restores.append(Key.parse(request["key"]))
            self._journal.append("restore-started", key=request["key"])
        self._requests.put("restore")
        return {}

    def _op_stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """Stop after the call in progress, or now (the worker is killed); the queue is dropped."""
        how = str(request.get("how", "after-call"))
        with self._lock:
            running = self._running
            self._queue = [key for key in self._queue[:1] if key == running]
            self._performer.stopping = how if running else ""
            self._journal.append("stop", how=how)
        worker = self._workers.get(running.eb) if running is not None else None
        if worker is not None and how == NOW:
            worker.kill()
        elif worker is not None:
            self._performer.pass_on_stop(worker)
        return {"stopping": str(running or "")}

    def _op_shutdown(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._running is not None:
            raise ControlError("something runs", todo="Stop it first: casapilot stop --now")
        for eb in self.mous.ebs:
            worker = Worker(self.mous, eb)
            if worker.is_alive():
                worker.ask("shutdown", 10.0)
        self._ended = True
        self._requests.put("shutdown")
        return {}


def _stamps(mous: Mous) -> dict[Path, object]:
    return {path: stamp_of(path) for path in mous.settings}


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
