"""What holds for every cure of any script: it parses, differs only where it says so, and once is enough."""

import difflib

import pytest
from casapilot.steps.cures import KINDS
from casapilot.steps.script import Script
from cures_kit import CONTEXT, OURS, changed, first, found, parses, proposed, theirs, without
from hypothesis import given, settings
from hypothesis import strategies as st

ANTENNAS = ("DA41", "DA42", "DV02", "DV09")


@st.composite
def findings(draw, late=(17, 19, 21)):
    """Findings of all kinds at all sorts of places."""
    return found(
        draw(st.sampled_from(sorted(KINDS))),
        item=draw(st.sampled_from(["gain", "tsys", "bandpass", "apply-apriori", "suspects"])),
        antennas=tuple(draw(st.lists(st.sampled_from(ANTENNAS), unique=True, max_size=3))),
        spws=tuple(draw(st.lists(st.sampled_from(late), unique=True, max_size=3))),
        pols=tuple(draw(st.lists(st.sampled_from(["X", "Y"]), unique=True))),
        scans=tuple(draw(st.lists(st.integers(1, 11), unique=True, max_size=4))),
        fields=tuple(
            draw(
                st.lists(
                    st.sampled_from(["J0001", "J0002", "NGC1", "J0004", "4", "nobody"]),
                    unique=True,
                    max_size=2,
                )
            )
        ),
        value=draw(st.none() | st.floats(0.1, 300)),
        evidence=tuple(draw(st.lists(st.text(max_size=80), max_size=1))),
    )


texts = st.sampled_from([OURS, OURS.replace("\n", "\r\n"), theirs(), theirs().replace("\n", "\r\n")])
contexts = st.sampled_from(
    [
        CONTEXT,
        without(
            CONTEXT, scans=(), fields=(), windows=(), antennas=(), references=(), positions={}, fluxes=()
        ),
    ]
)


@settings(max_examples=100, deadline=None)
@given(findings(), texts, contexts)
def test_a_proposal_parses_as_before_and_accepting_it_twice_changes_nothing(finding, text, context):
    for proposal in proposed(finding, text, context):
        assert proposal.title
        assert proposal.content or proposal.action or proposal.todo
        if not proposal.content:
            continue
        before, after = Script.parse(text.encode()), Script.parse(proposal.content)
        assert [step.title for step in after.steps] == [step.title for step in before.steps]
        assert parses(proposal.content) == parses(text.encode())
        assert proposal.already == (proposal.content == text.encode())
        assert bool(proposal.diff) == (not proposal.already)
        again = [each for each in proposed(finding, proposal.content, context) if each.id == proposal.id]
        assert [each.already for each in again] == [True]


@settings(max_examples=50, deadline=None)
@given(findings(), st.sampled_from([OURS, theirs()]))
def test_every_change_is_marked_and_all_else_stays_byte_for_byte(finding, text):
    for proposal in proposed(finding, text):
        if not proposal.content or proposal.already:
            continue
        assert f"# XY {CONTEXT.date}: ".encode() in proposal.content
        old, new = text.encode().splitlines(True), proposal.content.splitlines(True)
        kept = sum(
            block.size
            for block in difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        )
        gone, _ = changed(text, proposal.content)
        assert kept == len(old) - len(gone)
        assert len(gone) <= 30


@settings(max_examples=50, deadline=None)
@given(findings(), findings())
def test_what_was_accepted_before_stays(one, other):
    """Two proposals compose: the second keeps what the first has brought."""
    for first_one in proposed(one)[:1]:
        if not first_one.content:
            continue
        for second in proposed(other, first_one.content)[:1]:
            if not second.content or one.cures == other.cures:
                continue
            marks = [line for line in first_one.content.splitlines() if b"# XY 2026-11-22" in line]
            assert all(mark.strip() in second.content for mark in marks)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_proposes_something_for_a_finding_that_says_where(kind):
    finding = found(
        kind,
        antennas=("DA42", "DV02"),
        spws=(17,),
        pols=("X",),
        scans=(4,),
        fields=("J0002",),
        item="gain",
        value=9.0,
    )
    proposal = first(finding)
    assert proposal.kind == kind
    assert proposal.id == f"{finding.id}/{kind}" + (f"-{proposal.name}" if proposal.name else "")


def test_evidence_never_breaks_out_of_its_comment():
    nasty = found("wvrflag", antennas=("DV09",), evidence=("x\nos.system('rm -rf /')\r\nprint 1",))
    content = first(nasty).content
    assert parses(content)
    assert not any(line.lstrip().startswith(b"os.system('rm -rf /')") for line in content.splitlines())


def test_a_change_of_many_calls_gives_its_reason_in_full_once():
    finding = found("refant", antennas=("DV02",), title="DV02 is dead", evidence=("no fringes in 12 scans",))
    marks = [line for line in first(finding).content.decode().splitlines() if "# XY" in line]
    assert len(marks) == 6
    assert sum("no fringes in 12 scans" in line for line in marks) == 1
    assert all("refant 'DV02' -> 'DV09': " in line for line in marks)
