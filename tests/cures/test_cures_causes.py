"""The cures that causes name are cures that can be proposed."""

from __future__ import annotations

from casapilot.steps.cures import KINDS
from casapilot.steps.diagnose.causes import causes


def test_each_cure_that_a_cause_names_can_be_proposed() -> None:
    named = {kind for cause in causes() for kind in cause.cures}
    assert named and named <= set(KINDS)
