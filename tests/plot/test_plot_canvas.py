"""Dots: in the right character, in layers, in braille and in ASCII."""

from __future__ import annotations

import pytest
from casapilot.steps.plot.canvas import Dots, Role, ascii_of
from casapilot.steps.plot.scale import Scale
from hypothesis import given
from hypothesis import strategies as st


def dots(width: int = 10, height: int = 5) -> Dots:
    return Dots(Scale(0.0, 1.0, width, 2), Scale(0.0, 1.0, height, 4))


def lit(canvas: Dots) -> list[tuple[int, int]]:
    rows = canvas.cells(ascii_only=False)
    return [(r, c) for r, row in enumerate(rows) for c, (text, _) in enumerate(row) if text != " "]


@pytest.mark.parametrize(
    ("x", "y", "cell"), [(0.0, 0.0, (4, 0)), (1.0, 1.0, (0, 9)), (0.0, 1.0, (0, 0)), (1.0, 0.0, (4, 9))]
)
def test_the_ends_of_the_range_are_the_corners(x, y, cell):
    canvas = dots()
    canvas.dot(Role.FIRST, x, y)
    assert lit(canvas) == [cell]


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_dot_and_a_mark_of_the_same_point_are_in_the_same_character(x, y):
    one, other = dots(), dots()
    one.dot(Role.FIRST, x, y)
    other.mark(Role.FIRST, x, y, "x")
    assert lit(one) == lit(other)


def test_the_curve_lies_above_the_median_and_what_stands_out_above_both():
    canvas = dots()
    for role in (Role.LOUD, Role.BEHIND, Role.FIRST):
        canvas.line(role, [0.0, 1.0], [0.5, 0.5])
    assert {role for row in canvas.cells(ascii_only=False) for _, role in row} == {Role.TEXT, Role.LOUD}


def test_in_ascii_a_curve_is_not_taken_for_the_median():
    canvas = dots()
    canvas.line(Role.BEHIND, [0.0, 1.0], [0.5, 0.5])
    canvas.line(Role.FIRST, [0.0, 0.4], [0.5, 0.5])
    middle = "".join(text for text, _ in canvas.cells(ascii_only=True)[2])
    assert middle[:4].strip("-") == middle[:4]
    assert set(middle[5:]) == {"-"}


@given(st.integers(1, 255))
def test_every_pattern_of_dots_has_an_ascii_sign(bits):
    assert ascii_of(bits) in "':."


def test_a_line_leaves_no_column_out():
    canvas = dots()
    canvas.line(Role.FIRST, [0.0, 0.5, 1.0], [0.0, 1.0, 0.2])
    assert {column for _, column in lit(canvas)} == set(range(10))
