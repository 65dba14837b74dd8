import dataclasses

import pytest
from casapilot.steps.checklist.graph import Graph
from casapilot.steps.checklist.model import Checklist, Fact, Item, Kind, Per, State
from casapilot.steps.checklist.select import expand
from casapilot.steps.checklist.states import LastRun, Restored, Situation, Standing, blocked, resolve
from casapilot.steps.checklist.ticks import Choice, SignOff, Skip, Ticks, Unskip
from checklist_strategies import checklists, relaxed
from hypothesis import given
from hypothesis import strategies as st


def item(name, kind=Kind.RUN, **more):
    return Item(name, name.capitalize(), "p", kind, step=name if kind is Kind.RUN else "", **more)


CAL = Checklist(
    "cal", "", "", "", "",
    items=(
        item("about", Kind.NOTE),
        item("import"),
        item("wvr", when=(Fact("telescope", equals="ALMA"),)),
        item("bandpass", sign=True),
        item("look", Kind.MANUAL),
        item("scale", Kind.DECISION, choices=("keep", "redo")),
        item("gain", needs=("bandpass", "scale")),
        item("tidy", needs=("import",)),
        item("numbers", Kind.CHECK),
    ),
)  # fmt: skip
GRAPH = Graph([CAL], expand([CAL], ["X1"]))
ABOUT, IMPORT, WVR, BANDPASS, LOOK, SCALE, GAIN, TIDY, NUMBERS = GRAPH.keys

#: Everything was run in its order, ten seconds each; then signed and decided.
RUNS = {
    key: LastRun(start, start + 5, step_sha="a")
    for key, start in ((IMPORT, 10), (WVR, 20), (BANDPASS, 30), (GAIN, 50), (TIDY, 60), (NUMBERS, 70))
}
TICKS = Ticks((SignOff(LOOK, 40, "AB"), SignOff(BANDPASS, 40, "AB"), Choice(SCALE, 45, "keep")))
ALL_DONE = Situation(RUNS, TICKS, facts={"telescope": "ALMA"})


def changed(**more):
    """The states after a change of the situation in which all is done, without what is still done."""
    found = resolve(GRAPH, dataclasses.replace(ALL_DONE, **more))
    return {
        key.item: (each.state.value, each.detail)
        for key, each in found.items()
        if each.state is not State.DONE
    }


def rerun(key, **more):
    return {**RUNS, key: dataclasses.replace(RUNS[key], **more)}


def test_all_is_done_when_all_has_run_and_been_judged():
    found = resolve(GRAPH, ALL_DONE)
    assert {each.state for each in found.values()} == {State.DONE}
    assert list(found) == list(GRAPH.keys)
    assert found[SCALE] == Standing(State.DONE, "keep")


def test_at_the_beginning_everything_waits_for_what_it_needs():
    start = Situation(facts={"telescope": "ALMA"})
    found = resolve(GRAPH, start)
    assert found[ABOUT].state is State.DONE
    assert found[IMPORT] == Standing(State.TODO)
    assert found[WVR] == Standing(State.TODO, "needs Import")
    assert found[GAIN] == Standing(State.TODO, "needs Bandpass, Scale")
    assert blocked(IMPORT, GRAPH, found, start) == ""
    assert blocked(GAIN, GRAPH, found, start) == "needs Bandpass, Scale"
    assert blocked(LOOK, GRAPH, found, start) == "needs Bandpass"


@pytest.mark.parametrize(
    ("run", "standing"),
    [
        ({"warned": True}, ("warned", "")),
        ({"status": "failed", "reason": "no data"}, ("failed", "no data")),
        ({"status": "failed"}, ("failed", "its step failed")),
        ({"status": "interrupted"}, ("failed", "stopped by you")),
        ({"status": "lost"}, ("lost", "its CASA process died")),
        ({"status": "running", "end": None}, ("lost", "its CASA process died")),
        ({"checks_failed": True}, ("failed", "a check was not met")),
        ({"status": "failed", "checks_failed": True, "reason": "rms is 3"}, ("failed", "rms is 3")),
    ],
)
def test_how_a_run_ended_is_its_state(run, standing):
    assert changed(runs=rerun(TIDY, **run)) == {"tidy": standing}


def test_an_item_that_runs_now_is_running_and_what_rests_on_it_is_not_up_to_date():
    found = changed(running=(GAIN,))
    assert found["gain"] == ("running", "")
    assert changed(running=(BANDPASS,))["gain"] == ("stale", "Bandpass is running again")


def test_what_rests_on_an_item_that_ran_again_is_stale():
    found = changed(runs=rerun(BANDPASS, start=100, end=105))
    assert found == {
        "look": ("stale", "Bandpass ran again later"),
        "scale": ("stale", "Bandpass ran again later"),
        "gain": ("stale", "Bandpass ran again later"),
    }


def test_through_any_number_of_needs():
    found = changed(runs=rerun(IMPORT, start=100, end=105))
    assert set(found) == {"wvr", "bandpass", "look", "scale", "gain", "tidy", "numbers"}
    assert {detail for _, detail in found.values()} == {"Import ran again later"}


def test_a_check_made_again_changes_nothing():
    assert changed(runs=rerun(NUMBERS, start=100, end=105)) == {}


def test_a_later_sign_off_or_run_is_up_to_date_again():
    ticks = Ticks(
        (*TICKS.entries, SignOff(LOOK, 110, "AB"), SignOff(BANDPASS, 110, "AB"), Choice(SCALE, 120, "redo"))
    )
    runs = {**rerun(BANDPASS, start=100, end=105), GAIN: LastRun(130, 135)}
    assert changed(runs=runs, ticks=ticks) == {}


def test_a_sign_off_given_while_it_still_ran_does_not_count():
    assert changed(runs=rerun(BANDPASS, start=39, end=41))["look"] == ("stale", "Bandpass ran again later")


def test_another_decision_makes_stale_what_rests_on_it():
    ticks = Ticks((*TICKS.entries, Choice(SCALE, 100, "redo")))
    assert changed(ticks=ticks) == {"gain": ("stale", "Scale was decided again later")}


def test_a_choice_that_is_not_offered_any_more_is_stale():
    ticks = Ticks((*TICKS.entries, Choice(SCALE, 46, "guess")))
    assert changed(ticks=ticks)["scale"] == ("stale", "guess is not a choice any more")


@pytest.mark.parametrize(
    ("sha", "words"), [("b", "its step was edited"), (None, "its step is gone from the script"), ("a", None)]
)
def test_an_item_whose_step_was_edited_is_stale_with_all_that_rests_on_it(sha, words):
    found = changed(step_shas={BANDPASS: sha})
    if words is None:
        assert found == {}
        return
    assert found["bandpass"] == ("stale", words)
    assert found["gain"] == ("stale", "rests on Bandpass, which is stale")
    assert "tidy" not in found


def test_flags_put_back_by_hand_make_the_item_and_what_rests_on_it_stale():
    found = changed(restored=[Restored(BANDPASS, 200, frozenset({"a.ms"}))])
    assert found["bandpass"] == ("stale", "its flags were put back")
    assert found["gain"] == ("stale", "the flags of before Bandpass were put back")
    assert "tidy" not in found and "import" not in found


def test_flags_put_back_at_the_start_of_its_own_last_run_do_not():
    assert changed(restored=[Restored(GAIN, 51, frozenset({"a.ms"}))]) == {}


def test_flags_of_a_later_item_in_the_same_ms_go_too_though_it_does_not_rest_on_it():
    restored = [Restored(BANDPASS, 200, frozenset({"a.ms"}))]
    same = changed(runs=rerun(TIDY, ms=frozenset({"a.ms"})), restored=restored)
    assert same["tidy"] == ("stale", "the flags of before Bandpass were put back")
    assert "tidy" not in changed(runs=rerun(TIDY, ms=frozenset({"b.ms"})), restored=restored)
    earlier = changed(runs=rerun(IMPORT, ms=frozenset({"a.ms"})), restored=restored)
    assert "import" not in earlier


def test_what_does_not_apply_is_skipped_and_holds_nothing_up():
    start = Situation({IMPORT: RUNS[IMPORT]}, facts={"telescope": "VLA"})
    found = resolve(GRAPH, start)
    assert found[WVR] == Standing(State.SKIPPED, "does not apply: the telescope is VLA")
    assert found[BANDPASS] == Standing(State.TODO)
    assert blocked(BANDPASS, GRAPH, found, start) == ""
    assert blocked(WVR, GRAPH, found, start) == "does not apply: the telescope is VLA"


def test_what_is_skipped_is_looked_through():
    found = resolve(GRAPH, Situation(facts={"telescope": "VLA"}))
    assert found[BANDPASS] == Standing(State.TODO, "needs Import")


def test_what_is_not_known_applies_and_says_so():
    found = resolve(GRAPH, Situation({IMPORT: RUNS[IMPORT]}))
    assert found[WVR] == Standing(State.TODO, "the telescope is not known")


def test_a_skip_counts_until_the_item_runs_or_it_is_taken_back():
    skip = Skip(GAIN, 100, "none needed")
    assert changed(ticks=Ticks((*TICKS.entries, skip))) == {"gain": ("skipped", "none needed")}
    assert changed(ticks=Ticks((*TICKS.entries, skip, Unskip(GAIN, 110)))) == {}
    assert changed(ticks=Ticks((*TICKS.entries, Skip(GAIN, 49, "x")))) == {}


def test_a_failed_item_can_be_skipped_and_the_rest_goes_on():
    runs = rerun(IMPORT, status="failed")
    assert changed(runs=runs, ticks=Ticks((*TICKS.entries, Skip(IMPORT, 100, "x")))) == {
        "import": ("skipped", "x")
    }


def test_a_person_may_sign_a_check_that_was_not_met():
    runs = rerun(BANDPASS, checks_failed=True)
    assert changed(runs=runs) == {"bandpass": ("warned", "a check was not met; signed by AB")}
    again = rerun(BANDPASS, checks_failed=True, start=100, end=105)
    assert changed(runs=again)["bandpass"] == ("failed", "a check was not met")


def test_a_person_cannot_sign_a_step_that_failed():
    assert changed(runs=rerun(BANDPASS, status="failed"))["bandpass"] == ("failed", "its step failed")


def test_what_is_to_be_signed_says_so_until_it_is():
    unsigned = Ticks(tuple(each for each in TICKS.entries if each.key != BANDPASS))
    assert resolve(GRAPH, dataclasses.replace(ALL_DONE, ticks=unsigned))[BANDPASS].detail == "not signed yet"
    later = rerun(BANDPASS, start=100, end=105)
    found = resolve(GRAPH, dataclasses.replace(ALL_DONE, runs=later))
    assert found[BANDPASS] == Standing(State.DONE, "signed before it ran again")


def test_something_stale_or_failed_holds_up_what_rests_on_it():
    for run in ({"step_sha": "old"}, {"status": "failed"}):
        now = dataclasses.replace(ALL_DONE, runs=rerun(BANDPASS, **run), step_shas={BANDPASS: "a"})
        assert blocked(GAIN, GRAPH, resolve(GRAPH, now), now).startswith("needs Bandpass")
        assert blocked(BANDPASS, GRAPH, resolve(GRAPH, now), now) == ""


def test_an_item_without_its_step_or_that_runs_is_blocked():
    now = dataclasses.replace(ALL_DONE, step_shas={TIDY: None}, running=(GAIN,))
    found = resolve(GRAPH, now)
    assert blocked(TIDY, GRAPH, found, now) == 'the script has no step "tidy"'
    assert blocked(GAIN, GRAPH, found, now) == "it is running"
    assert blocked(NUMBERS, GRAPH, found, now) == "needs Tidy"


def test_an_item_of_the_mous_waits_for_each_eb_and_names_it():
    checklist = Checklist("c", "", "", "", "", items=(item("split"), item("combine", per=Per.MOUS)))
    graph = Graph([checklist], expand([checklist], ["X1", "X2"]))
    first, second, both = graph.keys
    now = Situation({first: LastRun(1, 2)})
    assert resolve(graph, now)[both].detail == "needs Split (X2)"
    now = Situation({first: LastRun(1, 2), second: LastRun(30, 35), both: LastRun(10, 15)})
    assert resolve(graph, now)[both] == Standing(State.STALE, "Split (X2) ran again later")
    assert resolve(graph, now)[second].state is State.DONE


def test_what_rests_on_what():
    assert GRAPH.rests_on(GAIN) == (IMPORT, WVR, BANDPASS, SCALE)
    assert GRAPH.needs(NUMBERS) == (TIDY,)


@relaxed
@given(checklists(), st.data())
def test_running_what_is_not_done_in_order_ends_with_nothing_to_do(checklist, data):
    """From any past, one pass over the list brings every item that is not blocked up to date."""
    graph = Graph([checklist], expand([checklist], ["X1", "X2"]))
    no_step = frozenset(key for key in graph.keys if graph.items[key].optional and data.draw(st.booleans()))
    times = st.integers(1, 100).map(float)
    status = st.sampled_from(["done", "failed", "interrupted", "lost"])
    runs = {
        key: LastRun(start := data.draw(times), start + 1, data.draw(status), step_sha="old")
        for key in graph.keys
        if graph.items[key].kind in (Kind.RUN, Kind.CHECK) and data.draw(st.booleans())
    }
    entries = [Skip(key, data.draw(times), "x") for key in graph.keys if data.draw(st.booleans())]
    now, shas = 1000.0, dict.fromkeys(graph.keys, "new")
    for key in graph.keys:
        situation = Situation(runs, Ticks(tuple(entries)), shas, no_step=no_step)
        found = resolve(graph, situation)
        if found[key].state in (State.DONE, State.SKIPPED) or blocked(key, graph, found, situation):
            continue
        now += 10
        entries += [SignOff(key, now, "AB")]
        if graph.items[key].choices:
            entries += [Choice(key, now, graph.items[key].choices[0])]
        if graph.items[key].kind in (Kind.RUN, Kind.CHECK):
            runs[key] = LastRun(now, now + 5, step_sha="new")
    situation = Situation(runs, Ticks(tuple(entries)), shas, no_step=no_step)
    found = resolve(graph, situation)
    assert {each.state for each in found.values()} <= {State.DONE, State.SKIPPED}
