"""All run records of a MOUS, each read whole only when somebody asks for it.

A long reduction has a thousand records of 20 kB, mostly flag counts; what stands where follows from the last
run of each item.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ..errors import RecordError
from .runs import RunRecord, load_run

__all__ = ["Head", "RunBook", "read_head"]

RESTORED = "restored"


class Head(NamedTuple):
    """What puts a run in its place."""

    start: float
    """Unix time, s."""
    key: str
    status: str
    has_restored: bool
    """Whether it put flags back."""


class RunBook:
    """The run records in a folder; they are written once and never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._heads: dict[str, Head] = {}
        self._whole: dict[str, RunRecord] = {}
        self._broken: dict[str, str] = {}
        self._order: list[tuple[str, Head]] = []

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with records that cannot be read, in whole sentences."""
        return tuple(self._broken.values())

    def refresh(self) -> bool:
        """Look for new records; whether there was one."""
        try:
            names = {name for name in os.listdir(self._folder) if name.endswith(".json")}
        except OSError:
            return False
        new = names - self._heads.keys() - self._broken.keys()
        for name in new:
            try:
                self._heads[name] = read_head(self._folder / name)
            except RecordError as error:
                self._broken[name] = str(error)
        if new:
            self._sort()
        return bool(new)

    def all(self) -> list[RunRecord]:
        """All of them, oldest first."""
        return self._read(self._heads)

    def since(self, start: float) -> list[RunRecord]:
        """Those that began after `start` (unix time, s), oldest first."""
        return self._read(name for name, head in self._heads.items() if head.start > start)

    def standing(self) -> list[RunRecord]:
        """The last run of each item, and all that put flags back; oldest first."""
        last = {head.key: name for name, head in self._order if head.status != RESTORED}
        restored = [name for name, head in self._heads.items() if head.has_restored]
        return self._read({*last.values(), *restored})

    def last(self, key: str) -> RunRecord | None:
        """The last run of the item `key`, restores left out."""
        mine = [name for name, head in self._order if head.key == key and head.status != RESTORED]
        found = self._read(mine[-1:])
        return found[-1] if found else None

    def _sort(self) -> None:
        self._order = sorted(self._heads.items(), key=lambda pair: pair[1].start)

    def _read(self, names: Iterable[str]) -> list[RunRecord]:
        found = []
        for name in names:
            if name not in self._whole:
                try:
                    self._whole[name] = load_run(self._folder / name)
                except RecordError as error:
                    self._broken[name] = str(error)
                    continue
            found.append(self._whole[name])
        for name in self._broken.keys() & self._heads.keys():
            del self._heads[name]
            self._sort()
        return sorted(found, key=lambda run: run.start)


def read_head(path: Path) -> Head:
    """The head of a record, from its lines as `save_run` writes them; read whole where they are not so.

    Raises
    ------
    RecordError
        It is not a run record.
    """
    try:
        text = path.read_text(encoding="utf-8")
        start, key, status, restored = (
            _value(text, name) for name in ("start", "key", "status", "versions_restored")
        )
        return Head(float(json.loads(start)), str(json.loads(key)), str(json.loads(status)), restored != "[]")
    except (OSError, ValueError):
        run = load_run(path)
        return Head(run.start, run.key, run.status, bool(run.versions_restored))


def _value(text: str, name: str) -> str:
    """What follows `name` on its line: fields of the record itself are indented by one blank."""
    label = f'\n "{name}": '
    at = text.index(label) + len(label)
    return text[at : text.index("\n", at)].removesuffix(",")
