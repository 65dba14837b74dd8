"""Screens of several execution blocks: which one is looked at, how far each is, all of them in one table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from casapilot.steps.checklist.model import State
from casapilot.tui.app import Casapilot
from casapilot.tui.glyphs import ASCII, UNICODE
from casapilot.tui.overview import EbProgress, ebs_of, matrix, progress_of
from casapilot.tui.widgets.ebs import eb_spans
from casapilot.tui.widgets.paint import width_of
from driven import Driven, Golden
from fake_session import NOW, FakeSession, key, runs
from hypothesis import given
from hypothesis import strategies as st

TWO, FOUR = ("X2cd", "X7e0"), ("X2cd", "X7e0", "X8a1", "X9b2")
MANY = tuple(f"X{n:03x}" for n in range(14))
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
SCREENS = {
    "two": (TWO, ()),
    "two-next": (TWO, ("greater_than_sign",)),
    "two-help": (TWO, ("question_mark",)),
    "four": (FOUR, ()),
    "four-matrix": (FOUR, ("m",)),
    "many": (MANY, ("less_than_sign",)),
    "many-matrix": (MANY, ("less_than_sign", "m")),
    "stop-one": (("X2cd", "X7e0", "X8a1", "X9b2", "Xac4"), ("x",)),
}


@asynccontextmanager
async def opened(
    root: Path, ebs: tuple[str, ...], size: tuple[int, int] = (80, 24), *, ascii_only: bool = False
) -> AsyncIterator[tuple[Driven, FakeSession]]:
    session = FakeSession(root, ebs)
    app = Casapilot(root, session=session, clock=lambda: NOW, ascii_only=ascii_only)  # type: ignore[arg-type]  # a stand-in
    async with app.run_test(size=size) as pilot:
        driven = Driven(app, pilot)
        await driven.settle()
        yield driven, session


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCREENS)
async def test_screen_of_several_ebs_looks_as_it_did(
    name: str, size: str, tmp_path: Path, golden: Golden
) -> None:
    ebs, keys = SCREENS[name]
    async with opened(tmp_path, ebs, SIZES[size]) as (driven, _):
        await driven.press(*keys)
        assert max(map(len, driven.screen.splitlines())) <= SIZES[size][0]
        golden(f"ebs-{name}-{size}", driven.screen)


@pytest.mark.parametrize("name", SCREENS)
async def test_several_ebs_are_drawn_in_ascii_where_that_is_all_there_is(name: str, tmp_path: Path) -> None:
    ebs, keys = SCREENS[name]
    async with opened(tmp_path, ebs, ascii_only=True) as (driven, _):
        await driven.press(*keys)
        assert driven.screen.isascii()
        assert "X2cd >" in driven.screen or name not in ("two", "four")


async def test_a_key_goes_to_the_same_item_of_the_next_eb_and_back(tmp_path: Path) -> None:
    async with opened(tmp_path, FOUR) as (driven, _):
        await driven.press("greater_than_sign")
        assert driven.main.items.row.key == key("gaincal", "X7e0")
        await driven.press("less_than_sign", "less_than_sign")
        assert driven.main.items.row.key == key("gaincal", "X9b2")
        await driven.press("greater_than_sign", "3", "tab", "greater_than_sign")
        assert driven.main.items.row.key == key("gaincal", "X7e0")
        assert driven.main.pane == "log"


async def test_the_list_holds_one_eb_and_a_filter_looks_in_all(tmp_path: Path) -> None:
    async with opened(tmp_path, FOUR) as (driven, _):
        keys = [entry.key.eb for entry in driven.main.items._entries if not isinstance(entry, tuple)]
        assert set(keys) == {"X2cd"}
        await driven.press("slash")
        await driven.type("bandpass")
        await driven.press("enter")
        assert all(f"{eb} Calibration" in driven.screen for eb in FOUR)
        await driven.press("j")
        assert driven.main.items.row.key == key("bandpass", "X7e0")
        await driven.press("escape")
        assert driven.main.items.row.key == key("bandpass", "X7e0")
        assert "X7e0 Calibration" not in driven.screen


async def test_one_goes_to_what_failed_and_to_each_that_runs(tmp_path: Path) -> None:
    async with opened(tmp_path, (*FOUR, "Xac4")) as (driven, _):
        await driven.press("comma")
        assert driven.main.items.row.key == key("bandpass", "X7e0")
        await driven.press("full_stop")
        assert driven.main.items.row.key == key("gaincal", "X2cd")
        await driven.press("full_stop")
        assert driven.main.items.row.key == key("gaincal", "Xac4")


async def test_what_runs_in_another_eb_does_not_take_the_cursor_away(tmp_path: Path) -> None:
    async with opened(tmp_path, TWO) as (driven, session):
        session.act(running=(*runs("gaincal", "X2cd"), *runs("import", "X7e0")))
        await driven.main.poll()
        await driven.settle()
        assert driven.main.items.row.key == key("gaincal", "X2cd")


async def test_whoever_watches_a_queue_goes_on_to_the_next_eb(tmp_path: Path) -> None:
    async with opened(tmp_path, TWO) as (driven, session):
        await driven.press("full_stop")
        session.act(running=runs("import", "X7e0"), queue=(key("setjy", "X7e0"),))
        await driven.main.poll()
        await driven.settle()
        assert driven.main.items.row.key == key("import", "X7e0")


@pytest.mark.parametrize(
    ("ebs", "keys", "asked"),
    [
        (TWO, ("x", "enter"), ("stop", "after-call")),
        ((*FOUR, "Xac4"), ("x", "enter", "enter"), ("stop", "after-call", "X2cd")),
        ((*FOUR, "Xac4"), ("x", "enter", "exclamation_mark"), ("stop", "now", "X2cd")),
        ((*FOUR, "Xac4"), ("x", "a", "enter"), ("stop", "after-call")),
        ((*FOUR, "Xac4"), ("greater_than_sign", "x", "enter", "enter"), ("stop", "after-call")),
        ((*FOUR, "Xac4"), ("x", "n"), None),
        ((*FOUR, "Xac4"), ("x", "escape"), None),
    ],
)
async def test_a_stop_is_of_one_eb_or_of_all(
    ebs: tuple[str, ...], keys: tuple[str, ...], asked: tuple[str, ...] | None, tmp_path: Path
) -> None:
    async with opened(tmp_path, ebs) as (driven, session):
        await driven.press(*keys)
        assert session.asked == ([asked] if asked else [])


@pytest.mark.parametrize(("answer", "ran"), [("enter", 5), ("a", 12), ("n", 0)])
async def test_run_all_asks_whether_of_this_eb_or_of_all(answer: str, ran: int, tmp_path: Path) -> None:
    async with opened(tmp_path, TWO) as (driven, session):
        await driven.press("A", answer)
        assert sum(len(asked[1]) for asked in session.asked) == ran


async def test_enter_in_the_table_goes_to_the_item_of_that_eb(tmp_path: Path) -> None:
    async with opened(tmp_path, FOUR) as (driven, session):
        await driven.press("m", "l", "k", "enter")
        assert driven.app.screen is driven.main
        assert driven.main.items.row.key == key("bandpass", "X7e0")
        assert session.asked == []
        await driven.press("m", "h", "escape")
        assert driven.main.items.row.key == key("bandpass", "X7e0")


async def test_the_table_shows_what_has_changed_meanwhile(tmp_path: Path) -> None:
    async with opened(tmp_path, TWO) as (driven, session):
        await driven.press("m")
        assert "[▸ runs]" in driven.screen
        gaincal = key("gaincal", "X2cd")
        session.rows = tuple(
            replace(row, state=State.DONE) if row.key == gaincal else row for row in session.rows
        )
        session.act(running=())
        await driven.main.poll()
        await driven.pilot.pause(0.3)
        await driven.settle()
        assert "[✓ done]" in driven.screen


async def test_one_eb_has_no_line_of_ebs_and_no_keys_for_them(tmp_path: Path) -> None:
    async with opened(tmp_path, ("X2cd",)) as (driven, _):
        assert "next EB" not in driven.screen
        await driven.press("greater_than_sign")
        assert "next EB: there is one execution block" in driven.screen
        await driven.press("m")
        assert driven.app.screen is driven.main


PROGRESS = st.builds(
    EbProgress,
    eb=st.text("Xabcdef0123", min_size=1, max_size=9),
    finished=st.integers(0, 40),
    total=st.just(40),
    failed=st.integers(0, 3),
    warned=st.integers(0, 3),
    queued=st.integers(0, 9),
)


@given(progress=st.lists(PROGRESS, min_size=1, max_size=20, unique_by=lambda each: each.eb), data=st.data())
def test_the_line_of_ebs_fits_and_always_holds_the_one_that_is_looked_at(
    progress: list[EbProgress], data: st.DataObject
) -> None:
    here = data.draw(st.sampled_from(progress)).eb
    width = data.draw(st.integers(60, 200))
    for glyphs in (UNICODE, ASCII):
        spans = eb_spans(progress, here, width, glyphs)
        assert width_of(spans) <= width
        assert [text for text, style in spans if style == "tab"] == [here]


def test_how_far_each_eb_is_and_the_table_of_all(tmp_path: Path) -> None:
    snapshot = FakeSession(tmp_path, FOUR).snapshot()
    assert ebs_of(snapshot) == FOUR
    states = [each.state for each in progress_of(snapshot)]
    assert states == [State.RUNNING, State.FAILED, State.DONE, State.TODO]
    assert progress_of(snapshot)[0].words == "running step 7 60 %"
    lines = matrix(snapshot)
    assert len(lines) == 14 + 3
    bandpass = next(line for line in lines if line.title == "Bandpass")
    assert bandpass.cells is not None and [row.key.eb for row in bandpass.cells.values()] == list(FOUR)
