"""casapilot check: verdict, number, limit and worst of each check, then what is wrong and what to do."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from casapilot.steps.record.runs import Measured, Offender, RunRecord, Warned, save_run
from casapilot.steps.run import curing
from casapilot.tui.cli import main

Captured = pytest.CaptureFixture[str]
MOUS = """[mous]
uid = "uid://A001/X1/X2"
checklists = ["alma-calibration"]
"""
CHECKLIST = """schema = 1
[checklist]
id = "alma-calibration"
title = "Calibration"
version = "1"
date = 2026-11-22
owner = "test"
[[phase]]
id = "all"
title = "All"
[[item]]
id = "conflict-of-interest"
title = "No conflict"
phase = "all"
kind = "manual"
per = "mous"
"""
ITEM = """
[[item]]
id = "{0}"
title = "{1}"
phase = "all"
kind = "run"
step = "{1}"
needs = []
[[item.check]]
metric = "{2}"
of = "{3}"
warn = {4}
unit = "{5}"
below = {6}
help = "Help for {0}."
"""
ITEMS = (
    ("import", "Import of the ASDM", "n_antennas", "{ms}", 7, "", "true"),
    ("wvr", "WVR table", "wvr_disc_um", "{ms}.wvrgcal", 500, "um", "false"),
    ("antpos", "Antenna positions", "antpos_max_mm", "{ms}.antpos", 2, "mm", "false"),
    ("apply", "Apply the tables", "flagged_change", "", 10, "%", "false"),
)
EB_TABLE = """
[[eb]]
name = "{name}"
uid = "uid___A002_X1_{name}"
folder = "Calibration_{name}"
script = "uid___A002_X1_{name}.ms.scriptForCalibration.py"
ms = "uid___A002_X1_{name}.ms"
"""
DA49 = Offender(918.0, "DA49", "DA49", count=1)
FAKE = """
import json, sys
request = json.load(sys.stdin)
for check in request["checks"]:
    if check["metric"] == "antpos_max_mm":
        print(json.dumps({"error": "there is no table", "where": check["of"], "todo": ""}))
    elif check["metric"] == "wvr_disc_um":
        one = {"value": 918.0, "who": "DA49", "antenna": "DA49", "field": "", "spws": [], "pols": [],
               "scans": [], "count": 1, "beyond": True}
        print(json.dumps({"value": 918.0, "unit": "um", "text": "DA49 918.0 um", "offenders": [one]}))
    else:
        print(json.dumps({"value": check["limit"] or 0.0, "unit": "", "text": "", "offenders": []}))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A MOUS with two EBs that nobody has run anything of."""
    root = tmp_path / "m"
    (root / ".casapilot" / "checklist").mkdir(parents=True)
    text = CHECKLIST + "".join(ITEM.format(*each) for each in ITEMS)
    (root / ".casapilot" / "checklist" / "alma-calibration.toml").write_text(text)
    (root / "mous.toml").write_text(MOUS + "".join(EB_TABLE.format(name=name) for name in ("X2cd", "X7e0")))
    for name in ("X2cd", "X7e0"):
        folder = root / f"Calibration_{name}"
        folder.mkdir()
        (folder / f"uid___A002_X1_{name}.ms.scriptForCalibration.py").write_text("thesteps = []\n")
    return root


@pytest.fixture
def casa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Python of CASA that answers without CASA."""
    (tmp_path / "fake.py").write_text(FAKE)
    command = tmp_path / "casa python"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path}/fake.py"\n')
    command.chmod(0o755)
    monkeypatch.setenv("CASAPILOT_CASA_PYTHON", str(command))
    return tmp_path / "fake.py"


def record(root: Path, item: str, *checks: Measured, eb: str = "X2cd", **fields: object) -> None:
    values: dict[str, object] = {"id": f"run-{item}-{eb}", "key": f"alma-calibration/{item}@{eb}", "eb": eb}
    values |= {"start": 1.0, "end": 2.0, "status": "done", "checks": checks, **fields}
    save_run(RunRecord(**values), root / ".casapilot" / "runs")  # type: ignore[arg-type]


def disc(value: float, *named: Offender, ms: str = "uid___A002_X1_X2cd.ms") -> Measured:
    of, verdict = f"{ms}.wvrgcal", "look" if value > 500.0 else "pass"
    text = f"wvr_disc_um of {of} is {value:g} um"
    return Measured("wvr_disc_um", of, value, "um", verdict, text, 500.0, offenders=named)


def said(capsys: Captured, *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["check", *map(str, words)])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def test_recorded_checks_are_told_at_once_with_limit_worst_help_and_finding(root, capsys) -> None:
    record(root, "wvr", disc(918.0, DA49))
    code, out, err = said(capsys, root)
    assert code == 1 and err == ""
    eb = out.partition("X7e0")[0]
    assert "WVR table [wvr]" in eb
    assert "LOOK wvr disc um of ms.wvrgcal: 918 um (up to 500)" in eb
    assert "\n         DA49 918\n" in eb and "Help for wvr." in eb
    assert "FAIL Radiometer of DA49 is out of order  [bad-radiometer-DA49]" in eb
    assert eb.index("What is wrong") < eb.index("Usually: ") < eb.index("What to do: ")
    assert "(casapilot cure bad-radiometer-DA49/wvrflag)" in " ".join(eb.split())
    assert "Nothing is measured yet" in out.partition("X7e0")[2]


def test_where_all_is_well_the_answer_is_0_and_says_so(root, capsys) -> None:
    record(root, "wvr", disc(30.0))
    code, out, _ = said(capsys, "--eb", "X2cd", root)
    assert code == 0 and "ok   wvr disc um" in out and "Nothing is found to be wrong." in out


def test_one_item_is_told_alone_with_the_findings_that_it_shows(root, capsys) -> None:
    record(root, "wvr", disc(918.0, DA49))
    record(root, "import", Measured("n_antennas", "x.ms", 10.0, "", "pass", "", 7.0, True))
    _, out, _ = said(capsys, "wvr", "X2cd", root)
    assert "bad-radiometer" in out and "n antennas" not in out and "X7e0" not in out
    code, out, _ = said(capsys, "import", "X2cd", root)
    assert code == 0 and "bad-radiometer" not in out


def test_an_item_without_checks_and_an_eb_that_is_not_there_are_refused(root, capsys) -> None:
    for words in (("conflict-of-interest", root), ("--eb", "X9", root), ("nothing-like-it", root)):
        capsys.readouterr()
        assert main(["check", *map(str, words)]) == 2
        assert "casapilot: " in capsys.readouterr().err


def test_again_measures_in_a_process_of_its_own_and_writes_nothing(root, casa, capsys) -> None:
    record(root, "wvr", disc(30.0))
    record(
        root, "antpos", Measured("antpos_max_mm", "uid___A002_X1_X2cd.ms.antpos", 2.5, "mm", "look", "", 2.0)
    )
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    code, out, err = said(capsys, "--again", "--eb", "X2cd", root)
    assert code == 1 and "without touching anything" in err
    assert "X2cd, measured again" in out and "LOOK wvr disc um of ms.wvrgcal: 918 um (up to 500)" in out
    assert "LOOK antpos max mm of ms.antpos: 2.5 mm" in out, "what cannot be had again keeps its number"
    assert "as recorded; not measured now: there is no table" in out
    assert "?    flagged change: no value" in out
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_all_well_is_said_with_how_much_of_it_was_not_measured(root, casa, capsys) -> None:
    casa.write_text(FAKE.replace('"value": 918.0, "unit"', '"value": 8.0, "unit"').replace("[one]", "[]"))
    of = "uid___A002_X1_X2cd.ms.antpos"
    record(root, "antpos", Measured("antpos_max_mm", of, 0.5, "mm", "pass", "", 2.0))
    code, out, _ = said(capsys, "--again", "--eb", "X2cd", root)
    assert code == 0
    assert "Nothing is found to be wrong; 1 of 4 checks could not be measured and 1 are as recorded" in out
    _, out, _ = said(capsys, "--again", "--eb", "X2cd", "--json", root)
    kept = {c["metric"]: c["kept"] for item in json.loads(out)["ebs"][0]["items"] for c in item["checks"]}
    assert kept == {
        "n_antennas": "",
        "wvr_disc_um": "",
        "antpos_max_mm": "there is no table",
        "flagged_change": "",
    }


def test_a_check_that_does_not_apply_is_not_one_that_could_not_be_measured(root, capsys) -> None:
    of = "uid___A002_X1_X2cd.ms.antpos"
    record(root, "antpos", Measured("antpos_max_mm", of, None, "mm", "pass", "no antenna has moved", 2.0))
    code, out, _ = said(capsys, "antpos", "--eb", "X2cd", root)
    assert code == 0 and "Nothing is found to be wrong." in out


def test_the_number_1_of_what_there_is_to_be_none_of_is_not_said(root, capsys) -> None:
    of = "uid___A002_X1_X2cd.ms"
    named = Offender(1.0, "DA41 spw 17", "DA41", spws=(17,))
    record(root, "wvr", Measured("solutions_missing", of, 1.0, "", "look", "", 0.0, offenders=(named,)))
    out = said(capsys, root)[1]
    assert "LOOK solutions missing of ms: 1\n" in out and "\n         DA41 spw 17\n" in out
    assert "above 0" not in out and "17 1" not in out


def test_a_cure_that_was_no_help_is_told_as_such(root, capsys, monkeypatch) -> None:
    record(root, "wvr", disc(918.0, DA49))
    every = curing.proposals_of
    tried = lambda *given: [replace(e, content=b"", already=True, is_tried=True) for e in every(*given)]  # noqa: E731
    monkeypatch.setattr(curing, "proposals_of", tried)
    out = " ".join(said(capsys, root)[1].split())
    assert "(it was no help)" in out and "does so already" not in out


def test_without_one_number_the_answer_is_not_0(root, casa, capsys) -> None:
    code, out, _ = said(capsys, root)
    assert code == 1 and "Nothing is measured yet" in out
    assert json.loads(said(capsys, "--json", root)[1])["ebs"][0]["findings"] == []
    casa.write_text(FAKE.replace('if check["metric"] == "antpos_max_mm"', "if True"))
    code, out, _ = said(capsys, "--again", root)
    assert code == 1 and "Nothing could be measured." in out and "Nothing is found" not in out


def test_what_a_person_ran_by_hand_is_measured_unasked(root, casa, capsys) -> None:
    record(root, "wvr", status="adopted")
    code, out, err = said(capsys, root)
    assert code == 1 and "X2cd: measuring" in err and "X7e0: measuring" not in err
    assert "bad-radiometer-DA49" in out


def test_a_process_that_dies_is_an_error_with_4(root, casa, capsys) -> None:
    casa.write_text("raise SystemExit(9)\n")
    record(root, "wvr", disc(30.0))
    capsys.readouterr()
    assert main(["check", "--again", str(root)]) == 4
    assert "has died" in capsys.readouterr().err


def test_the_form_of_the_json(root, capsys) -> None:
    warned = Warned("no data", "wvrgcal", "WARN", 2)
    record(root, "wvr", disc(918.0, DA49), warnings=(warned,))
    code, out, _ = said(capsys, "--json", "--eb", "X2cd", root)
    answer = json.loads(out)
    (eb,) = answer["ebs"]
    assert code == 1 and answer["format"] == 1
    assert (eb["eb"], eb["measured"]) == ("X2cd", "recorded")
    (check,) = next(each for each in eb["items"] if each["item"] == "wvr")["checks"]
    assert {*check} == {
        "metric", "of", "value", "unit", "verdict", "text", "limit", "below", "note", "offenders", "help",
        "source", "kept",
    }  # fmt: skip
    assert {*check["offenders"][0]} == {
        "value", "who", "antenna", "field", "spws", "pols", "scans", "count", "beyond",
    }  # fmt: skip
    (finding,) = eb["findings"]
    assert {*finding} == {
        "id", "cause", "severity", "item", "title", "antennas", "spws", "pols", "scans", "fields", "evidence",
        "why", "what_to_do", "cures", "value", "also", "known", "proposals",
    }  # fmt: skip
    assert (finding["id"], finding["severity"], finding["antennas"]) == (
        "bad-radiometer-DA49",
        "fail",
        ["DA49"],
    )


def test_what_a_terminal_would_obey_is_not_printed(root, capsys) -> None:
    record(root, "wvr", disc(918.0, Offender(918.0, "DA\x1b[31m49", "DA\x1b[31m49")))
    assert "\x1b" not in said(capsys, root)[1]


def test_it_never_needs_casa_for_what_is_recorded(root, capsys, monkeypatch) -> None:
    monkeypatch.setenv("CASAPILOT_CASA_PYTHON", os.devnull)
    record(root, "wvr", disc(30.0))
    assert said(capsys, root)[0] == 0
