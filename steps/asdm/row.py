"""A row of a table: its values asked for by name and kind, whether they came as text or as bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..errors import AsdmError

__all__ = ["DAMAGED", "Row", "disk_uid"]

T = TypeVar("T")

#: A quoted text, or a word.
ITEM = re.compile(r'"([^"]*)"|(\S+)')
DAMAGED = "Compare the file with the archive's (size, checksum) and download the ASDM again."


def disk_uid(uid: str) -> str:
    """`uid://A002/X1/X2` as it is written on disk: `uid___A002_X1_X2`."""
    return uid.replace(":", "_").replace("/", "_")


@dataclass(frozen=True, slots=True)
class Row:
    """A row; an absent element is the default, an element that is not what it should be an AsdmError."""

    where: str
    """File and number of the row, for a person."""
    values: Mapping[str, str | Sequence[object]]
    """Element -> its text; from a binary table a list holds its values, flat."""

    def has(self, name: str) -> bool:
        """Whether the element is there."""
        return name in self.values

    def text(self, name: str, default: str = "") -> str:
        """Free text, without white space around it."""
        value = self.values.get(name)
        return default if value is None else value.strip() if isinstance(value, str) else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number."""
        return self._one(name, int, default)

    def real(self, name: str, default: float = 0.0) -> float:
        """A number."""
        return self._one(name, float, default)

    def seconds(self, name: str, default: float = 0.0) -> float:
        """A time or duration, s (the ASDM has nanoseconds)."""
        return self._one(name, _seconds, default)

    def tag(self, name: str, default: int = -1) -> int:
        """The number of a reference to another table: 3 of Antenna_3."""
        return self._one(name, _tag, default)

    def truth(self, name: str) -> bool:
        """A truth value; False where it is absent."""
        return self.text(name).lower() in ("true", "1")

    def pair(self, name: str) -> tuple[float, float]:
        """The two numbers of a time interval, s."""
        parts = self.text(name).split()
        if len(parts) != 2:
            raise self._wrong(name)
        try:
            return _seconds(parts[0]), _seconds(parts[1])
        except (ValueError, OverflowError):
            raise self._wrong(name) from None

    def reals(self, name: str) -> tuple[float, ...]:
        """The numbers of a list, flat."""
        try:
            return tuple([float(each) for each in self._items(name)])  # type: ignore[arg-type]  # refused if not
        except (ValueError, TypeError, OverflowError):
            raise self._wrong(name) from None

    def shape(self, name: str) -> tuple[int, ...]:
        """The lengths of a list along each of its dimensions; empty where it is absent."""
        value = self.values.get(name)
        if value is None:
            return ()
        if not isinstance(value, str):
            return (len(value),)
        try:
            parts = value.split(None, 1)
            n_dimensions = int(parts[0]) if parts else 0
            return tuple(int(each) for each in value.split(None, n_dimensions + 1)[1 : n_dimensions + 1])
        except (ValueError, OverflowError):
            raise self._wrong(name) from None

    def words(self, name: str) -> tuple[str, ...]:
        """The words or quoted texts of a list; a text that is no list is taken as words."""
        return tuple(map(str, self._items(name)))

    def tags(self, name: str) -> tuple[int, ...]:
        """The numbers of a list of references."""
        try:
            return tuple(_tag(str(each)) for each in self._items(name))
        except (ValueError, OverflowError):
            raise self._wrong(name) from None

    def _items(self, name: str) -> Sequence[object]:
        value = self.values.get(name)
        if value is None:
            return ()
        if not isinstance(value, str):
            return value
        parts = _split(value)
        if parts and parts[0].isdecimal() and len(parts) > int(parts[0]):
            n_dimensions = int(parts[0])
            if all(each.isdecimal() for each in parts[1 : n_dimensions + 1]):
                return parts[n_dimensions + 1 :]
        return parts

    def _one(self, name: str, kind: Callable[[str], T], default: T) -> T:
        if name not in self.values:
            return default
        try:
            return kind(self.text(name))
        except (ValueError, OverflowError):
            raise self._wrong(name) from None

    def _wrong(self, name: str) -> AsdmError:
        return AsdmError(f"{name} cannot be understood: {self.text(name)[:60]!r}", self.where, DAMAGED)


def _split(text: str) -> list[str]:
    if '"' not in text:
        return text.split()
    return [quoted or word for quoted, word in ITEM.findall(text)]


def _seconds(text: str) -> float:
    return int(text) / 1e9


def _tag(text: str) -> int:
    return int(text.rpartition("_")[2])
