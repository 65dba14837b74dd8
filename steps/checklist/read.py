"""TOML tables to dataclasses: what a field may hold is what its annotation says, and nothing is guessed."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, NewType, TypeVar

from .lines import Where
from .model import Key
from .source import Source, near_match, nearest, printable

__all__ = ["Slot", "UnixTime", "read_fields", "read_table", "slots_of", "tables_of"]

T = TypeVar("T")

#: Seconds since 1970; in TOML an offset date-time.
UnixTime = NewType("UnixTime", float)

_WRONG: Any = object()


@dataclasses.dataclass(frozen=True, slots=True)
class Slot:
    """One key that a table may have."""

    name: str
    hint: Any
    required: bool


@cache
def slots_of(cls: type) -> dict[str, Slot]:
    """The keys of a table that becomes a `cls`, in order."""
    hints = typing.get_type_hints(cls)
    slots = {}
    for each in dataclasses.fields(cls):
        if each.compare:
            required = each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
            slots[each.name] = Slot(each.name, _bare(hints[each.name]), required)
    return slots


def _bare(hint: Any) -> Any:
    """`hint` without None: in TOML what is not there is left out."""
    kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
    if typing.get_origin(hint) not in (types.UnionType, typing.Union):
        return hint
    return kinds[0] if len(kinds) == 1 else typing.Union[tuple(kinds)]  # noqa: UP007


def read_table(cls: type[T], data: object, source: Source, where: Where, what: str) -> T:
    """Make a `cls` of the table `data`.

    Problems go to `source`; a field that is wrong or missing gets an empty value of its type, so that
    the rest can still be looked at.
    """
    kind: Any = cls
    slots = slots_of(kind)
    required = [slot.name for slot in slots.values() if slot.required]
    values = read_fields(slots, data, source, where, what, required)
    for name in required:
        values.setdefault(name, _empty(slots[name].hint))
    return cls(**values)


def read_fields(
    slots: Mapping[str, Slot],
    data: object,
    source: Source,
    where: Where,
    what: str,
    required: Collection[str] = (),
) -> dict[str, Any]:
    """The values in the table `data` by name, leaving out what is wrong."""
    if not isinstance(data, dict):
        source.report(where, f"{what} must be a table, not {_say(data)}")
        return {}
    values = {}
    for name, value in data.items():
        if name not in slots:
            text = f'unknown key "{printable(name)}" in {what}'
            source.report((*where, name), text, nearest(name, slots))
            meant = near_match(name, slots)
            if meant not in data:
                source.excuse((*where, meant))
            continue
        read = _read(slots[name].hint, value, source, (*where, name))
        if read is not _WRONG:
            values[name] = read
    for name in required:
        if name not in data:
            source.report((*where, name), f'{what} has no "{name}"', f"Write: {name} = ...")
    return values


def tables_of(data: Mapping[str, object], name: str, source: Source) -> list[object]:
    """The tables of ``[[name]]``."""
    value = data.get(name, [])
    if isinstance(value, list):
        return value
    source.report((name,), f"must be a list of tables, not {_say(value)}", f"Write: [[{name}]]")
    return []


def _read(hint: Any, value: object, source: Source, where: Where) -> Any:
    """`value` as `hint` wants it; _WRONG, with a problem noted, when it is not that."""
    if typing.get_origin(hint) is tuple:
        return _read_list(typing.get_args(hint)[0], value, source, where)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return read_table(hint, value, source, where, f"{where[-2] if len(where) > 1 else where[-1]}")
    try:
        return _convert(hint, value)
    except ValueError as error:
        source.report(where, f'"{printable(str(_name(where)))}" must be {error}')
        return _WRONG


def _read_list(hint: Any, value: object, source: Source, where: Where) -> Any:
    tables = dataclasses.is_dataclass(hint)
    if not isinstance(value, list):
        text = f"a list of {'tables' if tables else 'strings'}, not {_say(value)}"
        path = ".".join(str(part) for part in where if isinstance(part, str))
        todo = f"Write: [[{path}]]" if tables else "Put it in brackets: [ ]"
        source.report(where, f'"{_name(where)}" must be {text}', todo)
        return _WRONG
    read = [_read(hint, each, source, (*where, index)) for index, each in enumerate(value)]
    return tuple(each for each in read if each is not _WRONG)


def _convert(hint: Any, value: object) -> Any:
    """`value` as the plain type `hint`; ValueError says what it must be."""
    if hint is object:
        return _plain(value)
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return _union(hint, value)
    if hint is UnixTime:
        return _time(value)
    if hint is Key:
        return _key(value)
    if issubclass(hint, Enum):
        return _enum(hint, value)
    if hint is str:
        return _text(value)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(value)
    if type(value) is not hint:
        raise ValueError(f"{_WORDS[hint]}, not {_say(value)}")
    if hint is int and not _is_64_bit(value):
        raise ValueError("a number of at most 64 bits")
    return value


def _is_64_bit(value: Any) -> bool:
    return bool(-(2**63) <= value < 2**63)


def _union(hint: Any, value: object) -> Any:
    kinds = typing.get_args(hint)
    for kind in kinds:
        if isinstance(value, kind):
            return _convert(kind, value)
    words = " or ".join(_WORDS[kind] for kind in kinds)
    raise ValueError(f"{words}, not {_say(value)}")


def _plain(value: object) -> object:
    """A default value: a string, number, truth value, or a list of those."""
    if isinstance(value, list):
        return [_plain(each) for each in value if not _refuse_nested(each)]
    for kind in (str, bool, int, float):
        if isinstance(value, kind):
            return _convert(kind, value)
    raise ValueError(f"a string, a number, true, false, or a list of those, not {_say(value)}")


def _refuse_nested(value: object) -> bool:
    if isinstance(value, list):
        raise ValueError("a list of strings or numbers, not of lists")
    return False


def _text(value: object) -> str:
    """A string; a TOML date is as good."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, str):
        raise ValueError(f"{_WORDS[str]}, not {_say(value)}")
    for char in value:
        if (ord(char) < 32 and char not in "\n\t") or 127 <= ord(char) < 160:
            raise ValueError(f"text without control characters; it holds {char!r}")
    return value


def _finite(value: int | float) -> float:
    try:
        number = float(value)
    except OverflowError:
        raise ValueError("a number of this world; it is too large") from None
    if not math.isfinite(number):
        raise ValueError(f"a finite number, not {number}")
    return number


def _time(value: object) -> float:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("a time with its zone, like 2026-11-22T11:41:28Z")
    return value.timestamp()


def _key(value: object) -> Key:
    key = Key.parse(_text(value))
    if not key.checklist or not key.item or str(key) != value:
        raise ValueError(f"checklist/item or checklist/item@eb, not {_say(value)}")
    return key


def _enum(hint: type[Enum], value: object) -> Enum:
    for each in hint:
        if each.value == value:
            return each
    names = [str(each.value) for each in hint]
    raise ValueError(f"one of {', '.join(names)}, not {_say(value)}")


def _empty(hint: Any) -> Any:
    if hint is Key:
        return Key("", "")
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    return 0.0 if hint is UnixTime else hint()


def _name(where: Where) -> str | int:
    return next((part for part in reversed(where) if isinstance(part, str)), where[-1])


_WORDS: dict[Any, str] = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}


def _say(value: object) -> str:
    """What a TOML value is, in a few words."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'the string "{printable(value)}"'
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, int) and not _is_64_bit(value):
        return "a very large number"
    return "a list" if isinstance(value, list) else printable(str(value))
