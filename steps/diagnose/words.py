"""A finding in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..checklist.metrics import METRICS, is_one
from .symptoms import Symptom

__all__ = ["evidence", "fill", "listed", "where"]

MOST_EVIDENCE, MOST_NUMBERS = 6, 4
"""So many checks are told of a finding, and so many numbers of one."""


def listed(names: Sequence[object], most: int = 6) -> str:
    """Return "DA41, DV09 and DV24"; of many the first, and how many more."""
    words = [str(name) for name in names]
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} more"]
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def where(spws: Sequence[int], pols: Sequence[str], scans: Sequence[int]) -> str:
    """Return " in spw 17, polarisation X, scans 9 and 16"; nothing where it is everywhere."""
    parts = []
    if scans:
        parts.append(f"scan{'s' if len(scans) > 1 else ''} {listed(scans)}")
    if spws:
        parts.append(f"spw{'s' if len(spws) > 1 else ''} {listed(spws)}")
    if pols:
        parts.append(f"polarisation {listed(pols)}")
    return f" in {', '.join(parts)}" if parts else ""


def fill(template: str, **values: str) -> str:
    """Fill {name} in a template; what it does not name is left out."""
    for name, value in values.items():
        template = template.replace("{" + name + "}", value)
    return template


def evidence(symptoms: Iterable[Symptom]) -> tuple[str, ...]:
    """Return the numbers, a sentence for each check that has any."""
    checks: dict[object, list[Symptom]] = {}
    for each in symptoms:
        checks.setdefault((each.order, each.level), []).append(each)
    said = list(dict.fromkeys(map(_sentence, checks.values())))
    more = len(said) - MOST_EVIDENCE
    return tuple(said[:MOST_EVIDENCE]) + ((f"and {more} more",) if more > 0 else ())


def _sentence(same: Sequence[Symptom]) -> str:
    """The numbers of one check with what they are held against: "Disc: DA49 918 um, above 500 um"."""
    first = same[0]
    metric = METRICS.get(first.metric)
    name = metric.text if metric else first.metric.replace("_", " ")
    intent = first.of.partition(":")[2].partition(":")[0].removeprefix("CALIBRATE_").lower()
    numbers = [_said(each) for each in same]
    limit = (
        f", {'below' if first.below else 'above'} {_number(first.limit, first.unit)}" if first.limit else ""
    )
    return f"{name}{f' ({intent})' if intent else ''}: {listed(numbers, MOST_NUMBERS)}{limit}"


def _said(each: Symptom) -> str:
    """Who and how much."""
    if each.who and is_one(each.value, each.unit, each.limit):
        return each.who
    return f"{each.who} {_number(each.value, each.unit)}".strip()


def _number(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}".rstrip()
