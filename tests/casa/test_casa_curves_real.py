"""Curves of tables that casatools wrote, through the process that a screen or command starts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_tables import write
from casapilot.steps.casa.curves.answer import answer
from casapilot.steps.errors import CasaError, UsageError
from casapilot.steps.plot.model import Curves, read_answer
from casapilot.steps.plot.page import draw_page

pytestmark = pytest.mark.casa

ANTENNAS = ["DA41", "DA42", "DV03", "DV04"]
LAUNCH = Path(__file__).parents[2] / "steps" / "casa" / "launch.py"


@pytest.fixture(scope="module")
def tsys(tmp_path_factory: pytest.TempPathFactory, real_casatasks: Any) -> Path:
    """Tsys of two scans and two spws; DV03 has three times too much in X of scan 5, spw 19."""
    path = tmp_path_factory.mktemp("tsys") / "X1.ms.tsys"
    spw, scan, antenna = (each.ravel() for each in np.meshgrid([17, 19], [3, 5], range(4), indexing="ij"))
    values = np.full((2, 32, 16), 80.0) + 0.1 * antenna
    values[0, :, (spw == 19) & (scan == 5) & (antenna == 2)] *= 3.0
    flags = np.zeros(values.shape, bool)
    flags[:, :2] = True
    numbers = {"SPECTRAL_WINDOW_ID": spw, "SCAN_NUMBER": scan, "ANTENNA1": antenna, "FIELD_ID": 0 * spw}
    columns: dict[str, Any] = {name: ("int", 0, each.astype(np.int32)) for name, each in numbers.items()}
    columns |= {"TIME": ("double", 0, 4.97e9 + 60.0 * scan), "FPARAM": ("float", 2, values)}
    columns |= {"FLAG": ("boolean", 2, flags)}
    write(path, columns, {"VisCal": "B TSYS", "MSName": "X1.ms", "PolBasis": "LIN"})
    write(path / "ANTENNA", {"NAME": ("string", 0, ANTENNAS)})
    write(path / "FIELD", {"NAME": ("string", 0, ["J1924-2914"])})
    frequencies = np.linspace(90e9, 92e9, 32)[:, None].repeat(20, axis=1)
    write(path / "SPECTRAL_WINDOW", {"CHAN_FREQ": ("double", 1, frequencies)})
    return path


def test_the_process_answers_and_the_page_shows_the_outlier(tsys, tmp_path):
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"table": str(tsys)}))
    before = {path: path.stat().st_mtime_ns for path in tsys.rglob("*")}
    words = [sys.executable, "-W", "ignore", str(LAUNCH), "curves", str(request)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    curves = read_answer(json.loads(done.stdout))
    assert isinstance(curves, Curves)
    assert (curves.x.unit, curves.y.unit, curves.date) == ("GHz", "K", "2016-05-15")
    lines = draw_page(curves, 80, 24).text.splitlines()
    assert lines[1].startswith("! DV03 spw 19")
    assert "3.0x others X scan 5" in lines[2]
    assert {path: path.stat().st_mtime_ns for path in tsys.rglob("*")} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["request.json"]


def test_a_selection_is_what_comes_back(tsys):
    said = answer({"table": str(tsys), "antenna": ["DA42"], "spw": ["17"], "pol": ["Y"], "scan": ["5"]})
    (panel,) = said["panels"]
    (series,) = panel["series"]
    assert (series["antenna"], series["spw"], series["pol"], series["scan"]) == ("DA42", 17, "Y", 5)
    assert series["channel"] == list(range(2, 32))
    assert series["y"][0] == pytest.approx(80.1)
    assert panel["flagged_percent"] == pytest.approx(6.25)
    assert said["choices"]["antenna"] == ANTENNAS


def test_only_the_panels_asked_for_have_curves(tsys):
    said = answer({"table": str(tsys), "start": 2, "limit": 3})
    assert ["series" in panel for panel in said["panels"]] == [
        False,
        False,
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_against_time_and_antenna_the_channels_become_their_median(tsys):
    (panel,) = answer({"table": str(tsys), "x": "time", "antenna": ["DV03"], "spw": ["19"], "pol": ["X"]})[
        "panels"
    ]
    assert panel["series"][0]["y"] == pytest.approx([80.2, 240.6])
    panels = answer({"table": str(tsys), "x": "antenna", "spw": ["19"]})["panels"]
    assert panels[0]["note"] == "3.0x others DV03 X scan 5"


@pytest.mark.parametrize("asked", [{"y": "phase"}, {"antenna": ["DV99"]}, {"scan": ["4"]}, {"spw": ["18"]}])
def test_what_the_table_does_not_have_is_refused_in_words(tsys, asked):
    with pytest.raises(UsageError) as caught:
        answer({"table": str(tsys), **asked})
    assert caught.value.where == "X1.ms.tsys"


def test_what_is_no_caltable_is_refused_and_the_process_says_so(tsys, tmp_path):
    with pytest.raises(CasaError):
        answer({"table": str(tsys / "ANTENNA")})
    words = [sys.executable, "-W", "ignore", str(LAUNCH), "curves", "-"]
    request = json.dumps({"table": str(tmp_path / "none")})
    done = subprocess.run(words, input=request, capture_output=True, text=True)
    assert done.returncode == 4
    assert json.loads(done.stdout)["kind"] == "CasaError"


def test_a_picture_is_written_whole(tsys, tmp_path):
    pytest.importorskip("matplotlib")
    answer({"table": str(tsys), "png": str(tmp_path / "a.png"), "limit": 2})
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_flags_by_antenna_and_spw_are_those_of_flagdata(tmp_path, real_casatasks):
    from casa_small_ms import make_ms

    ms = tmp_path / "small.ms"
    make_ms(str(ms))
    real_casatasks.flagdata(vis=str(ms), mode="manual", antenna="0", spw="0:0~3", flagbackup=False)
    grid = answer({"table": str(ms)})["grid"]
    for n, name in enumerate(grid["columns"]):
        selection = {"vis": str(ms), "mode": "summary", "spw": name.split()[1]}
        cross = real_casatasks.flagdata(**selection, antenna="*&*")
        for row, antenna in enumerate(grid["rows"]):
            counts = cross["antenna"][antenna]
            percent = 100.0 * counts["flagged"] / counts["total"]
            assert grid["values"][row][n] == pytest.approx(percent, abs=0.006)
    assert grid["values"][0][0] > 0.0
    shutil.rmtree(ms)
