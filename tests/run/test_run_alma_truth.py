"""A simulated 7m MOUS, from its ASDM through the command line to calibrated data, against its truth."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import NamedTuple

import pytest
from run_kit import casapilot, status

pytestmark = pytest.mark.casa

MOUS = "uid___A001_X1_X2"
SIMULATED = "--array 7m --ebs 1 --seed 21 --cycles 1 --antennas 8 --defects bad-tsys,quack,antpos,edge"
FLUX = re.compile(r"Flux density for (\S+) in SpW=(\d+).* is: ([\d.]+) \+/- ([\d.]+)")


class Reduced(NamedTuple):
    root: Path
    truth: dict
    run: CompletedProcess[str]

    @property
    def folder(self) -> Path:
        (folder,) = self.root.glob("Calibration_X*")
        return folder

    def defect(self, name: str) -> dict:
        (found,) = (each for each in self.truth["blocks"][0]["defects"] if each["name"] == name)
        return found


@pytest.fixture(scope="module")
def reduced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reduced]:
    folder = tmp_path_factory.mktemp("truth")
    made, root = folder / "simulated", folder / MOUS
    done = [casapilot("simulate", str(made), *SIMULATED.split())]
    (asdm,) = made.glob("uid*")
    wishes = ("--link", "--conflict-of-interest", "none", "--reducer", "xx", "--yes")
    done.append(casapilot("init", MOUS, str(root), "--asdm", str(asdm), *wishes))
    (eb,) = root.glob("Calibration_X*")
    done.append(casapilot("generate", str(eb / asdm.name), "--with", "own"))
    assert [each.returncode for each in done] == [0, 0, 0], [each.stderr for each in done]
    run = casapilot("run", "--from", "import", "--to", "save-after-applycal", str(root))
    yield Reduced(root, json.loads((made / "truth.json").read_text()), run)
    casapilot("stop", str(root))


def test_the_script_ends_well_with_a_bad_antenna_left_in(reduced: Reduced) -> None:
    assert reduced.run.returncode == 0, reduced.run.stderr
    states = {item["item"]: item["state"] for item in status(reduced.root)["items"]}
    assert not {"failed", "lost", "interrupted"} & set(states.values())
    assert states["tsys"] == "warned", "the bad Tsys is left to the reducer"
    assert states["save-after-applycal"] == "done"


def test_what_to_look_at_names_the_antenna_and_scan_of_the_bad_tsys(reduced: Reduced) -> None:
    bad = reduced.defect("bad-tsys")
    (line,) = re.findall(r"Tsys of .* is off by a factor [^(]*", reduced.run.stdout)
    assert line.startswith(f"Tsys of {bad['antenna']} ")
    assert line.rstrip().endswith(f"polarisation {bad['polarisation']}")
    assert any(re.search(rf"\b{scan}\b", line.partition(" scan")[2]) for scan in bad["scans"])


def test_flux_densities_are_those_that_were_put_in(reduced: Reduced) -> None:
    (block,) = reduced.truth["blocks"]
    (text,) = reduced.folder.glob("*.split.fluxscale")
    found = FLUX.findall(text.read_text())
    names = {name for name, each in reduced.truth["sources"].items() if each["role"] in ("phase", "check")}
    assert {name for name, *_ in found} == names
    for name, spw, flux, error in found:
        true = block["flux_jy"][name][spw]
        assert abs(float(flux) - true) < max(3 * float(error), 0.02 * true), (name, spw)
        assert abs(float(flux) / true - 1) < 0.08, (name, spw)


# The last one: it changes the script that the others look at.
def test_who_only_takes_the_cures_that_are_proposed_ends_with_the_true_flux(reduced: Reduced) -> None:
    bad = reduced.defect("bad-tsys")
    took = casapilot("cure", "--accept", "--yes", str(reduced.root))
    assert took.returncode == 0, took.stderr
    assert f"Flag the Tsys of {bad['antenna']} {bad['polarisation']}" in took.stderr
    (words,) = re.findall(r"go on with: casapilot (.*)", took.stderr)
    run = casapilot(*words.split(), str(reduced.root))
    assert run.returncode == 0, run.stderr
    again = casapilot("cure", "--accept", "--yes", str(reduced.root))
    assert "nothing that could be accepted" in again.stderr
    (block,) = reduced.truth["blocks"]
    told = seen(reduced, bad["antenna"])
    assert {each["spw"] for each in told} == set(block["science_spws"])
    for each in told:
        true = block["flux_jy"][each["source"]][str(each["spw"])]
        assert abs(each["jy"] / true - 1) < 0.05, each
        assert each["degrees"] < 10, each
        assert each["kept"] > 0.9, "another scan's Tsys stands in for the bad one"


def seen(reduced: Reduced, antenna: str) -> list[dict]:
    (ms,) = reduced.folder.glob("*.split.cal")
    names = [name for name, each in reduced.truth["sources"].items() if each["role"] in ("phase", "check")]
    read = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("seen_alma.py"))]
    done = subprocess.run([*read, str(ms), antenna, *names], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
