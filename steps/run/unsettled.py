"""What the journal holds and the record does not: runs begun and not recorded, and the queue."""

from __future__ import annotations

from dataclasses import dataclass

from ..checklist.model import Key
from ..journal import Event, Journal

__all__ = ["BegunRun", "Unsettled", "keys_of", "unsettled"]

#: The kinds of events that matter here.
KINDS = frozenset(
    ("item-started", "item-ended", "item-refused", "queue", "restore-started", "restore-ended", "stop")
)


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
    jobs: int = 0
    """How many EBs were to run at a time; 0 where that was not said."""

    def __bool__(self) -> bool:
        return bool(self.runs or self.queue or self.restores)


def unsettled(journal: Journal) -> Unsettled:
    """Skim the whole journal."""
    begun: dict[str, str] = {}
    stopped: dict[str, str] = {}
    queue: tuple[Key, ...] = ()
    restores: dict[str, None] = {}
    jobs = 0
    for event in journal.select(KINDS):
        if event.kind == "item-started":
            begun[str(event.get("run"))] = str(event.get("key"))
        elif event.kind == "item-ended":
            begun.pop(str(event.get("run")), None)
            queue = _after(queue, event)
        elif event.kind == "item-refused":
            queue = _after_refusal(queue, event)
        elif event.kind == "restore-started":
            restores[str(event.get("key"))] = None
        elif event.kind == "restore-ended":
            restores.pop(str(event.get("key")), None)
        elif event.kind == "queue":
            queue, jobs = keys_of(event.get("keys")), _count(event.get("jobs"))
        elif event.kind == "stop":
            eb = str(event.get("eb") or "")
            queue = tuple(key for key in queue if eb not in ("", key.eb))
            mine = [run for run, key in begun.items() if eb in ("", Key.parse(key).eb)]
            stopped.update(dict.fromkeys(mine, str(event.get("how"))))
    runs = tuple(BegunRun(run, key, stopped.get(run, "")) for run, key in begun.items() if keys_of([key]))
    return Unsettled(runs, queue, keys_of(list(restores)), jobs)


def _after(queue: tuple[Key, ...], ended: Event) -> tuple[Key, ...]:
    """Return the queue after the end of an item, as its conductor would have written it next."""
    status, key = ended.get("status"), Key.parse(str(ended.get("key")))
    if status == "unbegun" or key not in queue:
        return queue
    return tuple(each for each in queue if each != key and (status == "done" or each.eb not in ("", key.eb)))


def _after_refusal(queue: tuple[Key, ...], refused: Event) -> tuple[Key, ...]:
    """Return the queue without what was refused; before EBs ran in parallel all was dropped."""
    dropped = refused.get("dropped")
    if not isinstance(dropped, list):
        return ()
    gone = {str(refused.get("key")), *map(str, dropped)}
    return tuple(each for each in queue if str(each) not in gone)


def _count(jobs: object) -> int:
    return jobs if isinstance(jobs, int) and jobs > 0 else 0


def keys_of(texts: object) -> tuple[Key, ...]:
    """Return the keys among `texts`: a journal on a disk that failed can hold anything."""
    listed = texts if isinstance(texts, list) else []
    return tuple(key for key in map(Key.parse, map(str, listed)) if key.item)
