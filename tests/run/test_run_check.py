"""An item without a step that only measures."""

from __future__ import annotations

import pytest
from casapilot.steps.checklist.model import Key, State
from casapilot.steps.mous.mous import Mous
from casapilot.steps.run.session import Session
from run_kit import EB, Site

pytestmark = pytest.mark.casa

CHECKS = """
[[item]]
id = "rows"
title = "All rows are in"
phase = "apriori"
kind = "check"
needs = ["import"]
[[item.check]]
metric = "n_rows"
of = "{ms}"
fail = FAIL
below = true
"""


def with_check(site: Site, fail: int) -> Site:
    """The MOUS with one more item in its checklist."""
    path = site.mous.checklist_folder / "vla-line.toml"
    path.write_text(path.read_text() + CHECKS.replace("FAIL", str(fail)))
    again = Site(site.root)
    again.session = Session(Mous.load(site.root))
    again.session.poll()
    return again


@pytest.mark.parametrize(("fail", "state"), [(22653, State.DONE), (30000, State.FAILED)])
def test_a_check_is_measured_recorded_and_committed(early: Site, fail: int, state: State) -> None:
    site = with_check(early, fail)
    site.session.run([Key("vla-line", "rows", EB)])
    site.wait_idle()
    row = site.row("rows")
    assert row.state is state
    assert row.run is not None and row.run.checks[0].value == 22653
    assert row.run.flagged_percent == pytest.approx(7.147, abs=0.001)
    entry = site.session.history()[0]
    assert (entry.item, entry.step, entry.status) == ("vla-line/rows", None, row.run.status)
