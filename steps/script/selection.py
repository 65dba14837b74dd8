"""Taking an item out of a selection (antenna = 'DV01,DV02', spw = '0~3', a list), or adding one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ..errors import ScriptError
from .edit import live, mark_above, short
from .marks import Mark, encoded
from .model import Call
from .script import Script
from .source import EXTRAS
from .splice import Change, apply, where

__all__ = ["add_item", "drop_item"]

_RANGE = re.compile(r"(\d+)~(\d+)")


def drop_item(script: Script, call: Call, name: str, item: str, mark: Mark) -> Script:
    """Take one item out of a comma-separated text or of a list.

    ``2`` out of ``'0~3'`` leaves ``'0~1,3'``; ``1`` also takes ``1:5~20`` out, where that is the only item of
    spw 1. The last item is never taken out: an empty selection selects everything.
    """
    node, items = _selection(script, call, name)
    found = _matching(items, item, ranges=node.type == "string")
    if not found:
        has = ", ".join(text for text, _, _ in items)
        raise ScriptError(f"{name} has no item {item!r}", where(script, call.start), f"It has: {has}.")
    left = _without_range(found[0][0], item) if node.type == "string" else ""
    if not left and len(items) == len(found):
        raise ScriptError(
            f"{item} is the only item of {name}",
            where(script, call.start),
            "An empty selection selects everything. Comment the call out instead.",
        )
    changes = (
        [Change(start, end, left.encode()) for _, start, end in found] if left else _cut(script, items, found)
    )
    what = f"{call.task} {name}: {item} taken out"
    return apply(script, [*changes, mark_above(script, node.start_byte, mark, what)])


def add_item(script: Script, call: Call, name: str, item: str, mark: Mark) -> Script:
    """Put one more item at the end of a comma-separated text or of a list."""
    node, items = _selection(script, call, name)
    if any(text == item for text, _, _ in items):
        raise ScriptError(f"{name} has {item!r} already", where(script, call.start))
    if not items:
        raise ScriptError(
            f"{name} is empty, which selects everything",
            where(script, call.start),
            "Set it to what is meant.",
        )
    last, start, end = items[-1]
    if node.type == "string":
        new = "," + item
    else:
        quote = script.content[start : start + 1].decode("latin-1")
        new = ", " + (f"{quote}{item}{quote}" if quote in "'\"" else item)
    if re.search(r"['\"\\\r\n]", item):
        raise ScriptError(f"{item!r} cannot be an item", where(script, call.start))
    what = f"{call.task} {name}: {item} added behind {short(last)}"
    changes = [Change(end, end, encoded(script.source, new)), mark_above(script, node.start_byte, mark, what)]
    return apply(script, changes)


_Item = tuple[str, int, int]


def _selection(script: Script, call: Call, name: str) -> tuple[Node, list[_Item]]:
    """The node of a parameter that is one text or one list, and its items with their spans."""
    live(script, call)
    param = call.parameters.get(name)
    if param is None:
        has = ", ".join(call.parameters) or "none"
        raise ScriptError(
            f"{call.task} has no parameter {name}", where(script, call.start), f"It has: {has}."
        )
    node = script.source.tree.root_node.descendant_for_byte_range(param.start, param.end)
    while node is not None and (node.start_byte, node.end_byte) != (param.start, param.end):
        node = node.parent
    items = None
    if node is not None and node.type == "string":
        items = _items_of_text(script, node)
    elif node is not None and node.type == "list":
        items = _items_of_list(script, node)
    if node is None or items is None:
        raise ScriptError(
            f"{name} is {short(param.text)}, not one text or list",
            where(script, param.start),
            "Edit it by hand.",
        )
    return node, items


def _items_of_text(script: Script, node: Node) -> list[_Item] | None:
    parts = node.children
    if len(parts) == 2:
        return []
    inner = parts[1]
    if len(parts) != 3 or inner.type != "string_content" or inner.named_child_count:
        return None
    items, at = [], inner.start_byte
    for piece in script.content[inner.start_byte : inner.end_byte].split(b","):
        start = at + len(piece) - len(piece.lstrip())
        end = start + len(piece.strip())
        items.append((script.source.text(start, end), start, end))
        at += len(piece) + 1
    return items


def _items_of_list(script: Script, node: Node) -> list[_Item] | None:
    items = []
    for part in node.named_children:
        if part.type in EXTRAS:
            continue
        text = script.source.text(part.start_byte, part.end_byte)
        items.append((text.strip("'\""), part.start_byte, part.end_byte))
    return items


def _matching(items: list[_Item], item: str, *, ranges: bool) -> list[_Item]:
    exact = [found for found in items if found[0] == item]
    if exact or not ranges:
        return exact
    wider = [found for found in items if found[0].startswith(item + ":") or _without_range(found[0], item)]
    return wider if len(wider) == 1 else []


def _without_range(text: str, item: str) -> str:
    """``0~3`` without ``2``: ``0~1,3``; empty where `text` is no such range."""
    found = _RANGE.fullmatch(text)
    if not found or not item.isdecimal() or not int(found[1]) <= int(item) <= int(found[2]):
        return ""
    low, high, at = int(found[1]), int(found[2]), int(item)
    return ",".join(_pieces(low, at - 1, high, at + 1))


def _pieces(low: int, below: int, high: int, above: int) -> Iterator[str]:
    for first, last in ((low, below), (above, high)):
        if first == last:
            yield str(first)
        elif first < last:
            yield f"{first}~{last}"


def _cut(script: Script, items: list[_Item], found: list[_Item]) -> list[Change]:
    """Cut items out with the comma before them (behind them for those at the beginning)."""
    changes = []
    kept = False
    for index, (text, start, end) in enumerate(items):
        if (text, start, end) not in found:
            kept = True
        elif kept:
            changes.append(Change(items[index - 1][2], end, b""))
        else:
            changes.append(Change(start, items[index + 1][1], b""))
    return changes
