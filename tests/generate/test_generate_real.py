"""A generated script in a bare CASA process: from a simulated ASDM to calibrated data, against the truth."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from casapilot.steps.script import Script
from casapilot.tui.cli import main

RUN = """
import glob, sys
sys.argv = ["run", "--noconfig", "--nositeconfig"]
import casadata
from casaconfig import config
config.measurespath, config.datapath = casadata.datapath, [casadata.datapath]
config.measures_auto_update = config.data_auto_update = False
config.casaconfig_verbose, config.logfile, config.nogui, config.agg = 0, "casa.log", True, True
mysteps, restore = eval(sys.stdin.read())
if restore:
    from casatasks import flagmanager
    flagmanager(glob.glob("*.ms.split")[0], mode="restore", versionname=restore)
exec(open(glob.glob("*.scriptForCalibration.py")[0]).read())
"""
FLUX = re.compile(r"Flux density for (\S+) in SpW=(\d+).* is: ([\d.]+) \+/- ([\d.]+)")


def casa(folder: Path, steps: tuple[int, ...] = (), restore: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN],
        cwd=folder,
        input=repr((list(steps), restore)),
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module", params=["12m", "7m"])
def reduced(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("eb") / request.param
    words = ["--ebs", "1", "--array", request.param, "--seed", "41", "--cycles", "2"]
    defects = "quack,antpos,edge,syscal-times,online-flags"
    assert main(["simulate", str(folder), *words, "--defects", defects]) == 0
    truth = json.loads((folder / "truth.json").read_text())
    uid = truth["blocks"][0]["uid"]
    assert main(["generate", str(folder / uid), "--with", "own"]) == 0
    casa(folder)
    return folder, uid, truth


@pytest.mark.casa
def test_flux_densities_of_phase_calibrator_and_check_source_are_the_true_ones(reduced):
    folder, uid, truth = reduced
    found = FLUX.findall((folder / f"{uid}.ms.split.fluxscale").read_text())
    known = truth["blocks"][0]
    assert {(name, int(spw)) for name, spw, _, _ in found} == {
        (name, spw)
        for name, source in truth["sources"].items()
        if source["role"] in ("phase", "check")
        for spw in known["science_spws"]
    }
    for name, spw, flux, error in found:
        true = known["flux_jy"][name][spw]
        assert abs(float(flux) - true) < max(3 * float(error), 0.02 * true)
        assert abs(float(flux) / true - 1) < 0.08


@pytest.mark.casa
def test_every_product_of_the_standard_is_there(reduced):
    folder, uid, _ = reduced
    names = ".tsys .antpos .listobs .split .split.listobs .split.bandpass .split.phase_int .split.ampli_inf"
    names += " .split.flux_inf .split.fluxscale .split.phase_inf .split.cal .split.cal.flagversions"
    names += " .wvr .wvrgcal" if folder.name == "12m" else ""
    assert [name for name in names.split() if not (folder / f"{uid}.ms{name}").exists()] == []


HASH = """
import glob, hashlib, sys
sys.argv = ["run", "--noconfig", "--nositeconfig"]
import casadata
from casaconfig import config
config.measurespath, config.datapath = casadata.datapath, [casadata.datapath]
config.measures_auto_update = config.data_auto_update = False
config.casaconfig_verbose, config.logfile = 0, "/dev/null"
import casatools
table, digest = casatools.table(), hashlib.sha1()
table.open(glob.glob("*.ms")[0])
for description in range(9):
    rows = table.query(f"DATA_DESC_ID == {description}")
    if rows.nrows() and rows.iscelldefined("CORRECTED_DATA", 0):
        digest.update(rows.getcol("CORRECTED_DATA").tobytes())
print(digest.hexdigest())
"""


def corrected(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HASH], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.split()[-1]


@pytest.mark.casa
def test_the_step_with_antenna_positions_gives_the_same_bits_alone_and_in_the_whole_script(reduced):
    folder, uid, _ = reduced
    whole = corrected(folder)
    script = Script.read(folder / f"{uid}.ms.scriptForCalibration.py")
    casa(folder, (script.step("Application of the (WVR|Tsys).*").number,))
    assert corrected(folder) == whole


@pytest.mark.casa
def test_a_step_runs_again_on_its_flags_and_gives_the_same_fluxes(reduced):
    folder, uid, _ = reduced
    text = folder / f"{uid}.ms.split.fluxscale"
    before = FLUX.findall(text.read_text())
    step = Script.read(folder / f"{uid}.ms.scriptForCalibration.py").step("Gain calibration")
    assert "Gain calibration" in casa(folder, (step.number,), "BeforeGainCalibration")
    assert FLUX.findall(text.read_text()) == before
