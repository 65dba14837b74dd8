"""Names, dates, values by hand, errors carried over, comparison."""

import math
from dataclasses import replace
from datetime import date

import pytest
from casapilot.steps.errors import UsageError
from casapilot.steps.fluxes import (
    Difference,
    Flux,
    Origin,
    at_frequency,
    conditions,
    date_of_mjd,
    first_alias,
    parse_date,
    parse_given,
    same_source,
    worries,
)
from hypothesis import given
from hypothesis import strategies as st

DAY = date(2016, 6, 12)
FLUX = Flux("J1058+0133", DAY, 232.7e9, 3.8, 0.19, -0.6, 0.1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("J1058+0133", "j1058+0133"),
        ("J1058+0133", "PKS1055+018;J1058+0133"),
        ("J1058+015", "J1058+0133"),
        ("J1256-057", "3C279"),
        ("J1924-292", "J1924-2914"),
        ("J0423-013", "J0423-0120"),
        ("J105829+013358", "J1058+0133"),
        ("3c 454.3", "J2253+1608"),
        ("NRAO_530", "J1733-1304"),
        ("J1058\u22120133", "J1058-0133"),
    ],
)
def test_one_source_has_several_names(one, other):
    assert same_source(one, other) and same_source(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3c27", "3C273"),
        ("J1058+0133", "J1058-0133"),
        ("J1058+0133", "J1058+0134"),
        ("J1058+015", "J1058+0141"),
        ("B1058+0133", "J1058+0133"),
        ("J1058", "J1058+0133"),
        ("J1058+01", "J1058+0133"),
        ("", ""),
        ("", "J1058+0133"),
    ],
)
def test_other_sources_have_other_names(one, other):
    assert not same_source(one, other)


@given(st.text(), st.text())
def test_sameness_has_no_direction(one, other):
    assert same_source(one, other) == same_source(other, one)


@pytest.mark.parametrize(
    ("name", "first"), [(" 3c273 ;J1", "3c273"), ("'J1'", "J1"), ("BL\t Lac\x1b", "BL Lac")]
)
def test_the_first_alias_is_what_is_sent(name, first):
    assert first_alias(name) == first


@pytest.mark.parametrize("name", ["", " ; J1", "\n", "x" * 200])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(UsageError):
        first_alias(name)


@pytest.mark.parametrize(
    "text", ["2016-06-12", "20160612", "2016/06/12", "2016-06-12T02:24:00", "12-June-2016", "12 Jun 2016"]
)
def test_dates_are_read_as_people_write_them(text):
    assert parse_date(text) == DAY


@pytest.mark.parametrize("text", ["", "yesterday", "2016-13-01", "31-June-2016", "12-Foo-2016", "12/06/2016"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(UsageError):
        parse_date(text)


def test_the_day_of_an_observation_is_that_of_its_start():
    assert date_of_mjd(57551.1 * 86400) == DAY
    assert date_of_mjd(57551.9999 * 86400) == DAY


def test_a_flux_density_is_carried_over_with_its_index_and_both_errors():
    there = at_frequency(FLUX, 345e9)
    logarithm = math.log(345 / 232.7)
    assert there.jy == pytest.approx(3.8 * (345 / 232.7) ** -0.6)
    assert there.error_jy == pytest.approx(there.jy * math.hypot(0.05, logarithm * 0.1))
    assert (there.frequency_hz, there.from_hz) == (345e9, 232.7e9)
    assert at_frequency(FLUX, 232.7e9) is FLUX


def test_without_an_index_the_usual_one_stands_in_and_that_is_said():
    there = at_frequency(replace(FLUX, spectral_index=None, spectral_index_error=0.01), 345e9)
    assert there.jy == pytest.approx(3.8 * (345 / 232.7) ** -0.7)
    assert there.error_jy == pytest.approx(there.jy * math.hypot(0.05, math.log(345 / 232.7) * 0.2))
    assert worries(there) == ("no spectral index is known: -0.7 +- 0.2 was taken",)


def test_an_unknown_error_stays_unknown():
    assert at_frequency(replace(FLUX, error_jy=None), 345e9).error_jy is None


@given(st.floats(30e9, 950e9), st.floats(-3, 3))
def test_there_and_back_again_is_the_same_flux_density(hz, index):
    back = at_frequency(at_frequency(replace(FLUX, spectral_index=index), hz), FLUX.frequency_hz)
    assert back.jy == pytest.approx(FLUX.jy)
    assert back.error_jy >= FLUX.error_jy * 0.999


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("3.8@232.7GHz", (3.8, None, 232.7e9, None, None)),
        ("3.8@232.7e9:-0.6", (3.8, None, 232.7e9, -0.6, None)),
        ("3.8+-0.1@232700mhz:-.6+-0.05", (3.8, 0.1, 232.7e9, -0.6, 0.05)),
        (" 1e1+-1@1e11 Hz:0 ", (10.0, 1.0, 1e11, 0.0, None)),
    ],
)
def test_a_value_by_hand_is_read(text, values):
    flux = parse_given("J1058+0133", text, DAY, source=" SMA list,\n  June ")
    assert (flux.jy, flux.error_jy, flux.frequency_hz) == pytest.approx(values[:3], nan_ok=True)
    assert (flux.spectral_index, flux.spectral_index_error) == values[3:]
    assert (flux.origin, flux.source) == (Origin.GIVEN, "SMA list, June")
    assert conditions(flux) == "given by hand: SMA list, June"
    assert worries(flux) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3.8",
        "3.8@",
        "3.8@232.7",
        "-1@232e9",
        "0@232e9",
        "3.8@232e9:-60",
        "3.8+--1@232e9",
        "1e999@232e9",
        "a@b",
    ],
)
def test_a_value_that_cannot_be_is_refused(text):
    with pytest.raises(UsageError):
        parse_given("J1", text, DAY, source="x")


def test_a_value_without_its_origin_is_refused():
    with pytest.raises(UsageError, match="origin"):
        parse_given("J1", "3.8@232e9", DAY, source="  ")


@given(st.text(max_size=30))
def test_no_text_is_an_accident(text):
    try:
        flux = parse_given("J1", text, DAY, source="x")
    except UsageError:
        return
    assert flux.jy > 0


def test_a_difference_is_a_ratio_and_so_many_errors():
    model, derived = Difference(4.18, 0.0, FLUX), Difference(3.61, 0.1, FLUX)
    assert (model.ratio, model.percent) == (pytest.approx(1.1), pytest.approx(10.0))
    assert model.sigma == pytest.approx(2.0)
    assert derived.sigma == pytest.approx(-0.19 / math.hypot(0.1, 0.19))
    assert Difference(4.19, 0.0, FLUX).is_large and Difference(3.4, 0.0, FLUX).is_large
    assert not derived.is_large
    assert Difference(4.0, 0.0, replace(FLUX, error_jy=None)).sigma is None
