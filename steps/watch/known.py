"""Known issues: what a message means, what to do about it, and whether it matters.

`checklists/known-issues.toml` holds those we know; ``known-issues.toml`` in the XDG config folder of the
site and of the person add more, or change one by its id (to silence it, say), each with ``because``.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..errors import ChecklistError
from .patterns import LONGEST_TEXT, Pattern, PatternError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["KnownIssue", "KnownIssues", "Severity", "load_known", "read_issues"]

FILE = "known-issues.toml"
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HEADER = re.compile(r"^\s*\[\[\s*issue\s*\]\]")


class Severity(str, Enum):
    """What an issue means for the step it happens in."""

    IGNORE = "ignore"
    NOTE = "note"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """One thing that CASA says, explained. The string under a field is its description."""

    id: str
    """Short, lower case, with hyphens; never changes."""
    title: str
    """One line for a person."""
    pattern: str
    """Regular expression, searched in the message (case matters)."""
    severity: Severity
    """ignore: harmless; note: worth knowing; warn: look at it; fail: the step did not do its work."""
    cause: str
    """Why CASA says it."""
    cure: str
    """What to do."""
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
    because: str = ""
    """Why the site or the person added or changed it."""


_LEVELS = ("INFO", "WARN", "SEVERE", "TERMINAL")
_USUAL = ("WARN", "SEVERE", "TERMINAL")
_LISTS = ("level", "tasks", "examples")
_NEEDED = ("title", "pattern", "severity", "cause", "cure")
_KEYS = {f.name for f in fields(KnownIssue)}


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
            for pattern in (Pattern(issue.pattern),)
            for word in pattern.words
        ]
        by_level = {
            level: tuple(entry for entry in words if level in (entry[2].level or _USUAL)) for level in _LEVELS
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


def load_known(extra: Path | None = None) -> KnownIssues:
    """Read our known issues, then the site's and the person's, then `extra`.

    Raises
    ------
    ChecklistError
        A file is no TOML, has an unknown key, a pattern that cannot be used, or a change without `because`;
        names file and line.
    """
    paths = [path for path in _config_files() if path.is_file()] + ([extra] if extra else [])
    if not paths:
        return _ours()
    issues = {issue.id: issue for issue in _ours().issues}
    for path in paths:
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ChecklistError(f"cannot be read: {error}", str(path)) from error
        for issue in read_issues(text, str(path), base=tuple(issues.values()), local=True):
            issues[issue.id] = issue
    return KnownIssues.of(issues.values())


@cache
def _ours() -> KnownIssues:
    """Those of the package, read once: every step asks for them."""
    text = (files("casapilot.checklists") / FILE).read_text("utf-8")
    return KnownIssues.of(read_issues(text, FILE))


def _config_files() -> list[Path]:
    from platformdirs import site_config_path, user_config_path

    return [site_config_path("casapilot") / FILE, user_config_path("casapilot") / FILE]


def read_issues(
    text: str, name: str, base: Sequence[KnownIssue] = (), local: bool = False
) -> list[KnownIssue]:
    """Read the issues of one file.

    Parameters
    ----------
    text, name : str
        Its content, and how errors call it.
    base : sequence of KnownIssue
        Issues an entry may change by id.
    local : bool
        Whether it is a site's or a person's: then each entry needs `because`.

    Raises
    ------
    ChecklistError
        See `load_known`.
    """
    return _Reader(text, name, base, local).read()


class _Reader:
    """One file, and where in it things stand."""

    def __init__(self, text: str, name: str, base: Sequence[KnownIssue], local: bool) -> None:
        self._text, self._name, self._local = text, name, local
        self._base = {issue.id: issue for issue in base}
        self._lines = text.splitlines()
        self._headers = [n for n, line in enumerate(self._lines) if _HEADER.match(line)]

    def read(self) -> list[KnownIssue]:
        try:
            data = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            where = f"{self._name}:{found[1]}" if found else self._name
            raise ChecklistError(f"is not TOML: {error}", where) from error
        for key in data:
            if key not in ("schema", "issue"):
                raise self._unknown(key, ("schema", "issue"), self._line_of(key, 0))
        if data.get("schema", 1) != 1:
            raise ChecklistError("has a schema this casapilot does not know", self._name, "Write schema = 1.")
        entries = data.get("issue", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ChecklistError("issue must be a list of tables", self._name, "Write [[issue]] above each.")
        issues: dict[str, KnownIssue] = {}
        for number, entry in enumerate(entries):
            issue = self._issue(number, entry)
            if issue.id in issues:
                raise self._error(number, "id", f"the id {issue.id!r} is there twice")
            issues[issue.id] = issue
        return list(issues.values())

    def _issue(self, number: int, entry: dict[str, Any]) -> KnownIssue:
        for key in entry:
            if key not in _KEYS:
                raise self._unknown(key, sorted(_KEYS), self._line_in(number, key))
        values = {key: self._value(number, key, value) for key, value in entry.items()}
        identity = values.get("id", "")
        if not _ID.fullmatch(identity):
            raise self._error(number, "id", f"id must be lower-case words with hyphens, not {identity!r}")
        if self._local and not str(values.get("because", "")).strip():
            raise self._error(
                number, "id", f"{identity}: a local entry needs because", "Say why, for others."
            )
        old = self._base.get(identity)
        missing = [] if old else [key for key in _NEEDED if not values.get(key)]
        if missing:
            raise self._error(number, "id", f"{identity}: {', '.join(missing)} is missing")
        if values.get("severity") is Severity.IGNORE:
            values["muted"] = True
        elif "severity" in values and "muted" not in values:
            values["muted"] = False
        issue = replace(old, **values) if old else KnownIssue(**values)
        try:
            Pattern(issue.pattern)
        except PatternError as error:
            raise self._error(number, "pattern", f"{identity}: the pattern {error}") from error
        return issue

    def _value(self, number: int, key: str, value: Any) -> Any:
        if key == "severity":
            try:
                return Severity(value)
            except ValueError:
                nearest = difflib.get_close_matches(str(value), [s.value for s in Severity], 1, 0.5)
                hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
                raise self._error(
                    number, key, f"severity is {value!r}", f"One of ignore, note, warn, fail.{hint}"
                ) from None
        if key in _LISTS:
            values = (value,) if isinstance(value, str) else value
            if not isinstance(values, (list, tuple)) or not all(isinstance(v, str) for v in values):
                raise self._error(number, key, f"{key} must be a text or a list of texts")
            if key == "level" and not set(values) <= set(_LEVELS):
                raise self._error(number, key, f"level is {value!r}", f"Any of {', '.join(_LEVELS)}.")
            return tuple(values)
        wanted = bool if key == "muted" else str
        if not isinstance(value, wanted):
            raise self._error(number, key, f"{key} must be {'true or false' if key == 'muted' else 'a text'}")
        return value

    def _unknown(self, key: str, known: Sequence[str], line: int) -> ChecklistError:
        nearest = difflib.get_close_matches(key, known, 1, 0.5)
        todo = f"Did you mean {nearest[0]!r}?" if nearest else f"Known: {', '.join(known)}."
        return ChecklistError(f"unknown key {key!r}", f"{self._name}:{line}", todo)

    def _error(self, number: int, key: str, what: str, todo: str = "") -> ChecklistError:
        return ChecklistError(what, f"{self._name}:{self._line_in(number, key)}", todo)

    def _line_in(self, number: int, key: str) -> int:
        """Line (from 1) of `key` in the entry; of its header when it is not found."""
        if number >= len(self._headers):
            return 1
        start = self._headers[number]
        end = self._headers[number + 1] if number + 1 < len(self._headers) else len(self._lines)
        return self._line_of(key, start, end) if key else start + 1

    def _line_of(self, key: str, start: int, end: int | None = None) -> int:
        wanted = re.compile(rf"""^\s*["']?{re.escape(key)}["']?\s*[=.\]]|^\s*\[+\s*{re.escape(key)}\b""")
        for number, line in enumerate(self._lines[start:end], start + 1):
            if wanted.match(line):
                return number
        return start + 1
