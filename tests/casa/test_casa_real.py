"""The worker on real CASA and the real ALMA set: what no fake can show."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from casa_worker_kit import Running

pytestmark = pytest.mark.casa

SET = Path(__file__).parents[2].parent / "shared" / "data" / "alma-2014-band3.ms.tgz"
needs_set = pytest.mark.skipif(not SET.exists(), reason=f"{SET} is not here")


@pytest.fixture(scope="module")
def casa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    """One real worker for all tests of this file, in a list so that a test can replace it."""
    folder = tmp_path_factory.mktemp("mous")
    home = folder / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "OMP_WAIT_POLICY": "passive"}
    if SET.exists():
        with tarfile.open(SET) as archive:
            archive.extractall(folder, filter="data")
        shutil.copytree(folder / "mssel_test_small.ms", folder / "eb" / "x.ms")
    held = [Running(folder, sys.executable, environment).ready()]
    yield held
    for each in held:
        each.end()


@pytest.fixture
def worker(casa: list[Running]) -> Running:
    if casa[-1].process.poll() is not None:
        previous = casa[-1]
        environment = {**os.environ, "HOME": str(previous.live.parent / "home")}
        casa.append(Running(previous.live.parent, sys.executable, environment).ready())
    return casa[-1]


def test_casa_starts_without_a_file_in_home_or_in_the_ebs_folder(worker: Running) -> None:
    assert list((worker.live.parent / "home").iterdir()) == []
    assert [path.name for path in worker.eb.iterdir() if path.suffix == ".log"] == []
    assert "SEVERE" not in worker.log.read_text()


def test_a_script_has_tasks_tools_and_names_of_the_prompt(worker: Running) -> None:
    text = "import casatasks\nfrom casatasks import gaincal as mine\n"
    text += "from casatasks.gaincal import gaincal as third\n"
    text += (
        "print(mine is gaincal is casatasks.gaincal is third, mine.__name__, qa.quantity('1Jy')['value'])\n"
    )
    text += "print(casalith.version()[:1] >= [6], T, F)\n"
    text += "import inspect; print(list(inspect.signature(gaincal).parameters)[:2])\n"
    assert worker.step(text, "names").get("status") == "done"
    assert worker.console("names").splitlines()[0] == "True gaincal 1.0"
    assert worker.console("names").splitlines()[2] == "['vis', 'caltable']"


@needs_set
def test_a_gaincal_that_writes_no_table_fails_the_step_though_casa_is_content(worker: Running) -> None:
    ended = worker.step("gaincal(vis='x.ms', caltable='g.cal', field='1')\nprint('script goes on')\n", "gain")
    assert ended.get("status") == "failed"
    assert ended.get("error") == "line 1: gaincal returned normally, but g.cal was not made"
    assert "No output calibration table written" in (worker.live / "gain" / "casa.log").read_text()
    assert "Insufficient unflagged antennas" in worker.console("gain")
    assert worker.console("gain").index("Insufficient") < worker.console("gain").index("script goes on")


@needs_set
def test_what_fails_quietly_in_casa_is_told(worker: Running) -> None:
    text = """
setjy(vis='x.ms', field='XX')
setjy(vis='x.ms', field='0')
wvrgcal(vis='x.ms', caltable='w.cal')
gencal(vis='x.ms', caltable='tsys.cal', caltype='tsys')
flagdata(vis='x.ms', mode='list', inpfile=["antenna='ZZ99'", "antenna='DA41' scan='1'"], flagbackup=False)
statwt(vis='x.ms', field='ZZ99', datacolumn='data')
tclean(vis='x.ms', imagename='im', field='0', cell='1arcsec', imsize=32, niter=0)
"""
    error = worker.step(text, "quiet").get("error")
    said = error.split("; ")
    assert len(said) == 5, said
    assert said[0] == "line 2: setjy set no model: nothing matches the selection"
    assert "line 3: setjy J1617-7717 is not recognized by Perley-Butler" in said[1]
    assert said[2].startswith("line 4: wvrgcal made no table: No useful input data")
    assert "line 7: statwt selected nothing" in said[3] and "WHOLE MS" in said[3]
    assert said[4] == "line 8: tclean the PSF is blank: no unflagged data were selected"
    calls = {e.get("task"): e for e in worker.events("call-ended", "quiet")}
    assert calls["gencal"].get("error") == ""
    assert calls["flagdata"].get("ok") and "1 of its commands flagged nothing" in calls["flagdata"].get(
        "error"
    )


@needs_set
def test_a_repeated_save_keeps_the_clean_flag_version(worker: Running) -> None:
    save = "flagmanager(vis='x.ms', mode='save', versionname='Clean')\n"
    more = "flagdata(vis='x.ms', mode='manual', spw='1:10~20', flagbackup=False)\n"
    assert worker.step(save, "first").get("status") == "done"
    kept = worker.eb / "x.ms.flagversions" / "flags.Clean"
    before = {path.name: path.read_bytes() for path in kept.iterdir() if path.name != "table.lock"}
    assert worker.events("version-kept", "first") == []
    worker.step(save, "same")
    assert [e.get("saved_as") for e in worker.events("version-kept", "same")] == [""]
    worker.step(more + save, "other")
    assert [e.get("saved_as") for e in worker.events("version-kept", "other")] == ["Clean.other"]
    assert {path.name: path.read_bytes() for path in kept.iterdir() if path.name != "table.lock"} == before
    names = [each["name"] for each in worker.ask("list-versions", ms="x.ms")["versions"]]
    assert "Clean" in names and "Clean.other" in names and not any(".old" in name for name in names)
    assert "is kept as it was" in worker.console("other")


@needs_set
def test_flag_versions_and_counts_are_made_on_request(worker: Running) -> None:
    path = worker.live / "counts.json"
    before = worker.ask("count-flags", ms="x.ms", file=str(path))
    assert before["ok"] and path.exists() and 0 < before["flagged"] < before["total"]
    assert worker.ask("save-flags", ms="x.ms", version="Here", comment="by test")["ok"]
    assert worker.ask("same-flags", ms="x.ms", version="Here")["same"]
    worker.step("flagdata(vis='x.ms', mode='manual', antenna='DA41', flagbackup=False)\n", "flags")
    assert not worker.ask("same-flags", ms="x.ms", version="Here")["same"]
    assert worker.ask("count-flags", ms="x.ms", file=str(path))["flagged"] > before["flagged"]
    assert worker.ask("restore-flags", ms="x.ms", version="Here")["ok"]
    assert worker.ask("count-flags", ms="x.ms", file=str(path))["flagged"] == before["flagged"]
    assert worker.ask("rename-flags", ms="x.ms", version="Here", name="There")["ok"]
    versions = {each["name"]: each for each in worker.ask("list-versions", ms="x.ms")["versions"]}
    assert (
        versions["There"] == {"name": "There", "comment": "by test", "trusted": True}
        and "Here" not in versions
    )
    assert worker.ask("has-flags", ms="x.ms", version="There")["has"]
    assert not worker.ask("has-flags", ms="x.ms", version="Here")["has"]
    assert not worker.ask("restore-flags", ms="x.ms", version="Here")["ok"]


@needs_set
def test_a_number_of_the_checklist_is_measured(worker: Running) -> None:
    assert worker.ask("measure", metric="n_rows", of="x.ms")["value"] == 1058


@needs_set
def test_a_task_called_inside_a_task_is_not_the_scripts_call(worker: Running) -> None:
    worker.step(
        "flagcmd(vis='x.ms', inpmode='list', inpfile=[\"antenna='DA41'\"], flagbackup=False)\n", "nested"
    )
    assert [e.get("task") for e in worker.events("call-started", "nested")] == ["flagcmd"]
    assert worker.events("step-ended", "nested")[0].get("status") == "done"


@needs_set
def test_stop_after_call_ends_between_two_tasks(worker: Running) -> None:
    worker.script("listobs(vis='x.ms')\n" * 400)
    worker.start("stop")
    worker.until(lambda: worker.events("call-ended", "stop"))
    assert worker.ask("stop-after-call")["ok"]
    assert worker.ended("stop").get("status") == "interrupted"
    started, ended = (len(worker.events(kind, "stop")) for kind in ("call-started", "call-ended"))
    assert started == ended < 400


@needs_set
def test_a_kill_in_the_middle_of_a_task_leaves_journal_and_ms_readable(worker: Running) -> None:
    loop = (
        "while True:\n    tclean(vis='x.ms', imagename='k', field='1', cell='1arcsec', imsize=64, niter=10)\n"
    )
    worker.script(loop)
    worker.start("kill")
    worker.until(lambda: worker.ask("ping")["call"] == "tclean")
    worker.process.send_signal(signal.SIGKILL)
    worker.process.wait(30)
    assert worker.events("step-started", "kill") and not worker.events("step-ended", "kill")


@needs_set
def test_after_a_kill_a_new_worker_goes_on_with_the_same_ms(worker: Running) -> None:
    assert len(worker.events("worker-started")) >= 1
    assert worker.step("print(listobs(vis='x.ms')['nfields'])\n", "after").get("status") == "done"
    assert worker.console("after").splitlines()[-1] == "2"
    assert list((worker.live.parent / "home").iterdir()) == []
