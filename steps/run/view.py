"""What a screen or `casapilot status` shows: plain values, made by `session.Session`, rendered by anyone."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..checklist.model import Item, Key, State
from ..record.runs import RunRecord

__all__ = ["Activity", "Plan", "Row", "Running", "Snapshot", "WorkerView"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    key: Key
    item: Item
    phase_title: str
    state: State
    seconds: float | None = None
    """How long its last run took, s."""
    flagged_percent: float | None = None
    flagged_change: float | None = None
    warnings: int = 0
    """Warnings of its last run that are neither muted nor mere notes."""
    signed: str = ""
    """Who signed it off: initials and date."""
    detail: str = ""
    """Why it is in that state, in a few words ("needs Import", "edited after its run", "stopped by you")."""
    blocked: str = ""
    """Why it cannot run now; empty when it can."""
    step: int | float | None = None
    """Number of its step in the script, where it has one."""
    run: RunRecord | None = None
    """Its last run."""
    note: str = ""
    """The last note on it."""


@dataclass(frozen=True, slots=True)
class WorkerView:
    """One CASA process."""

    eb: str
    state: str
    """starting, idle, busy, gone, elsewhere."""
    pid: int = 0
    host: str = ""
    casa: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """What one EB is at: an item, or flags of an item that are being put back."""

    key: Key
    run: str = ""
    """Id of the run; empty while flags are put back."""
    started: float = 0.0
    """When it began, unix time, s."""
    expected_s: float | None = None
    """How long it took last time, s."""
    percent: float | None = None
    """CASA's own progress, where it prints one."""
    call: str = ""
    """The task call in progress."""
    text: str = ""
    """The last line of progress."""
    warnings: int = 0
    step_ended: bool = False
    """Whether its step has ended and only its record is missing."""
    stopping: str = ""
    """"after-call" or "now" when a stop was asked for."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What goes on right now."""

    conductor: str = "none"
    """none, idle, busy, dead (it died with work unsettled), elsewhere (it runs on another host)."""
    conductor_host: str = ""
    workers: tuple[WorkerView, ...] = ()
    running: tuple[Running, ...] = ()
    """At most one for each EB, in the order in which they began."""
    queue: tuple[Key, ...] = ()
    """What comes after."""

    def of(self, key: Key) -> Running | None:
        """What goes on of the item `key`, if it does."""
        return next((each for each in self.running if each.key == key), None)

    def in_eb(self, eb: str) -> Running | None:
        """What the EB called `eb` is at."""
        return next((each for each in self.running if each.key.eb == eb), None)

    def is_busy(self, eb: str) -> bool:
        """Whether something of the EB called `eb` runs or is in the queue."""
        return self.in_eb(eb) is not None or any(key.eb == eb for key in self.queue)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole MOUS at one moment."""

    title: str
    rows: tuple[Row, ...]
    activity: Activity
    problems: tuple[str, ...] = ()
    """What is wrong with the folder itself, in whole sentences."""

    def row(self, key: Key) -> Row:
        """The row of `key`; KeyError when there is none."""
        for row in self.rows:
            if row.key == key:
                return row
        raise KeyError(str(key))


@dataclass(frozen=True, slots=True)
class Plan:
    """What running some items would do: shown, and confirmed where it undoes something."""

    keys: tuple[Key, ...]
    """What can run, in order."""
    undoes: tuple[str, ...] = ()
    """What would be undone, in whole sentences; empty when nothing is."""
    refused: dict[str, str] = field(default_factory=dict)
    """Key as text -> why it cannot run."""
