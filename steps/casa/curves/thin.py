"""Curves with as many points as a screen can show: lowest and highest of each column, never less."""

from __future__ import annotations

from typing import Any, List, Tuple

import numpy as np

__all__ = ["rounded", "scattered", "thinned"]

MOST_CELLS = 4000
"""So many points at the most, besides the extremes, show how dense a cloud is."""


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
    column = _cells(x[there], (low, high), columns)
    order = np.lexsort((y[there], column))
    edges = np.flatnonzero(np.diff(column[order])) + 1
    lowest = order[np.concatenate(([0], edges))]
    highest = order[np.concatenate((edges - 1, [len(order) - 1]))]
    return there[np.unique(np.concatenate((lowest, highest)))]


def scattered(x: Any, y: Any, across: Tuple[float, float], upward: Tuple[float, float], columns: int) -> Any:
    """Return which points of a cloud to keep: the extremes of each column, and one wherever there is any.

    A point that stands alone always stays; of those that a screen would put on one another one does.

    Parameters
    ----------
    x, y : array, float (n)
    across, upward : tuple of float
        What the screen shows.
    columns : int
        How many columns it has; as many rows as there can be with `MOST_CELLS`, half as many at the most.
    """
    there = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(there) <= 2 * columns:
        return there
    rows = max(1, min(columns // 2, MOST_CELLS // columns))
    cell = _cells(x[there], across, columns) * rows + _cells(y[there], upward, rows)
    _, first = np.unique(cell, return_index=True)
    return np.union1d(there[first], thinned(x, y, *across, columns))


def _cells(values: Any, shown: Tuple[float, float], count: int) -> Any:
    span = (shown[1] - shown[0]) or 1.0
    return np.clip(((values - shown[0]) / span * count).astype(int), 0, count - 1)


def rounded(values: Any, digits: int = 6) -> List[float]:
    """Return numbers of so many significant digits: half the length as JSON."""
    return [float(f"{value:.{digits}g}") for value in np.asarray(values, dtype=float).tolist()]
