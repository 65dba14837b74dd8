"""The water over the array: its spectrum, its motion, what radiometers read."""

from __future__ import annotations

import numpy as np
import pytest
from casapilot.steps.simulate.atmosphere import (
    BASELINE_M,
    PIXEL_M,
    Water,
    kolmogorov_screen,
    radiometer_kelvin,
    sky_kelvin,
)
from hypothesis import given
from hypothesis import strategies as st

SMALL = (128, 1024)


@pytest.fixture(scope="module")
def water() -> Water:
    return Water(1.2, 0.02, 9.0, 0.7, np.random.default_rng(3))


def structure(screen: np.ndarray, step: int) -> float:
    return float(np.mean((screen - np.roll(screen, step, axis=1)) ** 2))


def test_the_screen_has_the_spectrum_of_kolmogorov():
    screen = kolmogorov_screen(np.random.default_rng(1))
    slope = np.log(structure(screen, 32) / structure(screen, 4)) / np.log(8.0)
    # 5/3 far below the outer scale; flatter as it is approached.
    assert 1.3 < slope < 1.75


def test_the_screen_fluctuates_by_one_over_200_metres():
    screen = kolmogorov_screen(np.random.default_rng(2), SMALL)
    assert structure(screen, round(BASELINE_M / PIXEL_M)) == pytest.approx(1.0)


def test_the_screen_is_frozen_and_blown_over_the_pads(water):
    along = np.array([np.sin(water.wind_rad), np.cos(water.wind_rad)])
    pads = np.array([[0.0, 0.0], 9.0 * 20.0 * along])
    column = water.column_mm(np.array([0.0, 20.0]), pads)
    # What is over the first pad after 20 s was over the second, upwind, at the beginning.
    assert column[1, 0] == pytest.approx(column[0, 1], abs=1e-9)
    assert column[0, 0] != pytest.approx(column[0, 1], abs=1e-4)


@given(st.floats(-4000, 4000), st.floats(-4000, 4000), st.floats(0, 9000))
def test_there_is_water_everywhere_at_any_time(east, north, time):
    water = WATER
    column = water.column_mm(np.array([time]), np.array([[east, north]]))
    assert column.shape == (1, 1)
    assert abs(column[0, 0] - water.pwv_mm) < 12 * water.rms_mm


WATER = Water(1.0, 0.02, 8.0, -2.0, np.random.default_rng(5))


@given(st.floats(0.1, 6.0), st.floats(0.001, 1.0))
def test_more_water_is_warmer_in_every_channel(column, more):
    drier, wetter = radiometer_kelvin(np.array([column, column + more]))
    assert np.all(wetter > drier)
    assert np.all(np.diff(drier) < 0), "the channel nearest to the line is the warmest"
    assert np.all((drier > 5) & (wetter < 280))


def test_a_transparent_sky_shows_little_but_the_ground():
    assert sky_kelvin(np.array([0.0]), 1.0, 270.0)[0] == pytest.approx(13.5)
    assert sky_kelvin(np.array([9.0]), 2.0, 270.0)[0] == pytest.approx(13.5 + 0.95 * 265.0, rel=1e-3)
