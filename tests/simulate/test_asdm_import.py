"""What importasdm makes of an ASDM that we wrote: the same data, bit by bit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asdm_kit import INTEGRATION_S, N_INTEGRATIONS, make_block
from casapilot.steps.simulate.asdm_instrument import setup_windows
from casapilot.steps.simulate.asdm_write import write_asdm
from casapilot.steps.simulate.model import Block

pytestmark = pytest.mark.casa

ASIS = "Antenna Station Receiver Source CalAtmosphere CalWVR CorrelatorMode SBSummary"


class Imported:
    """An MS, read a table at a time."""

    def __init__(self, path: Path, tools: Any) -> None:
        self.path, self._tools = path, tools

    def columns(self, table: str, *names: str) -> list[np.ndarray]:
        found = self._tools.table()
        found.open(str(self.path / table) if table else str(self.path))
        values = [found.getcol(name) for name in names]
        found.close()
        return values

    def visibilities(self, window: int, scan: int, kind: str) -> np.ndarray:
        """(n_rows, n_chan, n_pol), in the order of time, then baseline as the ASDM has them."""
        found = self._tools.table()
        found.open(str(self.path))
        sign = "==" if kind == "auto" else "!="
        rows = found.query(
            f"DATA_DESC_ID=={window} && SCAN_NUMBER=={scan} && ANTENNA1{sign}ANTENNA2",
            sortlist="TIME,ANTENNA2,ANTENNA1",
        )
        data = rows.getcol("DATA").T
        rows.close()
        found.close()
        return data


@pytest.fixture(scope="module")
def casa() -> Any:
    from casapilot.steps.casa import config

    config.configure()
    config.import_tasks()
    import casatasks
    import casatools

    return casatasks, casatools


@pytest.fixture(scope="module")
def imported(casa: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Import a block once for each set of arguments."""
    made: dict[Any, Imported] = {}

    def make(block: Block, key: str, **arguments: Any) -> Imported:
        if key not in made:
            folder = tmp_path_factory.mktemp("import")
            home = Path.cwd()
            os.chdir(folder)
            try:
                write_asdm(block, folder / block.uid)
                casa[0].importasdm(block.uid, asis=ASIS, process_caldevice=False, **arguments)
            finally:
                os.chdir(home)
            made[key] = Imported(folder / f"{block.uid}.ms", casa[1])
        return made[key]

    return make


@pytest.fixture(params=["lazy", "filled"])
def twelve(imported: Any, request: pytest.FixtureRequest) -> tuple[Block, Imported]:
    block = make_block()
    lazy = request.param == "lazy"
    return block, imported(block, request.param, bdfflags=lazy, lazy=lazy)


@pytest.fixture
def seven(imported: Any) -> tuple[Block, Imported]:
    block = make_block(n_antennas=4, n_science=4, radiometers=False)
    return block, imported(block, "seven", bdfflags=True, lazy=True, savecmds=True, outfile="flags.txt")


def same_data(block: Block, ms: Imported) -> int:
    """Compare all data of a block with those of the MS; how many arrays were compared."""
    compared = 0
    for scan in block.scans:
        for setup in block.setups:
            subscans = [each for each in scan.subscans if setup.number in each.setups]
            for window in setup_windows(block, setup) if subscans else ():
                auto = [block.auto(scan, each, setup)[window.number] for each in subscans]
                expected = np.concatenate([each.reshape(-1, *each.shape[2:]) for each in auto])
                found = ms.visibilities(window.number, scan.number, "auto")
                assert np.array_equal(found, expected.astype(np.complex64)), (scan.number, window.number)
                compared += 1
                if setup.kind == "correlator":
                    cross = [block.cross(scan, each, setup)[window.number] for each in subscans]
                    expected = np.concatenate([each.reshape(-1, *each.shape[2:]) for each in cross])
                    found = ms.visibilities(window.number, scan.number, "cross")
                    assert np.array_equal(found, expected), (scan.number, window.number)
                    compared += 1
    return compared


def test_all_data_come_back_bit_by_bit(twelve: tuple[Block, Imported]) -> None:
    assert same_data(*twelve) == 1 + 4 + 3 * (1 + 4)


def test_four_windows_of_the_seven_metre_array_come_back_bit_by_bit(seven: tuple[Block, Imported]) -> None:
    assert same_data(*seven) == 4 + 3 * 8


def test_windows_that_share_a_baseband_come_back_bit_by_bit(imported: Any) -> None:
    block = make_block(n_science=3, same_baseband=True)
    assert same_data(block, imported(block, "shared", bdfflags=True, lazy=False)) == 1 + 4 + 3 * (1 + 6)


def test_times_scans_fields_and_intents_are_those_of_the_block(twelve: tuple[Block, Imported]) -> None:
    block, ms = twelve
    time, scan, field, state, window, interval = ms.columns(
        "", "TIME", "SCAN_NUMBER", "FIELD_ID", "STATE_ID", "DATA_DESC_ID", "INTERVAL"
    )
    (modes,) = ms.columns("STATE", "OBS_MODE")
    for each in block.scans:
        for subscan in each.subscans:
            ours = (scan == each.number) & (time > subscan.start_s) & (time < subscan.end_s) & (window > 0)
            middles = subscan.start_s + (np.arange(N_INTEGRATIONS) + 0.5) * INTEGRATION_S
            assert np.allclose(np.unique(time[ours]), middles, atol=2e-5, rtol=0)
            assert set(field[ours]) == {subscan.field}
            assert np.allclose(interval[ours], INTEGRATION_S)
            assert {modes[number] for number in state[ours]} == {
                ",".join(f"{intent}#{subscan.intent}" for intent in each.intents)
            }


def test_windows_keep_names_frequencies_sidebands_and_basebands(seven: tuple[Block, Imported]) -> None:
    block, ms = seven
    names, basebands, n_channels = ms.columns("SPECTRAL_WINDOW", "NAME", "BBC_NO", "NUM_CHAN")
    assert list(names) == [each.name for each in block.windows]
    assert list(basebands) == [each.baseband for each in block.windows]
    assert list(n_channels) == [each.n_channels for each in block.windows]


def test_tsys_comes_back_bit_by_bit_with_the_times_of_each_antenna(twelve: tuple[Block, Imported]) -> None:
    block, ms = twelve
    antenna, window, time, tsys, trx = ms.columns(
        "SYSCAL", "ANTENNA_ID", "SPECTRAL_WINDOW_ID", "TIME", "TSYS_SPECTRUM", "TRX_SPECTRUM"
    )
    assert len(time) == len(block.syscal) > 0
    for each in block.syscal:
        (row,) = np.flatnonzero((antenna == each.antenna) & (window == each.window))
        assert np.array_equal(tsys[..., row], each.tsys_k)
        assert np.array_equal(trx[..., row], each.trx_k)
        assert abs(time[row] - each.time_s) < 2e-5


def test_online_flags_come_back_with_antenna_time_and_reason(twelve: tuple[Block, Imported]) -> None:
    block, ms = twelve
    commands, reasons = ms.columns("FLAG_CMD", "COMMAND", "REASON")
    assert len(commands) == len(block.flags)
    for command, reason, flag in zip(commands, reasons, block.flags, strict=True):
        assert f"antenna='{block.antennas[flag.antenna].name}&&*'" in command
        assert reason == flag.reason.replace(" ", "_")


def test_weather_pointing_water_and_positions_come_back(twelve: tuple[Block, Imported]) -> None:
    block, ms = twelve
    pressure, humidity = ms.columns("WEATHER", "PRESSURE", "REL_HUMIDITY")
    assert np.allclose(pressure, [each.pressure_pa / 100 for each in block.weather])
    assert np.allclose(humidity, [each.humidity_percent for each in block.weather])
    time, direction = ms.columns("POINTING", "TIME", "DIRECTION")
    given = {round(each.time_s): (each.azimuth_rad, each.elevation_rad) for each in block.pointing}
    assert len(time) and all(
        np.allclose(direction[:, 0, row], given[round(when)]) for row, when in enumerate(time)
    )
    (water,) = ms.columns("ASDM_CALWVR", "water")
    assert np.allclose(water, [each.water_m for each in block.calwvr])
    (position,) = ms.columns("ANTENNA", "POSITION")
    assert np.allclose(position.T, [each.position_m for each in block.antennas], atol=1e-9, rtol=0)


def test_fluxes_rest_frequencies_and_the_name_of_the_block_come_back(twelve: tuple[Block, Imported]) -> None:
    block, ms = twelve
    source, window, rest = ms.columns("ASDM_SOURCE", "sourceId", "spectralWindowId", "sourceName")
    assert {(int(number), name) for number, name in zip(source, rest, strict=True)} == {
        (each.number, each.name) for each in block.sources
    }
    assert len(set(zip(source, window, strict=True))) == len(source)
    (goal,) = ms.columns("ASDM_SBSUMMARY", "scienceGoal")
    assert f"SBName = {block.sb_name}" in goal.ravel().tolist()
    (telescope,) = ms.columns("OBSERVATION", "TELESCOPE_NAME")
    assert list(telescope) == ["ALMA"]


def test_the_seven_metre_array_has_no_radiometers(seven: tuple[Block, Imported]) -> None:
    block, ms = seven
    names, diameters = ms.columns("ANTENNA", "NAME", "DISH_DIAMETER")
    assert list(names) == [each.name for each in block.antennas] and set(diameters) == {7.0}
    (windows,) = ms.columns("SPECTRAL_WINDOW", "NAME")
    assert not [name for name in windows if "WVR" in name]
    assert not (ms.path / "ASDM_CALWVR").exists() or not len(ms.columns("ASDM_CALWVR", "water")[0])
    assert (ms.path.parent / "flags.txt").read_text().count("antenna=") == len(block.flags)
