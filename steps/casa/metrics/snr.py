"""Signal to noise of gain solutions: of windows, and of antennas against each other."""

from __future__ import annotations

import os
from typing import Any, Iterator, List, Sequence

import numpy as np

from ...errors import CasaError
from ..caltable import Block, CalTable, read_caltable
from ..gains import GAINS, antenna_medians, read_schedule
from .answers import Answer, NothingToTell, Offender, Place, Results, quiet_median
from .bandpass import widths_hz

__all__ = ["narrow_window_snr", "solution_snr", "solution_snr_ratio"]

NARROW = 0.15
"""Of the widest window's signal to noise: see `window_snr_ratio`."""


def solution_snr(of: str, folder: str, results: Results) -> Answer:
    """Signal to noise of the solutions of a spw and field, the median over antennas, scans and polarisations.

    Flagged ones count with what they had. Fields whose gains nobody else is corrected with (check sources)
    are left out where the MS tells. A solution with a signal to noise of 5 has a phase error of 11 degrees;
    the ALMA pipeline wants 32 for phases that stand for a scan, and combines spws below; 5 for those of an
    integration (reference alma-reduction 4.2). Below 10 look, below 5 it is noise.
    """
    table = read_caltable(folder, of, *GAINS)
    return _least(list(_medians(table, table.blocks, of)), of, 0)


def narrow_window_snr(of: str, folder: str, results: Results) -> Answer:
    """The same of spws that are narrower than a 44th of the widest (0.15 of its signal to noise).

    The ALMA pipeline takes the phases of a window below 32 from a wider one, or combines windows (reference
    alma-reduction 4.2). Wide windows are left to what they have: the others are no better.
    """
    table = read_caltable(folder, of, *GAINS)
    widths = widths_hz(os.path.join(folder, of))
    widest = max((widths.get(each.spw, 0.0) for each in table.blocks), default=0.0)
    narrow = [each for each in table.blocks if widths.get(each.spw, widest) < NARROW**2 * widest]
    if not narrow:
        raise NothingToTell("no solved window is much narrower than the widest", of)
    return _least(list(_medians(table, narrow, of)), of, 0)


def _medians(table: CalTable, blocks: Sequence[Block], of: str) -> Iterator[Offender]:
    carried = read_schedule(table.ms).carried()
    for block in blocks:
        snr = _snr(block, of)
        for field in np.unique(block.field).tolist():
            here = snr[:, block.field == field]
            if (carried and field not in carried) or not (here > 0.0).any():
                continue
            name = table.field_name(field)
            median = float(np.median(here[here > 0.0]))
            yield Offender(median, f"{name} spw {block.spw}", Place(spw=block.spw, field=name))


def solution_snr_ratio(of: str, folder: str, results: Results) -> Answer:
    """Signal to noise of an antenna and polarisation, as a part of that of the median antenna.

    The median over the solutions of each field, divided by that of the antennas; the median over the fields,
    of each spw. It goes with 1 / sqrt(Tsys) and with the amplitude gain: below 0.8 the antenna, or one
    polarisation of it, is noisier than the others by half, or has lost that much signal. Weights account for
    it: nothing has to be done, but look whether it disturbs (our own limit).
    """
    table = read_caltable(folder, of, *GAINS)
    found: List[Offender] = []
    for block in table.blocks:
        ratios = np.stack(list(_ratios(table, block, of)))
        ratio = quiet_median(ratios, 0)
        for pol, antenna in zip(*np.nonzero(np.isfinite(ratio))):  # noqa: B905  # Python 3.8
            name, hand = table.antennas[antenna], table.pols[pol]
            who = " ".join([name, f"spw {block.spw}", *([hand] if hand else [])])
            found.append(Offender(float(ratio[pol, antenna]), who, Place(name, block.spw, hand)))
    return _least(found, of, 2)


def _ratios(table: CalTable, block: Block, of: str) -> Iterator[Any]:
    """Of each field (polarisations, antennas)."""
    snr = np.where(block.flags[:, 0], np.nan, _snr(block, of))
    for field in np.unique(block.field).tolist():
        here = block.field == field
        medians = np.full((len(snr), len(table.antennas)), np.nan)
        for antenna in np.unique(block.antenna[here]).tolist():
            medians[:, antenna] = quiet_median(snr[:, here & (block.antenna == antenna)], 1)
        both = antenna_medians(medians.reshape(-1)[None, :])[0]
        yield medians / both


def _snr(block: Block, of: str) -> Any:
    if block.snr is None:
        raise CasaError("has no signal to noise", of, "It is in tables of gaincal and bandpass.")
    return block.snr[:, 0]


def _least(found: List[Offender], of: str, digits: int) -> Answer:
    ordered = sorted((each for each in found if np.isfinite(each.value)), key=lambda each: each.value)
    if not ordered:
        raise CasaError("nothing unflagged is left to measure", of, "Look at its flags.")
    text = ", ".join(f"{each.who} {each.value:.{digits}f}" for each in ordered[:4])
    return Answer(ordered[0].value, "", text, ordered)
