"""What may be asked for, and where a seed puts what is wrong."""

from __future__ import annotations

import argparse

import numpy as np
import pytest
from casapilot.steps.errors import UsageError
from casapilot.steps.simulate.arguments import add_arguments, options_of, parse_defects
from casapilot.steps.simulate.array import SPARED, enu_axes, pick_antennas, positions
from casapilot.steps.simulate.catalogue import cast
from casapilot.steps.simulate.damage import Damage, place, place_offsets
from casapilot.steps.simulate.defects import ALL, CURES, NAMES, TYPICAL
from casapilot.steps.simulate.options import Options
from casapilot.steps.simulate.receivers import Receivers
from casapilot.steps.simulate.schedule import make_schedule
from casapilot.steps.simulate.shadow import Shade
from casapilot.steps.simulate.spectrum import make_spectrum
from hypothesis import given
from hypothesis import strategies as st

seeds = st.integers(0, 2**31)
chosen = st.lists(st.sampled_from(NAMES), unique=True).map(lambda names: [n for n in NAMES if n in names])


#: Antenna 3 is in shadow.
SHADE = {3: Shade((5, 7), 40.0)}


def damaged(options: Options):
    rng = np.random.default_rng(options.seed)
    players, antennas = cast(options, rng), pick_antennas(options, rng)
    schedule = make_schedule(options, players, make_spectrum(options, 1.0), 5e9)
    offsets = place_offsets(options.defects, antennas, rng)
    return antennas, schedule, offsets, place(options.defects, antennas, schedule.scans, offsets, rng, SHADE)


@given(seeds, chosen, st.sampled_from(["12m", "7m"]))
def test_every_defect_asked_for_is_there_and_no_other(seed, names, array):
    *_, damage = damaged(Options(seed=seed, defects=tuple(names), array=array))
    expected = set(names) - ({"bad-wvr"} if array == "7m" else set())
    assert {defect.name for defect in damage.defects} == expected


@given(seeds, st.sampled_from(["12m", "7m"]))
def test_the_antennas_in_the_middle_are_left_alone(seed, array):
    antennas, _, _, damage = damaged(Options(seed=seed, defects=ALL, array=array))
    where = positions(antennas)
    far = np.linalg.norm(where - np.median(where, axis=0), axis=1)
    middle = {antennas[k].name for k in np.argsort(far)[:SPARED]}
    assert not middle & {defect.antenna for defect in damage.defects if defect.name != "shadow"}


@given(seeds, st.sampled_from(["12m", "7m"]))
def test_an_antenna_in_shadow_has_no_other_defect_that_the_shadow_would_hide(seed, array):
    antennas, *_, damage = damaged(Options(seed=seed, defects=ALL, array=array))
    dark = [defect for defect in damage.defects if defect.antenna == antennas[3].name]
    (shadow,) = (defect for defect in dark if defect.name == "shadow")
    assert (shadow.scans, shadow.value, shadow.unit) == ((5, 7), 40.0, "%")
    assert {defect.name for defect in dark} <= {"shadow", "antpos"}


@given(seeds)
def test_displaced_antennas_are_off_by_one_to_three_millimetres(seed):
    antennas, _, offsets, damage = damaged(Options(seed=seed, defects=("antpos",)))
    length = np.linalg.norm(offsets, axis=1)
    assert np.count_nonzero(length) == 3
    assert np.all((length == 0) | ((length > 0.98e-3) & (length < 3.02e-3)))
    assert {d.antenna: pytest.approx(d.value) for d in damage.defects} == {
        antennas[k].name: length[k] * 1e3 for k in np.flatnonzero(length)
    }


@given(seeds)
def test_typical_defects_are_on_different_antennas(seed):
    *_, damage = damaged(Options(seed=seed, defects=TYPICAL))
    ones = [d.antenna for d in damage.defects if d.antenna and d.name != "antpos"]
    assert len(set(ones)) == len(ones)


@given(seeds, st.integers(4, 40))
def test_antennas_stand_on_pads_of_their_own(seed, count):
    antennas = pick_antennas(Options(n_antennas=count), np.random.default_rng(seed))
    assert len({antenna.pad for antenna in antennas}) == count
    names = [antenna.name for antenna in antennas]
    assert names == sorted(set(names))
    enu = (positions(antennas) - positions(antennas).mean(axis=0)) @ enu_axes().T
    assert np.abs(enu[:, :2]).max() < 300 and np.abs(enu[:, 2]).max() < 10


def test_the_array_is_where_alma_is():
    (x, y, z) = positions(pick_antennas(Options(), np.random.default_rng(1))).mean(axis=0)
    assert (x, y, z) == pytest.approx((2225142.0, -5440307.0, -2481029.0), abs=700)


def test_each_defect_has_a_cure_and_typical_ones_are_known():
    assert set(TYPICAL) <= set(ALL) <= set(NAMES) == set(CURES)
    assert all(step and cure for step, cure in CURES.values())


@given(seeds)
def test_amplitude_drifts_cancel_in_the_mean(seed):
    spectrum = make_spectrum(Options(channels=16), 1.0)
    receivers = Receivers(10, spectrum.windows, 6, Damage(), np.random.default_rng(seed))
    receivers._level[:] = 1.0
    gain = np.abs(receivers.gain(np.linspace(0, 2000, 11)))
    assert gain.mean(axis=1) == pytest.approx(1.0)
    assert 0.001 < gain.std() < 0.05


def test_a_load_in_front_of_the_receiver_is_brighter_than_the_sky():
    spectrum = make_spectrum(Options(channels=16), 1.0)
    receivers = Receivers(4, spectrum.windows, 6, Damage(), np.random.default_rng(1))
    window = spectrum.atmosphere.windows[0]
    sky = np.full(16, 30.0)
    hot, ambient, off = (
        receivers.power(window, load, sky).mean() for load in ("HOT", "AMBIENT", "OFF_SOURCE")
    )
    assert hot > ambient > 2 * off


def parsed(*words: str) -> Options:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return options_of(parser.parse_args(words))


def test_defects_are_parsed_in_the_order_of_the_catalogue():
    assert parse_defects("none") == ()
    assert parse_defects("typical") == TYPICAL
    assert parse_defects("quack, bad-wvr,quack") == ("bad-wvr", "quack")
    assert set(parse_defects("typical,bwsw")) == {*TYPICAL, "bwsw"}
    with pytest.raises(UsageError, match="bad-wrv"):
        parse_defects("quack,bad-wrv")


def test_line_and_continuum_are_both_there_unless_one_is_asked_for():
    assert (parsed().line, parsed().continuum) == (True, True)
    assert (parsed("--line").line, parsed("--line").continuum) == (True, False)
    assert (parsed("--continuum").line, parsed("--continuum").continuum) == (False, True)
    assert (parsed("--line", "--continuum").line, parsed("--line", "--continuum").continuum) == (True, True)


@pytest.mark.parametrize(
    "word", ["--ebs=0", "--spws=5", "--antennas=3", "--seed=-1", "--channels=2", "--cycles=0"]
)
def test_numbers_that_make_no_sense_are_refused(word):
    with pytest.raises(UsageError, match="it must be"):
        parsed(word)


def test_the_7m_array_has_not_more_antennas_than_pads():
    with pytest.raises(UsageError, match="antennas is 12"):
        parsed("--array=7m", "--antennas=12")
