"""What a script does to flag versions and to the place that CASA logs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from .calls import step_number
from .model import Call, FlagVersion, Param, Redirection, Step, VersionAct
from .source import Source
from .values import value_of

__all__ = ["find_redirections", "find_versions", "text_of"]

_SETLOGFILE = """(call function: (attribute object: (identifier) @object attribute: (identifier) @method)
                       arguments: (argument_list . (_) @path)) @call"""
_LOGFILE = """(assignment left: (identifier) @name
    right: (call function: (attribute object: (identifier) @object attribute: (identifier) @method)))"""

_Match = Mapping[str, list[Node]]


def text_of(param: Param | None, names: Mapping[str, object]) -> str:
    """The value of a text parameter; its source where that cannot be told; empty where there is none."""
    if param is None:
        return ""
    value = value_of(param.text, names)
    return value if isinstance(value, str) else param.text


def find_versions(calls: tuple[Call, ...], names: Mapping[str, object]) -> tuple[FlagVersion, ...]:
    """What flagmanager is asked to do, in the order of the file."""
    return tuple(_versions(calls, names))


def _versions(calls: tuple[Call, ...], names: Mapping[str, object]) -> Iterator[FlagVersion]:
    for call in calls:
        if call.task != "flagmanager" or call.commented:
            continue
        given = call.parameters
        mode = text_of(given.get("mode"), names) or "list"
        if mode in VersionAct._value2member_map_:
            ms, name = (text_of(given.get(key), names) for key in ("vis", "versionname"))
            yield FlagVersion(VersionAct(mode), ms, name, call.step, call.line)


def find_redirections(
    source: Source, steps: tuple[Step, ...], names: Mapping[str, object]
) -> tuple[Redirection, ...]:
    """Every ``casalog.setlogfile(...)``, in the order of the file."""
    if b"setlogfile" not in source.content:
        return ()
    kept = {
        _text(source, match["name"][0]) for match in source.find(_LOGFILE) if _is(source, match, "logfile")
    }
    return tuple(
        _redirection(source, steps, match, names, kept)
        for match in source.find(_SETLOGFILE)
        if _is(source, match, "setlogfile")
    )


def _redirection(
    source: Source, steps: tuple[Step, ...], match: _Match, names: Mapping[str, object], kept: set[str]
) -> Redirection:
    node = match["path"][0]
    if node.type == "keyword_argument":
        node = node.child_by_field_name("value") or node
    param = Param(_text(source, node), node.start_byte, node.end_byte)
    at = match["call"][0].start_byte
    return Redirection(
        path=text_of(param, names),
        step=step_number(steps, at),
        line=source.line_number(at),
        back=param.text in kept,
    )


def _is(source: Source, match: _Match, method: str) -> bool:
    return _text(source, match["object"][0]) == "casalog" and _text(source, match["method"][0]) == method


def _text(source: Source, node: Node) -> str:
    return source.text(node.start_byte, node.end_byte)
