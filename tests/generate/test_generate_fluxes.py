"""The model of the flux calibrator; solar-system objects."""

import math

import pytest
from casapilot.steps.asdm import WindowKind
from casapilot.steps.errors import UsageError
from casapilot.steps.generate.fluxes import GivenFlux, ModelKind, parse_flux, plan_flux
from casapilot.steps.generate.heaven import diameter_arcsec, is_solar_system
from casapilot.steps.generate.refant import choose_refant
from casapilot.steps.generate.resolved import disc_visibility, longest_baseline_m, plan_short
from casapilot.steps.generate.roles import find_roles
from casapilot.steps.generate.tables import FluxRow
from generate_kit import NAMES, Seen, block, sequence, window, windows
from hypothesis import given
from hypothesis import strategies as st


def plan(metadata, **more):
    return plan_flux(metadata, find_roles(metadata), **more)


def solar(name="Callisto", **more):
    return block((*sequence(), Seen(name, ("CALIBRATE_AMPLI",))), names=(*NAMES, name), **more)


@pytest.mark.parametrize(
    ("text", "flux"),
    [
        ("J1058+0133=3.8@232.7e9:-0.6", GivenFlux("J1058+0133", 3.8, 232.7e9, -0.6)),
        ("0=3.8@232.7GHz", GivenFlux("0", 3.8, 232.7e9, -0.7)),
        (" J1=0.5 @ 345 GHz : 0 ", GivenFlux("J1", 0.5, 345e9, 0.0)),
    ],
)
def test_a_flux_given_by_hand_is_read(text, flux):
    assert parse_flux(text) == flux


@pytest.mark.parametrize(
    "text", ["", "J1", "J1=3", "J1=3@", "J1=x@230e9", "J1=-3@230e9", "J1=nan@230e9", "J1=3@230"]
)
def test_what_is_no_flux_is_refused_with_how_to_write_it(text):
    with pytest.raises(UsageError, match="--flux J1058"):
        parse_flux(text)


def test_what_is_given_by_hand_comes_before_all_else():
    row = FluxRow("0", 3, 5.0, -0.5, "")
    found = plan(block(), given=[parse_flux("J1058+0133=3.5@230e9:-0.4")], rows=[row])
    assert [(each.spws, each.flux_jy, each.spix) for each in found.models] == [((3, 4), 3.5, -0.4)]


def test_flux_csv_gives_each_spw_its_own_and_a_spw_it_lacks_the_nearest():
    found = plan(block(), rows=[FluxRow("0", 4, 3.6, -0.5, "")], source="flux.csv")
    assert [(each.spws, each.flux_jy, each.spix) for each in found.models] == [
        ((3,), 3.6, -0.5),
        ((4,), 3.6, -0.5),
    ]
    assert found.models[0].reference_hz == found.models[1].reference_hz
    assert found.why == "From flux.csv."


def test_the_source_table_comes_last():
    found = plan(block())
    assert (found.kind, found.models[0].flux_jy, found.models[0].spix) == (ModelKind.KNOWN, 3.83, -0.7)


def test_a_calibrator_that_nothing_is_known_of_is_missing():
    assert plan(block(fluxes_jy={})).kind is ModelKind.MISSING


def test_a_solar_system_object_has_casas_model():
    found = plan(solar())
    assert (found.kind, found.field) == (ModelKind.SOLAR, 4)
    assert 1.0 < found.diameter_arcsec < 1.7


def test_lines_in_the_atmosphere_of_titan_are_found_in_the_spw_they_are_in():
    spws = (*windows()[:4], window(4, 128, 15.625e6, 230.7e9, WindowKind.TDM, 2))
    titan = plan(solar("Titan", spws=spws))
    (found,) = titan.lines
    assert found[0] == 4
    assert 0 < found[1] < 54 < found[2] < 127, "CO is in channel 53"
    assert "spw 3 lies in a line of it" in titan.why
    assert plan(solar("Callisto", spws=spws)).lines == ()


@pytest.mark.parametrize(
    ("name", "mjd", "arcsec"),
    [
        # By the distances in the JPL ephemerides that come with CASA.
        ("Mars", 59214.0, 10.507),
        ("Jupiter", 59214.0, 32.194),
        ("Uranus", 59214.0, 3.623),
        ("Neptune", 59214.0, 2.243),
        ("Titan", 59214.0, 0.652),
        ("Callisto", 59214.0, 1.108),
    ],
)
def test_sizes_follow_the_distance(name, mjd, arcsec):
    assert diameter_arcsec(name, mjd * 86400) == pytest.approx(arcsec, rel=0.005)


def test_names_are_known_in_any_case():
    assert is_solar_system("TITAN")
    assert is_solar_system("titan")
    assert not is_solar_system("J1058+0133")


def test_the_visibility_of_a_disc_falls_from_one_to_its_first_zero():
    wavelength_m = 299792458.0 / 230e9
    zero = 1.2197 * wavelength_m / math.radians(1 / 3600)
    assert disc_visibility(1.0, 0.0, 230e9) == 1.0
    assert disc_visibility(1.0, zero, 230e9) == pytest.approx(0.0, abs=1e-3)


@given(st.floats(0.1, 20), st.floats(80e9, 900e9))
def test_all_baselines_up_to_the_longest_see_the_disc(arcsec, hertz):
    limit = longest_baseline_m(arcsec, hertz)
    assert disc_visibility(arcsec, 0.999 * limit, hertz) >= 0.15
    assert disc_visibility(arcsec, 1.001 * limit, hertz) <= 0.15


def short(metadata):
    return plan_short(metadata, plan(metadata), choose_refant(metadata))


def test_a_compact_array_sees_a_moon_and_an_extended_one_resolves_it():
    assert short(solar(spread_m=50)) is None
    found = short(solar(spread_m=200))
    assert 4 <= len(found.antennas) < 10
    assert found.refant in found.antennas


def test_antennas_for_a_resolved_object_all_lie_near_to_each_other():
    metadata = solar(spread_m=200)
    found, flux = short(metadata), plan(metadata)
    limit_m = longest_baseline_m(flux.diameter_arcsec, max(each.centre_hz for each in metadata.science))
    places = [each.position_m for each in metadata.antennas if each.name in found.antennas]
    assert max(math.dist(a, b) for a in places for b in places) <= limit_m


def test_an_object_that_even_short_baselines_resolve_is_told():
    assert short(solar("Mars", spread_m=2000)).antennas == ()


def test_a_quasar_is_never_resolved():
    assert short(block(spread_m=8000)) is None
