"""The scripts of a MOUS as its items see them: which step, where, and whether its text has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..checklist.model import Item, Key, Kind
from ..errors import CasapilotError
from ..mous.mous import Mous

__all__ = ["ItemStep", "ScriptBook"]


@dataclass(frozen=True, slots=True)
class ItemStep:
    """The step of one item."""

    number: int | float | None
    start: int
    end: int
    """Byte offsets in the script."""
    sha: str
    call: str
    """Its first task call, as it stands in the script."""


class ScriptBook:
    """Reads a script again only when it has changed; says what is wrong with it instead of raising."""

    def __init__(self, mous: Mous) -> None:
        self._mous = mous
        self._stamps: dict[str, tuple[int, int]] = {}
        self._steps: dict[Key, ItemStep | str] = {}

    def refresh(self, items: Mapping[Key, Item]) -> bool:
        """Read the scripts that have changed; whether there was one."""
        changed = False
        for eb in self._mous.ebs:
            stamp = _stamp(eb.script)
            if self._stamps.get(eb.name) == stamp:
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

    def _read(self, path: Path, items: dict[Key, Item]) -> None:
        from ..script import Script, step_sha

        wanted = {key: item for key, item in items.items() if item.kind is Kind.RUN}
        try:
            script = Script.read(path)
        except CasapilotError as error:
            self._steps.update(dict.fromkeys(wanted, f"{path.name}: {error.what}"))
            return
        for key, item in wanted.items():
            try:
                step = script.step_by_title(item.step)
            except CasapilotError as error:
                self._steps[key] = error.what
                continue
            number = step.number if isinstance(step.number, (int, float)) else None
            calls = [call for call in script.calls_in(step) if not call.commented]
            first = script.content[calls[0].start : calls[0].end].decode("utf-8", "replace") if calls else ""
            self._steps[key] = ItemStep(number, step.start, step.end, step_sha(script, step), first)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (-1, -1)
    return (status.st_mtime_ns, status.st_size)
