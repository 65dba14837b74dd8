"""The calibrators' scans of an MS, integration by integration: what the WVR correction is tried on."""

from __future__ import annotations

from typing import Any, Iterator, List, NamedTuple, Tuple

import numpy as np

from ..errors import CasaError
from .caltable import Block, CalTable
from .flag_count import open_unlocked
from .visibilities import Names

__all__ = ["LEAST_INTEGRATIONS", "Scan", "calibrator_scans", "mean_of"]

#: A scan needs so many integrations for its scatter to mean anything.
LEAST_INTEGRATIONS = 5
#: Of one scan so many integrations are read, and so much in all, bytes.
MOST_INTEGRATIONS, MOST_BYTES = 64, 96 << 20
MOST_CHANNELS = 64
INTENTS = ("CALIBRATE_BANDPASS", "CALIBRATE_PHASE")


class Scan(NamedTuple):
    """Phases of one scan of a calibrator."""

    number: int
    field: int
    times_s: Any
    """(integrations)"""
    values: Any
    """complex (pols, integrations, antennas, antennas), averaged over channels, NaN where there is none; of
    mean phase 0, so that only their fluctuation is left."""


def calibrator_scans(table: CalTable, names: Names) -> Iterator[Tuple[Scan, Block, bool]]:
    """Yield the calibrators' scans in one spw, its solutions, and whether they are corrected already."""
    with open_unlocked(table.ms) as main:
        block, ddid = _widest(table, names)
        left = MOST_BYTES
        for condition in _conditions(table, names):
            for number in _numbers(main, f"DATA_DESC_ID=={ddid} AND ANTENNA1!=ANTENNA2 AND {condition}"):
                words = (
                    f"DATA_DESC_ID=={ddid} AND ANTENNA1!=ANTENNA2 AND {condition} AND SCAN_NUMBER=={number}"
                )
                part = main.query(words)
                try:
                    scan, corrected, size = _scan(part, number, names, ddid)
                finally:
                    part.close()
                left -= size
                if len(scan.times_s) >= LEAST_INTEGRATIONS:
                    yield scan, block, corrected
                if left <= 0:
                    return


def _widest(table: CalTable, names: Names) -> Tuple[Block, int]:
    with open_unlocked(f"{table.ms}/SPECTRAL_WINDOW") as spws:
        widths, channels = spws.getcol("TOTAL_BANDWIDTH"), spws.getcol("NUM_CHAN")
    return max(
        ((block, names.spw_of.index(block.spw)) for block in table.blocks if block.spw in names.spw_of),
        key=lambda each: (float(widths[each[0].spw]), -int(channels[each[0].spw])),
    )


def _conditions(table: CalTable, names: Names) -> Iterator[str]:
    """The selections of bandpass, then of phase calibrators; no state and no scan twice."""
    some = False
    for intent in INTENTS:
        states = [n for n, mode in enumerate(names.intents) if _on_source(mode, intent)]
        if states:
            some = True
            yield f"STATE_ID IN {states}"
    if not some:
        raise CasaError("the MS has no scan of a bandpass or phase calibrator", table.name)


def _on_source(mode: str, intent: str) -> bool:
    parts = [each.strip().partition("#") for each in mode.split(",")]
    return any(name == intent and what in ("", "ON_SOURCE") for name, _, what in parts)


def _numbers(main: Any, condition: str) -> List[int]:
    part = main.query(condition)
    try:
        return sorted(set(part.getcol("SCAN_NUMBER").tolist())) if part.nrows() else []
    finally:
        part.close()


def _scan(part: Any, number: int, names: Names, ddid: int) -> Tuple[Scan, bool, int]:
    """Read one scan: at most so many integrations, every n-th channel."""
    one, two, time = (part.getcol(name) for name in ("ANTENNA1", "ANTENNA2", "TIME"))
    field = int(part.getcell("FIELD_ID", 0))
    times, which = np.unique(time, return_inverse=True)
    size = int(np.searchsorted(time, times[:MOST_INTEGRATIONS][-1], side="right"))
    ordered = bool((np.diff(time) >= 0).all())
    size = size if ordered else len(time)
    data, flags, corrected = _read(part, size)
    flags |= part.getcol("FLAG_ROW", 0, size)[None, None, :]
    hands = names.hands_of[ddid]
    data, flags = data[hands], flags[hands]
    count, shape = len(names.antennas), (len(hands), data.shape[1], len(times))
    values = np.full((len(hands), len(times), count, count), np.nan, complex)
    rows = (which.ravel()[:size], one[:size], two[:size])
    flat = _flattened(np.where(flags, np.nan, data), one[:size] * count + two[:size])
    values[:, rows[0], rows[1], rows[2]] = flat
    values[:, rows[0], rows[2], rows[1]] = np.conj(flat)
    keep = np.zeros(len(times), bool)
    keep[np.unique(rows[0])] = True
    return Scan(number, field, times[keep], values[:, keep]), corrected, int(np.prod(shape)) * 16


def _read(part: Any, size: int) -> Tuple[Any, Any, bool]:
    channels, pols = part.getcell("FLAG", 0).shape[1], part.getcell("FLAG", 0).shape[0]
    edge = channels // 16
    step = max(1, (channels - 2 * edge) // MOST_CHANNELS)
    blc, trc, inc = [0, edge], [pols - 1, channels - 1 - edge], [1, step]
    flags = part.getcolslice("FLAG", blc, trc, inc, 0, size)
    try:
        return part.getcolslice("DATA", blc, trc, inc, 0, size), flags, False
    except RuntimeError:
        if "CORRECTED_DATA" not in part.colnames():
            raise
        return part.getcolslice("CORRECTED_DATA", blc, trc, inc, 0, size), flags, True


def _flattened(data: Any, baseline: Any) -> Any:
    """Average over channels, after each baseline's own mean spectrum has been taken off its phases."""
    order = np.argsort(baseline, kind="stable")
    starts = np.flatnonzero(np.diff(baseline[order], prepend=-1))
    good = np.isfinite(data)
    total = np.add.reduceat(np.where(good, data, 0.0)[:, :, order], starts, axis=2)
    number = np.cumsum(np.bincount(starts, minlength=len(order))) - 1
    which = np.empty(len(order), int)
    which[order] = number
    # Only its phase matters, so the sum does as well as the mean.
    return mean_of(data * np.conj(total)[:, :, which], 1)


def mean_of(values: Any, axis: int) -> Any:
    """Return the mean over `axis` of what is no NaN; NaN where there is nothing else."""
    good = np.isfinite(values)
    total = np.where(good, values, 0.0).sum(axis=axis)
    return np.where(good.any(axis=axis), total / np.maximum(1, good.sum(axis=axis)), np.nan)
