"""What somebody who reduces data meets: coming back, looking around, keys that have nothing to do."""

from __future__ import annotations

import dataclasses

import pytest
from casapilot.steps.checklist.model import Kind, State
from casapilot.steps.record.runs import Measured
from casapilot.tui.actions import obvious
from casapilot.tui.recent import load_recent, state_file
from casapilot.tui.widgets.paint import wrap
from casapilot.tui.worst import read
from driven import Open
from fake_session import FakeSession, key, run_of


async def test_a_screen_that_is_opened_again_begins_where_one_was(
    opened: Open, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.rest()
    async with opened(on="bandpass") as driven:
        assert driven.main.items.row.key == key("bandpass")
    async with opened() as driven:
        assert driven.main.items.row.key == key("bandpass")
    session.rows = tuple(row for row in session.rows if row.key != key("bandpass"))
    async with opened() as driven:
        assert driven.main.items.row is not None, "an item that is gone is nothing to go back to"


async def test_what_runs_comes_before_the_item_one_was_on(opened: Open, session: FakeSession) -> None:
    async with opened(on="bandpass"):
        pass
    async with opened() as driven:
        assert driven.main.items.row.key == key("gaincal")


async def test_the_item_one_was_on_is_kept_for_each_mous(opened: Open, session: FakeSession) -> None:
    import os

    async with opened(on="clean"):
        pass
    recent = load_recent(state_file(os.environ))
    assert recent.place(session.mous.root.resolve()) == key("clean")
    assert recent.place(session.mous.root.parent) is None


async def test_comma_goes_through_what_failed_and_then_through_what_warned(
    opened: Open, session: FakeSession
) -> None:
    session.rest()
    session.change("clean", state=State.FAILED, run=run_of("clean", 2.0, status="failed"))
    session.change("setjy", state=State.FAILED, run=run_of("setjy", 2.0, status="failed"))
    async with opened() as driven:
        met = []
        for _ in range(4):
            await driven.press("comma")
            met.append(driven.main.items.row.key.item)
        assert met == ["setjy", "clean", "bandpass", "setjy"]


async def test_comma_says_when_there_is_no_other(opened: Open, session: FakeSession) -> None:
    session.rest()
    async with opened(on="bandpass") as driven:
        await driven.press("comma")
        assert "the only one to look at" in driven.screen


async def test_what_a_person_stopped_is_called_stopped_not_failed(opened: Open, session: FakeSession) -> None:
    session.rest()
    run = dataclasses.replace(
        run_of("clean", 9.0, status="interrupted"), reasons=("stopped at once, by a person",)
    )
    session.change("clean", state=State.FAILED, run=run)
    async with opened(size=(120, 40), on="clean") as driven:
        lines = driven.screen.splitlines()
        row = next(line for line in lines if line.startswith(" ✗"))
        assert " stop " in row and "FAIL" not in driven.screen
        assert "stopped" in driven.screen and "failed" not in driven.screen


async def test_while_an_item_runs_nothing_is_said_of_its_run_before(
    opened: Open, session: FakeSession
) -> None:
    before = dataclasses.replace(run_of("gaincal", 70.0, warns=2), reasons=("stopped at once",))
    session.change("gaincal", run=before)
    async with opened(size=(120, 40), on="gaincal") as driven:
        assert "running" in driven.screen
        assert "stopped at once" not in driven.screen and "known to be harmless" not in driven.screen


async def test_a_call_is_marked_as_running_only_when_it_is_known_to_run(
    opened: Open, session: FakeSession
) -> None:
    async with opened(on="gaincal") as driven:
        assert "▸ gaincal(" in driven.screen
        session.act(running=tuple(dataclasses.replace(each, call="") for each in session.activity.running))
        await driven.main.poll(always=True)
        await driven.settle()
        assert "› gaincal(" in driven.screen and "▸ gaincal(" not in driven.screen


async def test_a_message_goes_with_the_next_key(opened: Open, session: FakeSession) -> None:
    async with opened(on="about") as driven:
        await driven.press("3")
        assert "log: it has not run yet" in driven.screen
        await driven.press("6")
        assert "log: it has not run yet" not in driven.screen


async def test_enter_in_an_empty_history_says_that_it_is_empty(
    opened: Open, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "history", lambda key=None, limit=200: [])
    async with opened(on="about") as driven:
        await driven.press("6", "tab", "enter")
        assert "there is no entry yet" in driven.screen


async def test_an_item_that_is_judged_by_the_script_shows_it(opened: Open, session: FakeSession) -> None:
    async with opened(on="look") as driven:
        await driven.press("2")
        assert "# CASA script of NGC 5921" in driven.screen


async def test_the_palette_says_when_nothing_is_called_so(opened: Open) -> None:
    async with opened() as driven:
        await driven.press("colon")
        await driven.type("qqqq")
        assert "nothing is called so" in driven.screen
        await driven.press("enter")
        assert driven.main.is_current


def test_enter_generates_a_script_as_long_as_there_is_none(session: FakeSession) -> None:
    from test_tui_actions import situation

    here = situation(session, "look")
    item = dataclasses.replace(here.row.item, id="generate", kind=Kind.MANUAL)  # type: ignore[union-attr]  # there
    here = dataclasses.replace(here, row=dataclasses.replace(here.row, item=item))  # type: ignore[type-var]  # there
    assert obvious(here) == "sign off"
    bare = tuple(dataclasses.replace(row, step=None) for row in here.snapshot.rows)
    assert (
        obvious(dataclasses.replace(here, snapshot=dataclasses.replace(here.snapshot, rows=bare)))
        == "generate"
    )


@pytest.mark.parametrize(
    ("of", "label"),
    [
        ("x.ms::data", "no fringes"),
        ("x.ms:CALIBRATE_PHASE:data", "no fringes (phase)"),
        ("x.ms:CALIBRATE_PHASE:corrected", "no fringes (phase, corrected)"),
        ("x.ms:OBSERVE_CHECK_SOURCE", "no fringes (check source)"),
    ],
)
def test_a_number_is_called_by_what_it_was_measured_on(of: str, label: str) -> None:
    text = f"no_fringes_percent of {of} is 12"
    reading = read(Measured("no_fringes_percent", of, 12.0, "%", "look", text, 5.0))
    assert reading is not None and reading.metric == label


def test_a_percent_sign_is_never_alone_on_a_line() -> None:
    for width in range(8, 40):
        lines = wrap("step 12, warned, 4.4s, flags 34.0 % (+0.3), and more", width)
        assert not any(line.strip().startswith("%") for line in lines)
