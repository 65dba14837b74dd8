"""From what a person types as the value of a parameter to Python."""

from __future__ import annotations

import ast
import re

from ..errors import ScriptError
from .model import Call
from .script import Script
from .source import parse
from .splice import where
from .values import value_of

__all__ = ["as_value", "check_value"]

_UNKNOWN = object()


def as_value(script: Script, call: Call, name: str, text: str) -> str:
    """The Python source for what a person typed as the value of a parameter.

    A list, a text in quotes, True, False or None stay as they are, and so does a number unless the old value
    is a text: ``field`` = ``3`` becomes ``'3'`` where it was ``'2'``. Everything else becomes a text, unless
    it is an expression made of names that the script sets.
    """
    old = call.parameters.get(name)
    was_text = old is not None and isinstance(value_of(old.text, {}), str)
    value = value_of(text, {}, _UNKNOWN)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if value is not _UNKNOWN and not (was_text and is_number):
        return text.strip()
    if value is _UNKNOWN and not was_text and _made_of_names(script, text):
        return text.strip()
    quote = old.text.lstrip("rRuUbB")[:1] if old is not None and was_text else "'"
    return _quoted(text, quote if quote in ("'", '"') else "'")


def check_value(script: Script, call: Call, value: str) -> None:
    """Refuse what is not one Python expression."""
    root = parse(b"(" + value.encode() + b"\n)").root_node
    only = root.named_children[0] if root.named_child_count == 1 and not root.has_error else None
    inner = only.named_children[0].type if only is not None and only.named_child_count else ""
    if inner != "parenthesized_expression":
        raise ScriptError(
            f"{value!r} is not a value",
            where(script, call.start),
            "Texts need quotes of their own: \"'int'\".",
        )


def _made_of_names(script: Script, text: str) -> bool:
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return bool(names) and all(_is_set(script, name) for name in names)


def _is_set(script: Script, name: str) -> bool:
    pattern = rb"(?:(?<![^\r\n])[ \t]*|\bfor[ \t]+)" + re.escape(name.encode()) + rb"\b[ \t]*(?:=(?!=)|in\b)"
    return bool(re.search(pattern, script.content))


def _quoted(text: str, quote: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return quote + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\0") + quote
