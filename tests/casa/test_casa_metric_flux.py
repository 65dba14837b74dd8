"""Flux densities: how sure they are, which are missing, and what the catalogue says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_solutions import ANTENNAS, block, table
from casa_visibilities import NAMES
from casapilot.steps.casa.gains import Schedule
from casapilot.steps.casa.metrics import catalogue, flux, kept
from casapilot.steps.casa.metrics.answers import Answer, NothingToTell, Offender, Place
from casapilot.steps.casa.metrics.measure import measure
from casapilot.steps.errors import CasaError

GHZ = {"17": 230.0, "19": 245.0}


def returned(**fields: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """What a call of fluxscale returns, and with what: flux density and error of each spw."""
    told: dict[str, Any] = {"freq": [1e9 * GHZ.get(str(n), 0.0) for n in range(20)]}
    for n, (name, spws) in enumerate(fields.items(), 1):
        solved = {
            spw: {"fluxd": [jy, 0, 0, 0], "fluxdErr": [error, 0, 0, 0]} for spw, (jy, error) in spws.items()
        }
        told[str(n)] = {"fieldName": name, **solved}
    return {"fluxscale": [({}, told)]}


def test_the_least_certain_flux_density_comes_first_with_field_and_spw() -> None:
    results = returned(J1={"17": (1.0, 0.01), "19": (1.0, 0.25)}, J2={"17": (2.0, 0.1)})
    answer = flux.flux_snr("*", ".", results)
    assert answer.value == 4.0 and answer.text == "J1 spw 19 4, J2 spw 17 20, J1 spw 17 100"
    assert (answer.offenders[0].place.field, answer.offenders[0].place.spw) == ("J1", 19)
    assert flux.flux_snr("J2", ".", results).value == 20.0


def test_a_check_source_may_be_faint_and_an_ms_that_is_broken_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = returned(J1={"17": (1.0, 0.01)}, CHECK={"17": (1.0, 0.5)})
    (tmp_path / "x.ms.split").mkdir()
    assert flux.flux_snr("*", str(tmp_path), results).value == 2.0
    monkeypatch.setattr(flux, "read_names", lambda path: NAMES._replace(fields=["J1", "CHECK"]))
    monkeypatch.setattr(flux, "read_schedule", lambda path: Schedule({}, {}, {1: "CALIBRATE_PHASE"}, {1: 0}))
    assert flux.flux_snr("*", str(tmp_path), results).value == 100.0


def test_who_is_off_the_power_law_is_placed() -> None:
    results = returned(J1={"17": (1.0, 0.005), "19": (1.3, 0.1)})
    worst = flux.flux_ratio("*", ".", results).offenders[0].place
    assert (worst.field, worst.spw) == ("J1", 19)


@pytest.fixture
def averaged(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Say what the vector averages are, Jy."""

    def put(**spws: float) -> None:
        found = [Offender(jy, "", Place(spw=int(spw[1:]), field="J1")) for spw, jy in spws.items()]
        monkeypatch.setattr(kept, "vector_flux", lambda *_: Answer(1.0, "Jy", "", found))

    return put


def test_what_phases_cost_is_told_with_both_flux_densities(averaged: Any) -> None:
    averaged(s17=0.9, s19=0.9)
    answer = kept.flux_kept(
        "x.ms:OBSERVE_CHECK_SOURCE", ".", returned(J1={"17": (1.0, 0.01), "19": (1.0, 0.02)})
    )
    assert answer.value == pytest.approx(90.0) and answer.offenders[0].place.field == "J1"
    assert answer.text == "J1 90 %, 0.9 Jy like a target, 1 Jy by its own solutions"


def test_a_loss_that_the_flux_density_is_too_unsure_for_is_none(averaged: Any) -> None:
    averaged(s17=0.9, s19=0.5)
    assert kept.flux_kept("x.ms", ".", returned(J1={"17": (1.0, 0.1)})).value == 100.0


def test_a_source_without_solutions_of_its_own_has_nothing_to_tell(averaged: Any) -> None:
    averaged(s17=0.9)
    with pytest.raises(NothingToTell):
        kept.flux_kept("x.ms", ".", returned(J2={"17": (1.0, 0.1)}))


def test_a_spw_with_gains_and_no_flux_density_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    ones = np.ones((1, 1, 1, len(ANTENNAS)))
    monkeypatch.setattr(flux, "read_caltable", lambda *words: table(block(ones), block(ones, spw=19)))
    whole = {"17": (1.0, 0.01), "19": (1.0, 0.01)}
    assert flux.flux_missing("x", ".", returned(J1=whole)).text == "none is missing"
    answer = flux.flux_missing("x", ".", returned(J1=whole, J2={"17": (1.0, 0.01), "19": (-1.0, -1.0)}))
    assert answer[:3] == (1.0, "", "J2 spw 19")
    with pytest.raises(CasaError, match="no flux density at all"):
        flux.flux_missing("x", "/", {"fluxscale": [({}, None)]})


@pytest.fixture
def eb(tmp_path: Path) -> Path:
    folder = tmp_path / "Calibration_X1"
    folder.mkdir()
    (tmp_path / ".casapilot").mkdir()
    return folder


def book(eb: Path, answers: list[dict[str, Any]], given: list[dict[str, Any]]) -> None:
    (eb.parent / ".casapilot" / "fluxes.json").write_text(
        json.dumps({"schema": 1, "answers": answers, "given": given})
    )


def entry(name: str, jy: float, ghz: float, index: float | None) -> dict[str, Any]:
    return {"name": name, "jy": jy, "frequency_hz": 1e9 * ghz, "spectral_index": index}


BOTH = returned(J1={"17": (1.0, 0.01), "19": (1.0, 0.01)}, J2={"17": (2.0, 0.1)})


def test_the_catalogue_is_carried_to_the_frequency_of_the_spw(eb: Path) -> None:
    book(eb, [entry("J1", 2.0, 115.0, -1.0), entry("J2", 1.0, 230.0, None)], [])
    answer = catalogue.flux_catalogue("*", str(eb), BOTH)
    assert answer.value == pytest.approx(100.0) and answer.text.startswith(
        "J2 2.00 of the catalogue's, 100.0 %"
    )
    assert answer.offenders[1].value == pytest.approx(3.2, abs=0.2)
    assert answer.offenders[0].place.field == "J2"
    assert catalogue.flux_catalogue("J1", str(eb), BOTH).value < 5.0


def test_a_flux_density_too_unsure_to_be_off_is_not(eb: Path) -> None:
    book(eb, [entry("J2", 1.0, 230.0, 0.0)], [])
    for error, off in ((1.0, 0.0), (0.1, 100.0)):
        results = returned(J2={"17": (2.0, error), "19": (2.0, error)})
        assert catalogue.flux_catalogue("J2", str(eb), results).value == pytest.approx(off, abs=10.0)


def test_too_little_is_as_bad_as_too_much(eb: Path) -> None:
    book(eb, [entry("J2", 4.0, 230.0, 0.0)], [])
    assert catalogue.flux_catalogue("*", str(eb), BOTH).value == pytest.approx(100.0)


def test_what_a_person_gave_counts_before_the_catalogue_and_that_before_the_table(eb: Path) -> None:
    rows = [
        "ms,field,spw,I,Q,U,V,spix,comment",
        "x.ms,1,17,0.5,0,0,0,0,# field=J1 origin=x",
        "x.ms,2,17,?,,,,,#",
    ]
    (eb / "flux.csv").write_text("\n".join(rows))
    assert "of flux.csv's" in catalogue.flux_catalogue("*", str(eb), BOTH).text
    book(eb, [entry("J1", 4.0, 230.0, 0.0)], [entry("J1", 1.0, 230.0, 0.0)])
    answer = catalogue.flux_catalogue("*", str(eb), BOTH)
    assert answer.value == pytest.approx(0.0) and "of what a person gave" in answer.text


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"answers": 3, "given": []}', '{"answers": [{}], "given": []}']
)
def test_where_no_catalogue_value_is_kept_that_is_said(eb: Path, text: str) -> None:
    (eb.parent / ".casapilot" / "fluxes.json").write_text(text)
    answer = measure("flux_catalogue_percent", "*", str(eb), BOTH)
    assert answer["value"] is None and answer["text"] == "no catalogue value of J1, J2 is kept"
