"""Numbers of what was solved for: bandpasses and gains."""

from __future__ import annotations

from typing import Any, Iterator, List

import numpy as np

from ..errors import CasaError
from .caltable import Block, CalTable, read_caltable
from .metric_answers import Answer, Offender, Results, most, quiet_median, wrapped_deg

__all__ = ["bandpass_noise", "bandpass_phase", "gain_jump", "gain_scatter"]

EDGE = 0.05
"""Share of the channels that is left out at each edge, as the QA2 report does (alma-reduction 2.3)."""
GAINS = ("G", "T")


def inner(channels: int) -> slice:
    """Return the channels without the edges."""
    cut = int(EDGE * channels)
    return slice(cut, channels - cut)


def bandpass_noise(of: str, folder: str, results: Results) -> Answer:
    """Scatter of the bandpass amplitude from channel to channel, of the worst antenna, spw and
    polarisation, %.

    The rms of the differences of neighbouring unflagged channels, divided by the square root of two and by
    the median amplitude; 5 % of the channels are left out at each edge. A ripple or slope is not in it.
    More than 5 % asks for a longer solint or averaged channels (reference alma-reduction 4.2).
    """
    table = _bandpass(folder, of)
    return most(_noises(table), "%", of, digits=2)


def _noises(table: CalTable) -> Iterator[Offender]:
    for block in table.blocks:
        amplitude = np.abs(block.kept[:, inner(block.values.shape[1])])
        steps = np.diff(amplitude, axis=1)
        count = np.isfinite(steps).sum(axis=1)
        squares = np.nansum(steps**2, axis=1) / np.maximum(1, count)
        percent = 100.0 * np.sqrt(squares / 2.0) / quiet_median(amplitude, 1)
        for pol, row in zip(*np.nonzero(count >= 3)):  # noqa: B905  # Python 3.8
            yield Offender(float(percent[pol, row]), table.who(block, row, pol))


def bandpass_phase(of: str, folder: str, results: Results) -> Answer:
    """Rms of the bandpass phase about a straight line over the channels, of the worst antenna, spw and
    polarisation, degrees.

    The line, a delay, is taken out: it is what a bandpass is for. 5 % of the channels are left out at each
    edge. Above 5 degrees the solutions are noisy, or the antenna has a ripple or a jump (the limit is our
    own, the phase of a 5 % amplitude noise being 3 degrees).
    """
    table = _bandpass(folder, of)
    return most(_phases(table), "deg", of)


def _phases(table: CalTable) -> Iterator[Offender]:
    for block in table.blocks:
        kept = block.kept[:, inner(block.values.shape[1])]
        channels = np.arange(kept.shape[1], dtype=float)
        for pol in range(kept.shape[0]):
            for row in range(kept.shape[2]):
                good = np.isfinite(kept[pol, :, row])
                if good.sum() >= 4:
                    phase = np.unwrap(np.angle(kept[pol, good, row]))
                    line = np.polyval(np.polyfit(channels[good], phase, 1), channels[good])
                    rms = np.degrees(np.sqrt(np.mean((phase - line) ** 2)))
                    yield Offender(float(rms), table.who(block, row, pol))


def _bandpass(folder: str, of: str) -> CalTable:
    table = read_caltable(folder, of, "B Jones")
    if max(block.values.shape[1] for block in table.blocks) < 4:
        raise CasaError("has fewer than four channels", of)
    return table


def gain_scatter(of: str, folder: str, results: Results) -> Answer:
    """Largest deviation of an amplitude gain from the median of its antenna, spw, polarisation and
    field, %.

    `of` is a caltable of gains (gaintype G or T, calmode a or ap). Fields are kept apart, as those without a
    known flux density have a scale of their own. Outside 0.9 to 1.1 of the median it is worth a look (es
    ant_gain_check), outside 0.5 to 1.5 it is flagged by the ALMA pipeline (reference alma-reduction 4.2).
    """
    table = read_caltable(folder, of, *GAINS)
    found: List[Offender] = []
    for block in table.blocks:
        amplitude = np.abs(block.kept[:, 0])
        for antenna in np.unique(block.antenna).tolist():
            for field in np.unique(block.field).tolist():
                rows = np.flatnonzero((block.antenna == antenna) & (block.field == field))
                found += _scatter(table, block, rows, amplitude[:, rows])
    return most(found, "%", of)


def _scatter(table: CalTable, block: Block, rows: Any, gains: Any) -> Iterator[Offender]:
    deviation = 100.0 * np.abs(gains / quiet_median(gains, 1)[:, None] - 1.0)
    for pol in range(len(gains)):
        if np.isfinite(deviation[pol]).any():
            worst = int(np.nanargmax(deviation[pol]))
            who = f"{table.who(block, rows[worst], pol)} scan {block.scan[rows[worst]]}"
            yield Offender(float(deviation[pol, worst]), who)


def gain_jump(of: str, folder: str, results: Results) -> Answer:
    """Largest jump between neighbouring phase solutions of one antenna, spw, polarisation and field,
    degrees.

    From each jump the median jump of all antennas between the same two times is taken out: one of the
    reference antenna moves all others. Above 90 degrees the phase between the two is not known (reference
    alma-reduction 4.2, phase jumps of the VLA checklist).
    """
    table = read_caltable(folder, of, *GAINS)
    found: List[Offender] = []
    for block in table.blocks:
        for field in np.unique(block.field).tolist():
            found += _jumps(table, block, np.flatnonzero(block.field == field))
    if not found:
        return Answer(0.0, "deg", "no two solutions follow each other")
    return most(found, "deg", of)


def _jumps(table: CalTable, block: Block, rows: Any) -> Iterator[Offender]:
    """The largest jump of each antenna and polarisation among some rows."""
    times, when = np.unique(block.time_s[rows], return_inverse=True)
    scans = {int(n): int(block.scan[row]) for n, row in zip(when, rows)}  # noqa: B905  # Python 3.8
    for pol in range(block.values.shape[0]):
        phases = np.full((len(times), len(table.antennas)), np.nan)
        phases[when, block.antenna[rows]] = np.degrees(np.angle(block.kept[pol, 0, rows]))
        jumps = wrapped_deg(np.diff(phases, axis=0))
        jumps = np.abs(wrapped_deg(jumps - quiet_median(jumps, 1)[:, None])) if len(jumps) else jumps
        for antenna in np.flatnonzero(np.isfinite(jumps).any(axis=0)):
            n = int(np.nanargmax(jumps[:, antenna]))
            row = int(rows[block.antenna[rows] == antenna][0])
            who = f"{table.who(block, row, pol)} between scans {scans[n]} and {scans[n + 1]}"
            if scans[n] == scans[n + 1]:
                who = f"{table.who(block, row, pol)} in scan {scans[n]}"
            yield Offender(float(jumps[n, antenna]), who)
