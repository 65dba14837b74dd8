"""The steps of a script, found by their header lines and their indentation.

Lines rather than the syntax tree, because a step ends where the indentation does, and because a pasted log or
a missing bracket must not hide the steps behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from .lines import HEADER, Kind, Line, logical
from .model import Number, Step
from .source import Source
from .values import number

__all__ = ["find_steps"]

#: ``mystep = 3``, ``runstep = 'bandpass'``, ``mystep += 1``, ``mystep = mystep + 1``.
_ASSIGNED = re.compile(
    rb"(?P<name>\w*step\w*)[ \t]*(?P<plus>\+?)=[ \t]*(?:(?P<base>[A-Za-z_]\w*)[ \t]*\+[ \t]*)?"
    rb"(?P<value>-?\d+(?:\.\d*)?|-?\.\d+|\"[^\"]*\"|'[^']*')[ \t]*(?:[;#].*)?$",
    re.IGNORECASE,
)
#: ``mystep in thesteps``, ``0 in thesteps``, ``'gain' in mysteps``, ``mystep in thesteps(mysteps)``.
_MEMBER = re.compile(
    rb"(?P<no>\bnot\s+\(?\s*)?(?P<what>[A-Za-z_]\w*|-?\d+(?:\.\d*)?|-?\.\d+|\"[^\"]*\"|'[^']*')\s*\)?"
    rb"\s+in\s+\(?\s*(?P<list>[A-Za-z_][\w.]*)",
)
_OPENS = re.compile(rb"(?:if|elif|else|for|while|try|except|finally|with|def|class|async)\b|@")
_DECORATION = re.compile(r"^[\s#=*\-_+~>/]+|[\s#=*\-_+~</]+$")


@dataclass(frozen=True, slots=True)
class _Header:
    first: int
    last: int
    numbers: tuple[Number, ...]
    by_name: bool
    """Whether the number came from a variable."""
    start: int
    """Line that the step begins with."""


def find_steps(source: Source, titles: Mapping[Number, str]) -> tuple[Step, ...]:
    """The steps in the order of the file.

    Conditions on a bare number (``if 11 in thesteps:``) are steps too, unless they stand inside a step or ask
    for one that has a block of its own: then they only guard something. Two numbers that share a block
    give two steps with the same span.
    """
    headers = list(_headers(source))
    own = {header.numbers[0] for header in headers if header.by_name}
    alone = {header.numbers[0] for header in headers if len(header.numbers) == 1}
    steps: list[Step] = []
    for header in headers:
        if header.by_name:
            wanted = header.numbers
        else:
            others = own if len(header.numbers) == 1 else own | alone
            wanted = tuple(number for number in header.numbers if number not in others)
        if wanted and not (_inside(source, header, steps) and _is_guard(header, steps)):
            block = _block(source, header)
            steps += [replace(block, number=each, title=titles.get(each, "")) for each in wanted]
    return _apart(steps)


def _headers(source: Source) -> Iterator[_Header]:
    lines, content = source.lines, source.content
    values: dict[str, tuple[Number, int]] = {}
    used: set[int] = set()
    for index, line in enumerate(lines):
        if line.kind not in (Kind.CODE, Kind.INSIDE):
            continue
        text = content[line.body : line.end].rstrip()
        assigned = _ASSIGNED.match(text)
        if assigned:
            _assign(source, assigned, index, values)
        elif line.kind is Kind.CODE and text.startswith((b"if", b"elif")):
            header = _header(source, index, values)
            if header is None:
                continue
            if header.start in used:
                header = replace(header, start=header.first)
            used.add(header.start)
            yield header


def _assign(
    source: Source, found: re.Match[bytes], index: int, values: dict[str, tuple[Number, int]]
) -> None:
    name = found["name"].decode()
    value = number(found["value"].decode(source.encoding, "replace"))
    base = name if found["plus"] else (found["base"] or b"").decode()
    if base:
        before = values.get(base, (None, 0))[0]
        known = isinstance(before, (int, float)) and isinstance(value, (int, float))
        value = before + value if known else None  # type: ignore[operator]  # `known` says they are numbers
    values[name] = (value, index)


def _header(source: Source, index: int, values: Mapping[str, tuple[Number, int]]) -> _Header | None:
    first, last = logical(source.lines, index)
    text = source.content[source.lines[first].body : source.lines[last].end]
    if b"steps" not in text.lower():
        return None
    asked = [found for found in _MEMBER.finditer(_condition(text)) if _asks(found, text)]
    names = [
        found["what"].decode() for found in asked if found["what"][:1].isalpha() or found["what"][:1] == b"_"
    ]
    if names:
        if _bound(source, index, names[0]):
            return None
        value, at = values.get(names[0], (None, index))
        start = at if _attached(source.lines, source.content, at, index) else first
        return _Header(first, last, (value,), True, start)
    numbers = tuple(number(found["what"].decode(source.encoding, "replace")) for found in asked)
    return _Header(first, last, numbers, False, first) if numbers else None


def _condition(text: bytes) -> bytes:
    found = HEADER.match(text)
    colon = text.find(b":", text.lower().find(b"steps"))
    return text[:colon] if found and colon > 0 else text


def _asks(found: re.Match[bytes], text: bytes) -> bool:
    what = found["what"]
    is_name = what[:1].isalpha() or what[:1] == b"_"
    return (
        not found["no"]
        and b"steps" in found["list"].lower()
        and not (is_name and b"step" not in what.lower())
    )


def _bound(source: Source, index: int, name: str) -> bool:
    """Whether `name` is the argument of an enclosing function, or runs through an enclosing loop."""
    column = source.lines[index].indent
    word = re.compile(rb"(?:def\b.*\(|for\b).*\b" + re.escape(name.encode()) + rb"\b")
    for line in reversed(source.lines[:index]):
        if column == 0:
            break
        if line.kind is Kind.CODE and line.indent < column:
            column = line.indent
            if word.match(source.content[line.body : line.end]):
                return True
    return False


def _attached(lines: list[Line], content: bytes, at: int, header: int) -> bool:
    """Whether the step begins with the assignment: nothing but plain statements lies between."""
    between = lines[at + 1 : header]
    deep = lines[header].indent
    return at < header and all(
        line.kind in (Kind.BLANK, Kind.COMMENT, Kind.INSIDE, Kind.TEXT)
        or (line.indent == deep and not _OPENS.match(content[line.body : line.end]))
        for line in between
    )


def _block(source: Source, header: _Header) -> Step:
    lines = source.lines
    line = lines[header.first]
    last = _last_line(source, header)
    end = lines[last].next
    return Step(
        number=None,
        title="",
        heading=_heading(source, header.start),
        start=lines[header.start].start,
        end=end,
        header=line.body,
        body_start=_body_start(source, header, last),
        line=header.start + 1,
        indent=line.indent,
    )


def _body_start(source: Source, header: _Header, last: int) -> int:
    lines = source.lines
    if last > header.last:
        return lines[header.last].next
    text = source.content[lines[header.first].body : lines[header.last].end]
    return lines[header.first].body + min(len(text), len(_condition(text)) + 1)


def _last_line(source: Source, header: _Header) -> int:
    lines, deep = source.lines, source.lines[header.first].indent
    last = index = header.last
    while (index := index + 1) < len(lines):
        line = lines[index]
        if line.kind is Kind.CODE and line.indent <= deep:
            back = _stray(source, index, deep)
            if back is None:
                break
            index = last = back
        elif line.kind is not Kind.BLANK and (line.indent > deep or line.kind is not Kind.COMMENT):
            last = index
    return last


def _stray(source: Source, index: int, deep: int) -> int | None:
    """Where the block goes on behind text that does not belong in a script; None where it has ended.

    Only an opening line can be followed by a deeper one. Where it is anything else (a pasted log, free
    text), it is that which is out of place.
    """
    for at in range(index, len(source.lines)):
        line = source.lines[at]
        if line.kind is not Kind.CODE:
            continue
        if line.indent > deep:
            return at
        text = source.content[line.body : line.end].rstrip()
        if _OPENS.match(text) or _ASSIGNED.match(text):
            return None
    return None


def _heading(source: Source, index: int) -> str:
    """The comment above a line, without its decoration, in one line of at most 120 characters."""
    lines, at = source.lines, index - 1
    while at >= 0 and lines[at].kind is Kind.BLANK:
        at -= 1
    parts: list[str] = []
    while at >= 0 and lines[at].kind is Kind.COMMENT:
        parts.append(_DECORATION.sub("", source.text(lines[at].body, lines[at].end)))
        at -= 1
    return " ".join(part for part in reversed(parts) if part)[:120]


def _inside(source: Source, header: _Header, steps: list[Step]) -> bool:
    offset = source.lines[header.first].start
    return any(step.header < offset < step.end for step in steps)


def _is_guard(header: _Header, steps: list[Step]) -> bool:
    return not header.by_name or any(step.number == header.numbers[0] for step in steps)


def _apart(steps: list[Step]) -> tuple[Step, ...]:
    """Let no step reach into the next one of its depth (it does where a bracket was never closed)."""
    apart = []
    for index, step in enumerate(steps):
        behind = (
            other.start
            for other in steps[index + 1 :]
            if other.start > step.start and other.indent <= step.indent
        )
        apart.append(replace(step, end=min(step.end, next(behind, step.end))))
    return tuple(apart)
