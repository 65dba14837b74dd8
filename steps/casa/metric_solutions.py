"""How many solutions were expected, could be attempted, and succeeded: of each spw, antenna and scan."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

from ..errors import CasaError
from .caltable import CalTable, read_caltable
from .flag_count import open_unlocked
from .metric_answers import Answer, Offender, Place, Results, ordered_of, said
from .visibilities import read_names

__all__ = ["scans_unsolved", "solve_failed"]

CHUNK_BYTES = 1 << 25
"""Read at a time."""
ENOUGH_DATA = 0.25
"""A scan of which so much is unflagged should give a solution."""
TASKS = ("gaincal", "bandpass")


def scans_unsolved(of: str, folder: str, results: Results) -> Answer:
    """How many times an antenna has data in a scan and spw, but no good solution.

    `of` is a table of gains; to be measured right after the solve, as applycal flags what has no solution.
    Data are there where a quarter of the antenna's visibilities in that scan are unflagged. Any is worth a
    look: an antenna without fringes, a reference antenna that was away, or too little signal; gains are
    interpolated across that scan as if nothing were.
    """
    table = read_caltable(folder, of, "G", "T")
    if not os.path.isdir(table.ms):
        raise CasaError("the MS it was solved on is not there", of, "Without it nobody knows who had data.")
    there = _with_data(table)
    found = list(_unsolved(table, there))
    attempted = sum(len(each) for each in there.values())
    names = ", ".join(each.who for each in found[:8]) + (f" and {len(found) - 8} more" if found[8:] else "")
    return Answer(float(len(found)), "", f"{names or 'none'}; {attempted} attempted", found)


def _unsolved(table: CalTable, there: Dict[int, Any]) -> Iterator[Offender]:
    for block in table.blocks:
        good = {
            (int(scan), int(antenna))
            for scan, antenna, flagged in zip(block.scan, block.antenna, block.flags.all(axis=(0, 1)))  # noqa: B905
            if not flagged
        }
        solved_scans = {scan for scan in block.scan.tolist() if scan > 0}
        for scan, antenna in sorted(there.get(block.spw, set()) - good):
            if scan in solved_scans:
                name = table.antennas[antenna]
                yield Offender(1.0, f"{name} spw {block.spw} scan {scan}", Place(name, block.spw, scan=scan))


def _with_data(table: CalTable) -> Dict[int, Any]:
    """Spw -> the scans and antennas with data on the fields of the table."""
    fields = sorted({int(field) for block in table.blocks for field in np.unique(block.field)})
    wanted = {block.spw for block in table.blocks}
    found: Dict[int, Any] = {}
    with open_unlocked(table.ms) as main:
        for ddid, spw in enumerate(read_names(table.ms).spw_of):
            if spw not in wanted:
                continue
            part = main.query(f"DATA_DESC_ID=={ddid} AND ANTENNA1!=ANTENNA2 AND FIELD_ID IN {fields}")
            try:
                if part.nrows():
                    found[spw] = _scans_with_data(part, len(table.antennas))
            finally:
                part.close()
    return found


def _scans_with_data(part: Any, antennas: int) -> Any:
    scan, one, two = (part.getcol(name) for name in ("SCAN_NUMBER", "ANTENNA1", "ANTENNA2"))
    good = np.concatenate([~flags.all(axis=(0, 1)) for flags in _flags(part)])
    numbers, which = np.unique(scan, return_inverse=True)
    total, unflagged = np.zeros((len(numbers), antennas)), np.zeros((len(numbers), antennas))
    for mine in (one, two):
        np.add.at(total, (which.ravel(), mine), 1.0)
        np.add.at(unflagged, (which.ravel(), mine), good)
    enough = (unflagged > 0) & (unflagged >= ENOUGH_DATA * total)
    return {(int(numbers[n]), int(antenna)) for n, antenna in zip(*np.nonzero(enough))}  # noqa: B905


def _flags(part: Any) -> Iterator[Any]:
    cell = part.getcell("FLAG", 0)
    step = max(1, CHUNK_BYTES // max(1, cell.size))
    for start in range(0, part.nrows(), step):
        count = min(step, part.nrows() - start)
        yield part.getcol("FLAG", start, count) | part.getcol("FLAG_ROW", start, count)[None, None, :]


def solve_failed(of: str, folder: str, results: Results) -> Answer:
    """Solutions that failed among those that could be attempted, of the worst spw, %.

    Of what gaincal and bandpass returned in this step for the caltable `of` (CASA 6.5.3 and later):
    expected are all intervals, attempted those with unflagged data, succeeded those above minsnr. Above 15 %
    look (our own limit): phases per integration need a signal to noise of 5 (reference alma-reduction 4.2).
    """
    told = [
        returned["solvestats"]
        for task in TASKS
        for arguments, returned in results.get(task, [])
        if isinstance(returned, dict) and isinstance(returned.get("solvestats"), dict)
        and os.path.basename(str(arguments.get("caltable", ""))) == os.path.basename(of)
    ]  # fmt: skip
    if not told:
        raise CasaError(
            "the solve told nothing of its solutions", of, "It is told when the step has run, by CASA 6.5.3."
        )
    counts: Dict[Tuple[int, str], Any] = {}
    for stats in told:
        for spw, antenna, numbers in _told(stats):
            counts[spw, antenna] = counts.get((spw, antenna), np.zeros(3)) + numbers
    found = ordered_of(_failed(counts, _names_of(of, folder)))
    whole = [each for each in found if not each.place.antenna]
    sums = sum((each for (_, antenna), each in counts.items() if not antenna), np.zeros(3))
    text = "expected {:.0f}, attempted {:.0f}, succeeded {:.0f}".format(*sums)
    worst = max((each.value for each in whole), default=0.0)
    return Answer(worst, "%", f"{text}: {said(whole, '%')}" if worst else text, found)


def _failed(counts: Dict[Tuple[int, str], Any], names: List[str]) -> Iterator[Offender]:
    for (spw, antenna), (_, attempted, succeeded) in counts.items():
        if attempted:
            percent = 100.0 * (1.0 - succeeded / attempted)
            number = int(antenna[3:]) if antenna[3:].isdigit() else -1
            name = names[number] if 0 <= number < len(names) else antenna
            who = f"{name} spw {spw}" if name else f"spw {spw}"
            yield Offender(float(percent), who, Place(name, spw))


def _told(stats: Dict[str, Any]) -> Iterator[Tuple[int, str, Any]]:
    """Yield spw, antenna ("ant3", "" for all) and the three counts."""
    for key, of_spw in stats.items():
        if not (key.startswith("spw") and key[3:].isdigit() and isinstance(of_spw, dict)):
            continue
        yield int(key[3:]), "", _three(of_spw)
        for antenna, numbers in of_spw.items():
            if antenna.startswith("ant") and isinstance(numbers, dict):
                yield int(key[3:]), antenna, _three(numbers)


def _three(numbers: Dict[str, Any]) -> Any:
    keys = ("expected", "data_unflagged", "above_minsnr")
    return np.array([float(np.sum(numbers.get(key, 0))) for key in keys])


def _names_of(of: str, folder: str) -> List[str]:
    return read_caltable(folder, of).antennas
