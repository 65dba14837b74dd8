"""The reader's numbers and positions are those of the MS that importasdm makes."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "simulate"))

from asdm_kit import make_block
from casapilot.steps.asdm import Asdm
from casapilot.steps.simulate.asdm_write import write_asdm

pytestmark = pytest.mark.casa


def with_a_window_that_has_no_data(folder: Path) -> None:
    """Put one in as SpectralWindow_1; the others move up."""
    for path in folder.glob("*.xml"):
        text = path.read_text("iso-8859-1")
        path.write_text(
            re.sub(r"SpectralWindow_([1-9])", lambda found: f"SpectralWindow_{int(found[1]) + 1}", text),
            "iso-8859-1",
        )
    path = folder / "SpectralWindow.xml"
    text = path.read_text("iso-8859-1")
    rows = re.findall(r"<row>.*?</row>\n", text, re.S)
    extra = re.sub(r"SpectralWindow_\d", "SpectralWindow_1", rows[1])
    extra = re.sub(r"<name>.*</name>", "<name>unused</name>", extra)
    path.write_text(text.replace(rows[1], extra + rows[1]), "iso-8859-1")
    path = folder / "ASDM.xml"
    text = path.read_text("iso-8859-1")
    n = len(rows)
    path.write_text(
        text.replace(
            f"<Name>SpectralWindow</Name>\n<NumberRows>{n}<",
            f"<Name>SpectralWindow</Name>\n<NumberRows>{n + 1}<",
        ),
        "iso-8859-1",
    )


def with_antennas_above_their_pads(folder: Path) -> None:
    path = folder / "Antenna.xml"
    text = path.read_text("iso-8859-1")
    path.write_text(
        text.replace("<position>1 3 0.0 0.0 0.0<", "<position>1 3 0.125 -0.25 7.5<"), "iso-8859-1"
    )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Asdm, Path, Any]:
    from casapilot.steps.casa import config

    config.configure()
    config.import_tasks()
    import casatasks
    import casatools

    folder = tmp_path_factory.mktemp("numbers")
    block = make_block()
    write_asdm(block, folder / block.uid)
    with_a_window_that_has_no_data(folder / block.uid)
    with_antennas_above_their_pads(folder / block.uid)
    home = Path.cwd()
    os.chdir(folder)
    try:
        casatasks.importasdm(block.uid, bdfflags=True, lazy=True)
    finally:
        os.chdir(home)
    return Asdm.read(folder / block.uid), folder / f"{block.uid}.ms", casatools.table


def column(pair: tuple[Asdm, Path, Any], table: str, name: str) -> Any:
    found = pair[2]()
    found.open(str(pair[1] / table))
    values = found.getcol(name)
    found.close()
    return values


def test_windows_have_the_numbers_of_the_ms_and_those_without_data_come_last(
    pair: tuple[Asdm, Path, Any],
) -> None:
    names = list(column(pair, "SPECTRAL_WINDOW", "NAME"))
    assert [each.name for each in pair[0].windows] == names
    assert names[-1] == "unused" and pair[0].windows[-1].tag == 1
    assert [each.number for each in pair[0].windows] == list(range(len(names)))


def test_windows_have_the_frequencies_of_the_ms(pair: tuple[Asdm, Path, Any]) -> None:
    found = pair[2]()
    found.open(str(pair[1] / "SPECTRAL_WINDOW"))
    for window in pair[0].windows:
        assert np.allclose(window.frequencies_hz, found.getcell("CHAN_FREQ", window.number), rtol=1e-12)
        assert np.allclose(window.widths_hz, np.abs(found.getcell("CHAN_WIDTH", window.number)))
    found.close()


def test_data_of_a_scan_are_in_the_windows_that_the_reader_names(pair: tuple[Asdm, Path, Any]) -> None:
    scan, description = column(pair, "", "SCAN_NUMBER"), column(pair, "", "DATA_DESC_ID")
    field = column(pair, "", "FIELD_ID")
    windows = column(pair, "DATA_DESCRIPTION", "SPECTRAL_WINDOW_ID")
    for each in pair[0].scans:
        rows = scan == each.number
        assert each.windows == tuple(sorted({int(windows[number]) for number in description[rows]}))
        assert set(each.fields) == set(field[rows].tolist())


def test_tsys_is_of_the_windows_of_the_ms(pair: tuple[Asdm, Path, Any]) -> None:
    rows = set(
        zip(column(pair, "SYSCAL", "ANTENNA_ID"), column(pair, "SYSCAL", "SPECTRAL_WINDOW_ID"), strict=True)
    )
    assert {(each.antenna, each.window) for each in pair[0].tsys} == rows


def test_antennas_and_fields_have_the_numbers_of_the_ms(pair: tuple[Asdm, Path, Any]) -> None:
    assert [each.name for each in pair[0].antennas] == list(column(pair, "ANTENNA", "NAME"))
    assert [each.name for each in pair[0].fields] == list(column(pair, "FIELD", "NAME"))
    assert [each.source for each in pair[0].fields] == list(column(pair, "FIELD", "SOURCE_ID"))


def test_an_antenna_above_its_pad_is_where_the_ms_has_it(pair: tuple[Asdm, Path, Any]) -> None:
    positions = column(pair, "ANTENNA", "POSITION").T
    assert np.allclose([each.position_m for each in pair[0].antennas], positions, atol=1e-6, rtol=0)
    stations = [each.position_m for each in make_block().antennas]
    assert np.linalg.norm(positions[0] - stations[0]) > 7
