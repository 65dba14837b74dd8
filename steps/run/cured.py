"""What cures that have run have come to: findings that are settled, and cures that were no help."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..checklist.model import Key, State
from ..cures import FLAGGING, Proposal
from ..diagnose import Finding, Severity
from ..errors import CasapilotError
from .curing import proposals_by_finding

if TYPE_CHECKING:
    from .session import Session

__all__ = ["is_no_help", "with_cured"]

DONE = (State.DONE, State.WARNED)


def with_cured(session: Session, eb: str, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Take for notes the findings whose data the script flags, once its step for that has run; and those
    that need no flags.

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
    settled = {each.id: done for each in asked if (done := _settled_by(session, each, proposals))}
    rest = [_noted(each, settled[each.id]) if each.id in settled else each for each in found]
    return tuple(sorted(rest, key=lambda each: each.severity is Severity.NOTE))


def is_no_help(session: Session, finding: Finding, cure: Proposal) -> bool:
    """Whether the script had a cure when its steps ran last, and the finding is there still.

    Then what comes next is to be taken.

    Parameters
    ----------
    finding : Finding
        As `with_cured` leaves it.
    """
    return cure.already and finding.severity is not Severity.NOTE and _has_run(session, finding, cure.item)


def _settled_by(
    session: Session, finding: Finding, proposals: Mapping[str, Sequence[Proposal]]
) -> Proposal | None:
    """The first cure that flags data, where the script has it and had it before what the finding rests on."""
    mine = [each for each in proposals.get(finding.id, ()) if each.kind in FLAGGING]
    is_done = bool(mine) and mine[0].already and _has_run(session, finding, mine[0].item)
    return mine[0] if is_done else None


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


def _noted(finding: Finding, cure: Proposal) -> Finding:
    done = "Nothing: the script flags these data, and its steps have run since."
    return replace(
        finding,
        severity=Severity.NOTE,
        title=finding.title if cure.todo else f"{finding.title}; flagged since",
        what_to_do=cure.todo or done,
        cures=(),
    )
