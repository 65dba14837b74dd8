"""Numbers of the water-vapour radiometers, as wvrgcal tells them."""

from __future__ import annotations

import re
from typing import Callable, Iterator, List, NamedTuple

from ..errors import CasaError
from .metric_answers import Answer, Offender, Results, existing, most

__all__ = ["wvr_disc", "wvr_rms"]

#: A row of wvrgcal's table: number, antenna, has a radiometer, is flagged, RMS and Disc in micrometres.
_ROW = re.compile(
    r"^\s*\d+\s+(?P<name>\S+)\s+(?P<wvr>Yes|No)\s+(?P<flag>Yes|No)\s+(?P<rms>\S+)\s+(?P<disc>\S+)\s*$"
)
_HEAD, _TAIL = "Disc (um)", "Expected performance"


class _Radiometer(NamedTuple):
    """One antenna in wvrgcal's table."""

    name: str
    used: bool
    """Whether it has a radiometer that is not flagged."""
    rms_um: float
    disc_um: float


def wvr_disc(of: str, folder: str, results: Results) -> Answer:
    """Largest discrepancy between the channels of an unflagged radiometer (Disc), micrometres.

    `of` is the text log that wvrgcal wrote; where wvrgcal was called in this step, its answer counts instead.
    Below 100 good, up to 1000 look, above do not apply (CASA's documentation of wvrgcal); the ALMA pipeline
    flags the radiometer above 500 (reference alma-reduction 4.2).
    """
    return _largest(of, folder, results, lambda each: each.disc_um)


def wvr_rms(of: str, folder: str, results: Results) -> Answer:
    """Largest rms of the path that an unflagged radiometer saw, micrometres.

    `of` as for the discrepancy. Above 500 the ALMA pipeline flags the radiometer (reference alma-reduction
    4.2); where all are large it was the weather.
    """
    return _largest(of, folder, results, lambda each: each.rms_um)


def _largest(of: str, folder: str, results: Results, number: Callable[[_Radiometer], float]) -> Answer:
    found = _returned(results) or list(_listed(existing(folder, of)))
    if not found:
        raise CasaError(
            "holds no table of wvrgcal", of, "wvrgcal writes it to CASA's log: is it sent elsewhere?"
        )
    return most([Offender(number(each), each.name) for each in found if each.used], "um", of)


def _returned(results: Results) -> List[_Radiometer]:
    """What the last call of wvrgcal that had data returned."""
    for _, returned in reversed(results.get("wvrgcal", [])):
        if isinstance(returned, dict) and returned.get("Name"):
            columns = [returned[name] for name in ("Name", "WVR", "Flag", "RMS_um", "Disc_um")]
            return [
                _Radiometer(str(name), bool(wvr) and not bool(flag), float(rms), float(disc))
                for name, wvr, flag, rms, disc in zip(*columns)  # noqa: B905  # Python 3.8
            ]
    return []


def _listed(path: str) -> Iterator[_Radiometer]:
    """The rows of the last table in a log."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line.rstrip("\n").expandtabs() for line in file]
    heads = [n for n, line in enumerate(lines) if _HEAD in line]
    for line in lines[heads[-1] + 1 :] if heads else ():
        if _TAIL in line:
            return
        found = _ROW.search(re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\S+ +\S*wvrgcal\S*", "", line))
        if found:
            rms, disc = (_number(found[name]) for name in ("rms", "disc"))
            yield _Radiometer(found["name"], (found["wvr"], found["flag"]) == ("Yes", "No"), rms, disc)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
