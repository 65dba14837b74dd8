"""Notes are told, and only warnings make an item worth a look."""

from __future__ import annotations

import pytest
from casapilot.steps.record.runs import Measured, RunRecord, Warned
from casapilot.steps.run.evidence import of_checks
from casapilot.steps.run.snapshot import last_run


@pytest.mark.parametrize(
    ("warned", "looks"),
    [
        (Warned("a", "", "WARN", 1), True),
        (Warned("a", "", "TERMINAL", 1, "no-unflagged-data", note=True), False),
        (Warned("a", "", "SEVERE", 1, "leap-second-table", muted=True), False),
    ],
)
def test_a_note_or_a_muted_line_does_not_make_an_item_warned(warned: Warned, looks: bool) -> None:
    run = RunRecord(id="r", key="c/i@X1", start=1.0, end=2.0, status="done", warnings=(warned,))
    assert last_run(run).warned is looks


def test_a_check_that_is_not_met_brings_the_known_issue_it_can_mean() -> None:
    checks = [
        Measured("wvr_disc_um", "x.wvr", 700.0, "um", "look", "wvr_disc_um of x.wvr is 700 um (DA49 700 um)"),
        Measured("wvr_disc_um", "y.wvr", 900.0, "um", "fail", "again"),
        Measured("quack_percent", "x", 1.0, "%", "pass", "fine"),
        Measured("n_scans", "x", 0.0, "", "fail", "none"),
    ]
    (found,) = of_checks(checks)
    assert (found.known, found.level, found.count) == ("wvr-disc-large", "CHECK", 1)
    assert "DA49" in found.text and "wvrflag" in found.cure and not found.note
