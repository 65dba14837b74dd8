"""How far the signal falls off at the edges of windows, whether flagged there or not."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from ...errors import CasaError
from ..flag_count import open_unlocked
from ..ms_names import Names, read_names
from ..visibilities import Asked, ask, selected
from .answers import Answer, Offender, Place, Results, quiet_median

__all__ = ["edge_falloff", "edge_unflagged"]

CHUNK_BYTES = 1 << 22
"""Read at a time."""
HALF = 0.5
INNER = 0.1
"""Share of the channels at each edge that does not tell how strong the signal is in the window."""
FEWEST_CHANNELS = 16
ENOUGH_BYTES = 1 << 25
"""So much of a window's data is enough to see its shape."""


class _Shape(NamedTuple):
    """One window."""

    spw: int
    low: int
    high: int
    """Channels at the lower and the upper edge with less than half the signal."""
    unflagged: int
    """How many of these are not flagged."""
    channels: int


def edge_falloff(of: str, folder: str, results: Results) -> Answer:
    """Share of a window's channels that have less than half the signal, at both edges together, %.

    `of` is ``MS:what``, a strong calibrator (CALIBRATE_BANDPASS). From the amplitudes of the cross-
    correlations, averaged over time, flagged or not; the median over baselines and polarisations. Filters
    of wide windows (TDM) always fall off: 3 to 6 % of the channels at each edge are flagged for that (ALMA
    pipeline 3.125 %, script generator 6.25 %: reference alma-reduction 4.2). What is left of it counts in
    `edge_unflagged`.
    """
    found = [
        Offender(100.0 * (each.low + each.high) / each.channels, f"spw {each.spw}", Place(spw=each.spw))
        for each in _shapes(of, folder)
    ]
    return _worst(found)


def edge_unflagged(of: str, folder: str, results: Results) -> Answer:
    """Share of a window's channels at its edges that have less than half the signal and are not flagged, %.

    `of` as for the fall-off; flags are those of now, on most of the baselines. Solutions there are noise,
    and take that of the whole window along: flag the edges. Above 0.5 % look, which is one channel of 128
    (reference alma-reduction 4.2, edge flags).
    """
    found = [
        Offender(100.0 * each.unflagged / each.channels, f"spw {each.spw}", Place(spw=each.spw))
        for each in _shapes(of, folder)
    ]
    return _worst(found)


def _worst(found: List[Offender]) -> Answer:
    found = sorted(found, key=lambda each: -each.value)
    named = [f"{each.who} {each.value:.1f} %" for each in found if each.value]
    return Answer(found[0].value if found else 0.0, "%", ", ".join(named) or "no window has any", found)


#: The last that was read, with the times of the MS's files: both metrics want the same.
_kept: Dict[Asked, Tuple[Any, List[_Shape]]] = {}


def _shapes(of: str, folder: str) -> List[_Shape]:
    asked = ask(of, folder)
    with os.scandir(asked.path) as entries:
        stamp = sorted((each.name, each.stat().st_mtime_ns) for each in entries if each.is_file())
    before, found = _kept.get(asked, (None, []))
    if before != stamp:
        found = list(_read(asked, read_names(asked.path)))
        _kept.clear()
        _kept[asked] = (stamp, found)
    if not found:
        raise CasaError(
            "has no window with channels on these", asked.name, f"Asked for: {asked.what or 'all'}."
        )
    return found


def _read(asked: Asked, names: Names) -> Iterator[_Shape]:
    condition = selected(asked, names)
    with open_unlocked(asked.path) as main:
        column = asked.column or "DATA"
        for ddid, spw in enumerate(names.spw_of):
            words = [f"DATA_DESC_ID=={ddid}", "ANTENNA1!=ANTENNA2", *([condition] if condition else [])]
            part = main.query(" AND ".join(words)) if names.hands_of[ddid] else None
            if part is None:
                continue
            try:
                if part.nrows() and part.getcell(column, 0).shape[1] >= FEWEST_CHANNELS:
                    profile, flagged = _profile(part, column, names.hands_of[ddid])
                    yield _shape(spw, profile, flagged)
            finally:
                part.close()


def _profile(part: Any, column: str, hands: List[int]) -> Tuple[Any, Any]:
    """The amplitude of each channel, and the part of its visibilities that is flagged.

    A baseline's visibilities are turned to phase 0 by their mean over the window, integration by
    integration, before they are averaged over time: so noise does not add up as it does in amplitudes.
    """
    one, two = part.getcol("ANTENNA1"), part.getcol("ANTENNA2")
    cell = part.getcell(column, 0)
    step = max(1, CHUNK_BYTES // cell.nbytes)
    sums: Dict[Tuple[int, int], Any] = {}
    flagged, rows = np.zeros(cell.shape[1]), 0
    for start in range(0, min(part.nrows(), max(step, ENOUGH_BYTES // cell.nbytes)), step):
        count = min(step, part.nrows() - start)
        data = part.getcol(column, start, count)[hands]
        flags = part.getcol("FLAG", start, count)[hands]
        dead = flags.all(axis=1, keepdims=True)
        flagged += np.where(dead, False, flags).sum(axis=(0, 2))
        rows += int((~dead).sum())
        data = np.where(np.isfinite(data) & ~dead, _turned(data), 0.0)
        baselines = one[start : start + count].astype(np.int64) << 32 | two[start : start + count]
        for baseline in np.unique(baselines).tolist():
            mine = data[:, :, baselines == baseline].sum(axis=2)
            sums[baseline] = sums.get(baseline, 0.0) + mine
    amplitude = np.abs(np.concatenate(list(sums.values())))
    amplitude = amplitude / quiet_median(np.where(amplitude > 0.0, amplitude, np.nan), 1)[:, None]
    return quiet_median(amplitude, 0), flagged / max(1, rows)


def _turned(data: Any) -> Any:
    """Visibilities at the phase of the middle quarter of their window, which a delay turns least."""
    channels = data.shape[1]
    middle = data[:, 3 * channels // 8 : 5 * channels // 8 + 1].mean(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        return data * np.nan_to_num(middle.conj() / np.abs(middle))


def _shape(spw: int, profile: Any, flagged: Any) -> _Shape:
    channels = len(profile)
    cut = max(1, int(INNER * channels))
    weak = profile < HALF * float(quiet_median(profile[cut : channels - cut], 0))
    low = int(np.argmin(weak)) if not weak.all() else channels
    high = int(np.argmin(weak[::-1])) if not weak.all() else 0
    number = np.arange(channels)
    at_edge = (number < low) | (number >= channels - high)
    return _Shape(spw, low, high, int((at_edge & (flagged < HALF)).sum()), channels)
