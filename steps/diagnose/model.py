"""What is wrong with an execution block, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Finding", "Severity"]


class Severity(str, Enum):
    """What a finding asks of a person."""

    FAIL = "fail"
    LOOK = "look"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, and how it shows."""

    cause: str
    """Id in causes.toml: "bad-radiometer"; never changes."""
    severity: Severity
    """fail: the result is wrong with it; look: judge it; note: worth knowing, nothing to do."""
    eb: str
    item: str
    """The item whose check shows it first: where to go on from once it is cured."""
    title: str
    """One line for a person: "Radiometer of DA49 is out of order"."""
    antennas: tuple[str, ...] = ()
    """Where it is; empty means that it has nothing to do with antennas, or with all: so for the next four."""
    spws: tuple[int, ...] = ()
    pols: tuple[str, ...] = ()
    scans: tuple[int, ...] = ()
    fields: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    """The numbers, worst first, a sentence each: "rms 918 um, the others 43"."""
    why: str = ""
    """What usually causes it."""
    what_to_do: str = ""
    """What a reducer does about it."""
    cures: tuple[str, ...] = ()
    """Kinds of changes of the script that may cure it, the best first (names in `cures`)."""
    value: float | None = None
    """The number that counts for the cure (a size in mm, a factor), where there is one."""
    also: tuple[str, ...] = ()
    """Items in which it shows too."""
    known: tuple[str, ...] = ()
    """Known issues of the logs that say the same: not to be told again."""

    @property
    def id(self) -> str:
        """Short and the same as long as cause and place are: what a person names it by."""
        places = (
            *self.antennas,
            *(f"spw{n}" for n in self.spws),
            *self.pols,
            *(f"scan{n}" for n in self.scans),
        )
        return "-".join((self.cause, *(places or self.fields)))
