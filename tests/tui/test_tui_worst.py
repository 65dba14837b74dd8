"""Who stands out is said before all text: read from a check, in the list, in the tab, for who judges it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from casapilot.steps.checklist.model import State
from casapilot.steps.record.runs import Measured
from casapilot.steps.run.view import Row
from casapilot.tui.worst import Reading, name_of_worst, read, unmet
from driven import Open
from fake_session import FakeSession, key
from hypothesis import given
from hypothesis import strategies as st

MS = "uid___A002_X1_X2cd.ms"


def check(metric: str, of: str, value: float, unit: str, tail: str, verdict: str = "look") -> Measured:
    text = f"{metric} of {of} is {value:.6g} {unit}".rstrip() + tail
    return Measured(metric, of, value, unit, verdict, text)


WVR = check(
    "wvr_disc_um",
    f"{MS}.wvrgcal",
    918.0,
    "um",
    ", above 500 um (DA49 918.0 um, then DV05 59.0 um, DV04 58.1 um)",
)
ANTPOS = check(
    "antpos_max_mm",
    f"{MS}.antpos",
    2.22299,
    "mm",
    ", above 2 mm (DA52 2.22 mm, then PM04 2.01 mm, DV23 1.89 mm)",
)
QUACK = check(
    "quack_percent",
    f"{MS}.split:CALIBRATE_PHASE",
    45.9,
    "%",
    ", above 10 % (scan 7 spw 7 45.9 %, then scan 13 45.1 %)",
)
RATIO = check(
    "amplitude_antenna_ratio", f"{MS}.split:CALIBRATE_BANDPASS", 8.57985, "",
    ", above 8 (DA49 spw 7 XX scan 4 low by 8.58, then DA49 spw 8 XX scan 4 low by 8.53)",
)  # fmt: skip
SCANS = check("n_scans", MS, 16.0, "", " (scans 1~16)", "pass")
ALONE = check("tsys_ratio", f"{MS}.tsys", 4.2, "", ", above 2 (DV06 spw 6 X scan 8 4.18)")
EVEN = check("tsys_negative_percent", f"{MS}.tsys", 0.0, "%", " (none is negative)", "pass")
SENTENCE = Measured("table_identical", "a.cal", 1.0, "", "fail", "a.cal: differs in column CPARAM")


@pytest.mark.parametrize(
    ("measured", "sentence", "name"),
    [
        (WVR, "wvr disc: DA49 918.0 um, above 500 um", "DA49"),
        (QUACK, "quack (phase): scan 7 spw 7 45.9 %, above 10 %", "scan 7"),
        (RATIO, "amplitude antenna ratio (bandpass): DA49 spw 7 XX scan 4 low by 8.58, above 8", "DA49"),
        (SCANS, "n scans: 16 (scans 1~16)", ""),
        (ALONE, "tsys ratio: DV06 spw 6 X scan 8 4.18, above 2", "DV06"),
        (EVEN, "tsys negative: 0 % (none is negative)", ""),
    ],
)
def test_a_check_is_read_in_its_parts(measured: Measured, sentence: str, name: str) -> None:
    reading = read(measured)
    assert reading is not None
    assert (reading.sentence, reading.name) == (sentence, name)


def test_only_those_beyond_the_limit_offend() -> None:
    assert _reading(ANTPOS).offenders == {"DA52": "2.22 mm", "PM04": "2.01 mm"}
    assert _reading(WVR).offenders == {"DA49": "918.0 um"}
    assert _reading(RATIO).offenders == {"DA49": "spw 7 XX scan 4 low by 8.58"}


def _reading(measured: Measured) -> Reading:
    reading = read(measured)
    assert reading is not None
    return reading


def test_a_sentence_of_its_own_is_left_as_it_is() -> None:
    assert read(SENTENCE) is None
    assert read(Measured("snr", "", None, "", "unknown", "snr: no value")) is None


@given(st.text(max_size=80), st.sampled_from(["", ", above 2", ", below 5 um"]))
def test_any_text_of_a_check_is_read_without_error(named: str, limit: str) -> None:
    measured = check("snr", "x", 3.0, "um", f"{limit} ({named})")
    reading = read(measured)
    assert reading is not None
    assert reading.name == "" or named.startswith(reading.name)
    assert all(name.strip() for name in reading.offenders)


def with_checks(session: FakeSession, name: str, *checks: Measured, state: State = State.WARNED) -> Row:
    row = session.snapshot().row(key(name))
    assert row.run is not None
    session.change(name, state=state, warnings=0, run=replace(row.run, checks=checks, warnings=()))
    return session.snapshot().row(key(name))


def test_what_failed_comes_first_then_what_names_an_antenna(session: FakeSession) -> None:
    row = with_checks(session, "bandpass", SCANS, QUACK, WVR, SENTENCE)
    assert unmet(row) == [SENTENCE, WVR, QUACK]
    assert name_of_worst(row) == "DA49"


def test_nobody_stands_out_of_an_item_that_is_done_or_runs(session: FakeSession) -> None:
    for state in (State.DONE, State.RUNNING, State.STALE):
        assert name_of_worst(with_checks(session, "bandpass", WVR, state=state)) == ""


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_list_names_the_worst_antenna(
    size: tuple[int, int], opened: Open, session: FakeSession
) -> None:
    with_checks(session, "bandpass", WVR)
    async with opened(size=size) as driven:
        (line,) = [line for line in driven.screen.splitlines() if " ! Bandpass " in line]
        assert "DA49" in line.split("│")[0]


async def test_numbers_and_worst_come_before_the_reasons(opened: Open, session: FakeSession) -> None:
    with_checks(session, "bandpass", WVR, SCANS)
    async with opened(on="bandpass", size=(120, 40)) as driven:
        screen = driven.screen
        places = [
            screen.index(text) for text in ("wvr disc: DA49 918.0 um", "n scans: 16", "Each antenna answers")
        ]
        assert places == sorted(places)
        assert "then DV05 59.0 um" in screen


async def test_who_judges_sees_the_numbers_of_what_is_judged(opened: Open, session: FakeSession) -> None:
    with_checks(session, "bandpass", WVR)
    look = session.snapshot().row(key("look"))
    session.change("look", item=replace(look.item, needs=("bandpass",)))
    async with opened(on="look", size=(120, 40)) as driven:
        assert "Bandpass: look at" in driven.screen
        assert "wvr disc: DA49 918.0 um, above 500 um" in driven.screen


async def test_what_runs_does_not_show_the_numbers_of_its_run_before(
    opened: Open, session: FakeSession
) -> None:
    with_checks(session, "gaincal", WVR, state=State.RUNNING)
    async with opened(on="gaincal", size=(120, 40)) as driven:
        assert "wvr disc" not in driven.screen


async def test_checks_of_one_kind_that_are_met_are_counted(opened: Open, session: FakeSession) -> None:
    same = [Measured("table_identical", f"{n}.cal", 0.0, "", "pass", f"{n}.cal: identical") for n in range(9)]
    with_checks(session, "bandpass", *same, state=State.DONE)
    async with opened(on="bandpass", size=(120, 40)) as driven:
        assert "good: table identical, 9 times" in driven.screen
        assert "3.cal: identical" not in driven.screen


async def test_the_end_of_all_work_says_what_to_look_at_and_how_to_get_there(
    opened: Open, session: FakeSession
) -> None:
    async with opened() as driven:
        await driven.press("full_stop")
        session.rest()
        await driven.main.poll()
        await driven.settle()
        assert "nothing runs any more: 1 to look at" in driven.screen
        await driven.press("comma")
        assert driven.main.items.row.item.id == "bandpass"
