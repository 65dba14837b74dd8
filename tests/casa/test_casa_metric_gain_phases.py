"""Numbers of phase gains: whose phase jumps, between which scans, and who only drifts with the air."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from casa_solutions import ANTENNAS, START_S, block, joined, table
from casapilot.steps.casa.caltable import Block, by_minutes
from casapilot.steps.casa.gains import Schedule
from casapilot.steps.casa.metrics import phases as metric_phases
from casapilot.steps.casa.metrics.answers import Answer
from hypothesis import given, settings
from hypothesis import strategies as st

N = len(ANTENNAS)
OR_AIR = metric_phases.OR_AIR
SCANS = (4, 8, 12, 16, 20)
TARGETS = {6: 0, 10: 1, 14: 2, 18: 3}
SCHEDULE = Schedule(
    {scan: START_S + 300.0 * gap + 60.0 for scan, gap in TARGETS.items()},
    {scan: START_S + 300.0 * gap + 200.0 for scan, gap in TARGETS.items()},
    dict.fromkeys(TARGETS, "OBSERVE_TARGET#ON_SOURCE"),
    dict.fromkeys(TARGETS, 2),
)


def drifting(seed: int = 1, *, spws: int = 1, field: int = 0) -> list[Block]:
    """Phases of eight antennas that drift by some degrees from scan to scan, alike in all spws and pols.

    Bounded, not normal: what holds for all examples cannot rest on how rare a tail is.
    """
    rng = np.random.default_rng(seed)

    def degrees(most: float, *shape: int) -> Any:
        return np.deg2rad(rng.uniform(-most, most, shape))

    slopes = degrees(9.0, 1, 1, 1, N) * np.arange(len(SCANS))[None, None, :, None]
    air = degrees(7.0, 1, 1, len(SCANS), N)
    offset = degrees(180.0, 2, 1, 1, N)
    made = []
    for n in range(spws):
        phases = offset + slopes + air + degrees(2.0, 2, 1, len(SCANS), N)
        fields = np.full(len(SCANS) * N, field)
        made.append(block(np.exp(1j * phases), SCANS, spw=17 + 2 * n, field=fields))
    return made


def turned(each: Block, antenna: int, after: int, degrees: float, pols: Any = slice(None)) -> Block:
    """The same with one antenna's phase turned in the scans after a number."""
    values = each.values.copy()
    rows = (each.antenna == antenna) & (each.scan > after)
    values[pols, :, rows] *= np.exp(1j * np.deg2rad(degrees))
    return each._replace(values=values)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Any:
    def put(metric: str, *blocks: Block, schedule: Schedule = SCHEDULE) -> Answer:
        monkeypatch.setattr(metric_phases, "read_caltable", lambda folder, name, *kinds: table(*blocks))
        monkeypatch.setattr(metric_phases, "read_schedule", lambda path: schedule)
        return getattr(metric_phases, metric)("x", "", {})

    return put


def places(answer: Answer, limit: float) -> list[tuple[str, int, str, int]]:
    return [each.place[:4] for each in answer.offenders if each.value > limit]


def test_a_jump_is_named_with_antenna_and_the_target_scan_in_between(measured: Any) -> None:
    blocks = [turned(each, 3, 8, 69.0) for each in drifting(spws=2)]
    answer = measured("gain_jump", *blocks)
    assert answer.value == pytest.approx(69.0, abs=15.0)
    assert places(answer, 40.0) == [("DV04", -1, "", 10)]
    assert answer.text.startswith("DV04 between scans 8 and 12 ")


def test_without_the_ms_the_scans_around_a_jump_are_named(measured: Any) -> None:
    answer = measured("gain_jump", *[turned(drifting()[0], 3, 8, 69.0)], schedule=Schedule({}, {}, {}, {}))
    assert places(answer, 40.0) == [("DV04", -1, "", 8), ("DV04", -1, "", 12)]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, N - 1), st.sampled_from(SCANS[:-1]), st.booleans())
def test_any_antenna_at_any_time_is_found_and_no_other(
    seed: int, antenna: int, after: int, is_up: bool
) -> None:
    blocks = [turned(each, antenna, after, 95.0 if is_up else -95.0) for each in drifting(seed, spws=2)]
    visits = next(metric_phases.visits_of(table(*blocks)))
    steps = [each for each in metric_phases._jumps(visits, list(range(len(SCANS) - 1))) if each.value > 40.0]
    assert [(each.antenna, each.before) for each in steps] == [(antenna, after)]


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_air_and_drifts_are_no_jumps(seed: int) -> None:
    visits = next(metric_phases.visits_of(table(*drifting(seed, spws=2))))
    assert not [
        each for each in metric_phases._jumps(visits, list(range(len(SCANS) - 1))) if each.value > 40.0
    ]


def test_in_air_in_which_all_antennas_jump_none_is_named(measured: Any) -> None:
    for seed in range(5):
        phases = np.deg2rad(np.random.default_rng(seed).uniform(-40.0, 40.0, (1, 1, len(SCANS), N)))
        assert measured("gain_jump", block(np.exp(1j * np.repeat(phases, 2, axis=0)), SCANS)).value == 0.0


def test_what_others_do_as_much_between_the_same_scans_is_the_air() -> None:
    each = drifting()[0]
    for other, degrees in enumerate((35.0, -30.0, 40.0, -45.0, 30.0)):
        each = turned(each, other, 12, degrees)
    for antenna, expected in ((5, [(5, 8)]), (6, [])):
        after = 8 if expected else 12
        visits = next(metric_phases.visits_of(table(turned(each, antenna, after, 75.0))))
        steps = [step for step in metric_phases._jumps(visits, [0, 1, 2, 3]) if step.value > 50.0]
        assert [(step.antenna, step.before) for step in steps] == expected


def test_a_phase_that_comes_back_may_be_the_air_and_one_that_stays_is_a_jump(measured: Any) -> None:
    stays = turned(drifting()[0], 3, 8, 80.0)
    assert OR_AIR not in measured("gain_jump", stays).text
    answer = measured("gain_jump", turned(stays, 3, 12, -75.0))
    assert answer.text.startswith("DV04 between scans 8 and 12 (or the air)")


@pytest.mark.parametrize("degrees", [80.0, 10.0])
def test_a_jump_that_another_source_does_not_show_may_be_the_air(degrees: float, measured: Any) -> None:
    phase, check = drifting(1)[0], drifting(2, field=3)[0]
    rare = (check.scan == 4) | (check.scan == 16)
    seen = turned(check._replace(time_s=check.time_s - 50.0, scan=check.scan - 1), 3, 8, degrees)
    arrays = {
        name: getattr(seen, name)[..., rare]
        for name in ("values", "flags", "antenna", "scan", "field", "time_s", "snr", "reference")
    }
    answer = measured("gain_jump", joined(turned(phase, 3, 8, 80.0), seen._replace(**arrays)))
    assert places(answer, 40.0) == [("DV04", -1, "", 10)]
    assert (OR_AIR in answer.text) == (degrees < 40.0)


def test_a_steady_drift_is_no_jump_however_fast(measured: Any) -> None:
    each = drifting()[0]
    values = each.values.copy()
    number = np.searchsorted(SCANS, each.scan)
    values *= np.where(each.antenna == 2, np.exp(1j * np.deg2rad(80.0) * number), 1.0)
    assert not places(measured("gain_jump", each._replace(values=values)), 40.0)
    stability = measured("phase_stability", each._replace(values=values))
    assert stability.value == pytest.approx(80.0, abs=15.0) and places(stability, 50.0) == [
        ("DV03", -1, "", -1)
    ]


def test_a_jump_of_the_reference_antenna_is_nobodys_else(measured: Any) -> None:
    each = drifting()[0]
    values = each.values.copy()
    values[..., (each.scan > 12) & (each.antenna != 0)] *= np.exp(1j * np.deg2rad(100.0))
    answer = measured("gain_jump", each._replace(values=values))
    assert places(answer, 40.0) == [("DA41", -1, "", 14)]


def test_a_jump_of_one_polarisation_of_one_spw_is_named_so(measured: Any) -> None:
    blocks = drifting(spws=4)
    blocks[2] = turned(blocks[2], 5, 12, 90.0, pols=1)
    assert places(measured("gain_jump", *blocks), 40.0) == [("DV06", 21, "Y", 14)]


def test_two_calibrators_narrow_the_time_of_a_jump(measured: Any) -> None:
    phase, check = drifting(1)[0], drifting(2, field=3)[0]
    later = check._replace(time_s=check.time_s + 100.0, scan=check.scan + 1)
    schedule = SCHEDULE._replace(
        start_s={**SCHEDULE.start_s, 22: START_S + 330.0, 23: START_S + 560.0},
        end_s={**SCHEDULE.end_s, 22: START_S + 380.0, 23: START_S + 580.0},
        intents={**SCHEDULE.intents, 22: "OBSERVE_TARGET", 23: "OBSERVE_TARGET"},
    )
    block_ = joined(turned(phase, 3, 8, 80.0), turned(later, 3, 9, 80.0))
    answer = measured("gain_jump", block_, schedule=schedule)
    assert {place[3] for place in places(answer, 40.0)} == {10, 23}
    assert "between scans 9 and 12" in answer.text


def test_gaps_with_shorter_ones_of_another_field_inside_do_not_count(measured: Any) -> None:
    phase, check = drifting(1)[0], drifting(2, field=3)[0]
    rare = (check.scan == 4) | (check.scan == 20)
    arrays = {
        name: getattr(check, name)[..., rare]
        for name in ("values", "flags", "antenna", "scan", "field", "time_s", "snr", "reference")
    }
    seldom = turned(check._replace(**arrays), 6, 8, 120.0)
    assert not places(measured("gain_jump", joined(phase, seldom)), 40.0)


def test_without_scans_solutions_nearer_than_a_minute_are_of_one_visit() -> None:
    starts, number = by_minutes(np.array([250.0, 0.0, 50.0, 100.0, 200.0, 500.0]))
    assert starts.tolist() == [0.0, 200.0, 500.0] and number.tolist() == [1, 0, 0, 0, 1, 2]
    assert [len(each) for each in by_minutes(np.zeros(0))] == [0, 0]


def test_one_solution_makes_no_jump(measured: Any) -> None:
    answer = measured("gain_jump", block(np.ones((1, 1, 1, N))))
    assert (answer.value, answer.offenders) == (0.0, ())


def integrations(seed: int = 1, snr: float = 100.0, reference_deg: float = 0.0) -> Block:
    """Three scans of eight integrations: slow air, and what the reference antenna does to all others."""
    rng = np.random.default_rng(seed)
    times = 24
    slow = np.deg2rad(20.0) * np.cumsum(0.1 * rng.standard_normal((1, 1, times, N)), axis=2)
    common = np.deg2rad(reference_deg) * rng.standard_normal((1, 1, times, 1)) * (np.arange(N) > 0)
    noise = rng.standard_normal((2, 1, times, N)) / snr
    scans = np.repeat((4, 8, 12), 8)
    each = block(np.exp(1j * (slow + common + noise)), scans)
    return each._replace(
        time_s=np.repeat(START_S + 30.0 * scans + 6.0 * np.arange(times), N),
        snr=np.full(each.values.shape, snr),
    )


def test_phases_that_jump_at_random_within_scans_are_one_antennas(measured: Any) -> None:
    each = integrations()
    rng = np.random.default_rng(5)
    values = each.values.copy()
    rows = (each.antenna == 4) & (each.scan != 8)
    values[..., rows] *= np.exp(1j * rng.uniform(-1.5, 1.5, int(rows.sum())))
    answer = measured("phase_excess", each._replace(values=values))
    assert {place[0] for place in places(answer, 20.0)} == {"DV05"}
    assert {place[3] for place in places(answer, 20.0)} == {4, 12}
    assert answer.value == pytest.approx(45.0, abs=20.0)


def test_what_the_reference_antenna_does_is_its_own_excess_and_noise_is_nobodys(measured: Any) -> None:
    answer = measured("phase_excess", integrations(reference_deg=40.0))
    assert {place[0] for place in places(answer, 20.0)} == {"DA41"}
    assert measured("phase_scatter", integrations(reference_deg=40.0)).value > 30.0
    assert measured("phase_excess", integrations()).value < 5.0
    assert measured("phase_excess", integrations(snr=4.0)).value < 20.0


def test_one_solution_a_scan_has_no_scatter(measured: Any) -> None:
    for metric in ("phase_scatter", "phase_excess"):
        assert measured(metric, *drifting()).value == 0.0


def test_x_minus_y_that_moves_is_found_and_air_is_not(measured: Any) -> None:
    assert measured("xy_phase", *drifting(spws=2)).value < 3.0
    blocks = drifting(spws=2)
    blocks[1] = turned(blocks[1], 6, 12, 60.0, pols=0)
    answer = measured("xy_phase", *blocks)
    assert places(answer, 20.0) == [("DV07", 19, "", -1)]
    together = block(np.ones((1, 1, len(SCANS), N)), SCANS)
    assert measured("xy_phase", together).text == "it was solved for both polarisations together"


def test_an_antenna_that_stands_in_for_the_reference_is_named_with_its_scan(measured: Any) -> None:
    each = drifting()[0]
    assert measured("reference_changes", each).text == "DA41 all the time"
    reference = np.where(each.scan == 12, 5, 0)
    reference[each.scan == 20] = -1
    answer = measured("reference_changes", each._replace(reference=reference))
    assert answer.value == 1.0 and answer.text == "DV06 in scan 12 in place of DA41"
    assert places(answer, 0.0) == [("DV06", -1, "", 12)]
    assert "does not tell" in measured("reference_changes", each._replace(reference=None)).text
