"""What the journal comes to: what goes on now, and what a dead conductor has left."""

from __future__ import annotations

from pathlib import Path

import pytest
from casapilot.steps.checklist.model import Key
from casapilot.steps.journal import Event, Journal
from casapilot.steps.run.activity import Fold, fold
from casapilot.steps.run.unsettled import unsettled

KEY = Key("list", "bandpass", "X1")
OTHER = Key("list", "gain", "X1")


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
    assert (activity.running, activity.run, activity.started) == (KEY, "r1", 100.0)
    assert (activity.call, activity.percent, activity.warnings) == ("bandpass(vis='a')", 30.0, 2)
    assert activity.queue == (KEY, OTHER)


def test_progress_of_another_run_is_not_ours(journal: Journal) -> None:
    started(journal)
    journal.append("progress", run="older", text="", percent=99.0)
    assert state(journal).activity.percent is None


def test_nothing_runs_after_the_end(journal: Journal) -> None:
    started(journal)
    journal.append("item-ended", run="r1", key=str(KEY), status="done")
    assert state(journal).activity.running is None


def test_a_refusal_is_remembered_until_something_begins(journal: Journal) -> None:
    journal.append("item-refused", key=str(KEY), reason="no CASA", todo="Install it.")
    assert state(journal).last_refused == "no CASA Install it."
    started(journal)
    assert state(journal).last_refused == ""


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
