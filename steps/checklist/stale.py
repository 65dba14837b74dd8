"""Whether what an item was done on still is as it was."""

from __future__ import annotations

from collections.abc import Mapping

from .graph import Graph
from .model import Key, Kind, State
from .situation import LastRun, Restored, Situation, Standing

__all__ = ["changed_since", "moved_under"]


def changed_since(key: Key, run: LastRun, graph: Graph, now: Situation) -> str:
    """What has changed in an item itself since its last run; empty when nothing has."""
    step = now.step_shas.get(key, run.step_sha)
    if step is None:
        return "its step is gone from the script"
    if run.step_sha and step != run.step_sha:
        return "its step was edited"
    if run.overwritten:
        return run.overwritten
    for restored in now.restored:
        if restored.time > (run.end or run.start) and _undoes(restored, key, run, graph):
            return "its flags were put back" if restored.key == key else _flags(restored, key, graph)
    return ""


def moved_under(key: Key, since: float, graph: Graph, now: Situation, found: Mapping[Key, Standing]) -> str:
    """What has changed after `since` (unix time, s) in what an item rests on; empty when nothing has.

    The first of the list is told, as the others follow from it. Only what changes data counts: a check
    that was made again, or a sign-off, does not.
    """
    for other in graph.rests_on(key):
        name = graph.title(other, key.eb)
        choice = now.ticks.chosen(other)
        if choice is not None and choice.time > since:
            return f"{name} was decided again later"
        if graph.items[other].kind is not Kind.RUN:
            continue
        if other in now.running:
            return f"{name} is running again"
        run = now.runs.get(other)
        if run is not None and (run.end or run.start) > since:
            return f"{name} ran again later"
        for restored in now.restored:
            if restored.key == other and restored.time > since:
                return _flags(restored, key, graph)
        if found[other].state is State.STALE:
            return f"rests on {name}, which is stale"
    return ""


def _undoes(restored: Restored, key: Key, run: LastRun, graph: Graph) -> bool:
    """Whether flags that `run` set went with it: they were put back to before an earlier item."""
    if restored.key == key:
        return True
    same_eb = restored.key.eb == key.eb or not (restored.key.eb and key.eb)
    return same_eb and bool(restored.ms & run.ms) and graph.is_before(restored.key, key)


def _flags(restored: Restored, key: Key, graph: Graph) -> str:
    return f"the flags of before {graph.title(restored.key, key.eb)} were put back"
