"""Where each key of a TOML text stands: the line of every key, table and array element.

tomllib reads values and forgets where they were. This scanner reads only the structure of a text that
tomllib has already accepted, so it may trust it to be well-formed.
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_right

from .toml import loads

__all__ = ["Where", "line_of", "locate"]

#: Keys and indices from the top: ("item", 3, "check", 0, "warn").
Where = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[^\s.=\]\"'#]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]+")
# No repeat in a repeat: that would take for ever to find out that a string does not end.
_STRING = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*""""{0,2}|\'{3}(?:[^']|'(?!''))*\'{3}'{0,2}'''
    r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'""",
    re.DOTALL,
)


def locate(text: str) -> dict[Where, int]:
    """Line, from 1, of everything in a valid TOML text."""
    scanner = _Scanner(text)
    with contextlib.suppress(_LostWay, ValueError, RecursionError):
        scanner.document()
    return scanner.lines


def line_of(lines: dict[Where, int], where: Where) -> int:
    """Line of `where`, or of the nearest thing around it."""
    while where and where not in lines:
        where = where[:-1]
    return lines.get(where, 1)


class _LostWay(Exception):
    """The text is not what the scanner takes TOML to be; what it has found so far stands."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Where, int] = {}
        self._counts: dict[Where, int] = {}
        self._newlines = [match.start() for match in re.finditer("\n", text)]

    def document(self) -> None:
        table: Where = ()
        while self._peek_after(_BLANK):
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Where:
        start = self.at
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        *parents, last = self._key()
        self._take("]]" if double else "]")
        where: Where = ()
        for part in parents:
            where = self._within((*where, part), start)
        where = (*where, last)
        if not double:
            return self._within(where, start)
        self._note(where, start)
        self._counts[where] = self._counts.get(where, 0) + 1
        return self._within(where, start)

    def _within(self, where: Where, start: int) -> Where:
        """`where`, or its newest element when it is an array of tables."""
        self._note(where, start)
        if where in self._counts:
            where = (*where, self._counts[where] - 1)
            self._note(where, start)
        return where

    def _pair(self, table: Where) -> None:
        start = self.at
        where = table
        for part in self._key():
            where = (*where, part)
            self._note(where, start)
        self._take("=")
        self._value(where)

    def _key(self) -> list[str]:
        parts = [self._key_part()]
        while self._peek_after(_SPACE) == ".":
            self.at += 1
            parts.append(self._key_part())
        return parts

    def _key_part(self) -> str:
        if self._peek_after(_SPACE) in ('"', "'"):
            return str(loads(f"key = {self._match(_STRING)}")["key"])
        return self._match(_BARE_KEY)

    def _value(self, where: Where) -> None:
        first = self._peek_after(_SPACE)
        if first in ('"', "'"):
            self._match(_STRING)
        elif first == "[":
            self._array(where)
        elif first == "{":
            self._inline_table(where)
        else:
            self._match(_BARE_VALUE)

    def _array(self, where: Where) -> None:
        self.at += 1
        count = 0
        while self._peek_after(_BLANK) != "]":
            self._note((*where, count), self.at)
            self._value((*where, count))
            count += 1
            self._comma()
        self.at += 1

    def _inline_table(self, where: Where) -> None:
        self.at += 1
        while self._peek_after(_BLANK) != "}":
            self._pair(where)
            self._comma()
        self.at += 1

    def _comma(self) -> None:
        if self._peek_after(_BLANK) == ",":
            self.at += 1

    def _note(self, where: Where, start: int) -> None:
        self.lines.setdefault(where, bisect_right(self._newlines, start) + 1)

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _peek_after(self, skipped: re.Pattern[str]) -> str:
        self._match(skipped)
        return self._peek()

    def _take(self, token: str) -> None:
        self._match(_SPACE)
        if not self.text.startswith(token, self.at):
            raise _LostWay
        self.at += len(token)

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _LostWay
        self.at = match.end()
        return match.group()
