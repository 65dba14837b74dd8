"""What the air does to phases, to tell an antenna that is out of order from one that stands far away.

The rms of the phase between two antennas grows with their distance d: as d^(5/6) up to a kilometre, where
turbulence is as deep as it is wide, and as d^(1/3) beyond (Kolmogorov; Carilli & Holdaway 1999, Radio
Science 34, 817). Antennas that are neighbours have much of it in common. Steps from one integration to the
next grow less with the distance: as much is expected of them too, to name an antenna too few rather than one
too many. What few numbers of it scatter by chance is that of a chi-square.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .metrics.answers import quiet_median

__all__ = ["by_chance", "share"]

KILOMETRE = 1000.0
CHANCE_SIGMAS = 4.0
"""What is nearer than this to what is expected is chance: of a thousand numbers not one is further."""


def share(positions_m: Any, present: Any = None) -> Any:
    """Return by how much more rms of phase than the median antenna each has in the same air.

    Parameters
    ----------
    positions_m : array or None
        float (antennas, 3), m; 1 for all where they are not known.
    present : array of int or bool, optional
        The antennas that took part; all by default.

    Returns
    -------
    array
        float (antennas that took part), 1 and more: nobody is expected to have less air than the median.
    """
    if positions_m is None:
        return 1.0
    where = np.asarray(positions_m, float)
    where = where if present is None else where[present]
    if len(where) < 3:
        return np.ones(len(where))
    apart = np.linalg.norm(where[:, None] - where[None], axis=2)
    np.fill_diagonal(apart, np.nan)
    rms = _rms(quiet_median(apart, 1))
    return np.maximum(1.0, rms / max(float(np.median(rms)), 1e-12))


def _rms(apart_m: Any) -> Any:
    """Rms of phase, in that of a kilometre."""
    far = np.asarray(apart_m) / KILOMETRE
    return np.where(far < 1.0, far ** (5.0 / 6.0), far ** (1.0 / 3.0))


def by_chance(count: Any) -> Any:
    """Return what the mean square of `count` numbers may be by chance, in what is expected of it.

    The quantile of a chi-square at four sigma, as Wilson and Hilferty (1931) approach it.
    """
    number = np.maximum(1.0, np.asarray(count, float))
    part = 2.0 / (9.0 * number)
    return (1.0 - part + CHANCE_SIGMAS * np.sqrt(part)) ** 3
