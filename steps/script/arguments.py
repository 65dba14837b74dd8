"""Where the arguments of a call stand, and the bytes to change to add one or take one out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import ScriptError
from .lines import Kind, line_at
from .model import Call, Param
from .script import Script
from .splice import Change, where

__all__ = ["addition", "argument", "removal"]

_COMMA_AND_BREAK = re.compile(rb"[ \t\f]*,?[ \t\f]*(?:(?:\r\n|\n|\r)[ \t\f]*)?")
_COMMA_BEFORE = re.compile(rb",[ \t\f]*(?:(?:\r\n|\n|\r)[ \t\f]*)?$")
_COMMA_BEHIND = re.compile(rb"(?:[ \t\f]*,)?")
_REST_OF_LINE = re.compile(rb"[ \t\f]*(,?)[ \t\f]*(?:#[^\r\n]*)?")
_EQUALS = re.compile(rb"[ \t]*=[ \t]*$")


def argument(script: Script, call: Call, param: Param) -> tuple[int, int]:
    """Span of the whole argument: ``name = value``, or the value alone where it goes by its place."""
    node = script.source.tree.root_node.descendant_for_byte_range(param.start, param.end)
    while node is not None and node.parent is not None and node.parent.type != "argument_list":
        node = node.parent
    if node is None or node.end_byte != param.end or node.start_byte < call.start:
        return param.start, param.end
    return node.start_byte, node.end_byte


def addition(script: Script, call: Call, name: bytes, value: bytes) -> Change:
    """Put a new argument in front of the last named one: there no comma and no comment is in the way."""
    named = list(_named(script, call))
    if named:
        start, equals = named[-1]
        return Change(start, start, name + equals + value + b"," + _gap_before(script, start))
    last = max((param.end for param in call.parameters.values()), default=None)
    if last is not None:
        return Change(last, last, b", " + name + b"=" + value)
    opening = script.content.index(b"(", call.start) + 1
    if script.content[opening : call.end - 1].strip():
        raise ScriptError(f"this call of {call.task} cannot be added to", where(script, call.start), _HAND)
    return Change(opening, opening, name + b"=" + value)


_HAND = "Edit it by hand."


def removal(script: Script, call: Call, start: int, end: int) -> Change:
    """Take the argument between two offsets out, with one comma; with its line where that holds no more."""
    lines = script.source.lines
    first, last = lines[line_at(lines, start)], lines[line_at(lines, end - 1)]
    rest = _REST_OF_LINE.fullmatch(script.content, end, last.end)
    if first.body == start and first.kind is Kind.INSIDE and rest and last.next < call.end:
        return Change(first.start, last.next, b"")
    behind = _COMMA_AND_BREAK.match(script.content, end, call.end)
    if behind and b"," in behind.group() and script.content[behind.end() : behind.end() + 1] != b")":
        return Change(start, behind.end(), b"")
    comma = _COMMA_BEHIND.match(script.content, end, call.end)
    return Change(_comma_before(script, call, start), comma.end() if comma else end, b"")


def _comma_before(script: Script, call: Call, start: int) -> int:
    """Where the comma before an argument stands; `start` where a comment, or no comma, is in between."""
    found = _COMMA_BEFORE.search(script.content[call.start : start])
    at = call.start + found.start() if found else start
    node = script.source.tree.root_node.descendant_for_byte_range(at, at + 1)
    return at if node is not None and node.type == "," else start


def _named(script: Script, call: Call) -> Iterator[tuple[int, bytes]]:
    """Start of each named argument, and how it writes its equals sign."""
    for param in call.parameters.values():
        start, _ = argument(script, call, param)
        equals = _EQUALS.search(script.content[start : param.start])
        if equals:
            yield start, equals.group()


def _gap_before(script: Script, start: int) -> bytes:
    """What separates an argument from the one before: a blank, or a new line and its indentation."""
    source = script.source
    line = source.lines[line_at(source.lines, start)]
    if line.body == start and line.kind is Kind.INSIDE:
        return source.newline + source.content[line.start : line.body]
    return b" "
