"""Which Tsys serves which data: sources and scans without, time and elevation apart, the map of applycal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from casa_solutions import ANTENNAS, START_S, block, table
from casapilot.steps.casa.caltable import CalTable
from casapilot.steps.casa.metrics import tsys_map, tsys_scans
from casapilot.steps.casa.metrics.answers import Answer, Place
from casapilot.steps.casa.metrics.tsys_observed import Observed, Visit

BANDPASS, PHASE, TARGET, CHECK = range(4)
FIELDS = ["J0538-4405", "J0519-4546", "TW_Hya", "J0455-4615"]
WINDOWS = ["WVR#NOMINAL", "ALMA_RB_06#BB_1", "ALMA_RB_06#BB_2", "ALMA_RB_06#BB_1", "ALMA_RB_06#BB_2"]
EDGES_GHZ = [(183.0, 190.0), (229.0, 231.0), (231.0, 233.0), (230.0, 230.1), (231.1, 232.9)]
ROLES = ("bandpass calibrator", "phase calibrator", "target", "check source")


def atmosphere(scan: int, field: int, minute: float) -> Visit:
    time = START_S + 60.0 * minute
    return Visit(scan, field, "", True, (1, 2), time - 20.0, time + 20.0)


def science(scan: int, field: int, minute: float) -> Visit:
    time = START_S + 60.0 * minute
    return Visit(scan, field, ROLES[field], False, (3, 4), time, time + 120.0)


VISITS = [
    atmosphere(1, BANDPASS, 0.0),
    science(2, BANDPASS, 1.0),
    atmosphere(3, PHASE, 4.0),
    science(4, PHASE, 5.0),
    science(5, CHECK, 6.0),
    atmosphere(6, TARGET, 8.0),
    science(7, TARGET, 9.0),
    science(8, PHASE, 12.0),
]


def seen(visits: list[Visit] = VISITS, degrees: Any = ((0, -44), (5, -43), (6, -45), (7, -46))) -> Observed:
    edges = 1e9 * np.array(EDGES_GHZ)
    return Observed(FIELDS, np.radians(degrees), WINDOWS, np.array([0, 1, 2, 1, 2]), edges, list(visits))


def solved(measured: list[Visit], spws: tuple[int, ...] = (1, 2), known: bool = True) -> CalTable:
    """A Tsys table of these scans."""
    count = len(ANTENNAS)
    values = np.full((2, 32, len(measured), count), 80.0)
    more = {
        "field": np.repeat([each.field for each in measured], count),
        "time_s": np.repeat([each.start_s + 20.0 for each in measured], count),
    }
    scans = [each.scan if known else -1 for each in measured]
    return table(*(block(values, scans=scans, spw=spw, **more) for spw in spws))


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have the metrics see this table, this observation and these calls of applycal."""

    def put(caltable: CalTable, observation: Observed, *calls: dict[str, Any]) -> None:
        for module in (tsys_scans, tsys_map):
            monkeypatch.setattr(module, "table_and_ms", lambda of, folder: (caltable, observation))
        monkeypatch.setattr(tsys_map, "calls_of_applycal", lambda ms: list(calls))

    return put


ATMOSPHERES = [each for each in VISITS if each.atmosphere]


def missing() -> Answer:
    return tsys_scans.tsys_missing("x", "", {})


def test_sources_with_their_own_tsys_miss_nothing_and_a_check_source_needs_none(given: Any) -> None:
    given(solved(ATMOSPHERES), seen())
    assert missing()[:3] == (0.0, "", "all sources have their own")


@pytest.mark.parametrize("known", [True, False])
def test_a_phase_calibrator_without_tsys_is_named_with_what_is_near_and_its_scans(
    given: Any, known: bool
) -> None:
    given(solved([ATMOSPHERES[0], ATMOSPHERES[2]], known=known), seen())
    answer = missing()
    assert answer.value == 1.0
    assert answer.text == "phase calibrator J0519-4546 (nearest: TW_Hya, 2.1 deg away)"
    assert {each.place for each in answer.offenders} == {
        Place(field="J0519-4546", scan=scan) for scan in (4, 8)
    }


def test_flagged_tsys_is_no_tsys(given: Any) -> None:
    caltable = solved(ATMOSPHERES)
    for each in caltable.blocks:
        each.flags[:, :, each.field == TARGET] = True
    given(caltable, seen())
    assert missing().text.startswith("target TW_Hya (nearest: J0519-4546")


def test_a_pointing_of_a_mosaic_has_the_tsys_of_its_neighbour(given: Any) -> None:
    near = ((0, -44), (5, -43), (6, -45), (6, -45.01))
    visits = [each for each in VISITS if each.scan not in (5, 7)] + [
        science(7, TARGET, 9.0),
        science(9, CHECK, 9.0)._replace(role="target"),
    ]
    given(solved(ATMOSPHERES), seen(visits, near))
    assert missing().value == 0.0


def test_a_tsys_scan_that_left_no_solution_is_named_also_where_one_spw_lacks_it(given: Any) -> None:
    given(solved(ATMOSPHERES[:2]), seen())
    answer = tsys_scans.tsys_scans_missing("x", "", {})
    assert (answer.value, answer.text) == (1.0, "scan 6 on TW_Hya spw 1, 2")
    caltable = solved(ATMOSPHERES)
    first = caltable.blocks[0]
    first.flags[:, :, first.scan == 3] = True
    given(caltable, seen())
    answer = tsys_scans.tsys_scans_missing("x", "", {})
    assert [each.place for each in answer.offenders] == [Place("", 1, "", 3, "J0519-4546")]


@pytest.mark.parametrize("known", [True, False])
def test_no_tsys_scan_is_missing_where_all_have_solutions(given: Any, known: bool) -> None:
    given(solved(ATMOSPHERES, known=known), seen())
    assert tsys_scans.tsys_scans_missing("x", "", {}).value == 0.0


def test_the_time_to_the_next_tsys_is_from_the_farther_end_of_the_scan(given: Any) -> None:
    visits = [*VISITS, science(9, TARGET, 38.0)]
    given(solved(ATMOSPHERES), seen(visits))
    answer = tsys_scans.tsys_gap("x", "", {})
    assert answer.value == pytest.approx(32.0) and answer.offenders[0].place == Place(field="TW_Hya", scan=9)


def test_elevations_are_those_of_the_site(given: Any) -> None:
    # 2016-06-12 0 UT: LST at ALMA is 12.87 h; a source that culminates 10 degrees north of the zenith.
    time = 86400.0 * 57551.0
    where = seen(degrees=((193.1, -13.02), (0, 0), (0, 0), (0, 0)))
    assert where.elevation_deg(0, time) == pytest.approx(80.0, abs=0.2)
    assert where.elevation_deg(0, time + 6.0 * 3590.0) < 10.0
    visits = [*VISITS, science(9, TARGET, 188.0)]
    given(solved(ATMOSPHERES), seen(visits))
    assert tsys_scans.tsys_elevation("x", "", {}).value > 20.0
    given(solved(ATMOSPHERES), seen())
    assert tsys_scans.tsys_elevation("x", "", {}).value < 1.0


# -- the map ----------------------------------------------------------------------------------------------


def call(**more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "field": "2",
        "spw": "3,4",
        "gaintable": ["x.ms.tsys", "x.ms.wvr"],
        "gainfield": ["2", "2"],
        "spwmap": [[0, 1, 2, 1, 2], []],
    }
    return {**usual, **more}


def unmapped() -> Answer:
    return tsys_map.tsys_unmapped("x.ms.tsys", "", {})


def test_windows_that_lie_in_a_tsys_spw_of_their_baseband_are_covered(given: Any) -> None:
    given(solved(ATMOSPHERES), seen())
    assert unmapped()[:3] == (0.0, "", "all science spws are covered")
    given(solved(ATMOSPHERES), seen(), call())
    assert unmapped().value == 0.0


def test_a_window_without_a_tsys_spw_of_its_baseband_is_named(given: Any) -> None:
    given(solved(ATMOSPHERES, spws=(1,)), seen())
    answer = unmapped()
    assert (answer.value, answer.text) == (1.0, "spw 4: no Tsys spw covers it")
    assert answer.offenders[0].place == Place(spw=4)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"spwmap": [[0, 1, 2, 1, 1], []]}, "field 2 spw 4 gets the Tsys of spw 1, which does not cover it"),
        ({"spwmap": []}, "field 2 spw 3 gets the Tsys of spw 3"),
        ({"gainfield": ["3", "2"]}, "field 2 spw 3 gets the Tsys of spw 1 and field 3, which has none"),
        ({"gainfield": ["J0455-4615", ""]}, "and field J0455-4615, which has none"),
    ],
)
def test_what_applycal_was_told_wrongly_is_said(given: Any, more: dict[str, Any], said: str) -> None:
    given(solved(ATMOSPHERES), seen(), call(**more))
    answer = unmapped()
    assert answer.value >= 1.0 and said in answer.text


def test_a_call_without_tsys_or_with_one_map_for_one_table_is_understood(given: Any) -> None:
    given(solved(ATMOSPHERES), seen(), call(gaintable=["x.ms.wvr"], spwmap=[]))
    assert unmapped().value == 0.0
    given(solved(ATMOSPHERES), seen(), call(gaintable="x.ms.tsys", spwmap=[0, 1, 2, 1, 2], gainfield="2"))
    assert unmapped().value == 0.0
    given(solved(ATMOSPHERES), seen(), call(gaintable="x.ms.tsys", spwmap=[0, 1, 2, 2, 1], gainfield="2"))
    assert unmapped().value == 2.0
