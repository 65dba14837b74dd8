"""One task by hand in the worker, on a fake CASA: called with literals, journaled and judged like a step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casa_worker_kit import Running, old_python
from casapilot.steps.casa.console import _refused
from casapilot.steps.casa.console_tasks import as_json, read_task, read_tasks
from casapilot.steps.journal import Event

Launch = Callable[..., Running]


def call(worker: Running, task: str, run: str = "r1", **arguments: Any) -> Event:
    answer = worker.ask(
        "call", run=run, item=f"console/{task}.1", task=task, arguments=repr(arguments),
        title=f"{task} by hand", folder=str(worker.live / run),
    )  # fmt: skip
    assert answer["ok"], answer
    return worker.ended(run)


@pytest.mark.parametrize("python", ["", "3.8"])
def test_a_task_by_hand_is_journaled_like_a_step(launch: Launch, python: str) -> None:
    if python and not old_python():
        pytest.skip("no Python 3.8 here")
    worker = launch(**({"python": old_python()} if python else {})).ready()
    (worker.eb / "x.ms").mkdir()
    ended = call(worker, "gaincal", vis="x.ms", caltable="g.cal", field="0")
    assert (ended.get("status"), ended.get("error")) == ("done", "")
    kinds = [e.kind for e in worker.events(run="r1")]
    assert kinds == ["step-started", "call-started", "call-ended", "step-ended"]
    assert worker.events("call-started")[0].get("text") == "gaincal(vis='x.ms', caltable='g.cal', field='0')"
    assert worker.events("call-ended")[0].get("result") == {"solve_tables": ["g.cal"]}
    assert worker.console() == "solved 0\n{'solve_tables': ['g.cal']}\n"


def test_a_call_that_fails_says_why_and_the_worker_goes_on(worker: Running) -> None:
    ended = call(worker, "gaincal", vis="missing.ms", caltable="g.cal")
    assert ended.get("status") == "failed"
    assert ended.get("error") == "the vis parameter must be a path that exists"
    assert "Traceback" not in worker.console()
    assert call(worker, "listobs", "r2", vis="full.ms").get("error", "").startswith("the disk is full")
    assert "unexpected keyword" in call(worker, "listobs", "r3", nosuch=1).get("error")
    assert call(worker, "listobs", "r4", vis="a").get("status") == "done"


def test_a_call_that_made_nothing_has_failed(worker: Running) -> None:
    (worker.eb / "x.ms").mkdir()
    ended = call(worker, "gaincal", vis="x.ms", caltable="g.cal", field="none")
    assert ended.get("status") == "failed" and "g.cal was not made" in ended.get("error")


@pytest.mark.parametrize(
    ("task", "arguments"),
    [
        ("exec", "{'code': 'import os'}"),
        ("os", "{}"),
        ("__builtins__", "{}"),
        ("version_string", "{}"),
        ("listobs", "__import__('os').system('touch made')"),
        ("listobs", "{'vis': open('x')}"),
        ("listobs", "['a.ms']"),
        ("listobs", "{1: 2}"),
        ("listobs", "{"),
    ],
)
def test_nothing_but_tasks_and_literals_is_taken(worker: Running, task: str, arguments: str) -> None:
    answer = worker.ask("call", run="r1", task=task, arguments=arguments, folder="r1")
    assert not answer["ok"]
    assert worker.state() == "idle" and not worker.events("step-started")
    assert not (worker.eb / "made").exists()


def test_a_script_that_took_the_name_of_a_task_does_not_change_it(worker: Running) -> None:
    worker.step("listobs = 3\n", run="r0")
    assert call(worker, "listobs", vis="a.ms").get("status") == "done"


def test_a_call_waits_for_nobody_it_is_refused_while_a_step_runs(worker: Running) -> None:
    worker.script("visstat(seconds=1.0)\n")
    assert worker.start("r0")["ok"]
    refused = worker.ask("call", run="r1", task="listobs", arguments="{}", folder="r1")
    assert not refused["ok"] and "busy" in refused["error"]
    assert worker.ended("r0").get("status") == "done"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "{'spw': ['must be of cStr type', 'must be of cStrVec type']}",
            "spw must be a text or a list of texts",
        ),
        ("{'minsnr': ['must be of cFloat type']}", "minsnr must be a number"),
        ("the vis parameter must be a path", "the vis parameter must be a path"),
        ("[1]", "[1]"),
    ],
)
def test_what_casas_check_says_is_put_in_words(text: str, words: str) -> None:
    assert _refused(text) == words


SOURCE = '''
import numpy
class _smooth:
    """
    smooth ---- Smooth a thing

    --------- parameter descriptions -----------------

    vis    Name of the MS
           default: none
    kind   How
    """
    def __call__(self, vis='', kind='box', width=numpy.array([bool(True)]), other=unknown):
        pass
smooth = _smooth()
'''
XML = """<casaxml xmlns="http://casa.nrao.edu/schema/psetTypes.html"><task name="smooth" category="maths">
<shortdescription>Smooths \n it</shortdescription><input>
<param name="vis" type="path" mustexist="true"><shortdescription>The MS</shortdescription><value/></param>
<param name="kind"><any type="variant"/><allowed kind="enum"><value>box</value><value>hann</value></allowed>
</param>
<param name="width" type="bool" subparam="true"/>
<constraints><when param="kind"><equals value="box"><default param="width"/></equals>
<notequals type="string" value="hann"><default param="width"/></notequals></when></constraints>
</input></task></casaxml>"""


def test_a_task_is_read_from_its_source_and_its_xml(tmp_path: Path) -> None:
    (tmp_path / "smooth.py").write_text(SOURCE)
    (tmp_path / "__xml__").mkdir()
    (tmp_path / "__xml__" / "smooth.xml").write_text(XML)
    task = read_task(str(tmp_path), "smooth")
    assert task is not None and (task.about, task.group) == ("Smooths it", "maths")
    vis, kind, width, other = task.parameters
    assert (vis.default, vis.type, vis.about, vis.must_exist) == ("''", "path", "The MS", True)
    assert kind.allowed == ("'box'", "'hann'") and kind.about == "How"
    assert width.default == "[True]"
    assert width.under == (("kind", "'box'", True), ("kind", "'hann'", False))
    assert other.default == ""
    assert as_json(task)["parameters"][3] == {"name": "other", "default": ""}


def test_without_xml_the_text_of_the_task_tells(tmp_path: Path) -> None:
    (tmp_path / "smooth.py").write_text(SOURCE)
    (tmp_path / "broken.py").write_text("def (")
    (tmp_path / "version.py").write_text("def version(): pass")
    tasks = read_tasks(str(tmp_path))
    assert list(tasks) == ["smooth"] and tasks["smooth"].about == "Smooth a thing"
    assert [each.about for each in tasks["smooth"].parameters[:2]] == ["Name of the MS", "How"]


@pytest.mark.casa
def test_the_tasks_of_the_real_casa_are_all_read(real_casatasks: Any) -> None:
    tasks = read_tasks(str(Path(real_casatasks.__file__).parent))
    assert len(tasks) > 100
    flagdata = {each.name: each for each in tasks["flagdata"].parameters}
    assert flagdata["mode"].default == "'manual'" and "'summary'" in flagdata["mode"].allowed
    assert flagdata["vis"].must_exist and ("mode", "'manual'", True) in flagdata["antenna"].under
    assert all(each.about for task in tasks.values() for each in task.parameters if each.name == "vis")
