"""How strong the fringes of each antenna are, without a model of the source and before phases are solved.

A visibility times the conjugate of another with independent noise and (nearly) the same phase is, on
average, the square of the amplitude: noise falls out, and it is zero where an antenna has no fringes. The
other is the next integration of the same baseline (TIME; neighbours in time) or the next band of channels
of the same integration (BAND). What an antenna should have is the median of the baselines that are about as
long and not its own: of a resolved source as well. The ratio of the two, least squares over an antenna's
baselines, is its power: 1 like the others, 0 without fringes.
"""

from __future__ import annotations

from typing import Any, Iterator, List, NamedTuple, Tuple

import numpy as np

from .metrics.answers import quiet_median
from .sums import Sums

__all__ = ["BAND", "TIME", "Power", "Visit", "delays", "powers", "visits"]

TIME, BAND = "time", "band"
NEIGHBOURS = 9
"""So many baselines that are about as long tell what one should have."""
QUIETEST = 0.5
"""No baseline has less noise than this part of the median one: what is too quiet is zeros, not good data."""
STEPS = 20
"""Of the solver for the powers of all antennas."""
LEAST = 1e-5
"""No baseline counts with less than this part of the median power, of which a logarithm is taken."""
LONGEST_GAP = 2.5
"""Integrations further apart than so many are not neighbours."""


class Visit(NamedTuple):
    """One scan on one field in one spw: rows by baseline and time, as `Sums` has them."""

    scan: int
    field: int
    sums: Sums
    start: Any
    """int (baselines): the first row of each."""
    of: Any
    """int (rows): number of its baseline."""
    time: Any
    """int (rows): number of its integration."""
    times_s: Any
    """float (integrations)."""

    @property
    def antenna1(self) -> Any:
        """Of each baseline."""
        return self.sums.antenna1[self.start]

    @property
    def antenna2(self) -> Any:
        """Of each baseline."""
        return self.sums.antenna2[self.start]

    def noise_of_channels(self) -> Any:
        """Variance of one channel of one visibility, the mean of each baseline, float (rows, hands)."""
        each = self.sums.noise
        parts = (np.nan_to_num(each), np.isfinite(each))
        total, known = (_sums(values, self.of, len(self.start)) for values in parts)
        level = np.where(known > 0, total / np.maximum(1, known), np.nan)
        return np.maximum(level, QUIETEST * quiet_median(level, 0)[None])[self.of]

    def noise_of_means(self) -> Any:
        """Variance of each mean over a band, both parts, float (rows, bands, hands)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.noise_of_channels()[:, None, :] / self.sums.counts


def visits(sums: Sums) -> Iterator[Visit]:
    """Yield each scan on each field of one spw."""
    key = sums.scan.astype(np.int64) << 32 | sums.field
    edges = [0, *(np.flatnonzero(np.diff(key)) + 1).tolist(), len(key)]
    for first, last in zip(edges, edges[1:]):  # noqa: B905, RUF007  # neither exists in Python 3.8
        if last == first:
            continue
        part = sums.where(slice(first, last))
        baseline = part.antenna1.astype(np.int64) << 32 | part.antenna2
        start = np.concatenate([[0], np.flatnonzero(np.diff(baseline)) + 1])
        of = np.repeat(np.arange(len(start)), np.diff(np.append(start, len(baseline))))
        times_s, time = np.unique(part.time_s, return_inverse=True)
        yield Visit(int(part.scan[0]), int(part.field[0]), part, start, of, time.ravel(), times_s)


class Power(NamedTuple):
    """The power of antennas in one visit, before it is divided: it may be summed over spws and hands."""

    antennas: Any
    """int (antennas)."""
    times_s: Any
    """float (integrations)."""
    signal: Any
    """float (antennas, integrations, hands)."""
    weight: Any
    """float (antennas, integrations, hands): signal / weight is the power, 1 / weight its variance."""
    pairs: Any = None
    """Power of each baseline in the whole visit, float (baselines, hands), its antennas and its length."""

    def level(self) -> Any:
        """Power in the whole visit, freed of that of the antennas at the other ends, (antennas, hands)."""
        found, one, two, length = self.pairs
        one, two = (np.searchsorted(self.antennas, each) for each in (one, two))
        return np.stack(
            [_level_of(column, one, two, length, len(self.antennas)) for column in found.T], axis=1
        )

    def over(self, *axes: int) -> Tuple[Any, Any]:
        """Power and its standard error, summed over some axes."""
        signal, weight = self.signal.sum(axis=axes), self.weight.sum(axis=axes)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(weight > 0, signal / weight, np.nan), np.where(
                weight > 0, 1.0 / np.sqrt(weight), np.inf
            )


def delays(sums: Sums) -> Any:
    """Return by how much the phase of each antenna turns from band to band, complex (antennas, hands).

    Of all scans together: delays are the instrument's, and an antenna that is dead in one scan has them in
    the others.
    """
    product = np.nan_to_num(sums.means[:, 1:] * sums.means[:, :-1].conj()).sum(axis=1)
    size = 1 + int(max(sums.antenna1.max(), sums.antenna2.max()))
    key = sums.antenna1 * size + sums.antenna2
    total = _sums(product.real, key, size * size) + 1j * _sums(product.imag, key, size * size)
    square = total.T.reshape(-1, size, size)
    _, vectors = np.linalg.eigh(square + square.conj().transpose(0, 2, 1))
    found = vectors[:, :, -1].T
    strength = np.abs(found)
    return np.where(strength > 0.0, found / np.where(strength > 0.0, strength, 1.0), 1.0)


def powers(visit: Visit, kind: str, turns: Any = None) -> Power:
    """Return the power of each antenna at each integration (of pairs in time: at the first of the two).

    Parameters
    ----------
    kind : str
        TIME or BAND. Phases that turn within an integration time take from the first, delays that are not
        solved from the second; a spw of one band has no second, and answers with weights of 0.
    turns : array, optional
        What `delays` has found: so much is taken out of the second.
    """
    product, variance, rows = _products(visit, kind, turns)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.where(np.isfinite(product) & (variance > 0), 1.0 / variance, 0.0)
    strength = (np.where(inverse > 0, product, 0.0) * inverse).sum(axis=1)
    weight = inverse.sum(axis=1)
    of = visit.of[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = _sums(strength, of, len(visit.start)) / _sums(weight, of, len(visit.start))
    ends = _expected(visit, found)
    length = np.bincount(visit.of, visit.sums.uv_m) / np.bincount(visit.of)
    sides = [(strength * end[of], weight * end[of] ** 2) for end in ends]
    return _by_antenna(visit, rows, sides)._replace(pairs=(found, visit.antenna1, visit.antenna2, length))


def _products(visit: Visit, kind: str, turns: Any) -> Tuple[Any, Any, Any]:
    """Products (pairs, bands, hands), their variance where there is no signal, the row of each pair."""
    means, noise = visit.sums.means, visit.noise_of_means()
    if kind == BAND:
        rows = np.arange(len(means))
        back = np.ones((1, means.shape[2]))
        if turns is not None:
            back = turns[visit.sums.antenna1].conj() * turns[visit.sums.antenna2]
        return (
            (means[:, 1:] * means[:, :-1].conj() * back[:, None]).real,
            noise[:, 1:] * noise[:, :-1] / 2.0,
            rows,
        )
    step = np.median(np.diff(visit.times_s)) if len(visit.times_s) > 1 else 0.0
    near = np.diff(visit.sums.time_s) < LONGEST_GAP * step
    rows = np.flatnonzero((np.diff(visit.of) == 0) & near)
    product = (means[rows + 1] * means[rows].conj()).real
    return product, noise[rows + 1] * noise[rows] / 2.0, rows


def _expected(visit: Visit, found: Any) -> Tuple[Any, Any]:
    """What each baseline should have, as seen from its first and its second antenna, (baselines, hands).

    The median of the baselines that are about as long and do not have that antenna.
    """
    length = np.bincount(visit.of, visit.sums.uv_m) / np.bincount(visit.of)
    ends = np.zeros((2, *found.shape))
    for antenna in np.unique(np.concatenate([visit.antenna1, visit.antenna2])).tolist():
        has = (visit.antenna1 == antenna) | (visit.antenna2 == antenna)
        others = np.flatnonzero(~has)
        others = others[np.argsort(length[others], kind="stable")]
        mine = np.flatnonzero(has)
        size = min(NEIGHBOURS, len(others))
        first = np.searchsorted(length[others], length[mine]) - size // 2
        first = np.clip(first, 0, len(others) - size)
        if size:
            near = others[first[:, None] + np.arange(size)[None]]
            middle = np.maximum(np.nan_to_num(_median(found[near.T])), 0.0)
            is_first = (visit.antenna1[mine] == antenna)[:, None]
            ends[0, mine] = np.where(is_first, middle, ends[0, mine])
            ends[1, mine] = np.where(is_first, ends[1, mine], middle)
    return ends[0], ends[1]


def _median(values: Any) -> Any:
    """Median over the first axis without NaNs: numpy's own is slow on small arrays."""
    ordered = np.sort(values, axis=0).reshape(len(values), -1)
    count = np.isfinite(ordered).sum(axis=0)
    at = np.arange(ordered.shape[1])
    low, high = ordered[np.maximum(0, (count - 1) // 2), at], ordered[count // 2, at]
    return np.where(count > 0, 0.5 * (low + high), np.nan).reshape(values.shape[1:])


def _level_of(found: Any, one: Any, two: Any, length: Any, count: int) -> Any:
    """Powers q that make found = q_i q_j S(length), float (antennas); NaN where there is nothing.

    By medians of logarithms, so that one antenna's does not become its neighbours', with a parabola for S.
    """
    good = np.isfinite(found)
    middle = np.median(found[good]) if good.any() else 0.0
    if not middle > 0:
        return np.full(count, np.nan)
    logs = np.log(np.maximum(found, LEAST * middle) / middle)
    level, shape = np.zeros(count), np.zeros(len(found))
    for step in range(STEPS):
        square = np.full((count, count), np.nan)
        square[one, two] = square[two, one] = np.where(good, logs - shape, np.nan)
        level = 0.5 * (
            level + np.where(np.isfinite(square).any(axis=0), _median(square - level[:, None]), np.nan)
        )
        if step > STEPS // 2 and good.sum() > 2 * count:
            left = np.where(good, logs - level[one] - level[two], np.nan)
            kept = np.isfinite(left) & (np.abs(left - np.nanmedian(left)) < 1.0)
            shape = np.polyval(np.polyfit(length[kept], left[kept], 2), length) if kept.sum() > 5 else shape
    return np.exp(level)


def _sums(values: Any, of: Any, size: int) -> Any:
    return np.stack([np.bincount(of, column, size) for column in values.T], axis=1)


def _by_antenna(visit: Visit, rows: Any, sides: List[Tuple[Any, Any]]) -> Power:
    """Add up signal and weight of the pairs, as each of their two antennas counts them."""
    antennas = np.unique(np.concatenate([visit.antenna1, visit.antenna2]))
    size = len(antennas) * len(visit.times_s)
    total = np.zeros((2, size, sides[0][0].shape[1]))
    for number, side in ((visit.sums.antenna1[rows], sides[0]), (visit.sums.antenna2[rows], sides[1])):
        key = np.searchsorted(antennas, number) * len(visit.times_s) + visit.time[rows]
        for n in range(2):
            total[n] += _sums(side[n], key, size)
    signal, weight = total.reshape(2, len(antennas), len(visit.times_s), -1)
    return Power(antennas, visit.times_s, signal, weight)
