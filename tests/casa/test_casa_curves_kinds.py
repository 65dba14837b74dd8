"""Plans, maps, flags and the water correction of an MS, against formulas and plain numpy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_small_ms import ANTENNAS, FIELDS, SCANS, SPWS, make_ms
from casa_tables import write
from casapilot.steps.casa.curves.answer import answer
from casapilot.steps.casa.curves.flags import worst_rows
from casapilot.steps.casa.curves.frames import Axis, Curve, Frame, answer_of
from casapilot.steps.casa.curves.ms import Selection, _wanted
from casapilot.steps.casa.curves.request import read_request
from casapilot.steps.casa.curves.thin import MOST_CELLS, scattered
from casapilot.steps.casa.curves.uv import east_north_m
from casapilot.steps.casa.flag_tally import Names
from casapilot.steps.errors import CasaError, UsageError
from casapilot.steps.plot.grid import draw_grid
from casapilot.steps.plot.model import Curves, Grid, read_answer
from casapilot.steps.plot.page import draw_page
from hypothesis import given
from hypothesis import strategies as st

WATER_HZ = 231e9


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, real_casatasks: Any) -> Path:
    """The small MS with water over its antennas, a WVR table that takes it out but for DV05, and flags."""
    import casatools

    path = tmp_path_factory.mktemp("kinds") / "small.ms"
    make_ms(str(path), noise_jy=0.002)
    tb = casatools.table()
    tb.open(str(path), nomodify=False)
    times = np.unique(tb.getcol("TIME"))
    phases = np.random.default_rng(3).normal(0.0, 0.6, (len(ANTENNAS), len(times)))
    for ddid in range(len(SPWS)):
        part = tb.query(f"DATA_DESC_ID=={ddid}")
        one, other, when = part.getcol("ANTENNA1"), part.getcol("ANTENNA2"), part.getcol("TIME")
        at = np.searchsorted(times, when)
        data, flags = part.getcol("DATA"), part.getcol("FLAG")
        part.putcol("DATA", data * np.exp(1j * (phases[one, at] - phases[other, at])))
        flags[:, :, ((one == 2) | (other == 2)) & (part.getcol("SCAN_NUMBER") == 4)] = True
        flags[1, 5] = True
        part.putcol("FLAG", flags)
        part.close()
    tb.close()
    _write_wvr(Path(f"{path}.wvr"), times, phases)
    return path


def _write_wvr(path: Path, times: Any, phases: Any) -> None:
    antenna, when = (
        each.ravel() for each in np.meshgrid(range(len(ANTENNAS)), range(len(times)), indexing="ij")
    )
    values = phases[antenna, when]
    values[antenna == 4] *= -0.5
    rows = len(antenna)
    numbers = {
        "SPECTRAL_WINDOW_ID": 0 * antenna,
        "SCAN_NUMBER": 0 * antenna - 1,
        "ANTENNA1": antenna,
        "FIELD_ID": 0 * antenna,
    }
    columns: dict[str, Any] = {name: ("int", 0, each.astype(np.int32)) for name, each in numbers.items()}
    columns |= {"TIME": ("double", 0, times[when]), "FLAG": ("boolean", 2, np.zeros((1, 1, rows), bool))}
    write(path, columns, {"VisCal": "G Jones", "MSName": "small.ms", "PolBasis": "LIN"})
    import casatools

    tb = casatools.table()
    tb.open(str(path), nomodify=False)
    kind = {"valueType": "complex", "ndim": 2, "dataManagerType": "", "dataManagerGroup": "", "option": 0}
    tb.addcols({"CPARAM": {**kind, "maxlen": 0, "comment": "", "keywords": {}}})
    tb.putcol("CPARAM", np.exp(1j * values)[None, None])
    tb.close()
    write(path / "ANTENNA", {"NAME": ("string", 0, ANTENNAS)})
    write(path / "FIELD", {"NAME": ("string", 0, list(FIELDS))})
    write(path / "SPECTRAL_WINDOW", {"CHAN_FREQ": ("double", 1, np.full((1, 1), WATER_HZ))})


def column(path: Path, table: str, name: str) -> Any:
    import casatools

    tb = casatools.table()
    tb.open(str(path / table))
    values = tb.getcol(name)
    tb.close()
    return values


def curves(path: Path, plot: str, **asked: Any) -> Curves:
    found = read_answer(answer({"table": str(path), "plot": plot, "limit": 0, "points": 2000, **asked}))
    assert isinstance(found, Curves)
    return found


@pytest.mark.casa
def test_elevations_are_those_of_the_formula_of_the_sphere(small):
    found = curves(small, "plan")
    (panel,) = found.panels
    assert [series.scan for series in panel.series] == [n + 1 for n in range(len(SCANS))]
    assert [series.sign for series in panel.series] == ["B", "P", "T", "P", "T", "P"]
    assert found.legend == {"B": "bandpass", "P": "phase", "T": "target"}
    x, y, z = np.median(column(small, "ANTENNA", "POSITION"), axis=1)
    longitude, latitude = np.arctan2(y, x), np.arctan2(z, np.hypot(x, y) * (1 - 6.69437999014e-3))
    directions = column(small, "FIELD", "PHASE_DIR")[:, 0]
    for series in panel.series:
        name = series.field
        right, declination = directions[:, list(FIELDS).index(name)]
        days = np.array(series.time_s) / 86400.0 - 51544.5
        turned = np.radians(280.46062 + 360.985647366 * days) + longitude - right
        sine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(
            turned
        )
        assert series.y == pytest.approx(np.degrees(np.arcsin(sine)), abs=0.4)  # precession since 2000


@pytest.mark.casa
def test_the_plan_knows_when_each_scan_began_and_ended(small):
    said = answer({"table": str(small), "plot": "plan"})
    times, scans = column(small, "", "TIME"), column(small, "", "SCAN_NUMBER")
    for each in said["plan"]:
        mine = times[scans == each["scan"]]
        assert each["begin_s"] == pytest.approx(mine.min() - 3.0, abs=0.01)
        assert each["end_s"] == pytest.approx(mine.max() + 3.0, abs=0.01)
    assert said["plan"][0]["intents"] == ["BANDPASS", "FLUX"]


@pytest.mark.casa
def test_uv_points_are_those_of_the_ms_both_ways_without_the_flagged(small):
    found = curves(small, "uv", field=["J1037-2934"])
    (panel,) = found.panels
    (series,) = panel.series
    assert found.equal and panel.x[1] - panel.x[0] == pytest.approx(panel.y[1] - panel.y[0], rel=1e-4)
    uvw, scan = column(small, "", "UVW"), column(small, "", "SCAN_NUMBER")
    one, other = column(small, "", "ANTENNA1"), column(small, "", "ANTENNA2")
    rows = (column(small, "", "DATA_DESC_ID") == 0) & (column(small, "", "FIELD_ID") == 1)
    gone = ((one == 2) | (other == 2)) & (scan == 4)
    u = uvw[0, rows & ~gone]
    assert sorted(series.x) == pytest.approx(sorted([*u, *-u]), rel=1e-5)
    assert series.flagged == 2 * int((rows & gone).sum())
    a, b = series.point(0).antenna.split("&")
    mine = rows & (one == ANTENNAS.index(a)) & (other == ANTENNAS.index(b)) & (scan == series.point(0).scan)
    assert np.abs(np.hypot(*uvw[:2, mine]) - np.hypot(series.x[0], series.y[0])).min() < 1e-3


@pytest.mark.casa
def test_antennas_stand_where_the_simulator_put_them(small):
    (panel,) = curves(small, "array").panels
    angles = 2.0 * np.pi * np.arange(6) / 6 + 0.3
    radii = 120.0 * (0.4 + 0.12 * np.arange(6))
    east, north = radii * np.cos(angles), radii * np.sin(angles)
    found = np.array([[series.x[0], series.y[0]] for series in panel.series])
    wanted = np.stack([east, north], axis=1)
    assert [series.caption for series in panel.series] == ANTENNAS
    apart = lambda each: np.hypot(*(each[:, None] - each).T)  # noqa: E731
    assert np.abs(apart(found) - apart(wanted)).max() < 0.05


def test_east_and_north_at_the_equator_and_the_pole_of_longitude():
    half = 6378137.0
    east, north = east_north_m(np.array([[half, half, half], [0.0, 100.0, -100.0], [0.0, 50.0, -50.0]]))
    assert east == pytest.approx([0.0, 100.0, -100.0])
    assert north == pytest.approx([0.0, 50.0, -50.0], rel=1e-6)


@pytest.mark.casa
def test_the_water_correction_is_shown_before_and_after_with_the_rms_of_plain_numpy(small):
    found = curves(small, "wvr", spw=["0"])
    assert found.panels[0].antenna == "DV05" and found.panels[0].outlier
    assert not any(panel.outlier for panel in found.panels[1:])
    data = column_of_bandpass(small)
    table = column(Path(f"{small}.wvr"), "", "CPARAM")[0, 0].reshape(len(ANTENNAS), -1)
    rms = {}
    for (a, b), vectors in data.items():
        for name, each in (("before", vectors), ("after", vectors * table[a, :8].conj() * table[b, :8])):
            steady = (each * np.exp(-1j * np.angle(each.sum(axis=1)))[:, None]).sum(axis=0)
            rms[name, a, b] = np.degrees(np.sqrt((np.angle(steady) ** 2).mean()))
    for panel in found.panels:
        n = ANTENNAS.index(panel.antenna)
        own = [np.median([rms[name, a, b] for (a, b) in data if n in (a, b)]) for name in ("before", "after")]
        assert panel.note == f"{own[0]:.1f} -> {own[1]:.1f} deg rms"
        before, after = panel.series
        assert (before.label, after.label, before.scan) == ("before", "after", 1)
        if panel.antenna != "DV05":
            assert np.std(after.y) < 0.7 * np.std(before.y)


def column_of_bandpass(path: Path) -> dict[tuple[int, int], Any]:
    """Baseline -> means over channels, complex (2, 8), of the first spw in the first scan."""
    import casatools

    tb = casatools.table()
    tb.open(str(path))
    part = tb.query("DATA_DESC_ID==0 AND SCAN_NUMBER==1")
    data, flags = part.getcol("DATA"), part.getcol("FLAG")
    one, other = part.getcol("ANTENNA1"), part.getcol("ANTENNA2")
    part.close()
    tb.close()
    masked = np.ma.masked_array(data, flags)[:, 1:-1].mean(axis=1)
    pairs = {(int(a), int(b)) for a, b in zip(one, other, strict=True)}
    return {(a, b): np.asarray(masked[:, (one == a) & (other == b)]) for a, b in pairs}


@pytest.mark.casa
def test_the_path_of_the_water_is_the_phase_of_the_table_as_length(small):
    found = curves(Path(f"{small}.wvr"), "wvr", y="path", antenna=["DA41"])
    table = np.angle(column(Path(f"{small}.wvr"), "", "CPARAM")[0, 0].reshape(len(ANTENNAS), -1)[0])
    wanted = np.unwrap(table) * 299792458.0 / (2 * np.pi * WATER_HZ) * 1e6
    assert found.panels[0].series[0].y == pytest.approx(wanted - np.median(wanted), abs=0.01)
    assert (found.y.unit, found.panels[0].series[0].antenna) == ("um", "DA41")


@pytest.mark.casa
@pytest.mark.parametrize("across", ["scan", "time", "spw"])
def test_flags_of_each_antenna_by_column_are_those_of_plain_numpy(small, across):
    said = answer({"table": str(small), "plot": "flags", "x": across, "order": "name"})
    grid = read_answer(json.loads(json.dumps(said)))
    assert isinstance(grid, Grid) and grid.across == across
    small_columns = {
        n: column(small, "", n) for n in ("ANTENNA1", "ANTENNA2", "SCAN_NUMBER", "TIME", "DATA_DESC_ID")
    }
    flagged, total = flags_of_rows(small)
    for n, place in enumerate(grid.places):
        if across == "time":
            mine = (small_columns["TIME"] >= place["start_s"]) & (small_columns["TIME"] < place["end_s"])
        else:
            mine = small_columns["SCAN_NUMBER" if across == "scan" else "DATA_DESC_ID"] == place[across]
        for row, antenna in enumerate(grid.rows):
            number = ANTENNAS.index(antenna)
            both = mine & ((small_columns["ANTENNA1"] == number) | (small_columns["ANTENNA2"] == number))
            share = 100.0 * flagged[both].sum() / total[both].sum()
            assert grid.values[row][n] == pytest.approx(share, abs=0.006)
    assert "DV03" in draw_grid(grid, 80, 24).text
    assert any(value == 100.0 for row in grid.values for value in row) is (across != "spw")


def flags_of_rows(path: Path) -> tuple[Any, Any]:
    import casatools

    tb = casatools.table()
    tb.open(str(path))
    cells = [tb.getcell("FLAG", n) for n in range(tb.nrows())]
    tb.close()
    return np.array([each.sum() for each in cells]), np.array([each.size for each in cells])


def test_an_antenna_flagged_more_than_others_comes_before_those_that_all_have_flagged():
    percent = np.array([[100.0, 1.0, np.nan], [100.0, 0.0, np.nan], [90.0, 40.0, 3.0], [100.0, 2.0, np.nan]])
    assert worst_rows([0, 1, 2, 3], percent) == [2, 3, 0, 1]
    assert worst_rows([3, 1], percent) == [3, 1]


@pytest.mark.casa
def test_flags_of_channels_are_told_for_some_antennas_or_all(small):
    panels = curves(small, "flags", x="channel", scan=["4"]).panels
    (x, y) = panels[0].series
    assert x.y[5] == pytest.approx(100.0 * 5 / 15, rel=1e-5) and y.y[5] == 100.0
    (mine, _) = curves(small, "flags", x="channel", scan=["4"], antenna=["DV03"], spw=["0"]).panels[0].series
    assert set(mine.y) == {100.0}


@pytest.mark.casa
def test_a_spectrum_has_the_transmission_with_the_line_of_ozone_in_it(small):
    found = curves(small, "vis", x="freq", spw=["1"], antenna=["DA41"], field=["0"])
    x, y = found.panels[0].sky
    assert found.sky == "1.0 mm of water (assumed), airmass 1.2"
    assert min(y) > 0.0 and max(y) <= 100.0
    assert len(x) <= 100 and x[0] == pytest.approx(found.panels[0].x[0], abs=0.01)
    from casapilot.steps.casa.curves.atm import Air, transmission

    x, y = transmission(Air(1.0, "assumed", 1.2), 230.5, 232.0)
    assert x[int(np.argmin(y))] == pytest.approx(231.28, abs=0.03)
    assert transmission(Air(5.0, "assumed", 1.2), 230.5, 232.0)[1][0] < y[0]


@pytest.mark.casa
def test_every_kind_draws_as_text_and_as_a_picture(small, tmp_path):
    for plot in ("vis", "plan", "uv", "array", "wvr", "flags"):
        png = tmp_path / f"{plot}.png"
        found = read_answer(answer({"table": str(small), "plot": plot, "png": str(png), "sky": False}))
        assert png.read_bytes().startswith(b"\x89PNG")
        text = (draw_page if isinstance(found, Curves) else draw_grid)(found, 80, 24).text
        assert "small.ms" in text and len(text.splitlines()) > 5


@pytest.mark.casa
def test_what_cannot_be_shown_is_refused_in_words(small, tmp_path):
    with pytest.raises(CasaError, match="no WVR table"):
        write(tmp_path / "bare.ms", {"X": ("int", 0, np.zeros(1, np.int32))})
        (tmp_path / "bare.ms" / "DATA_DESCRIPTION").mkdir()
        answer({"table": str(tmp_path / "bare.ms"), "plot": "wvr"})
    for asked in ({"plot": "uv", "table": f"{small}.wvr"}, {"y": "tsys"}, {"plot": "wvr", "spw": ["1"]}):
        with pytest.raises(UsageError):
            answer({"table": str(small), **asked})
    assert answer({"table": str(small), "y": "phase"})["plot"] == "vis"


@pytest.mark.casa
def test_an_axis_tells_which_plot_of_an_ms_is_meant(small):
    asked = {"scan": "flags", "spw": "flags", "uvdist": "vis", "freq": "vis"}
    told = {x: answer({"table": str(small), "x": x, "sky": False})["plot"] for x in asked}
    assert told == asked
    with pytest.raises(UsageError, match="x is not"):
        answer({"table": str(small), "x": "uvdist", "plot": "flags"})


cloud = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=600)


@given(cloud, st.integers(1, 40))
def test_a_thinned_cloud_keeps_extremes_and_every_place_where_there_is_a_point(points, columns):
    x, y = np.array(points).T
    keep = scattered(x, y, (0.0, 1.0), (0.0, 1.0), columns)
    assert len(keep) <= max(2 * columns, MOST_CELLS + 2 * columns)
    assert {float(y.min()), float(y.max())} <= set(y[keep].tolist())
    rows = max(1, columns // 2)
    place = (x * columns).astype(int).clip(0, columns - 1) * rows + (y * rows).astype(int).clip(0, rows - 1)
    assert set(place[keep].tolist()) == set(place.tolist())


def test_panels_of_a_map_are_square_and_what_stands_out_comes_first():
    quiet = Frame([Curve(np.array([0.0, 4.0]), np.array([0.0, np.nan]))], field="A")
    loud = quiet._replace(field="B", score=2.0, note="odd")
    axes = Axis("u", "u", "m"), Axis("v", "v", "m")
    said = answer_of(
        read_request({"table": "t", "plot": "uv", "limit": 1}), "t", "uv", axes, [quiet, loud], equal=True
    )
    assert [panel["field"] for panel in said["panels"]] == ["B", "A"]
    assert ["series" in panel for panel in said["panels"]] == [True, False]
    assert said["panels"][0]["x"] == [0.0, 4.0] and said["panels"][0]["y"] == [-2.0, 2.0]
    assert said["panels"][0]["flagged_percent"] == 50.0


def test_a_radiometer_is_no_choice_and_does_not_stand_in_the_way_of_one():
    names = Names(["DA41", "DA42"], ["J1"], [0, 1], [["I"], ["XX", "YY"]])
    there = np.array([[0, 1], [0, 0], [1, 1], [0, 0]])
    request = read_request({"table": "x.ms", "plot": "vis", "pol": ["X"]})
    selection = Selection(request, "x.ms", names, ["OBSERVE_TARGET#ON_SOURCE"], there, np.ones(2, bool))
    assert (selection.choices()["pol"], selection.choices()["spw"]) == (["XX", "YY"], [1])
    assert (selection.hands(0), selection.hands(1)) == ([], [0])
    assert _wanted(selection, False).tolist() == [False, True]
    with pytest.raises(UsageError, match="no pol 'QQ'"):
        _wanted(selection._replace(request=request._replace(pol=("Q",))), False)
