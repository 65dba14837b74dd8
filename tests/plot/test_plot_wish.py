"""What a person wants to see, key by key; and the flags that a point can become."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from casapilot.steps.plot.flagging import flaggings
from casapilot.steps.plot.model import Curves, read_answer
from casapilot.steps.plot.wish import Wish, widened
from hypothesis import given
from hypothesis import strategies as st
from plot_data import gains, tsys

CHOICES = {
    "antenna": ["DA41", "DV09"],
    "spw": [17, 19],
    "pol": ["X", "Y"],
    "y": ["amp", "phase"],
    "x": ["time"],
}


def curves_of(data: dict[str, object], **more: object) -> Curves:
    found = read_answer({**data, "choices": CHOICES, **more})
    assert isinstance(found, Curves)
    return found


@pytest.mark.parametrize("what", ["antenna", "spw", "pol", "overlay", "order"])
def test_going_through_all_choices_ends_where_it_began(what):
    first = wish = Wish("/x")
    seen = []
    for _ in range(10):
        wish = wish.turned(what, CHOICES)
        seen.append(getattr(wish, what))
        if wish == first:
            break
    assert wish == first
    assert len(set(seen)) == len(seen) > 1


@given(
    st.lists(st.tuples(st.sampled_from(["antenna", "spw", "pol", "y", "overlay", "order"]), st.booleans()))
)
def test_a_step_back_undoes_a_step_on(steps):
    wish = Wish("/x", y="amp")
    for what, _ in steps:
        assert wish.turned(what, CHOICES).turned(what, CHOICES, -1) == wish
        wish = wish.turned(what, CHOICES)


def test_where_there_is_nothing_to_choose_nothing_changes():
    assert Wish("/x").turned("x", CHOICES) == Wish("/x")
    assert Wish("/x").turned("antenna", {}) == Wish("/x")


def test_what_was_known_to_choose_from_stays_when_an_answer_names_less():
    assert widened(CHOICES, {"spw": [17]})["spw"] == [17, 19]
    assert widened({}, {"spw": [17]})["spw"] == [17]


def test_the_same_on_the_command_line_has_the_same_words():
    wish = Wish("/data/a b.tsys", y="snr", antenna="DV09", overlay="pol", order="name")
    assert wish.command == "'/data/a b.tsys' --y snr --antenna DV09 --overlay pol --by-name"
    assert Wish("/x").command == "/x"


def test_the_first_flag_offered_is_that_of_the_scan_and_names_all_of_the_point():
    curves = curves_of(tsys())
    first = flaggings(curves, curves.panels[0].series[0].point(50))[0]
    assert first.title == "DV09 spw 17 X, scan 3"
    assert first.call == (
        "flagdata(vis='uid___A002_X85c183_X2cd.ms.tsys', mode='clip', datacolumn='FPARAM', "
        "clipminmax=[0.0, 1e-30], antenna='DV09', spw='17', correlation='Sol1', scan='3', flagbackup=False)"
    )


def test_what_lies_in_the_same_place_can_be_flagged_with_it_and_a_bad_tsys_in_all_spws():
    curves = curves_of(tsys())
    point = curves.panels[0].series[0].point(50)
    other = replace(point, scan=9)
    elsewhere = replace(point, scan=11, pol="Y")
    scans = [way.selection.get("scan") for way in flaggings(curves, point, (other, elsewhere))]
    assert scans[:3] == ["3", "3,9", "3,9"]
    wide = flaggings(curves, point)[1]
    assert wide.title == "DV09 X, scan 3, all spws"
    assert "spw=" not in wide.call and "correlation='Sol1'" in wide.call


@pytest.mark.parametrize("what", ["field", "scan", "intent"])
def test_what_is_picked_out_is_asked_for_told_in_the_title_and_on_the_command_line(what):
    wish = Wish("/x", "vis").turned(what, {what: ["5", "7"]})
    assert wish.request(0, 1, 80)[what] == ["5"]
    assert f"--{what} 5" in wish.command
    assert "5" in wish.said


def test_column_and_averages_are_asked_for_and_come_round():
    choices = {"column": ["data", "corrected"], "average": ["baseline"]}
    wish = Wish("/x", "vis").turned("column", choices, 1, {"column": "corrected"})
    assert wish.request(0, 1, 80)["column"] == "data"
    wish = wish.turned("average", choices).turned("average", choices, -1).turned("average", choices, -1)
    assert wish.request(0, 1, 80)["average"] == ["time", "baseline"]
    assert "--column data --average time,baseline" in wish.command
    assert Wish("/x").turned("average", {}) == Wish("/x")


def test_of_a_solved_table_the_visibilities_are_flagged():
    curves = curves_of(gains(), table="uid___A002_X85c183_X2cd.ms.split.phase_int", kind="G Jones")
    ways = flaggings(curves, curves.panels[0].series[1].point(2))
    assert {way.vis for way in ways} == {"uid___A002_X85c183_X2cd.ms.split"}
    assert not any(way.in_table for way in ways)
    assert ways[0].selection == {"antenna": "DV09", "spw": "17", "correlation": "YY", "scan": "3"}


def test_a_time_is_flagged_half_way_to_its_neighbours():
    times = [4_970_000_000.0 + 300.0 * n for n in range(8)]
    data = gains()
    for one in data["panels"][0]["series"]:
        one["time_s"] = times
    curves = curves_of(data, table="X.ms.split.phase_int", kind="G Jones")
    ways = flaggings(curves, curves.panels[0].series[0].point(3))
    spans = [way.selection["timerange"] for way in ways if "timerange" in way.selection]
    assert len(spans) == 1
    assert re.fullmatch(r"(\d{4}/\d\d/\d\d/\d\d:\d\d:\d\d\.\d~?){2}", spans[0])
    start, end = (int(text[14:16]) * 60 + float(text[17:]) for text in spans[0].split("~"))
    assert (end - start) % 3600 == 120.0


@pytest.mark.parametrize(
    ("table", "vis"),
    [
        ("X.ms.tsys.cal", "X.ms"),
        ("X.ms.split", "X.ms.split"),
        ("X.ms.split.cal", "X.ms.split"),
        ("X.ms.split.cal.x", "X.ms.split"),
        ("X.ms.wvr", "X.ms"),
        ("my.bandpass", "my.bandpass"),
    ],
)
def test_the_ms_is_told_by_the_tables_name(table, vis):
    curves = curves_of(tsys(), table=table, kind="B Jones")
    assert flaggings(curves, curves.panels[0].series[0].point(0))[0].vis == vis


def test_what_belongs_to_no_antenna_cannot_be_flagged():
    data = tsys()
    data["panels"][0]["series"][0]["antenna"] = ""
    curves = curves_of(data)
    assert flaggings(curves, curves.panels[0].series[0].point(0)) == ()
