"""How far a solution stands out among those of the other antennas, in units of what is worth a look."""

from __future__ import annotations

from typing import Any, Callable, List, NamedTuple

import numpy as np

from ..caltable import Block
from ..metrics.answers import quiet_mean, quiet_median, wrapped_deg
from .read import SPECTRA, Source, over_channels

__all__ = ["MEDIAN_OF_GAUSS", "Scores", "best", "scores_of", "worst_first"]

TSYS_RATIO = 2.0
"""hifa_tsysflag's nmedian (reference alma-reduction 4.2)."""
BANDPASS_SHARE, BANDPASS_DEG = 0.15, 15.0
"""Largest deviation of one channel: three times the 5 % and 5 deg rms of alma-reduction 4.2."""
SHAPE_RMS = 0.08
"""Of what is not noise in the shape of a bandpass: a ripple of 11 %, half as much again as its 5 % rms."""
SEEN_RMS = 0.12
"""The same in spectra of visibilities, which have less signal."""
ROUGH_DEG = 20.0
"""Where neighbouring channels differ by that, phases are noise."""
GAIN_SHARE = 0.1
"""Outside 0.9 to 1.1 of the antenna's own median: es ant_gain_check (alma-reduction 4.2)."""
GAIN_RATIO = 2.0
"""Of the antenna against the others: beyond the 0.5 to 1.5 that the ALMA pipeline keeps, both ways."""
JUMP_DEG = 45.0
"""Our own limit: interpolated over such a jump, phases of the target are wrong by up to half of it."""
JUMP_RMS_DEG, FEWEST = 20.0, 5
"""Our own limit, where there are so many jumps: a noise of 14 deg costs 3 % of the amplitude."""
OWN_TIMES = 4.0
"""Sigmas of an antenna's own jumps that one has to be, to be more than these."""
SLOW_S = 30.0
"""From solutions further apart than that the air has moved on: their limit is that of a jump."""
MEDIAN_OF_GAUSS = 0.6745
PAUSE = 5.0
"""Times the usual interval."""
SNR_RATIO = 3.0
OFFSET_MM = 2.0
"""The script generator notes larger ones (alma-reduction 2.2)."""
TIMES = 3.0
"""Where the usual largest of a spectrum would pass a limit, so many times it is the limit."""
NOISE_TIMES = 8.0
"""The same of single numbers: so many times their median, which is 5.4 sigma of noise."""
EDGE = 0.05
MOST = 99.0
"""A Tsys below zero stands out without bounds."""


class Scores(NamedTuple):
    """Of one spw."""

    values: Any
    """float (polarisations, rows): 1 and more is worth a look; NaN where nothing can be told."""
    words: Callable[[int, int], str]
    """(polarisation, row) -> what is the matter, in two or three words."""
    whole: Callable[[int, int], bool] = lambda pol, row: False
    """Whether it is the matter of all scans, not of the row's."""


def scores_of(source: Source, index: int, numbers: Any) -> Scores:
    """Score each solution of one block.

    Parameters
    ----------
    index : int
        The block's number in the table.
    numbers : array, float (polarisations, channels, rows)
        NaN where flagged.
    """
    block = source.table.blocks[index]
    if source.y == "tsys":
        return _tsys(block, numbers)
    if source.y == "offset":
        return _simple(numbers[:, 0], OFFSET_MM, "{:.1f} mm")
    if source.y == "snr":
        return _low_snr(source, block, numbers)
    if source.by_field and source.x not in SPECTRA:
        from .vis_score import visibility_scores

        return visibility_scores(source, index, numbers[:, 0])
    if source.by_field and int(block.field[0]) in source.targets:
        return Scores(np.zeros(numbers[:, 0].shape), lambda pol, row: "")
    if source.y in ("amp", "phase") and numbers.shape[1] >= 4:
        return _amplitude_shape(numbers, source.by_field) if source.y == "amp" else _phase_shape(numbers)
    flat = over_channels(source, block, numbers)
    if source.y == "amp":
        return _gains(block, flat)
    if source.y == "phase":
        return _jumps(block, flat)
    return Scores(np.zeros(flat.shape), lambda pol, row: "")


def _simple(values: Any, limit: float, words: str, times: float = TIMES) -> Scores:
    scores = values / max(limit, times * _usual(values))
    return Scores(scores, lambda pol, row: words.format(values[pol, row]))


def _usual(values: Any) -> float:
    found = float(quiet_median(values, None))
    return found if np.isfinite(found) else 0.0


def best(*parts: Scores) -> Scores:
    """Return the largest of several, with its words."""
    stack = np.stack([np.nan_to_num(part.values, nan=-1.0) for part in parts])
    which, largest = stack.argmax(axis=0), stack.max(axis=0)
    values = np.where(largest < 0.0, np.nan, np.minimum(largest, MOST))
    return Scores(
        values,
        lambda pol, row: parts[int(which[pol, row])].words(pol, row),
        lambda pol, row: parts[int(which[pol, row])].whole(pol, row),
    )


def _against_others(block: Block, flat: Any) -> Any:
    """Ratio of each antenna to the median of all in the same visit; NaN where there are fewer than three."""
    ratios = np.full(flat.shape, np.nan)
    for _, rows in block.visits():
        here = flat[:, rows]
        enough = np.isfinite(here).sum(axis=1) >= 3
        ratios[:, rows] = here / np.where(enough, quiet_median(here, 1), np.nan)[:, None]
    return ratios


def _fold(ratios: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(ratios > 0.0, np.minimum(np.maximum(ratios, 1.0 / ratios), 2.0 * MOST), 2.0 * MOST)


def _tsys(block: Block, numbers: Any) -> Scores:
    medians = quiet_median(numbers, 1)
    ratios = _against_others(block, medians)
    level = np.where(np.isfinite(ratios), _fold(ratios), np.nan)
    shape = numbers / np.where(medians > 0.0, medians, np.nan)[:, None]
    odd = np.full(medians.shape, np.nan)
    for _, rows in block.visits():
        here = shape[:, :, rows]
        if here.shape[2] >= 3:
            odd[:, rows] = _largest(_fold_finite(here / quiet_median(here, 2)[:, :, None]), 1)
    return best(
        Scores(level / TSYS_RATIO, lambda pol, row: f"{ratios[pol, row]:.1f}x others"),
        Scores(odd / TSYS_RATIO, lambda pol, row: f"{odd[pol, row]:.1f}x in a channel"),
    )


def _fold_finite(ratios: Any) -> Any:
    return np.where(np.isfinite(ratios), _fold(ratios), np.nan)


def _largest(values: Any, axis: int) -> Any:
    """Largest number, NaN where there is none."""
    filled = np.where(np.isfinite(values), values, -np.inf).max(axis=axis)
    return np.where(np.isfinite(filled), filled, np.nan)


def _inner(numbers: Any) -> Any:
    cut = int(EDGE * numbers.shape[1])
    return numbers[:, cut : numbers.shape[1] - cut]


def _amplitude_shape(numbers: Any, seen: bool) -> Scores:
    """Deviation from the shape that the antennas share: the largest of a channel, and what is not noise.

    Of a scan as it is `seen` this cannot be told as well as of a solution over all of them.
    """
    inner = _inner(numbers)
    own = inner / quiet_median(inner, 1)[:, None]
    odd = own / quiet_median(own, 2)[:, :, None] - 1.0
    variance = quiet_mean(odd**2, 1) - 0.5 * quiet_mean(np.diff(odd, axis=1) ** 2, 1)
    return best(
        _simple(100.0 * _largest(np.abs(odd), 1), 100.0 * BANDPASS_SHARE, "{:.0f} % off"),
        _simple(
            100.0 * np.sqrt(np.maximum(variance, 0.0)),
            100.0 * (SEEN_RMS if seen else SHAPE_RMS),
            "{:.0f} % rms ripple",
        ),
    )


def _phase_shape(numbers: Any) -> Scores:
    """Largest deviation of a channel from a straight line, which is a delay."""
    turned = np.exp(1j * np.radians(_inner(numbers)))
    good = np.isfinite(turned)
    kept = np.where(good, turned, 0.0)
    channels = np.arange(kept.shape[1], dtype=float)[:, None]
    slope = np.angle((kept[:, 1:] * kept[:, :-1].conj()).sum(axis=1))[:, None]
    for _ in range(2):  # the second time a straight line through what the first has left
        kept = kept * np.exp(-1j * slope * channels)
        kept = kept * np.exp(-1j * np.angle(kept.sum(axis=1)))[:, None]
        slope = _slope(channels, np.angle(kept), good)[:, None]
    left = np.degrees(np.abs(np.angle(kept)))
    steps = np.where(good[:, 1:] & good[:, :-1], np.angle(kept[:, 1:] * kept[:, :-1].conj()), np.nan)
    told = (good.sum(axis=1) >= 4) & (np.degrees(quiet_median(np.abs(steps), 1)) < ROUGH_DEG)
    worst = np.where(told, _largest(np.where(good, left, np.nan), 1), np.nan)
    return _simple(worst, BANDPASS_DEG, "{:.0f} deg off")


def _slope(x: Any, y: Any, good: Any) -> Any:
    """Slope of the line of least squares over axis 1."""
    count = np.maximum(1, good.sum(axis=1))[:, None]
    away = np.where(good, x - np.where(good, x, 0.0).sum(axis=1)[:, None] / count, 0.0)
    square = (away**2).sum(axis=1)
    return np.where(square > 0.0, (away * y).sum(axis=1) / np.where(square > 0.0, square, 1.0), 0.0)


def _gains(block: Block, flat: Any) -> Scores:
    """Against the antenna's own median on that field, and against the other antennas."""
    own = np.full(flat.shape, np.nan)
    for antenna in np.unique(block.antenna).tolist():
        for field in np.unique(block.field).tolist():
            rows = (block.antenna == antenna) & (block.field == field)
            if rows.any():
                own[:, rows] = np.abs(flat[:, rows] / quiet_median(flat[:, rows], 1)[:, None] - 1.0)
    ratios = _against_others(block, flat)
    level = np.where(np.isfinite(ratios), _fold(ratios), np.nan)
    return best(
        _simple(100.0 * own, 100.0 * GAIN_SHARE, "{:.0f} % off", NOISE_TIMES),
        Scores(level / GAIN_RATIO, lambda pol, row: f"{ratios[pol, row]:.2f}x others"),
    )


def _jumps(block: Block, flat: Any) -> Scores:
    """Jumps between neighbours in time on one field, without those that all antennas share.

    Of a radiometer's series, which knows no scans, not those over a pause: there the air changes.
    """
    jumps, over, apart = np.full(flat.shape, np.nan), np.zeros(flat.shape, bool), 0.0
    for field in np.unique(block.field).tolist():
        rows = np.flatnonzero(block.field == field)
        times, when = np.unique(block.time_s[rows], return_inverse=True)
        if len(times) < 2:
            continue
        gaps = np.diff(times)
        apart = max(apart, float(np.median(gaps)))
        pauses = gaps > PAUSE * np.median(gaps)
        unknown = pauses & bool((block.scan[rows] <= 0).all())
        antennas = block.antenna[rows]
        for pol in range(len(flat)):
            phases = np.full((len(times), int(antennas.max()) + 1), np.nan)
            phases[when, antennas] = flat[pol, rows]
            steps = wrapped_deg(np.diff(phases, axis=0))
            steps = np.abs(wrapped_deg(steps - quiet_median(steps, 1)[:, None]))
            steps[unknown] = np.nan
            padded = np.concatenate((np.full((1, steps.shape[1]), np.nan), steps))
            jumps[pol, rows] = padded[when.ravel(), antennas]
            over[pol, rows] = np.concatenate(([False], pauses))[when.ravel()]
    text = "{:.0f} deg jump"
    within, across = np.where(over, np.nan, jumps), np.where(over, jumps, np.nan)
    rms = _rms_of_jumps(block, within)
    parts = [_simple(each, JUMP_DEG, text, NOISE_TIMES) for each in (within, across)]
    # Of a noisy antenna no jump stands out that is like its others.
    calm = np.maximum(1.0, OWN_TIMES * np.where(np.isfinite(rms), rms, 0.0) / JUMP_DEG)
    parts = [part._replace(values=part.values / calm) for part in parts]
    noisy = _simple(rms, JUMP_DEG if apart > SLOW_S else JUMP_RMS_DEG, "jumps of {:.0f} deg rms")
    return best(*parts, noisy._replace(whole=lambda pol, row: True))


def _rms_of_jumps(block: Block, jumps: Any) -> Any:
    """Rms of an antenna's jumps, from their median: one alone is not noise."""
    rms = np.full(jumps.shape, np.nan)
    for antenna in np.unique(block.antenna).tolist():
        rows = block.antenna == antenna
        count = np.isfinite(jumps[:, rows]).sum(axis=1)
        usual = quiet_median(jumps[:, rows], 1) / MEDIAN_OF_GAUSS
        rms[:, rows] = np.where(count >= FEWEST, usual, np.nan)[:, None]
    return rms


def _low_snr(source: Source, block: Block, numbers: Any) -> Scores:
    ratios = _against_others(block, over_channels(source, block, numbers))
    low = np.where(ratios > 0.0, 1.0 / np.where(ratios > 0.0, ratios, 1.0), np.nan)
    return Scores(low / SNR_RATIO, lambda pol, row: f"{ratios[pol, row]:.2f}x others")


def worst_first(scores: List[float]) -> List[int]:
    """Return the order: what is worth a look first, the worst before; the others as they are."""
    loud = sorted((n for n, each in enumerate(scores) if each >= 1.0), key=lambda n: -scores[n])
    return loud + [n for n in range(len(scores)) if n not in set(loud)]
