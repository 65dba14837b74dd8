"""What the full re-run needs, what it reads, and what is never in its way silently."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from casapilot.steps.errors import CasaError, MousError
from casapilot.steps.mous.mous import Eb
from casapilot.steps.record.runs import Measured, RunRecord
from casapilot.steps.run import rerun
from casapilot.steps.run.compared import tables, told
from casapilot.steps.run.words import run_body, run_subject
from casapilot.steps.script import Script

UID = "uid___A002_X1_X2cd"
SCRIPT = f"""
import flagging
from casatasks import importasdm
mystep = 0
step_title = {{0: 'Import of the ASDM'}}
if(mystep in thesteps):
  importasdm('{UID}', vis = '{UID}.ms')
  importuvfits(fitsfile = 'other.fits', vis = '{UID}.ms')
  flagdata(vis = '{UID}.ms', mode = 'list', inpfile = 'manual_flags.txt')
  listobs(vis = '{UID}.ms', listfile = '{UID}.ms.listobs')
"""


@pytest.fixture
def eb(tmp_path: Path) -> Eb:
    folder = tmp_path / "Calibration_X2cd"
    (folder / UID).mkdir(parents=True)
    script = folder / f"{UID}.ms.scriptForCalibration.py"
    script.write_text(SCRIPT)
    return Eb("X2cd", UID, folder, script, f"{UID}.ms")


def script_of(eb: Eb) -> Script:
    return Script.read(eb.script)


def test_raw_data_are_linked_and_what_the_script_reads_is_copied_but_never_what_it_makes(eb: Eb) -> None:
    for name in (
        "manual_flags.txt",
        "flagging.py",
        f"{UID}.ms.listobs",
        "notes.txt",
        "other.fits",
        "numpy.py",
    ):
        (eb.folder / name).write_text("")
    assert rerun.inputs_of(eb, script_of(eb)) == (["other.fits", UID], ["flagging.py", "manual_flags.txt"])


def test_a_re_run_with_room_and_nothing_in_its_way_may_begin(eb: Eb) -> None:
    rerun.check_room(eb, script_of(eb))
    (eb.folder / "rerun").mkdir()
    (eb.folder / "rerun" / ".casapilot-rerun").write_text("")
    (eb.folder / rerun.clean_log(eb)).write_text("...casapilot: full re-run from scratch of x.py\n")
    rerun.check_room(eb, script_of(eb))


@pytest.mark.parametrize("make", ["folder", "link", "file"])
def test_a_folder_that_is_not_ours_is_refused(make: str, eb: Eb, tmp_path: Path) -> None:
    place = eb.folder / "rerun"
    if make == "folder":
        place.mkdir()
    elif make == "link":
        (tmp_path / "else").mkdir()
        (tmp_path / "else" / ".casapilot-rerun").write_text("")
        place.symlink_to(tmp_path / "else")
    else:
        place.write_text("")
    with pytest.raises(MousError, match="not made by casapilot"):
        rerun.check_room(eb, script_of(eb))


def test_a_log_of_the_reducers_own_is_refused(eb: Eb) -> None:
    (eb.folder / rerun.clean_log(eb)).write_text("2026-11-22\tINFO\tmine\n")
    with pytest.raises(MousError, match="not of a full re-run"):
        rerun.check_room(eb, script_of(eb))


def test_without_an_asdm_there_is_nothing_to_import(eb: Eb) -> None:
    (eb.folder / UID).rmdir()
    with pytest.raises(MousError, match="nothing to import"):
        rerun.check_room(eb, script_of(eb))


def test_all_that_was_made_must_fit_on_the_disk_again(eb: Eb, monkeypatch: pytest.MonkeyPatch) -> None:
    from collections import namedtuple

    made = eb.folder / f"{UID}.ms" / "table.f1"
    made.parent.mkdir()
    with made.open("wb") as file:
        file.truncate(3 << 30)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(rerun.shutil, "disk_usage", lambda path: usage(0, 0, 3 << 30))
    with pytest.raises(CasaError, match=r"only 3\.2 GB are free, the full re-run needs 3\.5 GB"):
        rerun.check_room(eb, script_of(eb))
    monkeypatch.setattr(rerun.shutil, "disk_usage", lambda path: usage(0, 0, 4 << 30))
    rerun.check_room(eb, script_of(eb))


ROWS = [
    {
        "table": "a.bandpass",
        "status": "identical",
        "text": "4 rows, 9 columns",
        "largest": None,
        "good": True,
    },
    {
        "table": "a.cal",
        "status": "differs",
        "text": "FLAG in 3 elements differ",
        "largest": 2.5,
        "good": False,
    },
    {"table": "a.old", "status": "missing here", "text": "", "largest": None, "good": True},
    {"table": "a.hand", "status": "missing here", "text": "", "largest": None, "good": False},
    {"table": "a.gone", "status": "missing there", "text": "", "largest": None, "good": False},
]


def measured(tmp_path: Path, rows: list[dict[str, object]]) -> tuple[Measured, ...]:
    (tmp_path / "tables.json").write_text(json.dumps(rows))
    return tables(tmp_path)


def test_each_table_becomes_a_check_that_says_what_is_wrong(tmp_path: Path) -> None:
    checks = measured(tmp_path, ROWS)
    assert [check.verdict for check in checks] == ["pass", "fail", "look", "fail", "fail"]
    assert checks[1].value == 2.5 and "done by hand that the script does not hold" in checks[1].text
    assert "not made by the script run alone" in checks[3].text and "was it removed" in checks[4].text
    assert told(checks) == "3 of 4 tables differ"
    assert told(checks[:1]) == "1 table identical"
    assert told(()) == ""


@pytest.mark.parametrize("text", [None, "", "[{"])
def test_tables_that_were_not_compared_fail(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "tables.json").write_text(text)
    (check,) = tables(tmp_path)
    assert check.verdict == "fail" and "not compared" in check.text


def test_the_history_names_the_tables(tmp_path: Path) -> None:
    record = RunRecord(
        "r",
        "c/whole@X2cd",
        "X2cd",
        title="Full re-run from scratch",
        status="done",
        checks=measured(tmp_path, ROWS[:1]),
    )
    assert run_subject(record) == "X2cd: Full re-run from scratch done, 1 table identical"
    assert "Check pass: a.bandpass: identical, 4 rows, 9 columns." in run_body(record)
