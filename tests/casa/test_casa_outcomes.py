"""Calls judged by what came of them."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.casa.outcomes import OUTPUTS, Call, Verdict, judge, look, outputs


def call(
    task: str, returned: Any = None, log: str = "", make: Any = None, **arguments: Any
) -> Verdict | None:
    """Judge a call of `task` during which `make` was run."""
    before = look(outputs(task, arguments))
    if make:
        make()
    return judge(Call(task, arguments, before, returned, log))


def table(path: Path, text: str = "x") -> None:
    path.mkdir(exist_ok=True)
    (path / "table.dat").write_text(text)


def failed(verdict: Verdict | None, said: str) -> bool:
    return verdict is not None and verdict.fatal and said in verdict.text


@pytest.mark.parametrize("task", ["gaincal", "bandpass", "gencal", "polcal", "wvrgcal"])
def test_a_solver_that_makes_its_table_is_well(tmp_path: Path, task: str) -> None:
    path = tmp_path / "x.cal"
    assert call(task, {}, make=lambda: table(path), caltable=str(path)) is None


def test_a_table_that_is_not_there_has_failed(tmp_path: Path) -> None:
    assert failed(call("gaincal", {}, caltable=str(tmp_path / "g.cal")), "g.cal was not made")


def test_a_table_of_an_earlier_run_does_not_pass_for_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "g.cal"
    table(path)
    assert failed(call("gaincal", {}, caltable=str(path)), "nothing was written")


def test_a_table_that_was_appended_to_is_new(tmp_path: Path) -> None:
    path = tmp_path / "g.cal"
    table(path)
    assert call("gaincal", {}, make=lambda: table(path, "longer"), caltable=str(path), append=True) is None


def test_a_table_that_was_removed_and_not_made_again_has_failed(tmp_path: Path) -> None:
    path = tmp_path / "x.fits"
    path.write_text("old")
    assert failed(call("exportfits", make=path.unlink, imagename="x", fitsimage=str(path)), "was not made")


def test_outputs_that_are_not_named_are_not_asked_for() -> None:
    assert call("polfromgain", {}, caltable="") is None
    assert call("listobs", {}) is None
    assert call("imregrid", {}, output="get") is None
    assert outputs("immoments", {"outfile": "m", "moments": [0, 1]}) == []


def test_an_import_without_a_name_is_named_after_its_asdm() -> None:
    assert outputs("importasdm", {"asdm": "uid___A/"}) == ["uid___A.ms"]
    assert outputs("importasdm", {"asdm": "uid___A", "vis": "x.ms"}) == ["x.ms"]


def test_an_image_that_was_made_is_well(tmp_path: Path) -> None:
    name = str(tmp_path / "im")
    for suffix in ("image", "image.tt0"):
        (tmp_path / "im").with_suffix("")
        assert (
            call("tclean", {}, make=lambda s=suffix: table(Path(f"{name}.{s}"), s * 2), imagename=name)
            is None
        )


def test_an_image_that_was_not_restored_has_failed_unless_that_was_wanted(tmp_path: Path) -> None:
    name = str(tmp_path / "im")
    made = {"make": lambda: table(Path(name + ".residual")), "imagename": name}
    assert failed(call("tclean", {}, **made), "im.image was not made")
    made["make"] = lambda: table(Path(name + ".residual"), "again")
    assert call("tclean", {}, restoration=False, **made) is None
    assert failed(call("tclean", {}, imagename=name), "no ")


PSF = "2026\tWARN\ttask_tclean::x (file a.cc, line 2)\tPSF is blank for[C0:P0] \n"


def test_a_blank_psf_fails_an_image_but_not_a_cube_with_an_empty_channel(tmp_path: Path) -> None:
    name = str(tmp_path / "im")
    assert failed(
        call("tclean", {}, PSF, lambda: table(Path(name + ".image")), imagename=name), "PSF is blank"
    )
    cube = call("tclean", {}, PSF, lambda: table(Path(name + ".image"), "2"), imagename=name, specmode="cube")
    assert cube is not None and not cube.fatal and "1 channels" in cube.text


def test_a_statwt_that_selected_nothing_has_changed_the_whole_ms() -> None:
    log = '2026\tWARN\tms::msselect\tField Expression: No match found for name "ZZ"\n'
    assert failed(call("statwt", {"mean": 1.0}, log, vis="x.ms", field="ZZ"), "WHOLE MS")
    assert call("statwt", {"mean": 1.0}, "2026\tINFO\tstatwt\tfine\n", vis="x.ms") is None


def test_a_model_that_was_not_set_has_failed() -> None:
    assert failed(call("setjy", {}, vis="x.ms", field="XX"), "set no model")
    unknown = "2026\tSEVERE\tFluxStandard::compute\tJ1617-7717 is not recognized by Perley-Butler 2017\n"
    assert failed(
        call("setjy", {"0": {}}, unknown, vis="x.ms"), "J1617-7717 is not recognized by Perley-Butler 2017"
    )
    assert call("setjy", {}, vis="x.ms", listmodels=True) is None
    assert call("setjy", {"0": {"fluxd": [2.5]}}, vis="x.ms") is None


def test_a_flag_command_without_data_is_told_but_others_have_run() -> None:
    log = '2026\tWARN\tAgentFlagger::initAgents\tCannot create agent Manual_0: Antenna Expression: "ZZ"  \n'
    verdict = call("flagdata", {}, log + log, mode="list")
    assert verdict == Verdict('2 of its commands flagged nothing: Antenna Expression: "ZZ"', False)


def test_a_wvr_table_that_was_not_made_says_why(tmp_path: Path) -> None:
    log = "2026\tSEVERE\twvrgcal::::casa\tNo useful input data.\n"
    verdict = call("wvrgcal", {"success": False}, log, caltable=str(tmp_path / "w"))
    assert failed(verdict, "made no table: No useful input data.")


def test_a_concat_into_what_was_there_has_doubled_the_data(tmp_path: Path) -> None:
    path = tmp_path / "all.ms"
    new = lambda: table(path)  # noqa: E731
    assert call("concat", make=new, vis=["a.ms"], concatvis=str(path)) is None
    more = lambda: table(path, "more")  # noqa: E731
    assert failed(
        call("concat", make=more, vis=["a.ms"], concatvis=str(path)), "added to what was in it already"
    )
    most = lambda: table(path, "most of all")  # noqa: E731
    assert call("concat", make=most, vis=[str(path), "b.ms"], concatvis=str(path)) is None


def test_a_flag_version_without_its_table_was_not_saved(tmp_path: Path) -> None:
    ms = str(tmp_path / "x.ms")
    assert failed(call("flagmanager", vis=ms, mode="save", versionname="V"), "flags.V was not made")
    folder = tmp_path / "x.ms.flagversions" / "flags.V"
    folder.mkdir(parents=True)
    (folder / "table.dat").write_text("x")
    assert call("flagmanager", vis=ms + "/", mode="save", versionname="V") is None
    assert call("flagmanager", {}, vis=ms, mode="list") is None


def test_a_task_that_returns_false_has_failed() -> None:
    assert failed(call("imhead", False), "returned False")
    assert call("imhead", None) is None and call("imhead", 0) is None


@pytest.mark.casa
def test_every_output_parameter_is_one_of_the_task_in_casa(real_casatasks: Any) -> None:
    for task, names in OUTPUTS.items():
        if hasattr(real_casatasks, task):
            missing = set(names) - set(inspect.signature(getattr(real_casatasks, task)).parameters)
            assert not missing, task
