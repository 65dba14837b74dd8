"""What the keys do to the MOUS: what is asked of the session, and what is confirmed before."""

from __future__ import annotations

from pathlib import Path

import pytest
from casapilot.steps.checklist.model import Key, State
from casapilot.steps.errors import RecordError
from casapilot.steps.run.effects import CONSOLE
from casapilot.steps.run.view import Running
from driven import Open
from fake_session import EB, NOW, FakeSession, key, runs
from textual import events


async def test_enter_runs_the_item(opened: Open, session: FakeSession) -> None:
    async with opened(on="clean") as driven:
        await driven.press("enter")
        assert session.asked == [("run", ("clean",), False)]
        assert "Clean the cube is in the queue" in driven.screen


async def test_what_a_run_undoes_is_listed_and_confirmed_once(opened: Open, session: FakeSession) -> None:
    session.undoes = ("The flags of ngc5921.ms go back to before Bandpass.", "Gains over time is stale then.")
    async with opened(on="bandpass") as driven:
        await driven.press("enter")
        for sentence in session.undoes:
            assert sentence in driven.screen
        assert session.asked == []
        await driven.press("escape")
        assert session.asked == []
        await driven.press("enter", "n")
        assert session.asked == []
        await driven.press("enter", "y")
        assert session.asked == [("run", ("bandpass",), True)]


async def test_run_all_takes_what_is_left_from_here_on(opened: Open, session: FakeSession) -> None:
    session.rest()
    async with opened(on="look") as driven:
        await driven.press("A")
        assert session.asked == [("run", ("fluxscale", "applycal", "contsub", "clean", "moments"), False)]


async def test_refused_run_says_why(opened: Open, session: FakeSession) -> None:
    session.plan = lambda keys: type(session).plan(session, keys)  # type: ignore[method-assign]
    session.rest()
    async with opened(on="applycal") as driven:
        await driven.press("enter")
        assert session.asked == []
        assert "needs Flux density" in driven.screen


@pytest.mark.parametrize(("keys", "how"), [(("enter",), "after-call"), (("exclamation_mark",), "now")])
async def test_stop_ladder(keys: tuple[str, ...], how: str, opened: Open, session: FakeSession) -> None:
    async with opened() as driven:
        await driven.press("x")
        assert "its" in driven.screen
        assert "half-written outputs" in driven.screen
        await driven.press(*keys)
        assert session.asked == [("stop", how)]


async def test_stop_can_be_thought_better_of(opened: Open, session: FakeSession) -> None:
    async with opened() as driven:
        await driven.press("x", "escape", "x", "n")
        assert session.asked == []


async def test_dead_conductor_is_gone_on_with_by_one_key(opened: Open, session: FakeSession) -> None:
    session.act(conductor="dead")
    async with opened() as driven:
        assert "interrupted: Enter goes on" in driven.screen
        await driven.press("enter")
        assert session.asked == [("go_on",)]


async def test_sign_off_asks_initials_and_remembers_them(opened: Open, session: FakeSession) -> None:
    async with opened(on="look") as driven:
        await driven.press("s")
        await driven.type("fine")
        await driven.press("enter", "enter")
        assert session.asked == []
        await driven.type("ab")
        await driven.press("enter")
        assert session.asked == [("sign", "look", "ab", "fine")]
        await driven.press("s", "enter")
        assert driven.app.screen.query_one("#initials").value == "ab"  # type: ignore[attr-defined]
    assert (
        'initials = "ab"'
        in (Path(session.mous.root.parent) / "XDG_STATE_HOME/casapilot/recent.toml").read_text()
    )


async def test_note_and_skip_need_words(opened: Open, session: FakeSession) -> None:
    async with opened(on="clean") as driven:
        await driven.press("n", "enter", "escape", "minus", "enter")
        assert session.asked == []
        await driven.type("no line")
        await driven.press("enter", "n")
        await driven.type("look again")
        await driven.press("enter")
        assert session.asked == [("skip", "clean", "no line"), ("note", "clean", "look again")]


async def test_skipped_item_is_taken_back_by_the_same_key(opened: Open, session: FakeSession) -> None:
    session.change("clean", state=State.SKIPPED)
    async with opened(on="clean") as driven:
        await driven.press("minus")
        assert session.asked == [("unskip", "clean")]


async def test_decision_is_chosen_by_number(opened: Open, session: FakeSession) -> None:
    async with opened(on="refant") as driven:
        await driven.press("c", "2")
        assert session.asked == [("choose", "refant", "9, also quiet")]


async def test_restore_names_the_version_and_is_confirmed(opened: Open, session: FakeSession) -> None:
    session.rest()
    async with opened(on="bandpass") as driven:
        await driven.press("r")
        assert "casapilot_before_bandpass" in driven.screen
        await driven.press("escape")
        assert session.asked == []
        await driven.press("r", "y")
        assert session.asked == [("restore", "bandpass", True)]


async def test_error_is_shown_with_what_where_and_what_to_do(opened: Open, session: FakeSession) -> None:
    def refuse(keys: object, *, confirmed: bool = False) -> None:
        raise RecordError("git is [locked]", "/data/.git/index.lock", "Wait for the other git.")

    session.run = refuse  # type: ignore[method-assign]
    async with opened(on="clean") as driven:
        await driven.press("enter")
        for text in ("History", "git is [locked]", "/data/.git/index.lock", "Wait for the other git."):
            assert text in driven.screen
        await driven.press("escape")
        assert driven.app.screen is driven.main


async def test_mistake_of_ours_never_ends_the_screen(opened: Open, session: FakeSession) -> None:
    def broken(keys: object, *, confirmed: bool = False) -> None:
        raise ZeroDivisionError("by nought")

    session.run = broken  # type: ignore[method-assign]
    async with opened(on="clean") as driven:
        await driven.press("enter")
        assert "by nought" in driven.screen
        await driven.press("enter")
        assert driven.app.is_running
        assert "ZeroDivisionError" in (session.mous.live / "ui-error.txt").read_text()


async def test_unreadable_history_is_a_message_not_an_end(opened: Open, session: FakeSession) -> None:
    def gone(key: object = None, limit: int = 200) -> list[object]:
        raise RecordError("there is no repository")

    session.history = gone  # type: ignore[method-assign, assignment]
    async with opened(on="bandpass") as driven:
        await driven.press("6")
        assert "there is no repository" in driven.screen


async def test_copy_says_what_it_did_and_writes_the_file(opened: Open, session: FakeSession) -> None:
    async with opened(on="bandpass") as driven:
        await driven.press("y")
        assert "offered to the terminal's clipboard" in driven.screen
        copied = (session.mous.live / "yank.txt").read_text()
        assert copied.startswith("bandpass(vis='ngc5921.ms', caltable='ngc5921.bcal'")
        assert "solnorm=False)" in copied


async def test_call_of_an_item_that_never_ran_is_the_scripts(opened: Open, session: FakeSession) -> None:
    session.change("import", run=None, state=State.TODO)
    async with opened(on="import") as driven:
        assert "importuvfits(fitsfile='NGC5921.fits', vis='ngc5921.ms')" in driven.screen


async def test_cursor_goes_along_with_what_runs(opened: Open, session: FakeSession) -> None:
    async with opened() as driven:
        assert driven.main.items.row.key == key("gaincal")
        session.change("gaincal", state=State.DONE)
        session.change("fluxscale", state=State.RUNNING)
        session.act(running=runs("fluxscale"), queue=(key("applycal"),))
        await driven.main.poll()
        await driven.settle()
        assert driven.main.items.row.key == key("fluxscale")


async def test_cursor_stays_where_a_person_put_it(opened: Open, session: FakeSession) -> None:
    async with opened(on="bandpass") as driven:
        session.change("fluxscale", state=State.RUNNING)
        session.act(running=runs("fluxscale"))
        await driven.main.poll()
        await driven.settle()
        assert driven.main.items.row.key == key("bandpass")
        await driven.press("full_stop")
        assert driven.main.items.row.key == key("fluxscale")


@pytest.mark.parametrize(("answer", "ran"), [("enter", True), ("s", False), ("escape", False)])
async def test_demo_asks_first(answer: str, ran: bool, opened: Open, session: FakeSession) -> None:
    session.rest()
    async with opened(autorun=True) as driven:
        assert "Welcome" in driven.screen
        await driven.press(answer)
        assert bool(session.asked) is ran


async def test_filter_narrows_and_escape_brings_back(opened: Open) -> None:
    async with opened() as driven:
        await driven.press("slash")
        await driven.type("cal app")
        await driven.press("enter")
        assert [e.item.id for e in driven.main.items._entries if not isinstance(e, tuple)] == ["applycal"]
        await driven.press("escape")
        assert "Bandpass" in driven.screen


async def test_what_is_typed_before_the_line_is_there_is_meant_for_it(opened: Open) -> None:
    async with opened() as driven:
        for key in ("/", *"sm"):  # all at once: none waits until the one before has had its effect
            driven.app.post_message(events.Key("slash" if key == "/" else key, key))
        await driven.settle()
        await driven.settle()
        assert driven.app.screen is driven.main and "Sign off" not in driven.screen
        assert driven.app.query_one("#prompt Input").value == "sm"
        await driven.press("escape", "j")
        assert driven.main.pane == "list" and driven.main.items.wanted == ""


async def test_vim_keys_move_and_phases_are_jumped_over(opened: Open) -> None:
    async with opened() as driven:
        items = driven.main.items
        await driven.press("g")
        assert items.row.item.id == "about"
        await driven.press("j", "j", "k")
        assert items.row.item.id == "import"
        await driven.press("right_square_bracket")
        assert items.row.item.id == "setjy"
        await driven.press("right_square_bracket", "left_square_bracket")
        assert items.row.item.id == "setjy"
        await driven.press("G")
        assert items.row.item.id == "moments"


async def test_escape_always_goes_back(opened: Open) -> None:
    async with opened() as driven:
        await driven.press("3", "z")
        assert driven.main.pane == "log"
        await driven.press("escape")
        assert not driven.main.has_class("-zoom")
        await driven.press("escape")
        assert driven.main.pane == "list"
        await driven.press("escape")
        assert driven.main.detail.tab == "why"
        await driven.press("escape")
        assert driven.app.is_running


def test_call_in_one_line_has_no_comment_in_it() -> None:
    from casapilot.tui.widgets.detail import one_line

    call = "f(a = '0#1', # channels without line\n  b = 2)  # the end"
    assert one_line(call) == "f(a = '0#1', b = 2)"
    assert one_line("f(a = '") == "f(a = '"


async def test_enter_in_the_history_shows_and_does_not_run(opened: Open, session: FakeSession) -> None:
    async with opened(on="bandpass") as driven:
        await driven.press("6", "tab", "enter")
        assert "diff --git" in driven.screen
        await driven.press("q")
        assert session.asked == []


async def test_run_records_are_folded_in_a_diff() -> None:
    from casapilot.tui.screens.text import diff_lines

    diff = "diff --git a/x b/.casapilot/runs/1.json\n+a\n+b\ndiff --git a/s.py b/s.py\n+c\n"
    text = "\n".join("".join(span for span, _ in line) for line in diff_lines(diff))
    assert "+c" in text
    assert "+a" not in text
    assert "(2 lines of it are not shown)" in text


async def test_queue_is_followed_after_run_all_until_the_cursor_is_moved(
    opened: Open, session: FakeSession
) -> None:
    session.rest()
    async with opened(on="setjy") as driven:
        await driven.press("A")
        session.change("fluxscale", state=State.RUNNING)
        session.act(running=runs("fluxscale"), queue=(key("applycal"),))
        await driven.main.poll()
        await driven.settle()
        assert driven.main.items.row.key == key("fluxscale")
        await driven.press("g")
        session.change("fluxscale", state=State.DONE)
        session.act(running=runs("applycal"), queue=())
        await driven.main.poll()
        await driven.settle()
        assert driven.main.items.row.item.id == "about"


async def test_a_call_by_hand_is_named_as_one_where_it_runs_and_is_stopped(
    opened: Open, session: FakeSession
) -> None:
    by_hand = Key(CONSOLE, "flagdata.4", EB)
    session.rest()
    session.act(conductor="busy", running=(Running(by_hand, "20251122T114100Z-1", NOW - 5),))
    async with opened() as driven:
        assert "flagdata by hand" in driven.screen
        await driven.press("x")
        assert "Runs now: flagdata by hand" in driven.screen
        assert "flagdata.4" not in driven.screen
