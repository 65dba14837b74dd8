"""How many solutions were expected, could be attempted, and succeeded: of each spw, antenna and scan."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

from ...errors import CasaError
from ..caltable import Block, CalTable, read_caltable
from .answers import Answer, Offender, Place, Results, ordered_of, said
from .bandpass import averaged_table

__all__ = ["observed_hands", "scans_unsolved", "solve_failed"]

TASKS = ("gaincal", "bandpass")


def scans_unsolved(of: str, folder: str, results: Results) -> Answer:
    """How many times an antenna had data in a scan and spw, and no good solution came of it.

    `of` is a table of gains. CASA keeps the signal to noise of a solution that it flags, and 0 where there
    was nothing to solve for; so it can be told later too, when applycal has flagged the data. An antenna
    without fringes, a bad radiometer, or too little signal: gains are interpolated across that scan as if
    nothing were. Any is worth a look; expected and attempted solutions are told.
    """
    table = read_caltable(folder, of, "G", "T")
    found: List[Offender] = []
    expected = attempted = 0
    for block in table.blocks:
        if block.snr is None:
            raise CasaError("has no signal to noise", of, "It is in tables of gaincal.")
        tried = (~block.flags | (np.nan_to_num(block.snr) > 0.0)).any(axis=(0, 1))
        good = (~block.flags).any(axis=(0, 1))
        expected, attempted = expected + len(tried), attempted + int(tried.sum())
        found += _unsolved(table, block, tried, good)
    failed = sum(int((block.flags.all(axis=(0, 1))).sum()) for block in table.blocks)
    counts = f"expected {expected}, attempted {attempted}, succeeded {expected - failed}"
    names = ", ".join(each.who for each in found[:8]) + (f" and {len(found) - 8} more" if found[8:] else "")
    return Answer(float(len(found)), "", f"{names}; {counts}" if names else counts, found)


def _unsolved(table: CalTable, block: Block, tried: Any, good: Any) -> Iterator[Offender]:
    cells = np.stack([block.scan, block.antenna], axis=1)
    unique, which = np.unique(cells, axis=0, return_inverse=True)
    some_tried = np.bincount(which.ravel(), tried, len(unique)) > 0
    some_good = np.bincount(which.ravel(), good, len(unique)) > 0
    for scan, antenna in unique[some_tried & ~some_good].tolist():
        name = table.antennas[antenna]
        yield Offender(1.0, f"{name} spw {block.spw} scan {scan}", Place(name, block.spw, scan=scan))


def solve_failed(of: str, folder: str, results: Results) -> Answer:
    """Solutions that failed among those that could be attempted, of each spw and antenna, %; of all together.

    By what gaincal and bandpass returned in this step for the caltable `of` (CASA 6.5.3 and later): expected
    are all intervals, attempted those with unflagged data, succeeded those above minsnr. Later on by the
    table: attempted is what has a signal to noise or is not flagged. Of a bandpass that is solved with
    averaged channels too, those count. Data that were flagged before do not count. Above 15 % look (our own
    limit): phases per integration need a signal to noise of 5 (reference alma-reduction 4.2). A polarisation
    without any solution, where the other one has some, was not observed: gains have room for two always.
    """
    table = read_caltable(folder, of)
    counts: Dict[Tuple[int, str], Any] = {}
    hands = observed_hands(table)
    used = averaged_table(of, folder, table)
    replaced = {block.spw for block in used.blocks} if used else set()
    told = [each for each in _returned(of, results, hands) or _kept(table, hands) if each[0] not in replaced]
    for spw, antenna, numbers in [*told, *(_kept(used, hands) if used else [])]:
        counts[spw, antenna] = counts.get((spw, antenna), np.zeros(3)) + numbers
    found = ordered_of(_failed(counts, table.antennas))
    expected, attempted, succeeded = sum(counts.values(), np.zeros(3))
    text = f"expected {expected:.0f}, attempted {attempted:.0f}, succeeded {succeeded:.0f}"
    worst = said([each for each in found if each.value], "%")
    percent = 100.0 * (1.0 - succeeded / attempted) if attempted else 0.0
    return Answer(percent, "%", f"{text}: {worst}" if worst else text, found)


def observed_hands(table: CalTable) -> List[int]:
    """Which polarisations of a table were observed: CASA writes two, and flags the one that was not."""
    pols = max((len(block.flags) for block in table.blocks), default=0)
    seen = [n for n in range(pols) if any(not block.flags[n : n + 1].all() for block in table.blocks)]
    return seen or list(range(pols))


def _kept(table: CalTable, hands: List[int]) -> Iterator[Tuple[int, str, Any]]:
    """The three counts of each spw and antenna, by what the table holds."""
    for block in table.blocks:
        snr = np.zeros(block.flags.shape) if block.snr is None else np.nan_to_num(block.snr)
        kept = [n for n in hands if n < len(snr)]
        flags, snr = block.flags[kept], snr[kept]
        tried = ~flags | (snr > 0.0)
        for antenna in np.unique(block.antenna).tolist():
            rows = block.antenna == antenna
            counts = (flags[..., rows].size, tried[..., rows].sum(), (~flags[..., rows]).sum())
            yield block.spw, f"ant{antenna}", np.array(counts, dtype=float)


def _returned(of: str, results: Results, hands: List[int]) -> List[Tuple[int, str, Any]]:
    """The same as the solves of this step returned it."""
    name = os.path.basename(of)
    return [
        each
        for task in TASKS
        for arguments, returned in results.get(task, [])
        if isinstance(returned, dict) and isinstance(returned.get("solvestats"), dict)
        and os.path.basename(str(arguments.get("caltable", ""))) == name
        for each in _told(returned["solvestats"], hands)
    ]  # fmt: skip


def _failed(counts: Dict[Tuple[int, str], Any], names: List[str]) -> Iterator[Offender]:
    for (spw, antenna), (_, attempted, succeeded) in counts.items():
        if attempted:
            percent = 100.0 * (1.0 - succeeded / attempted)
            number = int(antenna[3:]) if antenna[3:].isdigit() else -1
            name = names[number] if 0 <= number < len(names) else antenna
            yield Offender(float(percent), f"{name} spw {spw}", Place(name, spw))


def _told(stats: Dict[str, Any], hands: List[int]) -> Iterator[Tuple[int, str, Any]]:
    """Yield spw, antenna ("ant3") and the three counts."""
    keys = ("expected", "data_unflagged", "above_minsnr")
    for key, of_spw in stats.items():
        if key.startswith("spw") and key[3:].isdigit() and isinstance(of_spw, dict):
            for antenna, numbers in of_spw.items():
                if antenna.startswith("ant") and isinstance(numbers, dict):
                    each = [np.atleast_1d(numbers.get(k, 0)) for k in keys]
                    counts = [
                        float(n[hands].sum() if len(n) > max(hands, default=0) else n.sum()) for n in each
                    ]
                    yield int(key[3:]), antenna, np.array(counts)
