"""The calibrators' scans of an MS, integration by integration: what the WVR correction is tried on."""

from __future__ import annotations

from typing import Any, Iterator, List, NamedTuple, Tuple

import numpy as np

from ...errors import CasaError
from ..caltable import Block, CalTable
from ..flag_count import open_unlocked
from ..ms_names import Names
from .answers import quiet_mean

__all__ = ["LEAST_INTEGRATIONS", "Scan", "calibrator_scans"]

#: A scan needs so many integrations for its scatter to mean anything.
LEAST_INTEGRATIONS = 5
#: Of one scan so many integrations are read, and so much in all, bytes.
MOST_INTEGRATIONS, MOST_BYTES, CHUNK_BYTES = 64, 256 << 20, 32 << 20
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
        column = _readable(main, ddid)
        left = MOST_BYTES
        for condition in _conditions(table, names):
            for number in _numbers(main, f"DATA_DESC_ID=={ddid} AND ANTENNA1!=ANTENNA2 AND {condition}"):
                words = (
                    f"DATA_DESC_ID=={ddid} AND ANTENNA1!=ANTENNA2 AND {condition} AND SCAN_NUMBER=={number}"
                )
                part = main.query(words)
                try:
                    scan, size = _scan(part, number, column, names.hands_of[ddid], len(names.antennas))
                finally:
                    part.close()
                left -= size
                if len(scan.times_s) >= LEAST_INTEGRATIONS:
                    yield scan, block, column != "DATA"
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


def _readable(main: Any, ddid: int) -> str:
    """DATA; CORRECTED_DATA where the MS is lazy and its ASDM gone."""
    part = main.query(f"DATA_DESC_ID=={ddid} AND ANTENNA1!=ANTENNA2")
    try:
        part.getcell("DATA", 0)
    except RuntimeError:
        if "CORRECTED_DATA" not in main.colnames():
            raise
        return "CORRECTED_DATA"
    finally:
        part.close()
    return "DATA"


def _scan(part: Any, number: int, column: str, hands: List[int], count: int) -> Tuple[Scan, int]:
    """Read one scan: its first integrations, as many as are allowed; and the bytes it took."""
    one, two, time = (part.getcol(name) for name in ("ANTENNA1", "ANTENNA2", "TIME"))
    times, which = np.unique(time, return_inverse=True)
    row_bytes = 8 * int(np.prod(part.getcell("FLAG", 0).shape))
    fits = max(LEAST_INTEGRATIONS, MOST_BYTES * len(times) // (row_bytes * len(time)))
    rows = np.flatnonzero(which.ravel() < min(fits, MOST_INTEGRATIONS))
    size = int(rows[-1]) + 1
    flat = _flattened(*_read(part, column, hands, size), one[:size] * count + two[:size])
    values = np.full((len(hands), len(times), count, count), np.nan, complex)
    at = which.ravel()[:size]
    values[:, at, one[:size], two[:size]] = flat
    values[:, at, two[:size], one[:size]] = np.conj(flat)
    keep = np.unique(at)
    return Scan(number, int(part.getcell("FIELD_ID", 0)), times[keep], values[:, keep]), size * row_bytes


def _read(part: Any, column: str, hands: List[int], size: int) -> Tuple[Any, Any]:
    """Data and flags of the first rows, a few channels together, without the edges."""
    pols, channels = part.getcell("FLAG", 0).shape
    edge = channels // 16
    width = max(1, (channels - 2 * edge) // MOST_CHANNELS)
    keep = slice(edge, edge + (channels - 2 * edge) // width * width)
    step = max(1, CHUNK_BYTES // (8 * pols * channels))
    pieces = []
    for start in range(0, size, step):
        count = min(step, size - start)
        # Reading slices takes CASA six times as long as reading all and throwing away.
        flags = part.getcol("FLAG", start, count) | part.getcol("FLAG_ROW", start, count)[None, None]
        pieces.append(_together(part.getcol(column, start, count)[hands, keep], flags[hands, keep], width))
    return np.concatenate([data for data, _ in pieces], 2), np.concatenate([flags for _, flags in pieces], 2)


def _together(data: Any, flags: Any, width: int) -> Tuple[Any, Any]:
    """Each `width` channels as one, flagged where all of them are."""
    shape = (data.shape[0], data.shape[1] // width, width, data.shape[2])
    kept = ~flags.reshape(shape)
    number = kept.sum(axis=2)
    return np.where(kept, data.reshape(shape), 0.0).sum(axis=2) / np.maximum(1, number), number == 0


def _flattened(data: Any, flags: Any, baseline: Any) -> Any:
    """Average over channels, after each baseline's own mean spectrum has been taken off its phases.

    That of the other integrations: with its own noise in it, what is weak would seem to stand still.
    """
    order = np.argsort(baseline, kind="stable")
    starts = np.flatnonzero(np.diff(baseline[order], prepend=-1))
    total = np.add.reduceat(np.where(flags, 0.0, data)[:, :, order], starts, axis=2)
    number = np.cumsum(np.bincount(starts, minlength=len(order))) - 1
    which = np.empty(len(order), int)
    which[order] = number
    # Only its phase matters, so the sum does as well as the mean.
    return quiet_mean(np.where(flags, np.nan, data * np.conj(total[:, :, which] - data)), 1)
