"""Radiometers: what wvrgcal's log says of them, and what the correction does to the phases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casapilot.steps.casa.caltable import Block, CalTable
from casapilot.steps.casa.metrics import wvr_phases, wvr_scans
from casapilot.steps.casa.metrics.measure import measure
from casapilot.steps.casa.metrics.wvr_scans import Scan
from casapilot.steps.errors import CasaError

WVRGCAL = """2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t#   Name    WVR?    Flag?   RMS (um)    Disc (um)
2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t0       DA41    Yes     No       2.1e+02            20.5
2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t1       DV24    Yes     No       1.48e+03                2.33e+03
2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t2       DV25    Yes     Yes      9e+03                9e+03
2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t3       CM01    No     No      0                0
2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t  Expected performance
2016-06-12 10:00:00\tINFO\twvrgcal::::casa+\t4       DA99    Yes     No       9e+09            9e+09
"""


def log(tmp_path: Path, *rows: str) -> str:
    head, tail = WVRGCAL.splitlines()[0], WVRGCAL.splitlines()[-2]
    (tmp_path / "x.wvrgcal").write_text("\n".join([head, *rows, tail]) + "\n")
    return "x.wvrgcal"


@pytest.mark.parametrize(("metric", "value"), [("wvr_disc_um", 2330.0), ("wvr_rms_um", 1480.0)])
def test_the_worst_radiometer_that_is_used_is_read_from_wvrgcals_log(
    metric: str, value: float, tmp_path: Path
) -> None:
    (tmp_path / "x.wvrgcal").write_text("noise\n" + WVRGCAL.replace("2.33e+03", "7") + WVRGCAL)
    answer = measure(metric, "x.wvrgcal", str(tmp_path), {}, limit=500.0)
    assert (answer["value"], answer["unit"]) == (value, "um")
    assert answer["text"].startswith("DV24 ") and ", then DA41 " in answer["text"]
    assert [each["antenna"] for each in answer["offenders"]] == ["DV24"]


def test_moist_air_is_nobodys_and_clouds_are_everybodys(tmp_path: Path) -> None:
    def beyond(metric: str, rms: float, disc: float) -> int:
        rows = [f"{n} DA4{n} Yes No {rms + n} {disc + n}" for n in range(6)]
        answer = measure(metric, log(tmp_path, *rows), str(tmp_path), {}, limit=500.0, note=100.0)
        return len([each for each in answer["offenders"] if each["value"] > 100.0])

    assert beyond("wvr_rms_um", 800.0, 60.0) == 0 and beyond("wvr_disc_um", 800.0, 250.0) == 0
    assert beyond("wvr_disc_um", 800.0, 700.0) == 6


def test_what_wvrgcal_returned_in_this_step_counts_before_an_old_log(tmp_path: Path) -> None:
    returned = {
        "Name": ["A", "B"],
        "WVR": [True, True],
        "Flag": [False, True],
        "RMS_um": [1.0, 2.0],
        "Disc_um": [3.0, 4.0],
    }
    assert measure("wvr_disc_um", "none", str(tmp_path), {"wvrgcal": [({}, returned)]})["value"] == 3.0


@pytest.mark.parametrize("text", ["", "no table here\n", WVRGCAL.splitlines()[0]])
def test_a_log_without_the_table_is_said(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.wvrgcal").write_text(text)
    with pytest.raises(CasaError, match="holds no table of wvrgcal"):
        measure("wvr_rms_um", "x.wvrgcal", str(tmp_path), {})


def test_antennas_whose_radiometer_is_flagged_or_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.wvrgcal").write_text(WVRGCAL)
    answer = measure("wvr_missing", "x.wvrgcal", str(tmp_path), {}, note=0.0)
    assert (answer["value"], answer["text"]) == (2.0, "DV25 is flagged, CM01 has none")
    assert [each["antenna"] for each in answer["offenders"]] == ["DV25", "CM01"]
    of = log(tmp_path, "0 DA41 Yes No 100 20")
    assert measure("wvr_missing", of, str(tmp_path), {})["text"] == "all antennas have one that is used"


@pytest.mark.parametrize(
    ("rms", "disc", "named"),
    [(100.0, 43.0, ["DV24"]), (240.0, 19.0, ["DV24"]), (125.0, 24.0, []), (40.0, 10.0, [])],
)
def test_a_radiometer_worse_than_the_others_is_named_though_all_are_good(
    rms: float, disc: float, named: list[str], tmp_path: Path
) -> None:
    rows = [f"{n} DA4{n} Yes No {96 + 2 * n} {19 + 0.2 * n}" for n in range(6)]
    of = log(tmp_path, *rows, f"6 DV24 Yes No {rms} {disc}", "7 DV25 Yes Yes 9e3 9e3")
    answer = measure("wvr_outlier", of, str(tmp_path), {}, limit=1.5)
    assert [each["antenna"] for each in answer["offenders"] if each["beyond"]] == named


def test_two_radiometers_have_no_others_to_be_held_against(tmp_path: Path) -> None:
    (tmp_path / "x.wvrgcal").write_text(WVRGCAL)
    answer = measure("wvr_outlier", "x.wvrgcal", str(tmp_path), {})
    assert answer["value"] is None and answer["text"].startswith("only 2 radiometers are in use")


# -- phases with and without the correction ----------------------------------------------------------------

COUNT, TIMES = 8, 40
NAMES = [f"DA{41 + n}" for n in range(COUNT)]


def air(rms_rad: float, seed: int = 1) -> Any:
    """Phases (times, antennas) that wander."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.standard_normal((TIMES, COUNT)), axis=0)
    walk -= walk.mean(axis=0)
    return rms_rad * walk / walk.std(axis=0)


def fast_air(rms_rad: float, seed: int = 1) -> Any:
    """Phases (times, antennas) that are new in each integration."""
    return rms_rad * np.random.default_rng(seed).standard_normal((TIMES, COUNT))


def corrections(phases: Any, flagged: int = -1) -> Block:
    times = 4.97e9 + 6.0 * np.arange(TIMES)
    values = np.exp(1j * phases).reshape(1, 1, -1)
    antenna = np.tile(np.arange(COUNT), TIMES)
    flags = (antenna == flagged)[None, None]
    none = np.full(TIMES * COUNT, -1)
    return Block(17, values, flags, antenna, none, none, np.repeat(times, COUNT))


@pytest.fixture
def phases_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Have the metrics see these phases of the air, and these corrections."""

    def put(seen: Any, corrected: Any, noise_rad: float = 0.0, flagged: int = -1, undo: bool = False) -> str:
        rng = np.random.default_rng(2)
        blocks = corrections(corrected, flagged)
        for name in ("x.ms", "x.ms.wvr"):
            (tmp_path / name).mkdir(exist_ok=True)
        table = CalTable("x.ms.wvr", "T Jones", NAMES, str(tmp_path / "x.ms"), [""], [blocks])
        own = np.exp(1j * seen)[:, :, None] * np.exp(-1j * seen)[:, None, :]
        if undo:
            gains = np.exp(1j * corrected)
            own = own * np.conj(gains[:, :, None] * np.conj(gains[:, None, :]))
        noise = np.exp(1j * noise_rad * rng.standard_normal((2, TIMES, COUNT, COUNT)))
        scan = Scan(3, 0, blocks.time_s[::COUNT], own[None] * noise)
        monkeypatch.setattr(wvr_phases, "read_caltable", lambda folder, name, *kinds: table)
        monkeypatch.setattr(wvr_phases, "read_names", lambda path: table)
        monkeypatch.setattr(wvr_phases, "calibrator_scans", lambda *words: [(scan, blocks, undo)])
        wvr_phases._LAST.clear()
        return str(tmp_path)

    return put


def beyond(metric: str, folder: str, limit: float) -> list[str]:
    answer = measure(metric, "x.ms.wvr", folder, {}, limit=limit)
    return [each["antenna"] for each in answer["offenders"] if each["beyond"]]


@pytest.mark.parametrize("undo", [False, True])
def test_a_correction_that_follows_the_air_makes_all_antennas_better(phases_of: Any, undo: bool) -> None:
    folder = phases_of(air(0.5), air(0.5) + air(0.03, 7), undo=undo)
    assert measure("wvr_improvement", "x.ms.wvr", folder, {})["value"] < 0.5
    assert measure("wvr_improvement_all", "x.ms.wvr", folder, {})["value"] < 0.4
    assert not beyond("wvr_residual", folder, 1.5)


@pytest.mark.parametrize("undo", [False, True])
def test_a_radiometer_that_makes_its_antenna_worse_is_named_alone(phases_of: Any, undo: bool) -> None:
    wrong = air(0.5)
    wrong[:, 5] += air(1.0, 9)[:, 5]
    folder = phases_of(air(0.5), wrong, undo=undo)
    assert beyond("wvr_improvement", folder, 1.1) == [NAMES[5]]
    assert beyond("wvr_residual", folder, 1.5) == [NAMES[5]]
    assert measure("wvr_improvement_all", "x.ms.wvr", folder, {})["value"] < 0.4


def test_a_radiometer_that_helps_less_than_the_others_shows_in_the_residual_alone(phases_of: Any) -> None:
    wrong = air(0.5)
    wrong[:, 5] *= 0.35
    folder = phases_of(air(0.5), wrong)
    assert not beyond("wvr_improvement", folder, 1.1)
    assert beyond("wvr_residual", folder, 1.5) == [NAMES[5]]


def test_an_antenna_whose_phases_jump_by_themselves_has_no_bad_radiometer(phases_of: Any) -> None:
    seen = air(0.5)
    seen[:, 5] += air(1.0, 9)[:, 5]
    folder = phases_of(seen, air(0.5))
    assert not beyond("wvr_improvement", folder, 1.1) and not beyond("wvr_residual", folder, 1.5)


def test_phases_that_jump_by_whole_turns_say_nothing_of_the_radiometer(phases_of: Any) -> None:
    seen = air(0.5)
    seen[:, 5] += fast_air(2.5, 9)[:, 5]
    folder = phases_of(seen, air(0.5) + air(0.1, 3))
    for metric in (wvr_phases.wvr_improvement, wvr_phases.wvr_residual):
        told = {each.place.antenna for each in metric("x.ms.wvr", folder, {}).offenders}
        assert told == set(NAMES) - {NAMES[5]}


def test_noise_of_a_weak_calibrator_is_no_failure_of_the_correction(phases_of: Any) -> None:
    folder = phases_of(air(0.3), air(0.3), noise_rad=0.4)
    assert len(wvr_phases.wvr_improvement("x.ms.wvr", folder, {}).offenders) == COUNT
    assert not beyond("wvr_improvement", folder, 1.1) and not beyond("wvr_residual", folder, 1.5)


def test_a_calibrator_lost_in_noise_tells_nothing(phases_of: Any) -> None:
    answer = measure("wvr_residual", "x.ms.wvr", phases_of(air(0.3), air(0.3), noise_rad=1.5), {})
    assert answer["value"] is None and "could be followed" in answer["text"]


@pytest.mark.parametrize("channels", [16, 400])
def test_noise_does_not_stand_still_for_being_held_against_itself(channels: int) -> None:
    rng = np.random.default_rng(3)
    shape = (2, channels, 600)
    noise = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    flags = rng.random(shape) < 0.1
    width = channels // 16
    data, gone = wvr_scans._together(noise, flags, width)
    flat = wvr_scans._flattened(data, gone, np.arange(600) % 60)
    assert np.abs(np.cos(np.angle(flat)).mean(axis=1)).max() < 0.15


def test_channels_taken_together_are_the_mean_of_those_that_are_not_flagged() -> None:
    data = np.arange(12.0).reshape(1, 6, 2) + 0j
    flags = np.zeros(data.shape, bool)
    flags[0, 0, 0] = flags[0, 4:, 1] = True
    values, gone = wvr_scans._together(data, flags, 2)
    assert values[0, :, 0].real.tolist() == [2.0, 5.0, 9.0]
    assert values[0, :2, 1].real.tolist() == [2.0, 6.0] and gone[0, :, 1].tolist() == [False, False, True]


def test_of_an_antenna_with_more_air_more_is_left(phases_of: Any) -> None:
    seen, left = fast_air(0.3), fast_air(0.12, 7)
    seen[:, 5] *= 1.7
    left[:, 5] *= 2.2
    assert not beyond("wvr_residual", phases_of(seen, seen - left), 1.5)
    seen[:, 5] /= 1.7
    assert beyond("wvr_residual", phases_of(seen, seen - left), 1.5) == [NAMES[5]]


def test_what_slow_air_does_by_chance_is_no_bad_radiometer(phases_of: Any) -> None:
    left = 0.2 * fast_air(1.0, 7)
    left[:, 5] *= 2.2
    assert beyond("wvr_residual", phases_of(fast_air(0.5), fast_air(0.5) - left), 1.5) == [NAMES[5]]
    slow = np.sin(np.arange(TIMES)[:, None] / 12.0 + np.arange(COUNT)) * 0.28
    slow[:, 5] *= 2.2
    assert not beyond("wvr_residual", phases_of(fast_air(0.5), fast_air(0.5) - slow), 1.5)


def test_dry_air_that_leaves_nothing_to_correct_is_no_failure(phases_of: Any) -> None:
    folder = phases_of(air(0.02), air(0.02, 5))
    assert not beyond("wvr_improvement", folder, 1.1)
    assert measure("wvr_improvement_all", "x.ms.wvr", folder, {})["value"] < 1.1


def test_a_correction_that_helps_nobody_is_of_the_air_but_for_who_is_far_worse(phases_of: Any) -> None:
    wrong = air(0.5, 5)
    wrong[:, 6] *= 3.0
    folder = phases_of(air(0.3), wrong)
    assert measure("wvr_improvement_all", "x.ms.wvr", folder, {})["value"] > 1.1
    assert beyond("wvr_improvement", folder, 1.1)[0] == NAMES[6]
    assert len(beyond("wvr_improvement", folder, 1.5)) == 1


def test_an_interpolated_correction_is_judged_apart(phases_of: Any, tmp_path: Path) -> None:
    wrong = air(0.5)
    wrong[:, 5] += air(1.0, 9)[:, 5]
    folder = phases_of(air(0.5), wrong)
    assert measure("wvr_interpolated", "x.ms.wvr", folder, {})["text"] == "no correction is interpolated"
    rows = [f"{n} {name} Yes {'Yes' if n == 5 else 'No'} 100 20" for n, name in enumerate(NAMES)]
    (tmp_path / "x.ms.wvrgcal").write_text("\n".join([WVRGCAL.splitlines()[0], *rows]))
    assert beyond("wvr_interpolated", folder, 1.1) == [NAMES[5]]
    assert not beyond("wvr_improvement", folder, 1.1) and not beyond("wvr_residual", folder, 1.5)


def test_an_antenna_without_a_correction_is_not_measured(phases_of: Any) -> None:
    folder = phases_of(air(0.5), air(0.5), flagged=2)
    assert len(wvr_phases.wvr_improvement("x.ms.wvr", folder, {}).offenders) == COUNT - 1
