"""Curves with as many points as a screen can show: lowest and highest of each column, never less."""

from __future__ import annotations

from typing import Any, List

import numpy as np

__all__ = ["rounded", "thinned"]


def thinned(x: Any, y: Any, low: float, high: float, columns: int) -> Any:
    """Return which points to keep, in their order: in each column of the screen the lowest and the highest.

    Nothing is averaged: a single deviating channel stays, with its true value. What is no number goes.

    Parameters
    ----------
    x, y : array, float (n)
    low, high : float
        What the screen shows in x; all of `x` lies in it.
    columns : int
        How many columns it has.

    Returns
    -------
    array, int
        At most two indices for each column; all where there are not more than that.
    """
    there = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(there) <= 2 * columns:
        return there
    span = (high - low) or 1.0
    column = np.clip(((x[there] - low) / span * columns).astype(int), 0, columns - 1)
    order = np.lexsort((y[there], column))
    edges = np.flatnonzero(np.diff(column[order])) + 1
    lowest = order[np.concatenate(([0], edges))]
    highest = order[np.concatenate((edges - 1, [len(order) - 1]))]
    return there[np.unique(np.concatenate((lowest, highest)))]


def rounded(values: Any, digits: int = 6) -> List[float]:
    """Return numbers of so many significant digits: half the length as JSON."""
    return [float(f"{value:.{digits}g}") for value in np.asarray(values, dtype=float).tolist()]
