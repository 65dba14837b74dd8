"""The metrics of solutions on the small MS that CASA has reduced, spoiled in known ways."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_small_script import UID
from casa_tables import change
from casapilot.steps.casa.gains import read_schedule
from casapilot.steps.casa.metrics.measure import measure

pytestmark = pytest.mark.casa

SPLIT = f"{UID}.ms.split"
EDGES = f"{SPLIT}:CALIBRATE_BANDPASS"


@pytest.fixture
def own(reduced: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    for name in (SPLIT, f"{SPLIT}.bandpass", f"{SPLIT}.phase_inf", f"{SPLIT}.flux_inf"):
        shutil.copytree(reduced / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("metric", "of", "low", "high"),
    [
        ("bandpass_ripple_percent", f"{SPLIT}.bandpass", 0.0, 2.0),
        ("bandpass_jump_percent", f"{SPLIT}.bandpass", 0.0, 5.0),
        ("bandpass_gaps_percent", f"{SPLIT}.bandpass", 0.0, 0.0),
        ("window_snr_ratio", f"{SPLIT}.bandpass", 0.3, 0.6),
        ("edge_falloff_percent", EDGES, 0.0, 0.0),
        ("edge_unflagged_percent", EDGES, 0.0, 0.0),
        ("gain_jump_deg", f"{SPLIT}.phase_inf", 0.0, 25.0),
        ("phase_stability_deg", f"{SPLIT}.phase_inf", 1.0, 30.0),
        ("phase_scatter_deg", f"{SPLIT}.phase_int", 0.0, 20.0),
        ("phase_excess_deg", f"{SPLIT}.phase_int", 0.0, 10.0),
        ("xy_phase_deg", f"{SPLIT}.phase_inf", 0.0, 3.0),
        ("reference_changes", f"{SPLIT}.phase_inf", 0.0, 0.0),
        ("gain_amp_jump_percent", f"{SPLIT}.flux_inf", 0.0, 10.0),
        ("gain_level_percent", f"{SPLIT}.flux_inf", 0.0, 30.0),
        ("xy_amplitude_percent", f"{SPLIT}.flux_inf", 0.0, 5.0),
        ("solution_snr", f"{SPLIT}.phase_inf", 20.0, 1e4),
        ("solution_snr_ratio", f"{SPLIT}.phase_int", 0.5, 1.0),
        ("scans_unsolved", f"{SPLIT}.phase_inf", 0.0, 0.0),
        ("solve_failed_percent", f"{SPLIT}.phase_int", 0.0, 5.0),
        ("flux_snr", "*", 10.0, 1e4),
        ("flux_missing", f"{SPLIT}.ampli_inf", 0.0, 0.0),
    ],
)
def test_a_clean_reduction_measures_clean(
    reduced: Path, metric: str, of: str, low: float, high: float
) -> None:
    answer = measure(metric, of, str(reduced), {})
    assert low <= answer["value"] <= high, answer["text"]


def test_a_jump_is_placed_into_the_target_scan_by_the_ms_beside_the_table(own: Path) -> None:
    turn = lambda gains: gains * np.exp(2.2j)  # noqa: E731
    change(own / f"{SPLIT}.phase_inf", "CPARAM", turn, "ANTENNA1==3 AND SCAN_NUMBER==6")
    answer = measure("gain_jump_deg", f"{SPLIT}.phase_inf", str(own), {}, limit=40.0)
    assert [(each["antenna"], each["scans"]) for each in answer["offenders"]] == [("DV04", [5])]
    schedule = read_schedule(str(own / SPLIT))
    assert schedule.carried() == [0, 1] and sorted(schedule.intents) == [1, 2, 3, 4, 5, 6]


def test_edges_that_fall_off_are_found_flagged_or_not(own: Path) -> None:
    def weak(data: Any) -> Any:
        data[:, :2] *= 0.2
        data[:, -3:] *= 0.1
        return data

    def flagged(flags: Any) -> Any:
        flags[:, 29] = True
        return flags

    change(own / SPLIT, "DATA", weak, "DATA_DESC_ID==0")
    assert measure("edge_falloff_percent", EDGES, str(own), {}, limit=1.0)["offenders"][0]["spws"] == [0]
    assert measure("edge_falloff_percent", EDGES, str(own), {})["value"] == pytest.approx(100.0 * 5 / 32)
    by_script = "the script flags two at each edge"
    assert measure("edge_unflagged_percent", EDGES, str(own), {})["value"] == 100.0 / 32, by_script
    change(own / SPLIT, "FLAG", flagged, "DATA_DESC_ID==0")
    assert measure("edge_falloff_percent", EDGES, str(own), {})["value"] == pytest.approx(100.0 * 5 / 32)
    assert measure("edge_unflagged_percent", EDGES, str(own), {})["value"] == 0.0


def test_the_width_of_a_window_counts_not_what_casa_calls_its_bandwidth(own: Path) -> None:
    widths = own / f"{SPLIT}.bandpass" / "SPECTRAL_WINDOW"
    change(widths, "CHAN_WIDTH", lambda hz: hz / 100.0, "NUM_CHAN==32")
    answer = measure("window_snr_ratio", f"{SPLIT}.bandpass", str(own), {}, limit=0.15, below=True)
    assert answer["value"] == pytest.approx(np.sqrt(1.28 / 500.0), rel=0.05)
    assert answer["offenders"][0]["spws"] == [0]
