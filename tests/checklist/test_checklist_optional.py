"""Items whose step only some scripts have, and items that run the whole script."""

from __future__ import annotations

import pytest
from casapilot.steps.checklist.graph import Graph
from casapilot.steps.checklist.load import check_file, load_checklist
from casapilot.steps.checklist.model import Checklist, Item, Key, Kind, State
from casapilot.steps.checklist.render import guided
from casapilot.steps.checklist.select import expand
from casapilot.steps.checklist.situation import LastRun, Situation, Standing
from casapilot.steps.checklist.states import NO_STEP, blocked, resolve
from casapilot.steps.checklist.ticks import Skip, Ticks
from checklist_strategies import SHORT, checklists, relaxed
from hypothesis import given
from hypothesis import strategies as st

CHECKLIST = Checklist(
    "cal", "", "", "", "",
    items=(
        Item("tsys", "Tsys", "p", Kind.RUN, step="Tsys"),
        Item("antpos", "Positions", "p", Kind.RUN, step="antenna position", optional=True),
        Item("apply", "Apply", "p", Kind.RUN, step="Application"),
        Item("clean", "Clean run", "p", Kind.RUN, whole=True),
    ),
)  # fmt: skip
GRAPH = Graph([CHECKLIST], expand([CHECKLIST], ["X1", "X2"]))
#: Only the script of X1 has the step.
LACKING = frozenset({Key("cal", "antpos", "X2")})


def test_an_optional_item_is_skipped_only_in_the_eb_whose_script_lacks_the_step():
    found = resolve(GRAPH, Situation(no_step=LACKING))
    assert found[Key("cal", "antpos", "X2")] == Standing(State.SKIPPED, "the script has no such step")
    assert found[Key("cal", "antpos", "X1")] == Standing(State.TODO, "needs Tsys")


def test_what_needs_a_skipped_item_waits_for_what_that_needs():
    waiting, ready = (
        Situation(no_step=LACKING),
        Situation({Key("cal", "tsys", "X2"): LastRun(1, 2)}, no_step=LACKING),
    )
    apply = Key("cal", "apply", "X2")
    assert blocked(apply, GRAPH, resolve(GRAPH, waiting), waiting) == "needs Tsys"
    assert blocked(apply, GRAPH, resolve(GRAPH, ready), ready) == ""
    other = Key("cal", "apply", "X1")
    assert blocked(other, GRAPH, resolve(GRAPH, ready), ready) == "needs Positions"


def test_an_item_that_is_not_optional_is_not_skipped_for_want_of_its_step():
    key = Key("cal", "tsys", "X1")
    now = Situation(step_shas={key: None}, no_step=frozenset({key}))
    assert resolve(GRAPH, now)[key].state is State.TODO
    assert blocked(key, GRAPH, resolve(GRAPH, now), now) == 'the script has no step "Tsys"'


def test_a_step_taken_out_of_the_script_leaves_nothing_stale_behind_it():
    runs = {Key("cal", name, "X2"): LastRun(n, n + 0.5) for n, name in enumerate(("tsys", "antpos", "apply"))}
    found = resolve(GRAPH, Situation(runs, no_step=LACKING))
    assert found[Key("cal", "antpos", "X2")].detail == NO_STEP
    assert found[Key("cal", "apply", "X2")].state is State.DONE


def test_an_edit_of_any_step_makes_the_run_of_the_whole_script_stale_and_nothing_else():
    keys = [key for key in GRAPH.keys if key.eb == "X1"]
    runs = {key: LastRun(n, n + 0.5, step_sha="old") for n, key in enumerate(keys)}
    shas = {**dict.fromkeys(keys, "old"), keys[-1]: "new"}
    stale = [
        key.item
        for key, each in resolve(GRAPH, Situation(runs, step_shas=shas)).items()
        if each.state is State.STALE
    ]
    assert stale == ["clean"]


@relaxed
@given(checklists(), st.data())
def test_whatever_has_happened_an_optional_item_without_its_step_is_skipped_and_cannot_run(checklist, data):
    graph = Graph([checklist], expand([checklist], ["X1", "X2"]))
    no_step = frozenset(key for key in graph.keys if data.draw(st.booleans()))
    runs = {
        key: LastRun(data.draw(st.floats(0, 9)), 10.0, data.draw(st.sampled_from(["done", "failed", "lost"])))
        for key in graph.keys
        if graph.items[key].kind is Kind.RUN and data.draw(st.booleans())
    }
    ticks = Ticks(tuple(Skip(key, 5.0, "x") for key in graph.keys if data.draw(st.booleans())))
    now = Situation(runs, ticks, no_step=no_step)
    found = resolve(graph, now)
    for key in graph.keys:
        if graph.items[key].optional and key in no_step:
            assert found[key].state is State.SKIPPED
            assert blocked(key, graph, found, now)
        elif found[key].detail == NO_STEP:
            raise AssertionError(f"{key} has its step or needs it")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('step = "Bandpass"', "whole = true", ""),
        ('step = "Bandpass"', 'step = "Bandpass"\noptional = true', ""),
        ('step = "Bandpass"', 'step = "Bandpass"\nwhole = true', "goes not with"),
        ('step = "Bandpass"', "whole = true\noptional = true", "goes not with"),
        ("sign = true", "whole = true", 'items of kind "run"'),
        ("sign = true", "optional = true", 'items of kind "run"'),
        ('step = "Bandpass"', "whole = 1", "true or false"),
    ],
)
def test_whole_and_optional_are_held_to_their_meaning(write, old, new, words):
    problems = [str(problem) for problem in check_file(write(SHORT.replace(old, new)))]
    assert [words in problem for problem in problems] == ([True] if words else [])


def test_what_it_runs_is_said(write):
    text = SHORT.replace('step = "Bandpass"', "whole = true").replace('"Import"', '"Import"\noptional = true')
    checklist = load_checklist(write(text))
    assert "Runs the whole script, from scratch." in guided(checklist.item("bandpass"))
    assert 'Runs the step "Import", where the script has it.' in guided(checklist.item("import"))
