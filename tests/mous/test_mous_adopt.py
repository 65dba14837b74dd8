"""A reduction that was begun by hand: found, and how far it has come."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from casapilot.steps.mous.adopt import AdoptedStep, Likely, assess
from casapilot.steps.mous.byhand import find_by_hand
from casapilot.steps.mous.logged import read_log, steps_of
from hypothesis import given
from hypothesis import strategies as st
from mous_kit import (
    EB1,
    EB2,
    TIME,
    log_line,
    measurement_set,
    script,
    step_line,
    table,
    task_lines,
    write_asdm,
)

TITLES = [
    "Import of the ASDM", "A priori flagging", "Generation of the Tsys cal table", "Split out science SPWs",
    "Save flags before bandpass cal", "Bandpass calibration",
]  # fmt: skip


def by_hand(folder: Path, steps: int = 6, uid: str = EB1) -> Path:
    """The products of the first steps, one second after the other."""
    script(folder, uid, time=TIME - 100)
    makers = [
        lambda: measurement_set(folder / f"{uid}.ms", TIME),
        lambda: None,
        lambda: table(folder / f"{uid}.ms.tsys", TIME + 20),
        lambda: measurement_set(folder / f"{uid}.ms.split", TIME + 30),
        lambda: table(folder / f"{uid}.ms.split.flagversions" / "flags.BeforeBandpassCalibration", TIME + 40),
        lambda: table(folder / f"{uid}.ms.split.bandpass", TIME + 50),
    ]
    for make in makers[:steps]:
        make()
    return folder


def write_log(path: Path, uid: str = EB1, steps: int = 6, last: str = "") -> Path:
    calls = [
        f"importasdm( asdm='{uid}', lazy=False )",
        f"flagdata( vis='{uid}.ms', mode='manual', autocorr=True )",
        f"gencal( vis='{uid}.ms', caltable='{uid}.ms.tsys', caltype='tsys' )",
        f"split( vis='{uid}.ms', outputvis='{uid}.ms.split', datacolumn='corrected' )",
        f"flagmanager( vis='{uid}.ms.split', mode='save', versionname='BeforeBandpassCalibration' )",
        f"bandpass( vis='{uid}.ms.split', caltable='{uid}.ms.split.bandpass', solint='inf', minsnr=3.0 )",
    ]
    text = log_line(0, "", "CASA Version 5.4.0-68")
    for number in range(steps):
        text += step_line(10 * number + 1, number, TITLES[number]) + task_lines(
            10 * number + 2, calls[number]
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + last)
    return path


def steps(root: Path) -> dict[str, AdoptedStep]:
    (found,) = assess(root, find_by_hand(root))
    return {step.title: step for step in found.steps}


def states(root: Path) -> list[str]:
    return [step.likely.value for step in steps(root).values()]


def test_folders_of_ebs_are_found_with_script_asdm_and_logs(tmp_path: Path) -> None:
    folder = by_hand(tmp_path / "Calibration_X2cd")
    write_asdm(folder / EB1)
    write_log(folder / "casa-20231114-221500.log")
    (found,) = find_by_hand(tmp_path)
    assert (found.name, found.uid, found.place, found.asdm) == ("X2cd", EB1, "Calibration_X2cd", EB1)
    assert found.script == f"{EB1}.ms.scriptForCalibration.py"
    assert [path.name for path in found.logs(tmp_path)] == ["casa-20231114-221500.log"]


def test_a_flat_folder_holds_several_ebs(tmp_path: Path) -> None:
    by_hand(tmp_path, 2), by_hand(tmp_path, 1, EB2)
    assert [(eb.name, eb.place, eb.is_alone) for eb in find_by_hand(tmp_path)] == [
        ("X2cd", ".", False),
        ("X7e0", ".", False),
    ]


def test_an_asdm_alone_is_not_a_reduction_begun_by_hand(tmp_path: Path) -> None:
    write_asdm(tmp_path / EB1)
    assert find_by_hand(tmp_path) == ()


def test_a_script_called_otherwise_is_found_by_its_eb_and_others_are_said(tmp_path: Path) -> None:
    measurement_set(tmp_path / f"{EB1}.ms")
    script(tmp_path, name="mine.py")
    script(tmp_path, name="older.py", time=TIME - 500)
    script(tmp_path, EB2, name="of_the_other.py")
    (found,) = find_by_hand(tmp_path)
    assert found.script == "mine.py" and found.other_scripts == ("older.py",)


@pytest.mark.parametrize("made", [1, 3, 4, 5, 6])
def test_without_a_log_products_tell_how_far_it_came(tmp_path: Path, made: int) -> None:
    by_hand(tmp_path, made)
    assert states(tmp_path) == ["done"] * max(made, 1) + ["not done"] * (6 - max(made, 1))
    assert "no log" in steps(tmp_path)["Import of the ASDM"].doubts[0]


def test_flagging_that_nothing_tells_of_is_doubted_though_steps_after_it_ran(tmp_path: Path) -> None:
    by_hand(tmp_path, 3)
    step = steps(tmp_path)["A priori flagging"]
    assert step.likely is Likely.DONE and "nothing tells" in step.doubts[0]


def test_a_log_tells_of_each_step_when_it_ran_and_in_which_casa(tmp_path: Path) -> None:
    by_hand(tmp_path)
    write_log(tmp_path / "casapy-20231114-221500.log")
    found = steps(tmp_path)
    assert {step.likely for step in found.values()} == {Likely.DONE}
    step = found["A priori flagging"]
    assert (step.start, step.end, step.casa, step.doubts) == (1700000111.0, 1700000121.0, "5.4.0-68", ())


def test_a_step_whose_task_failed_is_done_in_part(tmp_path: Path) -> None:
    by_hand(tmp_path, 5)
    failing = step_line(60, 5, TITLES[5]) + task_lines(
        61, f"bandpass( vis='{EB1}.ms.split' )", fails="No data"
    )
    write_log(tmp_path / "casa-1.log", steps=5, last=failing)
    step = steps(tmp_path)["Bandpass calibration"]
    assert step.likely is Likely.PARTLY and step.why == "bandpass failed: RuntimeError: No data"


def test_a_log_that_breaks_off_in_a_task_tells_of_a_crash(tmp_path: Path) -> None:
    by_hand(tmp_path, 6)
    cut = step_line(60, 5, TITLES[5]) + task_lines(61, f"bandpass( vis='{EB1}.ms.split' )", cut=True)
    write_log(tmp_path / "casa-1.log", steps=5, last=cut)
    step = steps(tmp_path)["Bandpass calibration"]
    assert step.likely is Likely.PARTLY and "breaks off in bandpass" in step.why


def test_what_was_made_again_later_makes_the_rest_doubtful(tmp_path: Path) -> None:
    by_hand(tmp_path)
    measurement_set(tmp_path / f"{EB1}.ms.split", TIME + 500)
    doubts = steps(tmp_path)["Bandpass calibration"].doubts
    assert any("older than" in doubt and ".ms.split" in doubt for doubt in doubts)


def test_flags_saved_twice_are_told_with_the_name_of_the_clean_ones(tmp_path: Path) -> None:
    by_hand(tmp_path)
    versions = tmp_path / f"{EB1}.ms.split.flagversions"
    table(versions / "flags.BeforeBandpassCalibration.old.1700000700")
    doubts = steps(tmp_path)["Save flags before bandpass cal"].doubts
    assert any("BeforeBandpassCalibration.old.1700000700" in doubt for doubt in doubts)


def test_a_script_edited_after_its_last_run_is_doubted(tmp_path: Path) -> None:
    by_hand(tmp_path)
    os.utime(tmp_path / f"{EB1}.ms.scriptForCalibration.py", (TIME + 900, TIME + 900))
    (found,) = assess(tmp_path, find_by_hand(tmp_path))
    assert any("newer than the last step" in doubt for doubt in found.doubts)


def test_a_call_that_the_script_has_otherwise_now_is_told(tmp_path: Path) -> None:
    by_hand(tmp_path)
    log = write_log(tmp_path / "casa-1.log")
    assert steps(tmp_path)["Bandpass calibration"].doubts == ()
    log.write_text(log.read_text().replace("solint='inf'", "solint='int'"))
    assert "solint = int" in steps(tmp_path)["Bandpass calibration"].doubts[0]


def test_a_call_put_in_since_is_told_and_one_under_a_condition_is_not(tmp_path: Path) -> None:
    folder = by_hand(tmp_path / "Calibration_X2cd")
    write_log(folder / "casa.log")
    path = folder / f"{EB1}.ms.scriptForCalibration.py"
    flag = f"flagdata(vis = '{EB1}.ms', mode = 'manual', antenna = 'DV01')\n"
    text = path.read_text()
    place = text.index("  flagdata")
    path.write_text(text[:place] + "  if applyonly:\n    " + flag + text[place:])
    assert steps(tmp_path)["A priori flagging"].doubts == ()
    path.write_text(text[:place] + "  " + flag + text[place:])
    assert steps(tmp_path)["A priori flagging"].doubts == (
        "the script has flagdata 2 times now, the log 1: edited since",
    )


@pytest.mark.parametrize("name", [f"{EB2}.ms.scriptForCalibration.py", f"{EB1}.ms.scriptForCalibration.py"])
def test_a_script_of_another_eb_makes_no_eb_and_is_not_taken(tmp_path: Path, name: str) -> None:
    folder = by_hand(tmp_path / "Calibration_X2cd")
    text = (folder / f"{EB1}.ms.scriptForCalibration.py").read_text()
    (folder / name).write_text(text.replace(EB1, EB2))
    (found,) = assess(tmp_path, find_by_hand(tmp_path))
    assert found.eb.uid == EB1 and found.eb.foreign == (name,)
    assert any(name in doubt and "another EB" in doubt for doubt in found.doubts)
    assert bool(found.steps) == (name.startswith(EB2))


def test_a_table_without_its_description_was_not_made(tmp_path: Path) -> None:
    folder = by_hand(tmp_path / "Calibration_X2cd", 4)
    (folder / f"{EB1}.ms.split" / "table.dat").unlink()
    assert states(tmp_path)[3] == "not done"


def test_in_a_flat_folder_the_calls_tell_whose_log_it_is(tmp_path: Path) -> None:
    by_hand(tmp_path, 6), by_hand(tmp_path, 0, EB2)
    measurement_set(tmp_path / f"{EB2}.ms")
    write_log(tmp_path / "casa-1.log")
    first, second = assess(tmp_path, find_by_hand(tmp_path))
    assert first.steps[1].log and not second.steps[1].log
    assert second.steps[1].likely is Likely.NOT


def test_a_title_is_what_counts_not_its_number(tmp_path: Path) -> None:
    by_hand(tmp_path)
    log = write_log(tmp_path / "casa-1.log")
    log.write_text(log.read_text().replace("Step 5 Bandpass", "Step 6 Bandpass"))
    assert steps(tmp_path)["Bandpass calibration"].log == "casa-1.log"


def test_nothing_is_moved_or_written(tmp_path: Path) -> None:
    by_hand(tmp_path)
    write_log(tmp_path / "casa-1.log")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assess(tmp_path, find_by_hand(tmp_path))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_calls_sent_to_a_log_of_their_own_belong_to_their_step(tmp_path: Path) -> None:
    main = tmp_path / "casa-1.log"
    main.write_text(step_line(1, 4, "WVR") + step_line(30, 5, "Tsys") + log_line(40, "x", "end"))
    (tmp_path / "a.wvrgcal").write_text(task_lines(5, f"wvrgcal( vis='{EB1}.ms' )"))
    found = steps_of([read_log(path) for path in sorted(tmp_path.iterdir())])
    assert [(step.title, [task.name for task in step.tasks]) for step in found] == [
        ("WVR", ["wvrgcal"]),
        ("Tsys", []),
    ]


@given(st.binary(max_size=400))
def test_a_file_that_is_no_log_tells_nothing(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("log") / "a.log"
    path.write_bytes(data)
    assert steps_of([read_log(path)]) == []
