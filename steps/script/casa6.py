"""Names that CASA 6 moved or took away, in a script that is Python 3 already."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from .script import Script
from .source import Source
from .splice import Change

__all__ = ["changes", "moved"]

#: Module of CASA 5 -> that of CASA 6.
MODULES = {b"recipes.almahelpers": b"casarecipes.almahelpers", b"tasks": b"casatasks"}
#: Names of taskinit -> the import that gives them in CASA 6.
_TASKINIT = {
    b"casalog": b"from casatasks import casalog",
    b"*": b"from casatasks import *",
}
_TOOLS = {
    b"tbtool": b"table",
    b"msmdtool": b"msmetadata",
    b"mstool": b"ms",
    b"iatool": b"image",
    b"qatool": b"quanta",
}
_HINT = re.compile(
    rb"\b(?:casadef|taskinit|recipes\.almahelpers|from[ \t]+tasks|unicode|unichr|[uU][rR]['\"]"
    rb"|cu\.version|casaVersion|bdflags2MS)"
)
_VERSION = b"casalith.version_string()"
_NUMBERS = re.compile(rb"\([ \t]*\)(?:\.tolist\([ \t]*\))?")
_OF_CASA_6 = re.compile(rb"\^6\b")
_EXIT = re.compile(rb"\b(?:sys\.)?(?:exit|quit)\b|\braise\b")
_LOGIC = re.compile(rb"\bor\b|\blambda\b|\bif\b|:=")


def moved(script: Script) -> bool:
    """Whether it names what CASA 6 has elsewhere."""
    return bool(_HINT.search(script.content)) and bool(list(_moved(script.source)))


def changes(script: Script) -> list[Change]:
    """What to change so that it speaks of CASA 6; T and F are written out on the way."""
    names = list(_moved(script.source))
    at = {change.start for change in names}
    return [*names, *(change for change in _booleans(script.source) if change.start not in at)]


def _moved(source: Source) -> Iterator[Change]:
    yield from _imports(source)
    yield from _version(source)
    yield from _bdflags(source)
    yield from _texts(source)


def _imports(source: Source) -> Iterator[Change]:
    for match in source.find("(import_statement name: (dotted_name) @name)"):
        for node in match["name"]:
            if _bytes(source, node) == b"casadef":
                yield _replaced(node, b"casalith")
    for match in source.find("(import_from_statement module_name: (dotted_name) @module) @statement"):
        node, statement = match["module"][0], match["statement"][0]
        name = _bytes(source, node)
        if name in MODULES:
            yield _replaced(node, MODULES[name])
        elif name == b"taskinit":
            new = _taskinit(source, statement)
            if new:
                yield _replaced(statement, new)


def _taskinit(source: Source, statement: Node) -> bytes:
    """The imports of CASA 6 for one from taskinit; empty where it wants something else."""
    names = [_bytes(source, node) for node in statement.children_by_field_name("name")]
    if not names and any(node.type == "wildcard_import" for node in statement.children):
        names = [b"*"]
    found = [_TASKINIT.get(name) or _tool(name) for name in names]
    return b"; ".join(found) if all(found) else b""


def _tool(name: bytes) -> bytes:
    return b"from casatools import %s as %s" % (_TOOLS[name], name) if name in _TOOLS else b""


def _version(source: Source) -> Iterator[Change]:
    """The version, and the guard that lets only one pass: it lets CASA 6 pass from now on."""
    guards: dict[int, Node] = {}
    for match in source.find("[(attribute) (identifier)] @node"):
        node = match["node"][0]
        change = _asked(source, node)
        if change is not None:
            yield change
            guard = _guard(source, node)
            if guard is not None:
                guards[guard.start_byte] = guard
    for condition in guards.values():
        text = _bytes(source, condition)
        bare = not _LOGIC.search(text)
        yield Change(condition.start_byte, condition.start_byte, b"" if bare else b"(")
        more = b" and casalith.version()[0] < 6"
        yield Change(condition.end_byte, condition.end_byte, more if bare else b")" + more)


def _asked(source: Source, node: Node) -> Change | None:
    """How CASA 6 is asked what `node` asks for: the version, as one CASA or another had it."""
    name = _bytes(source, node)
    if name == b"casadef.casa_version":
        return _replaced(node, _VERSION)
    if name not in (b"cu.version", b"casaVersion"):
        return None
    guard = _guard(source, node)
    if guard is None or _OF_CASA_6.search(_bytes(source, guard)):
        return None
    if name == b"casaVersion":
        return _replaced(node, _VERSION)
    numbers = _NUMBERS.match(source.content, node.end_byte)
    return Change(node.start_byte, numbers.end(), b"casalith.version()") if numbers else None


def _bdflags(source: Source) -> Iterator[Change]:
    """The program of CASA 4 that brought the flags of the binary data: importasdm does it itself now."""
    calls = [match["call"][0] for match in source.find("(expression_statement . (call) @call .)")]
    old = [node for node in calls if b"/bin/bdflags2MS" in _bytes(source, node)]
    for node in old:
        if b"\n" not in _bytes(source, node) and _bytes(source, node).startswith(b"os.system"):
            yield Change(node.start_byte, node.start_byte, b"pass # importasdm has done it: ")
    for node in calls if old else ():
        text = _bytes(source, node)
        found = re.search(rb"\bbdfflags[ \t]*=[ \t]*(?P<value>F(?:alse)?)\b", text)
        if text.startswith(b"importasdm") and found:
            start = node.start_byte + found.start("value")
            yield Change(start, node.start_byte + found.end("value"), b"True")


def _guard(source: Source, node: Node) -> Node | None:
    """The condition around `node` where it decides whether the script ends itself."""
    parent: Node | None = node
    while parent is not None and parent.type not in ("if_statement", "module", "block"):
        parent = parent.parent
    if parent is None or parent.type != "if_statement":
        return None
    condition = parent.child_by_field_name("condition")
    body = parent.child_by_field_name("consequence")
    ends = body is not None and _EXIT.search(_bytes(source, body))
    inside = condition is not None and condition.start_byte <= node.start_byte < condition.end_byte
    return condition if ends and inside else None


def _texts(source: Source) -> Iterator[Change]:
    """The texts and characters of Python 2 that fissix is not asked about."""
    for match in source.find("[(call function: (identifier) @name) (string (string_start) @start)]"):
        for node in match.get("name", ()):
            new = {b"unicode": b"str", b"unichr": b"chr"}.get(_bytes(source, node))
            if new:
                yield _replaced(node, new)
        for node in match.get("start", ()):
            if _bytes(source, node)[:2].lower() == b"ur":
                yield Change(node.start_byte, node.start_byte + 2, b"r")


def _booleans(source: Source) -> Iterator[Change]:
    """T and F where they are values, if the script gives them no meaning of its own."""
    found: dict[bytes, list[Node]] = {b"T": [], b"F": []}
    own: set[bytes] = set()
    for match in source.find("(identifier) @node"):
        node = match["node"][0]
        name = _bytes(source, node)
        if name in found and not _is_a_label(node):
            found[name].append(node)
            if _is_bound(node):
                own.add(name)
    for name, new in ((b"T", b"True"), (b"F", b"False")):
        if name not in own:
            yield from (_replaced(node, new) for node in found[name])


def _is_a_label(node: Node) -> bool:
    """Whether it names a keyword or an attribute, not a value."""
    parent = node.parent
    if parent is None:
        return False
    field = {"attribute": "attribute", "keyword_argument": "name"}.get(parent.type, "")
    label = parent.child_by_field_name(field) if field else None
    return label is not None and label.start_byte == node.start_byte


def _is_bound(node: Node) -> bool:
    """Whether the script gives the name a value there."""
    parent = node.parent
    while parent is not None and parent.type in ("pattern_list", "tuple_pattern", "list_pattern"):
        node, parent = parent, parent.parent
    if parent is None:
        return False
    left = parent.child_by_field_name("left")
    target = left is not None and left.start_byte == node.start_byte and parent.type != "binary_operator"
    if parent.type == "default_parameter":
        name = parent.child_by_field_name("name")
        return name is not None and name.start_byte == node.start_byte
    kinds = ("parameters", "lambda_parameters", "dotted_name", "global_statement")
    return (target and parent.type != "comparison_operator") or parent.type in kinds


def _replaced(node: Node, new: bytes) -> Change:
    return Change(node.start_byte, node.end_byte, new)


def _bytes(source: Source, node: Node) -> bytes:
    return source.content[node.start_byte : node.end_byte]
