"""ticks.toml: what persons said of items. Entries are added at the end and never changed.

People edit the file too: whatever they wrote in it stays as it is, byte for byte.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TypeVar

from ..errors import ChecklistError, UsageError
from ..wholefile import write_whole
from .model import Key
from .read import UnixTime, read_table
from .source import nearest, printable, raise_first, read_source
from .write import quote

__all__ = ["Choice", "Entry", "Note", "SignOff", "Skip", "Ticks", "Unskip", "append"]

T = TypeVar("T")

_HEADER = "# Sign-offs, notes, skips and choices. Entries are added at the end and not changed.\n"


@dataclass(frozen=True, slots=True)
class SignOff:
    """A person's judgement: it is as it should be."""

    key: Key
    time: UnixTime
    initials: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark."""

    key: Key
    time: UnixTime
    text: str
    initials: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """The item is left out."""

    key: Key
    time: UnixTime
    reason: str
    initials: str = ""


@dataclass(frozen=True, slots=True)
class Unskip:
    """The item is not left out after all."""

    key: Key
    time: UnixTime
    initials: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided."""

    key: Key
    time: UnixTime
    choice: str
    initials: str = ""
    text: str = ""


Entry = SignOff | Note | Skip | Unskip | Choice

_TABLES: dict[str, type[Entry]] = {
    "sign-off": SignOff,
    "note": Note,
    "skip": Skip,
    "unskip": Unskip,
    "choice": Choice,
}
_NAMES = {cls: name for name, cls in _TABLES.items()}


@dataclass(frozen=True, slots=True)
class Ticks:
    """All that persons have said, by time."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Ticks:
        """Read ticks.toml; a file that is not there holds nothing.

        Raises
        ------
        ChecklistError
            With ``file:line``: it is not TOML, or an entry is not one.
        """
        if not path.exists():
            return cls()
        source = read_source(path)
        found: list[tuple[float, int, Entry]] = []
        for name, tables in source.data.items():
            if name not in _TABLES or not isinstance(tables, list):
                source.report((name,), f'"{printable(name)}" is no entry', nearest(name, _TABLES))
                continue
            for index, data in enumerate(tables):
                entry = read_table(_TABLES[name], data, source, (name, index), f"[[{name}]]")
                found.append((entry.time, source.line((name, index)), entry))
        raise_first(sorted(source.problems, key=lambda problem: problem.line))
        return cls(tuple(entry for _, _, entry in sorted(found, key=lambda each: each[:2])))

    def signed(self, key: Key) -> SignOff | None:
        """The last sign-off of an item."""
        return self._last(key, SignOff)

    def noted(self, key: Key) -> Note | None:
        """The last note on an item."""
        return self._last(key, Note)

    def chosen(self, key: Key) -> Choice | None:
        """The last choice made for a decision."""
        return self._last(key, Choice)

    def skipped(self, key: Key) -> Skip | None:
        """The skip of an item, unless it was taken back."""
        for entry in reversed(self.entries):
            if entry.key == key and isinstance(entry, Skip | Unskip):
                return entry if isinstance(entry, Skip) else None
        return None

    def of(self, key: Key) -> tuple[Entry, ...]:
        """All that was said of an item."""
        return tuple(entry for entry in self.entries if entry.key == key)

    def _last(self, key: Key, cls: type[T]) -> T | None:
        return next(
            (each for each in reversed(self.entries) if each.key == key and isinstance(each, cls)), None
        )


def append(path: Path, entry: Entry) -> Ticks:
    """Add one entry to ticks.toml, whole or not at all, and return all that is in it then.

    The time is kept to the millisecond.

    Raises
    ------
    ChecklistError
        The file is broken already (nothing is written then), or cannot be written.
    UsageError
        The entry says nothing: a skip without a reason, a sign-off without initials.
    """
    table = _table(entry)
    try:
        with _locked(path.parent):
            before = path.read_bytes() if path.exists() else _HEADER.encode()
            Ticks.load(path)
            gap = b"\n" if before.endswith(b"\n") or not before else b"\n\n"
            write_whole(path, before + gap + table.encode())
            return Ticks.load(path)
    except OSError as error:
        todo = "Make room on this disk, or see who owns the file."
        raise ChecklistError(f"cannot be written: {error.strerror}", str(path), todo) from error


def _table(entry: Entry) -> str:
    lines = [f"[[{_NAMES[type(entry)]}]]", f"key = {quote(str(entry.key))}", f"time = {_iso(entry.time)}"]
    for each in dataclasses.fields(entry)[2:]:
        value = _clean(getattr(entry, each.name))
        if each.default is dataclasses.MISSING and not value.strip():
            raise UsageError(f"a {_NAMES[type(entry)]} needs its {each.name}", str(entry.key))
        if value:
            lines.append(f"{each.name} = {quote(value)}")
    return "\n".join(lines) + "\n"


def _clean(text: str) -> str:
    """`text` without control characters, which a terminal would obey."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(char for char in text if char in "\n\t" or not (ord(char) < 32 or 127 <= ord(char) < 160))


def _iso(time: float) -> str:
    moment = datetime.fromtimestamp(time, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer at a time; where the file system has no locks, without."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
