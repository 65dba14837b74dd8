"""ASDMs that are old, incomplete, damaged or made to harm: a result or an AsdmError, never a traceback."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "simulate"))

from asdm_kit import make_block
from casapilot.steps.asdm import Asdm, WindowKind
from casapilot.steps.errors import AsdmError
from casapilot.steps.simulate.asdm_write import write_asdm

#: Bytes that bring parsers and numbers into trouble.
JUNK = (
    b"",
    b"<",
    b">",
    b"&",
    b"\x00",
    b"\xff\xfe",
    b"-1",
    b"1e999",
    b"nan",
    b"9" * 30,
    b"<row>",
    b"</row>",
    b"]]>",
)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    block = make_block()
    folder = tmp_path_factory.mktemp("original") / block.uid
    write_asdm(block, folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / original.name))


def everything(folder: Path) -> dict[str, object]:
    """Ask for all that there is."""
    asdm = Asdm.read(folder)
    names = ("exec_block", "antennas", "sources", "fields", "windows", "scans", "tsys", "n_online_flags")
    more = ("n_tsys", "wvr_integration_s", "science_windows", "wvr_windows")
    found = {name: getattr(asdm, name) for name in (*names, *more)}
    for window in asdm.windows:
        assert window.bandwidth_hz >= 0 or window.bandwidth_hz != window.bandwidth_hz
        found[window.name] = (window.centre_hz, window.width_hz)
    for intent in ("CALIBRATE_PHASE", "OBSERVE_TARGET", "ATMOSPHERE"):
        found[intent] = (asdm.fields_with(intent), asdm.scans_with(intent))
    return {**found, "without": asdm.scans_without_tsys(), "facts": asdm.facts(), "problems": asdm.problems}


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("iso-8859-1")
    assert re.search(old, text, re.S), old
    path.write_text(re.sub(old, new, text, flags=re.S), "iso-8859-1")


TABLES = sorted(
    each for each in "Main Antenna Station SpectralWindow Polarization DataDescription Field".split()
)
OTHERS = "ASDM ConfigDescription ExecBlock SBSummary Scan Source Subscan SysCal Flag".split()


@settings(max_examples=150)
@given(
    table=st.sampled_from(TABLES + OTHERS),
    start=st.floats(0, 1),
    length=st.integers(0, 400),
    junk=st.sampled_from(JUNK),
    cut=st.booleans(),
)
def test_no_damage_gives_a_traceback(
    original: Path, table: str, start: float, length: int, junk: bytes, cut: bool
) -> None:
    path = original / f"{table}.xml"
    whole = path.read_bytes()
    first = int(start * len(whole))
    path.write_bytes(whole[:first] + junk + (b"" if cut else whole[first + length :]))
    try:
        assert everything(original)["facts"]
    except AsdmError as error:
        assert error.what and str(original) in error.where
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_is_cut_off_is_named_with_what_to_do(folder: Path, table: str) -> None:
    path = folder / f"{table}.xml"
    path.write_bytes(path.read_bytes()[:-80])
    with pytest.raises(AsdmError) as caught:
        everything(folder)
    assert str(path) in caught.value.where and "download" in caught.value.todo


@pytest.mark.parametrize("table", ["Antenna", "Field", "Scan", "SpectralWindow"])
def test_an_asdm_without_a_table_that_all_rests_on_is_refused(folder: Path, table: str) -> None:
    (folder / f"{table}.xml").unlink()
    with pytest.raises(AsdmError, match=f"tables are missing: {table}"):
        Asdm.read(folder)


@pytest.mark.parametrize("table", ["Source", "SysCal", "Main", "ExecBlock", "SBSummary", "Subscan", "Flag"])
def test_without_a_table_the_rest_is_told_and_the_loss_is_said(folder: Path, table: str) -> None:
    (folder / f"{table}.xml").unlink()
    found = everything(folder)
    assert found["antennas"] and found["windows"]
    if table != "Flag":
        assert f"the table {table} is missing" in found["problems"]


def test_without_the_main_table_fields_come_from_their_names(folder: Path) -> None:
    (folder / "Main.xml").unlink()
    asdm = Asdm.read(folder)
    assert [each.fields for each in asdm.scans] == [(0,), (0,), (1,), (2,)]
    assert all(each.windows == () for each in asdm.scans)


def test_what_is_no_asdm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AsdmError, match="no such directory"):
        Asdm.read(tmp_path / "nowhere")
    with pytest.raises(AsdmError, match="not an ASDM"):
        Asdm.read(tmp_path)


def test_without_asdm_xml_the_tables_are_read_all_the_same(folder: Path) -> None:
    (folder / "ASDM.xml").unlink()
    found = everything(folder)
    assert found["n_online_flags"] == 5 and "ASDM.xml is missing" in found["problems"][0]


BOMB = """<?xml version="1.0"?><!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>
<AntennaTable><row><name>&b;</name></row></AntennaTable>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE t [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<AntennaTable><row><name>&a;</name></row></AntennaTable>"""


@pytest.mark.parametrize("text", [BOMB, OUTSIDE], ids=["bomb", "outside"])
def test_a_document_type_is_refused(folder: Path, text: str) -> None:
    (folder / "Antenna.xml").write_text(text)
    with pytest.raises(AsdmError, match="document type"):
        everything(folder)


def test_unknown_elements_namespaces_and_white_space_change_nothing(folder: Path) -> None:
    before = everything(folder)
    change(folder / "Field.xml", r"<row>\n", "<row>\n<tomorrow><deep>1</deep></tomorrow>\n")
    change(folder / "Field.xml", r"<fieldName>(.*?)</fieldName>", r"<f:fieldName>  \1\n </f:fieldName>")
    change(folder / "Field.xml", r"<FieldTable ", '<FieldTable xmlns:f="http://example.org" ')
    change(folder / "Scan.xml", r"<scanIntent>(.*?)</scanIntent>", r"<scanIntent> \1  </scanIntent>")
    change(folder / "SBSummary.xml", r'"', "'")
    change(folder / "SBSummary.xml", r"<scienceGoal>(.*?)</scienceGoal>", _quoted)
    assert everything(folder) == before


def _quoted(found: re.Match[str]) -> str:
    return f"<scienceGoal> {found[1].replace(chr(39), '&quot;')} </scienceGoal>"


def test_intents_that_are_plain_words_are_taken(folder: Path) -> None:
    before = Asdm.read(folder).scans
    change(folder / "Scan.xml", r"<scanIntent>1 \d ", "<scanIntent>")
    assert Asdm.read(folder).scans == before


def test_intervals_that_begin_with_their_start_are_known_by_asdm_xml(folder: Path) -> None:
    before = Asdm.read(folder).tsys[0]
    change(folder / "ASDM.xml", "<Table>", "<startTimeDurationInXML/><Table>")
    after = Asdm.read(folder).tsys[0]
    assert after.time_s - before.time_s == pytest.approx(before.interval_s / 2)


def test_averages_and_detectors_are_not_taken_for_spectra(folder: Path) -> None:
    change(
        folder / "SpectralWindow.xml",
        r"<name>ALMA_RB_06#BB_1#SW-01#FULL_RES",
        "<name>ALMA_RB_06#BB_1#SW-01#CH_AVG",
    )
    change(
        folder / "SpectralWindow.xml",
        r"<name>ALMA_RB_06#BB_2#SW-01#FULL_RES",
        "<name> X0#ALMA_RB_06#BB_2#SQLD ",
    )
    asdm = Asdm.read(folder)
    assert {each.kind for each in asdm.windows} == {WindowKind.WVR, WindowKind.CHAVG, WindowKind.SQLD}
    assert asdm.science_windows == () and asdm.windows[2].band == 6
    assert "band" not in asdm.facts()


def test_windows_without_names_are_known_by_their_shape(folder: Path) -> None:
    change(folder / "SpectralWindow.xml", r"<name>.*?</name>\n", "")
    kinds = [each.kind.value for each in Asdm.read(folder).windows]
    assert kinds == ["wvr", "tdm", "tdm", "fdm", "fdm"]
    assert {each.band for each in Asdm.read(folder).science_windows} == {6}


def test_a_unit_that_is_the_project_is_not_taken_for_the_member_ous(folder: Path) -> None:
    change(folder / "SBSummary.xml", r"(<obsUnitSetUID>.*?entityId=\")[^\"]*", r"\g<1>uid://A001/X13e/X1fe0")
    assert Asdm.read(folder).exec_block.mous_uid == ""


def test_a_number_that_is_none_is_named_with_its_row(folder: Path) -> None:
    change(
        folder / "Field.xml",
        r"<numPoly>1</numPoly>\n<delayDir>2 1 2 ",
        "<numPoly>1</numPoly>\n<delayDir>2 1 2 ",
    )
    change(folder / "Field.xml", r"<phaseDir>2 1 2 2\.9", "<phaseDir>2 1 2 two")
    with pytest.raises(AsdmError, match="phaseDir cannot be understood") as caught:
        everything(folder)
    assert caught.value.where.endswith("Field.xml, row 2")


def test_more_channels_than_any_correlator_has_do_not_fill_the_memory(folder: Path) -> None:
    change(folder / "SpectralWindow.xml", r"<numChan>16<", "<numChan>999999999999<")
    assert max(each.n_channels for each in Asdm.read(folder).windows) <= 1 << 20


def test_flux_densities_are_those_of_stokes_i_wherever_it_stands(folder: Path) -> None:
    change(folder / "Source.xml", r"<stokesParameter>1 4 I Q U V<", "<stokesParameter> 1 4 V I Q U <")
    change(folder / "Source.xml", r"<flux>2 2 4 3\.5 0\.0 ", "<flux>2 2 4 0.0 3.5 ")
    fluxes = Asdm.read(folder).sources[0].fluxes
    assert {each.flux_jy for each in fluxes if each.frequency_hz == 230e9} == {3.5}
