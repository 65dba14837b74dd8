"""What a line says."""

from __future__ import annotations

import pytest
from casapilot.steps.watch.events import (
    CasaVersion,
    Continuation,
    Event,
    FlagRate,
    Information,
    NoData,
    Progress,
    Solutions,
    SolutionsFlagged,
    TaskBegan,
    TaskCall,
    TaskDuration,
    TaskEnded,
    TaskRaised,
    Terminal,
    Warning_,
    of_log,
    of_terminal,
)
from casapilot.steps.watch.lines import LogLine
from hypothesis import given
from hypothesis import strategies as st


def line(
    message: str, origin: str = "gaincal::::casa", level: str = "INFO", continued: bool = False
) -> LogLine:
    return LogLine("2026-01-02 03:04:05", level, origin, message, continued)


CHUNK = "Chunk = 1 [progress: 16%], Observation = 0, Array = 0"
SOLVING = "Beginning solution interval 29/288 (~10% complete)"
APPLIED = "   G Jones: In: 163296 / 2286144   (7.14%) --> Out: 200000 / 2286144   (8.75%) (g.cal)"
MINOR = "[im] iters=0->383 [383], model=0.87->1.79, peakres=0.116->0.064, Reached cyclethreshold."

LOGGED = [
    (line("##### Begin Task: gaincal            #####"), TaskBegan("gaincal")),
    (line("##### Begin Task: gaincal            #####", continued=True), TaskBegan("gaincal")),
    (line("##### End Task: importuvfits         #####"), TaskEnded("importuvfits")),
    (
        line(
            "Task gaincal complete. Start time: 2026-01-02 03:04:05.250000"
            " End time: 2026-01-02 03:04:07.500000"
        ),
        TaskDuration("gaincal", 2.25),
    ),
    (
        line(
            "Task gaincal raised an exception of class RuntimeError with the following message: no",
            level="SEVERE",
        ),
        TaskRaised("gaincal", "RuntimeError", "no", closes=False),
    ),
    (
        line("An error occurred running task imstat.", level="SEVERE"),
        TaskRaised("imstat", "", "", closes=True),
    ),
    (
        line("An error occurred running task importmiriad: no file", level="SEVERE"),
        TaskRaised("importmiriad", "", "no file", closes=True),
    ),
    (line("gaincal( vis='a.ms' )"), TaskCall("gaincal", "gaincal( vis='a.ms' )")),
    (line("a.ms (ok)"), Information("a.ms (ok)")),
    (line("x", level="WARN"), Warning_("x")),
    (line("50% x", level="WARN"), Warning_("50% x")),
    (line("x", level="SEVERE", continued=True), Continuation("x")),
    (line("x", continued=True), Continuation("x")),
    (line(CHUNK), Progress(CHUNK, 16.0)),
    (line(SOLVING), Progress(SOLVING, 10.0)),
    (line("---- Run Major Cycle 3 -----"), Progress("Run Major Cycle 3")),
    (line(MINOR), Progress(MINOR)),
    (line(APPLIED), FlagRate(APPLIED.strip(), 8.75)),
    (
        line("=> Percentage of data flagged in table selection: 4.31437e-07%"),
        FlagRate("=> Percentage of data flagged in table selection: 4.31437e-07%", 4.31437e-07),
    ),
    (
        line("=> Data flagged so far 100% (9984/9984)"),
        FlagRate("=> Data flagged so far 100% (9984/9984)", 100.0),
    ),
    (
        line("  spw 1 flagged: 70726 total: 404352 (17.5%)"),
        FlagRate("spw 1 flagged: 70726 total: 404352 (17.5%)", 17.5),
    ),
    (line("  Spw 0: 5/4/3"), Solutions("0", 5, 4, 3)),
    (line("CASA Version 4.7.2-REL (r39762)"), CasaVersion("4.7.2-REL")),
    (line("CASA Version MODULAR 6.7.7.5"), CasaVersion("6.7.7.5")),
    (line("CASA Version 5.4.0-68"), CasaVersion("5.4.0-68")),
    (line("100 % of nothing"), Information("100 % of nothing")),
    (line(""), Information("")),
]


@pytest.mark.parametrize(
    "logged, event", LOGGED, ids=lambda value: getattr(value, "message", type(value).__name__)[:40]
)
def test_each_log_line_gives_its_event(logged: LogLine, event: Event) -> None:
    assert of_log(logged) == event


PRINTED = [
    (
        "2 of 52 solutions flagged due to SNR < 3 in spw=3 at 2024/01/01/05:32:59.1",
        SolutionsFlagged(2, 52, 3.0, "3"),
    ),
    ("1 of 39 solutions flagged due to SNR < 1.5 in spw=8 (chan=47)", SolutionsFlagged(1, 39, 1.5, "8")),
    ("0%....10....20....30....40....50....60....70....80....90....100%", Progress("*", 100.0)),
    ("0%....10....20..", Progress("0%....10....20..", 20.0)),
    ("0%.", Progress("0%.", 0.0)),
    ("0%..1a", Terminal("0%..1a")),
    ("CASA <3>:", Terminal("CASA <3>:")),
    ("12.5", Terminal("12.5")),
]


@pytest.mark.parametrize("text, event", PRINTED)
def test_each_printed_line_gives_its_event(text: str, event: Event) -> None:
    found = of_terminal(text)
    assert found == event or (
        isinstance(event, Progress) and event.text == "*" and found == Progress(text, event.percent)
    )


def test_intervals_without_data_are_told_in_both_wordings() -> None:
    assert isinstance(of_terminal(" Insufficient unflagged antennas to proceed with this solve."), NoData)
    assert isinstance(of_terminal("Found no unflagged data at:   (time=1995/04/13 field=0)"), NoData)


@given(st.text(max_size=200), st.sampled_from(["INFO", "WARN"]), st.booleans())
def test_any_message_gives_one_event(message: str, level: str, continued: bool) -> None:
    assert of_log(line(message, level=level, continued=continued)) is not None
    assert of_terminal(message) is not None


@given(st.text(st.sampled_from("0123456789.% ()/:-<>INOut"), max_size=80))
def test_a_percentage_is_never_more_than_it_can_be(message: str) -> None:
    for event in (of_log(line("In: 1 / 2 (" + message)), of_terminal("0%." + message)):
        if isinstance(event, Progress):
            assert event.percent is None or 0 <= event.percent <= 100
