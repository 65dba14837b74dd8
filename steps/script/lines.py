"""The physical lines of a script: what each one is, told without a parser, for broken files too.

A line is code, or it continues a bracket (or a backslash), or it lies inside a string, or it is a comment, or
blank. A bracket or a triple quote that is never closed, or not before the next step header, opens nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

__all__ = ["HEADER", "Kind", "Line", "closing", "expand", "line_at", "logical", "read_lines"]

HEADER = re.compile(rb"(?:el)?if\b[^\r\n]*\bin\b[^\r\n]*steps[^\r\n]*:", re.IGNORECASE)

#: Comments and texts of one line come first and without a name: they open nothing.
_TEXTS = (
    rb"#[^\r\n]*|\"(?!\"\")[^\"\\\r\n]*\"|'(?!'')[^'\\\r\n]*'"
    rb"|(?P<triple>\"\"\"|''')"
    rb"|(?P<joined_string>\"(?:[^\"\\\r\n]+|\\(?:\r\n|[\s\S]))*\"?|'(?:[^'\\\r\n]+|\\(?:\r\n|[\s\S]))*'?)"
    rb"|(?P<open>[\[({])|(?P<joined>\\(?:\r\n|\n|\r))"
)
_OUTSIDE = re.compile(_TEXTS)
_WITHIN = re.compile(_TEXTS + rb"|(?P<close>[\])}])|(?P<newline>\r\n|\n|\r)")
_NEWLINE = re.compile(rb"\r\n|\n|\r")
_LINE = re.compile(rb"([ \t\f]*)([^\r\n]*)(?:\r\n|\n|\r|$)")
#: A bracket that is never closed is passed over; this many in a file, that a file of brackets ends too.
_MOST_UNCLOSED = 100
_BLANKS = re.compile(rb"[ \t\f]*")
#: What cannot begin a line inside a bracket: a bracket still open there was never closed.
_RESET = re.compile(
    rb"(?:el)?if\b[^\r\n]*\bin\b[^\r\n]*steps[^\r\n]*:"
    rb"|(?:def|class)\s+\w+[^\r\n]*:|import\s+\w|from\s+[\w.]+\s+import\b|(?:try|else|finally)\s*:|except\b[^\r\n]*:",
    re.IGNORECASE,
)


class Kind(str, Enum):
    """What a physical line is."""

    CODE = "code"
    INSIDE = "inside"
    """Continues a bracket or a backslash."""
    TEXT = "text"
    """Begins inside a string."""
    COMMENT = "comment"
    BLANK = "blank"


class Line(NamedTuple):
    """One physical line; offsets are bytes of the file."""

    start: int
    body: int
    """Where its first character that is not blank stands."""
    end: int
    """Its end without the newline."""
    next: int
    """Its end with the newline."""
    indent: int
    """Column of `body`; a tab goes to the next multiple of eight, as Python 2 counts."""
    kind: Kind


def read_lines(content: bytes) -> list[Line]:
    """Cut `content` into lines; a byte order mark belongs to no line."""
    first = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    states = _states(content, first)
    lines: list[Line] = []
    for found in _LINE.finditer(content, first):
        start, following = found.span()
        if start == following and lines:
            break
        body, end = found.span(2)
        kind = states.get(start) or _fresh(content, body, end)
        lines.append(Line(start, body, end, following, expand(found[1]), kind))
    return lines


def expand(blanks: bytes) -> int:
    """Width of leading blanks, in columns."""
    return len(blanks.replace(b"\f", b"").expandtabs(8)) if blanks.strip(b" ") else len(blanks)


def line_at(lines: Sequence[Line], offset: int) -> int:
    """Index of the line that `offset` lies in."""
    return max(0, bisect_right(lines, offset, key=lambda line: line.start) - 1)


def logical(lines: Sequence[Line], index: int) -> tuple[int, int]:
    """First and last index of the physical lines that make one logical line with line `index`."""
    first = last = index
    while first > 0 and lines[first].kind in (Kind.INSIDE, Kind.TEXT):
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].kind in (Kind.INSIDE, Kind.TEXT):
        last += 1
    return first, last


def closing(text: bytes, opening: int) -> int | None:
    """Offset behind the bracket that closes the one at `opening`; None where none does."""
    depth, at = 0, opening
    while found := _WITHIN.search(text, at):
        at = found.end()
        if found.lastgroup == "open":
            depth += 1
        elif found.lastgroup == "close":
            depth -= 1
            if depth <= 0:
                return at
        elif found.lastgroup == "triple":
            at = _triple_end(text, found) or at
    return None


def _body(content: bytes, start: int, end: int) -> int:
    found = _BLANKS.match(content, start, end)
    return found.end() if found else start


def _fresh(content: bytes, body: int, end: int) -> Kind:
    if body == end:
        return Kind.BLANK
    return Kind.COMMENT if content[body] == 0x23 else Kind.CODE


def _states(content: bytes, first: int) -> dict[int, Kind]:
    """Start of line -> its kind, for the lines that begin inside something."""
    states: dict[int, Kind] = {}
    opened: list[int] = []
    at, passed_over = first, 0
    while True:
        found = (_WITHIN if opened else _OUTSIDE).search(content, at)
        kind = found.lastgroup if found else ""
        if opened and (not found or (kind == "newline" and _begins_anew(content, found.end()))):
            passed_over += 1
            at = opened[0] + 1 if passed_over < _MOST_UNCLOSED else found.end() if found else len(content)
            while states and next(reversed(states)) > at:
                states.popitem()
            opened = []
        elif not found:
            return states
        else:
            at = found.end()
            if kind == "open":
                opened.append(found.start())
            elif kind == "close":
                opened.pop()
            elif kind == "triple":
                at = _triple_end(content, found) or at
                _inside_string(content, found.start(), at, states)
            elif kind == "joined_string":
                _inside_string(content, found.start(), at, states)
            elif kind:
                states[at] = Kind.INSIDE


def _begins_anew(content: bytes, at: int) -> bool:
    return bool(_RESET.match(content, _body(content, at, len(content))))


def _triple_end(content: bytes, opening: re.Match[bytes]) -> int | None:
    quote, at = opening.group(), opening.end()
    while (at := content.find(quote, at)) >= 0:
        before = content[opening.end() : at]
        if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
            return at + 3
        at += 1
    return None


def _inside_string(content: bytes, start: int, end: int, states: dict[int, Kind]) -> None:
    for found in _NEWLINE.finditer(content, start, end):
        states[found.end()] = Kind.TEXT
