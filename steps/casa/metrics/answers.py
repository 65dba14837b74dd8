"""What all metrics share: the form of an answer, the worst offenders in words, the forms of `of`."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ...errors import CasaError

__all__ = [
    "Answer",
    "Measurement",
    "NothingToTell",
    "Offender",
    "Place",
    "Results",
    "existing",
    "grouped",
    "most",
    "quiet_mean",
    "quiet_median",
    "said",
    "wrapped_deg",
]

#: Task -> (arguments, returned value) of each of its calls in the step, in their order.
Results = Dict[str, List[Tuple[Dict[str, Any], Any]]]

NAMED = 4
"""So many offenders are named."""
MOST_GROUPS = 60
"""So many antennas (or fields, or scans) are told of, the worst first."""


class NothingToTell(CasaError):
    """It does not apply to these data, or noise hides the answer: no reason to look."""


class Place(NamedTuple):
    """What a number belongs to; what is empty or -1 it has nothing to do with."""

    antenna: str = ""
    spw: int = -1
    pol: str = ""
    scan: int = -1
    field: str = ""


class Offender(NamedTuple):
    """A number, and what it belongs to: in words, and as values."""

    value: float
    who: str
    place: Place = Place()


class Answer(NamedTuple):
    """What was measured."""

    value: float
    unit: str
    """As CASA writes it."""
    text: str
    """What a person should know of it."""
    offenders: Sequence[Offender] = ()
    """All that were measured, those of the largest value first (or the smallest, where that is worse)."""


Measurement = Callable[[str, str, Results], Answer]


def grouped(
    offenders: Sequence[Offender], limit: Optional[float], *, below: bool, note: Optional[float] = None
) -> List[Dict[str, Any]]:
    """Return who is beyond `limit`, antenna by antenna, then who is beyond `note` only; else the worst alone.

    Parameters
    ----------
    limit : float or None
        In the metric's own unit.
    below : bool
        Whether too small is bad.
    note : float, optional
        Nearer to what is good than `limit`: what lies between is told apart, with ``beyond`` false.

    Returns
    -------
    list of dict
        ``value`` (the worst), ``antenna``, ``field``, ``spws``, ``pols``, ``scans`` (all in which it is
        beyond the limit, sorted), ``who`` (the worst in words), ``count`` (of numbers beyond), ``beyond``.
    """
    sign = -1.0 if below else 1.0
    ordered = sorted((each for each in offenders if np.isfinite(each.value)), key=lambda o: -sign * o.value)
    beyond = [] if limit is None else [each for each in ordered if sign * each.value > sign * limit]
    rest = ordered[len(beyond) :]
    noted = [] if note is None else [each for each in rest if sign * each.value > sign * note]
    if not beyond and not noted:
        noted = ordered[:1]
    return [_said_group(group, True) for group in _by_antenna(beyond)] + [
        _said_group(group, False) for group in _by_antenna(noted)
    ]


def _by_antenna(offenders: Sequence[Offender]) -> List[List[Offender]]:
    groups: Dict[Tuple[str, str], List[Offender]] = {}
    for each in offenders:
        groups.setdefault((each.place.antenna, each.place.field), []).append(each)
    return list(groups.values())[:MOST_GROUPS]


def _said_group(group: List[Offender], beyond: bool) -> Dict[str, Any]:
    worst, places = group[0], [each.place for each in group]
    return {
        "value": float(worst.value),
        "who": worst.who,
        "antenna": worst.place.antenna,
        "field": worst.place.field,
        "spws": sorted({place.spw for place in places if place.spw >= 0}),
        "pols": sorted({place.pol for place in places if place.pol}),
        "scans": sorted({place.scan for place in places if place.scan >= 0}),
        "count": len(group),
        "beyond": beyond,
    }


def existing(folder: str, name: str) -> str:
    """Return the path of a file of the EB's folder.

    Raises
    ------
    CasaError
        It is not there.
    """
    path = os.path.join(folder, name)
    if not name or not os.path.exists(path):
        raise CasaError(f"there is no {name or 'file named'}", folder, "Run the step that makes it first.")
    return path


def most(found: Iterable[Offender], unit: str, of: str, *, digits: int = 1) -> Answer:
    """Answer with the largest, and name it and those after it.

    Raises
    ------
    CasaError
        Nothing was found that is a number.
    """
    ordered = ordered_of(found)
    if not ordered:
        raise CasaError("nothing unflagged is left to measure", of, "Look at its flags.")
    return Answer(ordered[0].value, unit, said(ordered, unit, digits=digits), ordered)


def ordered_of(found: Iterable[Offender]) -> List[Offender]:
    """What is a number, the largest first; of those that are equal the first found."""
    return sorted((each for each in found if np.isfinite(each.value)), key=lambda each: -each.value)


def said(found: Iterable[Offender], unit: str, *, digits: int = 1) -> str:
    """Return "DV09 spw 17 X 4.1 %, then DA41 spw 17 Y 1.2 %, ...", the largest first."""
    ordered = ordered_of(found)[:NAMED]
    words = [f"{each.who} {each.value:.{digits}f} {unit}".rstrip() for each in ordered]
    return ", then ".join([*words[:1], ", ".join(words[1:])] if len(words) > 1 else words)


def quiet_median(values: Any, axis: Any) -> Any:
    """Return the median over `axis` without NaNs; NaN where there is nothing else."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmedian(values, axis=axis)


def quiet_mean(values: Any, axis: Any) -> Any:
    """Return the mean over `axis` without NaNs; NaN where there is nothing else."""
    good = np.isfinite(values)
    count = good.sum(axis=axis)
    total = np.where(good, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(1, count), np.nan)


def wrapped_deg(degrees: Any) -> Any:
    """Return angles in -180 ... 180 degrees."""
    return (np.asarray(degrees) + 180.0) % 360.0 - 180.0
