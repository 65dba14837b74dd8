"""Files of the Observing Tool in the forms of two versions, and what is no such file."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from casapilot.steps.errors import MousError
from casapilot.steps.mous.aot import read_aot
from casapilot.steps.mous.safexml import parse_xml
from hypothesis import given
from hypothesis import strategies as st
from mous_kit import GOAL, MOUS, NEW, OLD, SB, project_xml, uri, write_aot

STYLES = pytest.mark.parametrize("style", [OLD, NEW], ids=["prefix", "default namespace"])


@STYLES
def test_the_goal_of_a_mous_is_found_by_its_uid_whatever_the_namespaces(
    tmp_path: Path, style: Mapping[str, str]
) -> None:
    aot = read_aot(write_aot(tmp_path / "a.aot", style))
    assert (aot.project, aot.title, aot.pi) == ("2013.1.00123.S", "Gas in NGC 253", "Dr. Somebody")
    found, how = aot.match(MOUS, "")
    assert found is not None and "names the MOUS" in how
    goal = found.goal
    assert (goal.name, goal.rms_jy, goal.frequency_hz) == ("CO in NGC 253", 1e-4, 230e9)
    assert (goal.beam_min_arcsec, goal.beam_max_arcsec) == (0.8, 1.2)
    assert [each.name for each in goal.sources] == ["NGC253"] and goal.arrays == ("TE", "7M")
    assert goal.polarisations == 2 and goal.spws[0].frame == ""
    assert goal.spws[0].bandwidth_hz == 937.5e6 and goal.spws[0].resolution_hz == 976562.5


def test_a_bandwidth_given_as_a_velocity_becomes_a_frequency(tmp_path: Path) -> None:
    found, _ = read_aot(write_aot(tmp_path / "a.aot", NEW)).match(MOUS, SB)
    assert found is not None
    assert found.goal.bandwidth_hz == pytest.approx(230e9 * 10e3 / 299792458.0)


def test_the_goal_is_found_by_the_scheduling_block_where_it_does_not_name_the_mous(tmp_path: Path) -> None:
    aot = read_aot(write_aot(tmp_path / "a.aot"))
    found, how = aot.match("uid___A001_X9_X9", SB)
    assert found is not None and SB in how
    nothing, why = aot.match("uid___A001_X9_X9", "other_TM1")
    assert nothing is None and "Something else" in why


def test_one_resolution_becomes_the_range_of_the_block_that_was_observed(tmp_path: Path) -> None:
    found, _ = read_aot(write_aot(tmp_path / "a.aot", OLD)).match(MOUS, SB)
    assert found is not None
    goal, _ = found.for_block(SB)
    assert (goal.beam_min_arcsec, goal.beam_max_arcsec) == (0.7, 1.1)
    assert SB in goal.origin["beam_min_arcsec"] and goal.origin["rms_jy"] == "aot"


def test_a_range_of_the_goal_stays(tmp_path: Path) -> None:
    found, _ = read_aot(write_aot(tmp_path / "a.aot", NEW)).match(MOUS, SB)
    assert found is not None and found.for_block(SB)[0].beam_min_arcsec == 0.8


def test_a_block_that_asks_for_another_rms_is_said(tmp_path: Path) -> None:
    found, _ = read_aot(write_aot(tmp_path / "a.aot", rms="0.0003")).match(MOUS, SB)
    assert found is not None
    goal, said = found.for_block(SB)
    assert goal.rms_jy == 1e-4 and "0.3 mJy" in said[0] and "notes of the project" in said[0]


def test_a_sensitivity_in_kelvin_stays_open_and_is_said(tmp_path: Path) -> None:
    kelvin = {**OLD, "flux": "0.05", "flux_unit": "K"}
    found, _ = read_aot(write_aot(tmp_path / "a.aot", kelvin, rms="0")).match(MOUS, SB)
    assert found is not None
    goal, said = found.for_block(SB)
    assert goal.rms_jy is None and "0.05 K" in said[0]


def test_a_proposal_without_project_is_enough(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.aot", "w") as archive:
        archive.writestr("ObsProposal.xml", project_xml(OLD, goals=GOAL).replace("ObsProject", "ObsProposal"))
    found, how = read_aot(tmp_path / "a.aot").match("uid___A001_X9_X9", "")
    assert found is not None and how == "it is the only one" and found.goal.rms_jy == 1e-4


def write_zip(path: Path, name: str, data: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return path


def test_a_document_that_is_broken_is_said_and_the_other_read(tmp_path: Path) -> None:
    path = write_aot(tmp_path / "a.aot")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("SchedBlock99.xml", "<broken")
    aot = read_aot(path)
    assert "SchedBlock99.xml" in aot.remarks[0] and aot.match(MOUS, "")[0] is not None


BOMB = b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><ObsProject>&y;</ObsProject>'


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b"not a zip"),
        lambda path: write_zip(path, "readme.txt", b"hello"),
        lambda path: write_zip(path, "ObsProject.xml", BOMB),
        lambda path: write_zip(path, "ObsProject.xml", b"<a>" * 1000 + b"</a>" * 1000),
        lambda path: path.write_bytes(write_aot(path).read_bytes()[:500]),
    ],
    ids=["no zip", "no documents", "entities", "depth", "cut short"],
)
def test_what_is_no_file_of_the_observing_tool_is_told(tmp_path: Path, make: object) -> None:
    path = tmp_path / "a.aot"
    make(path)  # type: ignore[operator]
    with pytest.raises(MousError, match="not a file of the Observing Tool") as told:
        read_aot(path)
    assert "--rms" in told.value.todo


def test_a_document_that_unpacks_without_end_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("casapilot.steps.mous.aot.LARGEST_DOCUMENT", 100_000)
    path = write_zip(tmp_path / "a.aot", "ObsProject.xml", b"<a>" + b" " * 200_000 + b"</a>")
    with pytest.raises(MousError, match="larger than any real one"):
        read_aot(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MousError, match="cannot be read"):
        read_aot(tmp_path / "none.aot")


@given(
    drop=st.integers(0, 60),
    style=st.sampled_from([OLD, NEW]),
    junk=st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="<&"), max_size=20),
)
def test_whatever_a_version_leaves_out_or_fills_otherwise_the_rest_is_read(
    tmp_path_factory: pytest.TempPathFactory, drop: int, style: Mapping[str, str], junk: str
) -> None:
    """Each element in turn gets another text; nothing may raise, and the title stays."""
    text = project_xml(style)
    places = [
        place for place, char in enumerate(text) if text[place : place + 2] == "</" and text[place - 1] != ">"
    ]
    at = places[drop % len(places)]
    start = text.rindex(">", 0, at) + 1
    changed = text[:start] + junk + text[at:]
    path = tmp_path_factory.mktemp("aot") / "a.aot"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ObsProject.xml", changed)
    aot = read_aot(path)
    assert len(aot.goals) == 2
    assert aot.title == "Gas in NGC 253" or "projectName" in text[at : at + 40]


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_xml(data: bytes) -> None:
    try:
        parse_xml(data)
    except ValueError as error:
        assert str(error)


def test_the_uid_of_the_mous_is_that_of_its_status_entity(tmp_path: Path) -> None:
    path = write_aot(tmp_path / "a.aot", mous="uid___A001_Xbeef_X1")
    found, _ = read_aot(path).match("uid___A001_Xbeef_X1", "")
    assert found is not None and uri("uid___A001_Xbeef_X1") == "uid://A001/Xbeef/X1"
