"""What still stands out though its data have been flagged since: no more than worth knowing."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..checklist.model import Key, State
from ..cures import FLAGGING, Proposal
from ..diagnose import Finding, Severity
from ..errors import CasapilotError
from .curing import proposals_by_finding

if TYPE_CHECKING:
    from .session import Session

__all__ = ["with_cured"]

DONE = (State.DONE, State.WARNED)


def with_cured(session: Session, eb: str, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Take for notes the findings whose data the script flags, once its step for that has run.

    The solutions on either side of a jump differ as they did, whatever is flagged in between; and what is
    measured before the flags of a person will always show what these are for.

    Parameters
    ----------
    found : sequence of Finding
        Those of one EB, as the checks of its last runs tell them.
    """
    asked = [each for each in found if each.severity is not Severity.NOTE and set(each.cures) & FLAGGING]
    if not asked:
        return tuple(found)
    proposals: dict[str, tuple[Proposal, ...]] = {}
    with contextlib.suppress(CasapilotError, OSError):
        proposals = proposals_by_finding(session.mous, session.mous.eb(eb), asked)
    settled = {each.id for each in asked if _is_flagged(session, each, proposals.get(each.id, ()))}
    rest = [_noted(each) if each.id in settled else each for each in found]
    return tuple(sorted(rest, key=lambda each: each.severity is Severity.NOTE))


def _is_flagged(session: Session, finding: Finding, proposals: Sequence[Proposal]) -> bool:
    """Whether the first cure that flags data is in the script, and was before what the finding rests on."""
    mine = [each for each in proposals if each.kind in FLAGGING]
    return bool(mine) and mine[0].already and _has_run(session, finding, mine[0].item)


def _has_run(session: Session, finding: Finding, item: str) -> bool:
    """Whether the step with the flags has run as it is now, and then what stands behind it."""
    keys = [key for key in session.order if key.eb == finding.eb]
    at = next((n for n, key in enumerate(keys) if key.item == item), None)
    states = {row.key: row.state for row in session.snapshot().rows}
    if at is None or states.get(keys[at]) not in DONE:
        return False
    behind = [key for key in keys[at + 1 :] if key.item in (finding.item, *finding.also)]
    return all(_began(session, keys[at]) <= _began(session, key) for key in behind)


def _began(session: Session, key: Key) -> float:
    run = session.last_run(key)
    return run.start if run else 0.0


def _noted(finding: Finding) -> Finding:
    return replace(
        finding,
        severity=Severity.NOTE,
        title=f"{finding.title}; flagged since",
        what_to_do="Nothing: the script flags these data, and its steps have run since.",
        cures=(),
    )
