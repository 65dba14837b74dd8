"""What can be said of the metrics without CASA."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.casa.metrics.answers import Answer
from casapilot.steps.casa.metrics.measure import METRICS, measure
from casapilot.steps.errors import CasaError
from hypothesis import given
from hypothesis import strategies as st

OF_A_FIELD = {"flux_density_jy", "flux_ratio_percent", "flux_snr", "flux_catalogue_percent"}


def fluxes(**spws: float) -> dict[str, Any]:
    """What fluxscale returns for field 1."""
    field: dict[str, Any] = {"fieldName": "J1037-2934", "spidx": [0.0]}
    for spw, value in spws.items():
        field[spw.removeprefix("spw")] = {"fluxd": [value, 0, 0, 0], "fluxdErr": [value / 100, 0, 0, 0]}
    return {"1": field, "freq": [2.3e11], "spwID": [0], "spwName": ["a"]}


def flux(of: str, *returned: Any, folder: Path | str = ".") -> dict[str, Any]:
    return measure("flux_density_jy", of, str(folder), {"fluxscale": [({}, each) for each in returned]})


@pytest.mark.parametrize("of", ["J1037-2934", "1", "J1037*", "J1037-2934:3", "1:3"])
def test_a_flux_density_is_found_by_name_id_pattern_and_spw(of: str) -> None:
    answer = flux(of, fluxes(spw3=0.919))
    assert (answer["value"], answer["unit"]) == (0.919, "Jy")
    assert answer["text"] == "J1037-2934, spw 3: 0.9190 +- 0.0092 Jy"


def test_one_of_several_spws_has_to_be_named() -> None:
    returned = fluxes(spw0=0.919, spw1=0.914)
    with pytest.raises(CasaError, match="more than one") as error:
        flux("J1037-2934", returned)
    assert error.value.todo == "Name one: J1037-2934:0, J1037-2934:1."
    assert flux("J1037-2934:1", returned)["value"] == 0.914


def test_a_flux_density_without_solution_is_none() -> None:
    with pytest.raises(CasaError, match="no flux density"):
        flux("J1037-2934", fluxes(spw0=-1.0))
    assert flux("J1037-2934", fluxes(spw0=-1.0, spw1=0.9))["value"] == 0.9


def test_the_last_of_two_calls_counts() -> None:
    assert flux("1", fluxes(spw0=0.8), fluxes(spw0=0.9))["value"] == 0.9


def test_an_old_listing_does_not_stand_in_for_a_call_that_found_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.fluxscale").write_text("# Flux density for J1 in SpW=0 is: 1.5 +/- 0.1 (SNR = 1)\n")
    assert measure("flux_density_jy", "J1", str(tmp_path), {})["value"] == 1.5
    with pytest.raises(CasaError):
        flux("J1", {}, folder=tmp_path)
    with pytest.raises(CasaError):
        flux("J1", None, folder=tmp_path)


@given(
    field=st.from_regex(r"[A-Z][A-Za-z0-9+_-]{0,15}( [A-Za-z0-9]{1,5})?", fullmatch=True),
    spw=st.integers(0, 99),
    value=st.floats(1e-6, 1e4),
    stamp=st.sampled_from(["# ", "2016-06-12 10:00:00\tINFO\tfluxscale::::\t "]),
    frequency=st.sampled_from(["", " (freq=2.3e+11 Hz)"]),
)
def test_flux_densities_are_read_from_listings_and_from_logs(
    tmp_path_factory: pytest.TempPathFactory, field: str, spw: int, value: float, stamp: str, frequency: str
) -> None:
    folder = tmp_path_factory.mktemp("eb")
    line = (
        f"{stamp}Flux density for {field} in SpW={spw}{frequency} is: {value:.6g} +/- 0.01 (SNR = 9, N = 2)"
    )
    (folder / "a.ms.split.fluxscale").write_text(f"noise\n{line}\n")
    (folder / "a.ms.fluxscale.tables").mkdir()
    answer = measure("flux_density_jy", f"{field}:{spw}", str(folder), {})
    assert answer["value"] == pytest.approx(value, rel=1e-5)


def test_the_newest_listing_counts_even_when_it_says_there_is_none(tmp_path: Path) -> None:
    old, new = tmp_path / "a.fluxscale", tmp_path / "b.fluxscale"
    old.write_text("# Flux density for J1 in SpW=0 is: 1.5 +/- 0.1\n")
    new.write_text("# Flux density for J1 in SpW=0 is:  INSUFFICIENT DATA\n")
    os.utime(old, (1, 1))
    with pytest.raises(CasaError, match="no flux density"):
        measure("flux_density_jy", "J1", str(tmp_path), {})


def test_an_unknown_metric_names_those_there_are() -> None:
    with pytest.raises(CasaError, match="no metric 'rms'") as error:
        measure("rms", "", ".", {})
    assert all(name in error.value.todo for name in METRICS)


@pytest.mark.parametrize("metric", sorted(set(METRICS) - OF_A_FIELD))
@pytest.mark.parametrize("of", ["gone.ms", ""])
def test_a_missing_file_is_said(metric: str, of: str, tmp_path: Path) -> None:
    with pytest.raises(CasaError, match="there is no"):
        measure(metric, of, str(tmp_path), {})


def test_an_unknown_column_is_said(tmp_path: Path) -> None:
    with pytest.raises(CasaError, match="no column 'correct'") as error:
        measure("max_amplitude_jy", "a.ms::correct", str(tmp_path), {})
    assert error.value.todo == "There are: data, corrected, model."


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_a_number_is_not_passed_on(value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METRICS, "n_rows", lambda of, folder, results: Answer(value, "", ""))
    with pytest.raises(CasaError, match="not a number"):
        measure("n_rows", "x", ".", {})


def test_casas_own_error_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(of: str, folder: str, results: object) -> Any:
        raise RuntimeError("\n  Field Expression: no match\n... thrown by\n")

    monkeypatch.setitem(METRICS, "n_rows", fails)
    with pytest.raises(CasaError) as error:
        measure("n_rows", "x.ms", ".", {})
    assert str(error.value) == "x.ms: n_rows cannot be measured: Field Expression: no match"
