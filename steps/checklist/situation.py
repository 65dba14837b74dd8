"""What the state of an item follows from, in plain values: the room that runs items fills them in."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from .model import Key, State
from .ticks import Ticks

__all__ = ["LastRun", "Restored", "Situation", "Standing"]


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the states need to know of an item's last run."""

    start: float
    """Unix time, s."""
    end: float | None = None
    """Unix time, s; None while it runs."""
    status: str = "done"
    """running, done, failed, interrupted, lost, adopted."""
    step_sha: str = ""
    warned: bool = False
    """Whether it gave warnings that are not muted, or numbers to look at."""
    checks_failed: bool = False
    """Whether all that is wrong is a check that was not met."""
    reason: str = ""
    """Why it failed, in a few words."""
    ms: frozenset[str] = frozenset()
    """The MSs whose flags it may have changed."""
    overwritten: str = ""
    """What of its result somebody has changed since by hand, in a few words."""
    remark: str = ""
    """What is to be said of its result besides, in a few words."""


@dataclass(frozen=True, slots=True)
class Restored:
    """The flags that an item started from were put back: by hand, or because it ran again."""

    key: Key
    time: float
    """Unix time, s."""
    ms: frozenset[str] = frozenset()
    """The MSs whose flags were put back."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an item stands, and why in a few words."""

    state: State
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the states follow from."""

    runs: Mapping[Key, LastRun] = field(default_factory=dict)
    ticks: Ticks = field(default_factory=Ticks)
    step_shas: Mapping[Key, str | None] = field(default_factory=dict)
    """SHA-1 of the step's text now; None when the script has no such step; absent when not known."""
    no_step: frozenset[Key] = frozenset()
    """Items whose script could be read and has no step of their title."""
    running: Container[Key] = ()
    """What runs now: at most one item of each execution block."""
    facts: Mapping[str, object] = field(default_factory=dict)
    restored: Sequence[Restored] = ()
