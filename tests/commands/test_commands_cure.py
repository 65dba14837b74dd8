"""casapilot cure: shown, as JSON, accepted by a word; refused where nobody has confirmed it."""

import json
from dataclasses import replace

import pytest
from casapilot.steps.cures import Proposal
from casapilot.steps.diagnose.model import Finding, Severity
from casapilot.steps.errors import ControlError
from casapilot.steps.run.session import Session
from casapilot.tui.cli import main

BAD = Finding(
    "bad-radiometer",
    Severity.FAIL,
    "NGC5921",
    "bandpass",
    "Radiometer of DV09 is \x1b[31mbad",
    antennas=("DV09",),
    evidence=("rms 616 um",),
)
NOTED = Finding("odd", Severity.NOTE, "NGC5921", "bandpass", "Odd, but harmless")
MARK = b"# XY 2026-11-22: cured\n"


def proposal(session, finding, kind="wvrflag", **more):
    eb = session.mous.ebs[0]
    content = eb.script.read_bytes()
    new = content if MARK in content else content.replace(b"# Bandpass", MARK + b"# Bandpass", 1)
    said = {"title": "Leave it out", "why": "rms 616 um", "item": "bandpass", "diff": "+# cured\n", **more}
    return Proposal(
        kind=kind,
        finding=finding.id,
        eb=eb.name,
        content=new if not more.get("todo") else b"",
        already=MARK in content,
        **said,
    )


@pytest.fixture(autouse=True)
def ill(monkeypatch):
    monkeypatch.setattr(Session, "findings", lambda self, eb: (BAD, NOTED))
    monkeypatch.setattr(
        Session,
        "proposals",
        lambda self, eb, initials="": (
            proposal(self, BAD),
            proposal(self, BAD, kind="refant", title="By yourself", todo="Edit it."),
            proposal(self, NOTED, kind="quack", title="Not needed"),
        ),
    )


def scripts(mous):
    return b"".join(path.read_bytes() for path in mous.rglob("*.py"))


def test_it_shows_what_is_wrong_and_what_may_cure_it(mous, capsys):
    assert main(["cure", str(mous)]) == 0
    out, err = capsys.readouterr()
    for text in (
        "NGC5921: Radiometer of DV09 is \\x1b[31mbad",
        "rms 616 um",
        "Leave it out",
        f"{BAD.id}/wvrflag",
        "By yourself (by hand)",
        "Edit it.",
    ):
        assert text in out
    assert "\x1b" not in out
    assert "+# cured" not in out
    assert "--accept" in err


def test_the_changes_are_shown_whole_when_asked_for(mous, capsys):
    assert main(["cure", "--diff", str(mous)]) == 0
    assert "+# cured" in capsys.readouterr().out


def test_as_json_it_says_all_of_it(mous, capsys):
    assert main(["cure", "--json", str(mous)]) == 0
    said = json.loads(capsys.readouterr().out)
    first, second = said["ebs"][0]["findings"]
    assert (said["format"], first["id"], second["severity"]) == (1, BAD.id, "note")
    assert first["proposals"][0]["id"] == f"{BAD.id}/wvrflag"
    assert set(first["proposals"][0]) == {
        "id", "kind", "title", "why", "cost", "item", "already", "is_tried", "action", "todo", "diff",
        "stale",
    }  # fmt: skip


def test_a_named_cure_is_accepted_without_being_asked(mous, capsys):
    assert main(["cure", f"{BAD.id}/wvrflag", "--accept", "--initials", "XY", str(mous)]) == 0
    assert scripts(mous).count(MARK) == 1
    assert "committed" in capsys.readouterr().err


def test_a_finding_stands_for_its_first_cure(mous, capsys):
    assert main(["cure", BAD.id, "--accept", "--json", str(mous)]) == 0
    accepted = json.loads(capsys.readouterr().out)["accepted"]
    assert [each["id"] for each in accepted] == [f"{BAD.id}/wvrflag"]


def test_accepting_again_says_that_it_is_done(mous, capsys):
    main(["cure", f"{BAD.id}/wvrflag", "--accept", str(mous)])
    assert main(["cure", f"{BAD.id}/wvrflag", "--accept", str(mous)]) == 0
    assert "is done so already" in capsys.readouterr().err
    assert scripts(mous).count(MARK) == 1


def test_a_cure_that_was_no_help_is_said_to_be_so_and_the_next_is_taken(mous, capsys, monkeypatch):
    def offered(self, eb, initials=""):
        tried = replace(proposal(self, BAD), content=b"", already=True, is_tried=True)
        return tried, proposal(self, BAD, kind="flag-antenna", title="Flag DV09")

    monkeypatch.setattr(Session, "proposals", offered)
    assert main(["cure", str(mous)]) == 0
    assert "Leave it out (was no help)" in capsys.readouterr().out
    assert main(["cure", "--accept", "--yes", str(mous)]) == 0
    told = capsys.readouterr().err
    assert "Flag DV09: committed" in told and "Leave it out" not in told


def test_everything_at_once_has_to_be_confirmed(mous, capsys):
    assert main(["cure", "--accept", str(mous)]) == 3
    assert MARK not in scripts(mous)
    assert main(["cure", "--accept", "--yes", str(mous)]) == 0
    assert MARK in scripts(mous)
    assert "Not needed" not in capsys.readouterr().err


def test_a_cure_that_is_a_persons_to_make_says_how_and_fails(mous, capsys):
    assert main(["cure", f"{BAD.id}/refant", "--accept", str(mous)]) == 1
    assert "Edit it." in capsys.readouterr().err


def test_a_refusal_is_told_and_counts(mous, capsys, monkeypatch):
    def refuse(self, proposal, initials=""):
        raise ControlError("something runs", "", "Let it end.")

    monkeypatch.setattr(Session, "accept", refuse)
    assert main(["cure", BAD.id, "--accept", str(mous)]) == 1
    assert "something runs" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["nosuch"], ["--eb", "X99"]])
def test_what_does_not_exist_is_refused_with_what_does(mous, capsys, words):
    assert main(["cure", *words, str(mous)]) == 2
    told = capsys.readouterr().err
    assert BAD.id in told or "NGC5921" in told


def test_an_eb_that_is_well_says_so(mous, capsys, monkeypatch):
    monkeypatch.setattr(Session, "findings", lambda self, eb: ())
    monkeypatch.setattr(Session, "proposals", lambda self, eb, initials="": ())
    assert main(["cure", str(mous)]) == 0
    assert main(["cure", "--accept", "--yes", str(mous)]) == 0
    assert "nothing" in capsys.readouterr().err
