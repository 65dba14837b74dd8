"""What a script has that only Python 2 understands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from .model import Old
from .source import Source

__all__ = ["find_old"]

_QUERY = """
[(print_statement) @node (exec_statement) @node "<>" @node
 (except_clause value: (_) @_first . "," @node)
 (raise_statement (expression_list)) @node
 (parameters (tuple_pattern) @node) (lambda_parameters (tuple_pattern) @node)
 (call function: (identifier) @name arguments: (_))
 (call function: (attribute attribute: (identifier) @method) arguments: (_))
 (integer) @integer (string) @string]
"""
_GONE = {"execfile", "raw_input", "xrange", "unichr"}
_KINDS = {
    "print_statement": "print statement",
    "exec_statement": "exec statement",
    "<>": "<> for !=",
    ",": "except X, e",
    "tuple_pattern": "parameter (a, b)",
    "raise_statement": "raise X, text",
}
_OCTAL = re.compile(rb"0[0-7]+$|[0-9]+[lL]$")


def find_old(source: Source) -> tuple[Old, ...]:
    """Everything of Python 2 in the order of the file; empty where Python 3 takes it as it is."""
    return tuple(sorted(set(_nodes(source)), key=lambda old: (old.line, old.what)))


def _nodes(source: Source) -> Iterator[Old]:
    for match in source.find(_QUERY):
        for kind, nodes in match.items():
            for node in nodes:
                what = _what(source, kind, node)
                if what:
                    yield Old(source.line_number(node.start_byte), what)


def _what(source: Source, kind: str, node: Node) -> str:
    text = source.content[node.start_byte : node.end_byte]
    if kind == "node":
        return _KINDS.get(node.type, "")
    if kind == "name":
        name = text.decode("utf-8", "replace")
        return f"{name}()" if name in _GONE else ""
    if kind == "method":
        return "has_key()" if text == b"has_key" else ""
    if kind == "integer":
        return "number 0777 or 7L" if _OCTAL.match(text) and text.strip(b"0") else ""
    if text.startswith(b"`"):
        return "backticks"
    return "string ur''" if text[:2].lower() == b"ur" else ""
