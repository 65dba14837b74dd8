"""Tasks by hand on real data: run in turn, recorded, told behind the script's back, taken back."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.checklist.model import Key, State
from casapilot.steps.errors import ControlError, NeedsPerson, UsageError
from casapilot.steps.journal import Journal
from casapilot.steps.mous.mous import Eb, Mous
from casapilot.steps.record.runs import FlagChange, RunRecord
from casapilot.steps.run import byhand, tasklist
from casapilot.steps.run.effects import task_of
from casapilot.steps.run.taskcall import TaskCall
from casapilot.steps.run.tasklist import load_tasks
from casapilot.steps.run.unsettled import unsettled
from casapilot.steps.run.waiting import Waiting
from run_kit import EB, Site, key

CALL = TaskCall("flagdata", {"vis": "a.ms", "mode": "manual"})


def call(site: Site, text: str, *, confirmed: bool = True) -> RunRecord:
    queued = site.session.call_task(EB, text, confirmed=confirmed)
    site.wait_idle()
    run = site.session.last_run(queued.key)
    assert run is not None
    return run


@pytest.mark.casa
def test_tasks_by_hand_from_the_call_to_the_commit_and_back(early: Site) -> None:
    site, ms = early, "NGC5921.ms"
    looked = call(site, f"visstat(vis='{ms}', axis='amp', datacolumn='data')", confirmed=False)
    assert looked.status == "done" and "mean" in looked.result and not (looked.changed or looked.flags)

    failed = call(site, "flagdata(vis='missing.ms', mode='summary')", confirmed=False)
    assert failed.status == "failed" and "does not exist" in failed.reasons[0]
    assert site.state("bandpass") is State.DONE or site.state("bandpass") is State.WARNED

    flagging = f"flagdata(vis='{ms}', mode='manual', antenna='VA01', reason='of a hand')"
    with pytest.raises(NeedsPerson, match="Bandpass") as asked:
        site.session.call_task(EB, flagging)
    assert "the flags of before are put back first" in asked.value.what
    flagged = call(site, flagging)
    assert flagged.changed == (f"flags:{ms}",) and (flagged.flagged_change or 0) > 0
    assert any("behind the script's back" in note and "Bandpass" in note for note in flagged.notes)
    assert f"flags of {ms} were changed by hand after it" in site.row("bandpass").detail
    assert site.state("bandpass") is State.WARNED

    entry = site.session.history(limit=1)[0]
    assert entry.subject.startswith(f"{EB}: flagdata by hand, ") and "(+" in entry.subject
    assert (entry.action, entry.item, entry.status) == ("task", "console/flagdata", "done")
    assert "reason='of a hand'" in entry.body.replace("\n", " ")
    assert [run.title for run in site.session.calls_by_hand(EB)][-1] == "flagdata by hand"

    undone = site.session.undoable(EB)
    assert undone is not None and undone.id == flagged.id
    site.session.restore(Key.parse(undone.key), confirmed=True)
    site.wait_idle()
    assert site.same_flags(flagged.rests_on[0].rpartition(":")[2])
    assert site.session.undoable(EB) is None
    again = call(site, flagging.replace("antenna=", "spw='0:10', antenna="))
    assert call(site, flagging.replace("antenna=", "spw='0:10', antenna=")).changed == ()
    swap = "['mode=unflag spw=0:10 antenna=VA01', 'spw=0:11 antenna=VA01']"
    swapped = call(site, f"flagdata(vis='{ms}', mode='list', inpfile={swap})")
    assert swapped.flagged_change == 0.0 and swapped.changed == (f"flags:{ms}",)
    undone = site.session.undoable(EB)
    assert undone is not None and undone.id == swapped.id
    site.session.restore(Key.parse(undone.key), confirmed=True)
    site.wait_idle()
    undone = site.session.undoable(EB)
    assert undone is not None and undone.id == again.id, "a call that changed nothing needs no undoing"
    site.session.restore(Key.parse(undone.key), confirmed=True)
    site.wait_idle()
    assert "by hand" not in site.row("bandpass").detail

    call(site, flagging)
    assert any("flagdata by hand" in each for each in site.session.plan([key("bandpass")]).undoes)
    site.run("bandpass")
    run = site.row("bandpass").run
    assert run is not None and any("set by hand are gone" in note for note in run.notes)
    assert "by hand" not in site.row("bandpass").detail

    table = next(Path(out).name for out in run.outputs)
    solve = f"bandpass(vis='{ms}', caltable='{table}', field='0', refant='VA15')"
    assert any(table in each for each in site.session.foresee(EB, TaskCall("bandpass", {"caltable": table})))
    solved = call(site, solve)
    assert f"table:{table}" in solved.changed
    assert site.state("bandpass") is State.STALE and table in site.row("bandpass").detail


def test_what_is_asked_for_is_kept_until_it_is_run(tmp_path: Path) -> None:
    mous = Mous(tmp_path, "u")
    first = byhand.queue_call(mous, "X1", CALL)
    second = byhand.queue_call(mous, "X1", TaskCall("listobs", {"vis": ("a", 1)}), [str(first)])
    other = byhand.queue_call(mous, "X2", CALL, ["console/flagdata.7@X2", "list/gain.9@X2"])
    assert [str(each) for each in (first, second, other)] == [
        "console/flagdata.1@X1",
        "console/listobs.2@X1",
        "console/flagdata.8@X2",
    ]
    assert byhand.load_request(mous, first) == CALL
    assert byhand.load_request(mous, second).arguments == {"vis": ("a", 1)}
    assert (task_of(first), byhand.item_of(second).title) == ("flagdata", "listobs by hand")
    path = mous.live / "byhand" / "X1.1.json"
    for text in ("{", '{"task": "a", "arguments": "open(1)"}', "[]"):
        path.write_text(text)
        with pytest.raises(ControlError, match="cannot be read"):
            byhand.load_request(mous, first)


def test_two_calls_of_a_task_are_two_in_the_queue_that_outlives_its_conductor(tmp_path: Path) -> None:
    mous = Mous(tmp_path, "u")
    keys = [byhand.queue_call(mous, "X1", CALL) for _ in range(2)]
    waiting = Waiting()
    waiting.add(keys)
    assert waiting.begin() == keys[0] and waiting.begin() is None
    journal = Journal(tmp_path / "events.jsonl")
    journal.append("queue", keys=[str(each) for each in waiting.keys], jobs=1)
    assert unsettled(journal).queue == tuple(keys)


def test_what_was_written_is_told_by_the_files_not_by_the_word_of_the_task(tmp_path: Path) -> None:
    eb = Eb("X1", "uid", tmp_path / "eb", tmp_path / "s.py", "a.ms")
    for name in ("a.ms/POLARIZATION", "b", "c"):
        (eb.folder / name).mkdir(parents=True)
    for name in ("a.ms/table.dat", "a.ms/table.f1", "b/table.dat", "b/table.lock", "c/table.dat", "note.txt"):
        (eb.folder / name).write_text("1")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "tables-before.json").write_text(json.dumps(byhand.stamps(eb.folder)))
    (eb.folder / "b" / "table.lock").write_text("2")
    later = 10**9 + byhand.stamps(eb.folder)["c"]
    for name in ("c/table.dat", "a.ms/table.f1"):
        _touch(eb.folder / name, later)
    (eb.folder / "d").mkdir()
    counts = {"flagged": 1.0, "total": 2.0}
    hand = RunRecord(
        "r", "console/applycal.1@X1", status="done", params={"vis": "a.ms", "applymode": "calonly"},
        flags=(FlagChange("a.ms", counts, counts),),
    )  # fmt: skip
    journal = Journal(tmp_path / "events.jsonl")
    journal.append("item-started", run="r")
    journal.append("call-ended", run="r", result={"a": 1})
    worker: Any = Flags(same=True)
    done = byhand.ended(hand, Key.parse(hand.key), eb, tmp_path, folder, journal, [], worker)
    assert set(done.changed) == {"corrected:a.ms", "table:c"}
    assert set(done.outputs) == {"eb/c", "eb/d"}
    assert done.result == "{'a': 1}" and not done.notes
    flags = (FlagChange("a.ms", counts, {"flagged": 2.0, "total": 2.0}),)
    again = byhand.ended(
        dataclasses.replace(hand, flags=flags), Key.parse(hand.key), eb, tmp_path, folder, journal, [], worker
    )
    assert "flags:a.ms" in again.changed
    cut = dataclasses.replace(hand, status="interrupted")
    stopped = byhand.ended(cut, Key.parse(hand.key), eb, tmp_path, folder, journal, [], worker)
    assert stopped.notes == ("was there before, and may be half-written now: c",)


class Flags:
    """A worker that says whether flags are those of a version, or that it cannot."""

    def __init__(self, same: bool | None) -> None:
        self.same = same

    def ask(self, op: str, **arguments: str) -> dict[str, Any]:
        assert op == "same-flags" and arguments["version"] == "casapilot_before_hand_1"
        if self.same is None:
            raise ControlError("is busy")
        return {"same": self.same}


@pytest.mark.parametrize(
    ("same", "rests_on", "changed"),
    [
        (False, "a.ms:casapilot_before_hand_1", {"flags:a.ms"}),
        (True, "a.ms:casapilot_before_hand_1", set()),
        (None, "a.ms:casapilot_before_hand_1", set()),
        (False, "b.ms:casapilot_before_hand_1", set()),
    ],
)
def test_other_flags_are_noticed_though_there_are_as_many(
    tmp_path: Path, same: bool | None, rests_on: str, changed: set[str]
) -> None:
    counts = {"flagged": 1.0, "total": 2.0}
    (tmp_path / "eb").mkdir()
    eb = Eb("X1", "uid", tmp_path / "eb", tmp_path / "s.py", "a.ms")
    hand = RunRecord(
        "r", "console/flagdata.1@X1", status="done", params={"vis": "a.ms"}, rests_on=(rests_on,),
        flags=(FlagChange("a.ms", counts, counts),),
    )  # fmt: skip
    worker: Any = Flags(same)
    journal = Journal(tmp_path / "events.jsonl")
    done = byhand.ended(hand, Key.parse(hand.key), eb, tmp_path, tmp_path, journal, [], worker)
    assert set(done.changed) == changed


def _touch(path: Path, when_ns: int) -> None:
    import os

    os.utime(path, ns=(when_ns, when_ns))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (True, "True"),
        ({"type": "dict", "keys": ["a", "flagged"], "values": {"flagged": 3.0}}, "a dict: flagged 3.0, a"),
        ({"name": "x" * 400, "total": 2, "field": {}}, "a dict: total 2, name, field"),
        ({"DATA_DESC_ID=0": {"mean": 1.5, "name": "x" * 400}}, "a dict: mean 1.5, name"),
    ],
)
def test_what_a_task_returned_is_told_in_a_line(value: object, words: str) -> None:
    assert byhand.in_short(value) == words


def test_the_list_of_tasks_is_kept_for_when_there_is_no_casa(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mous = Mous(tmp_path, "u")
    asked: list[str] = []

    def answer(python: str) -> dict[str, object] | None:
        asked.append(python)
        return {"folder": str(tmp_path / "casa"), "tasks": [{"name": "gaincal", "about": "gains"}]}

    monkeypatch.setattr(tasklist, "_asked", answer)
    monkeypatch.setattr(tasklist, "casa_python", lambda mous: "python")
    assert load_tasks(mous).task("gaincal").about == "gains"
    assert load_tasks(mous).source == "CASA" and len(asked) == 1
    monkeypatch.setattr(tasklist, "casa_python", lambda mous: "other")
    monkeypatch.setattr(tasklist, "_asked", lambda python: None)
    assert load_tasks(mous).source == "kept"
    (mous.live / "tasks.json").write_text("{")
    names = load_tasks(mous)
    assert names.source == "names" and names.task("bandpass").parameters == ()
    with pytest.raises(UsageError):
        names.task("no_such_task")
