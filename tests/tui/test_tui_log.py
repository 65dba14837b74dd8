"""The log on the screen: followed, held, searched, filtered."""

from __future__ import annotations

from driven import Driven, Open
from fake_session import FakeSession


async def grow(driven: Driven, session: FakeSession, text: str) -> None:
    with session.casa_log.open("a", encoding="utf-8") as log:
        log.write(text)
    driven.main.detail.poll()
    await driven.settle()


async def test_end_is_followed(opened: Open, session: FakeSession) -> None:
    async with opened() as driven:
        await driven.press("3")
        await grow(driven, session, "the newest line\n")
        assert "the newest line" in driven.screen
        assert "following" in driven.screen


async def test_scrolled_up_stays_where_it_is_while_lines_arrive(opened: Open, session: FakeSession) -> None:
    async with opened() as driven:
        await driven.press("3", "tab", "g")
        before = driven.screen.splitlines()[2:21]
        await grow(driven, session, "more\n" * 500)
        assert driven.screen.splitlines()[2:21] == before
        assert "1/542" in driven.screen
        assert "held" in driven.screen
        await driven.press("G")
        assert "following" in driven.screen


async def test_page_up_and_down_come_back(opened: Open) -> None:
    async with opened() as driven:
        await driven.press("3", "tab", "g", "pagedown")
        assert "19/42" in driven.screen
        await driven.press("k", "j", "pageup")
        assert "1/42" in driven.screen
        await driven.press("pagedown", "pagedown", "pagedown")
        assert "following" in driven.screen


async def test_search_goes_up_from_the_end_and_marks(opened: Open, session: FakeSession) -> None:
    async with opened() as driven:
        await driven.press("3", "tab", "slash")
        await driven.type("interval 7/")
        await driven.press("enter")
        assert driven.screen.splitlines()[2].endswith("interval 7/40 [7%]")
        await driven.press("n")
        assert "no more of it below" in driven.screen
        await driven.press("escape", "escape")
        assert driven.main.pane == "list"


async def test_warnings_only_and_the_other_log(opened: Open) -> None:
    async with opened() as driven:
        await driven.press("3", "tab", "w")
        assert "SEVERE" in driven.screen
        assert "Beginning solution" not in driven.screen
        await driven.press("w", "f")
        assert "the other log" in driven.screen


async def test_times_and_origins_in_full(opened: Open) -> None:
    async with opened() as driven:
        await driven.press("3", "z")
        assert "2025-11-22" not in driven.screen
        await driven.press("t")
        assert (
            "2025-11-22 11:41:41     SEVERE  gaincal::::casa no unflagged data on antenna 21" in driven.screen
        )


async def test_half_a_million_lines_leave_no_line_in_memory(opened: Open, session: FakeSession) -> None:
    session.casa_log.write_bytes(b"2025-11-22 11:41:28\tINFO\tx\tsome words about a solution\n" * 500_000)
    async with opened() as driven:
        await driven.press("3", "tab")
        view = driven.main.detail.log_view
        while not view.log_file.counted:
            await driven.pilot.pause(0.02)
        await driven.settle()
        assert "499,982/500,000" in driven.screen
        assert view.log_file.index_bytes < 5000
        assert view.count() <= view.size.height
