"""What the screens look like, character by character."""

from __future__ import annotations

import pytest
from casapilot.steps.checklist.model import State
from casapilot.tui.app import Casapilot
from driven import Driven, Golden, Open
from fake_session import NOW, FakeSession

SMALL, LARGE = (80, 24), (120, 40)
#: Name of the golden screen: the item the cursor is on, the keys pressed.
SCREENS = {
    "main": ("", ()),
    "why": ("bandpass", ("tab",)),
    "script": ("bandpass", ("2", "tab")),
    "log": ("", ("3",)),
    "log-inside": ("", ("3", "tab")),
    "log-warnings": ("", ("3", "tab", "w")),
    "log-zoom": ("", ("3", "z")),
    "flags": ("bandpass", ("4",)),
    "flags-scan": ("bandpass", ("4", "tab", "a", "a", "a", "z")),
    "history": ("bandpass", ("6", "tab", "a")),
    "commit": ("bandpass", ("6", "tab", "enter")),
    "help-list": ("", ("question_mark",)),
    "help-log": ("", ("3", "tab", "question_mark")),
    "palette": ("", ("colon",)),
    "stop": ("", ("x",)),
    "sign": ("look", ("s",)),
    "choose": ("refant", ("c",)),
    "condensed": ("bandpass", ("v",)),
}


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", SCREENS)
async def test_screen_looks_as_it_did(name: str, size: tuple[int, int], opened: Open, golden: Golden) -> None:
    on, keys = SCREENS[name]
    async with opened(size=size, on=on) as driven:
        await driven.press(*keys)
        driven.main.query_one("#rule").say("")
        await driven.settle()
        screen = driven.screen
        assert max(map(len, screen.splitlines())) <= size[0]
        golden(f"{name}-{size[0]}x{size[1]}", screen)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_open_screen_looks_as_it_did(
    size: tuple[int, int], session: FakeSession, golden: Golden
) -> None:
    app = Casapilot(None, clock=lambda: NOW, start=session.mous.root.parent)
    async with app.run_test(size=size) as pilot:
        driven = Driven(app, pilot)
        await driven.settle()
        screen = driven.screen.replace(str(session.mous.root.parent), "/data")
        golden(f"open-{size[0]}x{size[1]}", screen)


@pytest.mark.parametrize("name", SCREENS)
async def test_no_sign_beyond_ascii_is_on_an_ascii_screen(
    name: str, opened: Open, session: FakeSession
) -> None:
    on, keys = SCREENS[name]
    session.change("import", note="Grüße µJy → 完成")
    session.casa_log.write_text(session.casa_log.read_text() + "µ-synthesis → naïve 完成\n", encoding="utf-8")
    async with opened(ascii_only=True, on=on) as driven:
        await driven.press(*keys)
        assert driven.screen.isascii()
        assert driven.app.glyphs.states[State.TODO] == "."


async def test_error_forms_and_welcome_are_ascii_too(opened: Open, session: FakeSession) -> None:
    session.change("setjy", blocked="needs ‘Import’ …", run=None)
    session.rest()
    async with opened(ascii_only=True, on="setjy", autorun=True) as driven:
        assert "Welcome" in driven.screen
        assert driven.screen.isascii()
        await driven.press("escape", "slash")
        await driven.type("flux")
        assert "filter" in driven.screen
        assert driven.screen.isascii()
        await driven.press("enter", "n")
        assert "Note" in driven.screen
        assert driven.screen.isascii()


@pytest.mark.parametrize("setting", ["TERM=linux", "TERM=vt100", "TERM=screen", "NO_COLOR=1"])
async def test_screens_keep_to_the_terminals_own_colours_when_in_doubt(
    setting: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _, value = setting.partition("=")
    monkeypatch.delenv("COLORTERM")
    monkeypatch.setenv(name, value)
    async with opened() as driven:
        assert driven.app.plain
        assert driven.app.ascii == (value in ("linux", "vt100"))
        styles = [s.style for strip in driven.app.screen._compositor.render_strips() for s in strip]
        colors = [c for style in styles if style for c in (style.color, style.bgcolor) if c]
        assert all(color.triplet is None for color in colors)
        assert any(style.reverse for style in styles if style)


async def test_small_terminal_says_what_it_needs_and_recovers(opened: Open) -> None:
    async with opened() as driven:
        await driven.pilot.resize_terminal(50, 10)
        await driven.settle()
        assert "50 x 10" in driven.screen
        assert "casapilot status" in driven.screen
        await driven.pilot.resize_terminal(100, 30)
        await driven.settle()
        assert "Bandpass" in driven.screen


async def test_nothing_of_others_is_taken_for_markup_or_escape(opened: Open, session: FakeSession) -> None:
    session.change("gaincal", note="[bold]x[/bold] [/nonsense]", detail="\x1b[31mred\x1b[0m \x07bell")
    async with opened(size=LARGE) as driven:
        assert "[bold]x[/bold] [/nonsense]" in driven.screen
        await driven.press("3", "z")
        assert "[red]spw=0[/red]" in driven.screen
        assert "no unflagged data on antenna 21" in driven.screen
        assert "\x1b" not in driven.screen
        assert "\x07" not in driven.screen
