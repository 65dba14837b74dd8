"""Pages of characters, held against pages that a person has looked at (tests/plot/golden)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from casapilot.steps.plot.canvas import Role
from casapilot.steps.plot.grid import draw_grid
from casapilot.steps.plot.model import Curves, Grid, read_answer
from casapilot.steps.plot.page import ASCII, UNICODE, draw_page, layout_of
from hypothesis import given
from hypothesis import strategies as st
from plot_data import answer, flags, gains, offsets, panel, series, tsys

GOLDEN = Path(__file__).parent / "golden"
DATA = {"tsys": tsys, "gains": gains, "offsets": offsets}


def curves_of(data: object) -> Curves:
    found = read_answer(data)
    assert isinstance(found, Curves)
    return found


def compare(name: str, text: str) -> None:
    """Write what is new with CASAPILOT_GOLDEN=1, then look at it."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("CASAPILOT_GOLDEN"):
        path.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("signs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_a_page_looks_as_it_looked(name, size, signs):
    text = draw_page(curves_of(DATA[name]()), *size, signs).text
    compare(f"{name}-{'ascii' if signs.ascii_only else 'unicode'}-{size[0]}x{size[1]}", text)


@pytest.mark.parametrize("signs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_a_grid_of_flags_looks_as_it_looked(signs):
    grid = read_answer(flags())
    assert isinstance(grid, Grid)
    compare(f"flags-{'ascii' if signs.ascii_only else 'unicode'}", draw_grid(grid, 80, 24, signs).text)


def test_in_ascii_everything_is_ascii():
    for make in DATA.values():
        assert draw_page(curves_of(make()), 80, 24, ASCII).text.isascii()


def test_the_antenna_that_stands_out_is_marked_named_and_drawn_as_such():
    picture = draw_page(curves_of(tsys()), 80, 24)
    lines = picture.text.splitlines()
    assert lines[1].startswith("! DV09 spw 17 ")
    assert "4.0x others X scan 3" in lines[2]
    assert lines[-1].startswith("! stands out: 1 of 6")
    loud = [text for row in picture.rows[3:] for text, role in row if role is Role.LOUD]
    assert loud, "its curve is drawn like any other"


def test_a_panel_without_any_good_solution_says_so():
    assert "all flagged" in draw_page(curves_of(gains()), 80, 24).text


def test_a_page_that_is_too_small_leaves_out_panels_and_not_their_numbers():
    text = draw_page(curves_of(tsys()), 30, 13).text
    assert "1 of 6" in text
    assert "DA41" not in text


def test_a_grid_says_what_did_not_fit():
    grid = Grid("X.ms", "%", tuple(f"DV{n:02d}" for n in range(30)), ("spw 1",), ((1.0,),) * 30)
    text = draw_grid(grid, 80, 24).text
    assert text.splitlines()[-1] == "antennas 1-21 of 30"
    assert len(text.splitlines()) <= 24


@given(st.integers(26, 200), st.integers(10, 80), st.integers(0, 300))
def test_a_layout_holds_what_it_says_and_every_panel_can_be_read(width, height, panels):
    layout = layout_of(width, height, panels)
    assert layout.columns * 26 <= width
    assert layout.rows == 1 or layout.rows * 11 <= height - 2
    if panels:
        assert layout.panels >= min(panels, layout_of(width, height).panels)


finite = st.floats(-1e6, 1e6)


@given(
    st.lists(st.tuples(st.floats(93.0, 95.0), finite), max_size=40),
    st.integers(26, 90),
    st.integers(10, 40),
    st.booleans(),
)
def test_no_data_and_no_size_break_a_page_or_its_edges(points, width, height, ascii_only):
    points.sort()
    ys = [y for _, y in points] or [0.0]
    one = panel("DV09", [series([x for x, _ in points], [y for _, y in points])], y=[min(ys), max(ys)])
    text = draw_page(curves_of(answer([one])), width, height, ASCII if ascii_only else UNICODE).text
    lines = text.split("\n")
    assert len(lines) == height
    assert max(map(len, lines)) <= width
