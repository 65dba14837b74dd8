"""Checks of an execution block, made by hand."""

from __future__ import annotations

from collections.abc import Sequence

from casapilot.steps.diagnose import Finding, Severity, Told, diagnose
from casapilot.steps.diagnose.causes import Cause
from casapilot.steps.record.runs import Measured, Offender, Warned

FACTS: dict[str, object] = {"n_antennas": 10, "n_spws": 2, "polarisations": 2}


def who(
    antenna: str,
    value: float,
    *,
    spws: Sequence[int] = (),
    pols: Sequence[str] = (),
    scans: Sequence[int] = (),
    field: str = "",
    count: int = 3,
) -> Offender:
    """One antenna beyond the limit."""
    words = " ".join([antenna, *(f"spw {n}" for n in spws), *pols, *(f"scan {n}" for n in scans)])
    return Offender(value, words.strip(), antenna, field, tuple(spws), tuple(pols), tuple(scans), count)


def check(
    metric: str,
    *named: Offender,
    limit: float | None = 1.0,
    note: float | None = None,
    of: str = "",
    value: float | None = None,
    fails: bool = False,
) -> Measured:
    """One check; those named beyond its limit make it look (or fail)."""
    named = tuple(
        Offender(e.value, e.who, e.antenna, e.field, e.spws, e.pols, e.scans, e.count, _beyond(e, limit))
        for e in named
    )
    number = value if value is not None else max((each.value for each in named), default=0.0)
    loud = limit is not None and number > limit
    verdict = ("fail" if fails else "look") if loud else "pass"
    return Measured(metric, of, number, "", verdict, "", limit, False, named, note)


def _beyond(each: Offender, limit: float | None) -> bool:
    return limit is not None and each.value > limit


def cause(name: str, **fields: object) -> Cause:
    """A cause, with the words that every one has."""
    values: dict[str, object] = {
        "id": name,
        "title": f"{name} of {{antennas}}{{where}}",
        "severity": Severity.LOOK,
        "why": "Because.",
        "todo": "Do it.",
    }
    return Cause(**{**values, **fields})  # type: ignore[arg-type]


UNEXPLAINED = cause("unexplained")


def found(
    checks: Sequence[Measured],
    *causes: Cause,
    warnings: Sequence[Warned] = (),
    facts: dict[str, object] | None = None,
) -> tuple[Finding, ...]:
    """What is found when the checks are those of one item each, called item0, item1, ..."""
    told = [Told(f"item{n}", (each,)) for n, each in enumerate(checks)]
    told += [Told("log", (), tuple(warnings))] if warnings else []
    return diagnose("X2cd", told, FACTS if facts is None else facts, (*causes, UNEXPLAINED))
