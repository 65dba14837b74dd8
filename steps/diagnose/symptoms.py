"""Numbers that stand out, each with its place: what all checks of an execution block come to."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..record.runs import Measured, Offender, Warned
from .model import Severity

__all__ = ["Symptom", "Told", "symptoms_of"]

#: Verdict of a check -> what it asks of a person.
LEVELS = {"fail": Severity.FAIL, "look": Severity.LOOK}


@dataclass(frozen=True, slots=True)
class Told:
    """What one item has told of an execution block: its checks and the warnings of its run."""

    item: str
    checks: tuple[Measured, ...] = ()
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class Symptom:
    """One antenna (or field, or the whole array) that stands out in one check."""

    metric: str
    of: str
    item: str
    order: int
    """Place of the check among all of the EB."""
    level: Severity
    value: float
    unit: str
    limit: float | None
    """What it is beyond, in `unit`."""
    below: bool
    who: str
    antenna: str = ""
    field: str = ""
    spws: tuple[int, ...] = ()
    pols: tuple[str, ...] = ()
    scans: tuple[int, ...] = ()
    count: int = 1
    is_mended: bool = False
    """Whether a later item has measured it again, and it was well."""

    def shows(self, pattern: str) -> bool:
        """Whether it is of a metric, or ``metric:part of what it is measured on``."""
        metric, _, part = pattern.partition(":")
        return self.metric == metric and part in self.of


def symptoms_of(told: Sequence[Told]) -> tuple[Symptom, ...]:
    """Return who stands out in any check, in the order of the checks.

    What is measured again by a later item and is well there was mended in between (flagged, mostly): it is
    only noted.
    """
    numbered = [(each.item, check) for each in told for check in each.checks]
    last = {(check.metric, check.of): order for order, (_, check) in enumerate(numbered)}
    found = []
    for order, (item, check) in enumerate(numbered):
        again = last[check.metric, check.of]
        later = numbered[again][1] if again > order else None
        found += [_mended(each, later) for each in _of_check(item, order, check)]
    return tuple(found)


def _mended(each: Symptom, later: Measured | None) -> Symptom:
    """The same, only noted where it stands out no more in `later`."""
    if later is None or later.value is None or each.level is Severity.NOTE:
        return each
    still = any(
        now.beyond and (now.antenna, now.field) == (each.antenna, each.field) for now in later.offenders
    )
    if still or (later.verdict in LEVELS and not later.offenders):
        return each
    return dataclasses.replace(each, level=Severity.NOTE, is_mended=True)


def _of_check(item: str, order: int, check: Measured) -> Iterator[Symptom]:
    level = LEVELS.get(check.verdict)
    found = [each for each in check.offenders if each.beyond or _is_noted(check, each)]
    for each in found:
        yield _symptom(item, order, check, each, (level or Severity.LOOK) if each.beyond else Severity.NOTE)
    if level is not None and not found and check.value is not None:
        yield _symptom(item, order, check, Offender(check.value, ""), level)


def _is_noted(check: Measured, each: Offender) -> bool:
    if check.note is None:
        return False
    return each.value < check.note if check.below else each.value > check.note


def _symptom(item: str, order: int, check: Measured, each: Offender, level: Severity) -> Symptom:
    pols = tuple(sorted({_hand(pol) for pol in each.pols}))
    limit = check.note if level is Severity.NOTE and check.note is not None else check.limit
    return Symptom(
        check.metric, check.of, item, order, level, each.value, check.unit, limit, check.below, each.who,
        each.antenna, each.field, each.spws, pols, each.scans, each.count,
    )  # fmt: skip


def _hand(pol: str) -> str:
    """XX is X: a gain and a visibility of one polarisation."""
    return pol[0] if len(pol) == 2 and pol[0] == pol[1] else pol
