"""Steps that old logs tell of: the script posts ``Step 13 Bandpass calibration`` as each begins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from ..watch.events import (
    CasaVersion,
    Continuation,
    TaskBegan,
    TaskCall,
    TaskDuration,
    TaskEnded,
    TaskRaised,
    of_log,
)
from ..watch.frames import Frames, TaskFrame
from ..watch.lines import LogLine, decode, parse

__all__ = ["Log", "LoggedStep", "read_log", "steps_of"]

_MARKER = re.compile(r"\s*Step\s+(-?\d+(?:\.\d+)?)\s+(\S.*?)\s*$", re.IGNORECASE)
_UID = re.compile(r"uid___[A-Z]\d{3}_X[0-9a-f]+_X[0-9a-f]+")
_MOST_TASKS = 50_000


@dataclass(frozen=True, slots=True)
class Marker:
    """The line with which a step begins."""

    time: float
    """Unix time, s."""
    number: str
    title: str
    place: int
    """How many tasks the log had begun before it."""


@dataclass(frozen=True, slots=True)
class Log:
    """What one log holds of steps."""

    path: Path
    markers: tuple[Marker, ...] = ()
    tasks: tuple[TaskFrame, ...] = ()
    sessions: tuple[tuple[float, int], ...] = ()
    """When CASA processes began in it, unix time, s, and how many tasks it had then."""
    end: float = 0.0
    """Time of its last line."""
    casa: str = ""
    """Version of CASA, the last it names."""


@dataclass(frozen=True, slots=True)
class LoggedStep:
    """One run of one step, as a log tells it."""

    number: str
    title: str
    start: float
    """Unix time, s."""
    end: float
    log: Path
    casa: str = ""
    tasks: tuple[TaskFrame, ...] = ()
    uids: frozenset[str] = field(default_factory=frozenset)
    """EBs that its task calls name."""

    @property
    def trouble(self) -> str:
        """Why it is not simply done; empty when it is."""
        for task in self.tasks:
            if task.ended == "failed":
                return f"{task.name} failed" + (f": {_short(task.error)}" if task.error else "")
        opened = [task.name for task in self.tasks if task.ended == "open"]
        return f"the log breaks off in {opened[-1]}" if opened else ""


def read_log(path: Path) -> Log:
    """Read one log; of a file that is no log of CASA, nothing.

    Raises
    ------
    OSError
        It cannot be read.
    """
    frames = Frames(_MOST_TASKS)
    markers: list[Marker] = []
    sessions: list[tuple[float, int]] = []
    end, casa = 0.0, ""
    with path.open("rb") as stream:
        for raw in stream:
            line = parse(decode(raw))
            if line is None:
                continue
            time = _unix(line.time)
            end = time or end
            match = None if line.continued else _MARKER.fullmatch(line.message)
            if match and time:
                markers.append(Marker(time, match[1], match[2], len(frames.tasks)))
            version = _take(frames, line)
            if version:
                casa = version
                sessions.append((time or end, len(frames.tasks)))
    return Log(path, tuple(markers), tuple(frames.tasks), tuple(sessions), end, casa)


def steps_of(logs: Sequence[Log]) -> list[LoggedStep]:
    """The runs of steps in several logs, in the order they began.

    A step ends where the next of its log begins, where a new CASA process does, or with the log. Task calls
    that the script sent to a log of its own (``casalog.setlogfile``) are found there by their time.
    """
    elsewhere = [(_unix(task.began), task) for log in logs if not log.markers for task in log.tasks]
    found = [step for log in logs for step in _steps(log, elsewhere)]
    return sorted(found, key=lambda step: step.start)


def _steps(log: Log, elsewhere: Sequence[tuple[float, TaskFrame]]) -> Iterator[LoggedStep]:
    for n, marker in enumerate(log.markers):
        bounds = [
            (log.end, len(log.tasks)),
            *((each.time, each.place) for each in log.markers[n + 1 : n + 2]),
        ]
        bounds += [session for session in log.sessions if session > (marker.time, marker.place)]
        end, last = min(bounds)
        own = log.tasks[marker.place : last]
        sent = tuple(task for time, task in elsewhere if marker.time <= time <= end)
        mine = tuple(sorted((*own, *sent), key=lambda task: task.began))
        uids = frozenset(uid for task in mine for uid in _UID.findall(task.call))
        yield LoggedStep(marker.number, marker.title, marker.time, end, log.path, log.casa, mine, uids)


def _take(frames: Frames, line: LogLine) -> str:
    """Take a line into the task frames; return the version where it begins a session of CASA."""
    event = of_log(line)
    if isinstance(event, Continuation):
        frames.continued(event.text)
        return ""
    frames.other()
    if isinstance(event, CasaVersion):
        frames.session_began()
        return event.version
    if isinstance(event, TaskBegan):
        frames.began(event, line.time)
    elif isinstance(event, TaskCall):
        frames.called(event)
    elif isinstance(event, TaskDuration):
        frames.took(event)
    elif isinstance(event, TaskRaised):
        frames.raised(event, line.time)
    elif isinstance(event, TaskEnded):
        frames.ended(event, line.time)
    return ""


def _unix(stamp: str) -> float:
    """Unix time of a stamp of the log, UTC; 0 when it is no time."""
    try:
        return datetime.fromisoformat(stamp).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return 0.0


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:117] + "..."
