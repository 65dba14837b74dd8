"""What differs from site to site, from goal to goal, from EB to EB stands in texts as a placeholder."""

from __future__ import annotations

import pytest
from casapilot.steps.checklist.graph import Graph
from casapilot.steps.checklist.load import check_file, load_checklist
from casapilot.steps.checklist.model import Checklist, Item, Kind, Phase, Reference
from casapilot.steps.checklist.render import show
from casapilot.steps.checklist.select import expand
from casapilot.steps.checklist.words import GOAL, SITE, tell, tell_checklist, wrong_word
from checklist_strategies import SHORT, relaxed_few, texts
from hypothesis import given
from hypothesis import strategies as st


def item(**more):
    return Item("a", "A", "p", Kind.MANUAL, **more)


def test_settings_of_the_site_and_names_of_the_eb_are_filled_in():
    words = {"site.ticket": "SCI-17", "ms": "X.ms", "goal.rms": "0.2 mJy"}
    told = tell(
        item(why="Say so in {site.ticket}.", look_for=("{ms}: {goal.rms}",), instead="rm {ms}"), words
    )
    assert (told.why, told.look_for, told.instead) == ("Say so in SCI-17.", ("X.ms: 0.2 mJy",), "rm X.ms")


def test_what_nobody_has_set_is_said_in_words():
    told = tell(
        item(why="Ask {site.manager}, {site.night_shift}; {goal.rms}, {goal.colour}."), {"site.manager": ""}
    )
    assert told.why == "Ask your data reduction manager, the night shift; the requested rms, the colour."


def test_a_reference_whose_address_is_not_set_is_left_out():
    ref = Reference("{site.guide}", "{site.guide_url}")
    assert tell(item(refs=(ref, Reference("a"))), {}).refs == (Reference("a"),)
    words = {"site.guide_url": "https://x.org"}
    assert tell(item(refs=(ref,)), words).refs[0].url == "https://x.org"


def test_braces_around_anything_else_stay():
    text = "spwmap={17: 19}, {}, f'{x[0]}', {ms}"
    assert tell(item(why=text), {}).why == text


def test_names_of_files_that_an_item_makes_stay_patterns():
    made = Item("a", "A", "p", Kind.RUN, step="x", why="{ms}", outputs=("{ms}.wvr",))
    assert tell(made, {"ms": "X.ms"}).outputs == ("{ms}.wvr",)


def test_each_eb_has_its_own_names_in_its_own_items():
    checklist = Checklist("c", "", "", "", "", items=(item(why="{ms}"),))
    graph = Graph([checklist], expand([checklist], ["X1", "X2"]), lambda key: {"ms": f"{key.eb}.ms"})
    assert [each.why for each in graph.items.values()] == ["X1.ms", "X2.ms"]


@pytest.mark.parametrize("text", ["{mss}", "{site.Ticket}", "{sites.ticket}", "{goal}", "{ms.__class__}"])
@pytest.mark.parametrize("place", ['pause = "Are', 'look_for = ["', 'why = """'])
def test_a_placeholder_that_stands_for_nothing_is_refused(write, place, text):
    (problem,) = check_file(write(SHORT.replace(place, f"{place}{text}")))
    assert f"{text} is not a placeholder" in problem.text


def test_the_points_of_a_pause_are_told_too(write):
    text = SHORT.replace('smooth?"', 'smooth?"\npoints = ["{site.ticket} is open", "{goal.rms} is known"]')
    shown = show(load_checklist(write(text)))
    assert (
        "smooth?\n  - the data reduction ticket of this MOUS is open\n  - the requested rms is known" in shown
    )


@relaxed_few
@given(st.lists(texts, max_size=4), st.sampled_from(["", "SCI-17", "\n"]), st.sampled_from(["", "0.1 mJy"]))
def test_told_texts_have_no_setting_left_and_are_else_the_same(look_for, ticket, rms):
    told = tell(item(look_for=tuple(look_for)), {"site.ticket": ticket, "goal.rms": rms, "ms": "{ms}"})
    for before, after in zip(look_for, told.look_for, strict=True):
        mended = before.replace("{site.ticket}", ticket or SITE["ticket"])
        assert after == mended.replace("{goal.rms}", rms or GOAL["rms"])


@given(st.text(st.sampled_from("{}ms.sitegoal_ ")))
def test_any_text_is_either_right_or_refused_with_what_to_do(text):
    wrong = wrong_word(text)
    assert wrong is None or wrong[0].startswith("{")


def test_phases_are_told_as_items_are():
    phase = Phase("p", "P", "Ask {site.expert}?", ("{mous}",))
    (told,) = tell_checklist(Checklist("c", "", "", "", "", phases=(phase,)), {"mous": "uid"}).phases
    assert (told.pause, told.points) == ("Ask an experienced reducer?", ("uid",))
