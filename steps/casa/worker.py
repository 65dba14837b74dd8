"""The CASA process of one EB: runs steps when asked, outlives whoever asks.

The main thread belongs to CASA. Requests come in by threads of the control server; what takes CASA is
handed to the main thread through a queue. A heartbeat says that the process lives.
"""

from __future__ import annotations

import os
import platform
import queue
import signal
import socket
import sys
import threading
from typing import Any, Callable, Dict, List, Optional

from ..errors import CasapilotError, ControlError
from . import config
from .casalog import Log
from .console import parse_call, run_call
from .life import Life, Options, is_taken, parse
from .namespace import fresh_namespace
from .operations import OPERATIONS
from .reporter import Reporter
from .results import Results
from .runner import Ended, Request, Runner
from .streams import Streams
from .tasks import Desk
from .version_trap import save_or_keep
from .watched import Watched

__all__ = ["Worker", "main"]

EXIT_ALREADY_RUNNING = 3

Answer = Dict[str, Any]
Job = Callable[[], None]


class Worker:
    """State, requests and main loop of the process."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.reporter = Reporter(os.path.join(options.live, "events.jsonl"))
        self._jobs: "queue.SimpleQueue[Optional[Job]]" = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._state = "starting"
        self._ending = False
        self._latest: Optional[Watched] = None
        self._current: Optional[Watched] = None
        self._results = Results()
        self._casa = ""
        self._namespace: Dict[str, Any] = {}
        self._life = Life(options, self.handle, self._who, self.reporter.retry)

    # -- the main thread ---------------------------------------------------------------------------

    def serve(self) -> int:
        """Import CASA, then do one job after the other until told to end; return the exit code."""
        try:
            self._start_casa()
        except CasapilotError as error:
            sys.stderr.write(f"{error}\n")
            self._end(error.what)
            return error.exit_code
        self._be_idle()
        self._life.tell()
        while True:
            try:
                job = self._jobs.get(timeout=self.options.idle_s)
            except queue.Empty:
                if not self._leave():
                    continue  # something was asked for in this very moment
                self._end(f"nothing to do for {self.options.idle_s / 3600:.1f} h")
                return 0
            if job is None:
                self._end("asked to end")
                return 0
            job()

    def _start_casa(self) -> None:
        scratch = os.path.dirname(self.options.socket)
        log_file = os.path.join(self.options.live, f"worker-{self.options.eb}-casa.log")
        config.configure(log_file, scratch)
        self._casatools, self._casatasks = config.import_tools(), config.import_tasks()
        self._casa = config.casa_version(self._casatools)
        streams = Streams()
        log = Log(self._casatasks.casalog, log_file)
        self._desk = Desk(lambda: log.path, {"flagmanager": save_or_keep})
        self._tasks = self._desk.install(self._casatasks)
        self._runner = Runner(self._desk, streams, log, self.reporter.tell)
        self._forget()
        self.reporter.tell(
            "worker-started",
            eb=self.options.eb,
            pid=os.getpid(),
            host=socket.gethostname(),
            casa=self._casa,
            python=platform.python_version(),
        )

    def _forget(self) -> None:
        self._namespace = fresh_namespace(self._casatools, self._casatasks, self._tasks, self._desk.wrap)

    def _fresh(self) -> Answer:
        self._forget()
        return {}

    def _be_idle(self) -> None:
        with self._lock:
            self._state = "idle"
            self._current = None
            if self._ending:
                self._jobs.put(None)

    def _leave(self) -> bool:
        """Take no more requests, unless one is in hand."""
        with self._lock:
            self._ending = self._state == "idle"
            return self._ending

    def _end(self, reason: str) -> None:
        self.reporter.tell("worker-ended", eb=self.options.eb, reason=reason)
        self._life.end()

    def _who(self) -> Answer:
        return {"casa": self._casa, "state": self._state}

    # -- requests, in threads of the server --------------------------------------------------------

    def handle(self, request: Answer) -> Answer:
        """Answer one request."""
        op = str(request.get("op"))
        if op == "ping":
            return self._ping()
        if op == "stop-after-call":
            return self._stop_after_call()
        if op == "shutdown":
            return self._shutdown()
        if op == "step":
            return self._accept_step(request)
        if op == "whole":
            return self._accept_whole(request)
        if op == "call":
            return self._accept_call(request)
        if op == "fresh":
            return self._in_main_thread(self._fresh)
        if op == "measure" or op in OPERATIONS:
            return self._in_main_thread(lambda: self._operate(op, request))
        raise ControlError(f"unknown request {op!r}", self.options.socket)

    def _ping(self) -> Answer:
        """Return what the worker does; `run` is the latest run, also when it has ended."""
        with self._lock:
            step, state = self._latest, self._state
        answer: Answer = {"state": state, "casa": self._casa, "pid": os.getpid(), "run": ""}
        answer.update(call="", call_started=None)
        if step is not None:
            answer.update(run=step.run, call=step.task, call_started=step.task_began)
        return answer

    def _stop_after_call(self) -> Answer:
        with self._lock:
            step = self._current
        if step is None:
            raise ControlError("no step is running", self.options.eb)
        step.stop_after_call()
        return {"call": step.task}

    def _shutdown(self) -> Answer:
        with self._lock:
            self._ending = True
            idle = self._state == "idle"
        if idle:
            self._jobs.put(None)
        return {"ended": idle}

    def _take(self, step: Optional[Watched] = None) -> None:
        """Become busy, or refuse."""
        with self._lock:
            if self._state != "idle" or self._ending:
                raise ControlError(
                    "CASA is still starting" if self._state == "starting" else "is busy",
                    self.options.eb,
                    f"Run {self._current.run} is in progress." if self._current else "Try again in a moment.",
                )
            self._state = "busy"
            self._current = step
            self._latest = step or self._latest

    def _accept_step(self, request: Answer) -> Answer:
        wanted = Request(
            run=str(request["run"]),
            eb=str(request.get("eb", self.options.eb)),
            item=str(request.get("item", "")),
            script=os.path.join(self.options.cwd, str(request["script"])),
            step=request.get("step"),
            title=str(request.get("title", "")),
            folder=os.path.join(self.options.live, str(request["folder"])),
        )
        step = Watched(wanted.run, wanted.script, self.reporter.tell)
        self._take(step)
        self._jobs.put(lambda: self._run(step, lambda: self._runner.run(wanted, step, self._namespace)))
        return {"accepted": True}

    def _accept_call(self, request: Answer) -> Answer:
        if self._state == "starting":
            raise ControlError("CASA is still starting", self.options.eb)
        call = parse_call(request, self.options, self._tasks)
        step = Watched(call.request.run, "", self.reporter.tell)
        self._take(step)
        self._jobs.put(lambda: self._run(step, lambda: run_call(call, step, self._runner, self._tasks)))
        return {"accepted": True}

    def _accept_whole(self, request: Answer) -> Answer:
        from .whole import parse_whole, run_whole  # it reads tables, which most workers never do

        wanted = parse_whole(request, self.options)
        step = Watched(wanted.run, wanted.script, self.reporter.tell)
        self._take(step)
        self._jobs.put(lambda: self._run(step, lambda: run_whole(wanted, step, self.reporter.tell)))
        return {"accepted": True}

    def _in_main_thread(self, work: Callable[[], Answer]) -> Answer:
        """Have the main thread do `work`, and return its answer or raise its error."""
        self._take()
        errors: List[BaseException] = []
        answers: List[Answer] = []
        done = threading.Event()

        def job() -> None:
            try:
                answers.append(work())
            except BaseException as error:
                errors.append(error)
            finally:
                self._be_idle()
                done.set()

        self._jobs.put(job)
        done.wait()
        if not errors:
            return answers[0]
        if isinstance(errors[0], Exception):
            raise errors[0]
        raise RuntimeError(repr(errors[0]))

    # -- jobs, in the main thread ------------------------------------------------------------------

    def _run(self, step: Watched, run: Callable[[], Ended]) -> None:
        self._life.tell()
        self._results = step.results
        ended = run()
        # Whoever reads step-ended may ask for the next thing at once.
        self._be_idle()
        self.reporter.tell("step-ended", run=step.run, **ended._asdict())
        self._life.tell()

    def _operate(self, op: str, request: Answer) -> Answer:
        if op != "measure":
            return OPERATIONS[op](request)
        from .metrics.measure import measure

        return measure(
            str(request["metric"]),
            request.get("of", ""),
            self.options.cwd,
            self._results.of,
            limit=request.get("limit"),
            below=bool(request.get("below")),
            note=request.get("note"),
            goal=request.get("goal"),
        )


def main(argv: List[str]) -> int:
    """Be the worker; 0 at the end, 3 when there is one already, 4 when CASA does not start."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    options = parse(argv)
    os.makedirs(options.live, exist_ok=True)
    if is_taken(options):
        sys.stderr.write(f"Another process is the worker of {options.eb}: see {options.process_file}\n")
        return EXIT_ALREADY_RUNNING
    os.chdir(options.cwd)
    code = Worker(options).serve()
    sys.stdout.flush()
    # CASA's C++ destructors have nothing to save, and can hang or crash at the end of a process.
    os._exit(code)
