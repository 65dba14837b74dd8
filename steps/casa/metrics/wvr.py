"""Numbers of the water-vapour radiometers, as wvrgcal tells them."""

from __future__ import annotations

import re
from typing import Callable, Iterator, List, NamedTuple

import numpy as np

from ...errors import CasaError
from .answers import Answer, NothingToTell, Offender, Place, Results, existing, most

__all__ = ["Radiometer", "radiometers", "wvr_disc", "wvr_missing", "wvr_outlier", "wvr_rms"]

#: A row of wvrgcal's table: number, antenna, has a radiometer, is flagged, RMS and Disc in micrometres.
_ROW = re.compile(
    r"^\s*\d+\s+(?P<name>\S+)\s+(?P<wvr>Yes|No)\s+(?P<flag>Yes|No)\s+(?P<rms>\S+)\s+(?P<disc>\S+)\s*$"
)
_HEAD, _TAIL = "Disc (um)", "Expected performance"

#: Path that nobody minds, um: 5 degrees at 230 GHz. Without it, radiometers that are all very good would
#: be compared by their last digits.
SMALL_UM = 20.0
STANDS_OUT = 1.5
"""Times the median of the radiometers; less is the weather's."""
CLOUDS_UM = 500.0


class Radiometer(NamedTuple):
    """One antenna in wvrgcal's table."""

    name: str
    there: bool
    flagged: bool
    """By hand (wvrflag), or by wvrgcal itself: too few good data."""
    rms_um: float
    disc_um: float

    @property
    def used(self) -> bool:
        """Whether its own radiometer corrects the antenna."""
        return self.there and not self.flagged


def wvr_disc(of: str, folder: str, results: Results) -> Answer:
    """Largest discrepancy between the channels of an unflagged radiometer (Disc), micrometres.

    `of` is the text log that wvrgcal wrote; where wvrgcal was called in this step, its answer counts instead.
    Below 100 good, up to 1000 look, above do not apply (CASA's documentation of wvrgcal); the ALMA pipeline
    flags the radiometer above 500 (reference alma-reduction 4.2). Offenders are those that stand out from the
    others; all, where the median is above 500: clouds.
    """
    return _largest(of, folder, results, lambda each: each.disc_um, all_above_um=CLOUDS_UM)


def wvr_rms(of: str, folder: str, results: Results) -> Answer:
    """Largest rms of the path that an unflagged radiometer saw, micrometres.

    `of` as for the discrepancy. Above 500 the ALMA pipeline flags the radiometer (reference alma-reduction
    4.2). Offenders are those that stand out from the others: where all are large it was the weather.
    """
    return _largest(of, folder, results, lambda each: each.rms_um, all_above_um=float("inf"))


def wvr_outlier(of: str, folder: str, results: Results) -> Answer:
    """Largest ratio of a radiometer's rms, or of its Disc, to the median of all radiometers in use.

    `of` as for the discrepancy. 20 um are added to both, which are 5 degrees at 230 GHz: below that nobody
    minds. All see much the same sky: analysisUtils tells outliers from the median (beyond 5 median absolute
    deviations, reference alma-reduction 4.2); a ratio does not make much of a few percent where all are
    alike.

    Raises
    ------
    NothingToTell
        Fewer than three radiometers are in use.
    """
    used = [each for each in radiometers(of, folder, results) if each.used]
    if len(used) < 3:
        raise NothingToTell(f"only {len(used)} radiometers are in use: nobody stands out", of)
    return most(_ratios(used, "rms_um", "rms") + _ratios(used, "disc_um", "Disc"), "", of, digits=2)


def _ratios(used: List[Radiometer], name: str, word: str) -> List[Offender]:
    numbers = np.array([getattr(each, name) for each in used])
    middle = float(np.nanmedian(numbers)) if np.isfinite(numbers).any() else float("nan")
    return [
        Offender(
            float((um + SMALL_UM) / (middle + SMALL_UM)),
            f"{each.name} {word} {um:.0f} um, the others {middle:.0f}:",
            Place(each.name),
        )
        for each, um in zip(used, numbers)  # noqa: B905  # Python 3.8
    ]


def wvr_missing(of: str, folder: str, results: Results) -> Answer:
    """How many antennas have no radiometer, or one that is flagged; they are named.

    `of` as for the discrepancy. Their correction is interpolated from radiometers within maxdistm (500 m
    unless the call says otherwise; two at least), or there is none. wvrgcal flags a radiometer itself where
    fewer than 80 % of its data are good (mingoodfrac; reference alma-reduction 4.2).
    """
    found = [
        Offender(1.0, f"{each.name} {'is flagged' if each.there else 'has none'}", Place(each.name))
        for each in radiometers(of, folder, results)
        if not each.used
    ]
    text = ", ".join(each.who for each in found)
    return Answer(float(len(found)), "", text or "all antennas have one that is used", found)


def _largest(
    of: str, folder: str, results: Results, number: Callable[[Radiometer], float], *, all_above_um: float
) -> Answer:
    used = [each for each in radiometers(of, folder, results) if each.used]
    answer = most([Offender(number(each), each.name, Place(each.name)) for each in used], "um", of)
    middle = float(np.median([each.value for each in answer.offenders]))
    enough = STANDS_OUT * (middle + SMALL_UM) - SMALL_UM if middle <= all_above_um else 0.0
    return answer._replace(offenders=[each for each in answer.offenders if each.value > enough])


def radiometers(of: str, folder: str, results: Results) -> List[Radiometer]:
    """Return what wvrgcal says of each antenna.

    Raises
    ------
    CasaError
        There is no log, or none with a table.
    """
    found = _returned(results) or list(_listed(existing(folder, of)))
    if not found:
        raise CasaError(
            "holds no table of wvrgcal", of, "wvrgcal writes it to CASA's log: is it sent elsewhere?"
        )
    return found


def _returned(results: Results) -> List[Radiometer]:
    """What the last call of wvrgcal that had data returned."""
    for _, returned in reversed(results.get("wvrgcal", [])):
        if isinstance(returned, dict) and returned.get("Name"):
            columns = [returned[name] for name in ("Name", "WVR", "Flag", "RMS_um", "Disc_um")]
            return [
                Radiometer(str(name), bool(wvr), bool(flag), float(rms), float(disc))
                for name, wvr, flag, rms, disc in zip(*columns)  # noqa: B905  # Python 3.8
            ]
    return []


def _listed(path: str) -> Iterator[Radiometer]:
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
            yield Radiometer(found["name"], found["wvr"] == "Yes", found["flag"] == "Yes", rms, disc)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
