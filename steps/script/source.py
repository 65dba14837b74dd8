"""The bytes of a script and their syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Query, QueryCursor, Tree

from .lines import Line, line_at, read_lines
from .model import Broken

__all__ = ["EXTRAS", "Source", "parse"]

#: Kinds of nodes that can stand between any others.
EXTRAS = frozenset({"comment", "line_continuation"})

_LANGUAGE = Language(tree_sitter_python.language())
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_QUERIES: dict[str, Query] = {}


class Source:
    """The bytes of a script, never changed, and what can be read off them.

    Parameters
    ----------
    content : bytes
        The file as it is: any newlines, any encoding, broken or not.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content

    @cached_property
    def lines(self) -> list[Line]:
        """Its physical lines."""
        return read_lines(self.content)

    @cached_property
    def tree(self) -> Tree:
        """Its syntax tree; a broken place is a node ERROR in it."""
        return parse(self.content)

    @cached_property
    def encoding(self) -> str:
        """How to turn its bytes into text: utf-8, what its first lines declare, or latin-1."""
        if self._reads_as("utf-8"):
            return "utf-8"
        declared = _COOKIE.search(b"\n".join(self.content.splitlines()[:2]))
        name = declared.group(1).decode("ascii", "replace") if declared else "latin-1"
        return name if self._reads_as(name) else "latin-1"

    @cached_property
    def newline(self) -> bytes:
        """The newline that most of its lines end with."""
        windows = self.content.count(b"\r\n")
        unix = self.content.count(b"\n") - windows
        old_mac = self.content.count(b"\r") - windows
        return max((unix, b"\n"), (windows, b"\r\n"), (old_mac, b"\r"), key=lambda pair: pair[0])[1]

    @cached_property
    def broken(self) -> tuple[Broken, ...]:
        """Its broken places."""
        return tuple(self._broken())

    def text(self, start: int, end: int) -> str:
        """The text between two offsets."""
        return self.content[start:end].decode(self.encoding, "replace")

    def line_number(self, offset: int) -> int:
        """Line of an offset, counted from 1."""
        return line_at(self.lines, offset) + 1

    def find(self, query: str, span: tuple[int, int] | None = None) -> list[dict[str, list[Node]]]:
        """All matches of a tree-sitter query (of those that touch a span), in the order of the file."""
        cursor = QueryCursor(_query(query))
        if span:
            cursor.set_byte_range(*span)
        return [captures for _, captures in cursor.matches(self.tree.root_node)]

    def _reads_as(self, encoding: str) -> bool:
        try:
            self.content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            return False
        return True

    def _broken(self) -> Iterator[Broken]:
        nodes = [self.tree.root_node] if self.tree.root_node.has_error else []
        while nodes:
            node = nodes.pop()
            if node.is_error or node.is_missing:
                start, end = node.start_byte, node.end_byte
                text = f"missing {node.type}" if node.is_missing else self.text(start, min(end, start + 60))
                yield Broken(start, end, self.line_number(start), text.partition("\n")[0].strip())
            else:
                nodes.extend(child for child in reversed(node.children) if child.has_error)


def parse(content: bytes) -> Tree:
    """The syntax tree of some bytes; the grammar does not know a carriage return alone as a newline."""
    return Parser(_LANGUAGE).parse(_LONE_RETURN.sub(b"\n", content))


def _query(text: str) -> Query:
    if text not in _QUERIES:
        _QUERIES[text] = Query(_LANGUAGE, text)
    return _QUERIES[text]
