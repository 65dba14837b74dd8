"""What the command line says of several execution blocks."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from casapilot.steps.checklist.model import State
from casapilot.steps.diagnose import Finding, Severity
from casapilot.steps.record.runs import Measured, Offender, Warned
from casapilot.steps.run.view import Snapshot
from casapilot.tui.commands.lookat import look_at
from casapilot.tui.commands.status import as_json, print_items, print_matrix

sys.path.append(str(Path(__file__).parents[1] / "tui"))
from fake_session import FakeSession, key

EBS = ("X2cd", "X7e0", "X8a1")


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return FakeSession(tmp_path, EBS).snapshot()


def test_the_items_are_one_table_for_each_eb(snapshot: Snapshot, capsys: pytest.CaptureFixture[str]) -> None:
    print_items(snapshot)
    printed = capsys.readouterr().out
    assert "\nX2cd  7/14  running step 7 60 %\n" in printed
    assert "\nX7e0  6/14  1 failed\n" in printed and "\nX8a1  14/14\n" in printed
    print_items(snapshot, "X7e0")
    assert "X2cd" not in capsys.readouterr().out


def test_the_matrix_has_a_column_for_each_eb(snapshot: Snapshot, capsys: pytest.CaptureFixture[str]) -> None:
    print_matrix(snapshot)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == list(EBS)
    signs = {" ".join(line.split()[:-3]): line.split()[-3:] for line in lines[2:]}
    assert signs["Bandpass"] == ["!", "F", "v"]
    assert signs["Gains over time"] == [">", ".", "v"]
    assert signs["Apply the calibration"] == ["+", ".", "v"]
    assert signs["finished"] == ["7/14", "6/14", "14/14"]


def test_what_runs_is_told_for_each_eb_as_json(snapshot: Snapshot) -> None:
    (running,) = as_json(snapshot)["activity"]["running"]
    assert (running["eb"], running["key"], running["percent"]) == ("X2cd", "vla-line/gaincal@X2cd", 60.0)


def test_what_to_look_at_names_the_antennas_of_checks_and_what_was_not_run(snapshot: Snapshot) -> None:
    check = Measured("snr", "3C 286", 2.0, "", "look", "DV09 and DA42 scatter 3 times as much as the others")
    bandpass = snapshot.row(key("bandpass", "X2cd"))
    assert bandpass.run is not None
    warned = replace(bandpass, run=replace(bandpass.run, checks=(check,)))
    rows = tuple(warned if row is bandpass else row for row in snapshot.rows)
    lines = look_at(replace(snapshot, rows=rows), not_run={str(key("look", "X7e0")): "needs Gains first"})
    assert lines == [
        "Look at",
        "  X2cd",
        "    step 6 Bandpass [bandpass]: warned",
        "      DV09 and DA42 scatter 3 times as much as the others",
        "      2x [low] SNR in 2 of 52 solutions [KI-45]",
        "  X7e0",
        "    step 6 Bandpass [bandpass]: failed",
        "      tclean: PSF is blank [nothing unflagged]",
        "    Solutions look smooth [look]: not run, needs Gains first",
    ]


def test_what_stopped_a_step_is_told_with_its_known_cure(snapshot: Snapshot) -> None:
    bandpass = snapshot.row(key("bandpass", "X7e0"))
    assert bandpass.run is not None
    guard = Warned("for CASA 6.6", "", "TERMINAL", 2, "casa-version-guard", cure="Run it in CASA 6.6.")
    same = replace(guard, text="SystemExit")
    failed = replace(bandpass, run=replace(bandpass.run, warnings=(guard, same)))
    rows = tuple(failed if row is bandpass else row for row in snapshot.rows)
    lines = look_at(replace(snapshot, rows=rows), "X7e0")
    assert [line for line in lines if "6.6." in line] == ["      What to do: Run it in CASA 6.6."]


def test_nothing_is_said_where_all_is_well(snapshot: Snapshot) -> None:
    assert look_at(snapshot, "X8a1") == []
    assert {row.state for row in snapshot.rows if row.key.eb == "X8a1"} == {State.DONE}


TSYS = Measured(
    "tsys_ratio", "uid___A002_X1_X2cd.ms.tsys", 4.18419, "", "look",
    "tsys_ratio of uid___A002_X1_X2cd.ms.tsys is 4.18419, above 2 (DV06 spw 6 X scan 8 4.18, then DA41 1.2)",
    2.0, offenders=(Offender(4.18419, "DV06 spw 6 X scan 8", "DV06", "", (5, 6), ("X",), (8,)),),
)  # fmt: skip
BAD_TSYS = Finding(
    "bad-tsys", Severity.FAIL, "X2cd", "bandpass", "Tsys of DV06 is off by a factor of 4.18 in scan 8",
    ("DV06",), evidence=("DV06 spw 6 X scan 8 4.184, above 2",), what_to_do="Flag it.",
)  # fmt: skip


def with_tsys(snapshot: Snapshot, *warnings: Warned) -> Snapshot:
    bandpass = snapshot.row(key("bandpass", "X2cd"))
    assert bandpass.run is not None
    warned = replace(bandpass, run=replace(bandpass.run, checks=(TSYS,), warnings=warnings))
    return replace(snapshot, rows=tuple(warned if row is bandpass else row for row in snapshot.rows))


def test_what_is_wrong_is_told_first_and_its_checks_not_again(snapshot: Snapshot) -> None:
    note = replace(BAD_TSYS, cause="quack", severity=Severity.NOTE, title="First integrations are low")
    assert look_at(with_tsys(snapshot), "X2cd", width=80, findings={"X2cd": (BAD_TSYS, note)}) == [
        "Look at",
        "  X2cd",
        "    Tsys of DV06 is off by a factor of 4.18 in scan 8 (DV06 spw 6 X scan 8",
        "      4.184, above 2)",
        "      What to do: Flag it.",
        "    Worth knowing: First integrations are low",
    ]


def test_what_no_finding_explains_is_told_after_it(snapshot: Snapshot) -> None:
    low = Warned("low SNR", "gaincal", "WARN", 3)
    told = look_at(with_tsys(snapshot, low), "X2cd", findings={"X2cd": (BAD_TSYS,)})
    assert told[-2:] == ["    step 6 Bandpass [bandpass]: warned", "      3x low SNR"]
    assert not any("tsys_ratio" in line for line in told)


def test_a_known_issue_that_a_finding_explains_is_not_told_again(snapshot: Snapshot) -> None:
    same = Warned("tsys_ratio of ms.tsys is 4.18", "", "WARN", 1, "tsys-off")
    finding = replace(BAD_TSYS, known=("tsys-off",))
    assert not any(
        "tsys-off" in line for line in look_at(with_tsys(snapshot, same), findings={"X2cd": (finding,)})
    )


def test_a_check_that_no_finding_explains_is_told_with_its_worst_alone(snapshot: Snapshot) -> None:
    assert look_at(with_tsys(snapshot), "X2cd", width=80) == [
        "Look at",
        "  X2cd",
        "    step 6 Bandpass [bandpass]: warned",
        "      tsys_ratio of ms.tsys is 4.18419, above 2 (DV06 spw 6 X scan 8 4.18)",
    ]


def test_of_very_many_findings_the_important_are_told(snapshot: Snapshot) -> None:
    many = tuple(replace(BAD_TSYS, title=f"Finding {n}") for n in range(12))
    told = "\n".join(look_at(with_tsys(snapshot), "X2cd", findings={"X2cd": many}))
    assert "Finding 7" in told and "Finding 8" not in told and "and 4 more: casapilot check" in told


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_table_is_never_wider_than_the_terminal(
    width: int, snapshot: Snapshot, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("casapilot.tui.commands.status.columns", lambda: width)
    why = "does not apply: bandwidth_switching is false"
    rows = tuple(
        replace(row, state=State.SKIPPED, seconds=None, detail=why) if row.key.item == "clean" else row
        for row in snapshot.rows
    )
    print_items(replace(snapshot, rows=rows))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert all(any(f"[{row.key.item}]" in line for line in lines) for row in rows)
