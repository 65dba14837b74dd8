"""What stands out among visibilities, on arrays whose answer is known; noise and targets do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from casapilot.steps.casa.caltable import Block, CalTable
from casapilot.steps.casa.curves.panels import panels_of
from casapilot.steps.casa.curves.read import Source
from casapilot.steps.casa.curves.request import read_request

ANTENNAS = [f"DV{n:02d}" for n in range(10)]
SCANS, TIMES = 5, 6


def source(values: Any, x: str, y: str, **more: Any) -> Source:
    """Visibilities (pol, channel, scan, time, antenna) of one spw and field, six seconds apart."""
    flat = values.reshape(*values.shape[:2], -1)
    scans, times, antennas = values.shape[2:]
    scan = np.repeat(np.arange(scans) + 3, times * antennas)
    time_s = 5e9 + 300.0 * scan + 6.0 * np.tile(np.repeat(np.arange(times), antennas), scans)
    antenna = np.tile(np.arange(antennas), scans * times)
    block = Block(8, flat, ~np.isfinite(flat), antenna, scan, 0 * antenna, time_s)
    table = CalTable("x.ms", "visibilities, data", ANTENNAS, "", ["XX", "YY"][: len(values)], [block])
    request = read_request({"table": "x.ms", "plot": "vis"})
    freq, far = {8: np.linspace(90.0, 92.0, values.shape[1])}, (np.arange(flat.shape[2]) + 10.0,)
    pols = list(range(len(values)))
    made = Source(request, table, x, y, {0: "J1"}, freq, 5e9, list(range(10)), pols, True, far)
    return made._replace(**more)


def amplitudes(seed: int = 1, noise: float = 0.02, pols: int = 2) -> Any:
    return 1.0 + noise * np.random.default_rng(seed).standard_normal((pols, 1, SCANS, TIMES, 10))


def phases(seed: int = 1, noise_deg: float = 5.0) -> Any:
    drawn = np.random.default_rng(seed).standard_normal((2, 1, SCANS, TIMES, 10))
    return np.exp(1j * np.radians(noise_deg * drawn))


def loud(made: Source) -> list[str]:
    return [f"{ANTENNAS[p.key[0]]}: {p.note}" for p in panels_of(made) if p.score >= 1.0]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("noise", [0.001, 0.05, 0.5])
def test_noise_alone_marks_nothing(seed, noise):
    values = np.abs(amplitudes(seed, noise) + 1j * noise * np.random.default_rng(seed + 99).standard_normal())
    assert loud(source(values, "time", "amp", calibrated=True)) == []
    for calibrated in (True, False):
        turned = phases(seed, 200.0 * noise)
        assert loud(source(turned, "time", "phase", calibrated=calibrated)) == []


def test_a_scan_of_an_antenna_with_less_amplitude_is_named_and_one_that_all_share_is_not():
    values = amplitudes()
    values[:, :, 3] *= 0.5
    assert loud(source(values, "time", "amp", calibrated=True)) == []
    values[1, :, 2, :, 4] *= 0.6
    (said,) = loud(source(values, "time", "amp", calibrated=True))
    assert said in ("DV04: -39 % YY scan 5", "DV04: -40 % YY scan 5", "DV04: -41 % YY scan 5")


def test_a_single_integration_far_off_is_named_as_such():
    values = amplitudes()
    values[0, :, 1, 3, 7] *= 2.5
    (said,) = loud(source(values, "time", "amp", calibrated=True))
    assert said.startswith("DV07: +1") and said.endswith("% once XX scan 4")


def test_an_antenna_unlike_the_others_is_the_matter_of_all_scans():
    values = amplitudes()
    values[0, ..., 2] *= 2.6
    (said,) = loud(source(values, "time", "amp", calibrated=True))
    assert said.startswith("DV02: 2.") and said.endswith("x others XX")
    assert loud(source(values, "time", "amp", calibrated=False)) == []


def test_of_a_target_only_scans_against_its_others_stand_out():
    values = amplitudes(noise=0.05)
    values[0, ..., 2] *= 2.6
    values[1, :, 3, :, 6] *= 0.1
    targets = frozenset([0])
    assert loud(source(values, "time", "amp", calibrated=True, targets=targets)) == ["DV06: -90 % YY scan 6"]
    turned = phases()
    turned[:, :, 3, :, 6] *= np.exp(1j)
    assert loud(source(turned, "time", "phase", calibrated=True, targets=targets)) == []


def test_a_scan_with_its_phase_off_stands_out_once_calibrated():
    turned = phases()
    turned[0, :, 2, :, 5] *= np.exp(1j * np.radians(50.0))
    (said,) = loud(source(turned, "time", "phase", calibrated=True))
    assert said.startswith("DV05: +") and said.endswith("deg XX scan 5")


def test_before_calibration_a_constant_phase_is_nothing_and_a_step_is_told_at_its_scan():
    turned = phases() * np.exp(1j * np.arange(10.0))
    assert loud(source(turned, "time", "phase", calibrated=False)) == []
    turned[0, :, 3:, :, 5] *= np.exp(1j * np.radians(90.0))
    (said,) = loud(source(turned, "time", "phase", calibrated=False))
    assert said.startswith("DV05: +") and said.endswith("deg XX scan 6")


def test_an_antenna_whose_phases_scatter_within_scans_stands_out():
    turned = phases()
    turned[..., 3] *= phases(5, 50.0)[..., 3]
    (said,) = loud(source(turned, "time", "phase", calibrated=True))
    assert said.startswith("DV03: ") and "rms" in said


def test_a_ripple_in_a_spectrum_stands_out_and_noise_of_phases_does_not():
    rng = np.random.default_rng(4)
    values = 1.0 + 0.01 * rng.standard_normal((2, 64, 1, 1, 10))
    values[0, :, 0, 0, 8] += 0.25 * np.sin(np.arange(64) / 3.0)
    (said,) = loud(source(values, "freq", "amp", calibrated=True))
    assert said.startswith("DV08: ")
    noise = np.exp(1j * rng.uniform(-np.pi, np.pi, (2, 64, 1, 1, 10)))
    assert loud(source(noise, "freq", "phase", calibrated=True)) == []
    delay = np.exp(1j * np.outer(np.arange(64), np.linspace(-2.0, 2.0, 10)))[None, :, None, None]
    assert loud(source(delay, "freq", "phase", calibrated=True)) == []
    delay[0, 30, 0, 0, 1] *= np.exp(1j)
    assert loud(source(delay, "freq", "phase", calibrated=True)) == ["DV01: 56 deg off XX"]


def test_one_baseline_far_from_the_others_is_named():
    values = amplitudes(pols=1)
    values[0, 0, 2, 3, 4] = 3.0
    (panel,) = panels_of(source(values, "uvdist", "amp", calibrated=True))
    assert panel.score > 1.0 and "DV04" in panel.note and "scan 5" in panel.note
