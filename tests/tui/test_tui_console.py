"""The task console: typed as at CASA's prompt, asked about before, followed, told at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.checklist.model import Key
from casapilot.steps.errors import ControlError
from casapilot.steps.record.runs import Call, FlagChange, RunRecord, Warned
from casapilot.steps.run.complete import Known
from casapilot.steps.run.console import Console
from casapilot.steps.run.intoscript import Place, places_for, put_in
from casapilot.steps.run.taskcall import Queued, TaskCall, parse_call
from casapilot.steps.run.tasklist import ParamInfo, TaskInfo, TaskList
from casapilot.steps.run.view import Running
from casapilot.steps.script import Mark, Script
from casapilot.tui.app import Casapilot
from driven import Driven, Golden
from fake_session import EB, NOW, FakeSession, flag_summary

FLAGDATA = TaskInfo(
    "flagdata",
    "Flagging task based on batches of flag-commands",
    "flagging",
    parameters=(
        ParamInfo("vis", "''", "path", "Name of MS file or calibration table", must_exist=True),
        ParamInfo("mode", "'manual'", "string", "Flagging [mode]", ("'manual'", "'summary'", "'clip'")),
        ParamInfo("antenna", "''", "any", "Select antennas", under=(("mode", "'manual'", True),)),
        ParamInfo("spw", "''", "any", "Select spectral windows"),
        ParamInfo("autocorr", "False", "bool", "Flag only the auto-correlations"),
    ),
)
GAINCAL = TaskInfo("gaincal", "Temporal gains", "calibration", parameters=(ParamInfo("vis", "''", "path"),))
TASKS = TaskList({"flagdata": FLAGDATA, "gaincal": GAINCAL})
KNOWN = Known(
    ("ngc5921.ms", "ngc5921.ms.contsub"),
    ("ngc5921.bcal",),
    (),
    {"ngc5921.ms": {"antenna": ["1", "15", "28"]}},
)
CHANGED = (
    "The flags of ngc5921.ms change, on which Bandpass rests: run again, it starts from those of before."
)


class HandSession(FakeSession):
    """A session that calls tasks by hand, as far as one sees it."""

    tasks = TASKS

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.rest()
        self.changes: tuple[str, ...] = ()
        self.by_hand: list[RunRecord] = []
        self.refusal: Exception | None = None
        self.undoing = False
        """Whether flags take time to put back."""

    def task_console(self, eb: str) -> Console:
        return Console(self.tasks, self.mous.live / "console" / f"{eb}.json")

    def known(self, eb: str) -> Known:
        return KNOWN

    def foresee(self, eb: str, call: TaskCall) -> tuple[str, ...]:
        return self.changes

    def call_task(self, eb: str, text: str, *, confirmed: bool = False) -> Queued:
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(("call_task", eb, text, confirmed))
        call = parse_call(text)
        key = Key("console", f"{call.task}.{len(self.by_hand) + 1}", eb)
        ahead = tuple(each.key for each in self.activity.running)
        self.act(queue=(*self.activity.queue, key), conductor="busy")
        return Queued(key, call, ahead)

    def calls_by_hand(self, eb: str) -> list[RunRecord]:
        return self.by_hand

    def undoable(self, eb: str) -> RunRecord | None:
        return next((run for run in reversed(self.by_hand) if run.rests_on), None)

    def restore(self, key: Key, *, confirmed: bool = False) -> None:
        super().restore(key, confirmed=confirmed)
        if self.undoing:
            self.act(running=(Running(key, started=NOW, text="its flags are being put back"),))

    def last_run(self, key: Key) -> RunRecord | None:
        return next((run for run in reversed(self.by_hand) if run.key == str(key)), None)

    def places_for(self, eb: str, call: TaskCall, key: Key | None = None) -> tuple[Place, ...]:
        number = 2 if key and key.item == "bandpass" else None
        return places_for(Script.read(self.script), call, number)

    def with_call(self, eb: str, place: Place, call: TaskCall, why: str, initials: str) -> bytes:
        return put_in(Script.read(self.script), place, call, Mark(why, initials, "2025-11-22")).content

    # What a conductor would do

    def begin(self, key: Key) -> None:
        self.act(running=(Running(key, "r1", NOW - 3, percent=40.0),), queue=())

    def end(self, key: Key, status: str = "done", **more: Any) -> RunRecord:
        task = key.item.partition(".")[0]
        run = RunRecord(
            id="r1", key=str(key), eb=EB, title=f"{task} by hand", status=status, start=NOW - 3, end=NOW,
            calls=(Call(task, f"{task}(vis='ngc5921.ms', antenna='15')"),), **more,
        )  # fmt: skip
        self.by_hand.append(run)
        self.act(running=(), queue=(), conductor="idle")
        return run


KEY = Key("console", "flagdata.1", EB)


@pytest.fixture
def session(tmp_path: Path) -> HandSession:
    root = tmp_path / "mous"
    root.mkdir()
    return HandSession(root)


@asynccontextmanager
async def console(
    session: HandSession, *lines: str, size: tuple[int, int] = (80, 24), on: str = "bandpass", **options: Any
) -> AsyncIterator[Driven]:
    app = Casapilot(session.mous.root, session=session, clock=lambda: NOW, **options)  # type: ignore[arg-type]  # a stand-in
    async with app.run_test(size=size) as pilot:
        driven = Driven(app, pilot)
        await driven.settle()
        driven.main.items.go_to_key(next(row.key for row in session.rows if row.item.id == on))
        await driven.press("T")
        for line in lines:
            await enter(driven, line)
        yield driven


async def enter(driven: Driven, line: str) -> None:
    """Type a line whole, and Enter."""
    driven.app.screen.query_one("Input").value = line  # type: ignore[attr-defined]  # it is one
    await driven.press("enter")


async def tick(driven: Driven) -> None:
    """What the timers do: the main screen reads, the console looks."""
    await driven.main.poll(always=True)
    screen: Any = driven.app.screen
    for _ in range(2):  # a look that was under way saw what was before
        screen._look()
        while screen.calls._looking:
            await driven.pilot.pause(0.01)
    await driven.settle()


SCREENS = {
    "console-begin": ((), ()),
    "console-inp": (("inp flagdata", "vis='ngc5921.ms', antenna='15'", "inp"), ()),
    "console-wrong": (("flagdat", "flagdata", "mode=clip", "mode='clop'", "import os"), ()),
    "console-help": (("help",), ()),
    "console-tab": (("inp flagdata",), ("v", "i", "s", "equals_sign", "apostrophe", "tab", "tab", "tab")),
    "console-queued": (("gaincal(vis='ngc5921.ms')",), ()),
}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", SCREENS)
async def test_the_console_looks_as_it_did(
    name: str, size: tuple[int, int], session: HandSession, golden: Golden
) -> None:
    lines, keys = SCREENS[name]
    async with console(session, *lines, size=size) as driven:
        await driven.press(*keys)
        screen = driven.screen
        assert max(map(len, screen.splitlines())) <= size[0]
        golden(f"{name}-{size[0]}x{size[1]}", screen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_a_call_is_followed_to_its_end(
    size: tuple[int, int], session: HandSession, golden: Golden
) -> None:
    async with console(session, "flagdata(vis='ngc5921.ms', antenna='15')", size=size) as driven:
        session.begin(KEY)
        await tick(driven)
        assert "flagdata by hand  0:03  40 %" in driven.screen
        assert "2 of 52 solutions flagged" in driven.screen
        flags = (FlagChange("ngc5921.ms", flag_summary(0.0), flag_summary(0.5)),)
        session.end(
            KEY, flags=flags, result="{'total': 3}", changed=("flags:ngc5921.ms",),
            notes=("changed behind the script's back: flags of ngc5921.ms, which concerns Bandpass",),
            warnings=(
                Warned("a [warning]", "flagdata", "WARN", 2), Warned("quiet", "", "WARN", 1, "KI-1", True),
            ),
        )  # fmt: skip
        await tick(driven)
        screen = driven.screen
        for words in (
            "flagdata done, 3.0 s, 8.6 % flagged (+0.5)",
            "returned {'total': 3}",
            "2 x a [warning]",
        ):
            assert words in screen
        assert "quiet" not in screen
        golden(f"console-end-{size[0]}x{size[1]}", screen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_what_changes_behind_the_scripts_back_is_asked_first(
    size: tuple[int, int], session: HandSession, golden: Golden
) -> None:
    session.changes = (CHANGED,)
    async with console(session, "flagdata(vis='ngc5921.ms', antenna='15')", size=size) as driven:
        golden(f"console-ask-{size[0]}x{size[1]}", driven.screen)
        await driven.press("n")
        assert "nothing was run" in driven.screen and not session.asked
        await enter(driven, "go")
        await driven.press("y")
        assert session.asked == [("call_task", EB, "flagdata(vis='ngc5921.ms', antenna='15')", True)]


async def test_go_runs_the_task_of_now_and_tget_brings_it_back(session: HandSession) -> None:
    async with console(session, "inp flagdata", "vis='a.ms'", "go") as driven:
        assert session.asked == [("call_task", EB, "flagdata(vis='a.ms')", True)]
        session.begin(KEY)
        await tick(driven)
        session.end(KEY)
        await tick(driven)
        await driven.press("escape")
        assert driven.app.screen is driven.main
        await driven.press("T")
        for line in ("default flagdata", "tget", "go"):
            await enter(driven, line)
        assert session.asked[-1] == ("call_task", EB, "flagdata(vis='a.ms')", True)


async def test_while_the_eb_is_busy_a_call_waits_and_that_is_said(session: HandSession) -> None:
    row = next(row for row in session.rows if row.item.id == "gaincal")
    session.act(running=(Running(row.key, "r0", NOW - 42),), conductor="busy")
    async with console(session, "flagdata(vis='a.ms', mode='summary')") as driven:
        assert "busy with Gains over time: what you run waits its turn" in driven.screen
        assert "in the queue, behind Gains over time" in driven.screen
        assert "Gains over time  0:42  +1 queued" in driven.screen


async def test_a_console_opened_anew_goes_on_with_what_runs(session: HandSession) -> None:
    session.begin(KEY)
    async with console(session) as driven:
        await tick(driven)
        assert "flagdata by hand  0:03" in driven.screen and "the other log" in driven.screen
        session.end(KEY, "failed", reasons=("no such [antenna]",))
        await tick(driven)
        assert "flagdata failed" in driven.screen and "no such [antenna]" in driven.screen


async def test_a_call_that_was_dropped_is_told(session: HandSession) -> None:
    async with console(session, "flagdata(vis='a.ms', mode='summary')") as driven:
        session.act(queue=(), conductor="idle")
        await tick(driven)
        assert "flagdata by hand was not run" in driven.screen


async def test_an_error_is_said_and_the_line_goes_on(session: HandSession) -> None:
    session.refusal = ControlError("the conductor does not start", "conductor.log", "Make room.")
    async with console(session, "flagdata(vis='a.ms')") as driven:
        assert "conductor.log: the conductor does not start" in driven.screen
        assert "Make room." in driven.screen
        session.refusal = None
        await enter(driven, "go")
        assert session.asked


async def test_tab_completes_and_goes_round(session: HandSession) -> None:
    async with console(session, "inp flagdata") as driven:
        line = driven.app.screen.query_one("Input")
        await driven.type("vis")
        await driven.press("tab")
        assert line.value == "vis="
        await driven.press("apostrophe", "c", "o", "n", "t", "tab")
        assert line.value == "vis='ngc5921.ms.contsub'"
        line.value = "antenna="
        line.cursor_position = 8
        await enter(driven, "vis='ngc5921.ms'")
        await driven.type("antenna")
        await driven.press("equals_sign", "apostrophe", "tab")
        assert line.value == "antenna='1'" and "3:" in driven.screen
        await driven.press("tab")
        assert line.value == "antenna='15'"
        await driven.press("shift+tab", "shift+tab")
        assert line.value == "antenna='28'"
        await driven.press("escape")
        assert "3:" not in driven.screen and driven.app.screen is not driven.main


async def test_a_line_is_asked_for_though_the_console_is_left_at_once(session: HandSession) -> None:
    async with console(session) as driven:
        driven.app.screen.query_one("Input").value = "flagdata(vis='a.ms')"  # type: ignore[attr-defined]
        await driven.pilot.press("enter", "escape")
        while driven.app.screen is not driven.main:
            await driven.pilot.pause(0.01)
        assert session.asked == [("call_task", EB, "flagdata(vis='a.ms')", True)]


async def test_arrows_go_through_what_was_typed(session: HandSession) -> None:
    async with console(session, "inp flagdata", "spw='9'") as driven:
        line = driven.app.screen.query_one("Input")
        await driven.press("up", "up")
        assert line.value == "inp flagdata"
        await driven.press("up", "down")
        assert line.value == "spw='9'"
        await driven.press("down")
        assert line.value == ""


async def test_undo_asks_and_puts_the_flags_back(session: HandSession) -> None:
    async with console(session, "undo") as driven:
        assert "no call by hand has changed flags" in driven.screen
        session.end(KEY, rests_on=("ngc5921.ms:casapilot_before_hand_1",))
        await enter(driven, "undo")
        assert "All flags set since then are undone" in driven.screen
        session.undoing = True
        await driven.press("y")
        assert session.asked == [("restore", "flagdata.1", True)]
        assert "putting the flags back" in driven.screen and "are put back" not in driven.screen
        session.act(running=())
        session.by_hand.clear()
        await tick(driven)
        assert "the flags are put back" in driven.screen


async def test_undo_that_fails_is_not_told_as_done(session: HandSession) -> None:
    async with console(session, "") as driven:
        session.end(KEY, rests_on=("ngc5921.ms:casapilot_before_hand_1",))
        await enter(driven, "undo")
        await driven.press("y")
        await tick(driven)
        assert "the flags were NOT put back" in driven.screen


async def test_the_last_call_goes_into_the_script_as_an_edit(session: HandSession, golden: Golden) -> None:
    async with console(session, "flagdata(vis='ngc5921.ms', antenna='15')") as driven:
        await enter(driven, "script")
        assert "step 2 Bandpass, at its beginning" in driven.screen
        await driven.press("enter")
        await driven.type("noisy")
        await driven.press("tab")
        await driven.type("ab")
        await driven.press("enter")
        golden("console-script-80x24", driven.screen)
        await driven.press("enter")
        assert session.asked[-1] == ("save_script", "n5921.py", "noisy", "ab")
        assert "flagdata(vis='ngc5921.ms', antenna='15')" in session.script.read_text()
        assert "saved and committed as 0123456789" in driven.screen


async def test_nothing_to_stop_is_said_and_what_runs_can_be_stopped(session: HandSession) -> None:
    async with console(session, "stop") as driven:
        assert "nothing runs" in driven.screen
        session.begin(KEY)
        await tick(driven)
        await driven.press("ctrl+x")
        assert "Runs now: " in driven.screen
        await driven.press("a")
        assert session.asked[-1] == ("stop", "after-call")


async def test_help_shows_what_casa_says_of_a_task(session: HandSession, tmp_path: Path) -> None:
    source = tmp_path / "gaincal.py"
    source.write_text('class _gaincal:\n    """gaincal ---- All\n    about [gains]"""\n')
    session.tasks = TaskList({"gaincal": TaskInfo("gaincal", file=str(source)), "flagdata": FLAGDATA}, "kept")
    async with console(session) as driven:
        assert "No CASA answers" in driven.screen
        await enter(driven, "gaincal?")
        assert "about [gains]" in driven.screen
        await driven.press("escape")
        assert driven.app.screen is not driven.main


async def test_the_console_is_ascii_where_the_terminal_is(session: HandSession) -> None:
    session.changes = ("Grüße → 完成",)
    async with console(session, "inp flagdata", "flagdata(vis='µ.ms')", ascii_only=True) as driven:
        assert driven.screen.isascii()


async def test_without_an_eb_there_is_no_console(session: HandSession) -> None:
    session.rows = ()
    async with console_of_none(session) as driven:
        await driven.press("T")
        assert driven.app.screen is driven.main


@asynccontextmanager
async def console_of_none(session: HandSession) -> AsyncIterator[Driven]:
    app = Casapilot(session.mous.root, session=session, clock=lambda: NOW)  # type: ignore[arg-type]  # a stand-in
    async with app.run_test(size=(80, 24)) as pilot:
        driven = Driven(app, pilot)
        await driven.settle()
        yield driven
