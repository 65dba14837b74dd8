"""A simulated block, calibrated by hand in CASA, gives the flux densities it was made from."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casapilot.steps.simulate.block import make_blocks
from casapilot.steps.simulate.main import simulate
from casapilot.steps.simulate.options import Options

pytestmark = pytest.mark.casa

OPTIONS = Options(n_ebs=1, n_antennas=7, channels=32, cycles=1, seed=11, defects=("antpos",))


class Calibrated:
    """A small 12m block with displaced antennas, through the standard steps."""

    def __init__(self, folder: Path) -> None:
        self.made = simulate(folder / "mous", OPTIONS)
        self.truth = json.loads(Path(self.made["truth"]).read_text())
        (self.block,) = self.truth["blocks"]
        self.roles = {each["role"]: name for name, each in self.truth["sources"].items()}
        self.vis = str(folder / "eb.ms")
        self.spws = self.block["science_spws"]

    def apply(self, tasks: Any) -> None:
        vis = self.vis
        tables = [f"{vis}.tsys", f"{vis}.antpos"]
        for name in self.roles.values():
            gainfield = self.block["target"]["name"] if name == self.roles["check"] else name
            tasks.applycal(
                vis=vis,
                field=name,
                spw=",".join(map(str, self.spws)),
                gaintable=tables,
                gainfield=[gainfield, ""],
                interp=["linear,linear", "linear"],
                spwmap=[self.tsys_map(), []],
                calwt=True,
                flagbackup=False,
            )

    def tsys_map(self) -> list[int]:
        spws = {int(number): spw for number, spw in self.block["spws"].items()}
        found = list(range(max(spws) + 1))
        tsys = [number for number in spws if spws[number]["kind"] == "tdm" and number not in self.spws][4:]
        for number in self.spws:
            centre = spws[number]["centre_hz"]
            found[number] = min(tsys, key=lambda other: abs(spws[other]["centre_hz"] - centre))
        return found

    def displaced(self) -> list[dict]:
        with open(self.made["antennapos"]) as stream:
            return list(csv.DictReader(stream))

    def reference(self) -> str:
        bad = self.block["not_as_reference"]
        return next(name for name in self.block["antennas"] if name not in bad)


@pytest.fixture(scope="module")
def tasks() -> Any:
    from casapilot.steps.casa import config

    config.configure()
    config.import_tasks()
    import casatasks

    return casatasks


@pytest.fixture(scope="module")
def calibrated(tasks, tmp_path_factory) -> Any:
    folder = tmp_path_factory.mktemp("calibrates")
    here = os.getcwd()
    os.chdir(folder)
    try:
        made = Calibrated(folder)
        made.fluxes = calibrate(made, tasks)
        yield made
    finally:
        os.chdir(here)


def calibrate(made: Calibrated, tasks: Any) -> dict:
    vis, ref = made.vis, made.reference()
    tasks.importasdm(made.made["asdms"][0], vis=vis, asis="Antenna", bdfflags=True, process_caldevice=False)
    tasks.gencal(vis, caltable=f"{vis}.tsys", caltype="tsys")
    rows = made.displaced()
    offsets = [float(row[axis]) for row in rows for axis in ("xoff", "yoff", "zoff")]
    names = ",".join(row["antenna"] for row in rows)
    tasks.gencal(vis, caltable=f"{vis}.antpos", caltype="antpos", antenna=names, parameter=offsets)
    made.apply(tasks)
    split = f"{vis}.split"
    science = ",".join(map(str, made.spws))
    fields = ",".join(made.roles.values())
    tasks.mstransform(
        vis, outputvis=split, datacolumn="corrected", spw=science, field=fields, reindex=False,
        intent="*BANDPASS*,*PHASE*,*CHECK*",
    )  # fmt: skip
    bright = made.roles["bandpass"]
    for spw in made.spws:
        jy = made.block["flux_jy"][bright][str(spw)]
        tasks.setjy(
            split, field=bright, spw=str(spw), standard="manual", fluxdensity=[jy, 0, 0, 0], usescratch=True
        )
    base = {"vis": split, "refant": ref}
    tasks.gaincal(**base, caltable="ap", field=bright, solint="int", calmode="p")
    tasks.bandpass(**base, caltable="bp", field=bright, combine="scan", solnorm=True, gaintable=["ap"])
    tasks.gaincal(**base, caltable="p", field=fields, solint="int", calmode="p", gaintable=["bp"])
    tasks.gaincal(
        **base, caltable="a", field=fields, solint="inf", gaintype="T", calmode="a", gaintable=["bp", "p"]
    )
    transfer = [made.roles["phase"], made.roles["check"]]
    fluxes = tasks.fluxscale(split, caltable="a", fluxtable="flux", reference=bright, transfer=transfer)
    phase = made.roles["phase"]
    gains = {"gaintable": ["bp", "p", "flux"], "flagbackup": False, "calwt": False}
    tasks.applycal(split, field=phase, gainfield=["", phase, phase], **gains)
    return fluxes


def flux_of(made: Calibrated, role: str, spw: int) -> tuple[float, float, float]:
    """Measured, its error, true."""
    name = made.roles[role]
    (found,) = (f for f in made.fluxes.values() if isinstance(f, dict) and f.get("fieldName") == name)
    return found[str(spw)]["fluxd"][0], found[str(spw)]["fluxdErr"][0], made.block["flux_jy"][name][str(spw)]


@pytest.mark.parametrize("role", ["phase", "check"])
def test_fluxscale_gives_the_flux_densities_of_the_truth(calibrated, role):
    for spw in calibrated.spws:
        jy, error, true = flux_of(calibrated, role, spw)
        assert jy == pytest.approx(true, abs=3 * error)
        assert jy == pytest.approx(true, rel=0.08)


def test_the_phase_calibrator_is_flat_after_calibration(calibrated):
    from casatools import ms

    tool = ms()
    for spw in calibrated.spws:
        tool.open(f"{calibrated.vis}.split")
        tool.msselect({"field": calibrated.roles["phase"], "spw": str(spw)})
        got = tool.getdata(["corrected_data", "flag"])
        tool.close()
        data = np.where(got["flag"], np.nan, got["corrected_data"])
        phase = np.degrees(np.angle(np.nanmean(data, axis=1)))
        assert np.sqrt(np.nanmean(phase**2)) < 8


def test_the_table_of_antenna_positions_takes_their_errors_out(calibrated, tasks):
    """The same seed without displaced antennas has the same water, gains and noise."""
    healthy = next(make_blocks(replace(OPTIONS, defects=())))
    scan = next(scan for scan in healthy.scans if "CALIBRATE_PHASE" in scan.intents)
    subscan = scan.subscans[0]
    spw = calibrated.spws[-1]
    expected = healthy.cross(scan, subscan, healthy.setups[subscan.setups[-1]])[spw]
    vis = calibrated.vis
    table = f"{vis}.antpos"
    tasks.applycal(vis, field=scan.source, spw=str(spw), gaintable=[table], calwt=False, flagbackup=False)
    turned = {
        column: turn_of(vis, column, scan.number, spw, expected) for column in ("DATA", "CORRECTED_DATA")
    }
    assert turned["DATA"] > 10
    assert turned["CORRECTED_DATA"] < 3  # noise does not turn


def turn_of(vis: str, column: str, scan: int, spw: int, expected: np.ndarray) -> float:
    """How far the phases of baselines are from those expected, rms, degrees."""
    from casatools import table

    tool = table()
    tool.open(vis)
    wanted = f"DATA_DESC_ID=={spw} && SCAN_NUMBER=={scan} && ANTENNA1!=ANTENNA2"
    rows = tool.query(wanted, sortlist="TIME,ANTENNA2,ANTENNA1")
    found = rows.getcol(column).T.reshape(expected.shape)
    rows.close()
    tool.close()
    turn = np.angle(np.sum(found * np.conj(expected), axis=(0, 2, 3)))
    return float(np.degrees(np.sqrt(np.mean(turn**2))))
