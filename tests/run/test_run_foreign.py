"""Scripts of other years and reductions begun by hand, through the checklist, in real CASA."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from casapilot.steps.checklist.load import find_checklist, load_checklist
from casapilot.steps.checklist.model import Kind
from casapilot.steps.errors import ScriptError
from casapilot.steps.script import Script, convert
from casapilot.tui.cli import main
from run_kit import casapilot, status

sys.path.append(str(Path(__file__).parents[1] / "script"))

from script_of_eras import ERAS, script_of

pytestmark = pytest.mark.casa

PLAIN = Path(__file__).with_name("run_plain.py")
INIT = ("--yes", "--conflict-of-interest", "none", "--reducer", "ab", "--rms", "1mJy", "--beam", "1arcsec")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Array -> a folder with an EB of it."""
    made = {}
    for array in ("12m", "7m"):
        made[array] = tmp_path_factory.mktemp("simulated") / array
        words = ["--ebs", "1", "--array", array, "--antennas", "7", "--cycles", "1", "--channels", "64"]
        defects = "antpos,quack" + (",bad-wvr" if array == "12m" else "")
        assert main(["simulate", str(made[array]), *words, "--seed", "5", "--defects", defects]) == 0
    return made


def uid_of(folder: Path) -> str:
    return str(json.loads((folder / "truth.json").read_text())["blocks"][0]["uid"])


def states(root: Path) -> dict[str, str]:
    return {str(row["item"]): str(row["state"]) for row in status(root)["items"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("array", ["12m", "7m"])
@pytest.mark.parametrize("casa", ERAS)
def test_each_step_of_each_era_is_one_item_of_the_checklist(
    simulated: dict[str, Path], array: str, casa: str
) -> None:
    done = convert(Script(script_of(simulated[array], ERAS[casa]).encode(), "x.py"))
    assert done.script.compiles and not done.findings
    items = load_checklist(find_checklist("alma-calibration"), overlays=()).items
    found = []
    for item in (item for item in items if item.kind is Kind.RUN and item.step):
        with suppress(ScriptError) if item.optional else nullcontext():
            found.append(done.script.step_by_title(item.step).number)
    assert sorted(found) == [step.number for step in done.script.steps]


def test_a_script_of_2014_is_converted_runs_from_the_asdm_to_calibrated_data_and_again_with_its_cures(
    simulated: dict[str, Path], tmp_path: Path
) -> None:
    folder, root = simulated["12m"], tmp_path / "mous"
    uid = uid_of(folder)
    assert (
        casapilot(
            "init", "uid___A001_X1_X2", str(root), "--asdm", str(folder / uid), "--link", *INIT
        ).returncode
        == 0
    )
    (eb,) = root.glob("Calibration_*")
    script = eb / f"{uid}.ms.scriptForCalibration.py"
    script.write_text(script_of(folder, ERAS["4.2.2"]))
    assert casapilot("script", "convert", str(script), "--yes").returncode == 0
    ran = casapilot("run", "--from", "import", "--to", "split-cal", str(root))
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert (eb / f"{uid}.ms.split.cal" / "table.dat").is_file()
    consoles = "".join(path.read_text() for path in root.glob(".casapilot/live/*/console.log"))
    assert "es.checkCalTable" in consoles and "passed over" in consoles
    assert {"wvrflag", "quack"} <= taken(root)
    ran = casapilot("run", "--from", "wvr", "--to", "split-cal", "--yes", str(root))
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert not {"stale", "failed"} & set(states(root).values())
    assert taken(root) == set()
    casapilot("stop", str(root))


def taken(root: Path) -> set[str]:
    """Accept what is proposed; its kinds."""
    said = casapilot("cure", "--accept", "--yes", "--json", str(root)).stdout
    return {each["id"].rpartition("/")[2] for each in json.loads(said)["accepted"]}


def test_what_was_begun_by_hand_goes_on_and_edits_anywhere_end_in_the_tables_of_the_script(
    simulated: dict[str, Path], tmp_path: Path
) -> None:
    """The full re-run from scratch, among the items, compares all tables bit for bit."""
    folder, root = simulated["7m"], tmp_path / "mous"
    uid, eb = uid_of(folder), root / "Calibration_X1"
    eb.mkdir(parents=True)
    (eb / uid).symlink_to(folder / uid)
    script = eb / f"{uid}.ms.scriptForCalibration.py"
    assert main(["generate", str(folder / uid), "--with", "own", "--out", str(script)]) == 0
    for steps in (range(9), range(9, 13), [11]):
        by_hand(script, [*steps])
    assert casapilot("init", "uid___A001_X1_X2", str(root), *INIT).returncode == 0
    before = states(root)
    assert (before["save-original"], before["bandpass"], before["gain"]) == ("done", "stale", "todo")
    run_all(root)
    flag = (
        f"flagdata(vis = '{uid}.ms.split', mode = 'manual', scan = '%s', antenna = '%s', flagbackup = False)"
    )
    names = json.loads((folder / "truth.json").read_text())["blocks"][0]["antennas"]
    edit(script, "insert", "original flags", flag % (8, names[-1]))
    ran = casapilot("run", "--from", "save-original", "--to", "save-after-applycal", "--yes", str(root))
    assert ran.returncode == 0, ran.stderr[-2000:]
    edit(script, "set", "antenna position", "gencal", "parameter", "[0.001, 0, 0]", "--raw")
    edit(script, "set", "antenna position", "gencal", "antenna", names[-1])
    run_all(root)
    edit(script, "comment", "original flags", "flagdata")
    edit(script, "insert", "^Bandpass calibration", flag % (7, names[-2]))
    run_all(root)
    casapilot("stop", str(root))


def by_hand(script: Path, steps: list[int]) -> None:
    words = [sys.executable, "-W", "ignore", str(PLAIN), script.name, json.dumps(steps)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    subprocess.run(words, cwd=script.parent, env=environment, check=True, capture_output=True)


def edit(script: Path, word: str, *words: str) -> None:
    done = casapilot("script", word, str(script), *words, "--why", "a test", "--initials", "ab")
    assert done.returncode == 0, done.stderr


def run_all(root: Path) -> None:
    ran = casapilot("run", "--all", "--yes", str(root))
    assert ran.returncode == 0, ran.stderr[-2000:]
    left = {item: state for item, state in states(root).items() if state in ("stale", "failed", "lost")}
    assert not left and states(root)["clean-run"] in ("done", "warned")
