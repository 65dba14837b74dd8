"""The wrappers that scripts call instead of CASA's tasks."""

from __future__ import annotations

import inspect
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.casa.scripts import Scripts
from casapilot.steps.casa.tasks import Desk, arguments_of
from casapilot.steps.casa.watched import StopRequested, Watched


class _Task:
    """gaincal ---- Determine gains"""

    def __init__(self) -> None:
        self.log: Path | None = None
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, vis: str = "", caltable: str = "", solint: Any = "inf") -> dict[str, Any]:
        self.calls.append((vis, caltable, solint))
        if vis == "bad":
            raise RuntimeError("no data")
        return {"vis": vis}


class Told(list[tuple[str, dict[str, Any]]]):
    def __call__(self, kind: str, **fields: Any) -> None:
        self.append((kind, fields))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [fields for each, fields in self if each == kind]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def step(told: Told) -> Watched:
    return Watched("r1", "/script.py", told)


@pytest.fixture
def desk(step: Watched, tmp_path: Path) -> Desk:
    desk = Desk(lambda: str(tmp_path / "casa.log"))
    desk.step = step
    return desk


def test_a_wrapper_keeps_signature_and_help() -> None:
    wrapper = Desk(str).wrap("gaincal", _Task())
    assert list(inspect.signature(wrapper).parameters) == ["vis", "caltable", "solint"]
    assert wrapper.__doc__ == "gaincal ---- Determine gains" and wrapper.__name__ == "gaincal"
    assert inspect.getfullargspec(wrapper.__call__) == inspect.getfullargspec(_Task().__call__)
    assert isinstance(wrapper, _Task) and wrapper.calls == []


def test_a_call_is_told_with_names_seconds_and_result(desk: Desk, told: Told) -> None:
    task = _Task()
    assert desk.wrap("flagcmd", task)("x.ms", solint="int") == {"vis": "x.ms"}
    assert task.calls == [("x.ms", "", "int")]
    began, ended = told.of("call-started")[0], told.of("call-ended")[0]
    assert began == {
        "run": "r1",
        "call": 1,
        "task": "flagcmd",
        "text": "flagcmd(vis='x.ms', solint='int')",
        "line": 0,
    }
    assert ended.pop("seconds") >= 0
    assert ended == {
        "run": "r1",
        "call": 1,
        "task": "flagcmd",
        "ok": True,
        "result": {"vis": "x.ms"},
        "error": "",
    }


def test_the_line_is_that_of_the_script_also_from_a_function_in_it(
    desk: Desk, told: Told, tmp_path: Path
) -> None:
    path = tmp_path / "s.py"
    path.write_text("def solve():\n    task('x.ms')\n\nsolve()\n")
    desk.step = Watched("r1", str(path), told)
    exec(Scripts().code(str(path)), {"task": desk.wrap("flagcmd", _Task())})
    assert told.of("call-started")[0]["line"] == 2


def test_an_exception_is_told_and_goes_on_to_the_script(desk: Desk, step: Watched, told: Told) -> None:
    with pytest.raises(RuntimeError, match="no data"):
        desk.wrap("flagcmd", _Task())("bad")
    ended = told.of("call-ended")[0]
    assert (ended["ok"], ended["error"], ended["result"]) == (False, "RuntimeError: no data", None)
    assert step.failures == [] and step.task == ""


def test_what_a_task_calls_inside_itself_is_not_told(desk: Desk, told: Told) -> None:
    inner = desk.wrap("listobs", _Task())
    outer = desk.wrap("simalma", lambda vis: inner(vis))
    assert outer("x.ms") == {"vis": "x.ms"}
    assert [each["task"] for each in told.of("call-started")] == ["simalma"]
    inner("y.ms")
    assert [each["task"] for each in told.of("call-started")] == ["simalma", "listobs"]


def test_after_an_exception_the_next_call_is_told_again(desk: Desk, told: Told) -> None:
    task = desk.wrap("flagcmd", _Task())
    with pytest.raises(RuntimeError):
        task("bad")
    task("x.ms")
    assert [each["call"] for each in told.of("call-started")] == [1, 2]


def test_between_steps_nothing_is_told(desk: Desk, told: Told) -> None:
    desk.step = None
    assert desk.wrap("flagcmd", _Task())("x.ms") == {"vis": "x.ms"}
    assert told == []


def test_a_call_that_does_not_fit_fails_as_in_casa(desk: Desk, told: Told) -> None:
    with pytest.raises(TypeError):
        desk.wrap("flagcmd", _Task())("x.ms", nonsense=1)
    assert told.of("call-started")[0]["text"] == "flagcmd(arg0='x.ms', nonsense=1)"


def test_a_stop_keeps_every_further_call_from_beginning(desk: Desk, step: Watched, told: Told) -> None:
    task = _Task()
    wrapper = desk.wrap("flagcmd", task)
    wrapper("x.ms")
    step.stop_after_call()
    for _ in range(2):
        with pytest.raises(StopRequested):
            wrapper("y.ms")
    assert len(task.calls) == 1 and step.stopped and len(told.of("call-started")) == 1
    assert not issubclass(StopRequested, Exception)


def test_a_table_that_was_not_made_is_a_failure_of_the_step(desk: Desk, step: Watched, told: Told) -> None:
    desk.wrap("gaincal", _Task())("x.ms", caltable="/none/g.cal")
    assert step.failures == ["gaincal returned normally, but /none/g.cal was not made"]
    assert told.of("call-ended")[0]["ok"] is False


def test_only_what_the_call_itself_logs_is_held_against_it(desk: Desk, step: Watched, tmp_path: Path) -> None:
    log = tmp_path / "casa.log"
    log.write_text("d\tWARN\tms::msselect\tField Expression: No match found\n")
    desk.wrap("statwt", _Task())("x.ms")
    assert step.failures == []

    def statwt(vis: str) -> None:
        with log.open("a") as file:
            file.write("d\tWARN\tms::msselect\tField Expression: No match found\n")

    desk.wrap("statwt", statwt)("x.ms")
    assert len(step.failures) == 1


def test_the_results_of_the_calls_are_kept_for_the_checks(desk: Desk, step: Watched) -> None:
    task = desk.wrap("fluxscale", _Task())
    task("x.ms")
    task(vis="y.ms")
    assert step.results.of["fluxscale"] == [
        ({"vis": "x.ms"}, {"vis": "x.ms"}),
        ({"vis": "y.ms"}, {"vis": "y.ms"}),
    ]


def test_a_special_stands_in_for_its_task(step: Watched, told: Told) -> None:
    desk = Desk(str, {"flagmanager": lambda step, task, given: ("instead", given)})
    desk.step = step
    assert desk.wrap("flagmanager", _Task())("x.ms") == ("instead", {"vis": "x.ms"})


def test_the_wrappers_take_the_tasks_place_in_the_package_and_its_modules(
    desk: Desk, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, module = types.ModuleType("casa_x"), types.ModuleType("casa_x.gaincal")
    task = _Task()
    package.__dict__.update(
        __all__=["casalog", "gaincal", "gone", "version"], gaincal=task, casalog=str, version=str
    )
    module.__dict__["gaincal"] = task
    monkeypatch.setitem(sys.modules, "casa_x", package)
    monkeypatch.setitem(sys.modules, "casa_x.gaincal", module)
    wrappers = desk.install(package)
    assert list(wrappers) == ["gaincal"]
    assert package.__dict__["gaincal"] is module.__dict__["gaincal"] is wrappers["gaincal"]
    assert package.__dict__["casalog"] is str and package.__dict__["version"] is str


def test_arguments_are_named_as_far_as_they_were_given() -> None:
    assert arguments_of(_Task(), ("x.ms",), {"solint": 3}) == {"vis": "x.ms", "solint": 3}
    assert arguments_of(max, (1, 2), {"key": None}) == {"arg0": 1, "arg1": 2, "key": None}
