"""A step in progress: what the wrappers of the tasks write down about it."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, List, Optional

from .outcomes import Verdict
from .results import Results
from .streams import flush
from .values import summary

__all__ = ["StopRequested", "Watched"]

Tell = Callable[..., None]


class StopRequested(BaseException):
    """A person asked to stop after the call that ran; a script's ``except Exception`` lets it pass."""


class Watched:
    """One step, its calls and what was wrong with them.

    Parameters
    ----------
    run : str
        Id of the run.
    script : str
        Path of the script.
    tell : callable
        Writes an event: ``tell(kind, **fields)``.
    """

    def __init__(self, run: str, script: str, tell: Tell) -> None:
        self.run = run
        self.script = script
        self.results = Results()
        self.failures: List[str] = []
        """What was wrong with calls that returned normally."""
        self.task = ""
        """The task that runs now; empty between calls."""
        self.task_began: Optional[float] = None
        """Unix time, s."""
        self.stopped = False
        """Whether a call was refused because a person had asked to stop."""
        self._stop = threading.Event()
        self._tell = tell
        self._calls = 0

    def stop_after_call(self) -> None:
        """Let no further call begin (from any thread)."""
        self._stop.set()

    @property
    def stop_is_asked(self) -> bool:
        """Whether a person has asked to stop."""
        return self._stop.is_set()

    def begin(self, task: str, text: str, line: int) -> Callable[..., None]:
        """Note that a call begins, and return what is to be called at its end.

        Raises
        ------
        StopRequested
            A person asked to stop before it.
        """
        if self._stop.is_set():
            self.stopped = True
            raise StopRequested(f"stopped before {task}")
        self._calls += 1
        number, began = self._calls, time.monotonic()
        self.task, self.task_began = task, time.time()
        self._tell("call-started", run=self.run, call=number, task=task, text=text, line=line)

        def end(returned: Any, error: str, ok: bool) -> None:
            flush()
            self.task, self.task_began = "", None
            self._tell(
                "call-ended",
                run=self.run,
                call=number,
                task=task,
                seconds=round(time.monotonic() - began, 3),
                ok=ok,
                result=summary(returned),
                error=error,
            )

        return end

    def note(self, task: str, line: int, verdict: Optional[Verdict]) -> None:
        """Keep what was wrong with a call, if the step has failed with it."""
        if verdict is not None and verdict.fatal:
            where = f"line {line}: " if line else ""
            self.failures.append(f"{where}{task} {verdict.text}")

    def log_redirected(self, path: str, size: int) -> None:
        """Note that the script has sent CASA's log elsewhere, to a file of `size` bytes as yet."""
        self._tell("log-redirected", run=self.run, path=path, size=size)

    def version_kept(self, ms: str, version: str, saved_as: str) -> None:
        """Note that an existing flag version was not overwritten."""
        self._tell("version-kept", run=self.run, ms=ms, version=version, saved_as=saved_as)
