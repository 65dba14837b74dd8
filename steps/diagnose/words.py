"""A finding in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .symptoms import Symptom

__all__ = ["evidence", "fill", "listed", "where"]

MOST_EVIDENCE = 6
"""So many numbers are told of a finding."""


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
    """Return the numbers, a sentence each, as often as they differ."""
    said = list(dict.fromkeys(each.sentence for each in symptoms))
    more = len(said) - MOST_EVIDENCE
    return tuple(said[:MOST_EVIDENCE]) + ((f"and {more} more",) if more > 0 else ())
