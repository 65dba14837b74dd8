"""Numbers before words: which antenna, scan or spw a check that was not met names first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ..steps.checklist.metrics import is_one
from ..steps.checklist.model import State
from ..steps.record.runs import Measured, Offender
from ..steps.run.view import Row

__all__ = ["Reading", "name_of_worst", "read", "unmet"]

_UNITS = ("percent", "deg", "um", "mm", "jy")
_WIDEST_NAME = 8
_MOST_OTHERS = 3
_ORDER = {"fail": 0, "look": 1}


@dataclass(frozen=True, slots=True)
class Reading:
    """One check as a person reads it."""

    metric: str
    """What was measured, and on what: "amplitude antenna ratio (phase)"."""
    worst: str
    """Who is worst, with the number: "DA49 918 um"; the number alone where nobody is named."""
    limit: str
    """What it is held against: "above 500 um"; empty where it is met."""
    others: str
    """Those after it."""
    name: str = ""
    """The worst alone, short enough for a column: "DA49", "scan 7"; empty where nobody is named."""

    @property
    def sentence(self) -> str:
        """All but the others, in one line."""
        return f"{self.metric}: {self.worst}" + (f", {self.limit}" if self.limit else "")


@lru_cache(2048)
def read(check: Measured) -> Reading | None:
    """`check` in its parts; None where its text is a sentence of its own."""
    name = f"{check.metric} of {check.of}" if check.of else check.metric
    if check.value is None or not check.text.startswith(f"{name} is "):
        return None
    named = [each for each in check.offenders if each.beyond] or list(check.offenders[:1])
    if not named:
        detail = check.text.partition(" (")[2].removesuffix(")")
        worst = _number(check.value, check.unit) + (f" ({detail})" if detail else "")
        return Reading(_label(check), worst, _limit(check), "")
    first, *others = (_said(each, check) for each in named)
    more = [f"and {len(others) - _MOST_OTHERS} more"] if len(others) > _MOST_OTHERS else []
    return Reading(
        _label(check),
        first,
        _limit(check),
        ", ".join([*others[:_MOST_OTHERS], *more]),
        _name(named[0]),
    )


def _said(each: Offender, check: Measured) -> str:
    """Who and how much."""
    limit = check.note if check.limit is None else check.limit
    if each.who and is_one(each.value, check.unit, limit):
        return each.who
    return f"{each.who} {_number(each.value, check.unit)}".strip()


def _number(value: float, unit: str) -> str:
    return f"{value:.4g} {unit}".rstrip()


def _limit(check: Measured) -> str:
    if check.verdict not in _ORDER or not check.limit:
        return ""
    return f"{'below' if check.below else 'above'} {_number(check.limit, check.unit)}"


def _name(each: Offender) -> str:
    places = [f"scan {n}" for n in each.scans[:1]] + [f"spw {n}" for n in each.spws[:1]]
    names = [name for name in (each.antenna, each.field, *places) if name]
    return names[0] if names and len(names[0]) <= _WIDEST_NAME else ""


def _label(check: Measured) -> str:
    words = [word for word in check.metric.split("_") if word not in _UNITS]
    what, _, column = check.of.partition(":")[2].partition(":")
    intent = what.removeprefix("CALIBRATE_").removeprefix("OBSERVE_").replace("_", " ").lower()
    of = ", ".join(filter(None, (intent, column if column != "data" else "")))
    return " ".join(words) + (f" ({of})" if of else "")


def unmet(row: Row) -> list[Measured]:
    """The checks of its last run that were not met: the failed ones first, then those that name antennas."""
    found = [check for check in (row.run.checks if row.run else ()) if check.verdict in _ORDER]
    return sorted(found, key=lambda check: (_ORDER[check.verdict], not _names_antenna(check)))


def _names_antenna(check: Measured) -> bool:
    return any(each.antenna for each in check.offenders[:1])


def name_of_worst(row: Row) -> str:
    """Whom to look at first, short enough for a column; empty where nobody is."""
    if row.state not in (State.WARNED, State.FAILED):
        return ""
    return next(filter(None, _names(unmet(row))), "")


def _names(checks: Iterable[Measured]) -> Iterable[str]:
    for check in checks:
        reading = read(check)
        yield reading.name if reading else ""
