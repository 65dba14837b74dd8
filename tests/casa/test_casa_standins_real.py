"""A script in the form of ALMA's generator of 2016, from Python 2 text to calibrated visibilities."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from pathlib import Path

import pytest
from casa_worker_kit import Running
from casapilot.steps.script import Script, convert
from casapilot.tui.cli import main

sys.path.append(str(Path(__file__).parents[1] / "script"))
from script_of_4_7 import script_text

if importlib.util.find_spec("casatasks") is None:
    pytest.skip("no CASA here", allow_module_level=True)
SIMULATION = ["--ebs", "1", "--antennas", "7", "--channels", "64", "--cycles", "1"]


@pytest.mark.casa
def test_an_old_script_converted_calibrates_an_eb_without_the_sites_modules(tmp_path: Path) -> None:
    made = tmp_path / "made"
    assert main(["simulate", str(made), *SIMULATION, "--defects", "syscal-times,antpos"]) == 0
    truth = json.loads((made / "truth.json").read_text())
    uid = truth["blocks"][0]["uid"]
    old = Script(script_text(made).encode(), "scriptForCalibration.py")
    assert old.is_python2 and not old.compiles
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    worker = Running(tmp_path, sys.executable, {**environment, "OMP_NUM_THREADS": "1"})
    try:
        (made / uid).rename(worker.eb / uid)
        worker.until(lambda: worker.state() == "idle", 120)
        worker.script(convert(old).script.content.decode())
        assert worker.start("r1", None)["ok"]
        worker.until(lambda: worker.events("step-ended", "r1"), 240)
        ended = worker.ended("r1")
        assert (ended.get("status"), ended.get("error")) == ("done", "")
        said = worker.console()
    finally:
        worker.end()
    assert "casarecipes.almahelpers is not in this CASA: answered by casapilot's own" in said
    assert "Some SYSCAL time corrections have been applied." in said
    assert "es.fixForCSV2555" in said and "nothing to fix" in said
    assert said.count("es.checkCalTable(") == 6 and "plotms(" in said
    made_here = {path.name.removeprefix(f"{uid}.ms") for path in worker.eb.iterdir()}
    assert made_here >= {
        ".tsys",
        ".wvr",
        ".antpos",
        ".split",
        ".split.bandpass",
        ".split.flux_inf",
        ".split.cal",
    }
    phase = next(name for name, source in truth["sources"].items() if source["role"] == "phase")
    fluxes = re.findall(
        rf"Flux density for {re.escape(phase)} in SpW=(\d+).*? is: ([\d.]+)",
        (worker.eb / f"{uid}.ms.split.fluxscale").read_text(),
    )
    assert [spw for spw, _ in fluxes] == ["0", "1"]  # the split renumbers
    for _, value in fluxes:
        assert float(value) == pytest.approx(truth["sources"][phase]["jy"], rel=0.05)
