"""A long journal is skimmed: the kinds asked for, and from the last run on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from casapilot.steps import journal as journal_module
from casapilot.steps.journal import Journal
from casapilot.steps.run.activity import Fold, fold, skim
from hypothesis import given
from hypothesis import strategies as st

KINDS = (
    "item-started",
    "progress",
    "call-started",
    "call-ended",
    "item-ended",
    "item-refused",
    "queue",
    "stop",
)
TEXTS = st.text(max_size=20) | st.sampled_from(['"kind": "item-started"', '{"t": 1, "kind": "queue"', "\n"])
RUNS = st.sampled_from(("r1", "r2", "r3"))
EVENTS = st.lists(st.tuples(st.sampled_from(KINDS), RUNS, TEXTS), max_size=30)
#: Runs of two EBs side by side.
EBS = {"r1": "X", "r2": "Y", "r3": "X"}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "BLOCK", 150)
    monkeypatch.setattr(journal_module, "HEAD", 100)


def write(path: Path, events: list[tuple[str, str, str]]) -> list[int]:
    """Write events as `append` does, and return where each begins."""
    starts, data = [], b""
    for kind, run, text in events:
        key = {"key": f"list/item@{EBS[run]}", "run": run, "text": text, "keys": [], "how": "now"}
        starts.append(len(data))
        fields = {"run": run, **key} if kind != "queue" else {"keys": []}
        data += json.dumps({"t": 1.5, "kind": kind, **fields}).encode() + b"\n"
    path.write_bytes(data)
    return starts


@given(events=EVENTS, run=RUNS | st.just(""))
def test_the_last_event_of_a_kind_is_found_wherever_blocks_end(tmp_path_factory, events, run):
    path = tmp_path_factory.mktemp("journal") / "events.jsonl"
    starts = write(path, events)
    mine = [
        start
        for start, event in zip(starts, events, strict=True)
        if event[0] == "item-started" and run in ("", event[1])
    ]
    assert Journal(path).last("item-started", run) == (mine[-1] if mine else 0)


@given(events=EVENTS, wanted=st.sets(st.sampled_from(KINDS)), data=st.data())
def test_what_is_selected_is_what_was_read_of_those_kinds(tmp_path_factory, events, wanted, data):
    path = tmp_path_factory.mktemp("journal") / "events.jsonl"
    starts = write(path, events)
    number = data.draw(st.integers(0, len(events)))
    end = [*starts, path.stat().st_size][number]
    read = Journal(path).read()[0][:number]
    assert Journal(path).select(wanted, end) == [event for event in read if event.kind in wanted]


@given(events=EVENTS)
def test_a_skimmed_journal_comes_to_the_same_as_one_read_whole(tmp_path_factory, events):
    path = tmp_path_factory.mktemp("journal") / "events.jsonl"
    write(path, events)
    journal, whole, skimmed = Journal(path), Fold(), Fold()
    for event in journal.read()[0]:
        whole = fold(whole, event)
    events_read, offset = skim(journal)
    for event in events_read:
        skimmed = fold(skimmed, event)
    assert offset == path.stat().st_size
    assert (skimmed.activity, skimmed.workers) == (whole.activity, whole.workers)
    assert skimmed.refused == whole.refused


def test_a_line_that_is_not_whole_is_left_for_later(tmp_path):
    journal = Journal(tmp_path / "events.jsonl")
    assert (journal.select(KINDS), journal.last("queue")) == ([], 0)
    journal.append("queue", keys=["a"])
    with open(journal.path, "ab") as file:
        file.write(b'{"t": 2, "kind": "queue", "keys": [')
    assert [event.get("keys") for event in journal.select({"queue"})] == [["a"]]
