"""casapilot init: by options, by questions on a terminal, onto what was begun by hand, and again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from casapilot.steps.checklist.model import State
from casapilot.steps.mous.mous import Mous
from casapilot.steps.run.session import Session

sys.path.insert(0, str(Path(__file__).parents[1] / "mous"))
from mous_kit import (
    EB1,
    EB2,
    MOUS,
    SB,
    measurement_set,
    script,
    step_line,
    table,
    task_lines,
    uri,
    write_aot,
    write_asdm,
)

WORDS = [sys.executable, "-m", "casapilot.tui.cli", "init"]
ANSWERS = ("--conflict-of-interest", "none", "--reducer", "EV")
CHECKLIST = """
schema = 1
[checklist]
id = "short"
title = "A short one"
version = "1"
date = 2026-11-22
owner = "tests"
[[phase]]
id = "one"
title = "All"
pause = "Well?"
"""
ITEMS = (
    ("import", "^Import of the ASDM", ()),
    ("apriori", "^A priori flagging", ("import",)),
    ("tsys", "^Generation of the Tsys", ("apriori",)),
    ("split", "^Split out", ("tsys",)),
    ("save", "^Save flags before bandpass", ("split",)),
    ("bandpass", "^Bandpass", ("save",)),
)


def init(root: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WORDS, *map(str, words)],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def git(root: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True).stdout


def files(root: Path) -> dict[str, bytes]:
    inside = [
        path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts
    ]
    return {str(path.relative_to(root)): path.read_bytes() for path in inside}


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    write_asdm(tmp_path / "staged" / EB1)
    write_asdm(tmp_path / "staged" / f"{EB2}.asdm.sdm", EB2)
    (tmp_path / "staged" / "antennapos.csv").write_text("ms,antenna,xoff,yoff,zoff,comment\n")
    return tmp_path / "staged"


def test_a_mous_is_begun_by_options_with_all_that_is_known(tmp_path: Path, staged: Path) -> None:
    aot = write_aot(tmp_path / "a.aot")
    done = init(
        tmp_path, uri(MOUS), "work", "--asdm", *sorted(staged.glob("uid*")), "--link", *ANSWERS, "--aot", aot,
        "--ticket", "reduction=SCOPS-12", "--rms", "0.2mJy",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "" and "The calibration will need about" in done.stderr
    mous = Mous.load(tmp_path / "work")
    assert (mous.uid, mous.project, mous.title, mous.sb) == (MOUS, "2013.1.00123.S", "Gas in NGC 253", SB)
    assert (mous.reducer, mous.conflict_of_interest, mous.tickets) == (
        "EV",
        "none",
        {"reduction": "SCOPS-12"},
    )
    assert mous.goal is not None and mous.goal.rms_jy == 2e-4 and mous.goal.origin["rms_jy"] == "typed by EV"
    assert mous.facts["n_ebs"] == 2 and mous.checklists == ("alma-calibration",)
    assert (mous.root / "Calibration_X7e0" / EB2).resolve() == staged / f"{EB2}.asdm.sdm"
    assert (mous.root / "Combination" / "calibrated").is_dir() and (mous.root / "Imaging").is_dir()
    readme = (mous.root / "README.header.txt").read_text()
    assert "PI name: Dr. Somebody" in readme and "Proposed rms: 0.2 mJy per beam at 230 GHz" in readme


def test_the_first_commit_tells_who_was_not_there_what_began(tmp_path: Path, staged: Path) -> None:
    init(tmp_path, MOUS, "--asdm", *sorted(staged.glob("uid*")), "--link", *ANSWERS)
    message = git(tmp_path / MOUS, "log", "--format=%B")
    assert message.startswith(f"MOUS begun, 2 EBs: {MOUS}\n") and message.strip().endswith("Action: init")
    assert "EV" in message and "Conflict of interest: none" in message and uri(EB1) in message
    tracked = git(tmp_path / MOUS, "ls-files").split()
    assert {
        "mous.toml",
        "README.header.txt",
        "antennapos.csv",
        ".casapilot/checklist/alma-calibration.toml",
    } <= set(tracked)
    assert git(tmp_path / MOUS, "status", "--porcelain") == ""


def test_without_a_person_what_is_open_is_told_at_once_and_nothing_changed(
    tmp_path: Path, staged: Path
) -> None:
    done = init(tmp_path, MOUS, "--asdm", staged / EB1)
    assert done.returncode == 3
    assert "--link" in done.stderr and "--conflict-of-interest none" in done.stderr
    assert not (tmp_path / MOUS).exists()


def test_a_dry_run_shows_the_plan_as_json_and_changes_nothing(tmp_path: Path, staged: Path) -> None:
    done = init(tmp_path, MOUS, "--asdm", staged / EB1, "--move", "--dry-run", "--json")
    plan = json.loads(done.stdout)
    assert done.returncode == 0 and plan["done"] is False
    assert plan["asdms"][0]["how"] == "move" and plan["ebs"][0]["folder"] == "Calibration_X2cd"
    assert plan["room"]["needed_bytes"] > 0 and (staged / EB1).exists() and not (tmp_path / MOUS).exists()


def test_a_conflict_of_interest_stops_it(tmp_path: Path, staged: Path) -> None:
    words = (MOUS, "--asdm", staged / EB1, "--link", "--conflict-of-interest", "I am a Co-I")
    done = init(tmp_path, *words)
    assert done.returncode == 3 and "I am a Co-I" in done.stderr and not (tmp_path / MOUS).exists()
    assert init(tmp_path, *words, "--yes").returncode == 0
    assert "I am a Co-I" in git(tmp_path / MOUS, "log", "--format=%B")


def test_an_eb_of_another_mous_stops_it(tmp_path: Path, staged: Path) -> None:
    done = init(tmp_path, "uid://A001/X1/X2", "--asdm", staged / EB1, "--link", *ANSWERS)
    assert done.returncode == 3 and "belongs to another MOUS" in done.stderr
    assert not (tmp_path / "uid___A001_X1_X2").exists()


def test_a_missing_asdm_is_told_before_anything_is_written(tmp_path: Path, staged: Path) -> None:
    done = init(tmp_path, MOUS, "--asdm", staged / EB1, staged / "uid___A002_X1_X1", "--link", *ANSWERS)
    assert done.returncode == 2 and "not there" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / MOUS).exists()


@pytest.mark.parametrize(
    "words", [("--rms", "0.1"), ("--beam", "2..1arcsec"), ("--ticket", "SCOPS-1"), ("--rms", "500Jy")]
)
def test_what_cannot_be_meant_is_told(tmp_path: Path, staged: Path, words: tuple[str, str]) -> None:
    done = init(tmp_path, MOUS, "--asdm", staged / EB1, "--link", *ANSWERS, *words)
    assert done.returncode == 2 and "Traceback" not in done.stderr and not (tmp_path / MOUS).exists()


def test_a_second_time_changes_nothing(tmp_path: Path, staged: Path) -> None:
    words = (MOUS, "--asdm", *sorted(staged.glob("uid*")), "--link", *ANSWERS)
    init(tmp_path, *words)
    before, head = files(tmp_path / MOUS), git(tmp_path / MOUS, "rev-parse", "HEAD")
    for again in (words, (MOUS,)):
        assert init(tmp_path, *again).returncode == 0
        assert files(tmp_path / MOUS) == before and git(tmp_path / MOUS, "rev-parse", "HEAD") == head


def test_an_eb_that_comes_later_is_added_and_what_people_wrote_stays(tmp_path: Path, staged: Path) -> None:
    init(tmp_path, MOUS, "--asdm", staged / EB1, "--link", *ANSWERS)
    path = tmp_path / MOUS / "mous.toml"
    path.write_text(path.read_text() + "# mine\n")
    done = init(tmp_path, MOUS, "--asdm", staged / f"{EB2}.asdm.sdm", "--copy")
    assert done.returncode == 0, done.stderr
    mous = Mous.load(tmp_path / MOUS)
    assert [eb.name for eb in mous.ebs] == ["X2cd", "X7e0"] and "# mine\n" in path.read_text()
    assert (mous.ebs[1].folder / EB2 / "ASDM.xml").exists() and (mous.root / "Combination").is_dir()
    subjects = git(mous.root, "log", "--format=%s").splitlines()
    assert subjects[0] == f"{MOUS}: EB X7e0 added" and len(subjects) == 3


def test_an_interrupted_beginning_is_completed(tmp_path: Path, staged: Path) -> None:
    words = (MOUS, "--asdm", staged / EB1, "--link", *ANSWERS)
    init(tmp_path, *words)
    (tmp_path / MOUS / "Calibration_X2cd" / EB1).unlink()
    (tmp_path / MOUS / "README.header.txt").unlink()
    assert init(tmp_path, *words).returncode == 0
    assert (tmp_path / MOUS / "Calibration_X2cd" / EB1 / "ASDM.xml").exists()
    assert (tmp_path / MOUS / "README.header.txt").exists()


# -- on a terminal --------------------------------------------------------------------------------


def on_terminal(root: Path, *words: object) -> pexpect.spawn:
    child = pexpect.spawn(
        WORDS[0], [*WORDS[1:], *map(str, words)], cwd=str(root), encoding="utf-8", timeout=30
    )
    child.setecho(False)
    return child


def test_on_a_terminal_each_choice_is_asked_and_the_plan_confirmed(tmp_path: Path, staged: Path) -> None:
    child = on_terminal(tmp_path, MOUS, "--asdm", staged / EB1)
    for question, answer in (
        (r"Who reduces it .*: ", "EV"),
        (r"Conflict of interest .*: ", "?"),
        (r"Nobody reduces data[^:]*.*Conflict of interest .*: ", "none"),
        (r"Project code .*: ", ""),
        (r"rms asked for.*: ", "0.1"),
        (r"unit.*rms asked for.*: ", "0.1mJy"),
        (r"at which frequency.*: ", "230GHz"),
        (r"over which bandwidth.*: ", ""),
        (r"beam asked for.*: ", "1arcsec"),
        (r"what to do\?.*Which.*: ", "l"),
        (r"Calibration_X2cd.*Do this \[y/N\]: ", "y"),
    ):
        child.expect(question)
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    mous = Mous.load(tmp_path / MOUS)
    assert (mous.reducer, mous.conflict_of_interest) == ("EV", "none") and mous.goal is not None
    assert (mous.goal.rms_jy, mous.goal.bandwidth_hz, mous.goal.beam_max_arcsec) == (1e-4, None, 1.2)
    assert mous.goal.origin["rms_jy"] == "typed by EV"
    assert (tmp_path / MOUS / "Calibration_X2cd" / EB1).is_symlink()


def test_a_plan_that_is_not_confirmed_changes_nothing(tmp_path: Path, staged: Path) -> None:
    goal = ("--rms", "0.1mJy", "--rms-frequency", "230GHz", "--rms-bandwidth", "1GHz", "--beam", "1arcsec")
    words = (MOUS, "--asdm", staged / EB1, "--move", *ANSWERS, "--project", "2013.1.00123.S", *goal)
    child = on_terminal(tmp_path, *words)
    child.expect(r"Do this \[y/N\]: ")
    child.sendline("")
    child.expect("Nothing has been changed")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 3 and (staged / EB1).exists() and not (tmp_path / MOUS).exists()


# -- onto what was begun by hand ------------------------------------------------------------------


@pytest.fixture
def short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checklist of the person that has the steps of the script."""
    text = CHECKLIST
    for name, step, needs in ITEMS:
        text += f'[[item]]\nid = "{name}"\ntitle = "{name}"\nphase = "one"\nkind = "run"\nper = "eb"\n'
        text += f'step = "{step}"\nneeds = {json.dumps(needs)}\n'
    folder = tmp_path / "config" / "casapilot" / "checklists"
    folder.mkdir(parents=True)
    (folder / "short.toml").write_text(text)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def begun_by_hand(root: Path) -> Path:
    """Import to the first half of the bandpass; the log tells of that alone."""
    folder = root / "Calibration_X2cd"
    script(folder)
    measurement_set(folder / f"{EB1}.ms")
    table(folder / f"{EB1}.ms.tsys", 1700000020.0)
    measurement_set(folder / f"{EB1}.ms.split", 1700000030.0)
    table(folder / f"{EB1}.ms.split.flagversions" / "flags.BeforeBandpassCalibration", 1700000040.0)
    cut = step_line(60, 5, "Bandpass calibration") + task_lines(
        61, f"bandpass( vis='{EB1}.ms.split' )", cut=True
    )
    (folder / "casa-20231114-221600.log").write_text(cut)
    return root


def states(root: Path) -> dict[str, tuple[State, str]]:
    return {row.key.item: (row.state, row.detail) for row in Session(Mous.load(root)).snapshot().rows}


def test_a_reduction_by_hand_goes_on_from_where_it_is(tmp_path: Path, short: None) -> None:
    root = begun_by_hand(tmp_path / "work")
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    done = init(tmp_path, MOUS, root, *ANSWERS, "--checklist", "short")
    assert done.returncode == 0, done.stderr
    assert "nothing of it is moved or changed" in done.stderr and "breaks off in bandpass" in done.stderr
    after = {path: path.stat().st_mtime_ns for path in before if path.is_file()}
    assert after == {path: time for path, time in before.items() if path in after}
    found = states(root)
    assert found["split"][0] is State.WARNED and "done by hand before casapilot" in found["split"][1]
    assert "no log" in found["split"][1]
    assert found["bandpass"][0] is State.FAILED and "in part by hand" in found["bandpass"][1]


def test_the_history_keeps_the_script_as_it_was_found(tmp_path: Path, short: None) -> None:
    root = begun_by_hand(tmp_path / "work")
    init(tmp_path, MOUS, root, *ANSWERS, "--checklist", "short")
    name = f"Calibration_X2cd/{EB1}.ms.scriptForCalibration.py"
    assert git(root, "show", f"HEAD:{name}") == (root / name).read_text()
    message = git(root, "log", "--format=%B")
    assert "taken over from by hand" in message and "5 of 6 steps done, 1 in part" in message
    assert not [path for path in git(root, "ls-files").split() if ".ms/" in path or path.endswith(".log")]


def test_what_a_rerun_rests_on_is_told_truthfully(tmp_path: Path, short: None) -> None:
    root = begun_by_hand(tmp_path / "work")
    init(tmp_path, MOUS, root, *ANSWERS, "--checklist", "short")
    session = Session(Mous.load(root))
    session.poll()
    keys = {key.item: key for key in session.order}
    run = session.last_run(keys["bandpass"])
    assert run is not None and run.rests_on == (f"{EB1}.ms.split:BeforeBandpassCalibration",)
    apriori = session.plan([keys["apriori"]])
    assert f"No flag version of {EB1}.ms was kept" in apriori.undoes[0]
    with_import = session.plan([keys["import"], keys["apriori"]])
    assert not [text for text in with_import.undoes if "No flag version" in text]


def test_taken_over_a_second_time_it_stays_as_it_is(tmp_path: Path, short: None) -> None:
    root = begun_by_hand(tmp_path / "work")
    words = (MOUS, root, *ANSWERS, "--checklist", "short")
    init(tmp_path, *words)
    before, head = files(root), git(root, "rev-parse", "HEAD")
    assert init(tmp_path, *words).returncode == 0
    assert files(root) == before and git(root, "rev-parse", "HEAD") == head


def test_what_was_run_again_by_hand_further_up_makes_the_rest_stale(tmp_path: Path, short: None) -> None:
    root = begun_by_hand(tmp_path / "work")
    late = root / "Calibration_X2cd" / f"{EB1}.ms.tsys"
    for name in ("table.dat", "table.info"):
        os.utime(late / name, (1700000900.0, 1700000900.0))
    init(tmp_path, MOUS, root, *ANSWERS, "--checklist", "short")
    assert states(root)["split"] == (State.STALE, "tsys ran again later")
