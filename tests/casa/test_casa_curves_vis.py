"""Visibilities as curves, against plain numpy over all that getcol gives: no chunk, no table query."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_small_ms import ANTENNAS, make_ms
from casapilot.steps.casa.curves import vis_read as curves_vis_read
from casapilot.steps.casa.curves.answer import answer
from casapilot.steps.casa.curves.request import read_request
from casapilot.steps.casa.curves.vis import averages_of
from casapilot.steps.errors import CasaError, UsageError
from casapilot.steps.plot.model import Curves, read_answer

REAL = Path(__file__).parents[3] / "shared" / "data" / "alma-2014-band3.ms.tgz"


class Plain:
    """All rows of an MS in memory; cross-correlations of one spw, the parallel hands."""

    def __init__(self, path: Path, ddid: int, column: str = "DATA", hands: tuple[int, ...] = (0, 1)) -> None:
        import casatools

        tb = casatools.table()
        tb.open(str(path))
        small = {
            name: tb.getcol(name) for name in ("ANTENNA1", "ANTENNA2", "SCAN_NUMBER", "FIELD_ID", "TIME")
        }
        rows = np.flatnonzero((tb.getcol("DATA_DESC_ID") == ddid) & (small["ANTENNA1"] != small["ANTENNA2"]))
        self.data = np.stack([tb.getcell(column, int(n)) for n in rows], axis=-1)[list(hands)]
        self.flags = np.stack([tb.getcell("FLAG", int(n)) for n in rows], axis=-1)[list(hands)]
        self.flags |= tb.getcol("FLAG_ROW")[rows]
        self.one, self.other, self.scan, self.field, self.time_s = (each[rows] for each in small.values())
        self.uv = np.hypot(*tb.getcol("UVW")[:2, rows])
        tb.close()

    def channel_means(self) -> Any:
        """Masked (hands, rows), of the middle 90 % of the channels."""
        cut = int(0.05 * self.data.shape[1])
        inner = slice(cut, self.data.shape[1] - cut)
        return np.ma.masked_array(self.data, self.flags)[:, inner].mean(axis=1)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, real_casatasks: Any) -> Path:
    """The small MS; a few flags, whole rows and single channels, and DV04 at half the amplitude in scan 3."""
    import casatools

    path = tmp_path_factory.mktemp("vis") / "small.ms"
    make_ms(str(path))
    tb = casatools.table()
    tb.open(str(path), nomodify=False)
    part = tb.query("DATA_DESC_ID==0")
    flags, data = part.getcol("FLAG"), part.getcol("DATA")
    one, other, scan = (part.getcol(name) for name in ("ANTENNA1", "ANTENNA2", "SCAN_NUMBER"))
    flags[0, 10:14] = True
    flags[:, :, (one == 1) & (scan == 2)] = True
    data[:, :, ((one == 3) | (other == 3)) & (scan == 2)] *= 0.5
    part.putcol("FLAG", flags)
    part.putcol("DATA", data)
    part.close()
    rows = tb.getcol("FLAG_ROW")
    rows[::7] = True
    tb.putcol("FLAG_ROW", rows)
    tb.close()
    return path


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, real_casatasks: Any) -> Path:
    if not REAL.exists():
        pytest.skip("the real MS is not there")
    folder = tmp_path_factory.mktemp("real")
    with tarfile.open(REAL) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.glob("*.ms"))


def panels(path: Path, **asked: Any) -> list[dict[str, Any]]:
    said = answer({"table": str(path), "plot": "vis", "limit": 0, "points": 4000, "sky": False, **asked})
    assert isinstance(read_answer(said), Curves)
    found: list[dict[str, Any]] = said["panels"]
    return found


def ddid_of(path: Path, spw: int) -> int:
    import casatools

    tb = casatools.table()
    tb.open(str(path / "DATA_DESCRIPTION"))
    found: list[int] = tb.getcol("SPECTRAL_WINDOW_ID").tolist()
    tb.close()
    return found.index(spw)


def series(found: list[dict[str, Any]], **own: Any) -> dict[str, Any]:
    """The one curve of a polarisation in the panel with these."""
    pol = own.pop("pol")
    (panel,) = [each for each in found if all(each[name] == value for name, value in own.items())]
    (curve,) = [each for each in panel["series"] if each["pol"] == pol]
    return curve


def each(value: Any, count: int) -> list[Any]:
    return value if isinstance(value, list) else [value] * count


@pytest.mark.casa
def test_amplitudes_over_time_are_the_mean_over_the_antennas_baselines(small):
    plain = Plain(small, 0)
    amplitudes = np.ma.abs(plain.channel_means())
    found = panels(small)
    assert {panel["spw"] for panel in found} == {0, 1}
    assert len(found) == 2 * 3 * len(ANTENNAS)
    for number, antenna in enumerate(ANTENNAS):
        curve = series(found, antenna=antenna, spw=0, field="J1037-2934", pol="YY")
        mine = ((plain.one == number) | (plain.other == number)) & (plain.field == 1)
        times = np.unique(plain.time_s[mine])
        wanted = [amplitudes[1, mine & (plain.time_s == t)].mean() for t in times]
        keep = [n for n, value in enumerate(wanted) if value is not np.ma.masked]
        assert curve["y"] == pytest.approx([float(wanted[n]) for n in keep], rel=1e-4)
        assert each(curve["time_s"], len(keep)) == pytest.approx(times[keep], abs=1e-3)


@pytest.mark.casa
@pytest.mark.parametrize("chunk", [1 << 25, 20_000])
def test_a_spectrum_is_the_mean_over_the_scan_baseline_by_baseline_however_it_is_read(
    small, chunk, monkeypatch
):
    monkeypatch.setattr(curves_vis_read, "CHUNK_BYTES", chunk)
    plain = Plain(small, 0)
    data = np.ma.masked_array(plain.data, plain.flags)
    found = panels(small, x="channel", overlay=["pol"], spw=["0"])
    for number, antenna in ((0, "DA41"), (3, "DV04")):
        curve = series(found, antenna=antenna, visit="scan 2", field="J1037-2934", pol="XX")
        baselines = [
            np.ma.abs(data[0][:, (plain.one == a) & (plain.other == b) & (plain.scan == 2)].mean(axis=1))
            for a in range(6)
            for b in range(a + 1, 6)
            if number in (a, b)
        ]
        wanted = np.ma.stack(baselines).mean(axis=0)
        assert curve["channel"] == np.flatnonzero(~np.ma.getmaskarray(wanted)).tolist()
        assert not {10, 11, 12, 13} & set(curve["channel"])
        assert curve["y"] == pytest.approx(wanted.compressed(), rel=1e-4)


@pytest.mark.casa
def test_against_uv_distance_each_point_is_a_baseline_in_a_scan(small):
    plain = Plain(small, 1)
    values = plain.channel_means()
    curve = series(panels(small, x="uvdist", y="phase", spw=["1"]), field="TW_Hya", pol="XX")
    named = {
        (name, scan): (x, y)
        for name, scan, x, y in zip(curve["antenna"], curve["scan"], curve["x"], curve["y"], strict=True)
    }
    assert len(named) == 15 * 2
    for (name, scan), (x, y) in named.items():
        a, b = (ANTENNAS.index(each) for each in name.split("&"))
        rows = (plain.one == a) & (plain.other == b) & (plain.scan == scan)
        assert x == pytest.approx(plain.uv[rows].mean(), rel=1e-6)
        assert y == pytest.approx(np.degrees(np.angle(values[0, rows].mean())), abs=0.01)


@pytest.mark.casa
def test_phases_of_what_is_not_calibrated_are_told_against_the_reference_antenna(small):
    said = answer(
        {"table": str(small), "plot": "vis", "y": "phase", "refant": "DV03", "field": ["0"], "limit": 0}
    )
    assert said["y"]["name"] == "phase to DV03"
    plain = Plain(small, 1)
    values = plain.channel_means()
    rows = (plain.one == 0) & (plain.other == 2) & (plain.field == 0)
    rows_back = (plain.one == 2) & (plain.other == 4) & (plain.field == 0)
    for antenna, wanted in (("DA41", values[0, rows]), ("DV05", values[0, rows_back].conj())):
        curve = series(said["panels"], antenna=antenna, spw=1, pol="XX")
        assert curve["y"] == pytest.approx(np.degrees(np.angle(wanted.compressed())), abs=0.01)


@pytest.mark.casa
def test_an_antenna_that_loses_half_its_amplitude_in_a_scan_comes_first(small):
    first = panels(small)[0]
    assert (first["antenna"], first["spw"], first["field"]) == ("DV04", 0, "J1037-2934")
    assert "scan 2" in first["note"]


@pytest.mark.casa
def test_what_an_ms_does_not_have_is_refused_in_words(small):
    with pytest.raises(CasaError, match="CORRECTED_DATA") as caught:
        panels(small, column="corrected")
    assert caught.value.todo == "It has: data."
    for asked in (
        {"intent": ["POLARIZATION"]},
        {"field": ["Vega"]},
        {"pol": ["XY"]},
        {"refant": "DV99", "y": "phase"},
    ):
        with pytest.raises(UsageError):
            panels(small, **asked)


@pytest.mark.casa
def test_the_real_ms_gives_the_numbers_of_numpy(real):
    said = answer(
        {"table": str(real), "plot": "vis", "x": "uvdist", "spw": ["1"], "limit": 0, "points": 4000}
    )
    plain = Plain(
        real,
        ddid_of(real, 1),
        column={"data": "DATA", "corrected": "CORRECTED_DATA"}[said["kind"].split()[-1]],
        hands=(0, 3),
    )
    values = plain.channel_means()
    names = said["choices"]["antenna"]
    checked = 0
    for panel in said["panels"]:
        for curve in panel["series"]:
            hand = ["XX", "YY"].index(curve["pol"])
            scans = each(curve["scan"], len(curve["x"]))
            for name, scan, y in zip(each(curve["antenna"], len(curve["x"])), scans, curve["y"], strict=True):
                a, b = (names.index(part) for part in name.split("&"))
                rows = (plain.one == a) & (plain.other == b) & (plain.scan == scan)
                assert y == pytest.approx(abs(values[hand, rows].mean()), rel=2e-4)
                checked += 1
    assert checked > 20


@pytest.mark.parametrize(
    ("x", "asked", "wanted"),
    [
        ("time", [], {"channel", "baseline"}),
        ("freq", [], {"scan", "baseline"}),
        ("freq", ["channel", "time"], {"time"}),
        ("uvdist", ["baseline"], {"channel"}),
        ("antenna", ["none"], {"channel", "baseline"}),
        ("time", ["none"], {"channel"}),
    ],
)
def test_what_an_axis_cannot_do_without_is_averaged_whatever_is_asked(x, asked, wanted):
    assert set(averages_of(read_request({"table": "t", "plot": "vis", "average": asked}), x)) == wanted
