"""Zooming, moving and clipping: what is seen lies in the whole, and nothing is drawn off the curve."""

from __future__ import annotations

import itertools
import math

from casapilot.steps.plot.cursor import frame_at, nearest, with_cursor
from casapilot.steps.plot.model import Curves, read_answer
from casapilot.steps.plot.page import ASCII, UNICODE, draw_page
from casapilot.steps.plot.panel import whole
from casapilot.steps.plot.window import Window, clipped
from hypothesis import given
from hypothesis import strategies as st
from plot_data import answer, gains, panel, series, tsys

WHOLE = Window(0.0, 10.0, -5.0, 5.0)
X, Y = st.floats(0.0, 10.0), st.floats(-5.0, 5.0)
STEPS = st.lists(st.tuples(st.sampled_from(["in", "out", "move"]), X, Y, st.floats(-2, 2), st.floats(-2, 2)))


def curves_of(data: object) -> Curves:
    found = read_answer(data)
    assert isinstance(found, Curves)
    return found


def close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


@given(STEPS)
def test_however_it_is_zoomed_and_moved_a_window_is_never_empty_and_never_beyond_the_whole(steps):
    window = WHOLE
    for what, x, y, across, up in steps:
        if what == "move":
            window = window.moved(across, up, WHOLE)
        else:
            window = window.zoomed(2.0 if what == "in" else 0.5, x, y, WHOLE)
        assert WHOLE.x0 <= window.x0 < window.x1 <= WHOLE.x1
        assert WHOLE.y0 <= window.y0 < window.y1 <= WHOLE.y1


@given(X, Y)
def test_what_is_under_the_crosshair_stays_there_when_it_comes_closer(x, y):
    closer = WHOLE.zoomed(2.0, x, y, WHOLE)
    share = (x - WHOLE.x0) / 10.0
    assert close(closer.x0 + share * (closer.x1 - closer.x0), x)
    assert closer.holds(x, y)


@given(st.integers(1, 400), st.integers(1, 400))
def test_a_map_is_as_wide_as_high_and_shows_all_it_did(across, up):
    window = WHOLE.squared(across, up)
    assert close((window.x1 - window.x0) / across, (window.y1 - window.y0) / up)
    assert window.x0 <= WHOLE.x0 and window.x1 >= WHOLE.x1
    assert window.y0 <= WHOLE.y0 and window.y1 >= WHOLE.y1


POINTS = st.lists(st.tuples(st.floats(-20, 30), st.floats(-20, 20)), min_size=1, max_size=12)


@given(POINTS)
def test_pieces_of_a_line_lie_in_the_window_and_on_the_line(points):
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    for piece_x, piece_y in clipped(xs, ys, WHOLE):
        for x, y in zip(piece_x, piece_y, strict=True):
            assert -1e-6 <= x <= 10 + 1e-6 and -5 - 1e-6 <= y <= 5 + 1e-6
            assert _distance(x, y, points) < 1e-6


@given(POINTS)
def test_no_point_in_the_window_is_lost(points):
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    kept = {(x, y) for piece in clipped(xs, ys, WHOLE) for x, y in zip(*piece, strict=True)}
    assert {point for point in points if WHOLE.holds(*point)} <= kept


def _distance(x: float, y: float, points: list[tuple[float, float]]) -> float:
    if len(points) == 1:
        return math.dist((x, y), points[0])
    best = math.inf
    for (xa, ya), (xb, yb) in itertools.pairwise(points):
        length = (xb - xa) ** 2 + (yb - ya) ** 2
        share = ((x - xa) * (xb - xa) + (y - ya) * (yb - ya)) / length if length else 0.0
        share = min(1.0, max(0.0, share))
        best = min(best, math.dist((x, y), (xa + share * (xb - xa), ya + share * (yb - ya))))
    return best


def test_a_line_that_crosses_the_window_without_a_point_in_it_is_seen():
    assert list(clipped([-10.0, 20.0], [0.0, 0.0], WHOLE)) == [([0.0, 10.0], [0.0, 0.0])]
    assert list(clipped([-10.0, 20.0], [9.0, 9.0], WHOLE)) == []


POINT = st.tuples(st.floats(93.0, 95.0), st.floats(60.0, 80.0))


@given(st.lists(POINT, min_size=1, max_size=30), st.integers(30, 130), st.integers(12, 45), st.data())
def test_a_point_of_a_page_of_any_size_is_found_at_the_character_it_is_drawn_in(points, width, height, data):
    xs, ys = [round(p[0], 4) for p in points], [round(p[1], 3) for p in points]
    curves = curves_of(answer([panel("DV09", [series(xs, ys)])]))
    picture = draw_page(curves, width, height)
    frame = picture.frames[0]
    n = data.draw(st.integers(0, len(points) - 1))
    row, column = frame.place(xs[n], ys[n])
    assert frame_at(picture, row, column) is frame
    point = nearest(curves, picture, row, column)
    assert point is not None
    # Of several in one character any may be meant, but none that is farther than that character's corners.
    assert abs(point.x - xs[n]) <= 2 * 2 * frame.x.per_dot
    assert abs(point.y - ys[n]) <= 2 * 4 * frame.y.per_dot


@given(st.integers(0, 23), st.integers(0, 79))
def test_the_crosshair_hides_no_curve_and_changes_no_other_line(row, column):
    curves = curves_of(tsys())
    picture = draw_page(curves, 80, 24)
    marked = with_cursor(picture, row, column, None, UNICODE)
    before, after = picture.text.splitlines(), marked.text.splitlines()
    frame = frame_at(picture, row, column)
    if frame is None:
        assert before == after
        return
    for down, (one, other) in enumerate(zip(before, after, strict=True)):
        for across, letter in enumerate(one):
            if letter not in (" ", "\u2800") and (down, across) != (row, column):
                assert other[across] == letter


def test_a_part_of_a_panel_is_drawn_on_its_own_scale_with_its_points_in_it():
    curves = curves_of(tsys())
    window = Window(94.1, 94.3, 60.0, 160.0)
    picture = draw_page(curves, 80, 24, window=window)
    assert len(picture.frames) == 1
    assert "94.15" in picture.text or "94.20" in picture.text
    frame = picture.frames[0]
    point = nearest(curves, picture, frame.top + 5, frame.left + 20)
    assert point is not None and window.holds(point.x, point.y)


def test_the_curves_of_two_polarisations_are_told_apart_without_colour():
    for signs in (UNICODE, ASCII):
        text = draw_page(curves_of(tsys()), 80, 24, signs).text
        assert "x " in text and "y" in text


def test_the_whole_of_a_panel_holds_all_its_points():
    for make in (tsys, gains):
        curves = curves_of(make())
        window = whole(curves, curves.panels[0])
        for one in curves.panels[0].series or ():
            assert all(window.holds(*point) for point in zip(one.x, one.y, strict=True))


def test_the_air_is_drawn_on_a_scale_of_its_own_from_0_to_100_percent():
    one = panel("DV09", [series([93.0, 95.0], [60.0, 60.0])], y=[60.0, 300.0])
    one["sky"] = {"x": [93.0 + 0.02 * n for n in range(100)], "y": [100.0] * 100}
    text = draw_page(curves_of(answer([one], sky="1.2 mm of water")), 80, 24, ASCII).text
    assert ",,: air, 0-100 %, 1.2 mm of water" in text
    rows = [n for n, line in enumerate(text.splitlines()) if line.count(",") > 5]
    assert rows[0] == 2


def test_signs_and_names_of_points_are_drawn_and_explained():
    curve = series([93.5, 94.0], [65.0, 70.0], sign="b", caption="DA41", pol="")
    axis = {"kind": "uvdist", "name": "uv distance", "unit": "m"}
    data = answer([panel("DV09", [curve])], legend={"b": "before"}, x=axis)
    text = draw_page(curves_of(data), 80, 24).text
    assert "bDA41" in text
    assert "b before" in text
