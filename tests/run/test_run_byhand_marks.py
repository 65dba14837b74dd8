"""What calls by hand change, as their parameters tell, and what that means for the items."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.checklist.model import Key
from casapilot.steps.record.runs import Call, FlagChange, RunRecord
from casapilot.steps.run.effects import effects, foresee, may_change_flags
from casapilot.steps.run.marks import gone_with, hand_marks
from casapilot.steps.run.words import run_body, run_subject

MS = "x.ms.split"


def counts(flagged: float) -> dict[str, Any]:
    return {"flagged": flagged, "total": 100.0}


def item(name: str, start: float, *calls: str, **more: Any) -> RunRecord:
    return RunRecord(
        id=f"r{start}", key=f"list/{name}@X1", eb="X1", title=name.capitalize(), start=start, end=start + 1,
        status="done", calls=tuple(Call(text.partition("(")[0], text) for text in calls), **more,
    )  # fmt: skip


def hand(start: float, call: str, *changed: str, number: int = 1, **more: Any) -> RunRecord:
    task = call.partition("(")[0]
    values = {"status": "done", **more}
    return RunRecord(
        id=f"h{start}", key=f"console/{task}.{number}@X1", eb="X1", title=f"{task} by hand", start=start,
        end=start + 1, calls=(Call(task, call),), changed=changed, **values,
    )  # fmt: skip


FLAGS = item("flags", 1, f"flagdata(vis='{MS}', mode='manual')")
SAVE = item("save", 2, f"flagmanager(vis='{MS}', mode='save', versionname='B')", versions_saved=(f"{MS}:B",))
BANDPASS = item("bandpass", 3, f"bandpass(vis='{MS}', caltable='b')", rests_on=(f"{MS}:B",))
APPLY = item("apply", 5, f"applycal(vis='{MS}', gaintable=['b'])", rests_on=(f"{MS}:casapilot_before_apply",))
OTHER = replace(BANDPASS, key="list/bandpass@X2", eb="X2")
RUNS = [FLAGS, SAVE, BANDPASS, APPLY, OTHER]
FLAGGED = hand(
    10, f"flagdata(vis='{MS}', antenna='DV01')", f"flags:{MS}",
    versions_before=(f"{MS}:B", f"{MS}:casapilot_before_apply"), rests_on=(f"{MS}:casapilot_before_hand_1",),
    flags=(FlagChange(MS, counts(8.0), counts(9.0)),), params={"vis": MS, "antenna": "DV01"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("task", "arguments", "changes"),
    [
        ("flagdata", {"vis": MS}, {f"flags:{MS}"}),
        ("flagdata", {"vis": MS, "mode": "summary"}, set()),
        ("flagdata", {"vis": MS, "action": "calculate"}, set()),
        ("flagdata", {"vis": f"./{MS}/"}, {f"flags:{MS}"}),
        ("flagcmd", {"vis": MS, "action": "list"}, set()),
        ("applycal", {"vis": MS}, {f"flags:{MS}", f"corrected:{MS}"}),
        ("applycal", {"vis": MS, "applymode": "calonly"}, {f"corrected:{MS}"}),
        ("applycal", {"vis": MS, "applymode": "trial"}, set()),
        ("clearcal", {"vis": MS}, {f"corrected:{MS}", f"model:{MS}"}),
        ("setjy", {"vis": MS, "listmodels": True}, set()),
        ("tclean", {"vis": MS, "imagename": "i", "savemodel": "modelcolumn"}, {f"model:{MS}", "table:i"}),
        ("tclean", {"vis": MS, "imagename": "i", "savemodel": "none"}, {"table:i"}),
        ("gaincal", {"vis": MS, "caltable": "g", "gaintable": ["b"]}, {"table:g"}),
        ("fluxscale", {"vis": MS, "caltable": "g", "fluxtable": "f"}, {"table:f"}),
        ("plotbandpass", {"caltable": "b"}, set()),
        ("mstransform", {"vis": MS, "outputvis": "y.ms"}, {"table:y.ms"}),
        ("hanningsmooth", {"vis": MS, "outputvis": "y.ms"}, {"table:y.ms"}),
        ("rmtables", {"tablenames": ["b", "g"]}, {"table:b", "table:g"}),
        ("flagmanager", {"vis": MS, "mode": "restore", "versionname": "B"}, {f"flags:{MS}"}),
        ("flagmanager", {"vis": MS, "mode": "delete", "versionname": "B"}, {f"version:{MS}:B"}),
        ("flagmanager", {"vis": MS, "mode": "save", "versionname": "B"}, set()),
        ("visstat", {"vis": MS}, set()),
        ("listobs", {"vis": MS, "listfile": "l.txt"}, {"table:l.txt"}),
        ("flagdata", {"vis": 3}, set()),
    ],
)
def test_what_a_call_changes_is_told_from_its_parameters(
    task: str, arguments: dict[str, Any], changes: set[str]
) -> None:
    assert set(effects(task, arguments)) == changes
    assert may_change_flags(task, arguments) is (f"flags:{MS}" in changes or arguments.get("vis") == 3)


def test_only_what_concerns_an_item_is_foreseen(tmp_path: Path) -> None:
    (tmp_path / MS).mkdir()
    told = foresee("flagdata", {"vis": MS}, tmp_path, RUNS[:4])
    assert len(told) == 1 and all(name in told[0] for name in ("Flags", "Bandpass", "Apply"))
    assert "Save" not in told[0]
    assert "Bandpass made" in foresee("bandpass", {"vis": MS, "caltable": "b"}, tmp_path, RUNS)[0]
    assert (
        "cannot start from it again"
        in foresee("flagmanager", {"vis": MS, "mode": "delete", "versionname": "B"}, tmp_path, RUNS)[0]
    )
    assert foresee("flagdata", {"vis": MS, "mode": "summary"}, tmp_path, RUNS) == ()
    assert foresee("gaincal", {"vis": MS, "caltable": "new"}, tmp_path, RUNS) == ()


def test_items_made_with_the_flags_of_before_say_so_and_those_that_only_saved_them_do_not() -> None:
    marks = hand_marks([*RUNS, FLAGGED])
    assert {key.item for key in marks} == {"flags", "bandpass", "apply"}
    assert {key.eb for key in marks} == {"X1"}
    mark = marks[Key("list", "bandpass", "X1")]
    assert mark.stale == ""
    assert f"flags of {MS} were changed by hand after it: flagdata(" in mark.remark
    assert "put it into the script" in mark.remark


def test_an_item_that_ran_after_it_says_nothing() -> None:
    again = replace(BANDPASS, start=20.0, end=21.0)
    assert Key("list", "bandpass", "X1") not in hand_marks([*RUNS, FLAGGED, again])


def test_a_result_that_was_written_over_is_stale() -> None:
    marks = hand_marks([*RUNS, hand(10, f"bandpass(vis='{MS}', caltable='b')", "table:b")])
    assert "b was changed by hand after it: bandpass(" in marks[Key("list", "bandpass", "X1")].stale
    assert Key("list", "apply", "X1") not in marks
    marks = hand_marks([*RUNS, hand(10, f"clearcal(vis='{MS}')", f"corrected:{MS}", f"model:{MS}")])
    assert "CORRECTED_DATA" in marks[Key("list", "apply", "X1")].stale


@pytest.mark.parametrize("version", ["B", "casapilot_before_hand_1"])
def test_flags_that_were_put_back_concern_nobody_any_more(version: str) -> None:
    again = item("gain", 20, f"gaincal(vis='{MS}', caltable='g')", versions_restored=(f"{MS}:{version}",))
    assert hand_marks([*RUNS, FLAGGED, again]) == {}


def test_a_version_saved_after_it_holds_the_flags_by_hand() -> None:
    saved = item("gain", 15, f"gaincal(vis='{MS}', caltable='g')", versions_saved=(f"{MS}:new",))
    again = item("gain", 20, f"gaincal(vis='{MS}', caltable='g')", versions_restored=(f"{MS}:new",))
    marks = hand_marks([*RUNS, FLAGGED, saved, again])
    assert {key.item for key in marks} == {"flags", "bandpass", "apply"}
    assert gone_with([f"{MS}:new"], [*RUNS, FLAGGED, saved], "X1") == ()


def test_a_rerun_tells_which_flags_by_hand_are_gone_with_it() -> None:
    gone = gone_with([f"{MS}:B"], [*RUNS, FLAGGED], "X1")
    assert len(gone) == 1 and "antenna='DV01'" in gone[0]
    assert gone_with([f"{MS}:B"], [*RUNS, FLAGGED], "X2") == ()
    assert gone_with(["y.ms:B"], [*RUNS, FLAGGED], "X1") == ()


def test_flags_put_back_to_before_a_call_undo_what_ran_after_it() -> None:
    later = item("later", 12, f"flagdata(vis='{MS}', antenna='DV02')")
    undo = replace(
        FLAGGED, id="u", start=20.0, status="restored", versions_restored=FLAGGED.rests_on, changed=()
    )
    marks = hand_marks([*RUNS, FLAGGED, later, undo])
    assert {key.item for key in marks} == {"later"}
    assert "undone" in marks[Key("list", "later", "X1")].stale


def test_the_history_tells_a_call_by_hand_in_its_own_words() -> None:
    assert run_subject(FLAGGED) == "X1: flagdata by hand, 9.0 % flagged (+1.0)"
    assert run_subject(replace(FLAGGED, status="failed", flags=())) == "X1: flagdata by hand failed"
    body = run_body(replace(FLAGGED, result="{}", notes=("changed something",)))
    assert body.startswith(f"flagdata(vis='{MS}', antenna='DV01')\n\nReturned {{}}\n")
    assert "changed something." in body
