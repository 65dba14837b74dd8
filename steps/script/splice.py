"""Changes of bytes, and the proof that they did no harm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tree_sitter import Node

from ..errors import ScriptError
from .lines import Kind, Line, line_at, logical
from .script import Script
from .source import EXTRAS

__all__ = ["Change", "Statement", "apply", "own_line", "statement_of", "where"]

_COMPOUND = {
    "if_statement",
    "for_statement",
    "while_statement",
    "with_statement",
    "try_statement",
    "function_definition",
    "class_definition",
    "decorated_definition",
    "match_statement",
}


class Change(NamedTuple):
    """Bytes to be replaced."""

    start: int
    end: int
    new: bytes


class Statement(NamedTuple):
    """The whole lines that a statement takes."""

    first: int
    """Index of its first line."""
    last: int
    """Index of its last line."""
    alone: bool
    """Whether it is the only statement of its block."""


def apply(script: Script, changes: Iterable[Change]) -> Script:
    """A new script with `changes` made; ScriptError where that would break it.

    What Python 3 took before it must take after; elsewhere no broken place may be added, and no step lost.
    Changes at one place come in the order they are given.
    """
    content = script.content
    ordered = sorted(changes, key=lambda change: (change.start, change.end))
    for change in ordered[::-1]:
        content = content[: change.start] + change.new + content[change.end :]
    new = Script(content, script.name)
    if script.compiles and not new.compiles:
        raise ScriptError("would no longer be Python", script.name, _ASK)
    if len(new.errors) > len(script.errors):
        raise ScriptError(f"would be broken in line {new.errors[-1].line}", script.name, _ASK)
    if [step.number for step in new.steps] != [step.number for step in script.steps]:
        raise ScriptError("would lose or gain a step", script.name, _ASK)
    return new


_ASK = "Nothing was changed. Edit it by hand: the text there is not what it seems."


def where(script: Script, offset: int) -> str:
    """``path:line`` of an offset."""
    return f"{script.name or 'script'}:{script.source.line_number(offset)}"


def own_line(script: Script, offset: int) -> Line:
    """The physical line that the logical line around `offset` begins with: comments can stand above it."""
    lines = script.source.lines
    return lines[logical(lines, line_at(lines, offset))[0]]


def statement_of(script: Script, start: int, end: int) -> Statement:
    """The whole lines of the statement around a call.

    ``for i in ['0', '2']: applycal(...)`` counts as one statement. ScriptError where the call shares its
    lines with something else, or is part of a condition.
    """
    node = script.source.tree.root_node.descendant_for_byte_range(start, end)
    inner = False
    while node is not None:
        node = _up_to_statement(node)
        if node.type in _COMPOUND and not inner:
            raise ScriptError("the call is part of a condition or a loop's head", where(script, start), _HAND)
        found = _whole_lines(script, node)
        if found is not None:
            return found
        node, inner = _one_line_parent(node), True
    raise ScriptError("the call shares its line with other code", where(script, start), _HAND)


_HAND = "Edit that line by hand."


def _up_to_statement(node: Node) -> Node:
    while node.parent is not None and node.parent.type not in ("block", "module", "ERROR"):
        node = node.parent
    return node


def _whole_lines(script: Script, node: Node) -> Statement | None:
    lines = script.source.lines
    first, last = line_at(lines, node.start_byte), line_at(lines, max(node.start_byte, node.end_byte - 1))
    behind = script.content[node.end_byte : lines[last].end].strip(b" \t\f;")
    starts = lines[first].body == node.start_byte and lines[first].kind is Kind.CODE
    if not starts or (behind and not behind.startswith(b"#")):
        return None
    return Statement(first, last, _is_alone(node))


def _is_alone(node: Node) -> bool:
    block = node.parent
    if block is None or block.type != "block":
        return False
    return sum(child.type not in EXTRAS for child in block.named_children) == 1


def _one_line_parent(node: Node) -> Node | None:
    """The ``if x:`` or ``for i in x:`` in front of the only statement of its line."""
    block = node.parent
    if block is None or block.type != "block" or not _is_alone(node):
        return None
    head = block.parent
    if head is None or head.type not in (
        "if_statement",
        "for_statement",
        "while_statement",
        "with_statement",
    ):
        return None
    branches = sum(child.type in ("block", "elif_clause", "else_clause") for child in head.named_children)
    return head if branches == 1 else None
