"""The CASA process of one EB, as the conductor sees it."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

from ..control import Process, ask, read_process, socket_path
from ..errors import CasaError, ControlError, WorkerLost
from ..mous.mous import Eb, Mous
from .launch import casa_python, start_worker, worker_file

__all__ = ["Worker"]

START_S = 180.0
"""How long CASA may take to start: a cold parallel file system is slow."""
POLL_S = 0.02
DYING_S = 1.0
"""How long a process that was killed may take to be gone."""


class Worker:
    """Start, ask, watch and kill the worker of one EB.

    Parameters
    ----------
    threads : int
        OpenMP threads for a worker that is started.
    """

    def __init__(self, mous: Mous, eb: Eb, threads: int | None = None) -> None:
        self.mous = mous
        self.eb = eb
        self.threads = threads
        self._child: subprocess.Popen[bytes] | None = None
        self._kills = 0

    @property
    def process(self) -> Process | None:
        """The process that last was the worker, alive or not."""
        return read_process(worker_file(self.mous, self.eb))

    def is_alive(self) -> bool:
        """Whether it runs; a child that has ended is reaped."""
        if self._child is not None:
            self._child.poll()
        process = self.process
        return process is not None and process.is_alive()

    def ensure(self) -> None:
        """Have a worker that is ready: attach to the living one, or start one and wait for CASA.

        Raises
        ------
        CasaError
            It does not start; the last lines of its log are in the message.
        WorkerLost
            It was killed while it started.
        ControlError
            It runs on another host.
        """
        kills = self._kills
        self._refuse_elsewhere()
        if not self.is_alive():
            self._child = start_worker(self.mous, self.eb, self.threads)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            with contextlib.suppress(ControlError):
                if self._ask({"op": "ping"}, 5.0).get("state") in ("idle", "busy"):
                    return
            if self._kills != kills:
                self._end_child()  # it may have been born since
                raise WorkerLost("the CASA process was killed while it started", self.eb.name)
            if self._child is None and not self.is_alive():
                self._child = start_worker(self.mous, self.eb, self.threads)
            if self._child is not None and self._child.poll() is not None and not self.is_alive():
                raise self._no_start("CASA does not start")
            time.sleep(POLL_S)
        raise self._no_start(f"CASA was not ready after {START_S:.0f} s")

    def ask(self, op: str, timeout_s: float | None = None, **fields: Any) -> dict[str, Any]:
        """Send one request and return the answer.

        Raises
        ------
        WorkerLost
            The process died before it answered.
        CasaError
            It refused or failed.
        """
        try:
            answer = self._ask({"op": op, **fields}, timeout_s)
        except ControlError as error:
            self.wait_until_gone(DYING_S)  # a killed process closes its socket before it is gone
            if not self.is_alive():
                raise WorkerLost(
                    f"the CASA process ended during {op}", self.eb.name, "Go on: a new one is started."
                ) from error
            raise
        if not answer.pop("ok", False):
            raise CasaError(
                str(answer.get("error", "failed")), str(answer.get("where", "")), str(answer.get("todo", ""))
            )
        return answer

    def wait_until_free(self, given_up: Callable[[], bool] = bool) -> None:
        """Wait for what a conductor that died has asked for; a step that it began is not waited for.

        Parameters
        ----------
        given_up : callable
            Whether nobody wants to wait any more.
        """
        while not given_up() and self.ask("ping", 10.0).get("state") == "busy":
            time.sleep(POLL_S)

    def wait_until_gone(self, seconds: float = 10.0) -> None:
        """Wait for a worker that was told to end."""
        deadline = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < deadline:
            time.sleep(POLL_S)

    def kill(self) -> None:
        """End it at once, whatever it does (CASA cannot be interrupted inside a call)."""
        self._kills += 1
        self._end_child()
        process = self.process
        if process is None or not process.is_here() or not process.is_alive():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        while process.is_alive():
            self.is_alive()
            time.sleep(POLL_S)

    def _end_child(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.kill()
            self._child.wait()

    def _refuse_elsewhere(self) -> None:
        process = self.process
        if process is not None and not process.is_here():
            file = worker_file(self.mous, self.eb)
            raise ControlError(
                f"its CASA process runs on {process.host}",
                self.eb.name,
                f"Go there: ssh {process.host}. If it is not there any more: rm {shlex.quote(str(file))}",
            )

    def _ask(self, request: dict[str, Any], timeout_s: float | None) -> dict[str, Any]:
        return ask(socket_path(self.mous.root, self.eb.name), request, timeout_s)

    @property
    def _log(self) -> Any:
        return self.mous.live / f"worker-{self.eb.name}.log"

    def _no_start(self, what: str) -> CasaError:
        """Return the error with the last that the process said."""
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            lines = []
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        what += f": {last}" if last else ""
        return CasaError(what, casa_python(self.mous), f"See {self._log}, or: casapilot doctor")
