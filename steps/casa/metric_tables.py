"""Numbers of what is measured or known beforehand: Tsys, antenna positions; and of any caltable."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

from .caltable import Block, CalTable, read_caltable
from .metric_answers import Answer, Offender, Results, most, quiet_median, said
from .visibilities import antennas_with_data

__all__ = ["antpos_max", "solutions_flagged", "solutions_missing", "tsys_negative", "tsys_ratio"]


def tsys_ratio(of: str, folder: str, results: Results) -> Answer:
    """Largest ratio of an antenna's Tsys to that of the others.

    For each spw, polarisation and scan: an antenna's median over the unflagged channels, divided by the
    median of those over the antennas (three or more). `of` is the Tsys caltable. Two and more is what the
    ALMA pipeline flags (hifa_tsysflag, nmedian 2.0; reference alma-reduction 4.2).
    """
    table = read_caltable(folder, of, "B TSYS")
    return most(_tsys_ratios(table), "", of, digits=2)


def _tsys_ratios(table: CalTable) -> Iterator[Offender]:
    for block in table.blocks:
        kept = np.where(block.values.real > 0.0, block.kept.real, np.nan)
        medians = quiet_median(kept, 1)
        for scan, rows in block.visits():
            here = medians[:, rows]
            enough = np.isfinite(here).sum(axis=1) >= 3
            ratios = here / np.where(enough, quiet_median(here, 1), np.nan)[:, None]
            numbers = np.flatnonzero(rows)
            for pol, index in zip(*np.nonzero(np.isfinite(ratios))):  # noqa: B905  # Python 3.8
                who = f"{table.who(block, numbers[index], pol)} {scan}"
                yield Offender(float(ratios[pol, index]), who)


def tsys_negative(of: str, folder: str, results: Results) -> Answer:
    """Largest percentage of channels with a Tsys of zero or less, unflagged, of an antenna, spw,
    polarisation and scan.

    `of` is the Tsys caltable. In more than 10 % of the channels: flag it, or map another one
    (reference alma-reduction 4.2).
    """
    table = read_caltable(folder, of, "B TSYS")
    found = []
    for block in table.blocks:
        percent = 100.0 * ((block.values.real <= 0.0) & ~block.flags).mean(axis=1)
        for scan, rows in block.visits():
            found += [
                Offender(float(percent[pol, row]), f"{table.who(block, row, pol)} {scan}")
                for row in np.flatnonzero(rows)
                for pol in range(len(percent))
            ]
    return most(found, "%", of) if any(each.value for each in found) else Answer(0.0, "%", "none is negative")


def antpos_max(of: str, folder: str, results: Results) -> Answer:
    """Length of the largest antenna position correction, mm.

    `of` is the table of gencal(caltype='antpos'), whose offsets are in metres. More than 2 mm is worth a
    look (the script generator notes it; reference alma-reduction 2.2 and 4.2).
    """
    table = read_caltable(folder, of, "KAntPos")
    found: Dict[int, float] = {}
    for block in table.blocks:
        length = 1000.0 * np.sqrt((block.values.real[:, 0] ** 2).sum(axis=0))
        found.update(zip(block.antenna.tolist(), length.tolist()))  # noqa: B905  # Python 3.8
    return most([Offender(mm, table.antennas[n]) for n, mm in found.items()], "mm", of, digits=2)


def solutions_flagged(of: str, folder: str, results: Results) -> Answer:
    """Percentage of a caltable's solutions that are flagged; the worst antennas and spws are named.

    `of` is any caltable. Those of antennas without data count too: CASA writes them, flagged.
    """
    table = read_caltable(folder, of)
    flagged = sum(int(block.flags.sum()) for block in table.blocks)
    total = sum(block.flags.size for block in table.blocks)
    found = [
        Offender(100.0 * float(flags.mean()), f"{table.antennas[antenna]} spw {block.spw}")
        for block in table.blocks
        for antenna, flags in _by_antenna(block)
        if flags.any()
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
    (with one, spws were combined). Any is worth a look.
    """
    table = read_caltable(folder, of)
    fields = sorted({int(field) for block in table.blocks for field in np.unique(block.field)} - {-1})
    there = _with_data(table, fields)
    solved = {
        block.spw: {antenna for antenna, flags in _by_antenna(block) if not flags.all()}
        for block in table.blocks
    }
    if len(solved) > 1:
        solved.update({spw: set() for spw in there if spw not in solved})
    missing = [
        f"{table.antennas[antenna]} spw {spw}"
        for spw, good in sorted(solved.items())
        for antenna in sorted(there.get(spw, set()) - good)
    ]
    more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
    return Answer(float(len(missing)), "", ", ".join(missing[:8]) + more or "none is missing")


def _with_data(table: CalTable, fields: List[int]) -> Dict[int, Any]:
    """Spw -> the antennas with data: of a Tsys table, and where the MS is gone, all that it lists."""
    if table.kind.startswith("B TSYS") or not os.path.isdir(table.ms):
        return {block.spw: set(block.antenna.tolist()) for block in table.blocks}
    return antennas_with_data(table.ms, fields)
