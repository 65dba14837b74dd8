"""What the reader gives is what the writer was given."""

from __future__ import annotations

import dataclasses
import math
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "simulate"))

from asdm_kit import INTEGRATION_S, make_block
from casapilot.steps.asdm import Asdm, WindowKind
from casapilot.steps.checklist.facts import FACTS
from casapilot.steps.errors import AsdmError
from casapilot.steps.simulate.asdm_write import write_asdm
from casapilot.steps.simulate.model import WVR_S, Block

NAMES = st.text(
    st.characters(categories=("L", "N", "P", "S"), max_codepoint=0x24F, exclude_characters='"'),
    min_size=1,
    max_size=20,
)
INTENTS = st.lists(
    st.sampled_from(
        [
            "CALIBRATE_PHASE",
            "CALIBRATE_BANDPASS",
            "CALIBRATE_FLUX",
            "CALIBRATE_WVR",
            "OBSERVE_TARGET",
            "CALIBRATE_DELAY",
        ]
    ),
    min_size=1,
    max_size=4,
    unique=True,
).map(tuple)


@pytest.fixture
def asdm(tmp_path: Path) -> Asdm:
    block = make_block()
    write_asdm(block, tmp_path / block.uid)
    return Asdm.read(tmp_path / block.uid)


def written(block: Block, home: Path) -> Asdm:
    shutil.rmtree(home / block.uid, ignore_errors=True)
    write_asdm(block, home / block.uid)
    return Asdm.read(home / block.uid)


@settings(max_examples=25)
@given(
    n_antennas=st.integers(2, 6),
    n_science=st.integers(1, 4),
    radiometers=st.booleans(),
    same_baseband=st.booleans(),
)
def test_any_set_up_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    n_antennas: int,
    n_science: int,
    radiometers: bool,
    same_baseband: bool,
) -> None:
    block = make_block(n_antennas, n_science, radiometers, same_baseband)
    found = written(block, tmp_path_factory.getbasetemp())
    assert [(each.name, each.pad, each.position_m, each.diameter_m) for each in found.antennas] == [
        (each.name, each.pad, each.position_m, each.diameter_m) for each in block.antennas
    ]
    for one, other in zip(found.windows, block.windows, strict=True):
        assert (one.number, one.name, one.kind.value) == (other.number, other.name, other.kind)
        assert (one.baseband, one.n_channels, one.products) == (
            other.baseband,
            other.n_channels,
            other.products,
        )
        if one.kind is not WindowKind.WVR:
            assert one.frequencies_hz[0] == other.first_hz and one.width_hz == abs(other.step_hz)
            assert one.sideband == ("USB" if other.step_hz > 0 else "LSB")
    setups = {each.number: each.windows for each in block.setups}
    for scan, given_scan in zip(found.scans, block.scans, strict=True):
        assert (scan.number, scan.intents, scan.source) == (
            given_scan.number,
            given_scan.intents,
            given_scan.source,
        )
        for one, other in zip(scan.subscans, given_scan.subscans, strict=True):
            assert (one.number, one.intent, one.fields) == (other.number, other.intent, (other.field,))
            assert math.isclose(one.start_s, other.start_s) and math.isclose(one.end_s, other.end_s)
            assert one.windows == tuple(sorted({each for number in other.setups for each in setups[number]}))
    assert found.problems == ()


@settings(max_examples=25)
@given(
    names=st.lists(NAMES, min_size=3, max_size=3, unique=True), intents=INTENTS, reason=NAMES, sb_name=NAMES
)
def test_any_names_and_intents_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    names: list[str],
    intents: tuple[str, ...],
    reason: str,
    sb_name: str,
) -> None:
    block = make_block()
    old = {source.name: name for source, name in zip(block.sources, names, strict=True)}
    block = dataclasses.replace(
        block,
        sb_name=sb_name,
        sources=tuple(dataclasses.replace(each, name=old[each.name]) for each in block.sources),
        fields=tuple(dataclasses.replace(each, name=old[each.name]) for each in block.fields),
        scans=tuple(
            dataclasses.replace(each, source=old[each.source], intents=intents) for each in block.scans
        ),
        flags=tuple(dataclasses.replace(each, reason=reason) for each in block.flags),
    )
    found = written(block, tmp_path_factory.getbasetemp())
    assert [each.name for each in found.sources] == names
    assert [each.name for each in found.fields] == [*names, names[2]]
    assert {each.intents for each in found.scans} == {intents}
    assert [each.source for each in found.scans] == [each.source for each in block.scans]
    assert found.exec_block.sb_name == sb_name.strip()


def test_the_block_is_named_and_dated(asdm: Asdm) -> None:
    block, given_block = asdm.exec_block, make_block()
    assert (block.uid, block.mous_uid, block.sb_name) == (
        given_block.uid,
        given_block.mous_uid,
        given_block.sb_name,
    )
    assert (block.telescope, block.array_name, block.n_antennas) == ("ALMA", "Array001", 3)
    assert math.isclose(block.start_s, given_block.start_s) and math.isclose(block.end_s, given_block.end_s)
    assert 0 < block.base_range_m[0] < block.base_range_m[1] < 100
    assert block.session_uid.startswith("uid___A001_") and not block.aborted


def test_fluxes_and_rest_frequencies_are_those_of_the_source(asdm: Asdm) -> None:
    first, second, target = asdm.sources
    assert {(each.frequency_hz, each.flux_jy) for each in first.fluxes} == {(230e9, 3.5), (340e9, 2.5)}
    assert {each.window for each in first.fluxes} == {0, 1, 2, 3, 4}
    assert second.fluxes == () and target.rest_hz == (230.538e9,)


def test_system_temperatures_are_medians_per_receptor(asdm: Asdm) -> None:
    given_block = make_block()
    assert len(asdm.tsys) == len(given_block.syscal) > 0
    for one, other in zip(asdm.tsys, given_block.syscal, strict=True):
        assert (one.antenna, one.window) == (other.antenna, other.window)
        assert abs(one.time_s - other.time_s) < 1e-5 and math.isclose(one.interval_s, other.interval_s)
        assert one.median_k == pytest.approx(
            [sorted(each)[7] / 2 + sorted(each)[8] / 2 for each in other.tsys_k]
        )
        assert one.negative_percent == 0


def test_negative_system_temperatures_are_counted(tmp_path: Path) -> None:
    block = make_block()
    first = block.syscal[0]
    bad = first.tsys_k.copy()
    bad[0, :8] = -1.0
    block = dataclasses.replace(block, syscal=(dataclasses.replace(first, tsys_k=bad), *block.syscal[1:]))
    found = written(block, tmp_path).tsys
    assert found[0].negative_percent == 25.0 and found[1].negative_percent == 0.0


def test_an_atmosphere_scan_without_system_temperatures_is_named(tmp_path: Path) -> None:
    block = make_block()
    assert written(block, tmp_path).scans_without_tsys() == ()
    assert written(dataclasses.replace(block, syscal=()), tmp_path).scans_without_tsys() == (1,)


def test_integrations_of_correlator_and_radiometers_are_told(asdm: Asdm) -> None:
    assert asdm.scans[1].integration_s(3) == INTEGRATION_S
    assert asdm.scans[1].integration_s(0) is None
    assert asdm.wvr_integration_s == WVR_S


def test_windows_are_sorted_by_what_they_are_for(asdm: Asdm) -> None:
    assert [each.number for each in asdm.science_windows] == [3, 4]
    assert [each.number for each in asdm.windows_with("CALIBRATE_ATMOSPHERE")] == [1, 2]
    assert [each.number for each in asdm.wvr_windows] == [0]
    assert asdm.window(4).sideband == "LSB"
    with pytest.raises(AsdmError, match="no spectral window 9"):
        asdm.window(9)


def test_fields_and_scans_are_found_by_intent(asdm: Asdm) -> None:
    assert [each.number for each in asdm.fields_with("OBSERVE_TARGET")] == [2, 3]
    assert [each.name for each in asdm.fields_with("CALIBRATE_ATMOSPHERE")] == ["J1058+0133"]
    assert [each.number for each in asdm.scans_with("CALIBRATE_FLUX")] == [2]
    assert asdm.scans_with("NOTHING") == () and asdm.fields_with("NOTHING") == ()
    assert asdm.field(1).name == "J1037-2934"


def test_facts_of_the_twelve_metre_array(asdm: Asdm) -> None:
    assert asdm.facts() == {
        "telescope": "ALMA",
        "array": "12m",
        "band": 6,
        "n_antennas": 3,
        "n_spws": 2,
        "n_sources": 1,
        "polarisations": 2,
        "mosaic": True,
        "has_wvr": True,
        "has_tsys": True,
        "has_online_flags": True,
        "has_ephemeris": False,
        "has_autocorrelations": True,
        "bandwidth_switching": False,
        "band_to_band": False,
        "full_polarisation": False,
    }


def test_facts_are_those_that_a_checklist_may_ask_for(asdm: Asdm) -> None:
    for name, value in asdm.facts().items():
        assert type(value) is FACTS[name].type, name
        assert not FACTS[name].choices or value in FACTS[name].choices


def test_facts_of_the_seven_metre_array(tmp_path: Path) -> None:
    block = dataclasses.replace(make_block(radiometers=False), flags=(), syscal=())
    facts = written(block, tmp_path).facts()
    assert (facts["array"], facts["has_wvr"], facts["has_tsys"], facts["has_online_flags"]) == (
        "7m",
        False,
        False,
        False,
    )


def test_gains_from_wider_windows_are_bandwidth_switching(tmp_path: Path) -> None:
    block = make_block()
    scans = tuple(
        dataclasses.replace(
            scan, subscans=tuple(dataclasses.replace(each, setups=(0, 1)) for each in scan.subscans)
        )
        if "CALIBRATE_PHASE" in scan.intents
        else scan
        for scan in block.scans
    )
    facts = written(dataclasses.replace(block, scans=scans), tmp_path).facts()
    assert (facts["bandwidth_switching"], facts["band_to_band"]) == (True, False)


def test_gains_from_another_band_are_band_to_band(tmp_path: Path) -> None:
    block = make_block()
    windows = tuple(
        dataclasses.replace(each, name=each.name.replace("RB_06", "RB_03")) if each.kind == "tdm" else each
        for each in block.windows
    )
    scans = tuple(
        dataclasses.replace(
            scan, subscans=tuple(dataclasses.replace(each, setups=(0, 1)) for each in scan.subscans)
        )
        if "CALIBRATE_PHASE" in scan.intents
        else scan
        for scan in block.scans
    )
    facts = written(dataclasses.replace(block, windows=windows, scans=scans), tmp_path).facts()
    assert (facts["bandwidth_switching"], facts["band_to_band"], facts["band"]) == (False, True, 6)


def test_a_field_at_the_origin_moves(tmp_path: Path) -> None:
    block = make_block()
    fields = tuple(
        dataclasses.replace(each, ra_rad=0.0, dec_rad=0.0) if each.number == 1 else each
        for each in block.fields
    )
    found = written(dataclasses.replace(block, fields=fields), tmp_path)
    assert found.field(1).is_at_origin and found.field(1).moves and not found.field(0).moves
    assert found.facts()["has_ephemeris"] is True
