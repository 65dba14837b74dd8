"""The whole chain on the small MS: the shipped checks, measured by a process that only reads, to findings."""

from __future__ import annotations

from pathlib import Path

import pytest
from casa_small_script import UID
from casa_spoiled import DEAD, DEAD_SCAN, JUMP_SCAN, JUMPS
from casa_worker_kit import run_in
from casapilot.steps.checklist.load import load_checklist
from casapilot.steps.checklist.merge import SHIPPED
from casapilot.steps.checklist.model import Key
from casapilot.steps.diagnose import Finding, Severity
from casapilot.steps.mous.mous import Eb, Mous
from casapilot.steps.run.findings import Again, findings_of, told_of

pytestmark = pytest.mark.casa
EB = "X2cd"
#: The small array has six antennas, and a checklist wants more.
AS_MADE = {"too-few"}


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small MS with two things wrong, reduced."""
    return run_in("casa_spoiled.py", tmp_path_factory.mktemp("spoiled"))


def diagnosed(folder: Path) -> tuple[Finding, ...]:
    """What the checks of the shipped checklist find in a reduced EB."""
    eb = Eb(EB, UID, folder, folder / "script.py", f"{UID}.ms")
    mous = Mous(folder, "uid://A001/X1/X2", ebs=(eb,), facts={"n_antennas": 6, "n_spws": 2})
    checklist = load_checklist(SHIPPED / "alma-calibration.toml", overlays=())
    items = {Key(checklist.id, item.id, EB): item for item in checklist.items if item.check}
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    again = Again(mous, eb, items, lambda key: None).measure()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    found = findings_of(mous, EB, told_of(list(items), lambda key: None, again))
    return tuple(each for each in found if each.cause not in AS_MADE)


def test_a_good_eb_has_nothing_to_look_at(reduced: Path) -> None:
    assert [each.title for each in diagnosed(reduced) if each.severity is not Severity.NOTE] == []


# Measured when all is done: by then applycal has flagged what was never solved, and no data are left to tell
# that it had no fringes.
def test_what_is_wrong_is_named_with_antenna_and_scan_and_nothing_else(spoiled: Path) -> None:
    found = [each for each in diagnosed(spoiled) if each.severity is not Severity.NOTE]
    assert {each.cause: each.antennas for each in found} == {
        "unsolved-scans": (DEAD,),
        "phase-jump": (JUMPS,),
    }
    scans = {each.cause: each.scans for each in found}
    assert scans["unsolved-scans"] == (DEAD_SCAN,) and JUMP_SCAN in scans["phase-jump"]
    assert all(each.evidence and each.cures for each in found)
