"""What is recorded is recorded once; edits from outside are committed before the next run."""

from __future__ import annotations

from pathlib import Path

import pytest
from casapilot.steps.errors import RecordError
from casapilot.steps.journal import Journal
from casapilot.steps.mous.demo import create_demo
from casapilot.steps.mous.mous import Mous
from casapilot.steps.record import Message, commit_event, read_history
from casapilot.steps.record.runs import FlagChange, RunRecord, save_run
from casapilot.steps.run import recording
from casapilot.steps.run.edits import OutsideEdits
from casapilot.steps.run.pairs import split_pair, versions_of
from casapilot.steps.run.recording import Recorder
from casapilot.steps.run.start import begin
from hypothesis import given
from hypothesis import strategies as st

RUN = RunRecord(
    id="20261122T000000Z-5",
    key="vla-line/bandpass@NGC5921",
    eb="NGC5921",
    step=5,
    title="Bandpass calibration",
    status="done",
    start=1.0,
    end=2.0,
    rests_on=("NGC5921.ms:Before",),
)


@pytest.fixture
def mous(tmp_path: Path) -> Mous:
    (tmp_path / "f.fits").touch()
    mous = create_demo(tmp_path / "demo", tmp_path / "f.fits")
    begin(mous)
    return mous


def runs(mous: Mous) -> list[str]:
    return [entry.run for entry in read_history(mous.root) if entry.action == "run"]


def kinds(mous: Mous) -> list[str]:
    return [event.kind for event in Journal(mous.journal).read()[0]]


def test_a_run_that_is_in_the_history_is_only_journaled_again(mous: Mous) -> None:
    recorder = Recorder(mous, Journal(mous.journal))
    recorder.record(RUN)
    mous.journal.unlink()  # the conductor died before it could say so
    assert recorder.again(RUN.id) == RUN
    assert runs(mous) == [RUN.id]
    committed, ended = Journal(mous.journal).read()[0]
    assert (committed.kind, ended.kind) == ("committed", "item-ended")
    assert committed.get("commit") == read_history(mous.root)[0].commit
    assert committed.get("subject").startswith("NGC5921: step 5 Bandpass calibration done")


def test_a_record_that_was_written_and_not_committed_is_committed(mous: Mous) -> None:
    save_run(RUN, mous.runs)
    Recorder(mous, Journal(mous.journal)).again(RUN.id)
    assert runs(mous) == [RUN.id]


def test_a_run_without_a_record_is_still_to_be_finished(mous: Mous) -> None:
    assert Recorder(mous, Journal(mous.journal)).again(RUN.id) is None
    assert runs(mous) == [] and kinds(mous) == []


def test_what_git_refused_is_committed_later_and_not_said_to_have_ended_before(
    mous: Mous, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(mous, Journal(mous.journal))

    def refuse(*_: object, **__: object) -> str:
        raise RecordError("locked")

    with monkeypatch.context() as patch:
        patch.setattr(recording, "commit_event", refuse)
        with pytest.raises(RecordError):
            recorder.record(RUN)
        with pytest.raises(RecordError):
            recorder.catch_up()
    assert kinds(mous) == []
    recorder.catch_up()
    recorder.catch_up()
    assert runs(mous) == [RUN.id] and kinds(mous) == ["committed", "item-ended"]


def test_what_a_full_disk_refused_is_written_and_committed_later(
    mous: Mous, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(mous, Journal(mous.journal))

    def full(*_: object) -> Path:
        raise RecordError("cannot be written: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(recording, "save_run", full)
        with pytest.raises(RecordError, match="No space"):
            recorder.record(RUN)
        with pytest.raises(RecordError, match="No space"):
            recorder.catch_up()
    recorder.catch_up()
    assert runs(mous) == [RUN.id] and kinds(mous) == ["committed", "item-ended"]


def test_a_restore_is_an_event_of_its_own_and_no_run(mous: Mous) -> None:
    recorder = Recorder(mous, Journal(mous.journal), clock=lambda: 9.0)
    flags = (FlagChange("NGC5921.ms", {"flagged": 1, "total": 4}),)
    record = recorder.restored(RUN, RUN.rests_on, flags, "For a test.")
    assert (record.status, record.start, record.flagged_percent) == ("restored", 9.0, 25.0)
    entry = read_history(mous.root)[0]
    assert (entry.action, entry.flag_version, entry.flagged_percent) == ("flag-restore", "Before", 25.0)
    assert "For a test." in entry.body and kinds(mous) == ["committed"]


def test_edits_by_hand_of_mous_toml_checklists_and_scripts_are_events(mous: Mous) -> None:
    edits = OutsideEdits(mous)
    paths = (mous.ebs[0].script, *mous.settings)
    edits.commit(*paths)
    assert len(read_history(mous.root)) == 1
    for path in paths:
        path.write_bytes(path.read_bytes() + b"\n# by hand\n")
    edits.commit(*paths)
    edits.commit(*paths)
    entries = read_history(mous.root)
    assert [entry.action for entry in entries] == ["edit"] * 3 + ["init"]
    named = " ".join(entry.subject for entry in entries)
    assert all(path.name in named for path in paths)


def test_a_file_written_again_as_it_was_is_no_edit(mous: Mous) -> None:
    edits = OutsideEdits(mous)
    script = mous.ebs[0].script
    edits.commit(script)
    script.write_bytes(script.read_bytes())
    edits.commit(script)
    assert len(read_history(mous.root)) == 1


def test_a_run_committed_long_ago_is_known_among_many_others(mous: Mous) -> None:
    recorder = Recorder(mous, Journal(mous.journal))
    recorder.record(RUN)
    for number in range(5):
        commit_event(mous.root, Message(action="note", subject=f"note {number}"))
    assert recorder.committed(RUN.id)[0] and recorder.committed("other") == ("", "")


@given(st.text(min_size=1), st.text(st.characters(exclude_characters=":")))
def test_a_pair_comes_apart_as_it_was_put_together(ms: str, version: str) -> None:
    assert split_pair(f"{ms}:{version}") == (ms, version)


def test_versions_are_named_once_each() -> None:
    assert versions_of(["a.ms:X", "b:c.ms:X", "c.ms:Y"]) == "X, Y"
