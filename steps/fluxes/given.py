"""A flux density that a person gives: JY[+-ERROR]@HZ[:INDEX[+-ERROR]]."""

from __future__ import annotations

import math
import re
from datetime import date

from ..errors import UsageError
from .model import Flux, Origin
from .names import first_alias

__all__ = ["parse_given"]

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_FORM = re.compile(
    rf"({_NUMBER})(?:\+-({_NUMBER}))?@({_NUMBER})\s*(GHz|MHz|Hz)?(?::({_NUMBER})(?:\+-({_NUMBER}))?)?",
    re.IGNORECASE,
)
_UNITS = {"GHZ": 1e9, "MHZ": 1e6, "HZ": 1.0}


def parse_given(name: str, text: str, day: date, *, source: str, given_at: str = "") -> Flux:
    """Read what a person gives: ``3.8@232.7GHz``, ``3.8+-0.1@232.7e9:-0.6+-0.1``.

    Parameters
    ----------
    source : str
        Where they have it from; the value is worth nothing without it.

    Raises
    ------
    UsageError
        It does not have that form, a value cannot be, or nobody said where it is from.
    """
    found = _FORM.fullmatch(text.strip())
    todo = "Write it as: 3.8@232.7GHz:-0.6 or 3.8+-0.1@232.7e9 (Jy at Hz, spectral index)."
    if found is None:
        raise UsageError(f"cannot read {text!r}", "", todo)
    jy, error, hz, unit, index, index_error = found.groups()
    values = [None if each is None else float(each) for each in (jy, error, index, index_error)]
    frequency_hz = float(hz) * _UNITS[(unit or "Hz").upper()]
    if not all(math.isfinite(each) for each in (frequency_hz, *(v for v in values if v is not None))):
        raise UsageError(f"cannot read {text!r}", "", todo)
    if not (values[0] and values[0] > 0 and 1e9 <= frequency_hz <= 2e12):
        raise UsageError(f"{text!r} is no flux density at a frequency of ALMA", "", todo)
    if values[2] is not None and abs(values[2]) > 10:
        raise UsageError(f"{text!r} has a spectral index that no source has", "", todo)
    if any(each is not None and each < 0 for each in (values[1], values[3])):
        raise UsageError(f"{text!r} has a negative error", "", todo)
    if not source.strip():
        raise UsageError("nobody will believe a number without its origin", "", "Say it with --source TEXT.")
    return Flux(
        name=first_alias(name),
        date=day,
        frequency_hz=frequency_hz,
        jy=values[0],
        error_jy=values[1],
        spectral_index=values[2],
        spectral_index_error=values[3],
        origin=Origin.GIVEN,
        source=" ".join(source.split()),
        asked_at=given_at,
    )
