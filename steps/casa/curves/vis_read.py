"""Visibilities of a measurement set, averaged while they are read: the whole is never held."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np

from ..flag_count import open_unlocked
from .ms import Selection

__all__ = ["CHUNK_BYTES", "Means", "Spectra", "by_scan", "mean_of", "read_means", "read_spectra", "sums_by"]

CHUNK_BYTES = 1 << 25
"""Read at a time, bytes of data."""
EDGE = 0.05
"""Channels at each edge that count in no mean over channels, as in the measurements of visibilities."""


class Means(NamedTuple):
    """Visibilities of one spw, each the vector mean of its unflagged channels."""

    spw: int
    pols: List[str]
    one: Any
    other: Any
    scan: Any
    field: Any
    time_s: Any
    uvdist_m: Any
    values: Any
    """complex64 (polarisations, rows), NaN where nothing is unflagged."""


class Spectra(NamedTuple):
    """Visibilities of one spw and scan (or of all scans of a field), each the vector mean over time."""

    spw: int
    pols: List[str]
    one: Any
    other: Any
    scan: int
    """-1 for all."""
    field: int
    time_s: float
    values: Any
    """complex64 (baselines, channels, polarisations)."""


def read_means(selection: Selection, column: str) -> Iterator[Means]:
    """Yield the visibilities that are meant, spw by spw, averaged over the channels without the edges.

    Parameters
    ----------
    column : str
        DATA, CORRECTED_DATA or MODEL_DATA.
    """
    for ddid, part in _parts(selection):
        hands = selection.hands(ddid)
        one, other, scan, field, time_s = (
            part.getcol(name) for name in ("ANTENNA1", "ANTENNA2", "SCAN_NUMBER", "FIELD_ID", "TIME")
        )
        u, v, _ = part.getcol("UVW")
        pieces = [_over_channels(data, good) for data, good, _ in _chunks(part, column, hands)]
        pols = [selection.names.correlations[ddid][n] for n in hands]
        values = np.concatenate(pieces).T
        yield Means(selection.spw(ddid), pols, one, other, scan, field, time_s, np.hypot(u, v), values)


def _parts(selection: Selection) -> Iterator[Tuple[int, Any]]:
    with open_unlocked(selection.path) as main:
        for ddid in selection.ddids:
            part = main.query(selection.condition(ddid))
            try:
                if part.nrows():
                    yield ddid, part
            finally:
                part.close()


def _chunks(part: Any, column: str, hands: Sequence[int]) -> Iterator[Tuple[Any, Any, slice]]:
    """Data and what is good of it, both (rows, channels, correlations), and which rows they are."""
    cell = part.getcell(column, 0)
    step = max(1, CHUNK_BYTES // max(1, cell.nbytes))
    every = list(hands) == list(range(cell.shape[0]))
    for start in range(0, part.nrows(), step):
        count = min(step, part.nrows() - start)
        data, flags = part.getcol(column, start, count).T, part.getcol("FLAG", start, count).T
        if not every:
            data, flags = data[..., hands], flags[..., hands]
        good = ~flags
        good[part.getcol("FLAG_ROW", start, count)] = False
        yield data, good, slice(start, start + count)


def _zeroed(data: Any, good: Any) -> Any:
    """The data with nothing but zeros where they are not good; what is no number is not good."""
    with np.errstate(invalid="ignore"):
        kept = data * good
    if not np.isfinite(kept.real.sum() + kept.imag.sum()):
        good &= np.isfinite(data)
        kept = np.where(good, data, 0.0)
    return kept


def _over_channels(data: Any, good: Any) -> Any:
    """Means over the channels, complex64 (rows, correlations)."""
    cut = int(EDGE * data.shape[1])
    data, good = data[:, cut : data.shape[1] - cut], good[:, cut : good.shape[1] - cut]
    kept = _zeroed(data, good)
    return mean_of(kept.sum(axis=1), good.sum(axis=1)).astype(np.complex64)


def mean_of(total: Any, count: Any) -> Any:
    """Return sums over numbers; NaN where the number is 0."""
    return np.where(count > 0, total / np.maximum(1, count), np.nan)


def sums_by(values: Any, numbers: Any, size: int) -> Any:
    """Return the sums of complex values (n) that have the same of `numbers` (n, below `size`)."""
    return np.bincount(numbers, values.real, size) + 1j * np.bincount(numbers, values.imag, size)


def by_scan(means: Means, together: bool = False) -> Means:
    """Average each baseline over the time of a scan, or over all scans of a field where `together`."""
    scan = np.zeros_like(means.scan) - 1 if together else means.scan
    keys, inverse = np.unique(
        np.stack([scan, means.field, means.one, means.other]), axis=1, return_inverse=True
    )
    inverse, size = inverse.ravel(), keys.shape[1]
    rows = np.maximum(1, np.bincount(inverse, minlength=size))
    time, far = (np.bincount(inverse, each, size) / rows for each in (means.time_s, means.uvdist_m))
    values = np.stack([_sums(each, inverse, size) for each in means.values])
    return means._replace(
        one=keys[2], other=keys[3], scan=keys[0], field=keys[1], time_s=time, uvdist_m=far, values=values
    )


def _sums(values: Any, inverse: Any, size: int) -> Any:
    good = np.isfinite(values)
    total = sums_by(np.where(good, values, 0.0), inverse, size)
    return mean_of(total, np.bincount(inverse, good, size)).astype(np.complex64)


def read_spectra(selection: Selection, column: str, together: bool) -> Iterator[Spectra]:
    """Yield spectra averaged over the time of each scan, or of all scans of a field where `together`.

    Only one scan (or field) is held at a time, as sums of each baseline.
    """
    for ddid, part in _parts(selection):
        hands = selection.hands(ddid)
        pols = [selection.names.correlations[ddid][n] for n in hands]
        sums: Dict[Tuple[int, int], _Sum] = {}
        keys = part.getcol("FIELD_ID").astype(np.int64), part.getcol("SCAN_NUMBER").astype(np.int64)
        key = np.stack([keys[0], np.full_like(keys[1], -1) if together else keys[1]])
        last = {tuple(each): n for n, each in enumerate(key.T.tolist())}
        for data, good, rows in _chunks(part, column, hands):
            _add(sums, part, key[:, rows], data, good, rows)
            for done in [each for each in sums if last[each] < rows.stop]:
                yield sums.pop(done).spectra(selection.spw(ddid), pols, *done)


class _Sum:
    """Sums of each baseline over time."""

    def __init__(self, channels: int, pols: int) -> None:
        self.shape = (channels, pols)
        self.baselines: Dict[Tuple[int, int], int] = {}
        self.total = np.zeros((0, *self.shape), np.complex64)
        self.count = np.zeros((0, *self.shape), np.int32)
        self.time_s, self.rows = 0.0, 0

    def add(self, one: Any, other: Any, time_s: Any, data: Any, good: Any) -> None:
        """Add rows."""
        pairs, inverse = np.unique(np.stack([one, other]), axis=1, return_inverse=True)
        numbers = np.array([self._number(int(a), int(b)) for a, b in pairs.T])
        order = np.argsort(inverse.ravel(), kind="stable")
        starts = np.searchsorted(inverse.ravel()[order], np.arange(len(numbers)))
        self.total[numbers] += np.add.reduceat(_zeroed(data, good)[order], starts, axis=0)
        self.count[numbers] += np.add.reduceat(good[order], starts, axis=0, dtype=np.int32)
        self.time_s, self.rows = self.time_s + float(time_s.sum()), self.rows + len(time_s)

    def _number(self, one: int, other: int) -> int:
        number = self.baselines.setdefault((one, other), len(self.baselines))
        if number >= len(self.total):
            more = max(64, len(self.total))
            self.total = np.concatenate([self.total, np.zeros((more, *self.shape), np.complex64)])
            self.count = np.concatenate([self.count, np.zeros((more, *self.shape), np.int32)])
        return number

    def spectra(self, spw: int, pols: List[str], field: int, scan: int) -> Spectra:
        """Return the means."""
        size = len(self.baselines)
        one, other = np.array(list(self.baselines)).T
        values = mean_of(self.total[:size], self.count[:size]).astype(np.complex64)
        return Spectra(spw, pols, one, other, scan, field, self.time_s / max(1, self.rows), values)


def _add(sums: Dict[Tuple[int, int], _Sum], part: Any, key: Any, data: Any, good: Any, rows: slice) -> None:
    count = rows.stop - rows.start
    one, other, time_s = (part.getcol(name, rows.start, count) for name in ("ANTENNA1", "ANTENNA2", "TIME"))
    for each in np.unique(key, axis=1).T.tolist():
        mine = (key[0] == each[0]) & (key[1] == each[1])
        total = sums.setdefault(tuple(each), _Sum(*data.shape[1:]))
        if mine.all():
            total.add(one, other, time_s, data, good)
        else:
            total.add(one[mine], other[mine], time_s[mine], data[mine], good[mine])
