"""Curves: what thinning may never lose, and what stands out, on arrays whose answer is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from casa_solutions import block
from casa_solutions import table as solutions
from casapilot.steps.casa.caltable import CalTable
from casapilot.steps.casa.curves.panels import panels_of, said_panel
from casapilot.steps.casa.curves.read import Source
from casapilot.steps.casa.curves.request import chosen, read_request
from casapilot.steps.casa.curves.score import worst_first
from casapilot.steps.casa.curves.thin import rounded, thinned
from casapilot.steps.errors import UsageError
from hypothesis import given
from hypothesis import strategies as st

ANTENNAS = ["DA41", "DA42", "DV03", "DV04", "DV05"]
value = st.one_of(st.floats(-1e6, 1e6), st.just(math.nan))


@given(st.lists(st.tuples(st.floats(0, 1), value), max_size=400), st.integers(1, 50))
def test_thinning_keeps_the_lowest_and_highest_of_each_column_and_invents_nothing(points, columns):
    x, y = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    keep = thinned(x, y, 0.0, 1.0, columns)
    there = np.isfinite(y)
    assert len(keep) <= max(2 * columns, 0)
    assert (np.diff(keep) > 0).all()
    assert there[keep].all()
    column = np.clip((x * columns).astype(int), 0, columns - 1)
    for n in np.unique(column[there]) if there.any() else ():
        mine, kept = y[there & (column == n)], y[keep][column[keep] == n]
        assert (kept.min(), kept.max()) == (mine.min(), mine.max())


@given(st.integers(0, 3839), st.sampled_from([50.0, -50.0]))
def test_a_single_odd_channel_of_thousands_survives_with_its_number(channel, odd):
    y = np.ones(3840)
    y[channel] = odd
    keep = thinned(np.linspace(90.0, 92.0, 3840), y, 90.0, 92.0, 40)
    assert channel in keep
    assert len(keep) <= 80


def test_what_fits_is_not_thinned():
    assert thinned(np.arange(5.0), np.zeros(5), 0.0, 4.0, 3).tolist() == [0, 1, 2, 3, 4]


@given(st.lists(st.floats(-1e12, 1e12), max_size=20))
def test_rounding_keeps_six_digits(values):
    for one, other in zip(rounded(values), values, strict=True):
        assert math.isclose(one, other, rel_tol=1e-5)


def table(values: Any, kind: str, scans: int = 1) -> CalTable:
    """Solutions of (pol, channel, scan, antenna), of scans from 3 on, one minute apart."""
    values = np.asarray(values)
    numbers = np.arange(scans) + 3
    times_s = np.repeat(5e9 + 60.0 * numbers, len(ANTENNAS))
    by_scan = values.reshape(*values.shape[:2], scans, len(ANTENNAS))
    made = block(by_scan, numbers, time_s=times_s, snr=None)
    return solutions(made, kind=kind, antennas=ANTENNAS)


def source(made: CalTable, x: str, y: str, **asked: Any) -> Source:
    request = read_request({"table": "t", **asked})
    block = made.blocks[0]
    freq = {block.spw: np.linspace(90.0, 92.0, block.values.shape[1])}
    chosen_ones = [ANTENNAS.index(name) for name in request.antenna] or list(range(len(ANTENNAS)))
    return Source(
        request, made, x, y, {0: "J1"}, freq, 5e9 // 86400 * 86400, chosen_ones, list(range(len(made.pols)))
    )


def tsys(**asked: Any) -> Source:
    """DV04 has four times the Tsys of the others, in Y of scan 4."""
    values = np.full((2, 64, 2, 5), 80.0) + np.array([0.0, 0.1, 0.5, 0.4, 0.5])
    values[1, :, 1, 3] *= 4.0
    return source(table(values, "B TSYS", 2), "freq", "tsys", **asked)


def test_the_antenna_with_too_much_tsys_comes_first_and_is_named_with_scan_and_polarisation():
    panels = panels_of(tsys())
    assert [ANTENNAS[panel.key[0]] for panel in panels] == ["DV04", "DA41", "DA42", "DV03", "DV05"]
    assert panels[0].score == pytest.approx(2.0, rel=0.02)
    assert panels[0].note == "4.0x others Y scan 4"
    assert [panel.note for panel in panels[1:]] == [""] * 4


def test_in_the_order_of_names_what_stands_out_is_marked_all_the_same():
    panels = panels_of(tsys(order="name"))
    assert [panel.score >= 1.0 for panel in panels] == [False, False, False, True, False]


def test_the_others_are_drawn_on_one_scale_and_the_odd_one_on_a_larger():
    odd, *others = panels_of(tsys())
    assert len({panel.y for panel in others}) == 1
    assert odd.y[1] > 300.0 > others[0].y[1]


def test_one_antenna_alone_still_stands_out_from_those_that_are_not_shown():
    (panel,) = panels_of(tsys(antenna=["DV04"]))
    assert panel.note == "4.0x others Y scan 4"
    assert np.nanmax(panel.behind[1]) < 85.0
    (quiet,) = panels_of(tsys(antenna=["DA41"]))
    assert quiet.y == panels_of(tsys())[1].y


@pytest.mark.parametrize(
    ("overlay", "count"),
    [(["pol", "time"], 5), (["time"], 10), (["pol"], 10), ([], 20), (["antenna", "pol", "time"], 1)],
)
def test_what_is_not_overlaid_has_a_panel_of_its_own(overlay, count):
    panels = panels_of(tsys(overlay=overlay))
    assert len(panels) == count
    assert sum(len(panel.lines) for panel in panels) == 20


def test_with_all_antennas_in_a_panel_the_odd_one_is_named():
    (panel,) = panels_of(tsys(overlay=["antenna", "pol", "time"]))
    assert panel.note == "4.0x others DV04 Y scan 4"


def test_a_tsys_below_zero_stands_out():
    values = np.full((2, 64, 1, 5), 80.0)
    values[0, 10, 0, 2] = -5.0
    panels = panels_of(source(table(values, "B TSYS"), "freq", "tsys"))
    assert (panels[0].key[0], panels[1].score) == (2, pytest.approx(0.5))
    assert panels[0].score > 1.0


def test_a_step_in_the_phase_of_one_antenna_stands_out_and_one_of_all_does_not():
    phase = np.zeros((1, 1, 6, 5))
    phase[:, :, 3:] += 2.0
    shared = panels_of(source(table(np.exp(1j * phase), "G Jones", 6), "time", "phase"))
    assert max(panel.score for panel in shared) < 1.0
    phase[:, :, 4:, 1] += 2.5
    panels = panels_of(source(table(np.exp(1j * phase), "G Jones", 6), "time", "phase"))
    assert panels[0].key[0] == 1
    assert panels[0].note == "143 deg jump scan 7"


def test_over_a_pause_a_radiometer_may_jump_and_within_its_series_not():
    phase = np.zeros((1, 1, 8, 5))
    phase[:, :, 4:, 2] += 2.5
    made = table(np.exp(1j * phase), "T Jones", 8)
    (block,) = made.blocks
    paused = np.where(block.scan >= 7, 600.0, 0.0)
    without = block._replace(scan=np.full(len(block.scan), -1))
    for time_s, loud in ((block.time_s, True), (block.time_s + paused, False)):
        panels = panels_of(source(made._replace(blocks=[without._replace(time_s=time_s)]), "time", "phase"))
        assert (panels[0].score >= 1.0) is loud


def test_an_antenna_with_noisier_phases_than_the_others_stands_out():
    phase = np.random.default_rng(2).normal(0.0, 0.05, (1, 1, 30, 5))
    phase[..., 3] *= 12.0
    panels = panels_of(source(table(np.exp(1j * phase), "G Jones", 30), "time", "phase"))
    assert [panel.key[0] for panel in panels if panel.score >= 1.0] == [3]
    assert panels[0].note.startswith("jumps of ") and "scan" not in panels[0].note


def test_an_odd_channel_of_a_bandpass_stands_out_in_amplitude_and_in_phase():
    values = np.ones((2, 64, 1, 5), complex)
    values[0, 30, 0, 4] = 1.6 * np.exp(1j)
    made = table(values, "B Jones")
    for y in ("amp", "phase"):
        panels = panels_of(source(made, "freq", y))
        assert panels[0].key[0] == 4 and panels[0].score > 1.0
        assert panels[1].score < 1.0


def test_noise_alone_does_not_stand_out():
    noise = np.random.default_rng(1).normal(0.0, 0.2, (2, 64, 1, 5))
    for y in ("amp", "phase"):
        panels = panels_of(source(table(1.0 + noise * np.exp(1j * noise), "B Jones"), "freq", y))
        assert max(panel.score for panel in panels) < 1.0


def test_a_point_of_a_series_knows_its_scan_time_field_and_channel():
    made = tsys(points=4)
    said = said_panel(made, panels_of(made)[0], True)
    series = said["series"][0]
    assert (series["antenna"], series["spw"], series["scan"], series["field"]) == ("DV04", 17, 3, "J1")
    assert series["time_s"] == 5e9 + 180.0
    assert len(series["channel"]) == len(series["x"]) == len(series["y"]) <= 8
    assert "series" not in said_panel(made, panels_of(made)[0], False)


@pytest.mark.parametrize(
    ("names", "numbers"),
    [((), [5, 7, 9]), (("dv09",), [7]), (("5~7",), [5, 7]), (("9", "DA41", "9"), [9, 5])],
)
def test_antennas_are_chosen_by_name_number_or_range(names, numbers):
    assert chosen("antenna", names, {5: "DA41", 7: "DV09", 9: "DV11"}, "t") == numbers


def test_a_name_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean DV09") as caught:
        chosen("antenna", ["DV9"], {7: "DV09", 5: "PM01"}, "t.tsys")
    assert caught.value.where == "t.tsys"


@pytest.mark.parametrize(
    "broken",
    [None, {}, {"table": ""}, {"table": "t", "z": 1}, {"table": "t", "x": "uv"}, {"table": "t", "limit": -1},
     {"table": "t", "overlay": ["corr"]}, {"table": "t", "order": "random"}],
)  # fmt: skip
def test_a_request_that_cannot_be_meant_is_refused(broken):
    with pytest.raises(UsageError):
        read_request(broken)


def test_what_stands_out_comes_first_and_the_rest_stays_in_order():
    assert worst_first([0.1, 1.5, 0.9, 3.0]) == [3, 1, 0, 2]
