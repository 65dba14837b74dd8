"""What running some items would do: said first, and confirmed where it undoes something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..checklist.graph import Graph
from ..checklist.model import Key, Kind, State
from ..record.runs import RunRecord
from .pairs import NO_VERSION, split_pair
from .policy import changed_flags
from .view import Plan, Row, Snapshot

__all__ = ["GOOD", "make_plan", "with_resting"]

#: States on which another item can build.
GOOD = (State.DONE, State.WARNED, State.SKIPPED)


def make_plan(
    keys: Sequence[Key],
    snapshot: Snapshot,
    runs: Sequence[RunRecord],
    graph: Graph,
    problems: Mapping[Key, str],
) -> Plan:
    """Plan to run `keys` in their order.

    Parameters
    ----------
    graph : Graph
        What rests on what.
    problems : mapping
        Item -> why its step cannot be found in the script.
    """
    rows = {row.key: row for row in snapshot.rows}
    good = {row.key for row in snapshot.rows if row.state in GOOD}
    skipped = {row.key for row in snapshot.rows if row.state is State.SKIPPED and row.key not in keys}
    accepted: list[Key] = []
    refused: dict[str, str] = {}
    for key in keys:
        needs = graph.needs_past(key, skipped)
        lacking = [
            need
            for need in needs
            if need not in accepted
            and (need not in good or (need not in skipped and _outdated(need, accepted, graph)))
        ]
        if problems.get(key):
            refused[str(key)] = problems[key]
        elif rows[key].state is State.SKIPPED and rows[key].blocked:
            refused[str(key)] = rows[key].blocked
        elif lacking:
            names = ", ".join(rows[need].item.title for need in lacking)
            refused[str(key)] = f"needs {names} first"
        elif snapshot.activity.of(key) is not None:
            refused[str(key)] = "is running"
        else:
            accepted.append(key)
    return Plan(tuple(accepted), tuple(_undoes(accepted, rows, runs, graph)), refused)


def with_resting(keys: Sequence[Key], snapshot: Snapshot, graph: Graph) -> list[Key]:
    """Return `keys` and what was done that goes stale by running them, in the order of the list."""
    wanted = set(keys)
    return [
        row.key
        for row in snapshot.rows
        if row.key in wanted
        or (
            row.item.kind in (Kind.RUN, Kind.CHECK)
            and row.state in (State.DONE, State.WARNED)
            and _outdated(row.key, keys, graph)
        )
    ]


def _outdated(key: Key, run: Sequence[Key], graph: Graph) -> bool:
    """Whether `key` goes stale by running `run`: what only checks changes no data."""
    ran = {each for each in run if graph.items[each].kind is Kind.RUN}
    return graph.items[key].kind in (Kind.RUN, Kind.CHECK) and not ran.isdisjoint(graph.rests_on(key))


def _undoes(
    keys: Sequence[Key], rows: Mapping[Key, Row], runs: Sequence[RunRecord], graph: Graph
) -> Iterable[str]:
    said: set[str] = set()
    for key in keys:
        last = rows[key].run
        if last is None:
            continue
        yield from _unsaved(last, keys, rows)
        for pair in last.rests_on:
            ms, version = split_pair(pair)
            later = [
                run
                for run in runs
                if run.eb == last.eb
                and run.start > last.start
                and run.key != last.key
                and changed_flags(run, ms)
            ]
            names = ", ".join(dict.fromkeys(run.title for run in later if Key.parse(run.key) not in keys))
            sentence = f"Flags of {ms} go back to {version}: what was done to them since is undone ({names})."
            if names and pair not in said:
                said.add(pair)
                yield sentence
    stale = [row for row in rows.values() if _goes_stale(row, keys, graph)]
    if stale:
        names = ", ".join(row.item.title for row in stale[:4]) + (
            f" and {len(stale) - 4} more" if len(stale) > 4 else ""
        )
        yield f"{len(stale)} {'item becomes' if len(stale) == 1 else 'items become'} stale: {names}."


def _unsaved(last: RunRecord, keys: Sequence[Key], rows: Mapping[Key, Row]) -> Iterable[str]:
    """What was done by hand and kept no flags to go back to; not where its MS is made anew with it."""
    anew = [run.outputs for key in keys if (run := rows[key].run) is not None and run.key != last.key]
    made = {out.rpartition("/")[2] for outputs in anew for out in outputs}
    for note in last.notes:
        if note.startswith(NO_VERSION) and not any(note.startswith(f"{NO_VERSION} of {ms} ") for ms in made):
            yield note


def _goes_stale(row: Row, keys: Sequence[Key], graph: Graph) -> bool:
    if row.key in keys or row.state not in (State.DONE, State.WARNED):
        return False
    return not set(keys).isdisjoint(graph.rests_on(row.key))
