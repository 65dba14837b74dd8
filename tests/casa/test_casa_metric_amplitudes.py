"""Numbers of amplitude gains, their signal to noise, and the solutions that failed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from casa_solutions import ANTENNAS, START_S, block, joined, table
from casapilot.steps.casa.caltable import Block
from casapilot.steps.casa.gains import Schedule, read_schedule
from casapilot.steps.casa.metrics import amplitudes, solutions
from casapilot.steps.casa.metrics import snr as metric_snr
from casapilot.steps.casa.metrics.answers import Answer, NothingToTell
from casapilot.steps.errors import CasaError
from hypothesis import given, settings
from hypothesis import strategies as st

N = len(ANTENNAS)
SCANS = (4, 8, 12, 16, 20)
SCHEDULE = Schedule({14: START_S + 660.0}, {14: START_S + 800.0}, {14: "OBSERVE_TARGET"}, {14: 2})


def gains(
    seed: int = 1, *, spws: int = 1, field: int = 0, noise: float = 0.005, pols: int = 1
) -> list[Block]:
    """Amplitudes that drift by a per cent or two; clouds move all alike."""
    rng = np.random.default_rng(seed)
    level = 0.1 * (1.0 + 0.05 * rng.standard_normal((pols, 1, 1, N)))
    clouds = 1.0 + 0.04 * rng.standard_normal((1, 1, len(SCANS), 1))
    drift = 1.0 + 0.01 * rng.standard_normal((1, 1, 1, N)) * np.arange(len(SCANS))[:, None]
    fields = np.full(len(SCANS) * N, field)
    made = []
    for n in range(spws):
        wiggle = 1.0 + noise * rng.standard_normal((pols, 1, len(SCANS), N))
        values = level * clouds * drift * wiggle
        snr = np.full((pols, 1, len(SCANS) * N), 1.0 / noise)
        made.append(block(values + 0j, SCANS, spw=17 + 2 * n, field=fields, snr=snr))
    return made


def scaled(each: Block, factor: float, rows: Any, pols: Any = slice(None)) -> Block:
    values = each.values.copy()
    values[pols, :, rows] *= factor
    return each._replace(values=values)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Any:
    def put(metric: str, *blocks: Block, schedule: Schedule = SCHEDULE, **results: Any) -> Answer:
        module = next(each for each in (amplitudes, metric_snr, solutions) if hasattr(each, metric))
        monkeypatch.setattr(module, "read_caltable", lambda folder, name, *kinds: table(*blocks))
        monkeypatch.setattr(module, "read_schedule", lambda path: schedule, raising=False)
        return getattr(module, metric)("x", "", results)

    return put


def places(answer: Answer, limit: float) -> list[tuple[str, int, str, int]]:
    return [each.place[:4] for each in answer.offenders if each.value > limit]


def test_a_step_is_named_with_antenna_and_the_target_scan_in_between(measured: Any) -> None:
    blocks = [scaled(each, 0.6, (each.antenna == 6) & (each.scan > 12)) for each in gains(spws=3)]
    answer = measured("gain_amp_jump", *blocks)
    assert answer.value == pytest.approx(40.0, abs=4.0) and places(answer, 15.0) == [("DV07", -1, "", 14)]
    assert answer.text.startswith("DV07 between scans 12 and 16 ")
    around = measured("gain_amp_jump", *blocks, schedule=Schedule({}, {}, {}, {}))
    assert {place[3] for place in places(around, 15.0)} == {12, 16}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, N - 1), st.sampled_from(SCANS[:-1]), st.booleans())
def test_any_step_at_any_time_is_found_and_no_other(seed: int, antenna: int, after: int, is_up: bool) -> None:
    factor = 1.0 / 0.6 if is_up else 0.6
    blocks = [
        scaled(each, factor, (each.antenna == antenna) & (each.scan > after))
        for each in gains(seed, spws=2, noise=0.02)
    ]
    visits = next(amplitudes.visits_of(table(*blocks)))
    steps = list(amplitudes._jumps(visits, list(range(len(SCANS) - 1))))
    assert [(each.antenna, each.before) for each in steps if each.value > 15.0] == [(antenna, after)]


def test_clouds_and_a_single_bad_scan_are_no_steps(measured: Any) -> None:
    assert not places(measured("gain_amp_jump", *gains()), 15.0)
    each = gains()[0]
    once = scaled(each, 0.7, (each.antenna == 2) & (each.scan == 12))
    assert not places(measured("gain_amp_jump", once), 15.0)
    assert places(measured("gain_scatter", once), 10.0) == [("DV03", 17, "", 12)]


def test_a_step_of_one_polarisation_of_one_spw_is_named_so(measured: Any) -> None:
    blocks = gains(spws=3, pols=2)
    blocks[1] = scaled(blocks[1], 0.5, (blocks[1].antenna == 5) & (blocks[1].scan > 12), 0)
    assert places(measured("gain_amp_jump", *blocks), 20.0) == [("DV06", 19, "X", 14)]


def test_gains_are_compared_with_their_own_field_only(measured: Any) -> None:
    strong, weak = gains(1)[0], scaled(gains(2, field=3)[0], 2.0, slice(None))
    each = scaled(joined(strong, weak), 1.3, slice(2, 3))
    answer = measured("gain_scatter", each)
    assert places(answer, 15.0) == [("DV03", 17, "", 4)]


def test_noise_is_no_deviation_but_clouds_of_all_are(measured: Any) -> None:
    assert measured("gain_scatter", *gains(noise=0.05)).value == 0.0
    each = gains()[0]
    dark = scaled(each, 0.7, each.scan == 16)
    assert {place[0] for place in places(measured("gain_scatter", dark), 15.0)} == set(ANTENNAS)


def test_a_loss_in_a_scan_in_which_others_lose_too_is_the_air(measured: Any) -> None:
    each = gains(noise=0.005)[0]
    there = each.scan == 12
    lost = scaled(each, 0.75, there & (each.antenna == 2))
    assert {place[0] for place in places(measured("gain_scatter", lost), 10.0)} == {"DV03"}
    for other in (1, 4):
        lost = scaled(lost, 0.93, there & (each.antenna == other))
    assert not places(measured("gain_scatter", lost), 10.0)


def test_an_antenna_that_has_lost_half_its_gain_is_named(measured: Any) -> None:
    each = gains()[0]
    answer = measured("gain_level", scaled(each, 0.4, each.antenna == 1))
    assert answer.value == pytest.approx(60.0, abs=5.0) and places(answer, 50.0) == [("DA42", 17, "", -1)]
    assert measured("gain_level", each).value < 15.0


def test_gains_that_differ_on_one_field_are_named_with_it(measured: Any) -> None:
    fields = [gains(n, field=n)[0] for n in (1, 2, 3)]
    same = [fields[0]._replace(values=each.values * 0 + fields[0].values * (n + 1), field=each.field)
            for n, each in enumerate(fields)]  # fmt: skip
    assert measured("gain_field", joined(*same)).value < 3.0
    same[2] = scaled(same[2], 1.25, same[2].antenna == 3)
    answer = measured("gain_field", joined(*same))
    assert answer.value == pytest.approx(25.0, abs=3.0)
    worst = answer.offenders[0].place
    assert (worst.antenna, worst.field) == ("DV04", "field 3") and len(places(answer, 12.0)) == 1
    assert measured("gain_field", fields[0]).text == "there is one field only"


def test_the_ratio_of_x_to_y_is_steady_where_both_move_alike(measured: Any) -> None:
    blocks = gains(spws=2, pols=2)
    assert measured("xy_amplitude", *blocks).value < 2.0
    blocks[0] = scaled(blocks[0], 0.7, (blocks[0].antenna == 4) & (blocks[0].scan > 12), 1)
    assert places(measured("xy_amplitude", *blocks), 10.0) == [("DV05", 17, "", -1)]
    assert "together" in measured("xy_amplitude", *gains()).text


# -- signal to noise -----------------------------------------------------------------------------------


def below(answer: Answer, limit: float) -> set[tuple[str, int, str]]:
    return {each.place[:3] for each in answer.offenders if each.value < limit}


def test_a_noisy_polarisation_and_a_noisy_antenna_are_named(measured: Any) -> None:
    blocks = gains(spws=2, pols=2)
    for each in blocks:
        each.snr[1, :, each.antenna == 3] *= 0.5
        each.snr[:, :, each.antenna == 6] *= 0.65
    answer = measured("solution_snr_ratio", *blocks)
    assert answer.value == pytest.approx(0.5, abs=0.05)
    noisy = {("DV04", spw, "Y") for spw in (17, 19)} | {
        ("DV07", spw, pol) for spw in (17, 19) for pol in "XY"
    }
    assert below(answer, 0.8) == noisy


def test_weak_windows_and_fields_are_named_but_not_check_sources(measured: Any) -> None:
    phase, check = gains(field=1, noise=0.05)[0], gains(field=3, noise=0.2)[0]
    weak = gains(field=1, noise=0.125)[0]._replace(spw=19)
    intents = {4: "CALIBRATE_PHASE#ON_SOURCE", 5: "OBSERVE_CHECK_SOURCE#ON_SOURCE"}
    schedule = Schedule({4: 0.0, 5: 1.0}, {4: 1.0, 5: 2.0}, intents, {4: 1, 5: 3})
    answer = measured("solution_snr", joined(phase, check), weak, schedule=schedule)
    assert answer.value == pytest.approx(8.0) and below(answer, 10.0) == {("", 19, "")}
    assert answer.text == "field 1 spw 19 8, field 1 spw 17 20"
    untold = measured("solution_snr", joined(phase, check), weak, schedule=Schedule({}, {}, {}, {}))
    assert untold.text.startswith("field 3 spw 17 5, ")


def test_only_windows_much_narrower_than_the_widest_are_held_against_their_own_limit(
    measured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = gains(spws=2, noise=0.05)
    monkeypatch.setattr(metric_snr, "widths_hz", lambda path: {17: 1.9e9, 19: 15e6})
    answer = measured("narrow_window_snr", *blocks)
    assert answer.value == pytest.approx(20.0) and [each.place.spw for each in answer.offenders] == [19]
    monkeypatch.setattr(metric_snr, "widths_hz", lambda path: {17: 1.9e9, 19: 58e6})
    with pytest.raises(NothingToTell):
        measured("narrow_window_snr", *blocks)


def test_a_table_without_signal_to_noise_says_so(measured: Any) -> None:
    each = gains()[0]._replace(snr=None)
    for metric in ("solution_snr", "solution_snr_ratio", "scans_unsolved"):
        with pytest.raises(CasaError, match="has no signal to noise"):
            measured(metric, each)


# -- solutions that failed -----------------------------------------------------------------------------


def failed(snr: float) -> Block:
    """One antenna without a solution in one scan."""
    each = gains(pols=2)[0]
    rows = (each.antenna == 2) & (each.scan == 8)
    each.flags[:, :, rows] = True
    each.snr[:, :, rows] = snr
    return each


def test_a_scan_without_a_solution_counts_where_there_was_something_to_solve_for(measured: Any) -> None:
    answer = measured("scans_unsolved", failed(1.5))
    assert answer.value == 1.0 and places(answer, 0.0) == [("DV03", 17, "", 8)]
    assert answer.text == "DV03 spw 17 scan 8; expected 40, attempted 40, succeeded 39"
    nothing = measured("scans_unsolved", failed(0.0))
    assert nothing[:3] == (0.0, "", "expected 40, attempted 39, succeeded 39")


def test_solutions_that_failed_are_told_by_the_table(measured: Any) -> None:
    answer = measured("solve_failed", failed(1.5))
    assert answer.value == pytest.approx(2.5)
    assert answer.text == "expected 80, attempted 80, succeeded 78: DV03 spw 17 20.0 %"
    assert measured("solve_failed", failed(0.0)).value == 0.0


def test_what_the_solves_returned_counts_before_the_table(measured: Any) -> None:
    def solve(caltable: str, succeeded: int) -> tuple[dict[str, Any], dict[str, Any]]:
        ant = {"expected": [5, 5], "data_unflagged": [4, 4], "above_minsnr": [succeeded, 4]}
        return {"caltable": caltable}, {
            "solvestats": {"spw19": {"ant2": ant, "expected": [5, 5]}, "expected": 5}
        }

    told = [solve("folder/x", 0), solve("x", 4), solve("other", 0), ({"caltable": "x"}, None)]
    answer = measured("solve_failed", failed(1.5), gaincal=told)
    assert answer.value == pytest.approx(25.0)
    assert answer.text == "expected 20, attempted 16, succeeded 12: DV03 spw 19 25.0 %"


def test_where_the_ms_is_gone_there_is_no_schedule() -> None:
    assert read_schedule("/nowhere/x.ms") == Schedule({}, {}, {}, {})


# -- caltables -----------------------------------------------------------------------------------------


def test_a_field_is_called_by_its_name_where_the_table_knows_it() -> None:
    named = table(*gains())._replace(fields=("J1", "J2"))
    assert [named.field_name(n) for n in (0, 1, 2, -1)] == ["J1", "J2", "field 2", "field -1"]


def test_some_rows_of_a_block_are_those_rows_of_all_its_columns() -> None:
    whole = gains()[0]
    rows = whole.antenna == 3
    part = whole.where(rows)
    assert part.values.shape == part.flags.shape == part.snr.shape == (*whole.values.shape[:2], rows.sum())
    assert set(part.antenna.tolist()) == {3} and part.reference.tolist() == whole.reference[rows].tolist()
    bare = whole._replace(snr=None, reference=None).where(rows)
    assert bare.snr is None and bare.reference is None and bare.time_s.tolist() == part.time_s.tolist()
