"""The full re-run from scratch as an item: reduced in pieces with an edit, then shown to be the script."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from casapilot.steps.checklist.model import Key, State
from casapilot.steps.mous.create import NewEb, create_mous
from casapilot.steps.run.session import Session
from casapilot.steps.run.start import begin
from run_kit import Site, wait

CASA_TESTS = Path(__file__).parents[1] / "casa"
sys.path.append(str(CASA_TESTS))

from casa_small_script import FLAGS, SCRIPT, UID  # noqa: E402

pytestmark = pytest.mark.casa

STEPS = (
    "Import",
    "Listobs",
    "Initial flagging",
    "Split out science",
    "Putting a model",
    "Save flags before bandpass",
    "Bandpass calibration",
    "Gain calibration",
    "Application",
    "Split out corrected",
)
HEAD = """schema = 1
[checklist]
id = "small"
title = "Small"
version = "1"
date = "2026-11-22"
owner = "tests"
[[phase]]
id = "all"
title = "All"
"""
WHOLE = """[[item]]
id = "whole"
title = "Full re-run from scratch"
phase = "all"
kind = "run"
whole = true
outputs = ["{ms}.calibration.log"]
"""
MS = f"{UID}.ms"


def key(item: str) -> Key:
    return Key("small", item, "X2cd")


class Small(Site):
    """The site of the small MOUS."""

    def __init__(self, root: Path) -> None:
        from casapilot.steps.mous.mous import Mous

        self.root = root
        self.mous = Mous.load(root)
        self.eb = self.mous.eb("X2cd")
        self.session = Session(self.mous)
        self.session.poll()

    def do(self, *items: str) -> list[State]:
        self.session.run([key(item) for item in items], confirmed=True)
        self.wait_idle()
        return [self.session.snapshot().row(key(item)).state for item in items]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    root = tmp_path_factory.mktemp("whole") / "mous"
    mous = create_mous(
        root, uid="uid___A001_X1_X1", title="Small", ebs=[NewEb("X2cd", UID)], checklists=["small"]
    )
    eb = mous.eb("X2cd")
    words = [sys.executable, "-W", "ignore", str(CASA_TESTS / "casa_small_ms.py"), str(eb.folder / UID)]
    subprocess.run(words, check=True, capture_output=True, cwd=root)
    (eb.folder / "manual_flags.txt").write_text(FLAGS)
    eb.script.write_text(SCRIPT.replace("solnorm = True", "solnorm = False"))
    items = "".join(
        f'[[item]]\nid = "s{n}"\ntitle = "{title}"\nphase = "all"\nkind = "run"\nstep = "^{title}"\n'
        for n, title in enumerate(STEPS)
    )
    mous.checklist_folder.mkdir(parents=True, exist_ok=True)
    (mous.checklist_folder / "small.toml").write_text(HEAD + items + WHOLE)
    begin(mous)
    site = Small(root)
    yield site
    site.end()


def test_pieces_with_an_edit_in_between_are_shown_to_be_the_script(small: Small) -> None:
    steps = [f"s{n}" for n in range(len(STEPS))]
    assert set(small.do(*steps)) <= {State.DONE, State.WARNED}
    small.eb.script.write_text(SCRIPT)
    small.session.poll()
    assert small.session.snapshot().row(key("s6")).state is State.STALE
    assert set(small.do(*steps[6:], "whole")) <= {State.DONE, State.WARNED}
    run = small.session.last_run(key("whole"))
    assert run is not None and run.step is None
    assert {check.verdict for check in run.checks} == {"pass"} and len(run.checks) == 9
    assert small.subjects()[0] == "X2cd: Full re-run from scratch done, 9 tables identical"
    assert f"Check pass: {MS}.split.bandpass: identical" in small.session.history()[0].body
    assert not (small.eb.folder / "rerun").exists()
    log = (small.eb.folder / f"{MS}.calibration.log").read_text()
    assert all(f"Step {n} " in log for n in range(len(STEPS)))
    assert [path.name for path in small.session.logs(key("whole"))] == ["console.log", "casa.log"]


def test_an_edit_of_any_step_makes_it_stale(small: Small) -> None:
    small.eb.script.write_text(SCRIPT + "# a remark\n")
    small.session.poll()
    assert small.session.snapshot().row(key("whole")).state is State.STALE
    small.eb.script.write_text(SCRIPT)
    small.session.poll()
    assert small.session.snapshot().row(key("whole")).state is State.DONE


def test_what_was_done_by_hand_fails_it_and_names_the_table(small: Small) -> None:
    path = small.eb.folder / f"{MS}.split.cal"
    code = "from casapilot.steps.casa import config; config.configure(); "
    code += f"t = config.import_tools().table(); t.open({str(path)!r}, nomodify=False); "
    code += "w = t.getcol('WEIGHT'); w[:, 7] *= 2; t.putcol('WEIGHT', w); t.close()"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=small.root)
    assert small.do("whole") == [State.FAILED]
    run = small.session.last_run(key("whole"))
    assert run is not None and len(run.reasons) == 2
    assert run.reasons[1].startswith(f"{MS}.split.cal is not what the script makes: WEIGHT in 2 elements")
    assert "done by hand" in run.reasons[1] and "scan_number 1" in run.reasons[1]
    assert small.subjects()[0] == "X2cd: Full re-run from scratch failed, 1 of 9 tables differ"
    assert (small.eb.folder / "rerun" / f"{MS}.split.cal").is_dir()


def test_a_stop_now_takes_the_bare_process_with_it_and_the_next_run_removes_its_folder(small: Small) -> None:
    shutil.rmtree(small.eb.folder / "rerun")  # of the test before
    small.session.run([key("whole")], confirmed=True)
    log = small.eb.folder / "rerun" / f"{MS}.calibration.log"
    wait(lambda: log.exists() and b"Step 3" in log.read_bytes(), 60.0)
    small.session.stop("now")
    small.wait_idle()
    run = small.session.last_run(key("whole"))
    assert run is not None and run.status == "interrupted"
    assert set(small.do("s9", "whole")) <= {State.DONE, State.WARNED}
    assert not (small.eb.folder / "rerun").exists()
