"""Two helpers of ALMA scripts that a CASA from pip lacks: SYSCAL times, and which Tsys serves which spw.

They take the place of the functions of the same names in CASA's ``recipes.almahelpers``, written anew from
what those are documented to do. The text stands for itself (casatools and numpy only): the generator puts it
into its scripts, and the worker answers ``from recipes.almahelpers import ...`` with it.
"""

# Runs on the Python 3.8 of an older CASA too.
# ruff: noqa: UP006, UP035
from typing import Any, Dict, List, Set, Tuple

import casatools
import numpy

_ONE_MEASUREMENT_S = 10.0
"""Rows of one Tsys measurement begin within this of each other; a scan that makes one takes longer."""
_SAME_TIME_S = 1e-5
"""SYSCAL times come from whole nanoseconds: what differs by more than rounding differs."""


def fixsyscaltimes(vis: str, newinterval: float = 2.0) -> int:
    """Give all antennas of a Tsys measurement one time, so that gencal makes one solution of it.

    Parameters
    ----------
    vis : str
        The MS; its SYSCAL table is changed in place, and only where times differ.
    newinterval : float, s
        INTERVAL of the rows that are changed. They then begin at the mean of their beginnings
        (TIME - INTERVAL/2, which is when the measurement was made).

    Returns
    -------
    int
        How many measurements were changed.
    """
    table = casatools.table()
    table.open(vis + "/SYSCAL", nomodify=False)
    try:
        columns = {name: table.getcol(name) for name in ("TIME", "INTERVAL", *_SYSCAL_KEYS)}
        changed = 0
        for rows in _measurements(columns):
            times = columns["TIME"][rows]
            if numpy.ptp(times) > _SAME_TIME_S:
                begin = numpy.mean(times - columns["INTERVAL"][rows] / 2.0)
                columns["TIME"][rows] = begin + newinterval / 2.0
                columns["INTERVAL"][rows] = newinterval
                changed += 1
        if changed:
            table.putcol("TIME", columns["TIME"])
            table.putcol("INTERVAL", columns["INTERVAL"])
    finally:
        table.close()
    if changed:
        print("Some SYSCAL time corrections have been applied.")
    else:
        print("All SYSCAL times seem correct; no changes required.")
    return changed


_SYSCAL_KEYS = ("ANTENNA_ID", "FEED_ID", "SPECTRAL_WINDOW_ID")


def _measurements(columns: Dict[str, Any]) -> List[List[int]]:
    """Return the rows of each measurement: they begin together, and no antenna has a spw twice."""
    begins = columns["TIME"] - columns["INTERVAL"] / 2.0
    keys = [tuple(key) for key in numpy.transpose([columns[name] for name in _SYSCAL_KEYS]).tolist()]
    found: List[List[int]] = []
    seen: Set[Tuple[int, ...]] = set()
    for row in numpy.argsort(begins, kind="stable").tolist():
        late = bool(found) and begins[row] - begins[found[-1][0]] > _ONE_MEASUREMENT_S
        if not found or late or keys[row] in seen:
            found.append([])
            seen = set()
        found[-1].append(row)
        seen.add(keys[row])
    return found


def tsysspwmap(
    vis: str, tsystable: str, trim: bool = False, relax: bool = False, tsysChanTol: float = 0
) -> List[int]:
    """Return for each spw of an MS the spw whose Tsys serves it: the `spwmap` of applycal.

    A spw with a Tsys of its own keeps it. Another gets that of a spw whose frequencies cover it, of its own
    baseband where there are several, and of these the one nearest in frequency.

    Parameters
    ----------
    vis : str
        The MS.
    tsystable : str
        The table made from it by gencal with caltype='tsys'.
    trim : bool
        Leave out the end of the list, where each spw serves itself. Without it the list has one number for
        each spw of the MS, which is the most that applycal takes.
    relax : bool
        Be content when the centre of a spw is covered.
    tsysChanTol : float, channels of the Tsys spw
        A spw may reach out of the Tsys spw by so much on either side.
    """
    spws = _windows(vis)
    tsys = _rows_of(tsystable, "SPECTRAL_WINDOW_ID")
    spwmap = list(range(len(spws["low"])))
    missing: List[int] = []
    for spw in spwmap[:]:
        if spw in tsys:
            continue
        fits = [other for other in tsys if _covers(spws, other, spw, tsysChanTol, relax)]
        if fits:
            spwmap[spw] = min(fits, key=lambda other: _distance(spws, other, spw))
        else:
            missing.append(spw)
    _complain(vis, tsystable, sorted(set(missing) & _observed_on_target(vis)))
    while trim and spwmap and spwmap[-1] == len(spwmap) - 1:
        spwmap.pop()
    return spwmap


def _complain(vis: str, tsystable: str, missing: List[int]) -> None:
    if missing:
        names = ", ".join(str(spw) for spw in missing)
        print("ERROR: INCOMPLETE TSYS SPW MAPPING!")
        print(f"I cannot find a Tsys spw to use for spw {names} of {vis} in {tsystable}.")
        print("Raise tsysChanTol, or map by hand: tsysmap[spw] = <Tsys spw>.")


def _windows(vis: str) -> Dict[str, List[float]]:
    """Return lowest and highest frequency, Hz, width of a channel, Hz, and baseband of each spw."""
    table = casatools.table()
    table.open(vis + "/SPECTRAL_WINDOW")
    try:
        found: Dict[str, List[float]] = {"low": [], "high": [], "width": [], "baseband": []}
        has_baseband = "BBC_NO" in table.colnames()
        for row in range(table.nrows()):
            centres = table.getcell("CHAN_FREQ", row)
            widths = numpy.abs(table.getcell("CHAN_WIDTH", row))
            found["low"].append(float(numpy.min(centres - widths / 2.0)))
            found["high"].append(float(numpy.max(centres + widths / 2.0)))
            found["width"].append(float(numpy.median(widths)))
            found["baseband"].append(float(table.getcell("BBC_NO", row)) if has_baseband else 0.0)
        return found
    finally:
        table.close()


def _rows_of(name: str, column: str) -> List[int]:
    table = casatools.table()
    table.open(name)
    try:
        return sorted({int(value) for value in table.getcol(column)})
    finally:
        table.close()


def _covers(spws: Dict[str, List[float]], tsys: int, spw: int, channels: float, relax: bool) -> bool:
    """Tell whether the frequencies of `spw` lie within those of `tsys`, but for so many of its channels."""
    low, high = spws["low"][spw], spws["high"][spw]
    if relax:
        low = high = (low + high) / 2.0
    # A thousandth of a channel: edges that are meant to be equal differ in their last digits.
    slack = (channels + 1e-3) * spws["width"][tsys]
    return spws["low"][tsys] - slack <= low and high <= spws["high"][tsys] + slack


def _distance(spws: Dict[str, List[float]], tsys: int, spw: int) -> Tuple[bool, float, int]:
    """Return what is smallest for the best Tsys spw: the same baseband first, then the nearest centre."""
    centres = [spws["low"][each] + spws["high"][each] for each in (tsys, spw)]
    return spws["baseband"][tsys] != spws["baseband"][spw], abs(centres[0] - centres[1]), tsys


def _observed_on_target(vis: str) -> Set[int]:
    """Return the spws that were observed on a target, and are no radiometer's: they need a Tsys."""
    metadata = casatools.msmetadata()
    metadata.open(vis)
    try:
        spws = {int(spw) for spw in metadata.spwsforintent("OBSERVE_TARGET*")}
        return spws - {int(spw) for spw in metadata.wvrspws()} - {int(spw) for spw in metadata.chanavgspws()}
    finally:
        metadata.close()
