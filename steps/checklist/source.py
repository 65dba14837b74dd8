"""One TOML file of ours, and all that is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ChecklistError
from .lines import Where, line_of, locate
from .toml import broken_at, loads

__all__ = ["Problem", "Source", "near_match", "nearest", "printable", "raise_first", "read_source"]

_MOST_KNOWN = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file."""

    path: Path
    line: int
    """From 1."""
    key: str
    """The key it is about, from the top: item.3.check.0.warn; empty for the whole file."""
    text: str
    todo: str = ""

    @property
    def where(self) -> str:
        """``file:line``."""
        return f"{self.path}:{self.line}"

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" + (f". {self.todo}" if self.todo else "")


@dataclass(slots=True)
class Source:
    """A file as it was read; problems are collected, not raised."""

    path: Path
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _wrong: set[Where] = field(default_factory=set)
    _lines: dict[Where, int] | None = None

    def report(self, where: Where, text: str, todo: str = "") -> None:
        """Note a problem; of several at one place the first is kept, the rest follow from it."""
        if where in self._wrong:
            return
        self._wrong.add(where)
        key = ".".join(str(part) for part in where)
        self.problems.append(Problem(self.path, self.line(where), key, text, todo))

    def excuse(self, where: Where) -> None:
        """Take `where` for wrong without a problem of its own: another one already explains it."""
        self._wrong.add(where)

    def line(self, where: Where) -> int:
        """Line of `where`, or of the nearest thing around it."""
        if self._lines is None:
            self._lines = locate(self.text)
        return line_of(self._lines, where)

    def is_right(self, where: Where) -> bool:
        """Whether nothing is wrong at or below `where`."""
        return not any(wrong[: len(where)] == where for wrong in self._wrong)

    def unknown(self, where: Where, what: str, name: str, known: Iterable[str]) -> None:
        """Note that `name` is no such thing, with the nearest that is."""
        self.report(where, f'{what} "{printable(name)}" is not known', nearest(name, known))


def read_source(path: Path) -> Source:
    """Read and parse `path`; text that is not TOML is a problem of it.

    Raises
    ------
    ChecklistError
        There is no such file, or it cannot be read.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ChecklistError(f"cannot be read: {reason}", str(path), "Is the name right?") from error
    source = Source(path)
    try:
        source.text = content.decode("utf-8-sig")
        source.data = loads(source.text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = Problem(path, line, "", "is not UTF-8 text", "Save the file as UTF-8.")
        source.problems.append(problem)
    except ValueError as error:
        line, reason = broken_at(source.text, error)
        text = f"is not TOML: {printable(reason)}"
        source.problems.append(Problem(path, line, "", text, "Look at that line and the one before."))
    return source


def raise_first(problems: list[Problem]) -> None:
    """Raise the first of `problems`, with how many more there are; nothing when there are none."""
    if not problems:
        return
    first, more = problems[0], len(problems) - 1
    rest = f" (and {more} more {'problem' if more == 1 else 'problems'})" if more else ""
    raise ChecklistError(first.text + rest, first.where, first.todo)


def nearest(name: str, known: Iterable[str]) -> str:
    """What to say about a `name` that is not among `known`: the nearest, or all of them (twenty at most)."""
    names = sorted(known)
    near = near_match(name, names)
    if near:
        return f'Did you mean "{near}"?'
    more = f", and {len(names) - _MOST_KNOWN} more" if len(names) > _MOST_KNOWN else ""
    return f"Known are: {', '.join(names[:_MOST_KNOWN])}{more}." if names else "None are known."


def near_match(name: str, known: Iterable[str]) -> str:
    """The one of `known` that `name` is most like; empty when none is."""
    near = difflib.get_close_matches(name.lower(), sorted(known), n=1, cutoff=0.5)
    return near[0] if near else ""


def printable(text: str) -> str:
    """`text` with control characters written out, short enough for one line."""
    shown = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
