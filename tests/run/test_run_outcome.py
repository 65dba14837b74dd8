"""Success is judged by what came out."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.checklist.model import Check, Item, Kind
from casapilot.steps.errors import CasaError
from casapilot.steps.mous.mous import Eb, Mous
from casapilot.steps.record.runs import Call, FlagChange, Measured
from casapilot.steps.run.observe import StepOutcome
from casapilot.steps.run.outcome import fill, judge, left_alone, measure, outputs_since, remove_half_written
from casapilot.steps.run.taskcall import keywords

ITEM = Item("bandpass", "Bandpass", "cal", Kind.RUN, step="Bandpass", outputs=("{ms}.bandpass",))
DONE = StepOutcome("done", 1.0, "", "", (), (), (), (), 10.0)


@pytest.fixture
def eb(tmp_path: Path) -> Eb:
    (tmp_path / "Calibration_X1").mkdir()
    return Eb("X1", "uid_X1", tmp_path / "Calibration_X1", tmp_path / "Calibration_X1" / "s.py", "a.ms")


@pytest.fixture
def mous(tmp_path: Path, eb: Eb) -> Mous:
    return Mous(tmp_path, "uid", ebs=(eb,))


def make_table(path: Path, age_s: float) -> None:
    path.mkdir()
    (path / "table.dat").touch()
    for each in (path / "table.dat", path):
        os.utime(each, (1000.0 - age_s, 1000.0 - age_s))


def test_placeholders_are_filled_and_nothing_else(mous: Mous, eb: Eb) -> None:
    assert fill("{ms}.x {eb} {mous} {ms.__class__}", mous, eb) == "a.ms.x X1 uid {ms.__class__}"


def test_an_output_older_than_the_run_is_missing(mous: Mous, eb: Eb) -> None:
    make_table(eb.folder / "a.ms.bandpass", age_s=100.0)
    assert outputs_since(ITEM, mous, eb, int(950e9)) == ([], ["a.ms.bandpass"])


def test_a_table_rewritten_in_place_is_new(mous: Mous, eb: Eb) -> None:
    make_table(eb.folder / "a.ms.bandpass", age_s=100.0)
    os.utime(eb.folder / "a.ms.bandpass" / "table.dat", (990.0, 990.0))
    assert outputs_since(ITEM, mous, eb, int(950e9)) == ([eb.folder / "a.ms.bandpass"], [])


def test_only_what_lies_in_the_folder_is_removed(mous: Mous, eb: Eb, tmp_path: Path) -> None:
    outside = tmp_path / "precious"
    outside.mkdir()
    (eb.folder / "link").symlink_to(outside)
    make_table(eb.folder / "half", 0.0)
    item = replace(ITEM, outputs=("half", "link", "../precious"))
    assert remove_half_written(item, mous, eb, (), 0.0) == ["half", "link"]
    assert outside.is_dir() and not (eb.folder / "half").exists()


def test_what_the_call_in_progress_was_making_is_half_written(mous: Mous, eb: Eb) -> None:
    for name in ("cube.image", "cube.psf", "cube2.image", "done.gain", "half.gain"):
        make_table(eb.folder / name, 0.0)
    calls = (
        Call("gaincal", "gaincal(vis='a.ms', caltable='done.gain')", seconds=1.0),
        Call("tclean", "tclean(vis='a.ms', imagename='cube')"),
        Call("gaincal", "gaincal(vis='a.ms', caltable='half.gain')"),
    )
    removed = remove_half_written(ITEM, mous, eb, calls, 950.0, keep={"cube.psf"})
    assert removed == ["cube.image", "half.gain"]
    assert remove_half_written(ITEM, mous, eb, calls, 950.0) == ["cube.psf"]


def test_a_file_from_before_the_run_is_kept(mous: Mous, eb: Eb) -> None:
    make_table(eb.folder / "old.gain", age_s=100.0)
    calls = (Call("gaincal", "gaincal(caltable='old.gain')"),)
    assert remove_half_written(ITEM, mous, eb, calls, 950.0) == []


@pytest.mark.parametrize("text", ["", "gaincal(", "1 + 1", "gaincal(vis=name)", "x" * 10_000 + "("])
def test_a_call_that_cannot_be_read_names_nothing(text: str) -> None:
    assert keywords(text) == {}


def test_a_step_that_made_what_it_should_is_done() -> None:
    assert judge(ITEM, DONE, [], ()) == ("done", ())


@pytest.mark.parametrize(
    ("outcome", "missing", "reason"),
    [
        (DONE, ["a.ms.bandpass"], "did not make a.ms.bandpass"),
        (replace(DONE, quiet_failures=("No output calibration table written.",)), [], "No output"),
        (replace(DONE, status="failed", error="RuntimeError: x"), [], "RuntimeError: x"),
    ],
)
def test_a_step_that_ended_well_may_still_have_failed(
    outcome: StepOutcome, missing: list[str], reason: str
) -> None:
    status, reasons = judge(ITEM, outcome, missing, ())
    assert status == "failed" and reasons[0].startswith(reason)


def test_what_was_there_is_left_alone_only_by_a_step_that_called_no_task(eb: Eb) -> None:
    make_table(eb.folder / "a.ms.bandpass", age_s=100.0)
    missing = ["a.ms.bandpass", "gone.ms"]
    assert left_alone(ITEM, missing, (), eb) == ["a.ms.bandpass"]
    assert left_alone(ITEM, missing, (Call("flagdata", "flagdata(vis='a.ms')"),), eb) == []
    assert left_alone(replace(ITEM, whole=True), missing, (), eb) == []


def test_a_call_that_went_wrong_without_failing_the_step_does_not_fail_it() -> None:
    """The worker has judged the calls: a script may catch an exception on purpose."""
    outcome = replace(DONE, calls=(Call("flagdata", "", error="one command matched nothing"),))
    assert judge(ITEM, outcome, [], ()) == ("done", ())


def test_an_interrupted_step_is_not_called_failed() -> None:
    assert judge(ITEM, replace(DONE, status="interrupted"), ["a.ms.bandpass"], ())[0] == "interrupted"


def test_a_check_that_is_not_met_fails_the_item() -> None:
    check = Measured("image_rms_jy", "cube", 1.0, "Jy", "fail", "too noisy")
    assert judge(ITEM, DONE, [], (check,)) == ("failed", ("too noisy",))


def measured(mous: Mous, eb: Eb, check: Check, answer: Any, flags: tuple[FlagChange, ...] = ()) -> Measured:
    def ask(metric: str, of: str) -> dict[str, Any]:
        if isinstance(answer, Exception):
            raise answer
        return {"value": answer}

    (found,) = measure(replace(ITEM, check=(check,)), mous, eb, flags, ask)
    return found


@pytest.mark.parametrize(
    ("value", "verdict"), [(2.486, "pass"), (2.51, "pass"), (2.52, "fail"), (None, "unknown")]
)
def test_a_published_value_is_met_within_its_margin(
    mous: Mous, eb: Eb, value: float | None, verdict: str
) -> None:
    check = Check("flux_density_jy", of="1445", expect=2.486, within_percent=1.0, unit="Jy")
    assert measured(mous, eb, check, value).verdict == verdict


@pytest.mark.parametrize(
    ("below", "value", "verdict"),
    [
        (False, 4.0, "pass"),
        (False, 6.0, "look"),
        (False, 21.0, "fail"),
        (True, 21.0, "pass"),
        (True, 4.0, "fail"),
    ],
)
def test_thresholds_look_and_fail_on_the_bad_side(
    mous: Mous, eb: Eb, below: bool, value: float, verdict: str
) -> None:
    warn, fail = (20.0, 5.0) if below else (5.0, 20.0)
    check = Check("n_rows", warn=warn, fail=fail, below=below)
    assert measured(mous, eb, check, value).verdict == verdict


def test_a_number_that_cannot_be_had_is_unknown_and_says_why(mous: Mous, eb: Eb) -> None:
    found = measured(mous, eb, Check("n_rows", of="a.ms", fail=1.0), CasaError("no such MS"))
    assert (found.verdict, found.value) == ("unknown", None) and "no such MS" in found.text


def test_flag_growth_is_known_without_casa(mous: Mous, eb: Eb) -> None:
    flags = (FlagChange("a.ms", {"flagged": 10.0, "total": 100.0}, {"flagged": 30.0, "total": 100.0}),)
    check = Check("flagged_change", warn=5.0, fail=50.0, unit="%")
    found = measured(mous, eb, check, RuntimeError("must not be asked"), flags)
    assert (found.value, found.verdict) == (20.0, "look")
