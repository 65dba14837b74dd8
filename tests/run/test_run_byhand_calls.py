"""Calls typed by hand: read as literals and nothing else, written so that they can be pasted."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from casapilot.steps.errors import UsageError
from casapilot.steps.record.message import Message, format_message, parse_message
from casapilot.steps.run.taskcall import (
    TaskCall,
    folded,
    literal,
    loose_literal,
    parse_call,
    pasted,
)
from casapilot.steps.run.tasklist import ParamInfo, TaskInfo, TaskList
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.sampled_from(["vis", "caltable", "spw", "field", "gaintable", "minsnr", "reason"])
WORDS = st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=140)
PLAIN = st.one_of(WORDS, st.integers(-9999, 9999), st.booleans(), st.floats(-1e6, 1e6), st.none())
VALUES = st.one_of(PLAIN, st.lists(PLAIN, max_size=4), st.lists(st.lists(st.integers(0, 9)), max_size=3))
CALLS = st.builds(TaskCall, st.just("gaincal"), st.dictionaries(NAMES, VALUES, max_size=6))

GAINCAL = TaskInfo(
    "gaincal",
    parameters=(
        ParamInfo("vis", "''", "path"),
        ParamInfo("spw", "''", "any"),
        ParamInfo("gaintype", "'G'", "string", allowed=("'G'", "'T'")),
        ParamInfo("calwt", "True", "bool"),
    ),
)


@given(CALLS)
def test_what_is_written_reads_back(call: TaskCall) -> None:
    assert parse_call(call.text) == call
    assert parse_call(folded(call)) == call
    assert parse_call(pasted(call)) == call


@given(CALLS)
def test_a_call_can_be_pasted_out_of_the_history(call: TaskCall) -> None:
    body = parse_message(format_message(Message("s", pasted(call), action="task"))).body
    assert parse_call(body) == call


@given(WORDS)
def test_no_text_is_ever_executed(text: str) -> None:
    try:
        call = parse_call(text)
    except UsageError:
        return
    assert isinstance(ast.parse(text.strip(), mode="eval").body, ast.Call)
    assert all(not callable(value) for value in call.arguments.values())


@pytest.mark.parametrize(
    "text",
    [
        "os.system('ls')",
        "flagdata(vis=open('x'))",
        "flagdata(vis='a' + 'b')",
        "flagdata(vis=x)",
        "flagdata(*['a'])",
        "flagdata(**{'vis': 'a'})",
        "flagdata(vis='a', vis='b')",
        "flagdata('a'); flagdata('b')",
        "lambda: 1",
        "flagdata(vis=[x for x in 'a'])",
        "flagdata",
        "flagdata(",
        "",
        "a" * 100_000 + "(",
    ],
)
def test_anything_but_one_call_with_literals_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_call(text)
    assert raised.value.todo


def test_a_name_without_quotes_is_told_how_to_be_quoted() -> None:
    with pytest.raises(UsageError, match="mode=summary is not a value") as raised:
        parse_call("flagdata(mode=summary)")
    assert "mode='summary'" in raised.value.todo


@pytest.mark.parametrize(
    ("text", "value"), [("T", True), ("F", False), ("-3", -3), ("['a', 1]", ["a", 1]), ("(1,)", (1,))]
)
def test_a_literal_is_what_casas_prompt_takes_for_it(text: str, value: Any) -> None:
    assert literal(text) == value


@pytest.mark.parametrize(
    ("text", "name", "kind", "value"),
    [
        ("17,19", "spw", "any", "17,19"),
        ("9", "spw", "any", "9"),
        ("x.ms", "vis", "path", "x.ms"),
        ("3", "minblperant", "int", 3),
        ("3.5", "minsnr", "double", 3.5),
        ("True", "append", "bool", True),
        ("['a','b']", "gaintable", "stringVec", ["a", "b"]),
        ("a.table", "gaintable", "stringVec", "a.table"),
        ("60", "solint", "any", 60),
        ("inf", "solint", "any", "inf"),
        ("'17'", "solint", "any", "17"),
    ],
)
def test_a_word_of_the_shell_has_the_type_that_casa_wants(
    text: str, name: str, kind: str, value: Any
) -> None:
    assert loose_literal(text, name, kind) == value


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("gaincal(vise='a')", "no parameter 'vise'"),
        ("gaincal(gaintype='X')", "is not allowed"),
        ("gaincal('a', vis='b')", "given twice"),
        ("gaincal('a', 'b', 'G', True, 5)", "takes 4 values"),
        ("gaincal(1)", "vis=1 is not a text"),
    ],
)
def test_a_call_is_checked_before_it_is_asked_for(call: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        GAINCAL.checked(parse_call(call))


def test_values_by_place_get_names_and_numbers_that_select_become_texts() -> None:
    checked = GAINCAL.checked(parse_call("gaincal('a.ms', 9, calwt=T)"))
    assert checked.text == "gaincal(vis='a.ms', spw='9', calwt=True)"


def test_an_unknown_task_is_told_the_nearest() -> None:
    tasks = TaskList({"gaincal": GAINCAL})
    with pytest.raises(UsageError, match="no CASA task 'gaincl'") as raised:
        tasks.task("gaincl")
    assert "gaincal" in raised.value.todo
