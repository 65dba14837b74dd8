"""Known issues from their files.

`checklists/known-issues.toml` holds those we know; ``known-issues.toml`` in the XDG config folder of the
site and of the person add more, or change one by its id (to silence it, say), each with ``because``.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from enum import Enum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from ..errors import ChecklistError
from .known import LEVELS, KnownIssue, KnownIssues, Severity, Stage
from .patterns import Pattern, PatternError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["load_known", "load_readable", "read_issues"]

FILE = "known-issues.toml"
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HEADER = re.compile(r"^\s*\[\[\s*issue\s*\]\]")
_LISTS = ("level", "tasks", "examples", "lacking")
_FLAGS = ("muted", "unconfirmed")
_PATTERNS = ("pattern", "returned")
_NEEDED = ("title", "severity", "cause", "cure")
_KEYS = {f.name for f in fields(KnownIssue)}
_VERSIONS = re.compile(r"\d+(?:\.\d+)*(?:-\d+(?:\.\d+)*)?")
_Word = TypeVar("_Word", bound=Enum)


def load_known(extra: Path | None = None) -> KnownIssues:
    """Read our known issues, then the site's and the person's, then `extra`.

    Raises
    ------
    ChecklistError
        A file is no TOML, has an unknown key, a pattern that cannot be used, or a change without `because`;
        names file and line.
    """
    known, unread = _load([*_local_files(), *([extra] if extra else [])])
    if unread:
        raise unread[0]
    return known


def load_readable() -> tuple[KnownIssues, tuple[str, ...]]:
    """As `load_known`, for a run that has begun: a file with something wrong is left out, and told."""
    known, unread = _load(_local_files())
    said = (f"known issues of a file were not looked for: {error.where} {error.what}" for error in unread)
    return known, tuple(said)


def _load(paths: Sequence[Path]) -> tuple[KnownIssues, list[ChecklistError]]:
    """Ours, changed by each of the files; and what is wrong with those that were left out."""
    if not paths:
        return _ours(), []
    issues = {issue.id: issue for issue in _ours().issues}
    unread: list[ChecklistError] = []
    for path in paths:
        try:
            text = path.read_text("utf-8")
            found = read_issues(text, str(path), base=tuple(issues.values()), local=True)
        except (OSError, UnicodeDecodeError) as error:
            unread.append(ChecklistError(f"cannot be read: {error}", str(path)))
        except ChecklistError as error:
            unread.append(error)
        else:
            issues.update((issue.id, issue) for issue in found)
    return KnownIssues.of(issues.values()), unread


@cache
def _ours() -> KnownIssues:
    """Those of the package, read once: every step asks for them."""
    text = (files("casapilot.checklists") / FILE).read_text("utf-8")
    return KnownIssues.of(read_issues(text, FILE))


def _local_files() -> list[Path]:
    """Of the site and of the person, those that are there."""
    from platformdirs import site_config_path, user_config_path

    folders = (site_config_path("casapilot"), user_config_path("casapilot"))
    return [folder / FILE for folder in folders if (folder / FILE).is_file()]


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
            raise self._lacking(number, identity, missing)
        if values.get("severity") is Severity.IGNORE:
            values["muted"] = True
        elif "severity" in values and "muted" not in values:
            values["muted"] = False
        issue = replace(old, **values) if old else KnownIssue(**values)
        if not issue.can_be_met and issue.stage is None:
            todo = "Say pattern, call or metric; or stage, where nothing shows it."
            raise self._error(number, "id", f"{identity}: what shows it is missing", todo)
        for key in _PATTERNS:
            self._check_pattern(number, key, identity, getattr(issue, key))
        return issue

    def _lacking(self, number: int, identity: str, missing: Sequence[str]) -> ChecklistError:
        """A new issue that is not complete; or one of ours, its id misspelt."""
        nearest = difflib.get_close_matches(identity, self._base, 1, 0.8)
        todo = f"Did you mean to change {nearest[0]!r}?" if nearest else "A new issue needs all of them."
        verb = "is" if len(missing) == 1 else "are"
        return self._error(number, "id", f"{identity}: {', '.join(missing)} {verb} missing", todo)

    def _check_pattern(self, number: int, key: str, identity: str, pattern: str) -> None:
        try:
            _ = Pattern(pattern) if pattern else None
        except PatternError as error:
            raise self._error(number, key, f"{identity}: the {key} {error}") from error

    def _word(self, number: int, key: str, value: Any, kind: type[_Word]) -> _Word:
        """One of a few words; the nearest is told where it is none of them."""
        try:
            return kind(value)
        except ValueError:
            words = [str(each.value) for each in kind]
            nearest = difflib.get_close_matches(str(value), words, 1, 0.5)
            hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
            todo = f"One of {', '.join(words)}.{hint}"
            raise self._error(number, key, f"{key} is {value!r}", todo) from None

    def _value(self, number: int, key: str, value: Any) -> Any:
        if key in ("severity", "stage"):
            return self._word(number, key, value, Severity if key == "severity" else Stage)
        if key == "ki":
            if not isinstance(value, list) or not all(type(each) is int and each > 0 for each in value):
                raise self._error(number, key, "ki must be a list of numbers", "Write ki = [45].")
            return tuple(value)
        if key == "given":
            if not isinstance(value, dict):
                todo = 'Write given = { parallel = true, usemask = ["pb", "user"] }.'
                raise self._error(number, key, "given must be a table of parameters", todo)
            return {name: tuple(each) if isinstance(each, list) else (each,) for name, each in value.items()}
        if key == "versions" and not (isinstance(value, str) and _VERSIONS.fullmatch(value)):
            raise self._error(number, key, f"versions is {value!r}", 'Write it like "5.1.1-5.3".')
        if key in _LISTS:
            values = (value,) if isinstance(value, str) else value
            if not isinstance(values, (list, tuple)) or not all(isinstance(v, str) for v in values):
                raise self._error(number, key, f"{key} must be a text or a list of texts")
            if key == "level" and not set(values) <= set(LEVELS):
                raise self._error(number, key, f"level is {value!r}", f"Any of {', '.join(LEVELS)}.")
            return tuple(values)
        wanted = bool if key in _FLAGS else str
        if not isinstance(value, wanted):
            raise self._error(number, key, f"{key} must be {'true or false' if key in _FLAGS else 'a text'}")
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
