"""`casapilot demo --vla`: the whole of a real reduction, from the command line, without a terminal."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands_kit import casapilot, end_all

pytestmark = pytest.mark.casa

PUBLISHED = {
    ("flux-scale", "flux_density_jy"): (2.486, 0.01),
    ("applycal", "max_amplitude_jy"): (34.03, 0.02),
    ("continuum", "max_amplitude_jy"): (46.206, 0.02),
    ("cube", "image_rms_jy"): (0.0020, 0.03),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, subprocess.CompletedProcess[str]]]:
    root = tmp_path_factory.mktemp("demo") / "with blank [b]"
    answer = casapilot("demo", root, "--vla")
    yield root, answer
    end_all(root)


Demo = tuple[Path, "subprocess.CompletedProcess[str]"]


def test_the_demo_ends_well_with_a_table_on_stdout(demo: Demo) -> None:
    _, answer = demo
    assert answer.returncode == 0, answer.stderr
    assert "[moments]" in answer.stdout and "Bandpass calibration" in answer.stdout
    assert "gaincal(" in answer.stderr and "gaincal(" not in answer.stdout
    assert "fail " not in answer.stdout


def test_the_numbers_are_the_published_ones(demo: Demo) -> None:
    items = json.loads(casapilot("status", "--json", demo[0]).stdout)["items"]
    found = {(item["item"], check["metric"]): check["value"] for item in items for check in item["checks"]}
    for name, (value, within) in PUBLISHED.items():
        assert found[name] == pytest.approx(value, rel=within), name


def test_every_run_is_a_commit_and_says_the_flags_as_flagdata_does(demo: Demo) -> None:
    root = demo[0]
    entries = json.loads(casapilot("log", root, "--json").stdout)
    items = json.loads(casapilot("status", "--json", root).stdout)["items"]
    ran = {f"vla-line/{item['item']}": item for item in items if item["kind"] == "run"}
    committed = [entry["item"] for entry in entries if entry["action"] == "run"]
    assert sorted(committed) == sorted(ran)
    said = {entry["item"]: entry["flagged_percent"] for entry in entries if entry["action"] == "run"}
    for item, ms in (("applycal", "NGC5921.ms"), ("cube", "NGC5921.ms.split.cal.contsub")):
        counts = json.loads(casapilot("flags", root / "Calibration_NGC5921" / ms, "--json").stdout)
        assert said[f"vla-line/{item}"] == pytest.approx(100 * counts["flagged"] / counts["total"], abs=0.05)
    trailers = subprocess.run(
        ["git", "-C", str(root), "log", "--format=%(trailers:key=Flagged,valueonly)"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert trailers.count("7.1 %") >= 10


def test_the_demo_run_again_is_done_at_once_and_adds_nothing(demo: Demo) -> None:
    before = casapilot("log", demo[0]).stdout
    again = casapilot("demo", demo[0], "--vla", "--headless")
    assert again.returncode == 0 and "Nothing is left to run" in again.stderr
    assert casapilot("log", demo[0]).stdout == before


def test_what_would_be_undone_needs_a_person_or_yes(demo: Demo) -> None:
    answer = casapilot("run", "gain", demo[0])
    assert answer.returncode == 3 and "stale" in answer.stderr and "--yes" in answer.stderr


def test_flags_are_restored_by_a_command_and_stop_ends_casa(demo: Demo) -> None:
    root = demo[0]
    assert casapilot("restore", "applycal", root).returncode == 3
    answer = casapilot("restore", "applycal", "--yes", root)
    assert answer.returncode == 0 and "restored to BeforeApplycal" in answer.stderr
    assert json.loads(casapilot("log", root, "--json").stdout)[0]["action"] == "flag-restore"
    assert casapilot("stop", root).returncode == 0
