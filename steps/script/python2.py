"""What a script has that only Python 2 understands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from .calls import Named
from .model import Old
from .source import Source

__all__ = ["find_old"]

_QUERY = """
[(print_statement) @node (exec_statement) @node "<>" @node
 (except_clause value: (_) @_first . "," @node)
 (raise_statement (expression_list)) @node
 (parameters (tuple_pattern) @node) (lambda_parameters (tuple_pattern) @node)
 (integer) @node (string) @node
 (expression_statement) @node]
"""
#: Without one of these in it a script needs no query of its whole tree.
_HINT = re.compile(
    rb"\bprint\b(?![ \t]*\()|\bprint[ \t]*\([^\r\n]*\)[ \t]*[^\s;#)]|\bexec\b(?!\()|<>|\bexcept\b[^\r\n:]*,"
    rb"|\braise\b[^\r\n(]*,|`|\bdef\b[^\r\n(]*\([^\r\n]*\(|\blambda[^\r\n:]*\(|\b0[0-7]+\b|\d[lL]\b|\b[uU][rR]['\"]"
)
_GONE = frozenset({"execfile", "raw_input", "xrange", "unichr", "unicode", "long"})
_GONE_METHODS = (".has_key", ".iteritems", ".iterkeys", ".itervalues")
_KINDS = {
    "print_statement": "print statement",
    "exec_statement": "exec statement",
    "<>": "<> for !=",
    ",": "except X, e",
    "tuple_pattern": "parameter (a, b)",
    "raise_statement": "raise X, text",
}
_PRINT = re.compile(rb"print(?![\w.])")
_OLD_NUMBER = re.compile(rb"0+[1-7][0-7]*$|[0-9]+[lL]$")


def find_old(source: Source, named: tuple[Named, ...]) -> tuple[Old, ...]:
    """Everything of Python 2 in the order of the file; empty where Python 3 takes it as it is."""
    found = set(_gone(source, named))
    if _HINT.search(source.content):
        found.update(_nodes(source))
    return tuple(sorted(found, key=lambda old: (old.line, old.what)))


def _gone(source: Source, named: tuple[Named, ...]) -> Iterator[Old]:
    for name, node, _ in named:
        if name in _GONE or name.endswith(_GONE_METHODS):
            yield Old(source.line_number(node.start_byte), f"{name.rpartition('.')[2]}()")


def _nodes(source: Source) -> Iterator[Old]:
    for match in source.find(_QUERY):
        for node in match.get("node", ()):
            if node.type == "expression_statement":
                what = _prints(source, node)
            else:
                what = _KINDS.get(node.type) or _literal(source, node)
            if what:
                yield Old(source.line_number(node.start_byte), what)


def _prints(source: Source, node: Node) -> str:
    """A print that the grammar takes for something else: ``print -1``, ``print (a) % b``."""
    if not _PRINT.match(source.content, node.start_byte):
        return ""
    first = node.children[0]
    function = first.child_by_field_name("function") if node.child_count == 1 else None
    called = first.type == "call" and function is not None and function.type == "identifier"
    return "" if called or first.type == "assignment" else "print statement"


def _literal(source: Source, node: Node) -> str:
    text = source.content[node.start_byte : node.end_byte]
    if node.type == "integer":
        return "number 0777 or 7L" if _OLD_NUMBER.match(text) else ""
    if text.startswith(b"`"):
        return "backticks"
    return "string ur''" if text[:2].lower() == b"ur" else ""
