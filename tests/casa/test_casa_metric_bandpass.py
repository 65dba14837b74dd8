"""Numbers of bandpasses: who is noisy, ripples, jumps or lacks channels, and which window is weak."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_solutions import ANTENNAS, block, table
from casapilot.steps.casa.caltable import Block, CalTable
from casapilot.steps.casa.metrics import bandpass
from casapilot.steps.casa.metrics.answers import Answer
from casapilot.steps.errors import CasaError
from hypothesis import given, settings
from hypothesis import strategies as st

CHANNELS = 120
X = np.linspace(-1.0, 1.0, CHANNELS)


@pytest.fixture
def given_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Have the metrics read tables from memory: the bandpass, and what lies beside it."""

    def put(metric: str, *blocks: Block, **beside: CalTable) -> Answer:
        tables = {"x": table(*blocks, kind="B Jones"), **beside}
        for name in tables:
            (tmp_path / name).mkdir(exist_ok=True)
        read = lambda folder, name, *kinds: tables[os.path.basename(name)]  # noqa: E731
        monkeypatch.setattr(bandpass, "read_caltable", read)
        return getattr(bandpass, metric)("x", str(tmp_path), {})

    return put


def clean(seed: int = 1, noise: float = 0.01) -> Any:
    """Bandpasses of eight antennas: a tilt and a bow of each, a delay, noise, a line that all have."""
    rng = np.random.default_rng(seed)
    shape = (2, 1, 1, len(ANTENNAS))
    tilt, bow = 0.05 * rng.standard_normal(shape), 0.04 * rng.standard_normal(shape)
    line = 1.0 - 0.3 * np.exp(-(((np.arange(CHANNELS) - 70.0) / 2.0) ** 2))
    x = X[None, :, None, None]
    amplitude = (1.0 + tilt * x + bow * np.cos(np.pi * x)) * line[None, :, None, None]
    delay = rng.uniform(-2.0, 2.0, shape)
    wiggle = rng.standard_normal(amplitude.shape) + 1j * rng.standard_normal(amplitude.shape)
    return amplitude * np.exp(1j * delay * np.pi * x) * (1.0 + noise * wiggle)


def test_channel_to_channel_noise_is_found_and_neither_slope_nor_edge_counts(given_tables: Any) -> None:
    values = clean(noise=0.002)
    rng = np.random.default_rng(3)
    values[0, :, 0, 4] *= 1.0 + 0.05 * rng.standard_normal(CHANNELS)
    values[:, :4] *= 9.0
    answer = given_tables("bandpass_noise", block(values))
    assert answer.value == pytest.approx(5.0, rel=0.25) and answer.text.startswith("DV05 spw 17 X ")
    place = answer.offenders[0].place
    assert (place.antenna, place.spw, place.pol, place.scan) == ("DV05", 17, "X", -1)


def test_where_a_smoothed_table_is_there_it_counts_for_its_spws(given_tables: Any) -> None:
    coarse = np.ones((2, 8, 1, len(ANTENNAS)))
    smooth = table(block(coarse, spw=19), kind="B Jones")
    noisy = clean(noise=0.1)
    answer = given_tables("bandpass_noise", block(clean()), block(noisy, spw=19), x_smooth15ch=smooth)
    assert answer.value < 2.0
    assert {each.value for each in answer.offenders if each.place.spw == 19} == {0.0}


def test_of_few_channels_it_is_the_signal_to_noise_that_tells_noise_not_their_shape(
    given_tables: Any,
) -> None:
    shape = np.ones((1, 8, 1, len(ANTENNAS)))
    shape[0, :, 0, 3] = [3.0, 0.9, 0.97, 1.09, 1.0, 1.02, 1.09, 3.0]
    for snr, expected in ((60.0, 1.7), (12.0, 5.8), (None, 5.8)):
        coarse = block(shape)._replace(snr=snr and np.full((1, 8, len(ANTENNAS)), snr))
        answer = given_tables("bandpass_noise", coarse)
        assert answer.value == pytest.approx(expected, abs=0.2)
        assert answer.offenders[0].place.antenna == "DV04" or snr == 60.0


def test_a_channel_without_a_solution_is_no_gap_where_the_smoothed_table_has_one(given_tables: Any) -> None:
    flags = np.zeros((2, CHANNELS, len(ANTENNAS)), bool)
    flags[:, 30:60, 4] = True
    smooth = table(block(np.ones((2, 8, 1, len(ANTENNAS))), spw=17), kind="B Jones")
    assert given_tables("bandpass_gaps", block(clean(), flags=flags)).value > 20.0
    assert given_tables("bandpass_gaps", block(clean(), flags=flags), x_smooth15ch=smooth).value == 0.0


def test_a_ripple_of_one_antenna_is_found_beside_tilts_and_bows(given_tables: Any) -> None:
    values = clean()
    values[:, :, 0, 2] *= (1.0 + 0.15 * np.cos(7.0 * np.pi * X + 0.7))[None]
    answer = given_tables("bandpass_ripple", block(values))
    assert answer.value == pytest.approx(15.0, abs=2.0)
    assert [each.place.antenna for each in answer.offenders if each.value > 8.0] == ["DV03", "DV03"]
    assert {each.place.pol for each in answer.offenders[:2]} == {"X", "Y"}


def test_a_swing_that_all_antennas_have_is_no_ripple_of_one(given_tables: Any) -> None:
    values = clean() * (1.0 + 0.15 * np.cos(7.0 * np.pi * X))[None, :, None, None]
    assert given_tables("bandpass_ripple", block(values)).value < 4.0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(3.0, 30.0), st.floats(0.0, 6.28))
def test_a_ripple_of_any_period_and_phase_is_found_and_nothing_else(
    seed: int, periods: float, angle: float
) -> None:
    values = clean(seed)
    values[1, :, 0, 5] *= 1.0 + 0.2 * np.cos(periods * np.pi * X + angle)
    found = list(bandpass._ripples(table(block(values)), block(values)))
    beyond = [(each.place.antenna, each.place.pol) for each in found if each.value > 8.0]
    assert beyond == [("DV06", "Y")]


def test_channels_of_a_fine_window_are_taken_together_for_ripples(given_tables: Any) -> None:
    rng = np.random.default_rng(4)
    x = np.linspace(-1.0, 1.0, 3840)
    values = 1.0 + 0.1 * rng.standard_normal((2, len(x), 1, len(ANTENNAS)))
    values[0, :, 0, 3] *= 1.0 + 0.12 * np.cos(40.0 * np.pi * x)
    values[0, 500:510, 0, 3] = np.nan
    answer = given_tables("bandpass_ripple", block(values))
    assert answer.value == pytest.approx(12.0, abs=1.5) and answer.text.startswith("DV04 spw 17 X")
    assert len([each for each in answer.offenders if each.value > 8.0]) == 1


def test_noise_is_no_ripple(given_tables: Any) -> None:
    assert given_tables("bandpass_ripple", block(clean(noise=0.4))).value < 8.0


@pytest.mark.parametrize("step", [1.2, np.exp(0.2j)])
def test_a_step_of_amplitude_or_phase_is_found(given_tables: Any, step: complex) -> None:
    values = clean(noise=0.003)
    values[1, 60:, 0, 3] *= step
    answer = given_tables("bandpass_jump", block(values))
    assert answer.value == pytest.approx(20.0, abs=5.0)
    assert answer.offenders[0].who == "DV04 spw 17 Y"
    assert len([each for each in answer.offenders if each.value > 10.0]) == 1


def test_noise_and_ripples_are_no_steps(given_tables: Any) -> None:
    values = clean(noise=0.1)
    values[:, :, 0, 2] *= (1.0 + 0.15 * np.cos(7.0 * np.pi * X))[None]
    answer = given_tables("bandpass_jump", block(values))
    assert (answer.value, answer.text) == (0.0, "no antenna has a step")


def test_channels_that_the_others_have_are_missed(given_tables: Any) -> None:
    flags = np.zeros((2, CHANNELS, 1, len(ANTENNAS)), bool)
    flags[:, 40:50] = True
    flags[0, 60:82, 0, 6] = True
    flags[:, :, 0, 1] = True
    answer = given_tables("bandpass_gaps", block(clean(), flags=flags.reshape(2, CHANNELS, -1)))
    assert answer.value == pytest.approx(100.0 * 22 / 98) and answer.text.startswith("DV07 spw 17 X 22.4 %")
    assert "DA42" not in {each.place.antenna for each in answer.offenders}
    assert given_tables("bandpass_gaps", block(clean())).text.startswith("no antenna lacks")


def test_a_narrow_window_has_less_signal_by_the_root_of_its_width(given_tables: Any) -> None:
    wide, narrow = block(clean(1, 0.004)), block(clean(2, 0.045), spw=19)
    answer = given_tables("window_snr_ratio", wide, narrow)
    assert answer.value == pytest.approx(0.004 / 0.045, rel=0.2)
    assert answer.offenders[0].place.spw == 19 and answer.text.startswith("spw 19 0.")
    assert answer.offenders[-1].value == 1.0


def test_a_delay_is_no_scatter_of_the_phase(given_tables: Any) -> None:
    values = clean(noise=0.002)
    values[1, :, 0, 1] *= np.exp(0.4j * np.sin(20.0 * X))
    answer = given_tables("bandpass_phase", block(values))
    assert answer.value == pytest.approx(np.degrees(0.4) / np.sqrt(2.0), rel=0.1)
    assert answer.offenders[0].who == "DA42 spw 17 Y" and answer.offenders[1].value < 2.0


@pytest.mark.parametrize("metric", sorted({*bandpass.__all__} - {"averaged_table", "widths_hz"}))
def test_a_table_without_channels_is_no_bandpass(given_tables: Any, metric: str) -> None:
    with pytest.raises(CasaError, match="fewer than four channels"):
        given_tables(metric, block(np.ones((2, 1, 1, len(ANTENNAS)))))


@pytest.mark.parametrize(
    "metric", ["bandpass_noise", "bandpass_ripple", "bandpass_phase", "window_snr_ratio"]
)
def test_where_all_is_flagged_that_is_said(given_tables: Any, metric: str) -> None:
    flags = np.ones((2, CHANNELS, len(ANTENNAS)), bool)
    with pytest.raises(CasaError, match="nothing unflagged"):
        given_tables(metric, block(clean(), flags=flags))
