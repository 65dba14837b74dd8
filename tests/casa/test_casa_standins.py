"""What answers for modules and tasks that scripts name and a CASA from pip lacks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casa_worker_kit import LAUNCH, Running, fake_environment, old_python

Launch = Callable[..., Running]

#: Runs each text in a namespace of its own kind, and tells what it printed or raised.
CODE = """
import contextlib, importlib.util, io, json, sys
spec = importlib.util.spec_from_file_location("launch", %r)
launch = importlib.util.module_from_spec(spec); spec.loader.exec_module(launch); launch.open_house()
import casatools, casatasks
from casapilot.steps.casa.namespace import fresh_namespace
tasks = {name: getattr(casatasks, name) for name in ("gaincal", "flagdata", "listobs")}
names = fresh_namespace(casatools, casatasks, {**tasks, "split": lambda **what: "split " + what["vis"]})
answers = []
for text in %r:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            names.pop("answer", None)
            exec(compile(text, "script", "exec"), names)
            result = names.get("answer")
        except BaseException as error:
            result = type(error).__name__ + ": " + str(error)
    answers.append([result, said.getvalue()])
print(json.dumps(answers))
"""


def play(*texts: str, path: Path | None = None, python: str = sys.executable) -> list[Any]:
    """Result and output of each text, run one after the other in one process."""
    environment = fake_environment(python)
    if path:
        environment["PYTHONPATH"] = f"{path}:{environment['PYTHONPATH']}"
    words = [python, "-W", "ignore", "-c", CODE % (str(LAUNCH), list(texts))]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "module", ["recipes.almahelpers", "casarecipes.almahelpers", "almahelpers_localcopy"]
)
def test_our_almahelpers_answer_and_say_so_once(module: str) -> None:
    text = f"from {module} import fixsyscaltimes, tsysspwmap; answer = fixsyscaltimes.__code__.co_filename"
    (first, said), (second, nothing) = play(text, text)
    assert first == second and first.endswith("steps/generate/recipes/almahelpers.py")
    assert said == f"casapilot: {module} is not in this CASA: answered by casapilot's own\n" and nothing == ""


@pytest.mark.parametrize("python", [sys.executable, old_python()])
def test_they_load_on_every_python_of_a_casa(python: str) -> None:
    if not python:
        pytest.skip("no Python 3.8 here")
    ((result, _),) = play("from recipes.almahelpers import tsysspwmap\nimport analysisUtils", python=python)
    assert result is None


def test_the_real_modules_win(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "__init__.py").write_text("")
    (tmp_path / "recipes" / "almahelpers.py").write_text("def tsysspwmap(**what): return 'real'\n")
    (tmp_path / "analysisUtils.py").write_text(
        "class stuffForScienceDataReduction:\n    def checkCalTable(self, table): return 'real ' + table\n"
        "def getALMAFlux(name): return 1.5\n"
    )
    answers = play(
        "from recipes.almahelpers import tsysspwmap; answer = tsysspwmap(vis='x')",
        "answer = aU.getALMAFlux('J1')",
        "answer = es.checkCalTable('x.tsys')",
        "import analysisUtils as mine; answer = mine.stuffForScienceDataReduction().checkCalTable('y')",
        path=tmp_path,
    )
    assert answers == [["real", ""], [1.5, ""], ["real x.tsys", ""], ["real y", ""]]


def test_the_real_analysis_scripts_are_not_told_of_a_casa_5(tmp_path: Path) -> None:
    asks = "try:\n    import taskinit\n    answer = 5\nexcept ImportError:\n    answer = 6\n"
    (tmp_path / "analysisUtils.py").write_text(asks + "import more_analysis\n")
    (tmp_path / "more_analysis.py").write_text(asks)
    (real, more, script) = play(
        "answer = aU.answer", "import more_analysis as m; answer = m.answer", asks, path=tmp_path
    )
    assert (real[0], more[0], script[0]) == (6, 6, 5)


def test_a_real_module_that_does_not_load_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "analysisUtils.py").write_text("import pylab_of_old\n")
    ((result, said),) = play("aU.plotbandpass('x')", path=tmp_path)
    assert "No module named 'pylab_of_old'" in result and said == ""


def test_calls_that_only_check_or_plot_are_passed_over_and_told() -> None:
    answers = play(
        "es = aU.stuffForScienceDataReduction()",
        "es.checkCalTable('x.ms.tsys', msName='x.ms', interactive=False)",
        "es.getCalWeightStats('x.ms')",
        "aU.plotWVRSolutions(caltable='x.ms.wvr', spw='17', antenna='DV18')",
        "import analysisUtils as au2; au2.plotbandpass(caltable='x.ms.tsys', overlay='time')",
        "kept = es.fluxscale2(caltable='x.ms.split.ampli_inf', removeOutliers=True)",
    )
    assert [result for result, _ in answers] == [None] * 6
    said = [text for _, text in answers]
    assert said[0].startswith("casapilot: analysisUtils is not in this CASA")
    assert said[1].startswith("casapilot: es.checkCalTable(x.ms.tsys) passed over: its plots were not made; ")
    assert "es.getCalWeightStats(x.ms) passed over" in said[2]
    assert "aU.plotWVRSolutions(x.ms.wvr) passed over" in said[3] and "aU.plotbandpass(" in said[4]
    assert "no .fluxscale2 was written" in said[5]
    assert all(text.count("\n") == 1 for text in said)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("answer = aU.getALMAFlux('J1058+0133', '230GHz')", "aU.getALMAFlux is not available here"),
        ("from analysisUtils import getALMAFlux\nanswer = getALMAFlux('J1')", "aU.getALMAFlux"),
        ("answer = es.correctMyAntennaPositions('x')", "es.correctMyAntennaPositions"),
        ("answer = 1.0 + aU.plotbandpass('x.tsys')", "what aU.plotbandpass returns"),
        ("x = es.checkCalTable('x.tsys')\nif x: answer = 1", "what es.checkCalTable returns"),
        ("for one in es.getFlagStats('x'): pass", "what es.getFlagStats returns"),
        ("answer = '%s' % aU.getRefAntenna", "aU.getRefAntenna"),
        ("answer = aU.something.deeper", "aU.something"),
        ("import almaqa2csg as csg\ncsg.generateReducScript('uid')", "see casapilot generate"),
    ],
)
def test_what_would_have_to_be_known_stops_with_what_to_do(text: str, named: str) -> None:
    ((result, _),) = play(text)
    assert result.startswith("NotAnsweredError: ") and named in result
    assert "PYTHONPATH" in result and "casapilot script comment" in result


def test_tasks_of_older_casas_are_answered_passed_over_or_stopped() -> None:
    answers = play(
        "answer = split2(vis='x.ms')",
        "plotms(vis='x.ms.split', xaxis='uvdist')",
        "plotcal('x.ms.tsys')",
        "clean(vis='x.ms')",
        "default('split')",
    )
    assert answers[0] == ["split x.ms", ""]
    assert answers[1][0] is None and answers[1][1].startswith("casapilot: plotms(x.ms.split) passed over")
    assert answers[2][1].startswith("casapilot: plotcal(x.ms.tsys) passed over")
    assert answers[3][0].startswith("OldNameError: clean is no longer in CASA. Use tclean")
    assert answers[4][0].startswith("OldNameError: default is no longer")


def test_modules_that_casa_6_moved_are_there() -> None:
    answers = play(
        "answer = casadef.casa_version",
        "import casadef as c; answer = c.casa_version",
        "from taskinit import *; answer = [type(tb).__name__, type(tbtool()).__name__, casalog is not None]",
        "from taskinit import gentools; (one,) = gentools(['tb']); answer = type(one).__name__",
        "from tasks import gaincal; import casatasks; answer = gaincal is casatasks.gaincal",
        "from recipes import no_such_thing",
    )
    assert [result for result, _ in answers[:5]] == [
        "6.7.0.31",
        "6.7.0.31",
        ["table", "table", True],
        "table",
        True,
    ]
    assert answers[5][0].startswith("ImportError")


def test_a_step_that_asks_too_much_fails_with_its_line(worker: Running) -> None:
    ended = worker.step("mystep = 0\nif mystep in mysteps:\n  flux = es.getFlux('J1')\n")
    assert ended.get("status") == "failed"
    assert ended.get("error").startswith("line 3: NotAnsweredError: es.getFlux is not available here")
    assert "casapilot: analysisUtils is not in this CASA" in worker.console()


def test_a_step_that_only_plots_is_done(worker: Running) -> None:
    ended = worker.step("mystep = 0\nif mystep in mysteps:\n  es.checkCalTable('x.tsys', msName='x.ms')\n")
    assert ended.get("status") == "done"
    assert "es.checkCalTable(x.tsys) passed over" in worker.console()


TABLES = """
import sys, types
class table:
    def open(self, path): self.rows = ROWS[path.rpartition('/')[2]]
    def getcol(self, name): return [row[name == 'NAME'] for row in self.rows]
    def close(self): pass
ROWS = {rows!r}
sys.modules['casatools'].table = table
es.fixForCSV2555('x.ms')
"""


@pytest.mark.parametrize(
    ("fields", "sources", "said"),
    [
        ([(0, "J1"), (1, "T")], [(0, "J1"), (0, "J1"), (1, "T")], "FIELD and SOURCE agree, nothing to fix"),
        ([(0, "J1"), (1, "T")], [(0, "J1"), (1, "J2")], "field 1 is T in FIELD and J2 in SOURCE"),
        ([(0, "J1"), (7, "T")], [(0, "J1")], "field 1 (T) has source 7, which is not in SOURCE"),
    ],
)
def test_csv_2555_is_told_from_a_sound_ms(fields: Any, sources: Any, said: str) -> None:
    ((result, printed),) = play(TABLES.format(rows={"FIELD": fields, "SOURCE": sources}))
    assert said in (result or printed)
    assert ("nothing to fix" in said) == (result is None)
