"""The arithmetic of the metrics, on arrays whose answer is known."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from casa_solutions import ANTENNAS, block, table
from casapilot.steps.casa.caltable import CalTable
from casapilot.steps.casa.metrics import array, tables
from casapilot.steps.casa.metrics import flux as metric_flux
from casapilot.steps.casa.metrics.answers import Offender, most, said, wrapped_deg
from casapilot.steps.casa.metrics.measure import measure
from casapilot.steps.errors import CasaError
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture
def given_table(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have the metrics read a table from memory."""

    def put(wanted: CalTable) -> None:
        monkeypatch.setattr(tables, "read_caltable", lambda folder, name, *kinds: wanted)

    return put


def test_flagged_and_missing_solutions_are_counted(given_table: Any) -> None:
    flags = np.zeros((2, 1, 10), bool)
    flags[:, 0, [3, 8]] = True
    flags[0, 0, 1] = True
    solved = block(np.ones((2, 1, 2, 5)), scans=(1, 2), flags=flags)
    given_table(table(solved, antennas=ANTENNAS[:5]))
    value, _, text, _ = tables.solutions_flagged("x", "", {})
    assert value == 25.0 and text == "DV04 spw 17 100.0 %, then DA42 spw 17 25.0 %"
    assert tables.solutions_missing("x", "", {})[:3] == (1.0, "", "DV04 spw 17")


def test_a_window_that_was_left_out_on_purpose_or_is_mapped_misses_no_solution(
    given_table: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    solved = [block(np.ones((2, 1, 2, 5)), scans=(1, 2), spw=spw) for spw in (0, 2)]
    given_table(table(*solved, antennas=ANTENNAS[:5])._replace(ms=str(tmp_path)))
    calls: list[dict[str, Any]] = []
    there = {spw: set(range(5)) for spw in (0, 1, 2)}
    monkeypatch.setattr(tables, "antennas_with_data", lambda path, fields: there)
    monkeypatch.setattr(tables, "read_names", lambda path: SimpleNamespace(spws=["a", "b", "c"]))
    monkeypatch.setattr(tables, "calls_of_applycal", lambda path: calls)

    def missing(spw: str = "") -> set[int]:
        told = {"gaincal": [({"caltable": "x", "spw": spw}, None)]}
        return {each.place.spw for each in tables.solutions_missing("x", "", told).offenders}

    assert missing() == missing("0~2:3~9") == {1}
    assert missing("0:3~9,2") == set()
    calls.append({"gaintable": ["y", "x"], "spwmap": [[], [0, 1, 2]]})
    assert missing() == {1}
    calls.append({"gaintable": ["y", "x"], "spwmap": [[], [0, 0, 2]]})
    assert missing() == set()


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


def test_with_one_spw_there_is_nothing_to_compare() -> None:
    field = {"fieldName": "J1", "0": {"fluxd": [1.0], "fluxdErr": [0.01]}}
    results = {"fluxscale": [({}, {"1": field, "freq": [230e9]})]}
    answer = measure("flux_ratio_percent", "J1", ".", results)
    assert answer["value"] is None and answer["text"].startswith("only one spw")


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


def test_of_a_flux_density_listed_again_the_last_counts_and_what_has_no_solution_is_none(
    tmp_path: Path,
) -> None:
    said = (("17", "1.0 +/- 0.01"), ("19", "-1 +/- -1"), ("21", "+.- +/- 0.1"), ("17", "2.0 +/- 0.01"))
    lines = [f"Flux density for J1 in SpW={spw} (freq=2.3e+11 Hz) is: {jy} (SNR = 9)" for spw, jy in said]
    (tmp_path / "x.fluxscale").write_text("\n".join(lines))
    assert metric_flux.derived(str(tmp_path), {}) == [metric_flux.Derived("", "J1", "17", 2.0, 0.01, 2.3e11)]
    assert metric_flux.flux_density("J1:17", str(tmp_path), {}).value == 2.0


def test_the_dish_behind_is_in_the_shadow_at_that_time_only() -> None:
    one, two = np.array([0, 0, 1, 0, 0, 1]), np.array([1, 2, 2, 1, 2, 2])
    uvw = np.array([[10.0, 90.0, 95.0, 50.0, 90.0, 95.0], [0.0] * 6, [5.0, 1.0, 1.0, 5.0, 1.0, 1.0]])
    time_s = np.array([1.0] * 3 + [2.0] * 3)
    dark = array.in_shadow(one, two, time_s, uvw, np.full(3, 12.0))
    assert dark.tolist() == [
        [False, False, True, False, False, False],
        [True, False, False, False, False, False],
    ]
    uvw[2] = -uvw[2]
    dark = array.in_shadow(one, two, time_s, uvw, np.full(3, 12.0))
    assert dark.tolist() == [[True, True, False, False, False, False], [False] * 6]


def test_the_worst_and_the_next_ones_are_named() -> None:
    found = [Offender(float(n), f"A{n}") for n in range(9)] + [Offender(float("nan"), "no")]
    assert said(found, "%") == "A8 8.0 %, then A7 7.0 %, A6 6.0 %, A5 5.0 %"
    assert said(found[:1], "deg") == "A0 0.0 deg" and said([], "%") == ""
    assert most(found, "%", "x")[:2] == (8.0, "%")
    with pytest.raises(CasaError, match="nothing unflagged"):
        most([Offender(float("nan"), "no")], "%", "x")
