"""Numbers of amplitude gains: outliers, jumps, levels, fields that differ, X against Y."""

from __future__ import annotations

from typing import Any, Iterator, List, Tuple

import numpy as np

from ...errors import CasapilotError
from ..caltable import Block, CalTable, read_caltable
from ..gain_steps import Step, offenders, spread, steps_of
from ..gains import GAINS, Visits, antenna_medians, lacks_a_hand, read_schedule, visits_of
from ..ms_names import read_names
from .answers import Answer, NothingToTell, Offender, Place, Results, most, quiet_mean, quiet_median

__all__ = ["gain_amp_jump", "gain_field", "gain_level", "gain_scatter", "xy_amplitude"]

SIGMAS = 4.0
"""What is nearer to the rest than so many times its own error is noise."""
JUMP_SIGMAS = 5.0
SHARED = 25.0
"""What so many percent of the antennas lose in a scan is no antenna's own."""
QUARTER, SIGMA = 75.0, 1.15
"""Of numbers with a normal scatter so many percent are within so many standard deviations."""
LARGEST_PERCENT = 1000.0


def gain_scatter(of: str, folder: str, results: Results) -> Answer:
    """Deviation of an amplitude gain from the median of its antenna, spw, polarisation and field, %.

    `of` is a caltable of gains (gaintype G or T, calmode a or ap). Fields are kept apart, as those without a
    known flux density have a scale of their own. A deviation within four times the solution's own error
    (1 / SNR), or four times what all antennas scatter about what they have in common (in that scan, if air
    or clouds make it more there), is noise and counts as 0. So does what is not that far beyond what a
    quarter of the antennas lose (or gain) in that scan: air takes from several. Outside 0.9 to 1.1 of the
    median it is worth a look (es ant_gain_check), outside 0.5 to 1.5 it is flagged by the ALMA pipeline
    (reference alma-reduction 4.2).
    """
    table = read_caltable(folder, of, *GAINS)
    found = [
        each
        for block in table.blocks
        for field in np.unique(block.field)
        for each in _off(table, block, field)
    ]
    return most(found, "%", of)


def _off(table: CalTable, block: Block, field: int) -> Iterator[Offender]:
    """How far each gain of a field is off the median of its antenna."""
    rows = np.flatnonzero(block.field == field)
    times, when = np.unique(block.time_s[rows], return_inverse=True)
    cell = (slice(None), when.ravel(), block.antenna[rows])
    gains = np.full((block.values.shape[0], len(times), len(table.antennas)), np.nan)
    gains[cell] = np.abs(block.kept[:, 0, rows])
    off = gains / quiet_median(gains, 1)[:, None] - 1.0
    alone = np.abs(off - np.nan_to_num(antenna_medians(off)))
    least = np.broadcast_to(SIGMAS * _usual(alone), off.shape).copy()
    if block.snr is not None:
        with np.errstate(all="ignore"):
            least[cell] = np.maximum(least[cell], SIGMAS / block.snr[:, 0, rows])
    is_noise = (np.abs(off) < least) | (np.abs(off - _shared(off, least)) < least)
    percent = 100.0 * np.where(is_noise, 0.0, np.abs(off))[cell]
    for pol, n in zip(*np.nonzero(np.isfinite(percent))):  # noqa: B905  # Python 3.8
        who = f"{table.who(block, rows[n], pol)} scan {block.scan[rows[n]]}"
        yield Offender(float(percent[pol, n]), who, table.place(block, rows[n], pol))


def _shared(off: Any, least: Any) -> Any:
    """What several antennas are off to the same side (pols, scans, antennas); 0 where the median one is, too.

    Then all are: that is to be told.
    """
    known = np.where(np.isfinite(off).any(axis=2, keepdims=True), off, 0.0)
    low, middle, high = np.nanpercentile(known, (SHARED, 50.0, 100.0 - SHARED), axis=2)[..., None]
    shared = np.where(off < 0.0, np.minimum(low, 0.0), np.maximum(high, 0.0))
    return np.where(np.abs(middle) > least, 0.0, shared)


def _usual(alone: Any) -> Any:
    """What gains (pols, scans, antennas) scatter: in all scans, or in one where it is more, (scans, 1)."""
    if not np.isfinite(alone).any():
        return 0.0
    always = np.nanpercentile(alone, QUARTER) / SIGMA
    known = np.isfinite(alone).any(axis=(0, 2))
    there = np.zeros(len(known))
    there[known] = np.nanpercentile(alone[:, known], QUARTER, axis=(0, 2)) / SIGMA
    return np.maximum(always, there)[:, None]


def gain_amp_jump(of: str, folder: str, results: Results) -> Answer:
    """Largest lasting step of an antenna's amplitude gain between neighbouring scans of a field, %.

    Averaged over spws and polarisations, without the median step of all antennas (clouds, elevation): the
    smallest of the step itself and of those from a scan earlier and to a scan later, as a single bad scan is
    none. What is not five times the usual step of the antennas, with its own error, is
    noise. Where one spw or polarisation alone steps it is named. The scans that are named are those of
    targets between the two scans of the calibrator. From 15 % on look: gains are held to 0.9 to 1.1 of
    their median (reference alma-reduction 4.2), and a step of 15 % leaves 8 % on either side.
    """
    table = read_caltable(folder, of, *GAINS)
    steps = steps_of(list(visits_of(table)), _jumps)
    if not steps:
        return Answer(0.0, "%", "no antenna's gain steps further than the others'")
    return most(offenders(table, steps, read_schedule(table.ms)), "%", of)


def _jumps(visits: Visits, gaps: List[int]) -> Iterator[Step]:
    levels = _levels(visits.values)
    error = np.where(np.isfinite(levels), np.maximum(visits.error, 1e-3), np.nan)
    together, noise = _mean(levels, error)
    step, usual = _lasting(together), spread(np.diff(together, axis=0))
    least = JUMP_SIGMAS * np.hypot(usual, np.hypot(noise[1:], noise[:-1]))
    for n, antenna in zip(*np.nonzero(np.abs(step) > least)):  # noqa: B905  # Python 3.8
        if n in gaps:
            yield _step(visits, int(n), int(antenna), float(step[n, antenna]))
    alone = _lasting(levels)
    single = np.abs(alone) > JUMP_SIGMAS * np.hypot(usual, np.hypot(error[:, :, 1:], error[:, :, :-1]))
    single &= np.abs(alone) > 2.0 * np.nan_to_num(np.abs(step))
    for spw, pol, n, antenna in zip(*np.nonzero(single)):  # noqa: B905  # Python 3.8
        if n in gaps:
            made = _step(visits, int(n), int(antenna), float(alone[spw, pol, n, antenna]))
            yield made._replace(spw=visits.spws[spw], pol=int(pol) if levels.shape[1] > 1 else -1)


def _step(visits: Visits, n: int, antenna: int, step: float) -> Step:
    percent = 100.0 * (1.0 - float(np.exp(-abs(step))))
    times, scans = visits.time_s, visits.scans
    return Step(
        antenna, percent, float(np.sign(step)), times[n], times[n + 1], int(scans[n]), int(scans[n + 1])
    )


def _levels(values: Any) -> Any:
    """Logarithms of the amplitudes, without the median of the antennas in each scan."""
    with np.errstate(all="ignore"):
        levels = np.log(np.abs(values))
    levels = np.where(np.isfinite(levels), levels, np.nan)
    return levels - antenna_medians(levels)


def _mean(levels: Any, error: Any) -> Tuple[Any, Any]:
    """Mean over spws and polarisations of what changes, and its error.

    The level of each spw and polarisation is taken out before, so that one that is missing in a scan makes
    no step.
    """
    changes = levels - quiet_median(levels, 2)[:, :, None]
    weight = np.where(np.isfinite(changes), 1.0 / error**2, 0.0)
    total = weight.sum(axis=(0, 1))
    with np.errstate(all="ignore"):
        mean = np.where(total > 0.0, (weight * np.nan_to_num(changes)).sum(axis=(0, 1)) / total, np.nan)
        return mean, np.where(total > 0.0, 1.0 / np.sqrt(total), np.nan)


def _lasting(levels: Any) -> Any:
    """Steps along the scans, the axis before the last, that hold from a scan earlier and to one later."""
    step = np.diff(levels, axis=-2)
    over_two = levels[..., 2:, :] - levels[..., :-2, :]
    empty = np.full_like(step[..., :1, :], np.nan)
    later = np.concatenate([over_two, empty], axis=-2)
    earlier = np.concatenate([empty, over_two], axis=-2)
    for other in (later, earlier):
        other = np.where(np.sign(other) == np.sign(step), other, np.where(np.isfinite(other), 0.0, step))
        step = np.where(np.abs(other) < np.abs(step), other, step)
    return step


def gain_level(of: str, folder: str, results: Results) -> Answer:
    """By how much an antenna's amplitude gains are off those of the other antennas, %.

    The median over the scans, of each spw and polarisation, divided by the median over the antennas of its
    size of dish; 100 % more is twice as much, 50 % also half as much. Outside 0.5 to 1.5 of the median the
    ALMA pipeline flags an antenna (low-gain flags; reference alma-reduction 4.2): it has lost sensitivity,
    or its Tsys is wrong.
    """
    table = read_caltable(folder, of, *GAINS)
    values = np.concatenate([np.abs(each.values) for each in visits_of(table)], axis=2)
    found: List[Offender] = []
    for size in np.unique(_dishes(table)):
        mine = np.flatnonzero(_dishes(table) == size)
        with np.errstate(all="ignore"):
            ratio = quiet_median(values[..., mine] / antenna_medians(values[..., mine]), 2)
        for spw, pol, n in zip(*np.nonzero(np.isfinite(ratio))):  # noqa: B905  # Python 3.8
            name, number, hand = table.antennas[mine[n]], table.blocks[spw].spw, table.pols[pol]
            who = " ".join([name, f"spw {number}", *([hand] if hand else [])])
            off = min(LARGEST_PERCENT, 100.0 * abs(float(ratio[spw, pol, n]) - 1.0))
            found.append(
                Offender(off, f"{who} {ratio[spw, pol, n]:.2f} of the others,", Place(name, number, hand))
            )
    return most(found, "%", of)


def _dishes(table: CalTable) -> Any:
    """Diameter of each antenna's dish, rounded, m; the same for all where the MS is gone."""
    try:
        return np.round(read_names(table.ms).dishes_m)
    except CasapilotError:
        return np.zeros(len(table.antennas))


def gain_field(of: str, folder: str, results: Results) -> Answer:
    """By how much an antenna's amplitude gains on one field are off those on its other fields, %.

    The median over the scans of a field, without the median of the antennas (the field's flux density),
    against the median over the fields; averaged over spws and polarisations. What is not four times its own
    error is noise. Gains belong to the antenna, not to the source: from 12 % on (gains are held to 0.9 to
    1.1 of their median, reference alma-reduction 4.2) its Tsys in some scans, its pointing or its elevation
    is to blame.
    """
    table = read_caltable(folder, of, *GAINS)
    fields = list(visits_of(table))
    if len(fields) < 2:
        return Answer(0.0, "%", "there is one field only")
    levels, errors = [], []
    for visits in fields:
        own = _levels(visits.values)
        error = np.where(np.isfinite(own), np.maximum(visits.error, 1e-3), np.nan)
        level, noise = quiet_median(own, (0, 1, 2)), np.sqrt(1.0 / np.nansum(error**-2, axis=(0, 1, 2)))
        levels.append(level)
        errors.append(noise)
    off = np.stack(levels) - quiet_median(np.stack(levels), 0)
    off = np.where(np.abs(off) < SIGMAS * np.stack(errors), 0.0, off)
    found = [
        Offender(
            float(100.0 * (np.exp(abs(off[n, k])) - 1.0)),
            f"{name} on {table.field_name(visits.field)}",
            Place(name, field=table.field_name(visits.field)),
        )
        for n, visits in enumerate(fields)
        for k, name in enumerate(table.antennas)
    ]
    return most(found, "%", of)


def xy_amplitude(of: str, folder: str, results: Results) -> Answer:
    """Rms over the scans of the ratio of X's to Y's amplitude gain, of an antenna and spw, %.

    About its median, with the noise of the solutions (1 / SNR) subtracted in quadrature. What pointing and
    clouds do, both polarisations see alike. Above 10 % look: each is held to 0.9 to 1.1 of its median
    (reference alma-reduction 4.2; polarisation calibration wants 2 %). Nothing to measure where both were
    solved for together (gaintype T).
    """
    table = read_caltable(folder, of, *GAINS)
    fields = list(visits_of(table))
    if fields[0].values.shape[1] != 2:
        return Answer(0.0, "%", "it was solved for both polarisations together")
    values = np.concatenate([np.abs(each.values) for each in fields], axis=2)
    if lacks_a_hand(values):
        raise NothingToTell("there are solutions of one polarisation only", of)
    error = np.concatenate([each.error for each in fields], axis=2)
    with np.errstate(all="ignore"):
        ratio = np.log(values[:, 0] / values[:, 1])
        off = ratio - quiet_median(ratio, 1)[:, None]
        noise = np.where(np.isfinite(off), (error**2).sum(axis=1), np.nan)
        percent = 100.0 * np.sqrt(np.maximum(0.0, quiet_mean(off**2 - noise, 1)))
    found = [
        Offender(float(percent[n, k]), f"{name} spw {spw}", Place(name, spw))
        for n, spw in enumerate(fields[0].spws)
        for k, name in enumerate(table.antennas)
    ]
    return most(found, "%", of)
