"""Antenna positions: how large, not all zero, and all that are known applied; times of SYSCAL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_solutions import ANTENNAS, block, table
from casapilot.steps.casa.metrics import antpos, tsys_times
from casapilot.steps.casa.metrics.tsys_times import Times
from casapilot.steps.errors import CasaError

KNOWN_MM = {"DA42": (0.3, 0.4, 1.2), "DV04": (-2.0, 1.0, 0.5)}


def positions(offsets_mm: dict[str, tuple[float, float, float]]) -> Any:
    values = np.zeros((3, 1, 1, len(ANTENNAS)))
    for name, offset in offsets_mm.items():
        values[:, 0, 0, ANTENNAS.index(name)] = np.array(offset) / 1000.0
    return table(block(values), kind="KAntPos Jones", ms="/somewhere/x.ms")


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Have the metrics see a table of offsets, a list beside it, and what applycal was called with."""
    folder = tmp_path / "Calibration_X1"
    (folder / "x.ms").mkdir(parents=True)

    def put(applied: Any, rows: Any = KNOWN_MM, calls: Any = (), where: Path = folder) -> str:
        def read(folder: str, name: str, *kinds: str) -> Any:
            if name != "x.ms.antpos" or applied is None:
                raise CasaError("there is none", name)
            return positions(applied)

        lines = ["ms,antenna,xoff,yoff,zoff,comment", "# a remark"]
        for name, offset in rows.items():
            lines.append(f"x.ms,{name},{','.join(str(mm / 1000.0) for mm in offset)},run of June")
        (where / "antennapos.csv").write_text(
            "\n".join([*lines, "y.ms,DA41,1,1,1,another EB", "short"]) + "\n"
        )
        monkeypatch.setattr(antpos, "read_caltable", read)
        monkeypatch.setattr(antpos, "calls_of_applycal", lambda path: list(calls))
        return str(folder)

    return put


def test_the_longest_position_correction_is_in_mm(given: Any) -> None:
    answer = antpos.antpos_max("x.ms.antpos", given({"DV03": (0.3, 0.4, 1.2)}), {})
    assert answer.value == pytest.approx(1.3) and answer.unit == "mm"
    assert answer.text.startswith("DV03 1.30 mm, then DA41 0.00 mm")
    assert answer.offenders[0].place.antenna == "DV03"


def test_a_table_of_zeros_has_no_correction(given: Any) -> None:
    answer = antpos.antpos_corrected("x.ms.antpos", given({}), {})
    assert answer.value == 0.0 and answer.text.startswith("all offsets are zero; no row for DA41, DV03")
    answer = antpos.antpos_corrected("x.ms.antpos", given(KNOWN_MM), {})
    assert answer.value == 2.0 and answer.text.startswith("DA42 1.30 mm, DV04 2.29 mm; no row for DA41")


@pytest.mark.parametrize("calls", [(), [{"gaintable": ["x.ms.tsys", "x.ms.antpos"]}]])
def test_a_list_that_is_applied_leaves_nothing(given: Any, calls: Any) -> None:
    answer = antpos.antpos_unapplied("x.ms", given(KNOWN_MM, calls=calls), {})
    assert answer[:3] == (0.0, "mm", "all of antennapos.csv is applied")


def test_a_list_beside_the_mous_counts_too(given: Any, tmp_path: Path) -> None:
    answer = antpos.antpos_unapplied("x.ms", given(None, where=tmp_path), {})
    assert answer.value == pytest.approx(2.29, abs=0.01)


def test_a_table_that_applycal_was_not_given_is_not_applied(given: Any) -> None:
    calls = [{"gaintable": ["x.ms.tsys", "x.ms.wvr"]}]
    answer = antpos.antpos_unapplied("x.ms", given(KNOWN_MM, calls=calls), {})
    assert answer.text.startswith("DV04 (no table of antenna positions is applied) 2.29 mm, then DA42")


def test_a_wrong_sign_is_twice_the_correction(given: Any) -> None:
    wrong = {"DA42": KNOWN_MM["DA42"], "DV04": (2.0, -1.0, -0.5)}
    answer = antpos.antpos_unapplied("x.ms", given(wrong), {})
    assert answer.value == pytest.approx(4.58, abs=0.01) and answer.offenders[0].place.antenna == "DV04"


def test_without_a_list_there_is_nothing_to_compare_with(given: Any) -> None:
    folder = given(KNOWN_MM, rows={})
    assert antpos.antpos_unapplied("x.ms", folder, {}).text.startswith("no antennapos.csv names")


# -- times of SYSCAL ----------------------------------------------------------------------------------------


def answer(times: list[float], antennas: list[int], spws: list[int], monkeypatch: pytest.MonkeyPatch) -> Any:
    names = type("Names", (), {"antennas": ANTENNAS})
    monkeypatch.setattr(tsys_times, "read_names", lambda path: names)
    rows = Times(np.array(times), np.array(antennas), np.array(spws))
    return tsys_times._answer(rows, "", "alike")


def test_antennas_of_one_measurement_with_other_times_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    times, who = [0.0, 0.8, 1.6, 300.0, 300.0, 300.0], [0, 1, 2, 0, 1, 2]
    found = answer(times, who, [1] * 6, monkeypatch)
    assert found.value == pytest.approx(1.6)
    assert found.text == f"2 of {len(ANTENNAS)} antennas have other times, up to 1.60 s"


def test_scans_and_spws_may_have_times_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    times, who = [0.0, 0.0, 5.0, 5.0, 9.0, 9.0], [0, 1, 0, 1, 0, 1]
    assert answer(times, who, [1, 1, 2, 2, 1, 1], monkeypatch)[:3] == (0.0, "s", "alike")


def test_the_asdm_tells_what_the_step_has_mended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = type("Names", (), {"antennas": ANTENNAS})
    monkeypatch.setattr(tsys_times, "read_names", lambda path: names)
    (tmp_path / "x.ms").mkdir()
    assert tsys_times.syscal_mended("x.ms", str(tmp_path), {}).text == "no SysCal.xml beside it"
    row = "<row><timeInterval> {} 2000000000 </timeInterval><antennaId> Antenna_{} </antennaId>"
    row += "<spectralWindowId>SpectralWindow_1</spectralWindowId></row>\n"
    (tmp_path / "x").mkdir()
    rows = [row.format(4970000000000000000 + late, n) for n, late in enumerate((0, 800000000, 0))]
    (tmp_path / "x" / "SysCal.xml").write_text("<SysCalTable>" + "".join(rows) + "</SysCalTable>")
    found = tsys_times.syscal_mended("x.ms", str(tmp_path), {})
    assert found.value == pytest.approx(0.8, abs=0.01) and found.text.startswith("1 of ")
    (tmp_path / "x" / "SysCal.xml").write_text("<SysCalTable></SysCalTable>")
    assert tsys_times.syscal_mended("x.ms", str(tmp_path), {}).value == 0.0
