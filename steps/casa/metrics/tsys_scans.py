"""Scans without system temperatures, sources without their own, and how far away is what serves instead."""

from __future__ import annotations

import os
from typing import Dict, Iterator, List, NamedTuple, Set, Tuple

import numpy as np

from ..caltable import CalTable, read_caltable
from .answers import Answer, NothingToTell, Offender, Place, Results, existing, most
from .tsys_observed import Observed, Visit, observed

__all__ = ["table_and_ms", "tsys_elevation", "tsys_gap", "tsys_missing", "tsys_scans_missing"]

BESIDE_S = 60.0
"""A solution belongs to a Tsys scan that ends or begins so near, where the table does not know its scan."""
UNSERVED = "no scan of a target has a Tsys that serves it"


class Measured(NamedTuple):
    """One measurement of Tsys that left solutions."""

    field: int
    scan: int
    """-1 where the table does not know it."""
    time_s: float
    spws: Set[int]


def tsys_missing(of: str, folder: str, results: Results) -> Answer:
    """How many sources have data for science but no Tsys of their own; they are named, with what is near.

    `of` is the Tsys caltable; the MS that it was made of says what was observed. Pointings of a mosaic
    count as one source, and a check source is not counted: it has none as a rule. A phase calibrator takes
    the Tsys of its target and the other way round, some degrees away: worth a note (the script generator
    writes "probably Ok" at the applycal), not a fault by itself; how far away it is `tsys_gap` and
    `tsys_elevation` say.
    """
    table, seen = table_and_ms(of, folder)
    measured = sorted({each.field for each in _measured(table)})
    found = []
    for field, roles in sorted(seen.roles().items()):
        if set(roles) != {"check source"} and not seen.own(field, measured):
            words = f"{roles[0]} {seen.fields[field]}"
            near = seen.serving(field, measured)
            if near:
                words += f" (nearest: {seen.fields[near[0]]}, {seen.apart_deg(near[0], field):.1f} deg away)"
            scans = [each.scan for each in seen.visits if each.field == field and each.role]
            found += [Offender(1.0, words, Place(field=seen.fields[field], scan=scan)) for scan in scans]
    names = list(dict.fromkeys(each.who for each in found))
    fields = {each.place.field for each in found}
    return Answer(float(len(fields)), "", ", ".join(names) or "all sources have their own", found)


def tsys_scans_missing(of: str, folder: str, results: Results) -> Answer:
    """How many Tsys scans (CALIBRATE_ATMOSPHERE) have left no unflagged solution; they are named.

    `of` is the Tsys caltable. SYSCAL misses a scan where the ASDM was cut short (reference alma-reduction
    4.4, KI-15); a scan without a solution in one spw counts too.
    """
    table, seen = table_and_ms(of, folder)
    measured, spws = _measured(table), {block.spw for block in table.blocks}
    found = []
    for each in seen.visits:
        gone = sorted((spws & set(each.spws)) - _of_scan(measured, each)) if each.atmosphere else []
        name = seen.fields[each.field]
        who = f"scan {each.scan} on {name} spw {', '.join(map(str, gone))}"
        found += [Offender(1.0, who, Place("", spw, "", each.scan, name)) for spw in gone]
    names = list(dict.fromkeys(each.who for each in found))
    scans = {each.place.scan for each in found}
    return Answer(float(len(scans)), "", ", ".join(names) or "no scan is missing", found)


def tsys_gap(of: str, folder: str, results: Results) -> Answer:
    """Longest time between a scan of a target and the nearest Tsys of it (or of what serves for it), minutes.

    `of` is the Tsys caltable; the time is that from the farther end of the scan. Tsys is measured every 10
    minutes or so: above 20 look, as a scan takes some minutes itself.
    """
    table, seen = table_and_ms(of, folder)
    found = []
    for each, _, apart_s in _served(table, seen):
        place = Place(field=seen.fields[each.field], scan=each.scan)
        found.append(Offender(apart_s / 60.0, f"{seen.fields[each.field]} scan {each.scan}", place))
    if not found:
        raise NothingToTell(UNSERVED, of)
    return most(found, "min", of)


def tsys_elevation(of: str, folder: str, results: Results) -> Answer:
    """Largest difference in elevation between a scan of a target and the Tsys that serves it, degrees.

    `of` is the Tsys caltable. 10 degrees are worth a few percent at 230 GHz at middle elevations, and far
    more in bands 8 to 10: above that look.
    """
    table, seen = table_and_ms(of, folder)
    found = []
    for each, tsys, _ in _served(table, seen):
        here = seen.elevation_deg(each.field, 0.5 * (each.start_s + each.end_s))
        there = seen.elevation_deg(tsys.field, tsys.time_s)
        place = Place(field=seen.fields[each.field], scan=each.scan)
        who = f"{seen.fields[each.field]} scan {each.scan} at {here:.0f} deg, Tsys at {there:.0f}:"
        found.append(Offender(abs(here - there), who, place))
    if not found:
        raise NothingToTell(UNSERVED, of)
    return most(found, "deg", of)


def table_and_ms(of: str, folder: str) -> Tuple[CalTable, Observed]:
    """Read a Tsys caltable, and what the MS says that it was made of.

    Raises
    ------
    CasaError
        One of them is not there, or is something else.
    """
    table = read_caltable(folder, of, "B TSYS")
    return table, observed(existing(folder, os.path.basename(table.ms)))


def _measured(table: CalTable) -> List[Measured]:
    """The measurements with an unflagged solution, in the order of time."""
    found: Dict[Tuple[int, int, int], Measured] = {}
    for block in table.blocks:
        good = ~block.flags.all(axis=(0, 1))
        for _, rows in block.visits():
            for field in np.unique(block.field[rows & good]).tolist():
                mine = rows & good & (block.field == field)
                time, scan = float(block.time_s[mine].mean()), int(block.scan[mine].max())
                key = (int(field), scan, 0 if scan > 0 else round(time / BESIDE_S))
                each = found.setdefault(key, Measured(int(field), scan, time, set()))
                each.spws.add(block.spw)
    return sorted(found.values(), key=lambda each: each.time_s)


def _of_scan(measured: List[Measured], scan: Visit) -> Set[int]:
    """The spws with a solution of one scan."""
    found: Set[int] = set()
    for each in measured:
        near = scan.start_s - BESIDE_S <= each.time_s <= scan.end_s + BESIDE_S
        if each.scan == scan.scan or (each.scan <= 0 and near):
            found |= each.spws
    return found


def _served(table: CalTable, seen: Observed) -> Iterator[Tuple[Visit, Measured, float]]:
    """Yield each scan of a target, the measurement that serves it, and the time from its farther end, s."""
    measured = _measured(table)
    fields = sorted({each.field for each in measured})
    for scan in seen.visits:
        if scan.role == "target" and fields:
            serving = seen.serving(scan.field, fields)
            tsys = min((each for each in measured if each.field in serving), key=lambda m: _apart_s(scan, m))
            yield scan, tsys, _apart_s(scan, tsys)


def _apart_s(scan: Visit, tsys: Measured) -> float:
    """From the farther end of a scan."""
    return max(abs(tsys.time_s - scan.start_s), abs(tsys.time_s - scan.end_s))
