"""The file of causes: whole, in words, and naming only what there is."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from casapilot.steps.checklist.load import load_checklist
from casapilot.steps.checklist.merge import SHIPPED
from casapilot.steps.checklist.metrics import METRICS
from casapilot.steps.checklist.toml import loads
from casapilot.steps.diagnose import Severity
from casapilot.steps.diagnose.causes import causes, read_causes
from casapilot.steps.diagnose.conditions import CONDITIONS
from casapilot.steps.errors import ChecklistError
from diagnose_kit import check, found, who

CAUSES = causes()
ISSUES = {
    each["id"]
    for each in loads((files("casapilot.checklists") / "known-issues.toml").read_text("utf-8"))["issue"]
}
GOOD = """
[[cause]]
id = "one"
title = "One"
severity = "look"
why = "Why."
todo = "Do."
"""


@pytest.mark.parametrize("cause", CAUSES, ids=lambda each: each.id)
def test_each_names_metrics_conditions_and_issues_that_there_are(cause) -> None:
    named = {pattern.partition(":")[0] for pattern in (*cause.shows, *cause.follows)}
    assert named <= METRICS.keys()
    assert set(cause.only) <= CONDITIONS.keys()
    assert set(cause.known) <= ISSUES


@pytest.mark.parametrize("cause", CAUSES, ids=lambda each: each.id)
def test_each_says_in_whole_sentences_why_and_what_to_do(cause) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cause.id)
    assert cause.why.endswith(".") and cause.todo.endswith((".", "?"))
    assert not re.sub(r"\{(antennas|fields|where|value)\}", "", cause.title).count("{")
    if cause.per == "antenna":
        assert "{antennas}" in cause.title
    else:
        assert not re.match(r"\{antennas\} (is|has|was)\b", cause.title), "they are several"


def test_each_can_be_found() -> None:
    by_others = {each.many for each in CAUSES} | {"unexplained", "poor-conditions"}
    assert [each.id for each in CAUSES if not (each.shows or each.known or each.id in by_others)] == []


def test_every_check_of_the_shipped_checklist_proves_some_cause() -> None:
    """Otherwise what it finds is "unexplained"."""
    checklist = load_checklist(SHIPPED / "alma-calibration.toml", overlays=())
    checks = {(check.metric, check.of) for item in checklist.items for check in item.check}
    patterns = [pattern.partition(":")[::2] for cause in CAUSES for pattern in cause.shows]
    proving = [
        (metric, of) for metric, of in checks for name, part in patterns if name == metric and part in of
    ]
    assert checks - set(proving) == set()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("", "cause"),
        ("cause = 3", "no list"),
        (GOOD + 'shwos = ["x"]', "shwos"),
        (GOOD.replace('why = "Why."', ""), "why"),
        (GOOD.replace('"look"', '"loud"'), "loud"),
        (GOOD + 'per = "baseline"', "per"),
        (GOOD + 'many = "none"', "none"),
        (GOOD + GOOD, "twice"),
    ],
)
def test_what_is_wrong_in_the_file_is_an_error_that_says_so(wrong: str, said: str) -> None:
    with pytest.raises(ChecklistError, match=said):
        read_causes(wrong, "causes.toml")


def test_a_narrow_window_is_looked_at_only_where_its_signal_is_too_low() -> None:
    """And a wide one with little signal is a matter of its calibrator."""
    narrow = check("window_snr_ratio", who("", 0.1, spws=[21]), limit=None, note=0.05)
    weak = check("flux_snr", who("", 9.0, spws=[21], field="J0001"), limit=8.0)
    wide = check("flux_snr", who("", 9.0, spws=[19], field="J0001"), limit=8.0)
    for checks, told in (
        ([narrow], [("low-snr-spw", Severity.NOTE, (21,))]),
        ([narrow, weak], [("low-snr-spw", Severity.LOOK, (21,))]),
        ([wide], [("weak-flux", Severity.LOOK, (19,))]),
    ):
        assert [(each.cause, each.severity, each.spws) for each in found(checks, *CAUSES)] == told
