"""Lines as CASA's prompt takes them, what they ask for, and what Tab makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from casapilot.steps.record.runs import FlagChange, RunRecord
from casapilot.steps.run.complete import Known, complete, known_of
from casapilot.steps.run.console import Ask, Console
from casapilot.steps.run.tasklist import ParamInfo, TaskInfo, TaskList
from hypothesis import given
from hypothesis import strategies as st

FLAGDATA = TaskInfo(
    "flagdata",
    "Flagging task",
    "flagging",
    parameters=(
        ParamInfo("vis", "''", "path", "Name of MS", must_exist=True),
        ParamInfo("mode", "'manual'", "string", "Mode", ("'manual'", "'summary'", "'clip'")),
        ParamInfo("antenna", "''", "any", "Antennas", under=(("mode", "'manual'", True),)),
        ParamInfo("spw", "''", "any", "Spws"),
        ParamInfo("clipminmax", "[]", "doubleVec", "Range", under=(("mode", "'clip'", True),)),
        ParamInfo("autocorr", "False", "bool", "Autocorrelations"),
    ),
)
GAINCAL = TaskInfo(
    "gaincal",
    "Temporal gains",
    "calibration",
    parameters=(ParamInfo("vis", "''", "path"), ParamInfo("gaintable", "[]", "stringVec")),
)
TASKS = TaskList({"flagdata": FLAGDATA, "gaincal": GAINCAL, "flagmanager": TaskInfo("flagmanager")})
KNOWN = Known(
    ("uid_X1.ms", "uid_X1.ms.split"),
    ("uid_X1.ms.wvr", "uid_X1.ms.tsys"),
    ("uid_X1.ms", "notes.txt"),
    {"uid_X1.ms": {"antenna": ["DA41", "DV01", "DV09"], "spw": ["17", "19"]}},
)


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(TASKS, tmp_path / "console" / "X1.json")


def test_inp_shows_the_parameters_that_matter_with_the_values_of_now(console: Console) -> None:
    answer = console.enter("inp flagdata")
    assert answer.title == "flagdata: Flagging task"
    assert [each.name for each in answer.params] == ["vis", "mode", "antenna", "spw", "autocorr"]
    console.enter("mode='clip'")
    shown = {each.name: each for each in console.enter("inp").params}
    assert "clipminmax" in shown and "antenna" not in shown
    assert shown["mode"].value == "'clip'" and shown["mode"].is_set and not shown["vis"].is_set
    assert shown["clipminmax"].depth == 1


def test_go_runs_what_is_set_and_matters_and_an_empty_line_says_what_that_is(console: Console) -> None:
    for line in ("flagdata", "vis='a.ms', antenna='DV01'", "spw=9"):
        assert not console.enter(line).wrong
    answer = console.enter("")
    assert answer.ask is Ask.NOTHING and answer.said == (
        "go runs: flagdata(vis='a.ms', antenna='DV01', spw='9')",
    )
    answer = console.enter("go")
    assert answer.ask is Ask.RUN and answer.call is not None
    assert answer.call.text == "flagdata(vis='a.ms', antenna='DV01', spw='9')"
    console.enter("mode='summary'")
    assert console.enter("go").call == console.call()
    assert "antenna" not in console.call().text


def test_values_are_kept_for_each_task_over_the_end_of_the_screen(console: Console, tmp_path: Path) -> None:
    console.enter("flagdata(vis='a.ms', mode='summary')")
    console.ran(console.call())
    console.enter("default")
    again = Console(TASKS, tmp_path / "console" / "X1.json")
    assert again.task is FLAGDATA and not again.values
    assert again.history == ["flagdata(vis='a.ms', mode='summary')", "default"]
    again.enter("tget")
    assert again.call().text == "flagdata(vis='a.ms', mode='summary')"
    assert again.enter("tget gaincal").wrong.startswith("gaincal has not been called by hand")


def test_another_task_begins_with_the_ms_of_the_last(console: Console) -> None:
    console.enter("flagdata")
    console.enter("vis='a.ms'")
    console.enter("inp gaincal")
    assert console.call().text == "gaincal(vis='a.ms')"


@pytest.mark.parametrize(
    ("line", "ask"),
    [
        ("help flagdata", Ask.HELP),
        ("flagdata?", Ask.HELP),
        ("? flagdata", Ask.HELP),
        ("undo", Ask.UNDO),
        ("script", Ask.SCRIPT),
        ("stop", Ask.STOP),
        ("go gaincal", Ask.RUN),
    ],
)
def test_a_word_asks_for_its_deed(console: Console, line: str, ask: Ask) -> None:
    console.enter("gaincal")
    answer = console.enter(line)
    assert answer.ask is ask and not answer.wrong


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("inp flagdat", "no CASA task 'flagdat'. Did you mean flagdata"),
        ("vise='a'", "no parameter 'vise'"),
        ("mode=summary", "Put a text in quotes"),
        ("mode='sum'", "not allowed"),
        ("import os", "not understood"),
        ("__import__('os')", "no CASA task"),
        ("x = 3; y = 4", "not a call"),
        ("tasks zzz", "no task holds"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(console: Console, line: str, words: str) -> None:
    console.enter("flagdata(vis='a.ms')")
    answer = console.enter(line)
    assert words in answer.wrong
    assert console.call().text == "flagdata(vis='a.ms')"


@given(st.text(max_size=60))
def test_any_line_has_an_answer(tmp_path_factory: pytest.TempPathFactory, line: str) -> None:
    console = Console(TASKS, tmp_path_factory.getbasetemp() / "any" / "X1.json")
    console.enter(line)
    complete(line, len(line), console, KNOWN)


def test_a_file_that_cannot_be_read_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "X1.json"
    for text in ("{", "[]", '{"history": 3}', '{"inputs": {"flagdata": {"vis": "open("}}, "last": 3}'):
        file.write_text(text)
        assert Console(TASKS, file).enter("flagdata").title


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("flagd", ("flagdata",)),
        ("inp g", ("gaincal",)),
        ("go fl", ("flagdata", "flagmanager")),
        ("flagdata(vi", ("vis=",)),
        ("flagdata(vis='uid_X1.ms', mo", ("mode=",)),
        ("flagdata(vis='uid_X1.ms', v", ()),
        ("flagdata(mode='su", ("'summary'",)),
        ("flagdata(autocorr=", ("True", "False")),
        ("flagdata(vis='split", ("'uid_X1.ms.split'",)),
        ("gaincal(gaintable=['uid_X1.ms.wvr', 'uid_X1.ms.t", ("'uid_X1.ms.tsys'",)),
        ("flagdata(vis='uid_X1.ms', antenna='DV", ("'DV01'", "'DV09'")),
        ("flagdata(vis='uid_X1.ms', antenna='DA41,DV0", ("'DA41,DV01'", "'DA41,DV09'")),
        ("flagdata(vis='uid_X1.ms', spw=", ("'17'", "'19'")),
        ("nosuch(vis=", ()),
    ],
)
def test_tab_knows_tasks_parameters_and_values(console: Console, line: str, words: tuple[str, ...]) -> None:
    found = complete(line, len(line), console, KNOWN)
    assert found.words == words
    for word in found.words:
        assert (line[: found.start] + word).startswith(line[: found.start])


def test_tab_on_a_parameter_of_the_chosen_task(console: Console) -> None:
    console.enter("flagdata")
    console.enter("vis='uid_X1.ms'")
    assert complete("an", 2, console, KNOWN).words == ("antenna=",)
    assert complete("antenna='DV", 11, console, KNOWN).words == ("'DV01'", "'DV09'")
    assert complete("mode=", 5, console, KNOWN).words == ("'manual'", "'summary'", "'clip'")


def test_what_is_known_comes_from_the_folder_and_the_records(tmp_path: Path) -> None:
    for name in ("x.ms", "x.ms.cal", "x.ms.flagversions"):
        (tmp_path / name).mkdir()
    (tmp_path / "x.ms" / "POLARIZATION").mkdir()
    (tmp_path / "x.ms.flagversions" / "flags.Before").mkdir()
    for name in ("x.ms", "x.ms.cal"):
        (tmp_path / name / "table.dat").touch()
    counts = {"antenna": {"DV10": 1, "DV2": 1}, "spw": {"3": 1}}
    run = RunRecord("r", "k", flags=(FlagChange("x.ms", counts, None),))
    known = known_of(tmp_path, [run])
    assert (known.mss, known.tables) == (("x.ms",), ("x.ms.cal",))
    assert known.versions == {"x.ms": ["Before"]}
    assert known.axes is not None and known.axes["x.ms"]["antenna"] == ["DV2", "DV10"]
