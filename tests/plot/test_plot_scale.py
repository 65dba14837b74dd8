"""Scales and ticks: inside the range, round, and no more than there is room for."""

from __future__ import annotations

import math

import pytest
from casapilot.steps.plot.scale import Scale, angles, clock, padded, ticks, time_ticks
from hypothesis import assume, given
from hypothesis import strategies as st

numbers = st.floats(-1e9, 1e9)


@given(numbers, numbers, st.integers(2, 12))
def test_ticks_are_in_the_range_in_order_and_not_too_many(one, other, most):
    low, high = padded(min(one, other), max(one, other))
    found = ticks(low, high, most)
    values = [value for value, _ in found]
    room = (high - low) * 1e-6
    assert 1 <= len(found) <= most + 1
    assert values == sorted(set(values))
    assert low - room <= values[0] and values[-1] <= high + room


@given(st.floats(-1e4, 1e4), st.floats(0.01, 1e4), st.integers(2, 12))
def test_what_a_tick_says_is_where_it_is(low, span, most):
    for value, text in ticks(low, low + span, most):
        assert math.isclose(float(text), value, abs_tol=span * 1e-3)


@pytest.mark.parametrize(
    ("low", "high", "most", "texts"),
    [
        (0.0, 10.0, 5, ["0", "2", "4", "6", "8", "10"]),
        (88.1, 146.2, 4, ["100", "120", "140"]),
        (231.75, 233.6, 4, ["232.0", "232.5", "233.0", "233.5"]),
        (-0.2, 0.2, 4, ["-0.2", "-0.1", "0.0", "0.1", "0.2"]),
    ],
)
def test_ticks_are_what_a_person_would_write(low, high, most, texts):
    assert [text for _, text in ticks(low, high, most)] == texts


def test_times_have_ticks_at_full_minutes_and_past_midnight():
    assert [text for _, text in time_ticks(86_000.0, 87_300.0, 3)] == ["00:00", "00:10"]
    assert [text for _, text in time_ticks(10.0, 50.0, 4)] == [
        "00:00:10",
        "00:00:20",
        "00:00:30",
        "00:00:40",
        "00:00:50",
    ]
    assert clock(3661.0) == "01:01:01"


def test_a_few_minutes_between_two_full_hours_have_a_tick():
    assert time_ticks(3700.0, 5300.0, 1)


@given(st.floats(0, 1e5), st.floats(1, 172_800), st.integers(2, 20))
def test_times_have_no_more_ticks_than_there_is_room_for(low, span, most):
    found = time_ticks(low, low + span, most)
    assert len(found) <= most + 1
    assert all(low - 1e-6 <= value <= low + span + 1e-6 for value, _ in found)


@given(numbers, numbers)
def test_a_padded_range_is_never_empty_and_holds_its_data(one, other):
    low, high = padded(min(one, other), max(one, other))
    assert low < high
    assert low <= min(one, other) and max(one, other) <= high


@pytest.mark.parametrize("ends", [(math.inf, -math.inf), (math.nan, 1.0), (2.0, 1.0)])
def test_a_range_of_nothing_is_a_range_all_the_same(ends):
    assert padded(*ends) == (0.0, 1.0)


def test_without_margin_a_range_stays_as_it_is():
    assert padded(93.0, 95.0, 0.0) == (93.0, 95.0)


def test_phases_that_fill_half_the_circle_get_all_of_it():
    assert angles(-100.0, 100.0) == (-180.0, 180.0)
    assert angles(10.0, 20.0) == padded(10.0, 20.0)


@given(st.floats(-1e3, 1e3), st.floats(0.1, 1e3), st.integers(1, 100), st.sampled_from([2, 4]))
def test_a_cell_holds_the_number_that_it_stands_for(low, span, cells, dots):
    scale = Scale(low, low + span, cells, dots)
    for cell in range(cells):
        assert scale.cell(scale.value(cell)) in (cell, cell - 1, cell + 1)
    assert (scale.cell(low), scale.cell(low + span)) == (0, cells - 1)


@given(st.floats(0.0, 1.0))
def test_a_cell_stands_for_numbers_no_further_than_half_of_it(share):
    assume(0.0 < share < 1.0)
    scale = Scale(0.0, 1.0, 20, 2)
    assert abs(scale.value(scale.cell(share)) - share) <= scale.per_dot * 1.01
