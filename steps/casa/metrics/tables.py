"""Numbers of any caltable: which solutions are flagged, and which are missing."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Set, Tuple

import numpy as np

from ..applied import calls_of_applycal, ids_of, place_of, spwmap_of
from ..caltable import Block, CalTable, read_caltable
from ..ms_names import read_names
from ..visibilities import antennas_with_data
from .answers import Answer, Offender, Place, Results, said
from .solutions import observed_hands

__all__ = ["solutions_flagged", "solutions_missing"]


def solutions_flagged(of: str, folder: str, results: Results) -> Answer:
    """Percentage of a caltable's solutions that are flagged; the worst antennas and spws are named.

    `of` is any caltable. Those of antennas without data count too: CASA writes them, flagged; those of a
    polarisation that nobody has do not. Nobody is an offender: the share of one antenna is not what the
    limit is of (`solutions_missing` says who has none).
    """
    table = read_caltable(folder, of)
    hands = observed_hands(table)
    kept = [(block, block.flags[[n for n in hands if n < len(block.flags)]]) for block in table.blocks]
    flagged = sum(int(flags.sum()) for _, flags in kept)
    total = sum(flags.size for _, flags in kept)
    found = [
        Offender(100.0 * float(flags[..., rows].mean()), f"{table.antennas[antenna]} spw {block.spw}")
        for block, flags in kept
        for antenna, rows in ((each, block.antenna == each) for each in np.unique(block.antenna).tolist())
        if flags[..., rows].any()
    ]
    return Answer(100.0 * flagged / max(1, total), "%", said(found, "%") or "none is flagged")


def _by_antenna(block: Block) -> Iterator[Tuple[int, Any]]:
    for antenna in np.unique(block.antenna).tolist():
        yield antenna, block.flags[:, :, block.antenna == antenna]


def solutions_missing(of: str, folder: str, results: Results) -> Answer:
    """How many antennas and spws have no good solution at all though there are data.

    `of` is any caltable. Data are there where the MS it was solved on has an unflagged visibility of the
    antenna in the spw, on the fields of the table: to be measured right after the solve, as applycal flags
    what has no solution. A spw without a row in the table counts where the table has more than one spw
    (with one, spws were combined); not one that the solve of this step was told to leave out, or that
    applycal maps to another. Any is worth a look.
    """
    table = read_caltable(folder, of)
    fields = sorted({int(field) for block in table.blocks for field in np.unique(block.field)} - {-1})
    there = _with_data(table, fields)
    solved = {
        block.spw: {antenna for antenna, flags in _by_antenna(block) if not flags.all()}
        for block in table.blocks
    }
    if len(solved) > 1:
        served = _served(of, table, results)
        solved.update({spw: set() for spw in there if spw not in solved and spw not in served})
    missing = [
        Offender(1.0, f"{table.antennas[antenna]} spw {spw}", Place(table.antennas[antenna], spw))
        for spw, good in sorted(solved.items())
        for antenna in sorted(there.get(spw, set()) - good)
    ]
    more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
    text = ", ".join(each.who for each in missing[:8]) + more
    return Answer(float(len(missing)), "", text or "none is missing", missing)


def _served(of: str, table: CalTable, results: Results) -> Set[int]:
    """Spws that need no solution of their own: left out of the solve, or mapped to one that has some."""
    if not os.path.isdir(table.ms):
        return set()
    spws, served = read_names(table.ms).spws, set()
    for arguments, _ in [*results.get("gaincal", []), *results.get("bandpass", [])]:
        if os.path.basename(str(arguments.get("caltable", ""))) == os.path.basename(of):
            asked = ids_of(str(arguments.get("spw") or ""), spws)
            served |= set(range(len(spws))) - set(asked) if asked else set()
    rows = {block.spw for block in table.blocks}
    for call in calls_of_applycal(table.ms):
        at = place_of(call, of)
        spwmap = spwmap_of(call, at) if at is not None else []
        served |= {spw for spw, source in enumerate(spwmap) if source in rows}
    return served


def _with_data(table: CalTable, fields: List[int]) -> Dict[int, Any]:
    """Spw -> the antennas with data: of a Tsys table, and where the MS is gone, all that it lists."""
    if table.kind.startswith("B TSYS") or not os.path.isdir(table.ms):
        return {block.spw: set(block.antenna.tolist()) for block in table.blocks}
    return antennas_with_data(table.ms, fields)
