"""The gains of antennas within one scan, integration by integration, from the source's own visibilities.

As self-calibration does it, with the mean of the scan for a model, baseline by baseline: any source will do
that is seen at all, resolved or not, and nothing needs to be solved before. What is the same during the
scan drops out; what changes on one antenna is left.
"""

from __future__ import annotations

from typing import Any, List, NamedTuple, Tuple

import numpy as np

from .fringes import Visit

__all__ = ["ScanGains", "scan_gains"]

ROUNDS = 2
"""The model is made anew so often, from data with the gains taken out."""
LEAST = 0.2
"""At least this part of a model's square is taken for signal, however faint."""
STEPS = 30
"""Each of the solver."""


class ScanGains(NamedTuple):
    """Gains of one scan, all its spws and hands together."""

    scan: int
    field: int
    antennas: Any
    """int (antennas)."""
    times_s: Any
    """float (integrations)."""
    gains: Any
    """complex (antennas, integrations), about 1; NaN where there is nothing."""
    error: Any
    """float (antennas, integrations): standard error of the real and of the imaginary part."""


def scan_gains(visits: List[Visit]) -> ScanGains:
    """Solve the gains of one scan, all its spws together.

    Parameters
    ----------
    visits : list of Visit
        The spws of the same scan and field.

    Returns
    -------
    ScanGains
        Their median phase over the antennas is 0 at each time, and their mean over the time 1.
    """
    antennas = np.unique(np.concatenate([np.concatenate([v.antenna1, v.antenna2]) for v in visits]))
    times_s = np.unique(np.concatenate([v.times_s for v in visits]))
    shape = (len(times_s), len(antennas), len(antennas))
    gains = np.ones((len(times_s), len(antennas)), complex)
    for _ in range(ROUNDS):
        data, weight = np.zeros(shape, complex), np.zeros(shape)
        for visit in visits:
            _add(visit, antennas, times_s, gains, data, weight)
        gains = _solve(data, weight)
    total = (weight * np.abs(gains[:, None, :]) ** 2).sum(axis=2)
    with np.errstate(divide="ignore"):
        error = np.sqrt(0.5 / total)
    gains = np.where(total > 0, _centred(gains), np.nan)
    return ScanGains(visits[0].scan, visits[0].field, antennas, times_s, gains.T, error.T)


def _add(visit: Visit, antennas: Any, times_s: Any, gains: Any, data: Any, weight: Any) -> None:
    """Add the visibilities of one spw, divided by the model."""
    means, noise = visit.sums.means, visit.noise_of_means()
    good = np.isfinite(means) & np.isfinite(noise) & (noise > 0)
    one = np.searchsorted(antennas, visit.sums.antenna1)
    two = np.searchsorted(antennas, visit.sums.antenna2)
    when = np.searchsorted(times_s, visit.sums.time_s)
    inverse = np.where(good, 1.0 / np.where(good, noise, 1.0), 0.0).astype(np.float32)
    clean = np.where(good, means, 0.0)
    turn = (gains[when, one] * gains[when, two].conj()).astype(np.complex64)[:, None, None]
    model, blur = _model(visit, clean * turn.conj() * inverse, np.abs(turn) ** 2 * inverse)
    product = (clean * model.conj() * inverse).sum(axis=(1, 2))
    square = ((model.real**2 + model.imag**2) * inverse).sum(axis=(1, 2))
    power = square * _clean_part(visit, square, (blur * inverse).sum(axis=(1, 2)))
    data[when, one, two] += product
    data[when, two, one] += product.conj()
    weight[when, one, two] += power
    weight[when, two, one] += power


def _clean_part(visit: Visit, square: Any, noise: Any) -> Any:
    """What part of the square of a baseline's model is not the model's own noise, (rows)."""
    total, own = (np.add.reduceat(each, visit.start) for each in (square, noise))
    return np.clip(1.0 - own / np.where(total > 0, total, 1.0), LEAST, 1.0)[visit.of]


def _model(visit: Visit, top: Any, under: Any) -> Tuple[Any, Any]:
    """The mean of each baseline without the row itself, whose noise would look like signal; its variance."""
    above = np.add.reduceat(top, visit.start, axis=0)[visit.of] - top
    below = np.add.reduceat(under, visit.start, axis=0)[visit.of] - under
    enough = below > 0.5 * under
    below = np.where(enough, below, 1.0)
    return np.where(enough, above / below, 0.0), np.where(enough, 1.0 / below, 0.0)


def _solve(data: Any, weight: Any) -> Any:
    """Gains g with g_i g_j* = data / weight, (times, antennas), by alternating least squares (StefCal)."""
    gains = np.ones(data.shape[:2], complex)
    for step in range(STEPS):
        top = (data * gains[:, None, :]).sum(axis=2)
        under = (weight * np.abs(gains[:, None, :]) ** 2).sum(axis=2)
        new = np.where(under > 0, top / np.where(under > 0, under, 1.0), 1.0)
        gains = new if step % 2 == 0 else 0.5 * (gains + new)
    return gains


def _centred(gains: Any) -> Any:
    """Without the phase that all have at a time, and without what an antenna has all the time."""
    size = np.abs(gains)
    phase = np.where(size > 0, gains / np.where(size > 0, size, 1.0), 1.0)
    for _ in range(2):
        middle = np.median(phase.real, axis=1) + 1j * np.median(phase.imag, axis=1)
        turn = np.exp(-1j * np.angle(middle))[:, None]
        gains, phase = gains * turn, phase * turn
        still = np.exp(-1j * np.angle(gains.mean(axis=0)))
        gains, phase = gains * still, phase * still
    level: Tuple[Any, ...] = np.median(np.abs(gains), axis=0)
    return gains / np.where(np.asarray(level) > 0, level, 1.0)
