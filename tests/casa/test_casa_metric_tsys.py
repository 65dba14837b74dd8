"""System temperatures: who is off the others, in which scans and polarisations; ripples, spikes, lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from casa_solutions import ANTENNAS, block, table
from casapilot.steps.casa.caltable import CalTable, clock
from casapilot.steps.casa.metrics import tsys as metric_tsys
from casapilot.steps.casa.metrics import tsys_spectrum
from casapilot.steps.casa.metrics.answers import Answer, Place
from hypothesis import given
from hypothesis import strategies as st

SCANS = (4, 9, 16)


@pytest.fixture
def given_table(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have the metrics read a table from memory."""

    def put(wanted: CalTable) -> None:
        for module in (metric_tsys, tsys_spectrum):
            monkeypatch.setattr(module, "read_caltable", lambda folder, name, *kinds: wanted)

    return put


def tsys(scatter: float = 0.05, scans: int = 3, channels: int = 8) -> Any:
    """Kelvin of (pol, channel, scan, antenna): receivers that differ, a sky that rises from scan to scan."""
    rng = np.random.default_rng(5)
    receivers = 60.0 * (1.0 + scatter * rng.uniform(-1.0, 1.0, (2, 1, 1, len(ANTENNAS))))
    sky = 30.0 + 15.0 * np.arange(scans)
    return receivers + sky[None, None, :, None] + np.zeros((1, channels, 1, 1))


def beyond(answer: Answer, limit: float) -> list[Place]:
    return [each.place for each in answer.offenders if each.value > limit]


def measured(values: Any) -> dict[str, Answer]:
    names = ("tsys_ratio", "tsys_scan", "tsys_high", "tsys_pol")
    return {name: getattr(metric_tsys, name)("x", "", {}) for name in names}


def test_an_antenna_with_four_times_the_tsys_is_named_with_its_scan(given_table: Any) -> None:
    kelvin = np.full((2, 8, 2, 5), 80.0)
    kelvin[0, :, 1, 3] *= 4.0
    kelvin[0, 2, 1, 3] = 1e6
    given_table(table(block(kelvin, scans=(4, 9))))
    answer = metric_tsys.tsys_ratio("x", "", {})
    assert answer.value == 4.0
    assert answer.text.startswith("DV04 spw 17 X scan 9 4.00, then DA41")
    assert answer.offenders[0].place == Place("DV04", 17, "X", 9)


def test_a_tsys_without_scan_numbers_is_told_by_its_time(given_table: Any) -> None:
    kelvin = np.full((1, 4, 2, 5), 80.0)
    kelvin[0, :, 0, 1] = 200.0
    given_table(table(block(kelvin, scans=(-1, -1))))
    answer = metric_tsys.tsys_ratio("x", "", {})
    assert " at 03:33:20 2.50" in answer.text and answer.offenders[0].place.scan == -1
    assert clock(86399.6) == "00:00:00"


def test_a_factor_that_comes_and_goes_is_of_the_scans_alone(given_table: Any) -> None:
    kelvin = tsys()
    kelvin[0, :, 1:, 3] *= 4.0
    given_table(table(block(kelvin, scans=SCANS)))
    found = measured(kelvin)
    assert sorted(beyond(found["tsys_scan"], 1.5)) == [Place("DV04", 17, "X", scan) for scan in (9, 16)]
    assert found["tsys_scan"].value == pytest.approx(4.0, rel=0.1)
    assert not beyond(found["tsys_high"], 1.4) and not beyond(found["tsys_pol"], 1.4)


def test_a_tsys_too_low_in_one_scan_is_found_like_one_too_high(given_table: Any) -> None:
    kelvin = tsys()
    kelvin[:, :, 0, 2] /= 3.0
    given_table(table(block(kelvin, scans=SCANS)))
    assert {place.scan for place in beyond(metric_tsys.tsys_scan("x", "", {}), 1.5)} == {4}


def test_a_receiver_that_is_noisy_in_both_polarisations_is_high_and_nothing_else(given_table: Any) -> None:
    kelvin = tsys()
    kelvin[..., 5] += 150.0
    given_table(table(block(kelvin, scans=SCANS)))
    found = measured(kelvin)
    assert beyond(found["tsys_high"], 1.4) == [Place("DV06", 17)]
    assert " K, the others " in found["tsys_high"].text
    assert not beyond(found["tsys_scan"], 1.5) and not beyond(found["tsys_pol"], 1.4)


def test_a_receiver_that_is_noisy_in_y_is_told_from_one_noisy_in_both(given_table: Any) -> None:
    kelvin = tsys()
    kelvin[1, ..., 0] += 260.0
    given_table(table(block(kelvin, scans=SCANS)))
    found = measured(kelvin)
    assert beyond(found["tsys_pol"], 1.4) == [Place("DA41", 17, "Y")]
    assert not beyond(found["tsys_scan"], 1.5) and not beyond(found["tsys_high"], 1.4)


def test_all_three_kinds_at_once_are_told_apart(given_table: Any) -> None:
    kelvin = tsys()
    kelvin[1, ..., 0] += 260.0
    kelvin[..., 5] += 150.0
    kelvin[0, :, 2, 3] *= 4.0
    given_table(table(block(kelvin, scans=SCANS)))
    found = measured(kelvin)
    assert beyond(found["tsys_pol"], 1.4) == [Place("DA41", 17, "Y")]
    assert beyond(found["tsys_high"], 1.4) == [Place("DV06", 17)]
    assert beyond(found["tsys_scan"], 1.5) == [Place("DV04", 17, "X", 16)]


@given(scatter=st.floats(0.0, 0.25))
def test_receivers_that_differ_as_receivers_do_are_nobodys_fault(scatter: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metric_tsys, "read_caltable", lambda *words: table(block(tsys(scatter), scans=SCANS)))
        found = measured(tsys(scatter))
    limits = {"tsys_ratio": 2.0, "tsys_scan": 1.5, "tsys_high": 1.4, "tsys_pol": 1.4}
    assert not [name for name, limit in limits.items() if beyond(found[name], limit)]


def test_with_one_scan_what_is_high_is_high_always(given_table: Any) -> None:
    kelvin = tsys(scans=1)
    kelvin[0, ..., 3] *= 4.0
    given_table(table(block(kelvin)))
    assert metric_tsys.tsys_scan("x", "", {}).value == pytest.approx(1.0)
    assert [place.antenna for place in beyond(metric_tsys.tsys_pol("x", "", {}), 1.4)] == ["DV04"]


def test_flagged_and_missing_tsys_are_nobodys(given_table: Any) -> None:
    kelvin = tsys()
    kelvin[0, :, 1, 3] *= 4.0
    flags = np.zeros(kelvin.shape, bool)
    flags[0, :, 1, 3] = True
    given_table(table(block(kelvin, scans=SCANS, flags=flags.reshape(2, 8, -1))))
    assert metric_tsys.tsys_scan("x", "", {}).value < 1.5
    assert metric_tsys.tsys_high("x", "", {}).text == "no antenna stands out"


def test_negative_tsys_counts_where_it_is_not_flagged(given_table: Any) -> None:
    kelvin = np.full((2, 8, 1, 5), 80.0)
    kelvin[1, :2, 0, 2] = -1.0
    kelvin[0, :, 0, 1] = -1.0
    flags = np.zeros((2, 8, 5), bool)
    flags[0, :, 1] = True
    given_table(table(block(kelvin, flags=flags)))
    answer = metric_tsys.tsys_negative("x", "", {})
    assert answer.value == 25.0 and answer.offenders[0].place == Place("DV03", 17, "Y", 1)
    given_table(table(block(np.abs(kelvin))))
    assert metric_tsys.tsys_negative("x", "", {})[:3] == (0.0, "%", "none is negative")


# -- shapes over the channels ------------------------------------------------------------------------------

CHANNELS = 128


def spectra(scans: int = 2, extra_k: float = 0.0) -> Any:
    """Kelvin through an atmosphere with an ozone line: receivers differ, the shape follows from it."""
    opacity = 0.1 + 0.4 * np.exp(-0.5 * ((np.arange(CHANNELS) - 90) / 3.0) ** 2)
    numbers = np.arange(len(ANTENNAS))
    receivers = 55.0 + 6.0 * numbers + extra_k * (numbers == 2)
    airmass = 1.0 + 0.3 * np.arange(scans)
    depth = np.exp(opacity[:, None, None] * airmass[None, :, None])
    kelvin = (receivers[None, None, :] + 265.0) * depth - 265.0
    return np.stack([kelvin, 1.03 * kelvin])


def shapes(values: Any, fields: Any = None) -> CalTable:
    scans = (4, 9)[: values.shape[2]]
    more = {} if fields is None else {"field": np.repeat(fields, len(ANTENNAS))}
    return table(block(values, scans=scans, **more))


def test_lines_of_the_air_are_neither_ripples_nor_spikes_even_of_a_noisy_antenna(given_table: Any) -> None:
    given_table(shapes(spectra(extra_k=260.0)))
    assert tsys_spectrum.tsys_ripple("x", "", {}).value < 0.5
    assert tsys_spectrum.tsys_spike("x", "", {}).value < 1.0


def test_a_ripple_is_found_with_its_rms_and_place(given_table: Any) -> None:
    kelvin = spectra()
    kelvin[1, :, 1, 4] *= 1.0 + 0.08 * np.sin(np.arange(CHANNELS) / 6.0)
    given_table(shapes(kelvin))
    answer = tsys_spectrum.tsys_ripple("x", "", {})
    assert answer.value == pytest.approx(8.0 / np.sqrt(2.0), rel=0.2)
    assert beyond(answer, 3.0) == [Place("DV05", 17, "Y", 9)]


@pytest.mark.parametrize("height", [0.3, -0.3])
def test_a_spike_is_found_with_its_height_and_no_ripple_is_made_of_it(
    given_table: Any, height: float
) -> None:
    kelvin = spectra()
    kelvin[0, 40:42, 0, 1] *= 1.0 + height
    given_table(shapes(kelvin))
    answer = tsys_spectrum.tsys_spike("x", "", {})
    assert answer.value == pytest.approx(30.0, rel=0.15)
    assert beyond(answer, 10.0) == [Place("DA42", 17, "X", 4)]
    assert tsys_spectrum.tsys_ripple("x", "", {}).value < 3.0


def test_a_line_that_all_antennas_have_on_one_source_only_is_of_that_source(given_table: Any) -> None:
    kelvin = spectra()
    kelvin[:, 60:63, 1] *= 1.2
    given_table(shapes(kelvin, fields=[0, 2]))
    answer = tsys_spectrum.tsys_line
    found = answer("x", "", {})
    assert found.value == pytest.approx(20.0, rel=0.2)
    assert beyond(found, 5.0) == [Place("", 17, "", 9, "field 2")]
    given_table(shapes(spectra(), fields=[0, 2]))
    assert answer("x", "", {}).value < 2.0
    given_table(shapes(spectra(), fields=[0, 0]))
    assert answer("x", "", {}).text == "one source only: nothing to compare with"


def test_too_few_channels_or_antennas_have_no_shape(given_table: Any) -> None:
    given_table(table(block(tsys(channels=8), scans=SCANS)))
    assert tsys_spectrum.tsys_ripple("x", "", {}).text == "too few channels or antennas to tell"
