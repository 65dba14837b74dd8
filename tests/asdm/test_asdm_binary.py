"""Tables in binary form say the same as tables in XML."""

from __future__ import annotations

import re
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "simulate"))

from asdm_kit import make_block
from casapilot.steps.asdm import Asdm
from casapilot.steps.asdm.binrows import TABLES, binary_rows
from casapilot.steps.asdm.xmlrows import xml_rows
from casapilot.steps.errors import AsdmError
from casapilot.steps.simulate.asdm_write import write_asdm

#: Columns in the order of the observatory's files.
MAIN = [name for name in TABLES["Main"] if name not in ("dataOid", "flagRow")]
SYSCAL = list(TABLES["SysCal"])


class Pen:
    """Writes values as the ASDM library does."""

    def __init__(self, order: str, size: str) -> None:
        self.order, self.size, self.data = order, size, b""

    def number(self, kind: str, value: float) -> None:
        self.data += struct.pack(self.order + kind, value)

    def text(self, value: str) -> None:
        self.number("i", len(value))
        self.data += value.encode("iso-8859-1")

    def value(self, kind: str, row: Any, name: str) -> None:
        if kind.startswith("?"):
            self.number("B", row.has(name))
            if not row.has(name):
                return
            kind = kind[1:]
        if kind == "text":
            self.text(row.text(name))
        elif kind == "whole":
            self.number("i", row.integer(name))
        elif kind in ("long", "size"):
            self.number(self.size if kind == "size" else "q", row.integer(name))
        elif kind == "truth":
            self.number("B", row.truth(name))
        elif kind == "interval":
            for part in row.text(name).split():
                self.number("q", int(part))
        elif kind == "reference":
            for part in (row.text(name), "X00000000", "Main", "1"):
                self.text(part)
        elif kind == "texts":
            self.number("i", len(row.words(name)))
            for each in row.words(name):
                self.text(each)
        else:
            for length in row.shape(name):
                self.number("i", length)
            for each in row.reals(name):
                self.number("d", each)


def to_binary(
    folder: Path, table: str, columns: list[str], order: str = "<", line: str = "\n", size: str = "q"
) -> Path:
    """Replace a table's XML file by the pair that an observatory writes."""
    path = folder / f"{table}.xml"
    rows = list(xml_rows(path))
    pen = Pen(order, size)
    for _ in range(2):
        for text in ("uid://A002/X1/X2", "na", f"{table}Table", "1", "1"):
            pen.text(text)
    pen.number("i", len(rows))
    for row in rows:
        for name in columns:
            pen.value(TABLES[table][name], row, name)
    endian = "Little_Endian" if order == "<" else "Big_Endian"
    head = (
        f"<?xml version='1.0'  encoding='ISO-8859-1'?>{line}<{table}Table schemaVersion='4' "
        f"xmlns:x='http://Alma/XASDM/{table}Table'>{line}<Entity entityId='uid://A002/X1/X2' "
        f"entityIdEncrypted='na' entityTypeName='{table}Table' schemaVersion='1' documentVersion='1'/>{line}"
        f"<BulkStoreRef file_id='A002/X1/X2' byteOrder='{endian}' />{line}<Attributes>{line}"
        + "".join(f"<{name}/>{line}" for name in columns)
        + f"</Attributes>{line}</{table}Table>{line}"
    )
    path.write_text(head)
    mime = (
        f"MIME-Version: 1.0{line}Content-Type: Multipart/Related; boundary='MIME_boundary'; type='text/xml'; "
        f"start= '<header.xml>'{line}Content-Description: Correlator{line}alma-uid:uid://A002/X1/X2{line}{line}"
        f"--MIME_boundary{line}Content-Type: text/xml; charset='ISO-8859-1'{line}"
        f"Content-Transfer-Encoding: 8bit{line}Content-ID: <header.xml>{line}{line}{head}"
        f"--MIME_boundary{line}Content-Type: binary/octet-stream{line}Content-ID: <content.bin>{line}{line}"
    )
    path.with_suffix(".bin").write_bytes(mime.encode() + pen.data + f"{line}--MIME_boundary--{line}".encode())
    return path.with_suffix(".bin")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    block = make_block()
    write_asdm(block, tmp_path / block.uid)
    return tmp_path / block.uid


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("line", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("size", ["i", "q"], ids=["short", "long"])
def test_binary_tables_say_the_same_as_xml(folder: Path, order: str, line: str, size: str) -> None:
    before = Asdm.read(folder)
    scans, tsys, facts = before.scans, before.tsys, before.facts()
    to_binary(folder, "Main", MAIN, order, line, size)
    to_binary(folder, "SysCal", SYSCAL, order, line)
    after = Asdm.read(folder)
    assert (after.scans, after.tsys, after.facts()) == (scans, tsys, facts)
    assert after.problems == () and after.wvr_integration_s == before.wvr_integration_s


def test_a_binary_table_without_its_xml_file_is_read(folder: Path) -> None:
    before = Asdm.read(folder).tsys
    to_binary(folder, "SysCal", SYSCAL)
    (folder / "SysCal.xml").unlink()
    assert Asdm.read(folder).tsys == before


def test_the_number_of_rows_may_be_left_to_asdm_xml(folder: Path) -> None:
    path = to_binary(folder, "SysCal", SYSCAL)
    data = path.read_bytes()
    n_rows = len(Asdm.read(folder).tsys)
    at = re.search(
        rb"SysCalTable\x01\x00\x00\x001\x01\x00\x00\x001" + struct.pack("<i", n_rows), data[::1]
    ).end()
    path.write_bytes(data[: at - 4] + struct.pack("<i", -1) + data[at:])
    assert len(Asdm.read(folder).tsys) == n_rows


def test_another_table_in_binary_form_is_left_out_and_said(folder: Path) -> None:
    TABLES["Source"] = {}
    try:
        to_binary(folder, "Source", [])
    finally:
        del TABLES["Source"]
    asdm = Asdm.read(folder)
    assert asdm.sources == () and "the table Source is in binary form, which only CASA reads" in asdm.problems


def test_a_column_that_nobody_knows_is_named(folder: Path) -> None:
    path = to_binary(folder, "SysCal", SYSCAL)
    path.write_bytes(path.read_bytes().replace(b"<numChan/>", b"<newName/>"))
    with pytest.raises(AsdmError, match="column that is not known: newName"):
        list(binary_rows(path, "SysCal"))


def test_a_binary_table_that_is_missing_is_said(folder: Path) -> None:
    to_binary(folder, "SysCal", SYSCAL).unlink()
    asdm = Asdm.read(folder)
    assert asdm.tsys == () and "SysCal.bin, which is missing" in asdm.problems[0]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "asdm"
    write_asdm(make_block(), folder)
    return to_binary(folder, "SysCal", SYSCAL)


@settings(max_examples=150)
@given(start=st.floats(0, 1), junk=st.binary(max_size=8), cut=st.booleans())
def test_no_damage_of_a_binary_table_gives_a_traceback(
    whole: Path, start: float, junk: bytes, cut: bool
) -> None:
    data = whole.read_bytes()
    first = int(start * len(data))
    broken = whole.with_name("SysCal.broken")
    broken.write_bytes(data[:first] + junk + (b"" if cut else data[first + len(junk) :]))
    try:
        for row in binary_rows(broken, "SysCal"):
            assert row.reals("tsysSpectrum") is not None
    except AsdmError as error:
        assert str(broken) in error.where
