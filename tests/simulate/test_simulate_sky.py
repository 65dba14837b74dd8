"""What is in the sky: signs, sizes, beams, lines; and the directions it is seen in."""

from __future__ import annotations

import math

import numpy as np
import pytest
from casapilot.steps.simulate.array import enu_axes
from casapilot.steps.simulate.catalogue import GROUPS, cast, radians
from casapilot.steps.simulate.heavens import (
    DAY_S,
    EARTH_RAD_S,
    azimuth_elevation,
    start_of_block,
    turned,
    uvw_axes,
)
from casapilot.steps.simulate.model import Field, Window
from casapilot.steps.simulate.options import Options
from casapilot.steps.simulate.sky import (
    ARCSEC,
    Component,
    beam,
    component_visibility,
    offsets,
    target_components,
)
from casapilot.steps.simulate.spectrum import LINES_HZ, channels_hz, make_spectrum
from hypothesis import given
from hypothesis import strategies as st

HERTZ = np.array([230e9, 231e9])
POINT = Component("point", 0.0, 0.0, 0.0, 1.0)
metres = st.floats(-300.0, 300.0)
arcsec = st.floats(-20.0, 20.0)
uvws = st.tuples(metres, metres, metres).map(lambda uvw: np.array(uvw).reshape(1, 1, 3))


def seen(component: Component, at: tuple[float, float], uvw: np.ndarray) -> np.ndarray:
    return component_visibility(component, at, uvw, HERTZ)


@given(uvws)
def test_a_point_in_the_phase_centre_looks_the_same_on_all_baselines(uvw):
    assert seen(POINT, (0.0, 0.0), uvw) == pytest.approx(1.0)


@given(uvws, arcsec, arcsec)
def test_a_baseline_taken_backwards_gives_the_conjugate(uvw, east, north):
    at = (east * ARCSEC, north * ARCSEC)
    assert seen(POINT, at, -uvw) == pytest.approx(np.conj(seen(POINT, at, uvw)), abs=1e-9)


def test_a_source_in_the_east_is_ahead_on_a_baseline_to_the_east():
    phase = np.angle(seen(POINT, (ARCSEC, 0.0), np.array([[[100.0, 0.0, 0.0]]])))[0, 0, 0]
    assert phase == pytest.approx(2 * math.pi * 100.0 * 230e9 / 299792458.0 * ARCSEC, rel=1e-9)


@given(uvws, st.floats(0.2, 5.0))
def test_a_wide_source_is_weaker_on_every_baseline(uvw, width):
    wide = Component("wide", 0.0, 0.0, width, 1.0)
    found = np.abs(seen(wide, (0.0, 0.0), uvw))
    length = np.linalg.norm(uvw[..., :2])
    expected = np.exp(-((math.pi * width * ARCSEC * length * HERTZ / 299792458.0) ** 2) / (4 * math.log(2)))
    assert found[0, 0] == pytest.approx(expected, abs=1e-9)


def test_the_beam_has_half_of_its_power_at_half_of_its_width():
    width = 1.13 * 299792458.0 / 230e9 / 12.0
    assert beam(width / 2, np.array([230e9]), 12.0)[0] == pytest.approx(0.5)


@given(arcsec, arcsec)
def test_offsets_of_a_component_are_as_it_says(east, north):
    players = cast(Options(), np.random.default_rng(1))
    field = Field(0, players.target_name, 0, players.target_ra_rad, players.target_dec_rad)
    component = Component("here", east, north, 0.0, 1.0)
    l, m = offsets(component, players, field)  # noqa: E741
    assert l / ARCSEC == pytest.approx(east, abs=1e-2)
    assert m / ARCSEC == pytest.approx(north, abs=1e-2)


@pytest.mark.parametrize("band", [3, 6, 7])
@pytest.mark.parametrize("doppler", [0.99985, 1.00011])
def test_the_line_is_in_the_middle_of_its_window(band, doppler):
    spectrum = make_spectrum(Options(band=band), doppler)
    window = spectrum.windows[spectrum.science.windows[0]]
    assert window.kind == "fdm"
    line = Component("line", 0.0, 0.0, 0.0, 0.0, line_jy=1.0)
    jy = line.spectrum_jy(window, band, doppler)
    hertz = channels_hz(window)
    assert hertz[np.argmax(jy)] == pytest.approx(LINES_HZ[band][0] * doppler, abs=abs(window.step_hz))
    assert jy.max() > 0.95 and jy[0] < 1e-6 and jy[-1] < 1e-6


def test_a_target_without_lines_or_without_continuum_has_none():
    window = Window(0, "w", 1, 64, 230.4e9, 4e6, "fdm")
    for options, line, continuum in ((Options(line=False), 0, 1), (Options(continuum=False), 1, 0)):
        parts = target_components(options)
        assert any(part.line_jy for part in parts) == bool(line)
        assert any(part.continuum_jy for part in parts) == bool(continuum)
        assert sum(part.spectrum_jy(window, 6, 1.0).max() for part in parts) > 0


def test_the_seventh_array_sees_a_larger_target():
    small, large = target_components(Options()), target_components(Options(array="7m"))
    assert large[2].east_arcsec == pytest.approx(small[2].east_arcsec * 12 / 7)


@given(st.floats(-1.0, 1.0), st.floats(0, 6.28))
def test_the_axes_of_a_baseline_are_a_right_handed_frame(sin_dec, angle):
    cos = math.sqrt(max(1e-6, 1 - sin_dec**2))
    s = np.array([[cos * math.cos(angle), cos * math.sin(angle), sin_dec]])
    s /= np.linalg.norm(s)
    axes = uvw_axes(s)[0]
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.cross(axes[0], axes[1]) == pytest.approx(axes[2], abs=1e-9)
    assert axes[0][2] == 0.0, "u is along the parallel"
    assert axes[1][2] >= 0.0, "v is to the north"


def test_the_zenith_is_overhead_and_sinks_to_the_west():
    up = enu_axes()[2]
    assert azimuth_elevation(up)[1] == pytest.approx(math.pi / 2, abs=1e-6)
    azimuth, elevation = azimuth_elevation(turned(up, np.array([3600.0, 2 * math.pi / EARTH_RAD_S])))
    assert math.degrees(elevation[0]) == pytest.approx(90 - 15.04 * math.cos(math.radians(-23.02)), abs=0.3)
    assert math.degrees(azimuth[0]) % 360 == pytest.approx(270, abs=5)
    assert elevation[1] == pytest.approx(math.pi / 2, abs=1e-6), "after a sidereal day it is back"


@given(st.integers(57000, 60000), st.floats(-3.0, 9.0))
def test_a_block_begins_on_its_day(day, sidereal):
    start = start_of_block(day, sidereal)
    assert day * DAY_S <= start < (day + 1) * DAY_S


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.phase[0])
def test_calibrators_are_near_the_target_and_where_their_names_say(group):
    def place(ra: str, dec: str) -> tuple[float, float]:
        return 15 * radians(ra), radians(dec)

    def apart(one: tuple[float, float], two: tuple[float, float]) -> float:
        cos = math.sin(one[1]) * math.sin(two[1])
        cos += math.cos(one[1]) * math.cos(two[1]) * math.cos(one[0] - two[0])
        return math.degrees(math.acos(cos))

    target = place(*group.target)
    assert apart(place(*group.phase[1:]), target) < 7
    assert apart(place(*group.check[1:]), target) < 7
    assert apart(place(*group.bandpass[1:]), target) < 40
    for name, ra, dec in (group.bandpass, group.phase, group.check, group.pointing):
        assert name[1:5] == ra[:2] + ra[3:5] and name[5:] == dec[:3] + dec[4:6]
