"""Task frames: when each task began and ended, and how.

Up to 5.x a task that fails writes an error and no end; in 6.x the end comes always, and a failure is known
by the exception before it. Tasks call tasks, so frames nest. A frame that a crash left open stays open.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from .events import TaskBegan, TaskCall, TaskDuration, TaskEnded, TaskRaised
from .lines import iso, seconds_between

__all__ = ["Frames", "TaskFrame"]

_CALL_CHARACTERS = 20_000
_ENDED_CALL_CHARACTERS = 2_000


@dataclass(slots=True)
class TaskFrame:
    """One run of a task."""

    name: str
    began: str
    """Time stamp of the log, UTC."""
    ended_at: str = ""
    seconds: float | None = None
    """None while it is open, or when the stamps are no times."""
    ended: str = "open"
    """open, done or failed."""
    call: str = ""
    """As one can paste it; cut at 20,000 characters, and at 2,000 when it has ended."""
    error: str = ""

    def as_json(self) -> dict[str, object]:
        """The form that `casapilot watch --json` prints."""
        return {
            "name": self.name,
            "start": iso(self.began),
            "end": iso(self.ended_at) if self.ended_at else None,
            "seconds": self.seconds,
            "ended": self.ended,
            "call": self.call,
            "error": self.error,
        }


class Frames:
    """The tasks of one log, in the order they began.

    Parameters
    ----------
    most : int
        Tasks kept; of more, the last ones.
    """

    def __init__(self, most: int = 5000) -> None:
        self.tasks: deque[TaskFrame] = deque(maxlen=most)
        self._open: list[TaskFrame] = []
        self._calling: TaskFrame | None = None

    @property
    def current(self) -> TaskFrame | None:
        """The innermost task in progress."""
        return self._open[-1] if self._open else None

    def began(self, event: TaskBegan, time: str) -> TaskFrame:
        """A frame opens."""
        frame = TaskFrame(event.task, time)
        self.tasks.append(frame)
        self._open = [*self._open[-31:], frame]
        return frame

    def called(self, event: TaskCall) -> None:
        """The call of the task in progress; more of it may follow."""
        frame = self.current
        if frame is not None and frame.name == event.task and not frame.call:
            frame.call = event.text.strip()[:_CALL_CHARACTERS]
            self._calling = frame

    def continued(self, text: str) -> None:
        """One more line of a message: of the call, when that came last."""
        if self._calling is not None and len(self._calling.call) < _CALL_CHARACTERS:
            self._calling.call += " " + text.strip()

    def other(self) -> None:
        """A new message begins: the call is complete."""
        self._calling = None

    def took(self, event: TaskDuration) -> None:
        """CASA tells the duration itself, to the microsecond."""
        frame = self._find(event.task)
        if frame is not None:
            frame.seconds = event.seconds

    def raised(self, event: TaskRaised, time: str) -> TaskEnded | None:
        """A task failed; returns its end where no other mark of it will follow."""
        frame = self._find(event.task)
        if frame is None:
            return None
        frame.ended = "failed"
        frame.error = f"{event.error}: {event.message}".strip(": ")[:_CALL_CHARACTERS]
        return self._close(frame, time) if event.closes else None

    def ended(self, event: TaskEnded, time: str) -> TaskEnded | None:
        """A frame closes; returns the event with duration and outcome, None for a frame never seen."""
        frame = self._find(event.task)
        return None if frame is None else self._close(frame, time)

    def session_began(self) -> None:
        """A new CASA process: what was open there was never ended."""
        self._open.clear()
        self._calling = None

    def _find(self, name: str) -> TaskFrame | None:
        return next((frame for frame in reversed(self._open) if frame.name == name), None)

    def _close(self, frame: TaskFrame, time: str) -> TaskEnded:
        place = next(i for i in range(len(self._open) - 1, -1, -1) if self._open[i] is frame)
        for inner in self._open[place + 1 :]:
            self._end(inner, time, "failed")
        self._end(frame, time, "failed" if frame.ended == "failed" else "done")
        del self._open[place:]
        self._calling = None
        return TaskEnded(frame.name, frame.seconds, frame.ended == "done")

    def _end(self, frame: TaskFrame, time: str, how: str) -> None:
        frame.ended, frame.ended_at = how, time
        frame.call = frame.call[:_ENDED_CALL_CHARACTERS]
        if frame.seconds is None:
            frame.seconds = seconds_between(frame.began, time)
