"""From a character to the solution under it, and the forms of an answer."""

from __future__ import annotations

from typing import Any

import pytest
from casapilot.steps.errors import CasaError
from casapilot.steps.plot.cursor import frame_at, loudest, nearest, pointed_at, say_point
from casapilot.steps.plot.model import Curves, read_answer
from casapilot.steps.plot.page import draw_page
from plot_data import answer, gains, offsets, panel, tsys


def drawn(data: object) -> tuple[Curves, Any]:
    curves = read_answer(data)
    assert isinstance(curves, Curves)
    return curves, draw_page(curves, 80, 24)


def test_every_point_that_is_drawn_is_found_again_where_it_is():
    curves, picture = drawn(tsys())
    for frame in picture.frames:
        for series in curves.panels[frame.panel].series or ():
            row, column = frame.place(series.x[50], series.y[50])
            point = nearest(curves, picture, row, column)
            assert point is not None
            assert point.antenna == series.antenna
            assert abs(point.x - series.x[50]) <= 2 * frame.x.per_dot


def test_a_point_is_named_with_all_that_a_flag_command_needs():
    curves, picture = drawn(tsys())
    frame = picture.frames[0]
    series = curves.panels[0].series[0]
    point = nearest(curves, picture, *frame.place(series.x[60], series.y[60]))
    assert point is not None
    assert (point.antenna, point.spw, point.pol, point.scan) == ("DV09", 17, "X", 3)
    text = say_point(curves, point)
    assert text.startswith("DV09 spw 17 X scan 3 channel ")
    assert "Tsys 3" in text and text.endswith(" K")


def test_a_point_of_all_antennas_has_its_own_name():
    curves, picture = drawn(offsets())
    frame = picture.frames[0]
    point = nearest(curves, picture, *frame.place(1.0, 2.4))
    assert point is not None
    assert (point.antenna, point.channel) == ("DA42", None)


def test_there_is_nothing_under_titles_axes_and_in_empty_panels():
    curves, picture = drawn(gains())
    assert nearest(curves, picture, 0, 0) is None
    empty = picture.frames[1]
    assert frame_at(picture, empty.top, empty.left) is empty
    assert nearest(curves, picture, empty.top, empty.left) is None


def test_the_crosshair_begins_at_the_scan_and_polarisation_that_the_note_names():
    data = gains()
    for one in data["panels"][0]["series"]:
        one["scan"] = [3, 5, 7, 9, 11, 13, 15, 17]
    data["panels"][0]["note"] = "77 deg jump Y scan 11"
    curves, picture = drawn(data)
    point = loudest(curves, picture.frames[0])
    assert point is not None
    assert (point.pol, point.scan) == ("Y", 11)
    assert loudest(curves, picture.frames[1]) is None


def test_of_curves_on_each_other_that_which_stands_out_is_meant_and_the_others_are_there_too():
    data = tsys()
    loud, quiet = data["panels"][0]["series"]
    data["panels"][0]["series"] = [{**quiet, "scan": 9, "y": loud["y"]}, loud, {**quiet, "scan": 11}]
    curves, picture = drawn(data)
    at = picture.frames[0].place(loud["x"][60], loud["y"][60])
    assert [point.scan for point in pointed_at(curves, picture, *at)] == [3, 9]


def test_data_under_a_character_are_those_that_are_drawn_there():
    _, picture = drawn(tsys())
    for frame in picture.frames:
        x, y = frame.at(frame.top + 2, frame.left + 7)
        assert frame.place(x, y) in {(frame.top + 2, frame.left + 7), (frame.top + 1, frame.left + 7)}


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        {},
        {"format": 2},
        answer([{}]),
        answer([panel("DV09", [{"x": [1.0]}])]),
        answer([], x={"kind": 1}),
    ],
)
def test_an_answer_of_another_form_is_refused_in_words(broken):
    with pytest.raises(CasaError, match="the curves cannot be read"):
        read_answer(broken)
