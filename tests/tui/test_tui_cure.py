"""The screen of findings and cures: what it shows, and that nothing is changed without a yes."""

from dataclasses import replace

import pytest
from casapilot.steps.checklist.model import State
from casapilot.steps.cures import Proposal
from casapilot.steps.diagnose.model import Finding, Severity
from casapilot.steps.errors import ControlError
from fake_session import EB, key

RADIOMETER = Finding(
    cause="bad-radiometer",
    severity=Severity.FAIL,
    eb=EB,
    item="bandpass",
    title="Radiometer of DV09 is out of order",
    antennas=("DV09",),
    evidence=("Largest rms of the path that a radiometer saw: DV09 616 um, above 500 um",),
    why="It reports path that the air does not have.",
    what_to_do="Flag the radiometer in the WVR step.",
    cures=("wvrflag",),
)
SHADOW = replace(RADIOMETER, cause="shadow", title="Antennas are [red]shadowed", severity=Severity.LOOK)
DIFF = "--- a/script.py\n+++ b/script.py\n@@ -1,2 +1,3 @@\n wvrgcal(vis = 'x.ms',\n+  wvrflag = ['DV09'],\n"
WVRFLAG = Proposal(
    kind="wvrflag",
    finding=RADIOMETER.id,
    eb=EB,
    title="Leave out the radiometer of DV09 (wvrflag)",
    why="Radiometer of DV09 is out of order: rms 616 um",
    item="bandpass",
    content=b"the script, changed",
    diff=DIFF,
    cost="nothing",
)
BY_HAND = replace(
    WVRFLAG,
    kind="refant",
    title="Take another reference",
    content=b"",
    diff="",
    todo="Edit it yourself.",
    cost="",
)
DONE = replace(
    WVRFLAG, kind="shadow", finding=SHADOW.id, title="Flag shadowed antennas", already=True, cost=""
)


@pytest.fixture(autouse=True)
def ill(session):
    session.accepted = []
    session.findings = lambda eb: (RADIOMETER, SHADOW)
    session.proposals = lambda eb, initials="": (WVRFLAG, BY_HAND, DONE)
    session.made_stale = lambda proposal: [key("bandpass"), key("gaincal")]
    session.order = [row.key for row in session.rows]

    def accept(proposal, initials=""):
        session.accepted.append((proposal.id, initials))
        return "0123456789abcdef"

    session.accept = accept
    return session


async def test_it_shows_findings_with_their_cures_and_the_diff_of_the_first(opened):
    async with opened(on="bandpass") as driven:
        await driven.press("C")
        for text in (
            "Radiometer of DV09 is out of order",
            "Leave out the radiometer of DV09 (wvrflag)",
            "+  wvrflag = ['DV09'],",
            "by hand",
            "in the script",
            "Stale then: Bandpass, Gains over time",
            "Takes away: nothing",
            "[red]shadowed",
        ):
            assert text in driven.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_it_looks_as_it_is_kept(opened, golden, size):
    async with opened(on="bandpass", size=size) as driven:
        await driven.press("C")
        golden(f"cure-{size[0]}x{size[1]}", driven.screen)


async def test_a_change_is_accepted_only_after_a_yes(opened, session):
    async with opened(on="bandpass") as driven:
        driven.app.remember_initials("XY")
        await driven.press("C", "enter")
        assert "Leave it" in driven.screen
        assert session.accepted == []
        await driven.press("n")
        assert session.accepted == []
        session.change("bandpass", state=State.STALE)
        await driven.press("enter", "y")
        assert session.accepted == [(WVRFLAG.id, "XY")]
        assert "committed as 0123456789; A runs on from Bandpass" in driven.screen


async def test_who_is_not_known_gives_initials_first(opened, session):
    async with opened(on="bandpass") as driven:
        await driven.press("C", "a")
        await driven.press("enter")
        assert session.accepted == []
        await driven.type("AB")
        await driven.press("enter")
        assert session.accepted == [(WVRFLAG.id, "AB")]


@pytest.mark.parametrize(
    ("down", "said"),
    [(1, "this is to be done by hand"), (3, "the script does so already"), (2, "these are the cures")],
)
async def test_what_cannot_be_accepted_says_why(opened, session, down, said):
    async with opened(on="bandpass") as driven:
        await driven.press("C", *["j"] * down, "enter")
        assert said in driven.screen
        assert session.accepted == []


async def test_what_is_left_gets_a_note(opened, session):
    noted = []
    session.note = lambda at, text: noted.append((at, text))
    async with opened(on="bandpass") as driven:
        await driven.press("C", "n")
        await driven.type("seen")
        await driven.press("enter")
    assert noted == [(key("bandpass"), f"{WVRFLAG.title}: left as it is: seen")]


async def test_a_refusal_of_the_session_is_shown_and_the_screen_stays(opened, session):
    def refuse(proposal, initials=""):
        raise ControlError("something of NGC5921 runs", "", "Let it end.")

    session.accept = refuse
    async with opened(on="bandpass") as driven:
        driven.app.remember_initials("XY")
        await driven.press("C", "enter", "y")
        assert "something of NGC5921 runs" in driven.screen
        await driven.press("q")
        assert "Cures" in driven.screen


async def test_escape_leaves_and_changes_nothing(opened, session):
    async with opened(on="bandpass") as driven:
        await driven.press("C", "escape")
        assert "Cures" not in driven.screen
        assert session.accepted == []


async def test_an_eb_that_is_well_says_so(opened, session):
    session.findings = lambda eb: ()
    session.proposals = lambda eb, initials="": ()
    async with opened(on="bandpass") as driven:
        await driven.press("C")
        assert "nothing is found wrong" in driven.screen
        await driven.press("enter")
        assert session.accepted == []


async def test_a_long_diff_is_read_in_the_other_pane(opened, session):
    long = replace(WVRFLAG, diff=DIFF + "".join(f"+line {n}\n" for n in range(60)))
    session.proposals = lambda eb, initials="": (long,)
    async with opened(on="bandpass") as driven:
        await driven.press("C", "tab", "G")
        assert "+line 59" in driven.screen
        await driven.press("tab", "j")
        assert "shadowed" in driven.screen


def accepting(session):
    """Let the script have what was accepted, and the items that rest on it be run again."""
    accept, made = session.accept, set()

    def proposals(eb, initials=""):
        first, *others = (replace(each, already=each.id in made) for each in (WVRFLAG, HARSH, SECOND))
        return (first, *others)

    def take(proposal, initials=""):
        made.add(proposal.id)
        session.change("bandpass", state=State.STALE)
        session.change("gaincal", state=State.STALE)
        return accept(proposal, initials)

    session.proposals, session.accept = proposals, take


HARSH = replace(WVRFLAG, kind="flag-antenna", title="Flag DV09 throughout", cost="5 % of the data")
SECOND = replace(WVRFLAG, kind="shadow", finding=SHADOW.id, title="Flag the shadowed", cost="")


async def test_what_would_take_the_place_of_an_accepted_cure_is_not_next(opened, session):
    session.rest()
    accepting(session)
    async with opened(on="bandpass") as driven:
        driven.app.remember_initials("XY")
        await driven.press("C")
        assert " or Flag DV09 throughout" in driven.screen
        assert "found: 2, to cure: 2" in driven.screen
        await driven.press("enter", "y", "enter", "y")
        assert [name for name, _ in session.accepted] == [WVRFLAG.id, SECOND.id]
        assert "to cure: 0" in driven.screen
        assert "rerun Radiometer of DV09" in driven.screen


async def test_a_second_cure_of_one_finding_is_warned_of(opened, session):
    session.rest()
    accepting(session)
    async with opened(on="bandpass") as driven:
        driven.app.remember_initials("XY")
        await driven.press("C", "enter", "y", "g", "j", "j", "enter")
        assert "mostly one is enough" in driven.screen


async def test_where_a_cure_was_no_help_the_next_is_the_one_to_take(opened, session):
    tried = replace(WVRFLAG, already=True, is_tried=True, diff="")
    second = replace(SECOND, finding=RADIOMETER.id)
    session.proposals = lambda eb, initials="": (tried, second)
    async with opened(on="bandpass") as driven:
        driven.app.remember_initials("XY")
        await driven.press("C")
        assert "was no help" in driven.screen and "to cure: 1" in driven.screen
        await driven.press("k", "enter")
        assert "see the next below it" in driven.screen
        await driven.press("j", "enter")
        assert "mostly one is enough" not in driven.screen
        await driven.press("y")
        assert session.accepted == [(second.id, "XY")]


async def test_the_help_tells_the_keys_of_the_cures_and_goes_back_there(opened, session):
    async with opened(on="bandpass") as driven:
        await driven.press("C", "question_mark")
        assert "Help: what is wrong, and cures" in driven.screen and "with a note of why" in driven.screen
        await driven.press("question_mark")
        assert "Radiometer of DV09" in driven.screen


async def test_it_goes_on_to_run_what_has_become_stale(opened, session):
    session.rest()
    accepting(session)
    async with opened(on="bandpass") as driven:
        driven.app.remember_initials("XY")
        await driven.press("C", "A")
        assert "nothing of this EB has to run" in driven.screen
        await driven.press("enter", "y", "A")
        assert "Cures" not in driven.screen
        names = next(asked[1] for asked in session.asked if asked[0] == "run")
        assert names[:2] == ("bandpass", "gaincal")


async def test_cures_open_from_an_item_of_the_whole_mous_too(opened, session):
    about = session.rows[0]
    session.rows = (replace(about, key=about.key._replace(eb="")), *session.rows[1:])
    async with opened() as driven:
        driven.main.items.go_to(0)
        await driven.press("C")
        assert "Radiometer of DV09" in driven.screen
