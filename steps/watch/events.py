"""What a line says: typed events, from log lines and from what CASA prints to the terminal only.

`of_log` and `of_terminal` look at one line and remember nothing; what goes together (a task's frame, a
warning of several lines) is put together by `frames` and `groups`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .lines import LogLine, seconds_between

__all__ = [
    "CasaVersion",
    "Continuation",
    "Event",
    "FlagRate",
    "Information",
    "NoData",
    "Progress",
    "QuietFailure",
    "Solutions",
    "SolutionsFlagged",
    "TaskBegan",
    "TaskCall",
    "TaskDuration",
    "TaskEnded",
    "TaskRaised",
    "Terminal",
    "Warning_",
    "of_log",
    "of_terminal",
]


@dataclass(frozen=True, slots=True)
class TaskBegan:
    """A task's frame opens."""

    task: str


@dataclass(frozen=True, slots=True)
class TaskCall:
    """The call of a task, or its first line."""

    task: str
    text: str


@dataclass(frozen=True, slots=True)
class TaskDuration:
    """CASA's own account of how long a task took (6.x)."""

    task: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """A task's frame closes; in 6.x also after an exception."""

    task: str
    seconds: float | None = None
    ok: bool = True


@dataclass(frozen=True, slots=True)
class TaskRaised:
    """A task failed with an exception."""

    task: str
    error: str
    """Class of the exception; empty before 6.x."""
    message: str
    closes: bool
    """Whether no end of the frame will follow (4.x and 5.x)."""


@dataclass(frozen=True, slots=True)
class Warning_:
    """A WARN or SEVERE line."""

    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is."""

    text: str
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class FlagRate:
    """A share of the data that is flagged, as a task reports it."""

    text: str
    percent: float
    """Percentage flagged; after the task where it tells before, too."""


@dataclass(frozen=True, slots=True)
class Solutions:
    """Solution intervals of one spw."""

    spw: str
    expected: int
    attempted: int
    succeeded: int


@dataclass(frozen=True, slots=True)
class SolutionsFlagged:
    """Solutions thrown away because they were too weak (terminal only)."""

    flagged: int
    total: int
    snr: float
    spw: str


@dataclass(frozen=True, slots=True)
class NoData:
    """A solution interval without unflagged data, or with too few antennas (terminal only)."""

    text: str


@dataclass(frozen=True, slots=True)
class QuietFailure:
    """CASA went on, but what the step was for did not happen."""

    known: str
    """Id of the known issue."""
    text: str
    task: str
    """The task in whose frame it was said; empty outside of one."""


@dataclass(frozen=True, slots=True)
class CasaVersion:
    """Start of a CASA session."""

    version: str


@dataclass(frozen=True, slots=True)
class Continuation:
    """More of the message before."""

    text: str


@dataclass(frozen=True, slots=True)
class Information:
    """A log line that asks for nothing."""

    text: str


@dataclass(frozen=True, slots=True)
class Terminal:
    """A line of the terminal that is no log line: a prompt, a print, a traceback."""

    text: str


Event = (
    TaskBegan
    | TaskCall
    | TaskDuration
    | TaskEnded
    | TaskRaised
    | Warning_
    | Progress
    | FlagRate
    | Solutions
    | SolutionsFlagged
    | NoData
    | CasaVersion
    | Continuation
    | Information
    | Terminal
)

_FRAME = re.compile(r"#{5} (Begin|End) Task: (\S+) +#{5}")
_COMPLETE = re.compile(r"Task (\S+) complete\. Start time: (.{19,26}) End time: (.{19,26}?)\s*$")
_RAISED = re.compile(r"Task (\S+) raised an exception of class (\S+) with the following message: ?(.*)", re.S)
_RAISED_OLD = re.compile(r"An error occurred running task (\w+)[.:] ?(.*)", re.S)
_CHUNK = re.compile(r"\[progress: (\d+(?:\.\d+)?)%\]")
_INTERVAL = re.compile(r"Beginning solution interval \d+/\d+ \(~(\d+)% complete\)")
_METER = re.compile(r"0%\.+(?:(\d{1,3})\.+)*(?:(\d{1,3})%?)?$")
_APPLIED = re.compile(r"In: \d+ / \d+\s+\(([\d.]+)%\) --> Out: \d+ / \d+\s+\(([\d.]+)%\)")
_SELECTED = re.compile(r"=> (?:Percentage of data|Data) flagged (?:in table selection:|so far) ([\d.eE+-]+)%")
_SUMMARY = re.compile(r"\bflagged: [\d.]+ total: [\d.]+ \(([\d.]+)%\)")
_SPW = re.compile(r"^\s*Spw (\d+): (\d+)/(\d+)/(\d+)\s*$")
_WEAK = re.compile(r"(\d+) of (\d+) solutions flagged due to SNR < ([\d.]+) in spw=(\d+)")
_NO_DATA = ("Found no unflagged data at", "Insufficient unflagged antennas")
_VERSION = re.compile(r"(?:CASA Version|\bCASA Version:?) +(?:[A-Z]+ +)?(\d+\.\d[\w.-]*)")


def of_log(line: LogLine) -> Event:
    """The event that one log line tells; every line gives one."""
    message = line.message
    if "Task" in message or "running task" in message:
        event = _of_task(message)
        if event is not None:
            return event
    if line.is_warning:
        return Continuation(message) if line.continued else Warning_(message)
    if "%" in message:
        rate = _of_percentage(message)
        if rate is not None:
            return rate
    elif message.startswith("  Spw "):
        match = _SPW.match(message)
        if match is not None:
            return Solutions(match[1], int(match[2]), int(match[3]), int(match[4]))
    elif "Major Cycle" in message or "iters=" in message:
        return Progress(message.strip("- "))
    if line.continued:
        return Continuation(message)
    return _of_plain(line, message)


def _of_plain(line: LogLine, message: str) -> Event:
    head, bracket, _ = message.partition("(")
    if bracket and head == line.task and head:
        return TaskCall(head, message)
    if "CASA Version" in message:
        match = _VERSION.search(message)
        if match is not None:
            return CasaVersion(match[1])
    return Information(message)


def _of_task(message: str) -> Event | None:
    match = _FRAME.search(message)
    if match is not None:
        return TaskBegan(match[2]) if match[1] == "Begin" else TaskEnded(match[2])
    match = _COMPLETE.search(message)
    if match is not None:
        return TaskDuration(match[1], seconds_between(match[2], match[3]))
    match = _RAISED.search(message)
    if match is not None:
        return TaskRaised(match[1], match[2], match[3], closes=False)
    match = _RAISED_OLD.search(message)
    if match is not None:
        return TaskRaised(match[1], "", match[2], closes=True)
    return None


def _of_percentage(message: str) -> Event | None:
    match = _CHUNK.search(message) or _INTERVAL.search(message)
    if match is not None:
        return Progress(message.strip(), min(float(match[1]), 100.0))
    match = _APPLIED.search(message)
    if match is not None:
        after = _number(match[2])
        return None if after is None else FlagRate(message.strip(), after)
    match = _SELECTED.search(message) or _SUMMARY.search(message)
    if match is not None:
        percent = _number(match[1])
        return None if percent is None else FlagRate(message.strip(), percent)
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def of_terminal(text: str) -> Event:
    """The event that one line of the terminal tells, when it is no log line."""
    text = text.strip()
    if "solutions flagged due to SNR" in text:
        match = _WEAK.search(text)
        snr = None if match is None else _number(match[3])
        if match is not None and snr is not None:
            return SolutionsFlagged(int(match[1]), int(match[2]), snr, match[4])
    if any(said in text for said in _NO_DATA):
        return NoData(text)
    if text[:3] == "0%.":
        match = _METER.match(text)
        if match is not None:
            return Progress(text, min(float(match[2] or match[1] or 0), 100.0))
    return Terminal(text)
