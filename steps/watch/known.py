"""Known issues: what a message, a call or a check means, what to do about it, and whether it matters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .patterns import LONGEST_TEXT, Pattern

__all__ = ["LEVELS", "USUAL", "KnownIssue", "KnownIssues", "Severity", "Stage"]

LEVELS = ("INFO", "WARN", "SEVERE", "TERMINAL")
USUAL = ("WARN", "SEVERE", "TERMINAL")
"""Where an issue is looked for that does not say it."""


class Severity(str, Enum):
    """What an issue means for the step it happens in."""

    IGNORE = "ignore"
    NOTE = "note"
    WARN = "warn"
    FAIL = "fail"


class Stage(str, Enum):
    """Where in a reduction an issue comes up."""

    SESSION = "session"
    IMPORT = "import"
    GENERATOR = "generator"
    APRIORI = "apriori"
    SOLVE = "solve"
    DATA = "data"
    FLAGS = "flags"
    REPORT = "report"
    IMAGING = "imaging"
    PACKAGE = "package"


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """One thing that CASA says, explained. The string under a field is its description."""

    id: str
    """Short, lower case, with hyphens; never changes."""
    title: str
    """One line for a person."""
    severity: Severity
    """ignore: harmless; note: worth knowing; warn: look at it; fail: the step did not do its work."""
    cause: str
    """Why CASA says it, or why it happens."""
    cure: str
    """What to do."""
    pattern: str = ""
    """Regular expression, searched in the message (case matters)."""
    call: str = ""
    """A task, or several with blanks between: each of their calls means this issue, as far as the next
    three are met too."""
    given: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """Parameter -> values, one of which the call gives it."""
    lacking: tuple[str, ...] = ()
    """Parameters that the call does not give."""
    returned: str = ""
    """Regular expression, searched in what the call returned, as JSON."""
    metric: str = ""
    """A metric whose check was not met means this issue."""
    versions: str = ""
    """Versions of CASA that have it, "5.1.1-5.3": with others `call` does not count."""
    stage: Stage | None = None
    """Where it comes up: what no message, call or check tells is shown there only on demand."""
    ki: tuple[int, ...] = ()
    """Numbers in the catalogue of known issues of ALMA reductions (reference alma-reduction 4.4)."""
    source: str = ""
    """Where this is known from."""
    level: tuple[str, ...] = ()
    """Levels it is said at: INFO, WARN, SEVERE, TERMINAL; empty means WARN, SEVERE and TERMINAL."""
    tasks: tuple[str, ...] = ()
    """Tasks that say it; for the reader, not tested."""
    casa: str = ""
    """Versions of CASA it was seen with."""
    muted: bool = False
    """Only counted, not shown; always so when the severity is ignore."""
    examples: tuple[str, ...] = ()
    """Lines that it must match, as they stand in a log or on a terminal."""
    unconfirmed: bool = False
    """Whether the wording of its examples is from memory: not seen in a log or in CASA's sources."""
    because: str = ""
    """Why the site or the person added or changed it."""

    @property
    def can_be_met(self) -> bool:
        """Whether anything that is read can show it."""
        return bool(self.pattern or self.call or self.metric)

    def has_call(self, task: str, arguments: Mapping[str, Any], returned: str, casa: str) -> bool:
        """Whether a call means it."""
        if task not in self.call.split() or not self.has_version(casa):
            return False
        if any(name in arguments for name in self.lacking):
            return False
        if any(arguments.get(name) not in values for name, values in self.given.items()):
            return False
        return not self.returned or re.search(self.returned, returned[:LONGEST_TEXT]) is not None

    def has_version(self, casa: str) -> bool:
        """Whether it concerns that version of CASA ("6.7.0-31"); also when either is not known."""
        first, dash, last = self.versions.partition("-")
        if not first or not (mine := _numbers(casa)):
            return True
        upto = _numbers(last if dash else first)
        return _numbers(first) <= mine and mine[: len(upto)] <= upto


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("-")[0]))


@dataclass(frozen=True, slots=True)
class KnownIssues:
    """A set of known issues, ready to be searched."""

    issues: tuple[KnownIssue, ...] = ()
    _by_level: dict[str, tuple[tuple[str, re.Pattern[str], KnownIssue], ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Level -> a word to look for first, the pattern, the issue; flat, because every line passes here."""

    @classmethod
    def of(cls, issues: Iterable[KnownIssue]) -> KnownIssues:
        """Compile; raises PatternError for a pattern that cannot be used."""
        issues = tuple(issues)
        words = [
            (word, pattern.regex, issue)
            for issue in issues
            if issue.pattern
            for pattern in (Pattern(issue.pattern),)
            for word in pattern.words
        ]
        by_level = {
            level: tuple(entry for entry in words if level in (entry[2].level or USUAL)) for level in LEVELS
        }
        return cls(issues, by_level)

    def find(self, text: str, level: str) -> KnownIssue | None:
        """The first issue that `text` is, said at `level` (INFO, WARN, SEVERE or TERMINAL)."""
        entries = self._by_level.get(level)
        if not entries:
            return None
        if len(text) > LONGEST_TEXT:
            text = text[:LONGEST_TEXT]
        lowered = text.lower()
        for word, regex, issue in entries:
            if word in lowered and regex.search(text) is not None:
                return issue
        return None

    def get(self, issue_id: str) -> KnownIssue | None:
        """The issue of that id."""
        return next((issue for issue in self.issues if issue.id == issue_id), None)

    def of_call(
        self, task: str, arguments: Mapping[str, Any], returned: str, casa: str
    ) -> tuple[KnownIssue, ...]:
        """The issues that a task call has: by its arguments, what it returned (as JSON), CASA's version."""
        return tuple(each for each in self.issues if each.has_call(task, arguments, returned, casa))

    def of_check(self, metric: str) -> tuple[KnownIssue, ...]:
        """What it can mean that a check of that metric is not met."""
        return tuple(issue for issue in self.issues if issue.metric == metric)
