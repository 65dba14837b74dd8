"""What all metrics share: the form of an answer, the worst offenders in words, the forms of `of`."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Tuple

import numpy as np

from ..errors import CasaError

__all__ = [
    "Answer",
    "Measurement",
    "Offender",
    "Results",
    "existing",
    "most",
    "quiet_median",
    "said",
    "wrapped_deg",
]

#: Task -> (arguments, returned value) of each of its calls in the step, in their order.
Results = Dict[str, List[Tuple[Dict[str, Any], Any]]]
#: value, unit as CASA writes it, what a person should know of it.
Answer = Tuple[float, str, str]
Measurement = Callable[[str, str, Results], Answer]

NAMED = 4
"""So many offenders are named."""


class Offender(NamedTuple):
    """A number, and what it belongs to."""

    value: float
    who: str


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
    return ordered[0].value, unit, said(ordered, unit, digits=digits)


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


def wrapped_deg(degrees: Any) -> Any:
    """Return angles in -180 ... 180 degrees."""
    return (np.asarray(degrees) + 180.0) % 360.0 - 180.0
