"""How strong the fringes of each antenna are, without a model of the source and before phases are solved.

A visibility times the conjugate of another with independent noise and (nearly) the same phase is, on
average, the square of the amplitude: noise falls out, and it is zero where an antenna has no fringes. The
other is the next integration of the same baseline (TIME; neighbours in time) or the next band of channels
of the same integration (BAND). What an antenna should have is the median of the baselines that are about as
long: of a resolved source as well. The ratio of the two, least squares over an antenna's baselines, is its
power: 1 like the others, 0 without fringes.
"""

from __future__ import annotations

from typing import Any, Iterator, List, NamedTuple, Tuple

import numpy as np

from .metric_answers import quiet_median
from .sums import Sums

__all__ = ["BAND", "TIME", "Power", "Visit", "powers", "visits"]

TIME, BAND = "time", "band"
NEIGHBOURS = 5
"""At least so many baselines on each side in length tell what one should have."""
QUIETEST = 0.5
"""No baseline has less noise than this part of the median one: what is too quiet is zeros, not good data."""
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

    def over(self, *axes: int) -> Tuple[Any, Any]:
        """Power and its standard error, summed over some axes."""
        signal, weight = self.signal.sum(axis=axes), self.weight.sum(axis=axes)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(weight > 0, signal / weight, np.nan), np.where(
                weight > 0, 1.0 / np.sqrt(weight), np.inf
            )


def powers(visit: Visit, kind: str) -> Power:
    """Return the power of each antenna at each integration (of pairs in time: at the first of the two).

    Parameters
    ----------
    kind : str
        TIME or BAND. Phases that turn within an integration time take from the first, delays that are not
        solved from the second; a spw of one band has no second, and answers with weights of 0.
    """
    product, variance, rows = _products(visit, kind)
    expected = _expected(visit, product, variance, rows)[visit.of[rows]]
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.where(np.isfinite(product) & (variance > 0), 1.0 / variance, 0.0)
    signal = np.where(inverse > 0, product, 0.0) * expected[:, None] * inverse
    weight = expected[:, None] ** 2 * inverse
    return _by_antenna(visit, rows, signal.sum(axis=1), weight.sum(axis=1))


def _products(visit: Visit, kind: str) -> Tuple[Any, Any, Any]:
    """Products (pairs, bands, hands), their variance where there is no signal, the row of each pair."""
    means, noise = visit.sums.means, visit.noise_of_means()
    if kind == BAND:
        rows = np.arange(len(means))
        return (
            (means[:, 1:] * means[:, :-1].conj()).real,
            noise[:, 1:] * noise[:, :-1] / 2.0,
            rows,
        )
    step = np.median(np.diff(visit.times_s)) if len(visit.times_s) > 1 else 0.0
    near = np.diff(visit.sums.time_s) < LONGEST_GAP * step
    rows = np.flatnonzero((np.diff(visit.of) == 0) & near)
    product = (means[rows + 1] * means[rows].conj()).real
    return product, noise[rows + 1] * noise[rows] / 2.0, rows


def _expected(visit: Visit, product: Any, variance: Any, rows: Any) -> Any:
    """What each baseline should have, (baselines, hands): the median of those about as long."""
    good = np.isfinite(product) & (variance > 0)
    inverse = np.where(good, 1.0 / np.where(good, variance, 1.0), 0.0)
    total, weight = (
        _sums(values.sum(axis=1), visit.of[rows], len(visit.start))
        for values in (np.where(good, product, 0.0) * inverse, inverse)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(weight > 0, total / weight, np.nan)
    length = np.bincount(visit.of, visit.sums.uv_m) / np.bincount(visit.of)
    order = np.argsort(length, kind="stable")
    each_side = max(NEIGHBOURS, len(order) // 8)
    padded = np.concatenate([np.full((each_side, found.shape[1]), np.nan), found[order],
                             np.full((each_side, found.shape[1]), np.nan)])  # fmt: skip
    windows = np.stack([padded[k : k + len(order)] for k in range(2 * each_side + 1) if k != each_side])
    middle = quiet_median(windows, 0)
    expected = np.empty_like(middle)
    expected[order] = middle
    return np.maximum(np.nan_to_num(expected), 0.0)


def _sums(values: Any, of: Any, size: int) -> Any:
    return np.stack([np.bincount(of, column, size) for column in values.T], axis=1)


def _by_antenna(visit: Visit, rows: Any, signal: Any, weight: Any) -> Power:
    one, two = visit.sums.antenna1[rows], visit.sums.antenna2[rows]
    antennas = np.unique(np.concatenate([visit.antenna1, visit.antenna2]))
    size = len(antennas) * len(visit.times_s)
    found: List[Any] = []
    for values in (signal, weight):
        total = np.zeros((size, values.shape[1]))
        for number in (one, two):
            key = np.searchsorted(antennas, number) * len(visit.times_s) + visit.time[rows]
            total += _sums(values, key, size)
        found.append(total.reshape(len(antennas), len(visit.times_s), -1))
    return Power(antennas, visit.times_s, found[0], found[1])
