"""What can be wrong with an execution block, as `checklists/causes.toml` tells it."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ..errors import ChecklistError
from .model import Severity

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Cause", "causes", "read_causes"]

FILE = "causes.toml"


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that goes wrong. The string under a field is its description."""

    id: str
    """Short, lower case, with hyphens; never changes."""
    title: str
    """One line for a person; {antennas}, {fields}, {where} and {value} are filled in."""
    severity: Severity
    """The most that it asks of a person: fail, look or note."""
    why: str
    """What usually causes it."""
    todo: str
    """What a reducer does about it."""
    shows: tuple[str, ...] = ()
    """Metrics that show it, each alone: ``metric`` or ``metric:part of what it is measured on``."""
    follows: tuple[str, ...] = ()
    """Metrics in which it shows too, and which prove nothing by themselves once it is known."""
    anywhen: bool = False
    """Whether what follows may be of any scan, not only of those in which it shows."""
    last: bool = False
    """Whether it is only a note while anything else fails: it may be gone once that is mended."""
    grows: bool = False
    """Whether a note becomes a look where what follows from it is well beyond its limit."""
    noise: bool = False
    """Whether air or noise make it: several of these may be one."""
    folds: bool = False
    """Whether many findings of about the same size are told as one."""
    known: tuple[str, ...] = ()
    """Known issues of the log that mean the same."""
    per: str = "antenna"
    """What one finding is of: antenna, spw, field, or all (the array as a whole)."""
    cures: tuple[str, ...] = ()
    """Kinds of changes of the script that may cure it, the best first."""
    many: str = ""
    """The cause it is when more than half of the antennas show it; empty where each counts by itself."""
    only: tuple[str, ...] = ()
    """Further conditions, all of which must hold (`conditions.CONDITIONS`)."""

    @property
    def names_places(self) -> bool:
        """Whether it is a matter of certain spws, polarisations or scans."""
        return "{where}" in self.title

    @property
    def names_antennas(self) -> bool:
        """Whether it is a matter of certain antennas, be it one finding for each or one for all."""
        return self.per == "antenna" or "{antennas}" in self.title


_LISTS = ("shows", "follows", "known", "cures", "only")
_SWITCHES = ("anywhen", "last", "grows", "noise", "folds")
_FIELDS = {each.name for each in dataclasses.fields(Cause)}
_NEEDED = ("id", "title", "severity", "why", "todo")
PER = ("antenna", "spw", "field", "all")


@cache
def causes() -> tuple[Cause, ...]:
    """Return those that casapilot knows, in the order in which they explain numbers."""
    return read_causes((files("casapilot.checklists") / FILE).read_text("utf-8"), FILE)


def read_causes(text: str, name: str) -> tuple[Cause, ...]:
    """Read causes.

    Parameters
    ----------
    text, name : str
        The file's content, and how errors call it.

    Raises
    ------
    ChecklistError
        It is not TOML, or an entry has an unknown key, lacks one, or names another that is not there.
    """
    try:
        entries = tomllib.loads(text)["cause"]
        found = tuple(_cause(entry) for entry in entries)
    except (ValueError, KeyError, TypeError) as error:
        raise ChecklistError(f"is no list of causes: {error}", name) from error
    ids = [each.id for each in found]
    unknown = {each.many for each in found} - {"", *ids}
    if len(set(ids)) < len(ids) or unknown:
        raise ChecklistError(f"names causes twice, or some that are not there: {sorted(unknown)}", name)
    return found


def _cause(entry: dict[str, Any]) -> Cause:
    wrong = (set(entry) - _FIELDS) | (set(_NEEDED) - set(entry))
    if wrong:
        raise ValueError(f"{entry.get('id')}: unknown or missing: {', '.join(sorted(wrong))}")
    values: dict[str, Any] = {k: tuple(v) if k in _LISTS else v for k, v in entry.items()}
    values["severity"] = Severity(values["severity"])
    cause = Cause(**values)
    if not all(isinstance(getattr(cause, name), bool) for name in _SWITCHES):
        raise TypeError(f"{cause.id}: one of {', '.join(_SWITCHES)} is neither true nor false")
    if cause.per not in PER:
        raise ValueError(f"{cause.id}: per is not one of {', '.join(PER)}")
    return cause
