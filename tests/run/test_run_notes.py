"""Notes are told, and only warnings make an item worth a look."""

from __future__ import annotations

import pytest
from casapilot.steps.record.runs import RunRecord, Warned
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
