"""What the journal comes to: what goes on now, and what a dead conductor has left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from casapilot.steps.checklist.model import Key
from casapilot.steps.journal import Event, Journal
from casapilot.steps.run.activity import Fold, fold
from casapilot.steps.run.unsettled import unsettled

KEY = Key("list", "bandpass", "X1")
OTHER = Key("list", "gain", "X1")
SIDE, SIDE_NEXT = Key("list", "bandpass", "X2"), Key("list", "gain", "X2")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "events.jsonl", clock=lambda: 100.0)


def started(journal: Journal, run: str = "r1", key: Key = KEY) -> None:
    journal.append("queue", keys=[str(key), str(OTHER)])
    journal.append("item-started", run=run, key=str(key), eb=key.eb, item=key.path, step=5, title="Bandpass")


def state(journal: Journal) -> Fold:
    found = Fold()
    for event in journal.read()[0]:
        found = fold(found, event)
    return found


def test_a_run_in_progress_shows_its_call_progress_and_warnings(journal: Journal) -> None:
    started(journal)
    journal.append("call-started", run="r1", call=1, task="bandpass", text="bandpass(vis='a')", line=3)
    journal.append("progress", run="r1", text="interval 3/10", percent=30.0)
    journal.append("warnings", run="r1", count=2, known=[], text="x")
    activity = state(journal).activity
    (running,) = activity.running
    assert (running.key, running.run, running.started) == (KEY, "r1", 100.0)
    assert (running.call, running.percent, running.warnings) == ("bandpass(vis='a')", 30.0, 2)
    assert activity.queue == (KEY, OTHER)


def test_progress_of_another_run_is_not_ours(journal: Journal) -> None:
    started(journal)
    journal.append("progress", run="older", text="", percent=99.0)
    assert state(journal).activity.running[0].percent is None


def test_nothing_runs_after_the_end(journal: Journal) -> None:
    started(journal)
    journal.append("item-ended", run="r1", key=str(KEY), status="done")
    assert state(journal).activity.running == ()


def both(journal: Journal) -> None:
    """Two EBs run side by side."""
    started(journal)
    started(journal, "r2", SIDE)
    journal.append("queue", keys=[str(key) for key in (KEY, OTHER, SIDE, SIDE_NEXT)], jobs=2)


def test_what_is_told_of_one_eb_changes_nothing_of_the_other(journal: Journal) -> None:
    both(journal)
    journal.append("progress", run="r1", text="", percent=10.0)
    journal.append("progress", run="r2", text="", percent=20.0)
    activity = state(journal).activity
    assert [(each.key, each.percent) for each in activity.running] == [(KEY, 10.0), (SIDE, 20.0)]
    assert activity.of(SIDE) == activity.in_eb("X2") == activity.running[1]
    journal.append("item-ended", run="r1", key=str(KEY), status="done")
    activity = state(journal).activity
    assert [each.key for each in activity.running] == [SIDE]
    assert activity.is_busy("X1") and not activity.is_busy("X3")


def test_a_refusal_drops_what_it_says_and_no_other_eb(journal: Journal) -> None:
    both(journal)
    journal.append("item-refused", key=str(KEY), reason="no", todo="", dropped=[str(OTHER)])
    found = state(journal)
    assert found.activity.queue == (SIDE, SIDE_NEXT)
    assert [each.key for each in found.activity.running] == [SIDE]
    assert found.refused == {"X1": "no"}
    assert unsettled(journal).queue == (SIDE, SIDE_NEXT)


def test_one_eb_is_stopped_and_the_other_goes_on(journal: Journal) -> None:
    both(journal)
    journal.append("stop", how="now", eb="X2")
    activity = state(journal).activity
    assert [(each.key, each.stopping) for each in activity.running] == [(KEY, ""), (SIDE, "now")]
    assert activity.queue == (KEY, OTHER)
    left = unsettled(journal)
    assert {run.id: run.stopped for run in left.runs} == {"r1": "", "r2": "now"}
    assert left.queue == (KEY, OTHER) and left.jobs == 2


def test_a_failure_that_was_not_said_to_the_queue_drops_only_its_eb(journal: Journal) -> None:
    both(journal)
    journal.append("item-ended", run="r1", key=str(KEY), status="failed")
    left = unsettled(journal)
    assert [run.id for run in left.runs] == ["r2"] and left.queue == (SIDE, SIDE_NEXT)


def test_a_journal_of_before_ebs_ran_in_parallel_is_read(journal: Journal) -> None:
    started(journal)
    for event in ({"kind": "item-refused", "key": str(KEY), "reason": "no", "todo": "x"},):
        with open(journal.path, "a") as file:
            file.write(json.dumps({"t": 1.0, **event}) + "\n")
    assert state(journal).activity.queue == () and unsettled(journal).queue == ()
    with open(journal.path, "a") as file:
        file.write(json.dumps({"t": 1.0, "kind": "queue", "keys": [str(KEY), str(SIDE)]}) + "\n")
        file.write(json.dumps({"t": 1.0, "kind": "stop", "how": "now"}) + "\n")
    assert state(journal).activity.queue == () and unsettled(journal).queue == ()
    assert unsettled(journal).jobs == 0


def test_a_refusal_is_remembered_until_something_of_its_eb_begins(journal: Journal) -> None:
    journal.append("item-refused", key=str(KEY), reason="no CASA", todo="Install it.", dropped=[])
    assert state(journal).refused == {"X1": "no CASA Install it."}
    started(journal, "r2", SIDE)
    assert state(journal).refused == {"X1": "no CASA Install it."}
    started(journal)
    assert state(journal).refused == {}


def test_events_of_a_newer_casapilot_change_nothing() -> None:
    before = Fold()
    assert fold(before, Event("never-heard-of", 1.0, {"run": ""})).activity == before.activity


def test_a_run_without_an_end_is_unsettled_with_its_queue(journal: Journal) -> None:
    started(journal)
    left = unsettled(journal)
    assert [(run.id, run.key, run.stopped) for run in left.runs] == [("r1", str(KEY), "")]
    assert left.queue == (KEY, OTHER)


def test_a_run_that_ended_is_settled(journal: Journal) -> None:
    started(journal)
    journal.append("item-ended", run="r1", key=str(KEY), status="done")
    journal.append("queue", keys=[])
    assert not unsettled(journal)


def test_a_stop_drops_the_queue_and_is_remembered(journal: Journal) -> None:
    started(journal)
    journal.append("stop", how="now")
    left = unsettled(journal)
    assert left.queue == () and left.runs[0].stopped == "now"


def test_an_empty_journal_has_nothing_unsettled(journal: Journal) -> None:
    assert not unsettled(journal)
