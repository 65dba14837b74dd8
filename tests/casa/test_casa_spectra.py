"""Slopes and spikes in the spectra of calibrators, made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from casa_visibilities import ANTENNAS, NAMES, made
from casapilot.steps.casa.metrics import spectra as metric_spectra
from casapilot.steps.casa.metrics.answers import NothingToTell
from casapilot.steps.casa.sums import Spectra

CHANNELS = 128
X = np.linspace(-0.5, 0.5, CHANNELS)


def put(
    monkeypatch: pytest.MonkeyPatch, shape: Any, *, noise: float = 0.01, channels: int = CHANNELS
) -> None:
    """Spectra of two scans, each with a phase of its own; shape(antenna, hand) is over the channels."""
    rng = np.random.default_rng(4)
    count, scans = len(ANTENNAS), 2
    vector = np.array([
        [[shape(a, h) for h in range(2)] for a in range(count)] for _ in range(scans)
    ]).reshape(scans * count, 2, -1)[:, :, :channels].transpose(0, 2, 1)  # fmt: skip
    vector = vector * np.exp(1j * np.repeat([0.3, -0.4], count))[:, None, None]
    thermal = rng.standard_normal(vector.shape) + 1j * rng.standard_normal(vector.shape)
    vector = 2.5 * vector + 2.5 * noise * thermal
    vector[0, channels // 2] = np.nan
    ones = np.ones(vector.shape)
    spectra = Spectra(
        np.repeat([1, 2], count), np.zeros(scans * count, int), np.tile(np.arange(count), scans),
        np.arange(channels), vector, np.abs(vector), 7.0 * ones, ones,
    )  # fmt: skip
    sums = made(scans=(1,), n_times=1)[0]._replace(spectra=spectra)
    monkeypatch.setattr(metric_spectra, "ask", lambda of, folder: type("A", (), {"path": ""}))
    monkeypatch.setattr(metric_spectra, "read_names", lambda path: NAMES)
    monkeypatch.setattr(metric_spectra, "read_selected", lambda asked, names: [sums])


def flat(antenna: int, hand: int) -> Any:
    return np.ones(CHANNELS)


def edges(antenna: int, hand: int) -> Any:
    return np.where(np.abs(X) > 0.45, 0.2, 1.0)


@pytest.mark.parametrize("shape", [flat, edges])
@pytest.mark.parametrize("metric", ["frequency_slope", "delay_left", "spikes"])
def test_a_flat_spectrum_has_nothing_whatever_the_filters_do_at_its_edges(
    shape: Any, metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(monkeypatch, shape)
    answer = getattr(metric_spectra, metric)("x", "", {})
    assert (answer.value, answer.text) == (0.0, "nothing stands out of the noise")


def test_a_slope_of_one_antenna_is_named_with_its_polarisation(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, lambda a, h: 1.0 + 0.2 * X * (a == 3 and h == 1))
    answer = metric_spectra.frequency_slope("x", "", {})
    assert answer.value == pytest.approx(20.0 * 0.86, rel=0.1) and answer.text.startswith("DV04 spw 17 YY ")
    assert [each.value > 0 for each in answer.offenders].count(True) == 1
    assert metric_spectra.delay_left("x", "", {}).value == 0.0


def test_a_delay_is_told_in_degrees_across_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, lambda a, h: np.exp(1j * np.radians(40.0) * X * (a == 6)))
    answer = metric_spectra.delay_left("x", "", {})
    assert answer.value == pytest.approx(40.0 * 0.86, rel=0.1)
    assert {each.place.antenna for each in answer.offenders if each.value > 10.0} == {"DV07"}


def test_a_single_channel_is_named_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, lambda a, h: 1.0 + 0.5 * (np.arange(CHANNELS) == 42) * (a == 1 and h == 0))
    answer = metric_spectra.spikes("x", "", {})
    assert answer.value == pytest.approx(50.0, rel=0.1) and answer.text.startswith(
        "DA42 spw 17 XX channel 42 "
    )
    put(monkeypatch, lambda a, h: 1.0 + 0.5 * np.exp(-((X / 0.1) ** 2)))
    assert metric_spectra.spikes("x", "", {}).value == 0.0


def test_too_few_channels_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, flat, channels=8)
    with pytest.raises(NothingToTell, match="enough channels"):
        metric_spectra.frequency_slope("x", "", {})
