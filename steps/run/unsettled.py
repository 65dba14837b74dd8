"""What the journal holds and the record does not: runs begun and not recorded, and the queue."""

from __future__ import annotations

from dataclasses import dataclass

from ..checklist.model import Key
from ..journal import Journal

__all__ = ["BegunRun", "Unsettled", "keys_of", "unsettled"]


@dataclass(frozen=True, slots=True)
class BegunRun:
    """A run without an end in the journal."""

    id: str
    key: str
    stopped: str
    """"after-call" or "now" when a person had asked to stop it, else empty."""


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
    stopped: dict[str, str] = {}
    queue: tuple[Key, ...] = ()
    restores: dict[str, None] = {}
    events, _ = journal.read()
    for event in events:
        if event.kind == "item-started":
            begun[str(event.get("run"))] = str(event.get("key"))
        elif event.kind == "item-ended":
            begun.pop(str(event.get("run")), None)
        elif event.kind == "restore-started":
            restores[str(event.get("key"))] = None
        elif event.kind == "restore-ended":
            restores.pop(str(event.get("key")), None)
        elif event.kind == "queue":
            queue = keys_of(event.get("keys"))
        elif event.kind == "stop":
            queue = ()
            stopped.update(dict.fromkeys(begun, str(event.get("how"))))
    runs = tuple(BegunRun(run, key, stopped.get(run, "")) for run, key in begun.items() if keys_of([key]))
    return Unsettled(runs, queue, keys_of(list(restores)))


def keys_of(texts: object) -> tuple[Key, ...]:
    """Return the keys among `texts`: a journal on a disk that failed can hold anything."""
    listed = texts if isinstance(texts, list) else []
    return tuple(key for key in map(Key.parse, map(str, listed)) if key.item)
