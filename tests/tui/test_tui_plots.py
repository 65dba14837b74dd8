"""The plots beside an item: pages, keys, the crosshair, flags, pictures; CASA's process is played."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.errors import CasaError
from casapilot.steps.run.plotting import Withdrawn
from casapilot.tui.widgets.plots_feed import Feed
from driven import Driven, Golden, Open
from fake_session import FakeSession

sys.path.insert(0, str(Path(__file__).parents[1] / "plot"))
from plot_data import flags, gains, tsys

SMALL, LARGE = (80, 24), (120, 40)


class FakeReader:
    """Answers from a list of tables; holds an answer back while it is told to."""

    answers: dict[str, Any]
    asked: list[dict[str, Any]]
    go: threading.Event
    withdrawn: threading.Event

    def __init__(self, mous: object) -> None:
        self.closed = False

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(request)
        while not self.go.wait(0.01):
            if self.withdrawn.is_set():
                self.withdrawn.clear()
                raise Withdrawn("is not wanted any more")
        answer = self.answers[Path(request["table"]).suffix]
        if isinstance(answer, Exception):
            raise answer
        return _limited(answer(), request)

    def withdraw(self) -> None:
        self.withdrawn.set()

    def close(self) -> None:
        self.closed = True
        self.withdrawn.set()


def _limited(answer: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """Curves of those panels only that were asked for, as CASA's process answers."""
    start, stop = request["start"], request["start"] + request["limit"]
    for n, panel in enumerate(answer.get("panels", ())):
        if not start <= n < stop:
            panel.pop("series", None)
    choices = {"y": ["tsys", "snr"], "antenna": ["DV09", "DA41"], "spw": [17, 19], "pol": ["X", "Y"]}
    return {**answer, "choices": choices}


@pytest.fixture(autouse=True)
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakeReader]]:
    FakeReader.answers = {".bandpass": tsys, ".gaincal": gains, ".import": flags}
    FakeReader.asked, FakeReader.go, FakeReader.withdrawn = [], threading.Event(), threading.Event()
    FakeReader.go.set()
    monkeypatch.setattr(Feed, "make_reader", FakeReader)
    yield FakeReader
    FakeReader.go.set()


@pytest.fixture(autouse=True)
def tables(session: FakeSession) -> None:
    for name, kind in (
        ("bandpass", "Calibration"),
        ("gaincal", "Calibration"),
        ("import", "Measurement Set"),
    ):
        path = session.mous.root / f"ngc5921.{name}"
        path.mkdir()
        (path / "table.info").write_text(f"Type = {kind}\nSubType = \n", encoding="utf-8")


#: Name of the golden screen: the item the cursor is on, the keys pressed.
SCREENS = {
    "plots": ("bandpass", ("5",)),
    "plots-inside": ("bandpass", ("5", "tab")),
    "plots-zoom": ("bandpass", ("5", "z")),
    "plots-cursor": ("bandpass", ("5", "tab", "right", "right")),
    "plots-closer": ("bandpass", ("5", "z", "plus", "right", "plus", "plus")),
    "plots-flag": ("bandpass", ("5", "tab", "right", "enter")),
    "plots-phases": ("look", ("5", "z")),
    "plots-nothing": ("setjy", ("5", "tab")),
    "plots-help": ("bandpass", ("5", "tab", "question_mark")),
}


async def _shown(driven: Driven, keys: tuple[str, ...]) -> str:
    await driven.press(*keys)
    return driven.screen


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", SCREENS)
async def test_the_plots_look_as_they_did(
    name: str, size: tuple[int, int], opened: Open, golden: Golden
) -> None:
    on, keys = SCREENS[name]
    async with opened(size=size, on=on) as driven:
        screen = await _shown(driven, keys)
        assert max(map(len, screen.splitlines())) <= size[0]
        golden(f"{name}-{size[0]}x{size[1]}", screen)


@pytest.mark.parametrize("name", ["plots", "plots-cursor", "plots-closer", "plots-phases"])
async def test_on_an_ascii_screen_the_plots_are_ascii(name: str, opened: Open, golden: Golden) -> None:
    on, keys = SCREENS[name]
    async with opened(ascii_only=True, on=on) as driven:
        screen = await _shown(driven, keys)
        assert screen.isascii()
        golden(f"{name}-ascii-80x24", screen)


async def test_the_first_line_of_the_first_panel_says_who_and_how_much(opened: Open) -> None:
    async with opened(on="bandpass") as driven:
        screen = await _shown(driven, ("5",))
        assert "! DV09 spw 17: 4.0x others X scan 3" in screen.splitlines()[3]


async def test_a_judgement_shows_the_tables_of_what_it_judges(opened: Open, reader: type[FakeReader]) -> None:
    async with opened(on="look") as driven:
        await driven.press("5")
        assert reader.asked[-1]["table"].endswith("ngc5921.gaincal")


async def test_keys_choose_what_is_asked_for(opened: Open, reader: type[FakeReader]) -> None:
    async with opened(on="bandpass") as driven:
        await driven.press("5", "tab", "a", "w", "p")
        last = reader.asked[-1]
        assert (last["antenna"], last["spw"], last["pol"]) == (["DV09"], ["17"], ["X"])
        await driven.press("A", "d", "o", "O", "f")
        last = reader.asked[-1]
        assert (last["antenna"], last["y"], last["order"]) == ([], "snr", "name")
        assert last["overlay"] == ["antenna", "pol", "time"]
        assert last["x"] == "antenna"  # frequency is what it has unasked


async def test_pages_go_on_and_back_and_end_where_the_panels_do(
    opened: Open, reader: type[FakeReader]
) -> None:
    async with opened(on="bandpass") as driven:
        await driven.press("5", "tab")
        starts = []
        for key in ("space", "space", "space", "b", "g", "G"):
            await driven.press(key)
            starts.append(reader.asked[-1]["start"])
        assert starts == [2, 4, 4, 2, 0, 4]


async def test_closer_asks_for_one_panel_with_all_its_points_and_then_for_nothing_more(
    opened: Open, reader: type[FakeReader]
) -> None:
    async with opened(on="bandpass") as driven:
        await driven.press("5", "tab", "plus")
        assert (reader.asked[-1]["limit"], reader.asked[-1]["points"]) == (1, 4000)
        count = len(reader.asked)
        await driven.press("right", "plus", "plus", "minus", "minus")
        assert len(reader.asked) == count
        await driven.press("minus")
        assert reader.asked[-1]["limit"] == 2


async def test_the_crosshair_begins_at_what_stands_out_and_names_it(opened: Open) -> None:
    async with opened(on="bandpass") as driven:
        await driven.press("5", "tab", "right")
        rule = driven.screen.splitlines()[-3]
        assert "DV09 spw 17 X scan 3 channel" in rule
        assert "Tsys 280 K" in rule or "Tsys 28" in rule
        point = driven.main.detail.plot_view.point
        await driven.press("l", "l", "l")
        assert driven.main.detail.plot_view.point.x > point.x
        await driven.press("escape")
        assert driven.main.detail.plot_view.point is None
        assert driven.main.pane == "plots"


async def test_a_click_puts_the_crosshair_there_and_another_offers_to_flag(opened: Open) -> None:
    async with opened(on="bandpass") as driven:
        await driven.press("5", "tab")
        view = driven.main.detail.plot_view
        frame = view._picture.frames[1]
        at = (frame.left + 5, frame.top + 2)
        await driven.pilot.click("#plots", offset=at)
        await driven.settle()
        assert view.point.antenna == "DA41"
        await driven.pilot.click("#plots", offset=at)
        await driven.settle()
        assert "Flag what?" in driven.screen


async def test_a_flag_is_shown_as_a_diff_and_saved_with_its_reason(
    opened: Open, session: FakeSession, reader: type[FakeReader]
) -> None:
    session.script.write_text(
        "step_title = {1: 'Generation of the Tsys cal table'}\nthesteps = [1]\n"
        "# Generation of the Tsys cal table\nmystep = 1\nif mystep in thesteps:\n"
        "  gencal(vis = 'X2cd.ms', caltable = 'X2cd.ms.tsys', caltype = 'tsys')\n",
        encoding="utf-8",
    )
    async with opened(on="bandpass") as driven:
        await driven.press("5", "tab", "right", "enter", "1")
        assert "Flag DV09 spw 17 X, scan 3" in driven.screen
        await driven.press("enter")
        await driven.type("ab")
        await driven.press("enter")
        assert "What would change in" in driven.screen
        await driven.press("enter")
        name, path, why, initials = session.asked[-1]
        assert (name, path, initials) == ("save_script", "n5921.py", "ab")
        assert "DV09 spw 17 X scan 3" in why
    text = session.script.read_text(encoding="utf-8")
    assert "antenna = 'DV09'" in text and "correlation = 'Sol1'" in text and "scan = '3'" in text
    assert text.index("gencal(") < text.index("flagdata(")


async def test_a_script_without_such_a_step_is_left_as_it_is(opened: Open, session: FakeSession) -> None:
    before = session.script.read_bytes()
    async with opened(on="bandpass") as driven:
        await driven.press("5", "tab", "right", "enter", "1", "enter")
        await driven.type("ab")
        await driven.press("enter")
        assert "What would change" not in driven.screen
    assert session.script.read_bytes() == before


async def test_the_call_at_the_bottom_is_the_flag_and_is_copied(
    opened: Open, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(on="bandpass", size=LARGE) as driven:
        await driven.press("5", "tab", "right", "y")
        assert "flagdata(vis='uid___A002_X85c183_X2cd.ms.tsys'" in driven.screen
    yanked = (session.mous.live / "yank.txt").read_text(encoding="utf-8")
    assert "antenna='DV09'" in yanked and "scan='3'" in yanked


async def test_what_nobody_waits_for_any_more_is_never_shown(opened: Open, reader: type[FakeReader]) -> None:
    async with opened(on="bandpass") as driven:
        reader.go.clear()
        await driven.pilot.press("5")
        await driven.pilot.pause(0.3)
        assert "reading ngc5921.bandpass" in driven.screen
        look = next(row.key for row in driven.main.snapshot.rows if row.item.id == "look")
        driven.main.items.go_to_key(look)
        await driven.pilot.pause(0.3)
        reader.go.set()
        await driven.settle()
        assert "phase" in driven.screen
        assert "Tsys" not in driven.screen


async def test_keys_are_answered_while_a_table_is_read(opened: Open, reader: type[FakeReader]) -> None:
    async with opened(on="bandpass") as driven:
        reader.go.clear()
        await driven.pilot.press("5")
        await driven.pilot.pause(0.2)
        await driven.pilot.press("j")
        await driven.pilot.pause(0.05)
        assert driven.main.items.row.item.id == "gaincal"
        assert driven.main.detail.plot_view.reading


async def test_an_error_is_told_in_words_and_the_next_table_can_be_looked_at(
    opened: Open, session: FakeSession, reader: type[FakeReader]
) -> None:
    reader.answers[".bandpass"] = CasaError("is [not] a caltable", "X.bandpass", "Name one.")
    async with opened(on="bandpass") as driven:
        await driven.press("5", "tab")
        assert "is [not] a caltable" in driven.screen
        assert "Name one." in driven.screen


async def test_a_cell_of_a_grid_of_flags_is_named_and_can_be_flagged(opened: Open) -> None:
    async with opened(on="import") as driven:
        await driven.press("5", "z", "right")
        assert "% flagged by spw" in driven.screen
        assert "DA41 spw 17: 100.0 % flagged" in driven.screen  # what stands out
        await driven.press("up")
        assert "DV09 spw 17: 50.0 % flagged" in driven.screen
        assert "[ 50.0]" in driven.screen
        await driven.press("enter")
        assert "Flag what?" in driven.screen
        assert "antenna='DV09', spw='17'" in driven.screen
        assert "A priori flagging" in driven.screen
        await driven.press("escape", "escape")
        assert "[ 50.0]" not in driven.screen


async def test_all_that_can_be_chosen_is_in_one_window_and_kept_for_each_item(
    opened: Open, reader: type[FakeReader], golden: Golden
) -> None:
    async with opened(on="bandpass") as driven:
        await driven.press("5", "tab", "D")
        golden("plots-form-80x24", driven.screen)
        await driven.press("down", "down", "right", "down", "left", "enter")
        last = reader.asked[-1]
        assert (last["antenna"], last["spw"]) == (["DV09"], ["19"])
        assert "[DV09, spw 19]" in driven.screen
        look = next(row.key for row in driven.main.snapshot.rows if row.item.id == "look")
        bandpass = driven.main.items.row.key
        driven.main.items.go_to_key(look)
        await driven.pilot.pause(0.3)
        await driven.settle()
        assert reader.asked[-1]["antenna"] == []
        driven.main.items.go_to_key(bandpass)
        await driven.pilot.pause(0.3)
        await driven.settle()
        assert reader.asked[-1]["antenna"] == ["DV09"]
        await driven.press("D", "0")
        assert reader.asked[-1]["antenna"] == []


async def test_leaving_the_window_changes_nothing(opened: Open, reader: type[FakeReader]) -> None:
    async with opened(on="bandpass") as driven:
        await driven.press("5", "tab")
        count = len(reader.asked)
        await driven.press("D", "down", "right", "escape", "D", "enter")
        assert len(reader.asked) == count


@pytest.mark.parametrize(
    ("on", "keys", "said"),
    [
        ("bandpass", ("G", "G"), "this is the last page"),
        ("bandpass", ("minus",), "+ goes closer"),
        ("bandpass", ("t",), "this is the only one"),
        ("import", ("plus",), "all numbers are there"),
        ("import", ("space",), "no further antennas"),
    ],
)
async def test_a_key_without_effect_says_why(on: str, keys: tuple[str, ...], said: str, opened: Open) -> None:
    async with opened(on=on) as driven:
        await driven.press("5", "tab", *(("z",) if on == "import" else ()), *keys)
        assert said in driven.screen


async def test_a_page_is_saved_to_a_named_file_and_never_over_another_without_a_word(
    opened: Open, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr("casapilot.tui.widgets.plots.ask_once", asked.append)
    async with opened(on="bandpass") as driven:
        await driven.press("5", "tab", "S", "enter")
        path = Path(asked[0]["png"])
        assert path.parent == session.mous.ebs[0].folder
        assert path.suffix == ".png" and "tsys" in path.name
        path.write_bytes(b"mine")
        await driven.press("S", "enter")
        assert "Write over it?" in driven.screen
        await driven.press("n")
        assert len(asked) == 1
        await driven.press("S", "q", "enter")
        assert "is no name of a PNG file" in driven.screen
        assert len(asked) == 1


async def test_pictures_of_scripts_come_after_the_tables(opened: Open, session: FakeSession) -> None:
    from PIL import Image

    folder = session.mous.ebs[0].folder / "plots"
    folder.mkdir()
    Image.new("RGB", (40, 20), "black").save(folder / "wvr.png")
    (folder / "broken.png").write_bytes(b"no picture")
    async with opened(on="bandpass") as driven:
        await driven.press("5", "tab", "t")
        screens = [driven.screen]
        await driven.press("t")
        screens.append(driven.screen)
        assert any("wvr.png" in screen and "▀" in screen for screen in screens)
        assert "Enter show large" in driven.screen
        assert any("is no PNG picture" in screen for screen in screens)


async def test_what_an_answer_asks_for_is_out_of_date_when_something_else_is_wanted(
    reader: type[FakeReader],
) -> None:
    under_way, go = threading.Event(), threading.Event()
    taken: list[str] = []
    tasks: set[asyncio.Task[None]] = set()

    def ask(job: Callable[[Any], str]) -> None:
        if feed.want(job):
            tasks.add(asyncio.create_task(feed.serve()))

    def slow(_: Any) -> str:
        under_way.set()
        go.wait(10.0)
        return "slow"

    def take(found: str) -> None:
        taken.append(found)
        if found == "first":
            ask(slow)

    feed = Feed(None, take)
    ask(lambda _: "first")
    await asyncio.to_thread(under_way.wait, 10.0)
    ask(lambda _: "last")
    await asyncio.sleep(0.05)
    go.set()
    while len(done := {task for task in tasks if task.done()}) < len(tasks):
        await asyncio.wait(tasks - done)
    assert taken == ["first", "last"]


async def test_the_reader_ends_with_the_screen(opened: Open, reader: type[FakeReader]) -> None:
    async with opened(on="bandpass") as driven:
        await driven.press("5")
        mine = driven.main.detail.plot_view._feed._reader
    assert mine.closed
