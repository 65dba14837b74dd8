"""The catalogue of known issues of ALMA reductions is covered: by lines, calls, checks, or in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.checklist.metrics import METRICS
from casapilot.steps.errors import ChecklistError
from casapilot.steps.watch.known import KnownIssue, Severity
from casapilot.steps.watch.known_read import load_known, read_issues
from casapilot.steps.watch.watch import Watcher

OURS = load_known()
#: So many numbers has the catalogue (reference alma-reduction 4.4).
CATALOGUE = range(1, 125)
#: Lines of clean reductions of simulated ALMA blocks (12m, 7m), each kind once: L of a log, T of a terminal.
CLEAN = (Path(__file__).parent / "clean-alma.txt").read_text().splitlines()

HEAD = '[[issue]]\nid = "x"\ntitle = "t"\nseverity = "warn"\ncause = "c"\ncure = "d"\nsource = "s"\n'


def ids(found: tuple[KnownIssue, ...]) -> list[str]:
    return [issue.id for issue in found]


def test_each_number_of_the_catalogue_has_an_issue() -> None:
    assert {number for issue in OURS.issues for number in issue.ki} == set(CATALOGUE)


def test_what_nothing_shows_says_where_it_comes_up() -> None:
    silent = [issue for issue in OURS.issues if not issue.can_be_met]
    assert silent and all(issue.stage and issue.severity is Severity.NOTE for issue in silent)


def test_checks_that_mean_an_issue_exist() -> None:
    named = {issue.metric for issue in OURS.issues if issue.metric}
    assert named and named <= set(METRICS)
    assert ids(OURS.of_check("wvr_disc_um")) == ["wvr-disc-large"] and OURS.of_check("n_scans") == ()


@pytest.mark.parametrize(
    ("task", "given", "casa", "expected"),
    [
        ("tclean", {"parallel": True, "savemodel": "modelcolumn"}, "6.7.0-31", ["savemodel-parallel"]),
        ("tclean", {"parallel": False, "savemodel": "modelcolumn"}, "6.7.0-31", []),
        ("tclean", {"gridder": "mosaic", "mosweight": True}, "5.1.1-5", ["mosaic-5-3"]),
        ("tclean", {"gridder": "mosaic", "mosweight": True}, "5.3.0-143", ["mosaic-5-3"]),
        ("tclean", {"gridder": "mosaic", "mosweight": True}, "5.4.0-70", []),
        ("tclean", {"gridder": "mosaic", "mosweight": True}, "5.1.0", []),
        ("tclean", {"usemask": "pb"}, "6.5", ["pbmask-default"]),
        ("tclean", {"usemask": "pb", "pbmask": 0.3}, "6.5", []),
        ("split", {"correlation": "YY,XX"}, "", ["correlation-order"]),
        ("mstransform", {"correlation": "YY,XX"}, "", ["correlation-order"]),
        ("split", {"correlation": "XX,YY"}, "", []),
        ("gaincal", {"append": True}, "6.4.0-16", ["gaincal-append-new"]),
        ("gaincal", {"append": True}, "6.7.0-31", []),
        ("cvel", {}, "", ["cvel-ephemeris"]),
    ],
)
def test_a_call_is_known_by_what_it_is_given(
    task: str, given: dict[str, Any], casa: str, expected: list[str]
) -> None:
    assert ids(OURS.of_call(task, given, "null", casa)) == expected


def test_a_call_is_known_by_what_it_returned() -> None:
    issue = read_issues(HEAD + 'call = "tclean"\nreturned = "\\"stopcode\\": [45]"\n', "f")[0]
    assert issue.has_call("tclean", {}, '{"stopcode": 4}', "")
    assert not issue.has_call("tclean", {}, '{"stopcode": 2}', "")


@pytest.mark.parametrize(
    ("more", "line", "says"),
    [
        ('stage = "imagin"', 8, "'imaging'"),
        ('ki = "45"\nstage = "data"', 8, "list of numbers"),
        ('call = "x"\ngiven = "y"', 9, "table of parameters"),
        ('call = "x"\nversions = "new"', 9, "5.1.1-5.3"),
        ('call = "x"\nreturned = "(a+)+"', 9, "slow"),
        ("unconfirmed = 1", 8, "true or false"),
        ("", 2, "what shows it is missing"),
    ],
)
def test_what_is_wrong_in_an_entry_is_said_with_its_line(more: str, line: int, says: str) -> None:
    with pytest.raises(ChecklistError) as found:
        read_issues(HEAD + more + "\n", "f.toml")
    assert found.value.where == f"f.toml:{line}" and says in f"{found.value.what} {found.value.todo}"


def test_clean_reductions_of_alma_data_have_no_issue_to_look_at() -> None:
    watcher = Watcher(OURS)
    for line in CLEAN:
        watcher.feed("log" if line[0] == "L" else "terminal", line[2:])
    found = {name: OURS.get(name) for name in watcher.known_counts}
    loud = [
        name for name, issue in found.items() if issue and issue.severity in (Severity.WARN, Severity.FAIL)
    ]
    assert len(CLEAN) > 300 and not loud and watcher.quiet_failures == ()
