"""What air, noise, delays and chance make of phases is not an antenna's fault; what stands out of them is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from casa_solutions import ANTENNAS, START_S, block, table
from casa_visibilities import NAMES, made
from casapilot.steps.casa.air import by_chance, share
from casapilot.steps.casa.caltable import Block
from casapilot.steps.casa.metrics import amplitudes, phases
from casapilot.steps.casa.metrics import coherence as metric_coherence
from casapilot.steps.casa.metrics import fringes as metric_fringes
from casapilot.steps.casa.metrics import steps as metric_steps
from casapilot.steps.casa.metrics.answers import NothingToTell
from hypothesis import given
from hypothesis import strategies as st

N = len(ANTENNAS)
FAR = 6
#: Seven antennas within sixty metres, and one 400 m away.
WHERE = np.array([[10.0 * n, 7.0 * (n % 3), 0.0] for n in range(N)])
WHERE[FAR] = (400.0, 0.0, 0.0)


@pytest.fixture
def sky(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Have the metrics of visibilities read what is given, of antennas at `WHERE`."""

    def put(all_sums: Any) -> None:
        asked = type("A", (), {"path": "", "name": "x", "column": ""})
        for module in (metric_fringes, metric_steps):
            monkeypatch.setattr(module, "ask", lambda of, folder: asked)
            monkeypatch.setattr(module, "read_names", lambda path: NAMES._replace(positions_m=WHERE))
            monkeypatch.setattr(module, "read_unflagged", lambda asked, names: all_sums)
            monkeypatch.setattr(module, "derived", lambda path, name, column, names, make: make(all_sums))

    return put


def jumping(who: dict[int, float], most: float, n_times: int, seed: int = 3) -> Any:
    """Gains with phases anywhere within +- `most` rad at each integration; of some antennas within more."""
    rng = np.random.default_rng(seed)
    size = np.array([who.get(n, most) for n in range(N)])
    turns = np.exp(1j * rng.uniform(-1.0, 1.0, (N, 4, n_times)) * size[:, None, None])
    return lambda a, scan, time, spw, hand: turns[a, scan, time]


def low(limit: float = 80.0) -> set[str]:
    answer = metric_coherence.coherence("x", "", {})
    return {each.place.antenna for each in answer.offenders if each.value < limit}


def test_far_antennas_have_more_air_and_nobody_less_than_the_median() -> None:
    found = share(WHERE)
    assert found.min() == 1.0 and np.argmax(found) == FAR
    assert share(10.0 * WHERE[:3] * [1.0, 0.0, 0.0]).tolist() == [1.0, 1.0, 1.0]
    pair = np.array([[0.0, 0, 0], [1.0, 0, 0], [2.0, 0, 0], [3.0, 0, 0], [66.0, 0, 0]])
    # The median distances are 2.5, 1.5, 1.5, 2.5 and 64.5 m.
    assert share(pair)[-1] == pytest.approx((64.5 / 2.5) ** (5 / 6), rel=1e-6)
    assert share(None) == 1.0 and share(WHERE[:2]).tolist() == [1.0, 1.0]


@given(st.integers(1, 400))
def test_chance_is_less_the_more_numbers_there_are(count: int) -> None:
    assert by_chance(count) > by_chance(count + 1) > 1.0


def test_of_a_thousand_mean_squares_of_noise_none_is_beyond_chance() -> None:
    numbers = np.random.default_rng(1).standard_normal((1000, 5)) ** 2
    assert numbers.mean(axis=1).max() < by_chance(5) < 8.0


def test_in_bad_air_few_integrations_name_nobody(sky: Any) -> None:
    for seed in range(5):
        sky(made(jumping({}, 0.7, 6, seed), n_times=6, noise=0.3, seed=seed))
        assert low() == set()


def test_an_antenna_that_is_erratic_is_named_in_the_same_air(sky: Any) -> None:
    sky(made(jumping({4: 2.5}, 0.5, 6), n_times=6, noise=0.3))
    assert low() == {"DV05"}


def test_what_a_far_antenna_may_have_a_near_one_may_not(sky: Any) -> None:
    for who, named in ((FAR, set()), (4, {"DV05"})):
        sky(made(jumping({who: 1.1}, 0.4, 20), noise=0.2))
        assert low() == named


def test_noise_names_nobody_and_phases_beyond_it_are_seen_in_it(sky: Any) -> None:
    for seed in range(3):
        for who, named in (({}, set()), ({4: 1.6}, {"DV05"})):
            sky(made(jumping(who, 0.0, 20, seed), noise=1.0, seed=seed))
            assert low(97.0) == named


def test_of_a_source_lost_in_noise_nothing_is_said(sky: Any) -> None:
    sky(made(jumping({4: 1.6}, 0.0, 20), noise=2.5))
    with pytest.raises(NothingToTell):
        low()


def test_the_air_is_the_same_where_one_polarisation_is_flagged(sky: Any) -> None:
    every = made(jumping({}, 0.9, 6, 0), n_times=6, noise=0.1, seed=0)
    for sums in every:
        sums.means[..., 1], sums.counts[..., 1] = np.nan, 0.0
    sky(every)
    assert low() == set()


def test_delays_that_are_not_solved_are_no_phases_that_jump(sky: Any) -> None:
    """Seven antennas with delays, and one without: it has more power between channels, not less in time."""
    turn = np.deg2rad([40.0, -35, 30, -45, 0, 38, -42, 33])
    all_sums = []
    for sums in made(jumping({}, 0.1, 20), noise=0.2):
        band = np.arange(sums.means.shape[1])[None, :, None]
        by_baseline = (turn[sums.antenna1] - turn[sums.antenna2])[:, None, None]
        all_sums.append(sums._replace(means=sums.means * np.exp(1j * by_baseline * band)))
    sky(all_sums)
    assert metric_coherence.coherence("x", "", {}).value > 95.0
    assert metric_fringes.amplitude_antenna_ratio("x", "", {}).value < 1.1


@pytest.mark.parametrize(
    ("gain", "noise", "scans"),
    [
        (0.33, 0.1, set()),
        (0.33, 0.5, set()),
        (0.17, 0.1, {1, 2, 3}),
        (0.0, 0.1, {1, 2, 3}),
        (0.0, 1.5, {1, 2, 3}),
    ],
)
def test_an_antenna_that_has_lost_gain_has_fringes_and_one_without_has_none(
    gain: float, noise: float, scans: set[int], sky: Any
) -> None:
    sky(made(lambda a, scan, time, spw, hand: gain if a == 2 else 1.0, noise=noise, n_times=10))
    answer = metric_fringes.no_fringes("x", "", {})
    gone = {(each.place.antenna, each.place.scan) for each in answer.offenders if each.value > 5.0}
    assert gone == {("DV03", scan) for scan in scans}


@pytest.mark.parametrize("gain", [0.33, 0.0])
def test_what_is_left_of_its_amplitude_is_told_by_a_ratio(gain: float, sky: Any) -> None:
    sky(made(lambda a, scan, time, spw, hand: gain if a == 2 else 1.0, noise=0.1))
    ratio = metric_fringes.amplitude_antenna_ratio("x", "", {})
    assert ratio.offenders[0].place.antenna == "DV03" and ratio.value > 2.7


def test_a_step_counts_on_a_near_antenna_where_the_air_makes_as_much_on_a_far_one(sky: Any) -> None:
    rng = np.random.default_rng(2)
    air = np.cumsum(rng.uniform(-0.12, 0.12, (N, 4, 20)), axis=2)
    for who, named in ((4, {"DV05"}), (FAR, set())):
        step = np.zeros((N, 20))
        step[who, 10:] = 1.0
        gains = lambda a, scan, time, spw, hand, step=step: np.exp(1j * (air[a, scan, time] + step[a, time]))  # noqa: E731
        sky(made(gains))
        answer = metric_steps.phase_step("x", "", {})
        assert {each.place.antenna for each in answer.offenders if each.value > 30.0} == named


def in_air(turns: Any, snr: float = 100.0) -> Block:
    """Solutions with phases (integrations, antennas) in scans of six."""
    count = len(turns)
    scans = np.repeat(4 * np.arange(1, count // 6 + 1), 6)
    each = block(np.exp(1j * np.broadcast_to(turns, (2, 1, *turns.shape))), scans)
    time_s = np.repeat(START_S + 30.0 * scans + 6.0 * np.arange(count), N)
    return each._replace(time_s=time_s, snr=np.full(each.values.shape, snr))


@pytest.mark.parametrize("metric", ["phase_excess", "phase_scatter"])
def test_phases_within_scans_are_held_against_distance_and_the_other_antennas(
    metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(4)
    air = rng.uniform(-0.25, 0.25, (30, N))
    for who, named in ((FAR, set()), (4, {"DV05"})):
        turns = air.copy()
        turns[:, who] *= 5.5
        one = table(in_air(turns))._replace(positions_m=WHERE)
        monkeypatch.setattr(phases, "read_caltable", lambda folder, name, *kinds, one=one: one)
        answer = getattr(phases, metric)("x", "", {})
        assert {
            each.place.antenna for each in answer.offenders if each.place.antenna and each.value > 25.0
        } == named


def test_where_all_scatter_the_median_antenna_tells_and_none_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = np.random.default_rng(4).uniform(-1.7, 1.7, (30, N))
    monkeypatch.setattr(phases, "read_caltable", lambda folder, name, *kinds: table(in_air(turns)))
    answer = phases.phase_scatter("x", "", {})
    assert answer.value > 40.0 and {each.place.antenna for each in answer.offenders} == {""}


def test_an_amplitude_is_held_against_what_all_scatter_in_that_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five quiet scans and one in a gust: 18 % is much in the first, and nothing in the other."""
    rng = np.random.default_rng(6)
    gains = 1.0 + rng.uniform(-0.02, 0.02, (1, 1, 6, N))
    gains[:, :, 3] = 1.0 + rng.uniform(-0.12, 0.12, N)
    for scan, named in ((3, set()), (1, {(ANTENNAS[2], 8)})):
        spoiled = gains.copy()
        spoiled[:, :, scan, 2] = 0.82
        one = table(block(spoiled, (4, 8, 12, 16, 20, 24)))
        monkeypatch.setattr(amplitudes, "read_caltable", lambda folder, name, *kinds, one=one: one)
        answer = amplitudes.gain_scatter("x", "", {})
        assert {(e.place.antenna, e.place.scan) for e in answer.offenders if e.value > 10.0} == named
