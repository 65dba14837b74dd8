"""The metrics on tables that CASA made: the small MS, reduced, and what is planted in it."""

from __future__ import annotations

import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_small_script import UID
from casa_tables import change
from casapilot.steps.casa.compare import Status, compare_folders, compare_tables
from casapilot.steps.casa.flag_count import count_flags
from casapilot.steps.casa.metrics.measure import measure
from casapilot.steps.errors import CasaError, CasapilotError

pytestmark = pytest.mark.casa

MS = f"{UID}.ms"
SPLIT = f"{MS}.split"


@pytest.fixture
def own(reduced: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    for name in (MS, SPLIT, f"{SPLIT}.bandpass", f"{SPLIT}.phase_inf"):
        shutil.copytree(reduced / name, tmp_path / name)
    return tmp_path


def value(folder: Path, metric: str, of: str) -> tuple[float, str]:
    answer = measure(metric, of, str(folder), {})
    return answer["value"], answer["text"]


def scan_times(folder: Path, scan: int) -> tuple[str, str]:
    """Just before and in the middle of a scan, as CASA writes times."""
    import casatools

    tb = casatools.table()
    tb.open(str(folder / MS))
    times = np.unique(tb.query(f"SCAN_NUMBER=={scan}").getcol("TIME"))
    tb.close()
    unix = [float(each) - 40587 * 86400.0 for each in (times[0] - 1.0, times[len(times) // 2] - 1.0)]
    return tuple(datetime.fromtimestamp(each, timezone.utc).strftime("%Y/%m/%d/%H:%M:%S.%f") for each in unix)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("metric", "of", "low", "high"),
    [
        ("n_scans", MS, 6, 6),
        ("n_scans", f"{MS}:CALIBRATE_PHASE", 3, 3),
        ("n_spws", f"{MS}:OBSERVE_TARGET", 2, 2),
        ("n_antennas", f"{MS}:TW*", 6, 6),
        ("shadowed_percent", MS, 0, 0),
        ("flagged_antenna", SPLIT, 43.7, 43.8),
        ("solutions_missing", f"{SPLIT}.phase_inf", 0, 0),
        ("solutions_flagged_percent", f"{SPLIT}.bandpass", 12.5, 12.5),
        ("bandpass_noise_percent", f"{SPLIT}.bandpass", 0.1, 1.0),
        ("bandpass_phase_deg", f"{SPLIT}.bandpass", 0.02, 0.3),
        ("gain_scatter_percent", f"{SPLIT}.ampli_inf", 0.0, 6.0),
        ("gain_jump_deg", f"{SPLIT}.phase_inf", 0.0, 25.0),
        ("phase_rms_deg", f"{SPLIT}:CALIBRATE_PHASE", 0.01, 0.5),
        ("phase_rms_deg", f"{SPLIT}:J1037-2934:data", 60.0, 120.0),
        ("amplitude_rms_percent", f"{SPLIT}:1", 0.5, 3.0),
        ("amplitude_antenna_ratio", SPLIT, 1.0, 1.2),
        ("quack_percent", f"{SPLIT}:CALIBRATE_BANDPASS", 0.0, 0.1),
        ("flux_ratio_percent", "J1037-2934", 0.0, 1.0),
    ],
)
def test_a_clean_reduction_measures_clean(
    reduced: Path, metric: str, of: str, low: float, high: float
) -> None:
    assert low <= value(reduced, metric, of)[0] <= high


def test_an_antenna_without_fringes_in_a_scan_is_found_in_the_corrected_data(own: Path) -> None:
    where = "SCAN_NUMBER==4 AND (ANTENNA1==4 OR ANTENNA2==4) AND DATA_DESC_ID==1"
    change(own / SPLIT, "CORRECTED_DATA", lambda data: data * 0.01, where)
    ratio, text = value(own, "amplitude_antenna_ratio", f"{SPLIT}:CALIBRATE_PHASE")
    assert 60.0 < ratio < 110.0 and text.startswith("DV05 spw 1 ") and "scan 4 low by" in text


def test_a_bad_first_integration_is_found_until_it_is_flagged(own: Path) -> None:
    import casatools

    tb = casatools.table()
    tb.open(str(own / SPLIT))
    first = float(tb.query("SCAN_NUMBER==1").getcol("TIME").min())
    tb.close()
    for ddid in (0, 1):
        where = f"SCAN_NUMBER==1 AND TIME<{first + 1.0!r} AND DATA_DESC_ID=={ddid}"
        change(own / SPLIT, "DATA", lambda data: data * 0.55, where)
    off, text = value(own, "quack_percent", f"{SPLIT}:CALIBRATE_BANDPASS:data")
    assert off == pytest.approx(45.0, abs=0.5) and text.startswith("scan 1 first integration")
    change(own / SPLIT, "FLAG_ROW", lambda flags: np.ones_like(flags), f"TIME<{first + 1.0!r}")
    assert value(own, "quack_percent", f"{SPLIT}:CALIBRATE_BANDPASS:data")[0] < 1.0


def test_a_solution_is_missing_only_where_there_are_data(own: Path) -> None:
    where = "SPECTRAL_WINDOW_ID==1 AND ANTENNA1==2"
    change(own / f"{SPLIT}.phase_inf", "FLAG", lambda flags: np.ones_like(flags), where)
    assert value(own, "solutions_missing", f"{SPLIT}.phase_inf") == (1.0, "DV03 spw 1")
    change(own / SPLIT, "FLAG_ROW", lambda flags: np.ones_like(flags), "ANTENNA1==2 OR ANTENNA2==2")
    assert value(own, "solutions_missing", f"{SPLIT}.phase_inf") == (0.0, "none is missing")


def test_shadows_are_those_that_casa_flags(own: Path, real_casatasks: Any) -> None:
    change(own / MS / "ANTENNA", "DISH_DIAMETER", lambda metres: metres * 7.0)
    share, text = value(own, "shadowed_percent", MS)
    ms = str(own / MS)
    real_casatasks.flagdata(ms, mode="unflag", flagbackup=False)
    left, named = value(own, "shadow_left_percent", MS)
    assert left == 100.0 and " scan " in named
    real_casatasks.flagdata(ms, mode="shadow", flagbackup=False)
    assert value(own, "shadow_left_percent", MS) == (0.0, "all that is shadowed is flagged")
    counted = count_flags(ms, autos=False, channels=False)
    assert 5.0 < share < 95.0
    assert share == pytest.approx(100.0 * counted["flagged"] / counted["total"], abs=0.01)
    antenna, percent = text.split(" %")[0].split()
    mine = counted["antenna"][antenna]
    assert float(percent) == pytest.approx(100.0 * mine["flagged"] / mine["total"], abs=0.06)


def test_what_online_flags_cost_and_what_they_have_left_is_told_by_antenna_and_scan(
    own: Path, real_casatasks: Any
) -> None:
    ms = str(own / MS)
    real_casatasks.flagdata(ms, mode="unflag", flagbackup=False)
    begin, middle = scan_times(own, 3)
    command = f"antenna='DV04&&*' timerange='{begin}~{middle}' reason='Mount_is_off_source'"
    real_casatasks.flagdata(ms, mode="list", inpfile=[command], action="", savepars=True, flagbackup=False)
    change(own / MS / "FLAG_CMD", "COMMAND", lambda old: np.array([command.rpartition(" reason")[0]]))
    cost, who = value(own, "online_flagged_percent", MS)
    assert 20.0 < cost < 80.0 and who.startswith("DV04 scan 3 ") and "then" not in who
    left, who = value(own, "online_left_percent", MS)
    assert left == 100.0 and who.startswith("DV04 scan 3 100.0 %")
    real_casatasks.flagdata(ms, antenna="DV04&&*", timerange=f"{begin}~{middle}", flagbackup=False)
    assert value(own, "online_left_percent", MS) == (0.0, "all that they cover is flagged")


@pytest.mark.parametrize(
    ("metric", "of", "said"),
    [
        ("tsys_ratio", f"{SPLIT}.bandpass", "is of the kind B Jones, not B TSYS"),
        ("gain_jump_deg", f"{SPLIT}.bandpass", "is of the kind B Jones, not G or T"),
        ("solutions_flagged_percent", MS, "is not a caltable"),
        ("phase_rms_deg", f"{SPLIT}.bandpass", "."),
        ("flagged_antenna", f"{SPLIT}.bandpass", "."),
        ("n_scans", f"{MS}:NOSUCH", "no field and no intent is called 'NOSUCH'"),
        ("phase_rms_deg", f"{MS}::corrected", "has no column CORRECTED_DATA"),
        ("quack_percent", f"{MS}:gone", "no field"),
        ("bandpass_noise_percent", f"{SPLIT}.phase_int", "is of the kind G Jones"),
    ],
)
def test_what_cannot_be_measured_says_why(reduced: Path, metric: str, of: str, said: str) -> None:
    with pytest.raises(CasapilotError, match=said):
        measure(metric, of, str(reduced), {})


def test_where_all_is_flagged_that_is_said(own: Path) -> None:
    change(own / SPLIT, "FLAG_ROW", lambda flags: np.ones_like(flags))
    for ddid in (0, 1):
        change(
            own / f"{SPLIT}.phase_inf",
            "FLAG",
            lambda flags: np.ones_like(flags),
            f"SPECTRAL_WINDOW_ID=={ddid}",
        )
    for metric in ("phase_rms_deg", "amplitude_rms_percent", "amplitude_antenna_ratio", "quack_percent"):
        with pytest.raises(CasaError):
            measure(metric, SPLIT, str(own), {})
    with pytest.raises(CasaError, match="nothing unflagged"):
        measure("gain_scatter_percent", f"{SPLIT}.phase_inf", str(own), {})
    assert value(own, "solutions_flagged_percent", f"{SPLIT}.phase_inf")[0] == 100.0


# -- comparison of tables ------------------------------------------------------------------------------


def test_a_table_is_identical_to_its_copy(reduced: Path, own: Path) -> None:
    compared = compare_tables(str(reduced / SPLIT), str(own / SPLIT))
    assert (compared.status, compared.text) == (Status.IDENTICAL, "840 rows, 24 columns")


def test_one_bit_of_one_visibility_is_found_with_its_place(reduced: Path, own: Path) -> None:
    def nudge(data: Any) -> Any:
        data[1, 3, 0] = (
            float(np.nextafter(np.float32(data[1, 3, 0].real), np.float32(9.0))) + 1j * data[1, 3, 0].imag
        )
        return data

    change(own / SPLIT, "CORRECTED_DATA", nudge, "SCAN_NUMBER==4 AND ANTENNA1==2 AND DATA_DESC_ID==1")
    compared = compare_tables(str(reduced / SPLIT), str(own / SPLIT))
    assert compared.status == Status.DIFFERS
    assert compared.text.startswith("CORRECTED_DATA in 1 elements by up to ")
    assert "scan_number 4, antenna1 2, antenna2 3, data_desc_id 1" in compared.text
    assert compared.largest is not None and 0.0 < compared.largest < 1e-6


def test_nan_is_identical_to_nan_and_a_flag_is_no_number(reduced: Path, own: Path, tmp_path: Path) -> None:
    name = f"{SPLIT}.phase_inf"
    twin = tmp_path / "twin"
    shutil.copytree(own / name, twin)
    for path in (own / name, twin):
        change(path, "PARAMERR", lambda errors: errors * np.nan, "ANTENNA1==1")
    assert compare_tables(str(twin), str(own / name)).status == Status.IDENTICAL
    change(twin, "FLAG", lambda flags: ~flags, "ANTENNA1==1")
    compared = compare_tables(str(twin), str(own / name))
    assert compared.text.startswith("FLAG in 16 elements differ") and compared.largest is None


def test_columns_and_rows_that_only_one_has_are_told(reduced: Path, own: Path) -> None:
    import casatools

    tb = casatools.table()
    tb.open(str(own / SPLIT), nomodify=False)
    tb.removecols(["MODEL_DATA"])
    tb.close()
    assert "lacks the column MODEL_DATA" in compare_tables(str(reduced / SPLIT), str(own / SPLIT)).text
    tb.open(str(own / f"{SPLIT}.bandpass"), nomodify=False)
    tb.removerows([0])
    tb.close()
    compared = compare_tables(str(reduced / f"{SPLIT}.bandpass"), str(own / f"{SPLIT}.bandpass"))
    assert compared.text == "11 rows, 12 when made from scratch"


def test_tables_that_only_one_folder_has_are_told(reduced: Path, own: Path) -> None:
    found = {each.table: each.status for each in compare_folders(str(own), str(reduced))}
    assert found[SPLIT] == Status.IDENTICAL and found[f"{SPLIT}.cal"] == Status.NOT_HERE
    found = {each.table: each.status for each in compare_folders(str(reduced), str(own))}
    assert found[f"{SPLIT}.cal"] == Status.NOT_THERE
