"""Who stands in whose way, as flagdata would tell it, and that somebody does where it is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from casapilot.steps.casa.metrics.array import in_shadow
from casapilot.steps.simulate.array import enu_axes, middle, pick_antennas
from casapilot.steps.simulate.block import Plan
from casapilot.steps.simulate.heavens import uvw_axes
from casapilot.steps.simulate.options import Options
from casapilot.steps.simulate.shadow import Sky, shaded, shades, with_shadow
from hypothesis import given
from hypothesis import strategies as st

seeds = st.integers(0, 2**31)


def towards(azimuth_deg: float, elevation_deg: float) -> np.ndarray:
    azimuth, elevation = np.radians([azimuth_deg, elevation_deg])
    flat = np.cos(elevation)
    return np.array([flat * np.sin(azimuth), flat * np.cos(azimuth), np.sin(elevation)]) @ enu_axes()


def test_the_dish_behind_is_in_shadow_while_the_source_is_low():
    where = np.array([[0.0, 0.0, 0.0], [15.0, 0.0, 0.0], [0.0, 90.0, 0.0]]) @ enu_axes()
    looks = np.array([towards(-90, 35), towards(90, 35), towards(-90, 60), towards(0, 35)])
    expected = [[False, True, False], [True, False, False], [False] * 3, [False] * 3]
    assert shaded(where, np.full(3, 12.0), looks).tolist() == expected


@given(seeds, st.floats(-180, 180), st.floats(15, 85), st.integers(2, 9))
def test_shadows_are_those_that_the_coordinates_of_an_ms_tell(seed, azimuth, elevation, count):
    rng = np.random.default_rng(seed)
    where = rng.uniform(-25, 25, (count, 3)) * [1, 1, 0.05] @ enu_axes()
    dishes = rng.choice([7.0, 12.0], count)
    look = towards(azimuth, elevation)
    one, two = (
        np.array(each) for each in zip(*[(i, j) for j in range(count) for i in range(j)], strict=True)
    )
    uvw = uvw_axes(look) @ (where[one] - where[two]).T
    dark = in_shadow(one, two, np.zeros(len(one)), uvw, dishes)
    named = {*one[dark[0]].tolist(), *two[dark[1]].tolist()}
    assert set(np.flatnonzero(shaded(where, dishes, look[None])[0]).tolist()) == named


@pytest.mark.parametrize(("array", "count"), [("12m", 0), ("12m", 4), ("12m", 16), ("7m", 0), ("7m", 4)])
@pytest.mark.parametrize("seed", [2, 9, 10, 37])
def test_somebody_is_in_shadow_and_two_antennas_at_most_have_moved(array, count, seed):
    options = Options(seed=seed, array=array, n_antennas=count, cycles=1, defects=("shadow",))
    plan, plain = (Plan(each) for each in (options, Options(**{**vars(options), "defects": ()})))
    moved = [a for a, b in zip(plan.antennas, plain.antennas, strict=True) if a != b]
    assert len(moved) <= 2
    assert [each.name for each in plan.antennas] == [each.name for each in plain.antennas]
    assert len({each.pad for each in plan.antennas}) == options.antennas
    found = shades(plan.antennas, plan.last_sky)
    assert found and all(each.scans and 0.0 < each.percent <= 100.0 for each in found.values())
    assert not set(middle(plan.antennas)) <= set(found), "a good reference antenna is left"


def test_nobody_moves_where_somebody_is_in_shadow_already():
    options = Options(seed=2, defects=("shadow",), cycles=1)
    plan = Plan(options)
    assert with_shadow(plan.antennas, plan.last_sky) == plan.antennas
    assert pick_antennas(options, np.random.default_rng(2)) != plan.antennas


def test_scans_that_are_not_split_off_cast_no_shadow():
    plan = Plan(Options(seed=2, defects=("shadow",), cycles=1))
    start, scans, directions = plan.last_sky
    apart = [scan for scan in scans if scan.intents[0] in ("CALIBRATE_ATMOSPHERE", "CALIBRATE_POINTING")]
    numbers = {scan.number for scan in apart}
    assert not any(numbers & set(each.scans) for each in shades(plan.antennas, plan.last_sky).values())
    assert Sky(start, apart, directions).seen(apart[0]).shape == (2, 3)
