"""alma-calibration.toml: its items find their steps in the scripts of every generator, and speak plainly."""

from __future__ import annotations

import re

import pytest
from casapilot.steps.checklist.freeze import freeze, load_frozen
from casapilot.steps.checklist.load import find_checklist, load_checklist
from casapilot.steps.checklist.model import Item, Kind, Per
from casapilot.steps.checklist.render import show
from casapilot.steps.checklist.words import GOAL, SITE, texts_of
from casapilot.steps.script import Script
from hypothesis import given, settings
from hypothesis import strategies as st

ALMA = load_checklist(find_checklist("alma-calibration"))
STEPS = [item for item in ALMA.items if item.step]

BEGIN = ("Import of the ASDM",)
SYSCAL = ("Fix of SYSCAL table times",)
PLANETS = ("Running fixplanets on fields with 0,0 coordinates",)
LISTED = ("listobs", "A priori flagging")
OLD_WVR = ("Generation and time averaging of the WVR cal table",)
WVR = ("Generation of the WVR cal table",)
TSYS = ("Generation of the Tsys cal table",)
ANTPOS = ("Generation of the antenna position cal table",)
ALL_THREE = ("Application of the WVR, Tsys and antpos cal tables",)
SOLVED = (
    "Initial flagging",
    "Putting a model for the flux calibrator(s)",
    "Save flags before bandpass cal",
    "Bandpass calibration",
    "Save flags before gain cal",
)
GAIN = ("Gain calibration",)
APPLIED = (
    "Save flags before applycal",
    "Application of the bandpass and gain cal tables",
    "Split out corrected column",
)
SAVED = ("Save flags after applycal",)
AVERAGED = ("Split out science SPWs and time average",)
CLEARED = ("Listobs, clear pointing table, and save original flags",)
KEPT = ("Split out science SPWs", "Listobs, and save original flags")
NEW = (*BEGIN, *LISTED, *WVR, *TSYS)

#: Titles as the generators of the years wrote them, in their order.
SCRIPTS = {
    "CASA 4.2": (*BEGIN, *LISTED, *OLD_WVR, *TSYS, *ANTPOS, *ALL_THREE, *AVERAGED, *CLEARED, *SOLVED, *GAIN,
                 *APPLIED),
    "CASA 4.2, old comma": (*BEGIN, *SYSCAL, *LISTED, *OLD_WVR, *TSYS, *ANTPOS, *ALL_THREE, *AVERAGED,
                            "Listobs, clear pointing table and save original flags", *SOLVED, *GAIN,
                            *APPLIED),
    "CASA 4.5, planets": (*BEGIN, *SYSCAL, *PLANETS, *LISTED, *OLD_WVR, *TSYS, *ANTPOS, *ALL_THREE, *AVERAGED,
                          *CLEARED, *SOLVED, *GAIN, *APPLIED, *SAVED),
    "CASA 5.6": (*BEGIN, *SYSCAL, *LISTED, *OLD_WVR, *TSYS, *ANTPOS, *ALL_THREE, *AVERAGED, KEPT[1],
                 *SOLVED, *GAIN, *APPLIED, *SAVED),
    "without corrections": (*BEGIN, *SYSCAL, *LISTED, *WVR, *TSYS,
                            "Application of the WVR and Tsys cal tables", *KEPT, *SOLVED, *GAIN, *APPLIED,
                            *SAVED),
    "7m": (*BEGIN, *SYSCAL, *LISTED, *TSYS, *ANTPOS, "Application of the Tsys and antpos cal tables", *KEPT,
           *SOLVED, *GAIN, *APPLIED, *SAVED),
    "7m, without corrections": (*NEW[:3], *TSYS, "Application of the Tsys cal table", *KEPT, *SOLVED, *GAIN,
                                *APPLIED, *SAVED),
    "generator 2.18": (*NEW, *ANTPOS, *ALL_THREE, *KEPT, *SOLVED, *GAIN, "Renormalization", APPLIED[0],
                       "Application of the bandpass and gain cal tables and the renorm table", *APPLIED[2:],
                       *SAVED, "Generate QA2 Report"),
    "CASA 6.4": (*NEW, *ANTPOS, *ALL_THREE, *KEPT, *SOLVED, *GAIN, *APPLIED[:2], "Run renormalization",
                 *APPLIED[2:], *SAVED, "Generate QA2 Report"),
    "band to band": (*NEW, *ANTPOS, *ALL_THREE, *KEPT, *SOLVED, "B2B Gain calibration Part I",
                     "B2B Gain calibration Part II", *APPLIED, *SAVED),
    "bandpass of another EB": (*NEW, *ANTPOS, *ALL_THREE, *KEPT, *SOLVED[:2], *SOLVED[4:], *GAIN, *APPLIED,
                               *SAVED),
}  # fmt: skip
#: In that one there is no bandpass to solve: a person skips the item, with the reason.
WITHOUT_BANDPASS = "bandpass of another EB"


def script(titles: tuple[str, ...]) -> Script:
    """A script with steps of these titles."""
    named = ",\n              ".join(f"{n}: {title!r}" for n, title in enumerate(titles))
    text = f"thesteps = []\nstep_title = {{{named}}}\n\n"
    for n, title in enumerate(titles):
        text += f"# {title}\nmystep = {n}\nif(mystep in thesteps):\n  print('step ', mystep)\n\n"
    return Script.parse(text.encode(), "X.ms.scriptForCalibration.py")


def matching(item: Item, found: Script) -> list[str]:
    return [step.name for step in found.steps if re.search(item.step, step.name, re.IGNORECASE)]


@pytest.mark.parametrize("generator", SCRIPTS)
def test_each_item_finds_its_one_step_and_each_step_has_its_one_item(generator: str) -> None:
    found = script(SCRIPTS[generator])
    assert len(found.steps) == len(SCRIPTS[generator])
    taken: list[str] = []
    for item in STEPS:
        names = matching(item, found)
        assert len(names) == 1 or (not names and (item.optional or generator == WITHOUT_BANDPASS)), item.id
        if names:
            assert found.step_by_title(item.step).name == names[0]
        taken += names
    assert sorted(taken) == sorted(SCRIPTS[generator])


@pytest.mark.parametrize("generator", SCRIPTS)
def test_the_items_come_in_the_order_of_the_steps(generator: str) -> None:
    found = script(SCRIPTS[generator])
    names = [name for item in STEPS for name in matching(item, found)]
    assert names == [step.name for step in found.steps]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(SCRIPTS)),
    st.sampled_from(["", " ", " (+plots)", " (+ plots)", "  "]),
    st.sampled_from(["", " "]),
    st.sampled_from([str, str.lower, str.upper]),
)
def test_blanks_suffixes_and_case_change_nothing(generator, after, before, case) -> None:
    titles = tuple(before + case(title) + after for title in SCRIPTS[generator])
    found = script(titles)
    for item in STEPS:
        plain = len(matching(item, script(SCRIPTS[generator])))
        assert len(matching(item, found)) == plain, item.id


def test_a_remark_of_a_person_behind_a_title_changes_nothing() -> None:
    found = script(("Initial flagging *incl. baselines <33m*", "Gain calibration (2nd try)"))
    assert [matching(ALMA.item(name), found) for name in ("initial-flags", "gain")] == [
        ["Initial flagging *incl. baselines <33m*"],
        ["Gain calibration (2nd try)"],
    ]


def test_everything_is_told_to_a_colleague_in_their_first_week() -> None:
    for item in ALMA.items:
        assert len(item.why.split()) >= 12, item.id
        assert item.instead or item.kind is Kind.RUN, item.id
        assert item.look_for, item.id
        assert len(item.title) <= 36, item.id
        assert item.minutes is not None or item.kind is Kind.NOTE, item.id
    for check in (check for item in ALMA.items for check in item.check):
        assert check.source and check.help, check.metric
        assert check.warn is not None or check.note is not None, check.metric


def test_a_pause_has_five_to_nine_points() -> None:
    assert 7 <= len(ALMA.phases) <= 9
    for phase in ALMA.phases:
        assert phase.pause.endswith("?"), phase.id
        assert 5 <= len(phase.points) <= 9, phase.id


def test_only_settings_that_we_name_are_spoken_of() -> None:
    texts = [text for each in (*ALMA.phases, *ALMA.items) for _, text in texts_of(each)]
    named = {name for text in texts for name in re.findall(r"\{((?:site|goal)\.\w+)\}", text)}
    assert named <= {f"site.{name}" for name in SITE} | {f"goal.{name}" for name in GOAL}
    assert {"site.ticket", "goal.rms", "goal.beam"} <= named


def test_nothing_that_a_person_judges_holds_up_a_run() -> None:
    for item in ALMA.items:
        if item.kind is Kind.RUN:
            assert all(ALMA.item(need).kind is Kind.RUN for need in ALMA.needs_of(item)), item.id
        assert item.needs is not None, item.id


def test_numbers_to_look_at_do_not_stop_a_run() -> None:
    """What only a look can settle warns; only what makes all that follows worthless fails."""
    failing = {
        (item.id, check.metric) for item in ALMA.items for check in item.check if check.fail is not None
    }
    metrics = {metric for _, metric in failing}
    assert metrics <= {"n_antennas", "flagged_change", "flagged_percent"}


def test_a_phase_is_of_the_ebs_or_of_the_mous() -> None:
    for phase in ALMA.phases:
        assert len({item.per is Per.EB for item in ALMA.items if item.phase == phase.id}) == 1, phase.id


def test_shown_at_eighty_columns_nothing_sticks_out() -> None:
    for short in (False, True):
        lines = show(ALMA, short=short).splitlines()
        long = [line for line in lines if len(line) > 80 and max(map(len, line.split())) < 60]
        assert not long


def test_frozen_it_reads_back_the_same(tmp_path) -> None:
    freeze(["alma-calibration"], tmp_path, overlays=())
    (again,) = load_frozen(tmp_path)
    assert (again.items, again.phases) == (ALMA.items, ALMA.phases)
