"""What a script is made of. Offsets are bytes of the file, lines count from 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

__all__ = [
    "Broken",
    "Call",
    "FlagVersion",
    "Number",
    "Old",
    "Param",
    "Redirection",
    "Step",
    "Title",
    "VersionAct",
]

#: What `mystep` is set to: mostly a whole number, sometimes 1.1 or a name; None where it cannot be told.
Number = int | float | str | None


@dataclass(frozen=True, slots=True)
class Title:
    """One entry of `step_title`."""

    number: Number
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Step:
    """A block that runs when its number is among the steps asked for.

    It begins with the line ``mystep = N`` where that belongs to the block alone (else with the ``if``) and
    ends where the indentation does: behind its last line of code, or of comment as deep as its code. The
    comment above it (often the title) is not part of it, so that rewording it leaves the step as it is.
    """

    number: Number
    title: str
    """As `step_title` has it; empty where it has none."""
    heading: str
    """The comment above, in one line; empty where there is none."""
    start: int
    end: int
    header: int
    """Where its ``if`` begins."""
    body_start: int
    """Behind the line of the ``if``, or behind its colon when the code stands in the same line."""
    line: int
    """Line of `start`."""
    indent: int
    """Column of the ``if``."""

    @property
    def name(self) -> str:
        """Its title, or else the comment above it."""
        return self.title or self.heading


@dataclass(frozen=True, slots=True)
class Param:
    """An argument of a call; the span is that of the value."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a CASA task (or of a helper: es.checkCalTable)."""

    step: Number
    """Number of the step it stands in; None outside of any."""
    task: str
    start: int
    end: int
    line: int
    commented: bool
    """Whether it is commented out."""
    parameters: Mapping[str, Param] = field(default_factory=dict)
    """Positional arguments under the parameter's name where that is known, else "0", "1"."""


class VersionAct(str, Enum):
    """What flagmanager is asked to do."""

    SAVE = "save"
    RESTORE = "restore"
    DELETE = "delete"
    RENAME = "rename"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class FlagVersion:
    """One call of flagmanager."""

    act: VersionAct
    ms: str
    """Name of the MS; the text of the expression where its value cannot be told."""
    name: str
    step: Number
    line: int


@dataclass(frozen=True, slots=True)
class Redirection:
    """One ``casalog.setlogfile(...)``."""

    path: str
    """The file; the text of the expression where its value cannot be told."""
    step: Number
    line: int
    back: bool
    """Whether it goes back to a log file that was asked for before (``mylogfile = casalog.logfile()``)."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A place that is neither Python 2 nor Python 3."""

    start: int
    end: int
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Old:
    """Something that only Python 2 understands."""

    line: int
    what: str
