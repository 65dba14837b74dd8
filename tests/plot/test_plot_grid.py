"""A grid of flags: what of it is in sight, the cell that is marked, and the flags that a cell can become."""

from __future__ import annotations

from typing import Any

import pytest
from casapilot.steps.plot.canvas import Role
from casapilot.steps.plot.flagging import cell_flaggings
from casapilot.steps.plot.grid import draw_grid, part_of, say_cell, stands_out
from casapilot.steps.plot.model import Cell, Grid
from casapilot.steps.plot.page import ASCII
from hypothesis import given
from hypothesis import strategies as st

MIDNIGHT = 4_968_777_600.0
SPAN = {"start_s": MIDNIGHT + 3600.0, "end_s": MIDNIGHT + 3660.0}


def grid_of(rows: int, columns: int, across: str = "scan", **more: Any) -> Grid:
    """Numbers that all differ."""
    values = tuple(tuple((7.3 * r + 1.1 * c) % 100.0 for c in range(columns)) for r in range(rows))
    places = tuple({"scan": c, "field": f"J{c}"} for c in range(columns))
    names = tuple(f"DV{r:02d}" for r in range(rows))
    titles = tuple(f"{across} {c}" for c in range(columns))
    own: dict[str, Any] = {"across": across, "places": places, **more}
    return Grid("X.ms.split", "%", names, titles, values, **own)


sizes = st.tuples(st.integers(1, 60), st.integers(1, 60), st.integers(26, 160), st.integers(10, 50))


@given(sizes, st.data())
def test_every_cell_can_be_brought_into_sight_marked_and_found_again_by_its_place(size, data):
    rows, columns, width, height = size
    grid = grid_of(rows, columns)
    at = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    part = part_of(grid, width, height).holding(*at)
    picture = draw_grid(grid, width, height, part=part, at=at)
    marked = "".join(text for row in picture.rows for text, role in row if role is Role.CURSOR)
    assert marked == f"[{grid.values[at[0]][at[1]]:5.1f}]"
    line = next(n for n, row in enumerate(picture.rows) if any(role is Role.CURSOR for _, role in row))
    assert part.cell_at(line, part.start(at[1]) + 2) == at
    assert picture.text.splitlines()[line].startswith(grid.rows[at[0]])


@given(sizes)
def test_a_grid_fits_the_page_and_says_what_does_not(size):
    rows, columns, width, height = size
    grid = grid_of(rows, columns)
    part = part_of(grid, width, height)
    lines = draw_grid(grid, width, height, ASCII).text.split("\n")
    assert len(lines) <= height and max(map(len, lines)) <= width
    assert ("antennas" in lines[-1]) == (part.rows < rows)
    assert ("scans" in lines[-1]) == (part.columns < columns) or width < 40


def test_outside_the_cells_there_is_none():
    part = part_of(grid_of(3, 2), 80, 24)
    assert part.cell_at(0, 20) is None and part.cell_at(2, 0) is None and part.cell_at(2, 79) is None
    assert part.cell_at(5, 20) is None


def test_what_stands_out_is_what_lies_above_the_others_of_its_column():
    values = ((100.0, 1.0, None), (100.0, 0.0, None), (100.0, 40.0, None), (90.0, 2.0, None))
    grid = Grid("X.ms", "%", ("A", "B", "C", "D"), ("spw 1", "spw 2", "spw 3"), values)
    assert stands_out(grid) == (2, 1)
    assert stands_out(Grid("X.ms", "%", ("A",), ("spw 1",), ((None,),))) == (0, 0)


@pytest.mark.parametrize(
    ("place", "title", "text"),
    [
        ({"spw": 17}, "spw 17", "DV09 spw 17: 50.0 % flagged"),
        ({"scan": 8, "field": "J1924"}, "scan 8", "DV09 scan 8 J1924: 50.0 % flagged"),
        (SPAN, "01:00", "DV09 01:00:00-01:01:00: 50.0 % flagged"),
        ({}, "spw 17", "DV09 spw 17: 50.0 % flagged"),
    ],
)
def test_a_cell_is_named_with_all_that_it_is(place, title, text):
    assert say_cell(Cell("DV09", title, place, 50.0)) == text
    assert say_cell(Cell("DV09", title, place, None)).endswith(": no data")


@pytest.mark.parametrize(
    ("place", "selection"),
    [
        ({"spw": 17}, {"antenna": "DV09", "spw": "17"}),
        ({"scan": 8, "field": "J1924"}, {"antenna": "DV09", "scan": "8"}),
        (SPAN, {"antenna": "DV09", "timerange": "2016/05/01/01:00:00.0~2016/05/01/01:01:00.0"}),
    ],
)
def test_the_first_flag_offered_is_that_of_the_cell_and_no_more(place, selection):
    ways = cell_flaggings(grid_of(1, 1), Cell("DV09", "x", place, 50.0))
    assert ways[0].selection == selection and ways[0].vis == "X.ms.split"
    assert [way.selection.get("antenna") for way in ways] == ["DV09", "DV09", None]
    assert not any(way.in_table for way in ways)


def test_what_the_whole_grid_was_picked_from_is_part_of_each_flag():
    picked = {"spw": "17", "scan": "3", "field": ""}
    ways = cell_flaggings(grid_of(1, 1), Cell("DV09", "scan 8", {"scan": 8}, 50.0), picked)
    assert ways[0].selection == {"antenna": "DV09", "scan": "8", "spw": "17"}
    assert "spw 17" in ways[0].title


def test_a_cell_without_data_cannot_be_flagged():
    assert cell_flaggings(grid_of(1, 1), Cell("DV09", "spw 17", {"spw": 17}, None)) == ()
