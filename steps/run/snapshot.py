"""All that a screen shows of a MOUS, made from what was read of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone

from ..checklist.graph import Graph
from ..checklist.model import Checklist, Key, Kind, State
from ..checklist.states import LastRun, Restored, Situation, Standing, blocked, resolve
from ..checklist.ticks import Ticks
from ..control import Process
from ..mous.mous import Mous
from ..record.runs import RunRecord
from .activity import Fold
from .marks import HandMark, hand_marks
from .pairs import split_pair
from .scripts import ScriptBook
from .view import Activity, Row, Running, Snapshot, WorkerView

__all__ = ["Alive", "last_run", "make_snapshot"]

#: The conductor's process and whether it lives; for each EB the same of its worker.
Alive = tuple[tuple[Process | None, bool], Mapping[str, tuple[Process | None, bool]]]


def make_snapshot(
    *,
    mous: Mous,
    checklists: Sequence[Checklist],
    graph: Graph,
    runs: Sequence[RunRecord],
    ticks: Ticks,
    scripts: ScriptBook,
    fold: Fold,
    alive: Alive,
    problems: tuple[str, ...],
) -> Snapshot:
    """Put together where everything stands."""
    last = {Key.parse(run.key): run for run in runs if run.status != "restored"}
    activity = _activity(fold, alive, last)
    in_hand = frozenset(each.key for each in activity.running if _in_hand(each, alive))
    marks = hand_marks(runs)
    situation = Situation(
        runs={key: _marked(last_run(run), marks.get(key)) for key, run in last.items()}
        | _begun(activity, in_hand),
        ticks=ticks,
        step_shas={key: _sha(scripts, key) for key in graph.keys if graph.items[key].kind is Kind.RUN},
        running=in_hand,
        facts=mous.facts,
        no_step=frozenset(key for key in graph.keys if scripts.lacks(key)),
        restored=tuple(
            _restored(run) for run in runs if run.versions_restored and Key.parse(run.key) in graph.items
        ),
    )
    standings = resolve(graph, situation)
    phases = {(each.id, phase.id): phase.title for each in checklists for phase in each.phases}
    for each in activity.running:
        if each.key in in_hand and each.key in standings and not alive[0][1]:
            words = "its step has ended, its record is missing" if each.step_ended else "its step goes on"
            standings[each.key] = Standing(State.RUNNING, f"the conductor died; {words}")
    rows = tuple(
        _row(key, graph, phases, standings, situation, last.get(key), ticks, scripts) for key in graph.keys
    )
    several = len(mous.ebs) > 1
    refused = (f"{eb}: {why}" if eb and several else why for eb, why in fold.refused.items())
    return Snapshot(mous.title or mous.uid, rows, activity, (*problems, *refused))


def _row(
    key: Key,
    graph: Graph,
    phases: Mapping[tuple[str, str], str],
    standings: Mapping[Key, Standing],
    situation: Situation,
    run: RunRecord | None,
    ticks: Ticks,
    scripts: ScriptBook,
) -> Row:
    item, standing, step = graph.items[key], standings[key], scripts.step(key)
    signed, note = ticks.signed(key), ticks.noted(key)
    chosen = ticks.chosen(key)
    return Row(
        key=key,
        item=item,
        phase_title=phases.get((key.checklist, item.phase), item.phase),
        state=standing.state,
        seconds=None if run is None or run.end is None else run.end - run.start,
        flagged_percent=run.flagged_percent if run else None,
        flagged_change=run.flagged_change if run else None,
        warnings=sum(group.count for group in run.warnings if not (group.muted or group.note)) if run else 0,
        signed=f"{signed.initials} {_day(signed.time)}" if signed else "",
        detail=f"{chosen.choice}" if chosen and standing.state is State.DONE else standing.detail,
        blocked=scripts.problem(key) or blocked(key, graph, standings, situation),
        step=step.number if step else None,
        run=run,
        note=note.text if note else "",
    )


def last_run(run: RunRecord) -> LastRun:
    """What the states follow from, of a run."""
    failed = [check for check in run.checks if check.verdict == "fail"]
    looks = any(check.verdict in ("look", "unknown") for check in run.checks)
    return LastRun(
        start=run.start,
        end=run.end,
        status=run.status,
        step_sha=run.step_sha,
        warned=looks
        or any(not (group.muted or group.note) for group in run.warnings)
        or (run.status == "adopted" and bool(run.reasons)),
        checks_failed=bool(failed) and len(run.reasons) == len(failed),
        reason=run.reasons[0] if run.reasons else "",
        ms=frozenset(change.ms for change in run.flags if change.before != change.after),
    )


def _marked(run: LastRun, mark: HandMark | None) -> LastRun:
    return replace(run, overwritten=mark.stale, remark=mark.remark) if mark else run


def _begun(activity: Activity, in_hand: Collection[Key]) -> dict[Key, LastRun]:
    """Runs that nobody has in hand any more and that are not recorded yet."""
    lost = [each for each in activity.running if each.key not in in_hand]
    return {each.key: LastRun(each.started, None, "running") for each in lost}


def _restored(run: RunRecord) -> Restored:
    ms = frozenset(split_pair(pair)[0] for pair in run.versions_restored)
    return Restored(Key.parse(run.key), run.start, ms)


def _sha(scripts: ScriptBook, key: Key) -> str | None:
    step = scripts.step(key)
    return step.sha if step else None


def _activity(fold: Fold, alive: Alive, last: Mapping[Key, RunRecord]) -> Activity:
    (process, lives), workers = alive
    activity = fold.activity
    views = []
    for eb, (worker, runs) in workers.items():
        view = fold.workers.get(eb, WorkerView(eb, "starting"))
        if worker is None:
            continue
        state = "gone" if not runs else ("busy" if activity.in_eb(eb) else "idle")
        state = state if worker.is_here() else "elsewhere"
        views.append(WorkerView(eb, state, worker.pid, worker.host, view.casa))
    return Activity(
        conductor=_conductor(process, lives, activity),
        conductor_host=process.host if process is not None and not process.is_here() else "",
        workers=tuple(views),
        running=tuple(replace(each, expected_s=_seconds(last.get(each.key))) for each in activity.running),
        queue=tuple(key for key in activity.queue if activity.of(key) is None),
    )


def _seconds(run: RunRecord | None) -> float | None:
    """How long a run took, s."""
    return run.end - run.start if run and run.end else None


def _conductor(process: Process | None, lives: bool, activity: Activity) -> str:
    busy = bool(activity.running or activity.queue)
    if process is None:
        return "none"
    if not process.is_here():
        return "elsewhere"
    if lives:
        return "busy" if busy else "idle"
    return "dead" if busy else "none"


def _in_hand(running: Running, alive: Alive) -> bool:
    """Whether somebody still works on a run in progress: its conductor, or its worker alone."""
    (_, conductor), workers = alive
    return conductor or running.step_ended or workers.get(running.key.eb, (None, False))[1]


def _day(time: float) -> str:
    return datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%d")
