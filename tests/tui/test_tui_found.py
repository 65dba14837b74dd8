"""What is found wrong, told by the items it belongs to: in sentences, before the numbers."""

from __future__ import annotations

import dataclasses

import pytest
from casapilot.steps.checklist.model import State
from casapilot.steps.diagnose.model import Finding, Severity
from casapilot.steps.errors import RecordError
from casapilot.steps.record.runs import Measured
from casapilot.tui.commands.status import print_items, summary_line
from casapilot.tui.found import settled
from driven import Driven, Golden, Open
from fake_session import EB, FakeSession, run_of

RADIOMETER = Finding(
    cause="bad-radiometer",
    severity=Severity.FAIL,
    eb=EB,
    item="bandpass",
    title="Radiometer of [red]DV09 is out of order",
    antennas=("DV09",),
    evidence=("Largest rms of the path: DV09 616 um, above 500 um", "Disc: DV09 918 um, above 500 um"),
    why="It reports path that the air does not have.",
    what_to_do="Flag the radiometer in the WVR step.",
    cures=("wvrflag",),
    also=("gaincal", "autoflag"),
    known=("KI-45",),
)
QUACK = dataclasses.replace(
    RADIOMETER, cause="quack", severity=Severity.NOTE, title="First integrations are off; mended since"
)


async def _until(driven: Driven, text: str) -> None:
    """Wait for a look at the session, which comes four times a second."""
    for _ in range(100):
        if text in driven.screen:
            return
        await driven.pilot.pause(0.05)
    raise AssertionError(f"no {text!r} on the screen:\n{driven.screen}")


async def test_a_finding_stands_before_the_numbers_of_its_item(opened: Open, session: FakeSession) -> None:
    session.found = (RADIOMETER,)
    unmet = Measured("wvr_rms_um", "x.ms", 616.0, "um", "look", "wvr_rms_um of x.ms is 616 um", 500.0)
    session.change("bandpass", run=dataclasses.replace(run_of("bandpass", 42.0, warns=2), checks=(unmet,)))
    async with opened(size=(120, 40), on="bandpass") as driven:
        await _until(driven, "Found wrong")
        screen = driven.screen
        places = [
            screen.find(text)
            for text in (
                "C: cures  5: plots",
                "Radiometer of [red]DV09 is out of order",
                "DV09 616 um, above 500 um",
                "Usual cause: It reports path",
                "What to do: Flag the radiometer",
                "The numbers",
            )
        ]
        assert -1 not in places
        assert places == sorted(places)


async def test_a_finding_takes_the_place_of_known_issues_that_say_the_same(
    opened: Open, session: FakeSession
) -> None:
    async with opened(size=(120, 40), on="bandpass") as driven:
        assert "KI-45" in driven.screen
        session.found = (RADIOMETER,)
        session.change("bandpass", run=dataclasses.replace(run_of("bandpass", 42.0, warns=2), id="anew"))
        await _until(driven, "Found wrong")
        assert "KI-45" not in driven.screen


async def test_items_in_which_it_shows_too_name_the_one_that_shows_it_first(
    opened: Open, session: FakeSession
) -> None:
    session.found = (RADIOMETER,)
    async with opened(on="autoflag") as driven:
        await _until(driven, "Shown first by: Bandpass")
        assert "Usual cause" not in driven.screen


async def test_a_judgement_shows_what_is_found_by_what_it_rests_on(
    opened: Open, session: FakeSession
) -> None:
    session.found = (RADIOMETER,)
    look = next(row.item for row in session.rows if row.item.id == "look")
    session.change("look", item=dataclasses.replace(look, needs=("bandpass",)))
    async with opened(on="look") as driven:
        await _until(driven, "Found wrong")
        assert "What to do: Flag the" in driven.screen


async def test_what_is_mended_is_a_note_without_cure(opened: Open, session: FakeSession) -> None:
    session.found = (QUACK,)
    async with opened(on="bandpass") as driven:
        await _until(driven, "mended since")
        assert "Found wrong" not in driven.screen
        assert "cures" not in driven.screen.splitlines()[-1]


async def test_an_item_whose_findings_are_mended_warns_no_more(opened: Open, session: FakeSession) -> None:
    session.found = (QUACK,)
    async with opened(on="import") as driven:
        await _until(driven, "noted")
        (line,) = (each for each in driven.screen.splitlines() if " Bandpass" in each)
        assert "! " not in line
        assert "noted" in line


async def test_what_is_noted_in_the_list_is_so_in_the_table_and_counted_nowhere_as_to_look_at(
    opened: Open, session: FakeSession
) -> None:
    session.found = (QUACK,)
    async with opened(on="import") as driven:
        await _until(driven, "noted")
        driven.main.run_deed(driven.main.do_matrix())
        await _until(driven, "finished")
        line = next(each for each in driven.screen.splitlines() if " Bandpass" in each)
        assert "noted" in line and "warn" not in line
        await driven.press("question_mark")
        assert "Go to the item under the cursor" in driven.screen
        await driven.press("escape", "escape", "full_stop")
        session.rest()
        await _until(driven, "nothing runs any more")
        assert "to look at" not in driven.screen


async def test_what_no_finding_explains_goes_on_to_warn(opened: Open, session: FakeSession) -> None:
    session.found = (dataclasses.replace(QUACK, known=()),)
    async with opened(on="bandpass") as driven:
        await _until(driven, "mended since")
        assert "! Bandpass" in driven.screen


async def test_what_was_changed_by_hand_goes_on_to_warn(opened: Open, session: FakeSession) -> None:
    session.found = (QUACK,)
    session.change("bandpass", detail="flags were changed by hand after it")
    async with opened(on="bandpass") as driven:
        await _until(driven, "mended since")
        assert "! Bandpass" in driven.screen


def test_the_command_says_the_same_words_as_the_list(
    session: FakeSession, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = session.snapshot()
    row = next(row for row in snapshot.rows if row.item.id == "bandpass")
    assert row.state is State.WARNED
    mended = dataclasses.replace(QUACK, known=tuple(each.known for each in row.run.warnings))
    for findings, word in (((RADIOMETER,), "warned"), ((mended,), "noted")):
        print_items(snapshot, noted=settled(snapshot, {EB: findings}))
        line = next(line for line in capsys.readouterr().out.splitlines() if "[bandpass]" in line)
        assert line.split()[0] == word
    assert "1 noted" in summary_line(snapshot, settled(snapshot, {EB: (mended,)}))


async def test_a_stale_item_says_that_it_is_to_be_run_again(opened: Open, session: FakeSession) -> None:
    session.found = (RADIOMETER,)
    session.change("bandpass", state=State.STALE)
    async with opened(on="bandpass") as driven:
        await _until(driven, "run this item")


async def test_the_footer_offers_cures_where_something_is_found(opened: Open, session: FakeSession) -> None:
    session.found = (RADIOMETER,)
    async with opened(on="bandpass") as driven:
        await _until(driven, "C cures")
        await driven.press("up")
        assert "C cures" not in driven.screen


async def test_whoever_wants_no_guidance_reads_title_and_numbers_alone(
    opened: Open, session: FakeSession
) -> None:
    session.found = (RADIOMETER,)
    async with opened(on="bandpass") as driven:
        await _until(driven, "Found wrong")
        await driven.press("v")
        assert "Largest rms of the path" in driven.screen
        assert "Usual cause" not in driven.screen
        assert "What to do" not in driven.screen


async def test_findings_that_cannot_be_read_leave_the_screen_alone(
    opened: Open, session: FakeSession
) -> None:
    def findings(eb: str) -> tuple[Finding, ...]:
        raise RecordError("is broken", "causes.toml")

    session.findings = findings  # type: ignore[method-assign]  # a disk that fails
    async with opened(on="bandpass") as driven:
        await driven.press("down", "up")
        assert "Takes out" in driven.screen or "Each antenna" in driven.screen


async def test_found_looks_as_it_did(opened: Open, session: FakeSession, golden: Golden) -> None:
    session.found = (RADIOMETER, QUACK)
    for size in ((80, 24), (120, 40)):
        session._changed = True
        async with opened(size=size, on="bandpass") as driven:
            await _until(driven, "Found wrong")
            driven.main.query_one("#rule").say("")
            await driven.settle()
            golden(f"found-{size[0]}x{size[1]}", driven.screen)


async def test_cures_are_in_help_and_palette_also_with_one_eb(opened: Open) -> None:
    async with opened(size=(120, 60)) as driven:
        await driven.press("question_mark")
        assert "what may cure it" in driven.screen
        await driven.press("escape", "colon")
        await driven.type("cure")
        assert "find: cures" in driven.screen
