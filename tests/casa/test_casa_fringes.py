"""Who has no fringes, whose phases do not stay, who jumps, who is noisy: on visibilities made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from casa_visibilities import ANTENNAS, NAMES, flagged, made, one
from casapilot.steps.casa import scan_averages
from casapilot.steps.casa.metrics import coherence, flags, fringes, signal, steps, visibilities
from casapilot.steps.casa.metrics import noise as metric_noise
from casapilot.steps.casa.metrics.answers import Answer, Place
from casapilot.steps.errors import CasaError
from hypothesis import example, given, settings
from hypothesis import strategies as st

MODULES = (
    flags,
    fringes,
    metric_noise,
    signal,
    steps,
    visibilities,
    scan_averages,
)


@pytest.fixture
def sky(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have the metrics read what is given."""
    return lambda all_sums: put(monkeypatch, all_sums)


def put(monkeypatch: pytest.MonkeyPatch, all_sums: Any) -> None:
    asked = type("A", (), {"path": "", "name": "x", "column": ""})
    for module in MODULES:
        replacements = {
            "ask": lambda of, folder: asked,
            "read_names": lambda path: NAMES,
            "read_selected": lambda asked, names: all_sums,
            "read_unflagged": lambda asked, names: all_sums,
            "derived": lambda path, name, column, names, make: make(all_sums),
        }
        for name, replacement in replacements.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, replacement)


def bad(answer: Answer, limit: float) -> set[Place]:
    return {each.place for each in answer.offenders if each.value > limit}


def resolved(field: int, uv_m: float) -> float:
    """A target of 0.3 Jy that is gone on the longest baselines; calibrators are points."""
    return 0.3 * float(np.exp(-((uv_m / 150.0) ** 2))) if field else 1.0


SHORTEST_M, *PAIR = min(
    zip(made(n_times=1)[0].uv_m, made(n_times=1)[0].antenna1, made(n_times=1)[0].antenna2, strict=True)
)


def on_target(scan: int) -> int:
    return 0 if scan == 1 else 1


def test_an_antenna_without_fringes_in_a_scan_of_a_faint_resolved_target_is_named(sky: Any) -> None:
    gains = lambda a, scan, time, spw, hand: 0.0 if (a, scan) == (3, 2) else 1.0  # noqa: E731
    sky(made(gains, noise=0.15, field=on_target, jansky=resolved))
    answer = fringes.no_fringes("x", "", {})
    assert bad(answer, 5.0) == {Place("DV04", scan=2, field="target")}
    assert answer.value == 100.0 and answer.text == "DV04 scan 2 100 %"
    sky(made(noise=0.15, field=on_target, jansky=resolved))
    assert fringes.no_fringes("x", "", {})[:3] == (0.0, "%", "all have fringes")


def test_one_polarisation_without_fringes_is_told_with_its_spw(sky: Any) -> None:
    sky(made(lambda a, scan, time, spw, hand: 0.1 if (a, scan, spw, hand) == (5, 3, 19, 1) else 1.0))
    answer = fringes.no_fringes("x", "", {})
    assert bad(answer, 5.0) == {Place("DV06", 19, "YY", 3, "J1")}


def test_an_antenna_that_comes_late_is_told_with_the_part_it_missed(sky: Any) -> None:
    sky(made(lambda a, scan, time, spw, hand: 0.0 if (a, scan) == (2, 2) and time < 8 else 1.0))
    answer = fringes.no_fringes("x", "", {})
    assert answer.value == pytest.approx(40.0, abs=6.0)
    assert bad(answer, 5.0) == {Place("DV03", scan=2, field="J1")}


def mosaic(gains: Any) -> Any:
    """Four pointings of a target, five integrations of each in every scan."""
    found = []
    for sums in made(gains, field=lambda scan: 1):
        field = 1 + ((sums.time_s % 1000.0) // 30.0).astype(int)
        order = np.lexsort((sums.time_s, sums.antenna2, sums.antenna1, field, sums.scan))
        found.append(sums._replace(field=field).where(order))
    return found


def test_where_a_pointing_has_nothing_for_an_antenna_in_all_scans_it_is_not_gone(
    sky: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = NAMES._replace(fields=["J1", *["target"] * 4])
    resolved_out = lambda a, scan, time, spw, hand: 0.3 if a == 2 and 5 <= time < 10 else 1.0  # noqa: E731
    sky(mosaic(resolved_out))
    monkeypatch.setattr(fringes, "read_names", lambda path: names)
    assert fringes.no_fringes("x", "", {}).value == 0.0
    late = lambda a, scan, time, spw, hand: 0.0 if (a, scan) == (2, 2) and time < 5 else 1.0  # noqa: E731
    sky(mosaic(late))
    monkeypatch.setattr(fringes, "read_names", lambda path: names)
    answer = fringes.no_fringes("x", "", {})
    assert bad(answer, 5.0) == {Place("DV03", scan=2, field="target")} and 15.0 < answer.value < 35.0


def test_an_antenna_that_never_has_fringes_is_named_in_every_scan(sky: Any) -> None:
    sky(made(lambda a, scan, time, spw, hand: 0.0 if a == 1 else 1.0))
    found = bad(fringes.no_fringes("x", "", {}), 5.0)
    assert found == {Place("DA42", scan=scan, field="J1") for scan in (1, 2, 3)}


def test_noise_alone_is_no_dead_antenna(sky: Any) -> None:
    sky(made(noise=60.0))
    with pytest.raises(CasaError, match="too faint"):
        fringes.no_fringes("x", "", {})


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), who=st.integers(0, 7), scan=st.integers(1, 3))
@example(seed=14506, who=2, scan=1)
def test_whoever_is_dead_is_named_and_nobody_else(seed: int, who: int, scan: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        gains = lambda a, s, t, spw, hand: 0.0 if (a, s) == (who, scan) else 1.0  # noqa: E731
        put(patch, made(gains, noise=0.3, seed=seed))
        found = bad(fringes.no_fringes("x", "", {}), 5.0)
        assert found == {Place(ANTENNAS[who], scan=scan, field="J1")}


def test_phases_that_jump_at_random_take_coherence_but_not_fringes(sky: Any) -> None:
    rng = np.random.default_rng(5)
    turns = np.exp(1j * rng.normal(0.0, 1.2, (4, 20)))
    sky(made(lambda a, scan, time, spw, hand: turns[scan, time] if a == 4 else 1.0))
    answer = coherence.coherence("x", "", {})
    low = {each.place.antenna for each in answer.offenders if each.value < 80.0}
    assert low == {"DV05"} and answer.value == min(each.value for each in answer.offenders)
    assert fringes.no_fringes("x", "", {}).value == 0.0
    sky(made())
    assert coherence.coherence("x", "", {}).value > 97.0


def test_a_drifting_phase_is_coherent(sky: Any) -> None:
    sky(made(lambda a, scan, time, spw, hand: np.exp(0.1j * time) if a == 4 else 1.0))
    assert coherence.coherence("x", "", {}).value > 95.0


def test_an_amplitude_that_is_off_is_named_with_scan_spw_and_polarisation(sky: Any) -> None:
    sky(made(lambda a, scan, time, spw, hand: 2.0 if (a, scan, spw, hand) == (6, 2, 17, 0) else 1.0))
    answer = fringes.amplitude_antenna_ratio("x", "", {})
    assert answer.value == pytest.approx(2.0, rel=0.05)
    assert answer.text.startswith("DV07 spw 17 XX scan 2 high by 2.0")
    assert bad(answer, 1.5) == {Place("DV07", 17, "XX", 2, "J1")}
    sky(made(lambda a, scan, time, spw, hand: 0.0 if (a, scan) == (6, 2) else 1.0, noise=0.001))
    assert fringes.amplitude_antenna_ratio("x", "", {}).value > 20.0


def test_a_first_integration_at_half_the_power_is_found_and_a_flagged_one_is_passed_over(sky: Any) -> None:
    quacking = made(lambda a, scan, time, spw, hand: 0.55**0.5 if time == 0 and scan == 2 else 1.0)
    sky(quacking)
    answer = fringes.quack("x", "", {})
    assert answer.value == pytest.approx(45.0, abs=1.5)
    assert answer.text.startswith("scan 2 first integration 4") and bad(answer, 10.0) == {
        Place(scan=2, field="J1")
    }
    sky(flagged(quacking, lambda sums: sums.time_s % 1000.0 < 3.0))
    assert fringes.quack("x", "", {}).value < 3.0


def test_one_antenna_that_leaves_early_is_named(sky: Any) -> None:
    sky(made(lambda a, scan, time, spw, hand: 0.3 if (a, scan, time) == (7, 1, 19) else 1.0))
    answer = fringes.quack("x", "", {})
    assert Place("PM01", scan=1, field="J1") in bad(answer, 10.0)
    assert answer.text.startswith("PM01 scan 1 last integration")


def test_a_scan_of_three_integrations_says_nothing_of_the_first(sky: Any) -> None:
    sky(made(n_times=3))
    with pytest.raises(CasaError, match="no scan is long and bright enough"):
        fringes.quack("x", "", {})


@pytest.mark.parametrize("metric", ["phase_step", "amplitude_step"])
def test_a_jump_within_a_scan_of_a_resolved_target_is_named(metric: str, sky: Any) -> None:
    after = np.exp(1.2j) if metric == "phase_step" else 0.6
    gains = lambda a, scan, time, spw, hand: after if (a, scan) == (2, 3) and time >= 9 else 1.0  # noqa: E731
    sky(made(gains, noise=0.1, field=on_target, jansky=resolved))
    answer = getattr(steps, metric)("x", "", {})
    size = {"phase_step": np.degrees(1.2), "amplitude_step": 40.0}[metric]
    assert answer.value == pytest.approx(size, rel=0.15)
    assert bad(answer, 0.3 * size) == {Place("DV03", scan=3, field="target")}
    other = {"phase_step": "amplitude_step", "amplitude_step": "phase_step"}[metric]
    assert getattr(steps, other)("x", "", {}).value < 15.0


def test_neither_a_drift_nor_noise_is_a_jump(sky: Any) -> None:
    sky(made(lambda a, scan, time, spw, hand: np.exp(0.08j * time) if a == 2 else 1.0, noise=0.2))
    assert steps.phase_step("x", "", {}).value < 10.0
    assert steps.amplitude_step("x", "", {}).value < 10.0


def test_an_antenna_with_four_times_the_noise_power_is_named_with_its_polarisation(sky: Any) -> None:
    noisy = made(noise=lambda i, j: 0.1 * 2.0 ** ((i == 5) + (j == 5)))
    sky([sums._replace(noise=sums.noise * [1.0, 1.0]) for sums in noisy])
    answer = metric_noise.noise_antenna_ratio("x", "", {})
    assert answer.value == pytest.approx(4.0, rel=0.01)
    assert {place.antenna for place in bad(answer, 2.0)} == {"DV06"}
    one_hand = [
        each._replace(noise=np.stack([each.noise[:, 0], np.full(len(each.noise), 0.1)], 1)) for each in noisy
    ]
    sky(one_hand)
    assert {place.pol for place in bad(metric_noise.noise_antenna_ratio("x", "", {}), 2.0)} == {"XX"}


def test_a_small_dish_is_as_noisy_as_its_size_allows(sky: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    small = NAMES._replace(dishes_m=np.array([7.0] + [12.0] * 7))
    area = (12.0 / 7.0) ** 2
    sky(made(noise=lambda i, j: 0.1 * (area**0.5 if 0 in (i, j) else 1.0)))
    monkeypatch.setattr(metric_noise, "read_names", lambda path: small)
    assert metric_noise.noise_antenna_ratio("x", "", {}).value == pytest.approx(1.0, abs=0.01)


def test_the_phase_rms_is_about_zero_and_the_antenna_is_named(sky: Any) -> None:
    turn = np.exp(1j * np.deg2rad(20.0))
    sky(made(lambda a, scan, time, spw, hand: turn if a == 4 else 1.0, noise=0.001))
    answer = visibilities.phase_rms("x", "", {})
    assert answer.value == pytest.approx(np.sqrt(20.0**2 * 7 / 28), rel=0.01)
    assert answer.text.startswith("DV05 spw 1") and " 20.0 deg, then DV05 spw " in answer.text
    assert {place.antenna for place in bad(answer, 10.0)} == {"DV05"}


def test_phases_that_all_antennas_have_are_told_and_nobodys(sky: Any) -> None:
    sky(made(lambda a, scan, time, spw, hand: np.exp(1j * np.deg2rad(20.0 * (-1) ** a)), noise=0.001))
    answer = visibilities.phase_rms("x", "", {})
    assert answer.value > 20.0 and not bad(answer, 0.0)


def test_what_noise_makes_of_a_phase_is_nobodys(sky: Any) -> None:
    sky(made(noise=4.0))
    answer = visibilities.phase_rms("x", "", {})
    assert answer.value > 5.0 and not bad(answer, 20.0)


def test_an_amplitude_scan_by_scan_is_told_against_the_fields_own(sky: Any) -> None:
    gains = lambda a, scan, time, spw, hand: 1.3 if (a, scan) == (1, 3) else 1.0  # noqa: E731
    sky(made(gains, noise=0.01, field=on_target, jansky=lambda field, uv_m: 1.0 + 4.0 * field))
    answer = visibilities.amplitude_rms("x", "", {})
    assert {(place.antenna, place.scan) for place in bad(answer, 15.0)} == {("DA42", 3)}
    assert answer.value < 12.0


def test_coherence_is_what_phases_take_from_the_vector_average(sky: Any) -> None:
    rng = np.random.default_rng(2)
    phases = np.exp(1j * rng.normal(0.0, 0.5, (8, 4)))
    sky(made(lambda a, scan, time, spw, hand: phases[a, scan], noise=0.2))
    assert 60.0 < visibilities.scan_coherence("x", "", {}).value < 95.0
    sky(made(noise=0.2))
    assert visibilities.scan_coherence("x", "", {}).value > 99.0


def test_amplitudes_that_fall_with_distance_are_told_by_how_much(sky: Any) -> None:
    sky(made(noise=0.01, jansky=lambda field, uv_m: float(np.exp(-uv_m / 600.0))))
    answer = visibilities.uv_fall("x", "", {})
    lengths = made()[0].uv_m
    assert answer.value == pytest.approx(100.0 * (1.0 - np.exp(-np.ptp(lengths) / 600.0)), rel=0.1)
    sky(made(noise=0.01))
    assert abs(visibilities.uv_fall("x", "", {}).value) < 2.0


def test_the_vector_average_is_the_flux_density_of_a_point(sky: Any) -> None:
    sky(made(jansky=lambda field, uv_m: 0.42))
    answer = visibilities.vector_flux("x", "", {})
    assert answer.value == pytest.approx(0.42, rel=0.02) and answer.unit == "Jy"


def test_who_is_flagged_completely_is_counted_once_by_the_largest_that_is_lost(sky: Any) -> None:
    def gone(sums: Any) -> Any:
        has = lambda n: (sums.antenna1 == n) | (sums.antenna2 == n)  # noqa: E731
        return has(7) | (has(3) & (sums.scan == 2))

    sky(flagged(made(), gone))
    answer = flags.fully_flagged("x", "", {})
    assert answer.value == 2.0 and answer.text == "PM01, DV04 scan 2"
    assert [each.place for each in answer.offenders] == [Place("PM01"), Place("DV04", scan=2)]
    sky(made())
    assert flags.fully_flagged("x", "", {}).value == 0.0


@pytest.mark.parametrize("metric", ["phase_rms", "amplitude_rms", "vector_flux"])
def test_where_all_is_flagged_that_is_said(metric: str, sky: Any) -> None:
    sky(flagged(made(one), lambda sums: np.ones(len(sums.scan), bool)))
    with pytest.raises(CasaError, match="unflagged"):
        getattr(visibilities, metric)("x", "", {})


def test_whose_baselines_lack_the_signal_of_other_scans_is_named_on_a_source_too_faint_for_fringes(
    sky: Any,
) -> None:
    gains = lambda a, scan, time, spw, hand: 0.0 if (a, scan) == (3, 2) else 1.0  # noqa: E731
    faint = {"noise": 0.6, "field": on_target, "jansky": resolved, "scans": (1, 2, 3, 4)}
    sky(made(gains, **faint))
    answer = signal.no_signal("x", "", {})
    assert bad(answer, 5.0) == {Place("DV04", scan=2, field="target")} and answer.value == 100.0
    sky(made(**faint))
    assert signal.no_signal("x", "", {})[:3] == (0.0, "%", "all see the source")


def near(field: int, uv_m: float) -> float:
    """A target that is bright between the two nearest antennas only."""
    return (1.0 if uv_m < SHORTEST_M + 1.0 else 0.08) if field else 1.0


def test_who_shares_its_one_strong_baseline_with_an_antenna_without_signal_is_not_named(sky: Any) -> None:
    for dead in PAIR:
        gains = lambda a, scan, time, spw, hand: 0.0 if (a, scan) == (dead, 2) else 1.0  # noqa: B023, E731
        sky(made(gains, noise=0.05, field=on_target, jansky=near, scans=(1, 2, 3, 4)))
        assert bad(signal.no_signal("x", "", {}), 5.0) == {Place(ANTENNAS[dead], scan=2, field="target")}
    gains = lambda a, scan, time, spw, hand: 0.0 if a in PAIR and scan == 2 else 1.0  # noqa: E731
    sky(made(gains, noise=0.05, field=on_target, jansky=near, scans=(1, 2, 3, 4)))
    found = bad(signal.no_signal("x", "", {}), 5.0)
    assert {place.antenna for place in found} == {ANTENNAS[n] for n in PAIR}


def test_a_phase_that_turns_in_a_scan_is_no_missing_signal_and_a_loss_of_a_third_is_none(sky: Any) -> None:
    turned = lambda a, scan, time, spw, hand: -1.0 if (a, scan) == (3, 2) and time > 9 else 1.0  # noqa: E731
    sky(made(turned, noise=0.3))
    assert signal.no_signal("x", "", {}).value == 0.0
    sky(made(lambda a, scan, time, spw, hand: 0.65 if (a, scan) == (3, 2) else 1.0, noise=0.6))
    assert signal.no_signal("x", "", {}).value == 0.0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), noise=st.floats(0.1, 30.0))
@example(seed=8130, noise=20.0)
def test_noise_never_makes_a_signal_missing(seed: int, noise: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        put(patch, made(noise=noise, seed=seed))
        try:
            assert signal.no_signal("x", "", {}).value == 0.0
        except CasaError as error:
            assert "bright enough" in str(error)


def test_a_source_of_one_scan_has_nothing_to_be_compared_with(sky: Any) -> None:
    sky(made(scans=(1,)))
    with pytest.raises(CasaError, match="two scans"):
        signal.no_signal("x", "", {})
