"""Which flags an item starts from."""

from __future__ import annotations

from pathlib import Path

import pytest
from casapilot.steps.checklist.model import Key
from casapilot.steps.record.runs import FlagChange, RunRecord
from casapilot.steps.run.policy import (
    Rest,
    RestHow,
    all_ms,
    decide,
    is_ms,
    ms_named,
    ms_touched,
    own_version,
    saves_itself,
    script_version,
)
from casapilot.steps.script import Script

MS = "a.ms"
SAVE, BANDPASS, GAIN, APPLY = (Key("list", name, "X1") for name in ("save", "bandpass", "gain", "apply"))
ORDER = (SAVE, BANDPASS, GAIN, APPLY)

SCRIPT = b"""
step_title = {0: 'Save flags', 1: 'Bandpass', 2: 'Gain', 3: 'Apply', 4: 'Listobs', 5: 'After', 6: 'Both'}
mystep = 0
if(mystep in thesteps):
  flagmanager(vis = 'a.ms', mode = 'save', versionname = 'BeforeBandpass')
mystep = 1
if(mystep in thesteps):
  bandpass(vis = 'a.ms', caltable = 'a.ms.bandpass')
mystep = 2
if(mystep in thesteps):
  gaincal(vis = 'a.ms', caltable = 'a.ms.gain')
mystep = 3
if(mystep in thesteps):
  applycal(vis = 'a.ms')
mystep = 4
if(mystep in thesteps):
  listobs(vis = 'a.ms')
mystep = 5
if(mystep in thesteps):
  split(vis = 'a.ms', outputvis = 'a.ms.split')
mystep = 6
if(mystep in thesteps):
  flagmanager(vis = name, mode = 'save', versionname = 'Mine')
  flagdata(vis = name, mode = 'manual', antenna = 'DV09')
"""


def make_ms(folder: Path, name: str = MS, versions: tuple[str, ...] = ()) -> None:
    (folder / name / "POLARIZATION").mkdir(parents=True)
    (folder / name / "table.dat").touch()
    for version in versions:
        (folder / f"{name}.flagversions" / f"flags.{version}").mkdir(parents=True)
        (folder / f"{name}.flagversions" / f"flags.{version}" / "table.dat").touch()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_ms(tmp_path)
    return tmp_path


@pytest.fixture
def script() -> Script:
    return Script.parse(SCRIPT)


def run(key: Key, start: float, **more: object) -> RunRecord:
    return RunRecord(id=f"{key.item}-{start}", key=str(key), start=start, status="done", **more)  # type: ignore[arg-type]


def changing(key: Key, start: float, **more: object) -> RunRecord:
    return run(key, start, flags=(FlagChange(MS, {"flagged": 1.0}, {"flagged": 2.0}),), **more)


def decided(folder: Path, key: Key, runs: list[RunRecord], version: str = "", itself: bool = False) -> Rest:
    (rest,) = decide(
        key=key,
        order=ORDER,
        touched=[MS],
        versions={MS: version},
        itself={MS} if itself else frozenset(),
        runs=runs,
        folder=folder,
    )
    return rest


def test_a_caltable_is_no_ms(tmp_path: Path) -> None:
    (tmp_path / "a.bandpass").mkdir()
    (tmp_path / "a.bandpass" / "table.dat").touch()
    make_ms(tmp_path)
    assert not is_ms(tmp_path / "a.bandpass")
    assert all_ms(tmp_path) == [MS]


@pytest.mark.parametrize(
    ("step", "touched"), [("Bandpass", (MS,)), ("Listobs", ()), ("Save flags", (MS,)), ("Both", (MS,))]
)
def test_a_step_rests_on_the_flags_of_the_ms_it_works_on(
    script: Script, folder: Path, step: str, touched: tuple[str, ...]
) -> None:
    assert ms_touched(script, script.step_by_title(step), folder) == touched


def test_an_ms_named_by_a_task_that_ignores_flags_is_still_counted(script: Script, folder: Path) -> None:
    assert ms_named(script, script.step_by_title("Listobs"), folder) == (MS,)


def test_an_ms_that_is_not_there_is_not_touched(script: Script, tmp_path: Path) -> None:
    assert ms_touched(script, script.step_by_title("Bandpass"), tmp_path) == ()


def test_the_scripts_version_holds_until_a_call_changes_flags(script: Script) -> None:
    found = {
        name: script_version(script, script.step_by_title(name), MS) for name in ("Bandpass", "Gain", "After")
    }
    assert found == {"Bandpass": "BeforeBandpass", "Gain": "BeforeBandpass", "After": ""}


def test_a_step_that_saves_first_is_told_from_one_that_does_not(script: Script) -> None:
    assert saves_itself(script, script.step_by_title("Save flags"), MS)
    assert saves_itself(script, script.step_by_title("Both"), MS)
    assert not saves_itself(script, script.step_by_title("Apply"), MS)


def test_a_first_run_saves_a_version_of_our_own(folder: Path) -> None:
    assert decided(folder, APPLY, []) == Rest(MS, own_version("apply"), RestHow.SAVE)


def test_a_first_run_trusts_the_version_the_script_has_just_saved(tmp_path: Path) -> None:
    make_ms(tmp_path, versions=("BeforeBandpass",))
    runs = [run(SAVE, 1.0, versions_saved=(f"{MS}:BeforeBandpass",))]
    assert decided(tmp_path, BANDPASS, runs, "BeforeBandpass").how is RestHow.TRUST


def test_a_re_run_restores_what_the_first_run_started_from(tmp_path: Path) -> None:
    make_ms(tmp_path, versions=("BeforeBandpass",))
    runs = [
        run(SAVE, 1.0, versions_saved=(f"{MS}:BeforeBandpass",)),
        run(BANDPASS, 2.0, rests_on=(f"{MS}:BeforeBandpass",)),
        changing(APPLY, 3.0),
    ]
    assert decided(tmp_path, BANDPASS, runs, "BeforeBandpass") == Rest(MS, "BeforeBandpass", RestHow.RESTORE)


def test_a_version_older_than_a_change_further_up_is_replaced(tmp_path: Path) -> None:
    version = own_version("gain")
    make_ms(tmp_path, versions=(version,))
    runs = [
        run(GAIN, 2.0, rests_on=(f"{MS}:{version}",), versions_saved=(f"{MS}:{version}",)),
        run(BANDPASS, 3.0, versions_restored=(f"{MS}:BeforeBandpass",)),
    ]
    assert decided(tmp_path, GAIN, runs).how is RestHow.REPLACE


def test_a_change_further_down_does_not_outdate_a_version(tmp_path: Path) -> None:
    version = own_version("gain")
    make_ms(tmp_path, versions=(version,))
    runs = [
        run(GAIN, 2.0, rests_on=(f"{MS}:{version}",), versions_saved=(f"{MS}:{version}",)),
        changing(APPLY, 3.0, versions_restored=(f"{MS}:x",)),
    ]
    assert decided(tmp_path, GAIN, runs).how is RestHow.RESTORE


def test_a_version_listed_without_its_table_is_saved_again(folder: Path) -> None:
    runs = [run(APPLY, 1.0, rests_on=(f"{MS}:{own_version('apply')}",))]
    assert decided(folder, APPLY, runs).how is RestHow.SAVE


def test_a_step_that_saves_the_version_itself_is_left_to_do_so(folder: Path) -> None:
    assert decided(folder, SAVE, [], "BeforeBandpass", itself=True).how is RestHow.SCRIPT


def test_a_repeated_save_starts_from_the_clean_flags(tmp_path: Path) -> None:
    make_ms(tmp_path, versions=("BeforeBandpass",))
    runs = [
        run(SAVE, 1.0, rests_on=(f"{MS}:BeforeBandpass",), versions_saved=(f"{MS}:BeforeBandpass",)),
        changing(APPLY, 2.0),
    ]
    assert decided(tmp_path, SAVE, runs, "BeforeBandpass", itself=True).how is RestHow.RESTORE


def test_a_save_after_a_change_further_up_makes_room_for_the_new_flags(tmp_path: Path) -> None:
    make_ms(tmp_path, versions=("Mine",))
    runs = [run(GAIN, 1.0, rests_on=(f"{MS}:Mine",), versions_saved=(f"{MS}:Mine",)), changing(BANDPASS, 2.0)]
    assert decided(tmp_path, GAIN, runs, "Mine", itself=True).how is RestHow.SET_ASIDE


@pytest.mark.parametrize("again", [True, False])
def test_flags_set_behind_the_scripts_save_since_the_last_run_are_kept(tmp_path: Path, again: bool) -> None:
    """The step of the save was given a flagdata and ran again; it saved anew where its MS was new."""
    make_ms(tmp_path, versions=("BeforeBandpass",))
    saved = (f"{MS}:BeforeBandpass",)
    runs = [
        run(SAVE, 1.0, versions_saved=saved),
        run(BANDPASS, 2.0, rests_on=saved),
        changing(SAVE, 4.0, versions_saved=saved if again else ()),
    ]
    assert decided(tmp_path, BANDPASS, runs) == Rest(MS, own_version("bandpass"), RestHow.SAVE)


def test_without_a_new_run_further_up_a_re_run_goes_back_to_what_the_last_started_from(
    tmp_path: Path,
) -> None:
    make_ms(tmp_path, versions=("BeforeBandpass",))
    runs = [run(SAVE, 1.0), run(BANDPASS, 2.0, rests_on=(f"{MS}:BeforeBandpass",)), changing(APPLY, 3.0)]
    assert decided(tmp_path, BANDPASS, runs) == Rest(MS, "BeforeBandpass", RestHow.RESTORE)
