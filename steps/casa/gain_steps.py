"""Steps of gains from scan to scan that one antenna makes and the others do not, and the scans between."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Iterator, List, NamedTuple

import numpy as np

from .caltable import CalTable, clock
from .gains import Schedule, Visits
from .metrics.answers import Offender, Place

__all__ = ["Step", "narrowed", "not_bracketed", "offenders", "steps_of"]


class Step(NamedTuple):
    """A change of one antenna's gains between two scans of one field."""

    antenna: int
    value: float
    sign: float
    begin_s: float
    end_s: float
    before: int
    after: int
    """Numbers of the scans of the calibrator around it; -1 where the table does not know them."""
    spw: int = -1
    pol: int = -1
    """-1 where it is in all."""
    field: int = -1
    """Number of the calibrator's."""
    doubt: str = ""
    """What else it may be."""


def not_bracketed(fields: List[Visits]) -> List[List[int]]:
    """For each field the gaps between its scans that no shorter gap of another field lies in."""
    gaps = [[(v.time_s[n], v.time_s[n + 1]) for n in range(len(v.time_s) - 1)] for v in fields]
    found = []
    for mine, own in enumerate(gaps):
        others = [gap for n, each in enumerate(gaps) if n != mine for gap in each]
        found.append(
            [n for n, (begin, end) in enumerate(own) if not any(begin <= a and b <= end for a, b in others)]
        )
    return found


def steps_of(fields: List[Visits], find: Callable[[Visits, List[int]], Iterable[Step]]) -> List[Step]:
    """Return what `find` finds in the gaps of each field, in the shortest time that it is known to."""
    gaps = not_bracketed(fields)
    found = [
        step._replace(field=visits.field)
        for n, visits in enumerate(fields)
        if gaps[n]
        for step in find(visits, gaps[n])
    ]
    return narrowed(found)


def narrowed(steps: List[Step]) -> List[Step]:
    """Take steps of one antenna that overlap in time and are much the same for one, in the common part."""
    kept: List[Step] = []
    for step in sorted(steps, key=lambda each: -each.value):
        for n, known in enumerate(kept):
            begin, end = max(known.begin_s, step.begin_s), min(known.end_s, step.end_s)
            if begin < end and _alike(known, step):
                first = known if known.begin_s == begin else step
                last = known if known.end_s == end else step
                kept[n] = known._replace(begin_s=begin, end_s=end, before=first.before, after=last.after)
                break
        else:
            kept.append(step)
    return kept


def _alike(one: Step, other: Step) -> bool:
    same = (one.antenna, one.spw, one.pol, one.sign) == (other.antenna, other.spw, other.pol, other.sign)
    return same and other.value > 0.5 * one.value


def offenders(table: CalTable, steps: List[Step], schedule: Schedule) -> Iterator[Offender]:
    """Yield an offender for each target scan in a step; where none is known, for the scans around it."""
    for step in steps:
        name = table.antennas[step.antenna]
        pol = table.pols[step.pol] if step.pol >= 0 else ""
        words = [name, *([f"spw {step.spw}"] if step.spw >= 0 else []), *([pol] if pol else [])]
        if step.before > 0:
            words.append(f"between scans {step.before} and {step.after}")
        else:
            words.append(f"between {clock(step.begin_s)} and {clock(step.end_s)}")
        words += [f"({step.doubt})"] if step.doubt else []
        scans = schedule.targets_between(step.begin_s, step.end_s)
        field = table.field_name(step.field) if step.field >= 0 else ""
        for scan in scans or sorted({step.before, step.after}):
            yield Offender(step.value, " ".join(words), Place(name, step.spw, pol, scan, field))


def spread(values: Any) -> float:
    """Robust standard deviation of changes about zero."""
    good = np.abs(values[np.isfinite(values)])
    return 1.4826 * float(np.median(good)) if len(good) else 0.0
