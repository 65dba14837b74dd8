"""The registry: every action has a key or a name, and a reason whenever it is greyed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from casapilot.steps.checklist.model import State
from casapilot.steps.run.view import Snapshot
from casapilot.tui.actions import ACTIONS, BY_ID, Situation, headless, obvious, reason
from driven import Open
from fake_session import FakeSession, key

#: Keys as textual's pilot wants them.
PILOT = {"?": "question_mark", "/": "slash", ":": "colon", "-": "minus", "[": "left_square_bracket",
         "]": "right_square_bracket", "{": "left_curly_bracket", "}": "right_curly_bracket",
         "!": "exclamation_mark", ".": "full_stop"}  # fmt: skip
#: Pane -> keys that lead there from the list.
WAY = {
    "list": (),
    "main": (),
    "script": ("2", "tab"),
    "log": ("3", "tab"),
    "flags": ("4", "tab"),
    "plots": ("5", "tab"),
    "history": ("6", "tab"),
}


def situation(session: FakeSession, name: str, **activity: object) -> Situation:
    snapshot = session.snapshot()
    if activity:
        snapshot = replace(snapshot, activity=replace(snapshot.activity, **activity))  # type: ignore[arg-type]  # by name
    return Situation(snapshot, snapshot.row(key(name)), "list", "bandpass(vis='x')")


@pytest.mark.parametrize("action", [a for a in ACTIONS if a.pane != "move" and a.keys], ids=lambda a: a.id)
async def test_every_action_is_reached_by_its_first_key(
    action: object, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []
    async with opened(on="bandpass") as driven:
        await driven.press(*WAY[action.pane])  # type: ignore[attr-defined]  # an Action
        monkeypatch.setattr("casapilot.tui.screens.main.reason", lambda action, here: "")
        name = "do_" + action.id.replace("-", "_")  # type: ignore[attr-defined]
        assert callable(getattr(driven.main, name))
        setattr(driven.main, name, lambda: done.append(name))
        first = action.keys[0]  # type: ignore[attr-defined]
        await driven.press(PILOT.get(first, first))
        assert done == [name]


@pytest.mark.parametrize("action", [a for a in ACTIONS if a.pane == "move"], ids=lambda a: a.id)
async def test_every_move_is_something_a_list_can_do(action: object, opened: Open) -> None:
    async with opened() as driven:
        getattr(driven.main.items, action.id.replace("-", "_"))()  # type: ignore[attr-defined]  # an Action


def test_every_guard_answers_in_every_state(session: FakeSession) -> None:
    for row in session.rows:
        for state in State:
            here = situation(session, row.item.id)
            here = replace(here, row=replace(row, state=state))
            for action in ACTIONS:
                assert isinstance(reason(action, here), str)
                assert not reason(action, here).endswith(".")
            assert headless(here).startswith("casapilot ")


def test_nothing_under_the_cursor_greys_what_needs_an_item() -> None:
    from casapilot.steps.run.view import Activity

    here = Situation(Snapshot("x", (), Activity()), None)
    for name in ("run", "edit", "sign", "note", "skip", "restore", "tab-log"):
        assert reason(BY_ID[name], here)


def test_elsewhere_means_read_only_and_says_where(session: FakeSession) -> None:
    here = situation(session, "bandpass", conductor="elsewhere", conductor_host="node-12")
    for name in ("run", "run-all", "stop", "edit", "restore", "sign", "note", "skip", "choose"):
        assert "node-12" in reason(BY_ID[name], here), name
    for name in ("tab-log", "tab-flags", "tab-history", "copy", "filter", "quit"):
        assert reason(BY_ID[name], here) == "", name


@pytest.mark.parametrize(
    ("item", "activity", "word"),
    [
        ("gaincal", {}, "watch"),
        ("bandpass", {}, "run again"),
        ("clean", {}, "run"),
        ("look", {}, "sign off"),
        ("refant", {}, "choose"),
        ("clean", {"conductor": "dead"}, "go on"),
    ],
)
def test_enter_does_the_obvious(item: str, activity: dict[str, str], word: str, session: FakeSession) -> None:
    assert obvious(situation(session, item, **activity)) == word


def test_lost_item_is_run_again(session: FakeSession) -> None:
    session.change("clean", state=State.LOST, run=session.snapshot().rows[0].run)
    assert obvious(situation(session, "clean")) in ("run", "run again")


@pytest.mark.parametrize(
    ("action", "item", "why"),
    [
        ("run", "applycal", "in the queue"),
        ("restore", "bandpass", "wait until nothing runs"),
        ("sign", "clean", "has not run yet"),
        ("skip", "import", "nothing to skip"),
        ("choose", "import", "not a decision"),
        ("edit", "look", "no script step"),
        ("tab-log", "clean", "has not run yet"),
    ],
)
def test_greyed_action_says_why(action: str, item: str, why: str, session: FakeSession) -> None:
    assert why in reason(BY_ID[action], situation(session, item))


def test_blocked_item_gives_its_own_reason(session: FakeSession) -> None:
    session.act(queue=())
    assert reason(BY_ID["run"], situation(session, "applycal")) == "needs Flux density of 1445+099"


async def test_greyed_key_says_its_reason_on_the_screen(opened: Open) -> None:
    async with opened(on="clean") as driven:
        await driven.press("s")
        assert "sign off: it has not run yet" in driven.screen


async def test_help_gives_reasons_and_the_same_without_the_screen(opened: Open) -> None:
    async with opened(size=(120, 70), on="bandpass") as driven:
        await driven.press("question_mark")
        assert "not now: wait until nothing runs" in driven.screen
        assert "casapilot run bandpass" in driven.screen
        await driven.press("escape")
        assert driven.app.screen is driven.main


async def test_palette_finds_by_letters_and_does_it(opened: Open) -> None:
    async with opened(on="bandpass") as driven:
        await driven.press("ctrl+p")
        await driven.type("flags")
        assert "view: flags" in driven.screen
        await driven.press("down", "enter")
        assert driven.main.detail.tab == "flags"


async def test_palette_prefers_what_begins_as_typed() -> None:
    from casapilot.tui.screens.palette import score

    assert score("log", "view: log") > score("log", "item: look into gaps")
    assert score("xyz", "view: log") == 0
    assert score("", "anything") == 1


def test_an_item_that_runs_the_whole_script_has_a_script_to_edit(session: FakeSession) -> None:
    here = situation(session, "look")
    assert here.row is not None
    assert reason(BY_ID["edit"], here) == "no script step belongs to this item"
    row = replace(here.row, item=replace(here.row.item, whole=True))
    assert reason(BY_ID["edit"], replace(here, row=row)) == ""
    assert reason(BY_ID["tab-script"], replace(here, row=row)) == ""


async def test_keys_of_the_list_are_good_where_they_mean_nothing_else(opened: Open) -> None:
    async with opened(on="import") as driven:
        await driven.press("tab", "right_square_bracket")
        assert driven.main.items.row.item.id == "setjy"
        await driven.press("slash")
        assert "filter" in driven.screen


async def test_a_phase_that_is_gone_to_stands_at_the_top(opened: Open) -> None:
    async with opened(on="import", size=(80, 15)) as driven:
        await driven.press("right_square_bracket")
        (first, *_) = [line for line in driven.screen.splitlines() if "│" in line]
        assert first.startswith(" Calibration")


async def test_a_filter_goes_to_the_item_that_says_it_itself(opened: Open) -> None:
    async with opened(on="contsub") as driven:  # whose phase is called Imaging of the line
        await driven.press("slash")
        await driven.type("clean")
        await driven.press("enter")
        assert driven.main.items.row.item.id == "clean"
        await driven.press("escape", "slash")
        await driven.type("flux density")
        assert driven.main.items.row.item.id == "setjy"
