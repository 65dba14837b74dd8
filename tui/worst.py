"""Numbers before words: which antenna, scan or spw a check that was not met names first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ..steps.checklist.model import State
from ..steps.record.runs import Measured
from ..steps.run.view import Row

__all__ = ["Reading", "name_of_worst", "read", "unmet"]

_UNITS = ("percent", "deg", "um", "mm", "jy")
_PLACES = ("scan", "scans", "spw", "field")
_TAIL = re.compile(r"(?:, (?P<limit>(?:above|below) [^(]*?))?(?: \((?P<named>.*)\))?$", re.DOTALL)
_WIDEST_NAME = 8
_ORDER = {"fail": 0, "look": 1}


@dataclass(frozen=True, slots=True)
class Reading:
    """One check as a person reads it."""

    metric: str
    """What was measured, and on what: "amplitude antenna ratio (phase)"."""
    worst: str
    """Who is worst, with the number: "DA49 918.0 um"; the number alone where nobody is named."""
    limit: str
    """What it is held against: "above 500 um"; empty where it is met."""
    others: str
    """Those after it."""

    @property
    def name(self) -> str:
        """The worst alone, short enough for a column: "DA49", "scan 7"; empty where nobody is named."""
        name = _name(self.worst)
        return name if len(name) <= _WIDEST_NAME else ""

    @property
    def offenders(self) -> dict[str, str]:
        """Who is beyond the limit -> where and by how much: "DA49" -> "spw 7 XX scan 4 low by 8.58"."""
        found: dict[str, str] = {}
        limit = _number(self.limit)
        below = self.limit.startswith("below")
        for each in filter(None, (self.worst, *self.others.split(", "))):
            name, value = _name(each), _number(each)
            beyond = value is not None and (limit is None or (value < limit if below else value > limit))
            if name and name not in found and (beyond or each == self.worst):
                found[name] = each.removeprefix(name).strip()
        return found

    @property
    def is_antenna(self) -> bool:
        """Whether the worst is an antenna, not a scan or spw."""
        return bool(self.name) and self.name.split()[0] not in _PLACES

    @property
    def sentence(self) -> str:
        """All but the others, in one line."""
        return f"{self.metric}: {self.worst}" + (f", {self.limit}" if self.limit else "")


def _name(offender: str) -> str:
    words = offender.split()
    if len(words) < 2 or not words[0][:1].isalpha():
        return ""
    return " ".join(words[:2]) if words[0] in _PLACES else words[0]


def _number(text: str) -> float | None:
    """The last number in `text`; that of "DV09 spw 17 X 4.1 %" and of "above 2 mm" is what counts."""
    numbers = re.findall(r"(?<!\S)-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?!\S)", text)
    return float(numbers[-1]) if numbers else None


@lru_cache(2048)
def read(check: Measured) -> Reading | None:
    """`check` in its parts; None where its text is a sentence of its own."""
    name = f"{check.metric} of {check.of}" if check.of else check.metric
    if check.value is None or not check.text.startswith(f"{name} is "):
        return None
    number = f"{check.value:.4g} {check.unit}".rstrip()
    tail = _TAIL.search(check.text, len(f"{name} is "))
    named = (tail["named"] or "") if tail else ""
    first, _, others = named.partition(", then ")
    ranked = re.search(rf"\s-?\d+\.\d+(?: {re.escape(check.unit)})?$", first)
    worst = first if ranked else f"{number} ({named})" if named else number
    return Reading(_label(check), worst, (tail["limit"] or "") if tail else "", others)


def _label(check: Measured) -> str:
    words = [word for word in check.metric.split("_") if word not in _UNITS]
    intent = check.of.partition(":")[2].removeprefix("CALIBRATE_").lower()
    return " ".join(words) + (f" ({intent})" if intent else "")


def unmet(row: Row) -> list[Measured]:
    """The checks of its last run that were not met: the failed ones first, then those that name antennas."""
    found = [check for check in (row.run.checks if row.run else ()) if check.verdict in _ORDER]
    return sorted(found, key=lambda check: (_ORDER[check.verdict], not _names_antenna(check)))


def _names_antenna(check: Measured) -> bool:
    reading = read(check)
    return reading is not None and reading.is_antenna


def name_of_worst(row: Row) -> str:
    """Whom to look at first, short enough for a column; empty where nobody is."""
    if row.state not in (State.WARNED, State.FAILED):
        return ""
    return next(filter(None, _names(unmet(row))), "")


def _names(checks: Iterable[Measured]) -> Iterable[str]:
    for check in checks:
        reading = read(check)
        yield reading.name if reading else ""
