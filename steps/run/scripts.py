"""The scripts of a MOUS as its items see them: which step, where, and whether its text has changed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..checklist.model import Item, Key, Kind
from ..errors import CasapilotError
from ..mous.mous import Mous

__all__ = ["ItemStep", "ScriptBook", "stamp_of", "whole_sha"]


@dataclass(frozen=True, slots=True)
class ItemStep:
    """The step of one item."""

    number: int | float | None
    start: int
    end: int
    """Byte offsets in the script."""
    sha: str


class ScriptBook:
    """Reads a script again only when it has changed; says what is wrong with it instead of raising."""

    def __init__(self, mous: Mous) -> None:
        self._mous = mous
        self._stamps: dict[str, tuple[int, int] | None] = {}
        self._steps: dict[Key, ItemStep | str | None] = {}
        """Step of an item, or what is wrong with it; None where it is optional and there is none."""

    def refresh(self, items: Mapping[Key, Item]) -> bool:
        """Read the scripts that have changed; whether there was one."""
        changed = False
        for eb in self._mous.ebs:
            stamp = stamp_of(eb.script)
            if eb.name in self._stamps and self._stamps[eb.name] == stamp:
                continue
            self._stamps[eb.name] = stamp
            self._read(eb.script, {key: item for key, item in items.items() if key.eb == eb.name})
            changed = True
        return changed

    def step(self, key: Key) -> ItemStep | None:
        """The step of an item, or None."""
        step = self._steps.get(key)
        return step if isinstance(step, ItemStep) else None

    def problem(self, key: Key) -> str:
        """Why an item that should have a step has none, or empty."""
        step = self._steps.get(key)
        return step if isinstance(step, str) else ""

    def lacks(self, key: Key) -> bool:
        """Whether an optional item's script was read and has no step for it."""
        return key in self._steps and self._steps[key] is None

    def changed_by(self, path: Path, content: bytes, items: Mapping[Key, Item]) -> list[Key]:
        """Return the items whose step would have another text if `path` held `content`."""
        ebs = {eb.name for eb in self._mous.ebs if eb.script.resolve() == path.resolve()}
        mine = {key: item for key, item in items.items() if key.eb in ebs and (item.step or item.whole)}
        after = _steps_of(content, path.name, mine)
        return [key for key in mine if self._sha(self._steps.get(key)) != self._sha(after.get(key))]

    def _read(self, path: Path, items: Mapping[Key, Item]) -> None:
        wanted = {key: item for key, item in items.items() if item.kind is Kind.RUN}
        try:
            content = path.read_bytes()
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            why = (
                "there is no script yet: casapilot generate" if missing else f"{path.name}: {error.strerror}"
            )
            self._steps.update(dict.fromkeys(wanted, why))
            return
        self._steps.update(_steps_of(content, path.name, wanted))

    @staticmethod
    def _sha(step: ItemStep | str | None) -> str:
        return step.sha if isinstance(step, ItemStep) else ""


def whole_sha(content: bytes) -> str:
    """SHA-1 of a whole script, hexadecimal: what an item that runs all of it rests on."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _steps_of(content: bytes, name: str, items: Mapping[Key, Item]) -> dict[Key, ItemStep | str | None]:
    """Return the step of each item, or what is wrong with it; None where an optional one has none."""
    from ..script import Script, step_sha  # it takes a moment to import, which the first screen does without

    script = Script.parse(content, name)
    names = [step.name for step in script.steps]
    found: dict[Key, ItemStep | str | None] = {}
    for key, item in items.items():
        if item.whole:
            found[key] = ItemStep(None, 0, len(content), whole_sha(content))
            continue
        if item.optional and names and not any(re.search(item.step, each, re.IGNORECASE) for each in names):
            found[key] = None
            continue
        try:
            step = script.step_by_title(item.step)
        except CasapilotError as error:
            found[key] = error.what
            continue
        number = step.number if isinstance(step.number, (int, float)) else None
        found[key] = ItemStep(number, step.start, step.end, step_sha(script, step))
    return found


def stamp_of(path: Path) -> tuple[int, int] | None:
    """What differs when a file was written again; None when it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
