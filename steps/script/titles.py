"""The titles of the steps: ``step_title = {0: 'Import of the ASDM', ...}`` and its variants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from .model import Title
from .source import Source
from .values import number, value_of

__all__ = ["find_titles"]

_DICTS = "(assignment left: (identifier) @name right: (dictionary) @dict)"
_SINGLE = "(assignment left: (subscript value: (identifier) @name subscript: (_) @key) right: (_) @text)"
_NAME = re.compile(rb"\w*(?:title|todo|step)\w*[ \t]*$", re.IGNORECASE)
_OPENING = re.compile(rb"=[ \t\\\r\n]*\{")
#: For a dict that is broken: its entries, one a line.
_ENTRY = re.compile(
    rb"[ \t]*(?:step_titles?\s*=\s*\{)?[ \t]*(-?[\d.]+)[ \t]*:[ \t]*(\"[^\"\r\n]*\"|'[^'\r\n]*')"
)
_DICT_START = re.compile(rb"(?<![^\r\n \t])step_titles?[ \t]*=[ \t]*\{")


def find_titles(source: Source) -> tuple[Title, ...]:
    """The entries of `step_title`, in the order of the file; of another name where there is no such dict."""
    dicts: dict[str, tuple[Title, ...]] = {}
    for match in _near(source, _openings(source), _DICTS):
        name = _text(source, match["name"][0])
        entries = tuple(_entries(source, match["dict"][0]))
        if entries and (name not in dicts or len(entries) > len(dicts[name])):
            dicts[name] = entries
    name = "step_title" if "step_title" in dicts else next(iter(dicts), "step_title")
    found = dicts.get(name, ())
    if not found or source.broken:
        found = max(found, tuple(_by_lines(source)), key=len)
    return found + tuple(_single(source, name))


def _openings(source: Source) -> Iterator[tuple[int, int]]:
    """Where such a dict may begin: a query of the whole tree takes longer."""
    for found in _OPENING.finditer(source.content):
        name = _NAME.search(source.content[max(0, found.start() - 60) : found.start()])
        if name:
            yield found.start() - len(name.group()), found.end()


def _near(source: Source, spans: Iterable[tuple[int, int]], query: str) -> Iterator[dict[str, list[Node]]]:
    for span in spans:
        yield from source.find(query, span)


def _entries(source: Source, node: Node) -> Iterator[Title]:
    for pair in node.named_children:
        if pair.type != "pair":
            continue
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if key is None or value is None:
            continue
        title = _title(source, key, value)
        if title is not None:
            yield title


def _single(source: Source, name: str) -> Iterator[Title]:
    item = re.compile(
        rb"(?<![^\r\n \t])" + re.escape(name.encode()) + rb"[ \t]*\[[^\r\n]*\][ \t]*=(?!=)[^\r\n]*"
    )
    for match in _near(source, (found.span() for found in item.finditer(source.content)), _SINGLE):
        if _text(source, match["name"][0]) == name:
            title = _title(source, match["key"][0], match["text"][0])
            if title is not None:
                yield title


def _by_lines(source: Source) -> Iterator[Title]:
    found = _DICT_START.search(source.content)
    if found is None:
        return
    inside = False
    for index, line in enumerate(source.lines):
        inside = inside or line.start <= found.start() < line.next
        entry = _ENTRY.match(source.content, line.start, line.end) if inside else None
        if entry:
            key, text = (source.text(*entry.span(group)) for group in (1, 2))
            yield Title(number(key), text[1:-1].strip(), index + 1)
        elif (
            inside
            and line.body < line.end
            and source.content[line.body] not in b"#}'\""
            and line.start > found.start()
        ):
            return


def _title(source: Source, key: Node, value: Node) -> Title | None:
    of = number(_text(source, key))
    text = value_of(_text(source, value), {})
    if of is None or not isinstance(text, str):
        return None
    return Title(of, text.strip(), source.line_number(key.start_byte))


def _text(source: Source, node: Node) -> str:
    return source.text(node.start_byte, node.end_byte)
