"""The journal folded into what goes on right now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..checklist.model import Key
from ..journal import Event
from .view import Activity, WorkerView

__all__ = ["BETWEEN_RUNS", "Fold", "fold"]

#: What tells where things stand once a run is over: the other kinds of events are of the run in progress.
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
    last_refused: str = ""
    """Why the last item that was asked for did not begin: "Title: reason"."""
    events: int = 0


def fold(state: Fold, event: Event) -> Fold:
    """Take one event in; unknown kinds, and events with fields of a wrong form, change nothing."""
    try:
        return _fold(state, event)
    except (ValueError, TypeError, AttributeError):
        return state


def _fold(state: Fold, event: Event) -> Fold:
    activity, data = state.activity, event.data
    refused = state.last_refused
    workers = state.workers
    if event.kind == "item-started":
        key = Key.parse(str(data.get("key")))
        activity = Activity(running=key, run=str(data.get("run")), started=event.t, queue=activity.queue)
        refused = ""
    elif event.kind == "restore-started":
        key = Key.parse(str(data.get("key")))
        activity = Activity(
            running=key, started=event.t, text="its flags are being put back", queue=activity.queue
        )
    elif event.kind in ("item-ended", "restore-ended"):
        activity = Activity(queue=activity.queue)
    elif event.kind == "item-refused":
        refused = " ".join(part for part in (str(data.get("reason", "")), str(data.get("todo", ""))) if part)
        activity = Activity(queue=())
    elif event.kind == "queue":
        keys = tuple(Key.parse(str(text)) for text in data.get("keys", ()))
        activity = replace(activity, queue=keys)
    elif event.kind == "worker-started":
        eb = str(data.get("eb"))
        view = WorkerView(
            eb, "idle", int(data.get("pid", 0)), str(data.get("host", "")), str(data.get("casa", ""))
        )
        workers = {**workers, eb: view}
    elif event.kind == "worker-ended":
        workers = {name: view for name, view in workers.items() if name != data.get("eb")}
    elif event.kind == "stop":
        activity = replace(activity, stopping=str(data.get("how", "")), queue=())
    elif data.get("run") == activity.run and activity.run:
        activity = _in_step(activity, event)
    return Fold(activity, workers, refused, state.events + 1)


def _in_step(activity: Activity, event: Event) -> Activity:
    if event.kind == "step-ended":
        return replace(activity, call="", percent=None, step_ended=True)
    if event.kind == "call-started":
        return replace(activity, call=str(event.get("text", "")), percent=None, text="")
    if event.kind == "call-ended":
        return replace(activity, call="", percent=None)
    if event.kind == "progress":
        return replace(activity, percent=event.get("percent"), text=str(event.get("text") or ""))
    if event.kind == "warnings":
        return replace(activity, warnings=int(event.get("count", 0)))
    return activity
