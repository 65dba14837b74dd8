"""Inserting a block of code before or after a call, or at the start or end of a step."""

from __future__ import annotations

import textwrap

from ..errors import ScriptError
from .lines import Kind, line_at, logical, read_lines
from .marks import Mark, encoded
from .model import Call, Step
from .script import Script
from .splice import Change, apply, statement_of, where

__all__ = ["insert_after", "insert_at_end", "insert_at_start", "insert_before"]

_SAYS_ITS_NAME = (b"casalog.post(", b"print")


def insert_before(script: Script, call: Call, code: str, mark: Mark) -> Script:
    """Put `code` before the statement that a call stands in, at its depth."""
    return _insert(script, _lines_of(script, call)[0], code, mark)


def insert_after(script: Script, call: Call, code: str, mark: Mark) -> Script:
    """Put `code` behind the statement that a call stands in, at its depth."""
    first, last = _lines_of(script, call)
    return _insert(script, last, code, mark, behind=True, like=first)


def insert_at_start(script: Script, step: Step, code: str, mark: Mark) -> Script:
    """Put `code` at the start of a step, behind the lines in which it says its name."""
    lines = script.source.lines
    body = _body(script, step)
    plain = [index for index in body if lines[index].indent == lines[body[0]].indent]
    for index in plain:
        if not script.content.startswith(_SAYS_ITS_NAME, lines[index].body):
            return _insert(script, index, code, mark)
    return _insert(script, logical(lines, plain[-1])[1], code, mark, behind=True, like=body[0])


def insert_at_end(script: Script, step: Step, code: str, mark: Mark) -> Script:
    """Put `code` behind the last line of a step, at the depth of its first."""
    body = _body(script, step)
    last = line_at(script.source.lines, step.end - 1)
    return _insert(script, last, code, mark, behind=True, like=body[0])


def _body(script: Script, step: Step) -> list[int]:
    """Indices of the lines of code of a step."""
    lines = script.source.lines
    if lines[line_at(lines, step.body_start)].start != step.body_start:
        raise ScriptError(
            "the code of this step stands in the line of its if", where(script, step.header), _HAND
        )
    first, last = line_at(lines, step.body_start), line_at(lines, step.end - 1)
    found = [index for index in range(first, last + 1) if lines[index].kind is Kind.CODE]
    if not found:
        raise ScriptError("this step holds no code", where(script, step.header), _HAND)
    return found


_HAND = "Edit it by hand."


def _lines_of(script: Script, call: Call) -> tuple[int, int]:
    """Indices of the first and last line of the statement around a call, commented out or not."""
    if call.commented:
        lines = script.source.lines
        return line_at(lines, call.start), line_at(lines, call.end - 1)
    found = statement_of(script, call.start, call.end)
    return found.first, found.last


def _insert(
    script: Script, at: int, code: str, mark: Mark, *, behind: bool = False, like: int | None = None
) -> Script:
    source = script.source
    line = source.lines[at]
    depth = source.lines[at if like is None else like]
    blanks = script.content[depth.start : depth.body]
    block = _indented(script, code, blanks)
    text = blanks + encoded(source, mark.comment("inserted")) + source.newline + block
    if not behind:
        return apply(script, [Change(line.start, line.start, text)])
    if line.next == line.end:
        return apply(script, [Change(line.end, line.end, source.newline + text.removesuffix(source.newline))])
    return apply(script, [Change(line.next, line.next, text)])


def _indented(script: Script, code: str, blanks: bytes) -> bytes:
    """`code` at another depth, with the newlines of the script; what lies inside its strings stays."""
    source = script.source
    try:
        given = textwrap.dedent(code).strip("\n").encode(source.encoding)
    except UnicodeEncodeError as error:
        raise ScriptError(f"{code!r} has letters that this script cannot hold", script.name) from error
    if not given.strip():
        raise ScriptError("there is nothing to insert", script.name)
    pieces = []
    for line in read_lines(given):
        text = given[line.start : line.end]
        pieces.append(text if line.kind in (Kind.TEXT, Kind.BLANK) else blanks + text)
    return source.newline.join(pieces) + source.newline
