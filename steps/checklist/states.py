"""Where each item stands: from its last run, what persons said, and what it rests on.

The first of these that holds:

    running   it runs now
    skipped   a fact says that it does not apply, or it is optional and the script has no such step, or a
              person left it out after its last run
    todo      it has not been run, signed or decided
    lost      its CASA process died
    failed    it failed or was stopped, or a check was not met and nobody has signed that
    stale     since it began, its step was edited, its flags were put back, or an item
              that it rests on ran again or is stale itself
    warned    warnings that are not known to be harmless, or a number to look at
    done      none of these

Manual items and decisions have a sign-off or a choice in place of a run. A note has nothing to do.
"""

from __future__ import annotations

from collections.abc import Mapping

from .facts import holds
from .graph import Graph
from .model import Item, Key, Kind, State
from .situation import LastRun, Restored, Situation, Standing
from .stale import changed_since, moved_under

__all__ = ["LastRun", "Restored", "Situation", "Standing", "blocked", "resolve"]

#: Status of a run that a person made before casapilot was there; what there is to doubt is its reason.
ADOPTED = "adopted"
#: States in which what rests on an item may go on.
ENOUGH = (State.DONE, State.WARNED, State.SKIPPED)

#: Why an optional item is skipped.
NO_STEP = "the script has no such step"


def resolve(graph: Graph, now: Situation) -> dict[Key, Standing]:
    """Where every item stands.

    Parameters
    ----------
    graph : Graph
        The items, and what rests on what.
    now : Situation
        Runs, ticks, script, facts.

    Returns
    -------
    dict
        In the order of the list.
    """
    found: dict[Key, Standing] = {}
    for key in graph.order:
        found[key] = _standing(key, graph, now, found)
    return {key: found[key] for key in graph.keys}


def blocked(key: Key, graph: Graph, standings: Mapping[Key, Standing], now: Situation) -> str:
    """Why an item cannot be done now; empty when it can.

    What it needs must be done; of what was skipped or does not apply, what that needs. Something stale is
    not enough: what changes flags below it would be among the flags it starts from when it runs again.
    """
    reason = _not_for_it(key, graph, now)
    if reason:
        return reason
    if key in now.running:
        return "it is running"
    waiting = _waiting(key, graph, standings)
    if waiting:
        return waiting
    if now.step_shas.get(key, "") is None:
        return f'the script has no step "{graph.items[key].step}"'
    return ""


def _standing(key: Key, graph: Graph, now: Situation, found: Mapping[Key, Standing]) -> Standing:
    item, run, skip = graph.items[key], now.runs.get(key), now.ticks.skipped(key)
    reason = _not_for_it(key, graph, now)
    if key in now.running:
        return Standing(State.RUNNING)
    if reason:
        return Standing(State.SKIPPED, reason)
    if skip is not None and (run is None or skip.time > run.start):
        return Standing(State.SKIPPED, skip.reason)
    if item.kind is Kind.NOTE:
        return Standing(State.DONE)
    if item.kind in (Kind.MANUAL, Kind.DECISION):
        judged = _of_judgement(key, item, graph, now, found)
    else:
        judged = None if run is None else _of_run(key, run, graph, now, found)
    return judged or Standing(State.TODO, _waiting(key, graph, found) or holds(now.facts, item.when)[1])


def _not_for_it(key: Key, graph: Graph, now: Situation) -> str:
    """Why an item is not to be done on these data and with this script; empty when it is."""
    applies, reason = holds(now.facts, graph.items[key].when)
    if applies is False:
        return f"does not apply: {reason}"
    return NO_STEP if graph.items[key].optional and key in now.no_step else ""


def _of_judgement(
    key: Key, item: Item, graph: Graph, now: Situation, found: Mapping[Key, Standing]
) -> Standing | None:
    tick = now.ticks.signed(key) if item.kind is Kind.MANUAL else now.ticks.chosen(key)
    if tick is None:
        return None
    choice = getattr(tick, "choice", "")
    if choice and choice not in item.choices:
        return Standing(State.STALE, f"{choice} is not a choice any more")
    moved = moved_under(key, tick.time, graph, now, found)
    return Standing(State.STALE, moved) if moved else Standing(State.DONE, choice)


def _of_run(key: Key, run: LastRun, graph: Graph, now: Situation, found: Mapping[Key, Standing]) -> Standing:
    if run.status in ("lost", "running"):
        return Standing(State.LOST, run.reason or "its CASA process died")
    signed = now.ticks.signed(key)
    signed_since = signed is not None and signed.time >= (run.end or run.start)
    if run.status == "interrupted":
        return Standing(State.FAILED, run.reason or "stopped by you")
    if run.checks_failed and not signed_since:
        return Standing(State.FAILED, run.reason or "a check was not met")
    if run.status not in ("done", ADOPTED) and not run.checks_failed:
        return Standing(State.FAILED, run.reason or "its step failed")
    stale = changed_since(key, run, graph, now) or moved_under(key, run.start, graph, now, found)
    if stale:
        return Standing(State.STALE, stale)
    if run.checks_failed and signed is not None:
        return Standing(State.WARNED, f"a check was not met; signed by {signed.initials}")
    state = State.WARNED if run.warned or run.remark else State.DONE
    if run.status == ADOPTED and not signed_since:
        return Standing(state, "done by hand before casapilot" + (f": {run.reason}" if run.reason else ""))
    if not graph.items[key].sign or signed_since:
        return Standing(state, run.remark)
    return Standing(state, run.remark or ("signed before it ran again" if signed else "not signed yet"))


def _waiting(key: Key, graph: Graph, standings: Mapping[Key, Standing]) -> str:
    """What `key` needs and is not done, looking through what is skipped; empty when all is."""
    skipped = {each for each in graph.rests_on(key) if standings[each].state is State.SKIPPED}
    waiting = [each for each in graph.needs_past(key, skipped) if standings[each].state not in ENOUGH]
    return f"needs {', '.join(graph.title(each, key.eb) for each in waiting)}" if waiting else ""
