"""The journal folded into what goes on right now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ..checklist.model import Key
from ..journal import Event, Journal
from .view import Activity, Running, WorkerView

__all__ = ["BETWEEN_RUNS", "Fold", "fold", "skim"]

#: What tells where things stand once a run is over: the other kinds of events are of a run in progress.
BETWEEN_RUNS = frozenset(
    (
        "conductor-started",
        "item-started",
        "item-ended",
        "item-refused",
        "queue",
        "restore-started",
        "restore-ended",
        "stop",
        "worker-started",
        "worker-ended",
    )
)


@dataclass(frozen=True, slots=True)
class Fold:
    """What the events so far amount to; who is alive is for others to say."""

    activity: Activity = field(default_factory=Activity)
    workers: dict[str, WorkerView] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """EB -> why the last of its items that was asked for did not begin."""
    events: int = 0


def skim(journal: Journal) -> tuple[list[Event], int]:
    """Return the events that a `Fold` needs of a journal, and the offset in bytes to read on from.

    A long journal is not read whole: of what was before the runs in progress began, only the events in
    between runs matter.
    """
    start = journal.last("item-started")
    earlier = journal.select(BETWEEN_RUNS, start)
    before = Fold()
    for event in earlier:
        before = fold(before, event)
    runs = [each.run for each in before.activity.running if each.run]
    if runs:
        start = min(journal.last("item-started", run) for run in runs)
        earlier = journal.select(BETWEEN_RUNS, start)
    events, offset = journal.read(start)
    return earlier + events, offset


def fold(state: Fold, event: Event) -> Fold:
    """Take one event in; unknown kinds, and events with fields of a wrong form, change nothing."""
    try:
        return _fold(state, event)
    except (ValueError, TypeError, AttributeError):
        return state


def _fold(state: Fold, event: Event) -> Fold:
    activity, data = state.activity, event.data
    refused = state.refused
    workers = state.workers
    if event.kind == "item-started":
        begun = Running(Key.parse(str(data.get("key"))), str(data.get("run")), event.t)
        activity = _begin(activity, begun)
        refused = {eb: why for eb, why in refused.items() if eb != begun.key.eb}
    elif event.kind == "restore-started":
        key = Key.parse(str(data.get("key")))
        activity = _begin(activity, Running(key, started=event.t, text="its flags are being put back"))
    elif event.kind in ("item-ended", "restore-ended"):
        activity = _end(activity, Key.parse(str(data.get("key"))))
    elif event.kind == "item-refused":
        key = Key.parse(str(data.get("key")))
        why = " ".join(part for part in (str(data.get("reason", "")), str(data.get("todo", ""))) if part)
        refused = {**refused, key.eb: why}
        activity = _drop(_end(activity, key), key, data.get("dropped"))
    elif event.kind == "queue":
        keys = tuple(Key.parse(str(text)) for text in data.get("keys", ()))
        activity = replace(activity, queue=keys)
    elif event.kind == "worker-started":
        workers = {**workers, str(data.get("eb")): _worker(event)}
    elif event.kind == "worker-ended":
        workers = {name: view for name, view in workers.items() if name != data.get("eb")}
    elif event.kind == "stop":
        activity = _stop(activity, str(data.get("how", "")), str(data.get("eb") or ""))
    elif data.get("run"):
        activity = _in_step(activity, event)
    return Fold(activity, workers, refused, state.events + 1)


def _worker(event: Event) -> WorkerView:
    pid, host, casa = int(event.get("pid", 0)), str(event.get("host", "")), str(event.get("casa", ""))
    return WorkerView(str(event.get("eb")), "idle", pid, host, casa)


def _begin(activity: Activity, begun: Running) -> Activity:
    """One EB does one thing after the other: what it was at before is over."""
    others = tuple(each for each in activity.running if each.key.eb != begun.key.eb)
    return replace(activity, running=(*others, begun))


def _end(activity: Activity, key: Key) -> Activity:
    return replace(activity, running=tuple(each for each in activity.running if each.key.eb != key.eb))


def _drop(activity: Activity, key: Key, dropped: object) -> Activity:
    """Leave out what was refused and what was dropped with it; before EBs ran in parallel that was all."""
    gone = {str(key), *map(str, dropped)} if isinstance(dropped, list) else None
    queue = () if gone is None else tuple(each for each in activity.queue if str(each) not in gone)
    return replace(activity, queue=queue)


def _stop(activity: Activity, how: str, eb: str) -> Activity:
    running = tuple(
        replace(each, stopping=how) if eb in ("", each.key.eb) else each for each in activity.running
    )
    queue = tuple(key for key in activity.queue if eb not in ("", key.eb))
    return replace(activity, running=running, queue=queue)


def _in_step(activity: Activity, event: Event) -> Activity:
    """What was told of one of the runs in progress."""
    changes = _changes(event)
    if not changes or all(each.run != event.get("run") for each in activity.running):
        return activity
    running = tuple(
        replace(each, **changes) if each.run == event.get("run") else each for each in activity.running
    )
    return replace(activity, running=running)


def _changes(event: Event) -> dict[str, Any]:
    if event.kind == "step-ended":
        return {"call": "", "percent": None, "step_ended": True}
    if event.kind == "call-started":
        return {"call": str(event.get("text", "")), "percent": None, "text": ""}
    if event.kind == "call-ended":
        return {"call": "", "percent": None}
    if event.kind == "progress":
        return {"percent": event.get("percent"), "text": str(event.get("text") or "")}
    if event.kind == "warnings":
        return {"warnings": int(event.get("count", 0))}
    return {}
