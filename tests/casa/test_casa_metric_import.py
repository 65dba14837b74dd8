"""Whether all of the ASDM is in the MS, and whether it can be calibrated: on rows made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casapilot.steps.casa.intents import on_source
from casapilot.steps.casa.metrics import flags, imported
from casapilot.steps.casa.metrics.answers import NothingToTell, Place
from casapilot.steps.casa.metrics.imported import Rows
from casapilot.steps.casa.ms_names import Names
from casapilot.steps.casa.spans import Span

MODES = [
    "CALIBRATE_BANDPASS#ON_SOURCE,CALIBRATE_FLUX#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE",
    "CALIBRATE_PHASE#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE",
    "OBSERVE_TARGET#ON_SOURCE",
    "CALIBRATE_ATMOSPHERE#AMBIENT,CALIBRATE_WVR#AMBIENT",
]
NAMES = Names(
    ["DA41", "DA42", "DV03"], np.full(3, 12.0), ["J1", "J2", "target"], MODES,
    ["WVR#NOMINAL", "BB_1#FULL_RES", "BB_2#FULL_RES"], [0, 1, 2], [[0], [0], [0]], [["I"], ["XX"], ["XX"]],
)  # fmt: skip
BANDPASS, PHASE, TARGET, ATMOSPHERE = 0, 1, 2, 3


def rows(*scans: tuple[int, int, int], antennas: Any = None, times: Any = None, spws: Any = (1, 2)) -> Rows:
    """Rows of (scan, field, state): `antennas(scan)` there, `times(scan)` integrations."""
    found = []
    for scan, field, state in scans:
        there = antennas(scan) if antennas else (0, 1, 2)
        for time in range(times(scan) if times else 5):
            for ddid in spws:
                for one in there:
                    found += [
                        (scan, field, state, ddid, one, two, 100.0 * scan + time)
                        for two in there
                        if one < two
                    ]
    return Rows(*(np.array(column) for column in zip(*found, strict=True)))


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Any:
    def put(some: Rows) -> None:
        monkeypatch.setattr(imported, "existing", lambda folder, of: "")
        monkeypatch.setattr(imported, "read_names", lambda path: NAMES)
        monkeypatch.setattr(imported, "_rows", lambda path: some)
        keys = dict.fromkeys(zip(some.scan, some.field, some.state, some.ddid, strict=True))
        spans = [Span(*map(int, key), 0.0, 0.0) for key in keys]
        monkeypatch.setattr(imported, "read_spans", lambda path: spans)

    return put


def asdm(folder: Path, integrations: dict[int, int]) -> Path:
    """An ASDM of three antennas whose scans have so many integrations, radiometer and correlator."""
    path = folder / "x"
    path.mkdir()

    def table(name: str, *found: dict[str, object]) -> None:
        text = "".join(
            "<row>" + "".join(f"<{k}> {v} </{k}>" for k, v in row.items()) + "</row>" for row in found
        )
        (path / f"{name}.xml").write_text(f'<{name}Table xmlns:a="http://x">{text}</{name}Table>')

    table("Antenna", *({"name": name} for name in NAMES.antennas))
    table("Field", *({"fieldId": f"Field_{n}", "fieldName": name} for n, name in enumerate(NAMES.fields)))
    table(
        "DataDescription",
        *(
            {"dataDescriptionId": f"DataDescription_{n}", "spectralWindowId": f"SpectralWindow_{n}"}
            for n in range(3)
        ),
    )
    table(
        "ConfigDescription",
        {
            "configDescriptionId": "C_0",
            "processorType": "RADIOMETER",
            "dataDescriptionId": "1 1 DataDescription_0",
        },
        {
            "configDescriptionId": "C_1",
            "processorType": "CORRELATOR",
            "dataDescriptionId": "1 2 DataDescription_1 DataDescription_2",
        },
    )
    table(
        "Main",
        *(
            {
                "scanNumber": scan,
                "fieldId": "Field_0",
                "configDescriptionId": config,
                "numIntegration": number,
            }
            for scan, count in integrations.items()
            for config, number in (("C_0", 1), ("C_1", count))
        ),
    )
    return folder


def test_a_whole_import_lacks_nothing(given: Any, tmp_path: Path) -> None:
    given(rows((1, 0, BANDPASS), (2, 1, PHASE), spws=(0, 1, 2)))
    folder = str(asdm(tmp_path, {1: 5, 2: 5}))
    assert imported.import_missing("x.ms", folder, {})[:2] == (0.0, "")
    assert imported.rows_missing("x.ms", folder, {})[:3] == (0.0, "%", "none is missing")


def test_a_scan_a_spw_and_an_antenna_that_did_not_arrive_are_named(given: Any, tmp_path: Path) -> None:
    given(rows((1, 0, BANDPASS), spws=(0, 1), antennas=lambda scan: (0, 1)))
    answer = imported.import_missing("x.ms", str(asdm(tmp_path, {1: 5, 2: 5})), {})
    assert answer.value == 3.0 and answer.text == "DV03, scan 2, spw 2"
    assert [each.place for each in answer.offenders] == [Place("DV03"), Place(scan=2), Place(spw=2)]


def test_a_scan_cut_short_and_an_antenna_that_left_are_told_by_their_part(given: Any, tmp_path: Path) -> None:
    given(rows((1, 0, BANDPASS), (2, 1, PHASE), times=lambda scan: 5 if scan == 1 else 4))
    answer = imported.rows_missing("x.ms", str(asdm(tmp_path, {1: 5, 2: 5})), {})
    assert answer.value == pytest.approx(20.0) and answer.text == "scan 2 20.0 %"
    given(rows((1, 0, BANDPASS), (2, 1, PHASE), antennas=lambda scan: (0, 1, 2) if scan == 1 else (0, 1)))
    answer = imported.rows_missing("x.ms", str(tmp_path), {})
    assert (answer.value, answer.text) == (100.0, "DV03 scan 2 100.0 %")


def test_without_its_asdm_an_ms_is_held_against_itself_alone(given: Any, tmp_path: Path) -> None:
    given(rows((1, 0, BANDPASS)))
    with pytest.raises(NothingToTell, match="the ASDM is not here"):
        imported.import_missing("x.ms", str(tmp_path), {})
    assert imported.rows_missing("x.ms", str(tmp_path), {}).value == 0.0


def test_intents_that_a_calibration_needs_are_missed(given: Any) -> None:
    given(rows((1, 0, BANDPASS), (2, 1, PHASE), (3, 2, TARGET)))
    assert imported.intents_missing("x.ms", "", {}).value == 0.0
    given(rows((1, 0, BANDPASS), (3, 2, TARGET)))
    answer = imported.intents_missing("x.ms", "", {})
    assert (answer.value, answer.text) == (1.0, "no scan for PHASE")


def put_together(*some: Rows) -> Rows:
    return Rows(*(np.concatenate(columns) for columns in zip(*some, strict=True)))


def test_a_spw_of_the_targets_without_bandpass_calibrator_is_named(given: Any) -> None:
    whole = rows((2, 1, PHASE), (3, 2, TARGET), spws=(0, 1, 2))
    given(put_together(rows((1, 0, BANDPASS), spws=(0, 1)), whole))
    answer = imported.intents_missing("x.ms", "", {})
    assert answer.text == "no scan for BANDPASS in spw 2, no scan for FLUX in spw 2"
    assert [each.place for each in answer.offenders] == [Place(spw=2), Place(spw=2)]


def test_where_phases_come_from_other_windows_spws_are_not_compared(given: Any) -> None:
    wide = rows((1, 0, BANDPASS), (2, 1, PHASE), spws=(1,))
    given(put_together(wide, rows((3, 2, TARGET), spws=(2,))))
    assert imported.intents_missing("x.ms", "", {}).value == 0.0


def test_a_target_scan_without_a_phase_calibrator_after_it_is_named(given: Any) -> None:
    whole = ((1, 0, BANDPASS), (2, 1, PHASE), (3, 2, ATMOSPHERE), (4, 2, TARGET), (5, 1, PHASE))
    given(rows(*whole))
    assert imported.targets_unbracketed("x.ms", "", {}).value == 0.0
    given(rows(*whole, (6, 2, TARGET)))
    answer = imported.targets_unbracketed("x.ms", "", {})
    assert answer.value == 1.0 and [each.place for each in answer.offenders] == [
        Place(scan=6, field="target")
    ]


def test_a_field_without_coordinates_is_named_where_it_has_data(
    given: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = np.array([[0.0, 0.0], [1.0, -0.4], [0.0, 0.0]])
    field = type("Field", (Commands,), {"getcell": lambda self, name, row: where[row][:, None]})
    monkeypatch.setattr(imported, "open_unlocked", lambda path: field("", "", ""))
    given(rows((1, 0, BANDPASS), (2, 1, PHASE)))
    answer = imported.fields_at_zero("x.ms", "", {})
    assert (answer.value, [each.place for each in answer.offenders]) == (1.0, [Place(field="J1")])


class Commands:
    """A table FLAG_CMD."""

    def __init__(self, *commands: str) -> None:
        self.commands = commands

    def __enter__(self) -> Commands:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def nrows(self) -> int:
        return len(self.commands)

    def getcol(self, name: str) -> list[str]:
        return list(self.commands)


def test_overlapping_online_flags_are_joined_and_others_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    when = "timerange='2015/10/01/22:32:{}~2015/10/01/22:32:{}'"
    table = Commands(
        f"antenna='DA41&&*' {when.format('10.000', '20.500')}",
        f"antenna='DA41&&*' {when.format('15.000', '30.000')}",
        f"antenna='DA41&&*' {when.format('50.000', '55.000')}",
        f"antenna='DV03' {when.format('40.000', '41.000')}",
        "mode='shadow'",
    )
    monkeypatch.setattr(flags, "open_unlocked", lambda path: table)
    intervals = flags._intervals("x.ms")
    assert set(intervals) == {"DA41", "DV03"}
    start, end = intervals["DA41"]
    assert (end - start).tolist() == pytest.approx([20.0, 5.0])
    midnight = 57296 * 86400.0  # MJD of 2015-10-01
    assert start[0] == pytest.approx(midnight + 22 * 3600 + 32 * 60 + 10.0)
    times = start[0] + np.array([-1.0, 0.5, 19.9, 20.1, 40.0, 44.9, 45.1])
    inside = [False, True, True, False, True, True, False]
    assert flags._inside(intervals["DA41"], times).tolist() == inside
    assert not flags._inside(None, times).any()


def test_an_ms_without_online_flags_has_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "open_unlocked", lambda path: Commands())
    with pytest.raises(NothingToTell, match="no online flags"):
        flags._intervals("x.ms")


@pytest.mark.parametrize(("modes", "wanted"), [(MODES[0], True), (MODES[2], True), (MODES[3], False)])
def test_scans_of_loads_are_not_on_a_source(modes: str, wanted: bool) -> None:
    assert on_source(modes) is wanted
