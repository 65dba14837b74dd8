"""A checklist back to TOML, complete and in one file, so that reading it gives an equal one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

from .model import Checklist
from .shape import HEAD, SCHEMA

__all__ = ["quote", "to_toml"]

_ESCAPES = {"\\": "\\\\", "\t": "\\t", '"': '\\"'}
_CLOSING = re.compile(r'"(?=""|"?\Z)')
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def to_toml(checklist: Checklist) -> str:
    """The text of a file that holds `checklist`; what is at its default is left out."""
    lines = [f"schema = {SCHEMA}", "", "[checklist]"]
    lines += [f"{name} = {_value(getattr(checklist, name))}" for name in HEAD if name != "include"]
    if checklist.include:
        lines.append(f"include = {_value(checklist.include)}")
    for phase in checklist.phases:
        lines += ["", "[[phase]]", *_fields(phase)]
    for item in checklist.items:
        lines += ["", "[[item]]", *_fields(item, but="check")]
        for check in item.check:
            lines += ["[[item.check]]", *_fields(check)]
    return "\n".join(lines) + "\n"


def quote(text: str) -> str:
    """`text` as a TOML string; as one of several lines where it has them."""
    if "\n" in text:
        body = _CLOSING.sub('\\\\"', text.replace("\\", "\\\\"))
        return f'"""\n{_UNSAFE.sub(_escape, body)}"""'
    escaped = "".join(_ESCAPES.get(char, char) for char in text)
    return f'"{_UNSAFE.sub(_escape, escaped)}"'


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _fields(table: Any, but: str = "", spread: bool = True) -> Iterator[str]:
    for each in dataclasses.fields(table):
        value = getattr(table, each.name)
        if each.name != but and value is not None and (each.default is None or value != each.default):
            yield f"{each.name} = {_value(value, spread)}"


def _value(value: Any, spread: bool = False) -> str:
    """A TOML value; a long list on several lines where `spread`."""
    if isinstance(value, Enum):
        return quote(str(value.value))
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool):
        return str(value).lower()
    if dataclasses.is_dataclass(value):
        return f"{{ {', '.join(_fields(value, spread=False))} }}"
    if not isinstance(value, tuple | list):
        return repr(value)
    values = [_value(each) for each in value]
    if spread and len(values) > 1 and sum(map(len, values)) > 60:
        return "[\n" + "".join(f"    {each},\n" for each in values) + "]"
    return f"[{', '.join(values)}]"
