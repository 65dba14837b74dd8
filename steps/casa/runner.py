"""Run one step of a script in the warm namespace of its EB, and say how it ended."""

from __future__ import annotations

import os
import sys
import time
import traceback
from typing import Any, Callable, Dict, NamedTuple, Optional

from ..errors import CasapilotError
from .hygiene import kept
from .scripts import Scripts, describe, is_interrupt, script_line, script_traceback
from .streams import Streams, flush
from .tasks import Desk
from .watched import StopRequested, Tell, Watched

__all__ = ["Ended", "Request", "Runner"]


class Request(NamedTuple):
    """A step that is asked for."""

    run: str
    eb: str
    item: str
    script: str
    step: Optional[float]
    """Number of the step; None runs the whole script."""
    title: str
    folder: str
    """Where console.log and casa.log of this run go."""


class Ended(NamedTuple):
    """How a step ended."""

    status: str
    """done, failed or interrupted."""
    error: str = ""
    traceback: str = ""
    seconds: float = 0.0


class Runner:
    """Runs steps one after the other.

    Parameters
    ----------
    tell : callable
        Writes an event: ``tell(kind, **fields)``.
    log : Log
        CASA's log (see `casalog.Log`).
    """

    def __init__(self, desk: Desk, streams: Streams, log: Any, tell: Tell) -> None:
        self._desk = desk
        self._streams = streams
        self._log = log
        self._tell = tell
        self._scripts = Scripts()

    def run(self, request: Request, step: Watched, namespace: Dict[str, Any]) -> Ended:
        """Run one step; whatever happens in it is in the answer, which is for the caller to tell."""
        return self.run_this(request, step, lambda: self._execute(request, step, namespace))

    def run_this(self, request: Request, step: Watched, do: Callable[[], Ended]) -> Ended:
        """Do something as a step: journaled, in logs of its own."""
        began = time.monotonic()
        self._tell(
            "step-started",
            run=request.run,
            eb=request.eb,
            item=request.item,
            step=request.step,
            title=request.title,
            script=request.script,
        )
        self._desk.step = step
        try:
            ended = self._in_its_own_logs(request, step, do)
        except BaseException as error:
            ended = Ended("failed", describe(error), script_traceback(error, request.script))
        finally:
            self._desk.step = None
        return ended._replace(seconds=round(time.monotonic() - began, 3))

    def _in_its_own_logs(self, request: Request, step: Watched, do: Callable[[], Ended]) -> Ended:
        os.makedirs(request.folder, exist_ok=True)
        self._streams.to(os.path.join(request.folder, "console.log"))
        try:
            self._log.to(os.path.join(request.folder, "casa.log"), step.log_redirected)
            with kept():
                ended = do()
            if ended.traceback:
                sys.stderr.write(ended.traceback)
            return ended
        finally:
            self._log.back()
            flush()
            self._streams.back()

    def _execute(self, request: Request, step: Watched, namespace: Dict[str, Any]) -> Ended:
        try:
            code = self._scripts.code(request.script)
        except CasapilotError as error:
            return Ended("failed", error.what, f"{error}\n")
        namespace["__file__"] = request.script
        namespace.pop("mysteps", None)
        if request.step is not None:
            namespace["mysteps"] = [request.step]
        sys.argv[:] = [request.script]
        sys.path.insert(0, "")  # as at a prompt: a script may import what lies beside it
        try:
            exec(code, namespace)
        except SystemExit as error:
            return _after_exit(error, request.script, step)
        except BaseException as error:
            return _after_error(error, request.script, step)
        return _after_calls(step)


def _after_calls(step: Watched) -> Ended:
    """Return how a step ended that reached its end: also a script can catch a stop, or not see a failure."""
    if step.stopped:
        return Ended("interrupted", "stopped after a call, as asked")
    if step.failures:
        return Ended("failed", "; ".join(step.failures))
    return Ended("done")


def _after_exit(error: SystemExit, script: str, step: Watched) -> Ended:
    """Return how a script ended that called exit(): on purpose when it gives no reason."""
    line = script_line(script, list(traceback.extract_tb(error.__traceback__)))
    if error.code is None or error.code is False or error.code == 0:
        print(f"casapilot: the script ended itself with exit() in line {line}")
        return _after_calls(step)
    reason = f"exit code {error.code}" if isinstance(error.code, int) else str(error.code).strip()[:2000]
    return Ended("failed", f"line {line}: the script ended itself: {reason}", script_traceback(error, script))


def _after_error(error: BaseException, script: str, step: Watched) -> Ended:
    if step.stopped or isinstance(error, StopRequested):
        return Ended("interrupted", "stopped after a call, as asked")
    if is_interrupt(error):
        return Ended("interrupted", describe(error, script), script_traceback(error, script))
    text = "; ".join([*step.failures, describe(error, script)])
    return Ended("failed", text, script_traceback(error, script))
