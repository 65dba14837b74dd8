"""The metrics of what is known beforehand on an MS that CASA made, with a Tsys and a WVR table of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from casa_worker_kit import run_in
from casapilot.steps.casa.applied import calls_of_applycal
from casapilot.steps.casa.metrics import wvr_phases
from casapilot.steps.casa.metrics.measure import measure
from casapilot.steps.casa.metrics.tsys_observed import observed

pytestmark = pytest.mark.casa

MS = "x.ms"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, real_casatasks: Any) -> Path:
    """An MS with a SYSCAL table for its first spw, its Tsys table, antenna positions, both applied."""
    return run_in("casa_known.py", tmp_path_factory.mktemp("known"))


def beyond(folder: Path, metric: str, of: str, limit: float) -> list[dict[str, Any]]:
    answer = measure(metric, of, str(folder), {}, limit=limit)
    return [each for each in answer["offenders"] if each["beyond"]]


def test_a_bad_tsys_is_told_with_its_scan_as_gencal_wrote_it(folder: Path) -> None:
    (found,) = beyond(folder, "tsys_scan", f"{MS}.tsys", 1.5)
    assert (found["antenna"], found["spws"], found["pols"], found["scans"]) == ("DV05", [0], ["X"], [3])


def test_what_was_observed_is_read_from_the_ms(folder: Path) -> None:
    seen = observed(str(folder / MS))
    assert [(each.scan, each.field, each.role) for each in seen.visits][:3] == [
        (1, 0, "bandpass calibrator"),
        (2, 1, "phase calibrator"),
        (3, 2, "target"),
    ]
    assert seen.science() == [0, 1] and seen.apart_deg(0, 1) == pytest.approx(1.13, abs=0.02)
    answer = measure("tsys_missing", f"{MS}.tsys", str(folder), {}, note=0.0)
    assert (answer["value"], answer["offenders"][0]["field"]) == (1.0, "J1037-2934")
    assert answer["offenders"][0]["scans"] == [2, 4, 6]


def test_what_applycal_was_told_is_read_from_the_history(folder: Path) -> None:
    (call,) = calls_of_applycal(str(folder / MS))
    assert (call["field"], call["gainfield"], call["spwmap"]) == ("1", ["0", ""], [[0, 0], []])
    answer = measure("tsys_unmapped", f"{MS}.tsys", str(folder), {})
    assert answer["value"] == 1.0 and answer["text"].startswith("spw 1: no Tsys spw covers it")
    assert calls_of_applycal(str(folder / "gone.ms")) == []


def test_positions_are_held_against_their_list(folder: Path) -> None:
    assert measure("antpos_max_mm", f"{MS}.antpos", str(folder), {})["value"] == pytest.approx(1.0)
    (folder / "antennapos.csv").write_text(f"ms,antenna,x,y,z,\n{MS},DV03,0.001,0,0,\n{MS},DV04,0,0,0.003,\n")
    (found,) = beyond(folder, "antpos_unapplied_mm", MS, 0.1)
    assert found["antenna"] == "DV04" and found["value"] == pytest.approx(3.0)


def test_times_of_syscal_are_compared_between_antennas(folder: Path) -> None:
    assert measure("syscal_spread_s", MS, str(folder), {})["value"] == 0.0


def test_a_correction_of_nothing_changes_no_phases(folder: Path) -> None:
    wvr_phases._LAST.clear()
    answer = measure("wvr_improvement", f"{MS}.wvr", str(folder), {})
    assert answer["value"] == pytest.approx(1.0, abs=0.01)
    assert measure("wvr_improvement_all", f"{MS}.wvr", str(folder), {})["value"] == pytest.approx(
        1.0, abs=0.01
    )
