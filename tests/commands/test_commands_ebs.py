"""What the command line says of several execution blocks."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from casapilot.steps.checklist.model import State
from casapilot.steps.record.runs import Measured, Warned
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
    assert signs["Bandpass"] == ["!", "F", "x"]
    assert signs["Gains over time"] == [">", ".", "x"]
    assert signs["Apply the calibration"] == ["+", ".", "x"]
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


def wide(*named: str) -> Measured:
    of, (worst, *others) = "uid___A002_X1_X2cd.ms.tsys", named
    text = f"tsys_ratio of {of} is 4.18419, above 2 ({worst}, then {', '.join(others)})"
    return Measured("tsys_ratio", of, 4.18419, "", "look", text)


def test_antennas_that_stand_out_are_named_first_and_once(snapshot: Snapshot) -> None:
    checks = (wide("DV06 spw 6 X scan 8 4.18", "DV06 spw 5 X scan 8 4.15", "DA41 spw 5 Y scan 8 1.20"),)
    bandpass = snapshot.row(key("bandpass", "X2cd"))
    assert bandpass.run is not None
    warned = replace(bandpass, run=replace(bandpass.run, checks=checks, warnings=()))
    rows = tuple(warned if row is bandpass else row for row in snapshot.rows)
    assert look_at(replace(snapshot, rows=rows), "X2cd", width=80) == [
        "Look at",
        "  X2cd",
        "    DV06: tsys ratio spw 6 X scan 8 4.18",
        "    step 6 Bandpass [bandpass]: warned",
        "      tsys_ratio of ms.tsys is 4.18419, above 2 (DV06 spw 6 X scan 8 4.18)",
    ]


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
