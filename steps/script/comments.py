"""Commenting calls out and in.

Out and in again gives the same bytes: the mark says how many lines it covers, each of them got one comment
sign, and a ``pass`` that had to stand in for the call goes with it.
"""

from __future__ import annotations

import re

from ..errors import ScriptError
from .edit import live, mark_above
from .lines import Kind, Line, expand, line_at, logical
from .marks import COMMENTED_OUT, Mark, encoded
from .model import Call
from .script import Script
from .splice import Change, apply, statement_of, where

__all__ = ["comment_in", "comment_out"]

_PASS = "pass  # in place of "
_SIGN = re.compile(rb"#+[ \t]*")
_OPENER = re.compile(rb":[ \t\f]*(?:#[^\r\n]*)?$")
_BRANCH = re.compile(rb"(?:elif|else|except|finally)\b")


def comment_out(script: Script, call: Call, mark: Mark) -> Script:
    """Comment out the statement that a call stands in, all its lines."""
    live(script, call)
    source = script.source
    found = statement_of(script, call.start, call.end)
    lines = source.lines[found.first : found.last + 1]
    blanks = script.content[lines[0].start : lines[0].body]
    count = f"{len(lines)} line" + ("s" if len(lines) > 1 else "")
    changes = [mark_above(script, lines[0].body, mark, f"commented out ({count})")]
    changes += [_sign(script, line, len(blanks)) for line in lines]
    if found.alone:
        stand_in = source.newline + blanks + encoded(source, _PASS + call.task)
        changes.append(Change(lines[-1].end, lines[-1].end, stand_in))
    return apply(script, changes)


def comment_in(script: Script, call: Call, mark: Mark) -> Script:
    """Comment in a call that is commented out.

    Where casapilot commented it out this takes that back, mark included; where a person did, the call is
    put at the depth of the code around it, and marked.
    """
    if not call.commented:
        raise ScriptError(f"this call of {call.task} is not commented out", where(script, call.start))
    index = line_at(script.source.lines, call.start)
    first = _our_mark(script, index)
    if first is not None:
        return apply(script, _taken_back(script, first))
    return apply(script, _uncovered(script, call, index, mark))


def _sign(script: Script, line: Line, most: int) -> Change:
    at = line.start + min(most, line.body - line.start)
    return Change(at, at, b"#")


def _our_mark(script: Script, index: int) -> int | None:
    """Index of the mark that covers line `index`; None where there is none."""
    lines = script.source.lines
    for at in range(index - 1, -1, -1):
        if lines[at].kind is not Kind.COMMENT:
            return None
        found = COMMENTED_OUT.match(script.content, lines[at].start, lines[at].end)
        if found:
            return at if at + int(found[1]) >= index else None
    return None


def _taken_back(script: Script, first: int) -> list[Change]:
    lines, content = script.source.lines, script.content
    found = COMMENTED_OUT.match(content, lines[first].start, lines[first].end)
    last = min(first + (int(found[1]) if found else 0), len(lines) - 1)
    changes = [Change(lines[first].start, lines[first].next, b"")]
    for line in lines[first + 1 : last + 1]:
        if content[line.body : line.body + 1] == b"#":
            changes.append(Change(line.body, line.body + 1, b""))
    if last + 1 < len(lines):
        behind = lines[last + 1]
        if content.startswith(_PASS.encode(), behind.body):
            changes.append(Change(lines[last].end, behind.end, b""))
    return changes


def _uncovered(script: Script, call: Call, index: int, mark: Mark) -> list[Change]:
    source = script.source
    lines = source.lines[index : line_at(source.lines, call.end - 1) + 1]
    blanks = _blanks_for(script, index, index + len(lines) - 1)
    width = len(_sign_at(script, lines[0]))
    text = blanks + encoded(source, mark.comment(f"{call.task} commented in")) + source.newline
    changes = [Change(lines[0].start, lines[0].start, text)]
    for line in lines:
        end = line.body + min(width, len(_sign_at(script, line)))
        changes.append(Change(line.start, end, blanks))
    return changes


def _sign_at(script: Script, line: Line) -> bytes:
    """The comment sign of a line and the blanks behind it."""
    found = _SIGN.match(script.content, line.body, line.end)
    return found.group() if found else b""


def _blanks_for(script: Script, index: int, last: int) -> bytes:
    """The indentation for code in lines `index` to `last`, between what stands above and below."""
    lines, content = script.source.lines, script.content
    above = _outwards(lines[:index])
    below = next((line for line in lines[last + 1 :] if line.kind is Kind.CODE), None)
    if above and _OPENER.search(content, above[0].start, lines[logical(lines, lines.index(above[0]))[1]].end):
        if below is not None and below.indent > above[0].indent:
            return content[below.start : below.body]
        return content[above[0].start : above[0].body] + b"  "
    floor = 0
    if below is not None:
        floor = below.indent + bool(_BRANCH.match(content, below.body))
    options = [line for line in above if line.indent >= floor] or above[:1]
    line = lines[index]
    sign = content[line.start : line.body]
    for column in (expand(sign + _sign_at(script, line).lstrip(b"#")), expand(sign)):
        for option in options:
            if option.indent == column:
                return content[option.start : option.body]
    return content[options[0].start : options[0].body] if options else b""


def _outwards(lines: list[Line]) -> list[Line]:
    """The last line of code, and those that lie further out around it."""
    found: list[Line] = []
    for line in reversed(lines):
        if line.kind is Kind.CODE and (not found or line.indent < found[-1].indent):
            found.append(line)
        if found and found[-1].indent == 0:
            break
    return found
