"""What an expression of a script is worth, where that can be told without running it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping

from .model import Number
from .source import Source

__all__ = ["constants", "number", "value_of"]

_ASSIGNED = "(assignment left: (identifier) @name right: (_) @value)"
_SIMPLE = {
    "string",
    "concatenated_string",
    "binary_operator",
    "identifier",
    "integer",
    "float",
    "list",
    "true",
    "false",
}
_PLAIN = re.compile(r"(['\"])([^'\"\\\r\n]*)\1")
_UNKNOWN = object()
_SWITCHES = {"T": True, "F": False, "true": True, "false": False}


def number(text: str) -> Number:
    """The number (or name in quotes) that a step is called by."""
    value = value_of(text, {})
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    return value


def constants(source: Source) -> dict[str, object]:
    """Names that the script sets to one literal value only -> that value."""
    found: dict[str, object] = {}
    for match in source.find(_ASSIGNED):
        name, value = match["name"][0], match["value"][0]
        key = source.text(name.start_byte, name.end_byte)
        known = _UNKNOWN
        if value.type in _SIMPLE:
            known = value_of(source.text(value.start_byte, value.end_byte), found, unknown=_UNKNOWN)
        found[key] = known if found.get(key, known) == known else _UNKNOWN
    return {name: value for name, value in found.items() if value is not _UNKNOWN}


def value_of(text: str, names: Mapping[str, object], unknown: object = None) -> object:
    """The value of an expression: literals, names of `names`, sums of texts, simple f-strings.

    Parameters
    ----------
    text : str
        Source of the expression.
    names : mapping
        What names stand for.
    unknown : object
        What to return when it cannot be told.
    """
    plain = _PLAIN.fullmatch(text)
    if plain:
        return plain[2]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _evaluate(ast.parse(text.strip(), mode="eval").body, names)
    except (SyntaxError, ValueError, TypeError, KeyError, RecursionError, MemoryError, OverflowError):
        return unknown


def _evaluate(node: ast.expr, names: Mapping[str, object]) -> object:
    if isinstance(node, ast.Name):
        if node.id not in names and node.id in _SWITCHES:
            return _SWITCHES[node.id]
        value = names[node.id]
        if isinstance(value, (str, int, float, list, tuple)):
            return value
        raise ValueError(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _evaluate(node.left, names), _evaluate(node.right, names)
        if isinstance(left, str) and isinstance(right, str):
            return left + right
        raise ValueError("not a sum of texts")
    if isinstance(node, ast.JoinedStr):
        return "".join(_piece(part, names) for part in node.values)
    if isinstance(node, ast.List):
        return [_evaluate(part, names) for part in node.elts]
    return ast.literal_eval(node)


def _piece(node: ast.expr, names: Mapping[str, object]) -> str:
    if isinstance(node, ast.FormattedValue):
        if node.format_spec is not None or node.conversion != -1:
            raise ValueError("formatted")
        return str(_evaluate(node.value, names))
    return str(_evaluate(node, names))
