"""Warnings put together: those that differ by a number, an antenna or a time are one, counted."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

from .known import KnownIssue

__all__ = ["LONGEST", "TERMINAL", "Group", "Groups", "Twins", "WarningGroup", "normalise"]

#: The level of warnings that CASA prints to the terminal only.
TERMINAL = "TERMINAL"
#: Characters of a warning that are kept.
LONGEST = 2000
_PARTS = re.compile(
    r"(?P<time>\d{4}[/-]\d\d[/-]\d\d[/ T-]\d\d:\d\d(?::\d\d(?:\.\d+)?)?|\b\d\d:\d\d:\d\d(?:\.\d+)?)"
    r"|(?P<hex>\b0x[0-9a-fA-F]+)"
    r"|(?P<antenna>\b(?:[A-Z]{1,2}|ea|va)\d\d\b(?:@\w+)?)"
    r"|(?P<number>(?<![A-Za-z])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
)
_LIST = re.compile(r"<number>(?:[\s,;~]+<number>)+")


def normalise(text: str) -> str:
    """The text with times, antennas and numbers replaced by what they are.

    Parameters
    ----------
    text : str
        At most 2000 characters of it count.
    """
    named = _PARTS.sub(lambda match: f"<{match.lastgroup}>", text[:LONGEST])
    return _LIST.sub("<numbers>", named).replace("<number>", "<numbers>").strip()


@dataclass(frozen=True, slots=True)
class WarningGroup:
    """Warnings that say the same."""

    text: str
    """The first of them, whole."""
    origin: str
    level: str
    """WARN, SEVERE, or TERMINAL for what only the terminal showed."""
    count: int
    known: str = ""
    """Id of the known issue it is, or empty."""
    muted: bool = False
    """Whether that is harmless."""
    first: str = ""
    """Time stamp of the first, as written; empty on the terminal."""
    last: str = ""

    def as_json(self) -> dict[str, object]:
        """The form that `casapilot watch --json` prints."""
        return {
            "text": self.text,
            "origin": self.origin,
            "level": self.level,
            "count": self.count,
            "known": self.known,
            "muted": self.muted,
            "first": self.first,
            "last": self.last,
        }


class Group:
    """Warnings of one kind while they come in."""

    __slots__ = ("count", "first", "issue", "last", "level", "of_many", "origin", "text")

    def __init__(self, text: str, origin: str, level: str, time: str, of_many: bool = False) -> None:
        self.text, self.origin, self.level = text[:LONGEST], origin, level
        self.first = self.last = time
        self.count = 0
        self.issue: KnownIssue | None = None
        self.of_many = of_many
        """Whether it holds what there was no room for, and so has no one meaning."""

    def extend(self, text: str) -> None:
        """More lines of its first warning."""
        if self.count == 1 and not self.of_many:
            self.text = f"{self.text} {text}"[:LONGEST]

    def as_tuple(self) -> WarningGroup:
        """What it has come to."""
        known, muted = (self.issue.id, self.issue.muted) if self.issue else ("", False)
        return WarningGroup(
            self.text, self.origin, self.level, self.count, known, muted, self.first, self.last
        )


class Groups:
    """Counts warnings in bounded memory.

    Parameters
    ----------
    most : int
        Different warnings kept apart; what comes after is counted together, one group a level.
    """

    def __init__(self, most: int = 500) -> None:
        self._most = most
        self._groups: dict[tuple[str, str, str], Group] = {}
        self._others: dict[str, Group] = {}

    def add(self, text: str, origin: str, level: str, time: str) -> Group:
        """Count one more, and return its group."""
        key = (normalise(text), origin, level)
        group = self._groups.get(key)
        if group is None and len(self._groups) < self._most:
            group = self._groups[key] = Group(text, origin, level, time)
        elif group is None:
            group = self._others.setdefault(level, Group("(other warnings)", "", level, time, of_many=True))
        group.count += 1
        group.last = time
        return group

    def all(self) -> tuple[WarningGroup, ...]:
        """All groups, in the order they first came."""
        return tuple(group.as_tuple() for group in (*self._groups.values(), *self._others.values()))


class Twins:
    """Finds the lines that CASA writes to the log and again to the terminal.

    Whichever comes first counts; as many as the stream that has more of them.

    Parameters
    ----------
    most : int
        Lines remembered; a twin that is further away than that counts twice.
    """

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._ahead: OrderedDict[int, int] = OrderedDict()

    def is_second(self, line: tuple[object, ...], terminal: bool) -> bool:
        """Whether the other stream has already brought this line."""
        key, step = hash(line), (-1 if terminal else 1)
        ahead = self._ahead.get(key, 0)
        if ahead + step:
            self._ahead[key] = ahead + step
            if len(self._ahead) > self._most:
                self._ahead.popitem(last=False)
        else:
            del self._ahead[key]
        return ahead * step < 0
