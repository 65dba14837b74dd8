"""The ASDM directory itself, without CASA."""

from __future__ import annotations

import dataclasses
import re
import tracemalloc
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from asdm_kit import N_INTEGRATIONS, UID, make_block
from casapilot.steps.errors import AsdmError
from casapilot.steps.simulate import asdm_write
from casapilot.steps.simulate.asdm_write import write_asdm
from casapilot.steps.simulate.model import Block


def test_a_folder_that_exists_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / UID).mkdir()
    with pytest.raises(AsdmError, match="there already"):
        write_asdm(make_block(), tmp_path / UID)
    assert list((tmp_path / UID).iterdir()) == []


@pytest.mark.parametrize("name", ["windows", "fields", "sources"])
def test_rows_that_are_not_numbered_from_nought_are_refused_before_anything_is_written(
    tmp_path: Path, name: str
) -> None:
    block = make_block()
    moved = tuple(dataclasses.replace(each, number=each.number + 1) for each in getattr(block, name))
    with pytest.raises(ValueError, match=name):
        write_asdm(dataclasses.replace(block, **{name: moved}), tmp_path / UID)
    assert not (tmp_path / UID).exists()


def test_every_table_that_is_listed_is_there_with_as_many_rows(tmp_path: Path) -> None:
    write_asdm(make_block(), tmp_path / UID)
    listed = {
        table.findtext("Name"): int(table.findtext("NumberRows") or -1)
        for table in ElementTree.parse(tmp_path / UID / "ASDM.xml").iter("Table")
    }
    there = {
        path.stem: len(list(ElementTree.parse(path).iter("row")))
        for path in (tmp_path / UID).glob("*.xml")
        if path.stem != "ASDM"
    }
    assert there == {name: n_rows for name, n_rows in listed.items() if n_rows}
    assert {"Main", "CalWVR", "Flag", "SysCal", "Pointing", "Weather", "SBSummary"} <= set(there)


def test_every_reference_leads_to_a_row(tmp_path: Path) -> None:
    write_asdm(make_block(), tmp_path / UID)
    text = "".join(path.read_text() for path in (tmp_path / UID).glob("*.xml"))
    for kind in (
        "Antenna",
        "Station",
        "SpectralWindow",
        "Field",
        "Polarization",
        "DataDescription",
        "Processor",
    ):
        rows = len(list(ElementTree.parse(tmp_path / UID / f"{kind}.xml").iter("row")))
        named = {int(number) for number in re.findall(rf"\b{kind}_(\d+)\b", text)}
        assert named == set(range(rows)), kind


def test_every_row_of_the_main_table_has_its_file_of_that_size(tmp_path: Path) -> None:
    write_asdm(make_block(), tmp_path / UID)
    rows = list(ElementTree.parse(tmp_path / UID / "Main.xml").iter("row"))
    sizes = {}
    for row in rows:
        reference = row.find("dataUID/EntityRef")
        assert reference is not None
        name = reference.get("entityId", "").replace(":", "_").replace("/", "_")
        sizes[name] = int(row.findtext("dataSize") or 0)
    files = {path.name: path.stat().st_size for path in (tmp_path / UID / "ASDMBinary").iterdir()}
    assert files == sizes and len(rows) == 14


def test_the_uids_of_all_parts_differ(tmp_path: Path) -> None:
    write_asdm(make_block(), tmp_path / UID)
    tables = (tmp_path / UID / "ASDM.xml").read_text()
    uids = re.findall(r'entityId="(uid://A002/[^"]+)"', tables)
    files = [path.name for path in (tmp_path / UID / "ASDMBinary").iterdir()]
    assert len(set(uids)) == len(uids) > 20
    assert not {each.replace(":", "_").replace("/", "_") for each in uids} & set(files)


def test_the_data_are_in_the_order_of_the_format(tmp_path: Path) -> None:
    block = make_block()
    write_asdm(block, tmp_path / UID)
    scan, setup = block.scans[1], block.setups[2]
    files = sorted(
        (tmp_path / UID / "ASDMBinary").iterdir(), key=lambda path: int(path.name.split("_X")[-1], 16)
    )
    data = files[7].read_bytes()
    assert b'projectPath="1/2/1/"' in data and data.count(b"crossData.bin\n\n") == N_INTEGRATIONS
    cross = block.cross(scan, scan.subscans[0], setup)
    expected = np.concatenate([cross[number][1].reshape(3, -1) for number in setup.windows], axis=1).tobytes()
    start = [found.end() for found in re.finditer(rb"crossData\.bin\n\n", data)][1]
    assert data[start : start + len(expected)] == expected


@dataclasses.dataclass
class _Large:
    """Data of one size, made anew each time they are asked for."""

    block: Block

    def cross(self, scan: object, subscan: object, setup: object) -> dict[int, np.ndarray]:
        small = self.block.cross(scan, subscan, setup)  # type: ignore[arg-type]  # as it came
        return {number: np.repeat(each, 300, axis=0) for number, each in small.items()}

    def auto(self, scan: object, subscan: object, setup: object) -> dict[int, np.ndarray]:
        small = self.block.auto(scan, subscan, setup)  # type: ignore[arg-type]  # as it came
        return {number: np.repeat(each, 300, axis=0) for number, each in small.items()}


def test_no_more_than_a_subscan_is_in_memory(tmp_path: Path) -> None:
    block = make_block(n_antennas=2)
    large = _Large(block)
    tracemalloc.start()
    write_asdm(dataclasses.replace(block, cross=large.cross, auto=large.auto), tmp_path / UID)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    files = [path.stat().st_size for path in (tmp_path / UID / "ASDMBinary").iterdir()]
    assert most < sum(files) / 2 and most < 5 * max(files)


def test_dates_are_those_of_the_calendar() -> None:
    assert asdm_write._calendar(51544.0 * 86400) == "2000-01-01T00:00:00.000000000"
    assert asdm_write._calendar(57447.0 * 86400 + 86399) == "2016-02-29T23:59:59.000000000"
    assert asdm_write._calendar(4972407600.0) == "2016-06-12T00:20:00.000000000"


def test_names_with_marks_of_xml_do_not_break_a_table(tmp_path: Path) -> None:
    block = make_block()
    names = ('<&>"\x00', "a\nb", "Ünï\ud800")
    sources = tuple(
        dataclasses.replace(each, name=name) for each, name in zip(block.sources, names, strict=True)
    )
    write_asdm(dataclasses.replace(block, sources=sources), tmp_path / UID)
    found = [each.text for each in ElementTree.parse(tmp_path / UID / "Source.xml").iter("sourceName")]
    assert set(found) == {'<&>"', "ab", "Ünï"}
