"""What the journal holds and the record does not: runs begun and not recorded, and the queue."""

from __future__ import annotations

from dataclasses import dataclass

from ..checklist.model import Key
from ..journal import Journal

__all__ = ["BegunRun", "Unsettled", "unsettled"]


@dataclass(frozen=True, slots=True)
class BegunRun:
    """A run without an end in the journal."""

    id: str
    key: str
    stop_now: bool
    """Whether a person had asked to stop it at once."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What a conductor that died has left."""

    runs: tuple[BegunRun, ...]
    queue: tuple[Key, ...]
    restores: tuple[Key, ...] = ()
    """Items whose flags were being put back: to do so again does no harm."""

    def __bool__(self) -> bool:
        return bool(self.runs or self.queue or self.restores)


def unsettled(journal: Journal) -> Unsettled:
    """Read the whole journal."""
    begun: dict[str, str] = {}
    stopped: set[str] = set()
    queue: tuple[Key, ...] = ()
    restores: dict[str, None] = {}
    events, _ = journal.read()
    for event in events:
        if event.kind == "item-started":
            begun[event.get("run")] = event.get("key")
        elif event.kind == "item-ended":
            begun.pop(event.get("run"), None)
        elif event.kind == "restore-started":
            restores[event.get("key")] = None
        elif event.kind == "restore-ended":
            restores.pop(event.get("key"), None)
        elif event.kind == "queue":
            queue = tuple(Key.parse(text) for text in event.get("keys", ()))
        elif event.kind == "stop":
            queue = ()
            if event.get("how") == "now":
                stopped.update(begun)
    runs = tuple(BegunRun(run, key, run in stopped) for run, key in begun.items())
    return Unsettled(runs, queue, tuple(map(Key.parse, restores)))
