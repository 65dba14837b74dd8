"""A CASA task called by hand: read from what a person typed, written as it can be pasted. Only literals.

CASA's prompt knows T and F for True and False; so do we. Nothing typed is ever evaluated beyond that.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..checklist.model import Key
from ..errors import UsageError

__all__ = [
    "SELECTIONS",
    "Queued",
    "TaskCall",
    "folded",
    "keywords",
    "literal",
    "loose_literal",
    "parse_call",
    "pasted",
]

#: Names that CASA's prompt has for values.
_NAMES = {"T": True, "F": False, "true": True, "false": False}
_WIDTH = 72
"""Columns of a commit's body, and of a line that a diff on 80 columns shows whole."""
_TEXTUAL = ("string", "path", "")
"""Types of parameters whose value is a text."""
SELECTIONS = frozenset(
    "antenna array correlation feed field intent observation refant scan spw timerange uvrange".split()
)
"""Parameters that select data: texts in CASA's own language, whatever type the task declares."""


@dataclass(frozen=True, slots=True)
class TaskCall:
    """A task and the values it is given."""

    task: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The call in one line, as it can be pasted at a CASA prompt."""
        return f"{self.task}({', '.join(f'{name}={value!r}' for name, value in self.arguments.items())})"


@dataclass(frozen=True, slots=True)
class Queued:
    """A call that was asked for."""

    key: Key
    call: TaskCall
    ahead: tuple[Key, ...] = ()
    """What comes before it in its EB: it waits for that."""


class _Named(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Put a value in place of T and F."""
        return ast.Constant(_NAMES[node.id]) if node.id in _NAMES else node


def literal(text: str) -> Any:
    """Return the value that a literal of Python stands for.

    Raises
    ------
    UsageError
        It is no literal: a name without quotes, an expression.
    """
    try:
        return _value(ast.parse(text.strip(), mode="eval").body)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        bare = text.strip()
        todo = f"Put a text in quotes: {bare!r}." if bare.isprintable() and bare else "Give a value."
        raise UsageError(f"{_short(bare)} is not a value", "", todo) from error


def loose_literal(text: str, name: str, kind: str) -> Any:
    """Return the value of a word of a command line, from which the shell has taken the quotes.

    Parameters
    ----------
    name, kind : str
        The parameter, and CASA's name of its type: what is no list for a text stays a text (``spw=17,19``).
    """
    quoted = text[:1] in "'\"[{(" and text[:1] != ""
    if (kind in _TEXTUAL or name in SELECTIONS) and not quoted:
        return text
    try:
        value = literal(text)
    except UsageError:
        return text
    return text if isinstance(value, tuple) and not quoted else value


def parse_call(text: str) -> TaskCall:
    """Read a whole call: ``flagdata(vis='x.ms', mode='summary')``.

    Raises
    ------
    UsageError
        It is anything but one call of a task with named literals.
    """
    todo = "Type it as at CASA's prompt: task(name=value, ...)."
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise UsageError(f"this is not a call: {reason}", "", todo) from error
    if not isinstance(body, ast.Call) or not isinstance(body.func, ast.Name):
        raise UsageError("only CASA tasks can be called here, one at a time", "", todo)
    task, arguments = body.func.id, {}
    for number, node in enumerate(body.args):
        if isinstance(node, ast.Starred):
            raise UsageError(f"{task}: * and ** are not known here", "", todo)
        arguments[f"{number}"] = _given(task, f"value {number + 1}", node)
    for each in body.keywords:
        if each.arg is None:
            raise UsageError(f"{task}: * and ** are not known here", "", todo)
        if each.arg in arguments:
            raise UsageError(f"{task}: {each.arg} is given twice", "", todo)
        arguments[each.arg] = _given(task, each.arg, each.value)
    return TaskCall(task, arguments)


def keywords(call: str) -> dict[str, object]:
    """Return the keyword arguments of a call as the worker writes it; nothing where it cannot be read."""
    try:
        tree = ast.parse(call, mode="eval").body
        given = tree.keywords if isinstance(tree, ast.Call) else []
        return {each.arg: ast.literal_eval(each.value) for each in given if each.arg}
    except (SyntaxError, ValueError):
        return {}


def _given(task: str, name: str, node: ast.expr) -> Any:
    try:
        return _value(node)
    except (ValueError, TypeError, MemoryError, RecursionError) as error:
        source = ast.unparse(node)
        todo = (
            f"Put a text in quotes: {name}={source!r}."
            if isinstance(node, ast.Name)
            else "Nothing is computed here: give the value itself."
        )
        raise UsageError(f"{task}: {name}={_short(source)} is not a value", "", todo) from error


def _value(node: ast.expr) -> Any:
    return ast.literal_eval(_Named().visit(node))


def pasted(call: TaskCall) -> str:
    """Return a call over lines that stay whole at 72 columns, and can be pasted."""
    if len(call.text) <= _WIDTH:
        return call.text
    values = [f"{name}={_folded(value, _WIDTH - len(name) - 2)}" for name, value in call.arguments.items()]
    return f"{call.task}(\n" + ",\n".join(values) + ")"


def folded(call: TaskCall) -> str:
    """Return a call as a script holds it: lines of at most 72 columns, where its values allow that."""
    lines, head = [f"{call.task}("], " " * (len(call.task) + 1)
    given = list(call.arguments.items())
    for number, (name, value) in enumerate(given):
        text = f"{name}={value!r}" + (")" if number == len(given) - 1 else ",")
        last = lines[-1]
        if len(last) + len(text) + 1 > _WIDTH and not last.endswith("("):
            lines.append(head + text)
        else:
            lines[-1] = last + ("" if last.endswith("(") else " ") + text
    return "\n".join(lines) + ("" if given else ")")


def _folded(value: Any, width: int) -> str:
    """A value whose lines can be wrapped at blanks and still mean the same."""
    if isinstance(value, str) and (" " in value or "\t" in value) and len(repr(value)) > width:
        pieces = textwrap.TextWrapper(
            width=_WIDTH - 8, drop_whitespace=False, replace_whitespace=False, expand_tabs=False,
            break_on_hyphens=False,
        ).wrap(value)  # fmt: skip
        return "\n".join(map(repr, pieces)) if "".join(pieces) == value else repr(value)
    if isinstance(value, (list, tuple)) and value and len(repr(value)) > width:
        left, right = ("[", "]") if isinstance(value, list) else ("(", ",)")
        return left + ",\n".join(_folded(each, _WIDTH - 4) for each in value) + right
    return repr(value)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 40 else words[:37] + "..."
