"""The arithmetic of the metrics, on arrays whose answer is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casapilot.steps.casa import metric_array, metric_flux, metric_gains, metric_tables
from casapilot.steps.casa.caltable import Block, CalTable, clock
from casapilot.steps.casa.metric_answers import Offender, most, said, wrapped_deg
from casapilot.steps.casa.metrics import measure
from casapilot.steps.errors import CasaError
from hypothesis import given
from hypothesis import strategies as st

ANTENNAS = ["DA41", "DA42", "DV03", "DV04", "DV05"]


def block(values: Any, scans: Any = (1,), **more: Any) -> Block:
    """Solutions of (pol, channel, scan, antenna), scans one minute apart."""
    values = np.asarray(values)
    pols, channels, n_scans, n_antennas = values.shape
    rows = n_scans * n_antennas
    fields: dict[str, Any] = {
        "spw": 17,
        "values": values.reshape(pols, channels, rows),
        "flags": np.zeros((pols, channels, rows), bool),
        "antenna": np.tile(np.arange(n_antennas), n_scans),
        "scan": np.repeat(np.asarray(scans), n_antennas),
        "field": np.zeros(rows, int),
        "time_s": np.repeat(4.97e9 + 120.0 * np.arange(n_scans), n_antennas),
    }
    return Block(**{**fields, **more})


def table(*blocks: Block, kind: str = "G Jones") -> CalTable:
    return CalTable("x", kind, ANTENNAS, "", ["X", "Y"], list(blocks))


@pytest.fixture
def given_table(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have the metrics read a table from memory."""

    def put(wanted: CalTable) -> None:
        for module in (metric_gains, metric_tables):
            monkeypatch.setattr(module, "read_caltable", lambda folder, name, *kinds: wanted)

    return put


def test_an_antenna_with_four_times_the_tsys_is_named_with_its_scan(given_table: Any) -> None:
    tsys = np.full((2, 8, 2, 5), 80.0)
    tsys[0, :, 1, 3] *= 4.0
    tsys[0, 2, 1, 3] = 1e6
    given_table(table(block(tsys, scans=(4, 9))))
    value, _, text, _ = metric_tables.tsys_ratio("x", "", {})
    assert value == 4.0
    assert text.startswith("DV04 spw 17 X scan 9 4.00, then DA41")


def test_a_tsys_without_scan_numbers_is_told_by_its_time(given_table: Any) -> None:
    tsys = np.full((1, 4, 2, 5), 80.0)
    tsys[0, :, 0, 1] = 200.0
    given_table(table(block(tsys, scans=(-1, -1))))
    assert " at 03:33:20 2.50" in metric_tables.tsys_ratio("x", "", {})[2]
    assert clock(86399.6) == "00:00:00"


def test_negative_tsys_counts_where_it_is_not_flagged(given_table: Any) -> None:
    tsys = np.full((2, 8, 1, 5), 80.0)
    tsys[1, :2, 0, 2] = -1.0
    tsys[0, :, 0, 1] = -1.0
    flags = np.zeros((2, 8, 5), bool)
    flags[0, :, 1] = True
    given_table(table(block(tsys, flags=flags)))
    assert metric_tables.tsys_negative("x", "", {})[0] == 25.0
    given_table(table(block(np.abs(tsys))))
    assert metric_tables.tsys_negative("x", "", {})[:3] == (0.0, "%", "none is negative")


def test_the_longest_position_correction_is_in_mm(given_table: Any) -> None:
    offsets = np.zeros((3, 1, 1, 5))
    offsets[:, 0, 0, 2] = 0.0003, 0.0004, 0.0012
    given_table(table(block(offsets), kind="KAntPos Jones"))
    value, unit, text, _ = metric_tables.antpos_max("x", "", {})
    assert value == pytest.approx(1.3) and unit == "mm" and text.startswith("DV03 1.30 mm, then DA41 0.00 mm")


def test_flagged_and_missing_solutions_are_counted(given_table: Any) -> None:
    flags = np.zeros((2, 1, 10), bool)
    flags[:, 0, [3, 8]] = True
    flags[0, 0, 1] = True
    given_table(table(block(np.ones((2, 1, 2, 5)), scans=(1, 2), flags=flags)))
    value, _, text, _ = metric_tables.solutions_flagged("x", "", {})
    assert value == 25.0 and text == "DV04 spw 17 100.0 %, then DA42 spw 17 25.0 %"
    assert metric_tables.solutions_missing("x", "", {})[:3] == (1.0, "", "DV04 spw 17")


def bandpass(noise: float, ripple_rad: float = 0.0) -> Any:
    rng = np.random.default_rng(3)
    channels = np.arange(200)
    slope = 0.05 * channels
    values = np.ones((2, 200, 1, 5)) * np.exp(1j * slope)[None, :, None, None]
    values[0, :, 0, 4] *= 1.0 + noise * rng.standard_normal(200)
    values[1, :, 0, 1] *= np.exp(1j * ripple_rad * np.sin(channels / 3.0))
    values[:, :5] *= 9.0
    return values


def test_channel_to_channel_noise_is_found_and_neither_slope_nor_edge_counts(given_table: Any) -> None:
    given_table(table(block(bandpass(0.05)), kind="B Jones"))
    value, _, text, _ = metric_gains.bandpass_noise("x", "", {})
    assert value == pytest.approx(5.0, rel=0.15) and text.startswith("DV05 spw 17 X 5.")


def test_a_ripple_of_the_phase_is_found_behind_a_delay(given_table: Any) -> None:
    given_table(table(block(bandpass(0.0, 0.2)), kind="B Jones"))
    value, _, text, _ = metric_gains.bandpass_phase("x", "", {})
    assert value == pytest.approx(np.degrees(0.2) / np.sqrt(2.0), rel=0.05) and text.startswith(
        "DA42 spw 17 Y"
    )


def test_a_table_without_channels_is_no_bandpass(given_table: Any) -> None:
    given_table(table(block(np.ones((2, 1, 1, 5))), kind="B Jones"))
    with pytest.raises(CasaError, match="fewer than four channels"):
        metric_gains.bandpass_noise("x", "", {})


def test_gains_are_compared_with_their_own_field_only(given_table: Any) -> None:
    gains = np.ones((1, 1, 4, 5))
    gains[0, 0, 3] *= 2.0
    field = np.repeat([0, 0, 0, 1], 5)
    gains[0, 0, 1, 2] = 1.2
    given_table(table(block(gains, scans=(1, 2, 3, 4), field=field)))
    value, _, text, _ = metric_gains.gain_scatter("x", "", {})
    assert value == pytest.approx(20.0) and text.startswith("DV03 spw 17 X scan 2 20.0 %")


def test_a_jump_of_the_reference_antenna_is_nobodys_else(given_table: Any) -> None:
    phases = np.zeros((1, 1, 3, 5))
    phases[0, 0, 1:] += np.deg2rad(100.0)
    phases[0, 0, 2, 4] += np.deg2rad(170.0)
    phases[0, 0, :, 0] = 0.0
    given_table(table(block(np.exp(1j * phases), scans=(1, 5, 9))))
    value, _, text, _ = metric_gains.gain_jump("x", "", {})
    assert value == pytest.approx(170.0)
    assert text.startswith(
        "DV05 spw 17 X between scans 5 and 9 170.0 deg, then DA41 spw 17 X between scans 1 and 5"
    )


def test_one_solution_makes_no_jump(given_table: Any) -> None:
    given_table(table(block(np.ones((1, 1, 1, 5)))))
    assert metric_gains.gain_jump("x", "", {})[0] == 0.0


@given(st.floats(-1e6, 1e6))
def test_wrapped_angles_are_the_same_angle(degrees: float) -> None:
    wrapped = float(wrapped_deg(degrees))
    assert -180.0 <= wrapped <= 180.0
    assert abs(np.exp(1j * np.deg2rad(wrapped)) - np.exp(1j * np.deg2rad(degrees))) < 1e-6


def flux(values: list[float], ghz: list[float], errors: list[float]) -> float:
    field: dict[str, Any] = {"fieldName": "J1"}
    for spw, (value, error) in enumerate(zip(values, errors, strict=True)):
        field[str(spw)] = {"fluxd": [value, 0, 0, 0], "fluxdErr": [error, 0, 0, 0]}
    returned = {"1": field, "freq": [1e9 * each for each in ghz]}
    return float(measure("flux_ratio_percent", "J1", ".", {"fluxscale": [({}, returned)]})["value"])


@given(st.floats(-1.2, 0.2), st.floats(0.01, 50.0))
def test_a_power_law_deviates_little_from_itself(index: float, jy: float) -> None:
    ghz = [217.0, 219.0, 231.0, 233.0]
    values = [jy * (each / 225.0) ** index for each in ghz]
    assert flux(values, ghz, [value / 100 for value in values]) < 2.0


def test_a_narrow_spw_that_is_off_is_named_though_two_spws_fit_any_line() -> None:
    assert flux([1.0, 1.2], [230.0, 232.0], [0.005, 0.1]) == pytest.approx(20.0, abs=2.0)
    with pytest.raises(CasaError, match="only one spw"):
        flux([1.0], [230.0], [0.01])


def test_of_several_fields_each_is_compared_with_itself() -> None:
    def field(name: str, first: float, second: float) -> dict[str, Any]:
        spws = {str(n): {"fluxd": [jy], "fluxdErr": [jy / 100]} for n, jy in enumerate((first, second))}
        return {"fieldName": name, **spws}

    def worst(*fields: dict[str, Any]) -> dict[str, Any]:
        returned = {**{str(n): each for n, each in enumerate(fields)}, "freq": [230e9, 232e9]}
        return measure("flux_ratio_percent", "*", ".", {"fluxscale": [({}, returned)]})

    assert worst(field("J1", 1.0, 1.0), field("J2", 9.0, 9.0))["value"] < 1.0
    answer = worst(field("J1", 1.0, 1.0), field("J2", 1.0, 1.4))
    assert answer["value"] > 10.0 and "J2 spw 1" in answer["text"]


def test_a_field_without_frequencies_is_still_compared(tmp_path: Path) -> None:
    lines = [
        f"# Flux density for J1 in SpW={spw} is: {jy} +/- 0.01 (SNR = 9)\n"
        for spw, jy in ((0, 1.0), (1, 1.3))
    ]
    (tmp_path / "x.fluxscale").write_text("".join(lines))
    assert measure("flux_ratio_percent", "J1", str(tmp_path), {})["value"] == pytest.approx(14.0, abs=2.0)
    assert metric_flux.LEAST_ERROR == 0.01


def test_the_dish_behind_is_in_the_shadow_at_that_time_only() -> None:
    one, two = np.array([0, 0, 1, 0, 0, 1]), np.array([1, 2, 2, 1, 2, 2])
    uvw = np.array([[10.0, 90.0, 95.0, 50.0, 90.0, 95.0], [0.0] * 6, [5.0, 1.0, 1.0, 5.0, 1.0, 1.0]])
    time_s = np.array([1.0] * 3 + [2.0] * 3)
    dark = metric_array.in_shadow(one, two, time_s, uvw, np.full(3, 12.0))
    assert dark.tolist() == [
        [False, False, True, False, False, False],
        [True, False, False, False, False, False],
    ]
    uvw[2] = -uvw[2]
    dark = metric_array.in_shadow(one, two, time_s, uvw, np.full(3, 12.0))
    assert dark.tolist() == [[True, True, False, False, False, False], [False] * 6]
WVRGCAL = """2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t#   Name    WVR?    Flag?   RMS (um)    Disc (um)
2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t0       DA41    Yes     No       2.1e+02            20.5
2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t1       DV24    Yes     No       1.48e+03                2.33e+03
2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t2       DV25    Yes     Yes      9e+03                9e+03
2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t3       CM01    No     No      0                0
2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t  Expected performance
2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t4       DA99    Yes     No       9e+09            9e+09
"""


@pytest.mark.parametrize(("metric", "value"), [("wvr_disc_um", 2330.0), ("wvr_rms_um", 1480.0)])
def test_the_worst_radiometer_that_is_used_is_read_from_wvrgcals_log(
    metric: str, value: float, tmp_path: Path
) -> None:
    (tmp_path / "x.wvrgcal").write_text("noise\n" + WVRGCAL.replace("2.33e+03", "7") + WVRGCAL)
    answer = measure(metric, "x.wvrgcal", str(tmp_path), {})
    assert (answer["value"], answer["unit"]) == (value, "um")
    assert answer["text"].startswith("DV24 ") and ", then DA41 " in answer["text"]


def test_what_wvrgcal_returned_in_this_step_counts_before_an_old_log(tmp_path: Path) -> None:
    returned = {
        "Name": ["A", "B"],
        "WVR": [True, True],
        "Flag": [False, True],
        "RMS_um": [1.0, 2.0],
        "Disc_um": [3.0, 4.0],
    }
    assert measure("wvr_disc_um", "none", str(tmp_path), {"wvrgcal": [({}, returned)]})["value"] == 3.0


@pytest.mark.parametrize("text", ["", "no table here\n", WVRGCAL.splitlines()[0]])
def test_a_log_without_the_table_is_said(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.wvrgcal").write_text(text)
    with pytest.raises(CasaError, match="holds no table of wvrgcal"):
        measure("wvr_rms_um", "x.wvrgcal", str(tmp_path), {})


def test_the_worst_and_the_next_ones_are_named() -> None:
    found = [Offender(float(n), f"A{n}") for n in range(9)] + [Offender(float("nan"), "no")]
    assert said(found, "%") == "A8 8.0 %, then A7 7.0 %, A6 6.0 %, A5 5.0 %"
    assert said(found[:1], "deg") == "A0 0.0 deg" and said([], "%") == ""
    assert most(found, "%", "x")[:2] == (8.0, "%")
    with pytest.raises(CasaError, match="nothing unflagged"):
        most([Offender(float("nan"), "no")], "%", "x")
