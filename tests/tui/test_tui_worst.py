"""Who stands out is said before all text: read from a check, in the list, in the tab, for who judges it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from casapilot.steps.checklist.model import Param, State
from casapilot.steps.record.runs import Measured, Offender
from casapilot.steps.run.view import Row
from casapilot.tui.worst import name_of_worst, read, unmet
from driven import Open
from fake_session import FakeSession, key
from hypothesis import given
from hypothesis import strategies as st

MS = "uid___A002_X1_X2cd.ms"


def check(
    metric: str, of: str, value: float, unit: str, *named: Offender, limit: float | None, detail: str = ""
) -> Measured:
    text = f"{metric} of {of} is {value:.6g} {unit}".rstrip() + (f" ({detail})" if detail else "")
    verdict = "pass" if limit is None or value <= limit else "look"
    return Measured(metric, of, value, unit, verdict, text, limit, offenders=named)


def antenna(name: str, value: float, who: str = "", beyond: bool = True) -> Offender:
    return Offender(value, who or name, name, beyond=beyond)


WVR = check(
    "wvr_disc_um", f"{MS}.wvrgcal", 918.0, "um", antenna("DA49", 918.0), antenna("DV05", 559.0), limit=500.0
)
ANTPOS = check(
    "antpos_max_mm", f"{MS}.antpos", 2.22299, "mm",
    antenna("DA52", 2.22299), antenna("PM04", 2.01), antenna("DV23", 1.89, beyond=False), limit=2.0,
)  # fmt: skip
QUACK = check(
    "quack_percent",
    f"{MS}.split:CALIBRATE_PHASE",
    45.9,
    "%",
    Offender(45.9, "scan 7 spw 7", spws=(7,), scans=(7, 13)),
    limit=10.0,
)
RATIO = check(
    "amplitude_antenna_ratio", f"{MS}.split:CALIBRATE_BANDPASS", 8.57985, "",
    antenna("DA49", 8.57985, "DA49 spw 7 XX scan 4 low by"), limit=8.0,
)  # fmt: skip
SCANS = check("n_scans", MS, 16.0, "", limit=None, detail="scans 1~16")
LONG = check(
    "flux_ratio_percent", "*", 22.0, "%", Offender(22.0, "J1058+0133", field="J1058+0133"), limit=20.0
)
EVEN = check("tsys_negative_percent", f"{MS}.tsys", 0.0, "%", limit=0.1, detail="none is negative")
CROWD = check("antpos_max_mm", "x", 9.0, "mm", *(antenna(f"DV{n:02}", 9.0 - n) for n in range(6)), limit=2.0)
SENTENCE = Measured("table_identical", "a.cal", 1.0, "", "fail", "a.cal: differs in column CPARAM")


@pytest.mark.parametrize(
    ("measured", "sentence", "name"),
    [
        (WVR, "wvr disc: DA49 918 um, above 500 um", "DA49"),
        (QUACK, "quack (phase): scan 7 spw 7 45.9 %, above 10 %", "scan 7"),
        (RATIO, "amplitude antenna ratio (bandpass): DA49 spw 7 XX scan 4 low by 8.58, above 8", "DA49"),
        (SCANS, "n scans: 16 (scans 1~16)", ""),
        (LONG, "flux ratio: J1058+0133 22 %, above 20 %", ""),
        (EVEN, "tsys negative: 0 % (none is negative)", ""),
    ],
)
def test_a_check_is_read_in_its_parts(measured: Measured, sentence: str, name: str) -> None:
    reading = read(measured)
    assert reading is not None
    assert (reading.sentence, reading.name) == (sentence, name)


def test_only_those_beyond_the_limit_are_named_and_not_too_many() -> None:
    assert [reading.others for reading in map(read, (WVR, ANTPOS, CROWD)) if reading] == [
        "DV05 559 um",
        "PM04 2.01 mm",
        "DV01 8 mm, DV02 7 mm, DV03 6 mm, and 2 more",
    ]


def test_a_sentence_of_its_own_is_left_as_it_is() -> None:
    assert read(SENTENCE) is None
    assert read(Measured("snr", "", None, "", "unknown", "snr: no value")) is None


@given(st.text(max_size=80))
def test_any_text_of_a_check_is_read_without_error(text: str) -> None:
    reading = read(Measured("snr", "x", 3.0, "um", "look", f"snr of x is {text}"))
    assert reading is not None and reading.name == ""


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
            screen.index(text) for text in ("wvr disc: DA49 918 um", "n scans: 16", "Each antenna answers")
        ]
        assert places == sorted(places)
        assert "then DV05 559 um" in screen


async def test_who_judges_sees_the_numbers_of_what_is_judged(opened: Open, session: FakeSession) -> None:
    with_checks(session, "bandpass", WVR)
    look = session.snapshot().row(key("look"))
    session.change("look", item=replace(look.item, needs=("bandpass",)))
    async with opened(on="look", size=(120, 40)) as driven:
        assert "Bandpass: look at" in driven.screen
        assert "wvr disc: DA49 918 um, above 500 um" in driven.screen


async def test_what_may_be_set_in_the_script_stands_beside_the_reasons(
    opened: Open, session: FakeSession
) -> None:
    item = session.snapshot().row(key("bandpass")).item
    solint = Param("solint", "str", "inf", choices=("inf", "int"), help="Averaging time.")
    session.change("bandpass", item=replace(item, params=(solint,)))
    async with opened(on="bandpass", size=(120, 60)) as driven:
        assert "You may set, in the script" in driven.screen
        assert "solint (str) = inf, one of inf, int" in driven.screen


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
        await driven.main._poll_or_say()
        await driven.settle()
        assert "nothing runs any more: 1 to look at" in driven.screen
        await driven.press("comma")
        assert driven.main.items.row.item.id == "bandpass"
