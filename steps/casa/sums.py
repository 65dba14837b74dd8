"""One pass over the visibilities of an MS, of which several metrics live; kept while the MS stays the same.

Of each spw: visibilities averaged over a few bands of channels, row by row; their noise, from the
differences of channels; and for calibrators the spectrum of each antenna in each scan. Only unflagged
cross-correlations of parallel hands count.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Sequence, Set, Tuple

import numpy as np

from ..errors import CasaError
from .flag_count import open_unlocked
from .intents import is_calibrator
from .ms_names import Names

__all__ = ["CHUNK_BYTES", "Spectra", "Sums", "derived", "read_sums", "scans_of"]

#: Read at a time, bytes of data.
CHUNK_BYTES = 1 << 25
#: The part of a window at each side that is in no band.
EDGE = 0.05
BANDS = 8
"""So many parts of a window are averaged, each alone: a delay not solved yet takes little from them."""
NOISE_CHANNELS = 64
"""So many channels in the middle tell the noise."""
MOST_CHANNELS = 1024
"""A spectrum is kept with so many; finer ones are averaged."""
KEPT_BYTES = 512 << 20
KEPT = 3
_COLUMNS = ("SCAN_NUMBER", "FIELD_ID", "STATE_ID", "TIME", "ANTENNA1", "ANTENNA2")


class Spectra(NamedTuple):
    """The spectra of all antennas in some scans: one row for each scan and antenna."""

    scan: Any
    field: Any
    antenna: Any
    channels: Any
    """float (channels): middle of each, in channels of the MS."""
    vector: Any
    """complex (rows, channels, hands): mean over the baselines, each turned to begin at this antenna."""
    amplitude: Any
    """float (rows, channels, hands): mean over the baselines of the amplitude of the scan's average."""
    baselines: Any
    """float (rows, channels, hands): how many baselines are in it."""
    unflagged: Any
    """float (rows, channels, hands): part of the scan's integrations that is unflagged."""


class Sums(NamedTuple):
    """What one pass over one spw gives; rows by scan, field, baseline and time."""

    spw: int
    hands: List[str]
    scan: Any
    field: Any
    state: Any
    time_s: Any
    antenna1: Any
    antenna2: Any
    uv_m: Any
    """float (rows): projected length of the baseline."""
    means: Any
    """complex (rows, bands, hands); NaN where nothing is unflagged."""
    counts: Any
    """float (rows, bands, hands): unflagged channels."""
    noise: Any
    """float (rows, hands): variance of one channel of one visibility (both parts), NaN if unknown."""
    good: Any
    """int (rows, hands): unflagged channels, edges and all."""
    spectra: Spectra

    @property
    def values(self) -> Any:
        """Mean over all bands, complex (hands, rows); NaN where nothing is unflagged."""
        count = self.counts.sum(axis=1)
        total = (np.nan_to_num(self.means) * self.counts).sum(axis=1)
        return np.where(count > 0, total / np.maximum(1, count), np.nan).T

    def where(self, rows: Any) -> "Sums":
        """The same of some rows (bool or indices); spectra stay whole."""
        picked = {name: getattr(self, name)[rows] for name in _BY_ROW}
        return self._replace(**picked)


_BY_ROW = (
    "scan", "field", "state", "time_s", "antenna1", "antenna2", "uv_m", "means", "counts", "noise", "good"
)  # fmt: skip


def scans_of(all_sums: List[Sums]) -> Set[Tuple[int, int]]:
    """Return scan and field of all that has rows."""
    found: Set[Tuple[int, int]] = set()
    for sums in all_sums:
        keys = np.unique(sums.scan.astype(np.int64) << 32 | sums.field)
        found.update((int(key >> 32), int(key & 0xFFFFFFFF)) for key in keys)
    return found


class _Pass(NamedTuple):
    stamp: Any
    sums: List[Sums]
    derived: Dict[str, Any]
    """What is computed of all of it, by name."""


_kept: "OrderedDict[Tuple[str, str], _Pass]" = OrderedDict()


def read_sums(path: str, name: str, column: str, names: Names) -> List[Sums]:
    """Read a column of the MS at `path`, or return what was read of it before if it is still the same.

    Parameters
    ----------
    name : str
        What the MS is called in an error.
    column : str
        DATA, CORRECTED_DATA or MODEL_DATA; empty for corrected where it is there, else data.

    Returns
    -------
    list of Sums
        Of each spw with parallel hands and cross-correlations.

    Raises
    ------
    CasaError
        There is no such column.
    """
    return _passed(path, name, column, names).sums


def derived(path: str, name: str, column: str, names: Names, make: Callable[[List[Sums]], Any]) -> Any:
    """Return what `make` makes of `read_sums`, kept along with it."""
    kept = _passed(path, name, column, names)
    if make.__name__ not in kept.derived:
        kept.derived[make.__name__] = make(kept.sums)
    return kept.derived[make.__name__]


def _passed(path: str, name: str, column: str, names: Names) -> _Pass:
    stamp = _stamp(path)
    before = _kept.pop((path, column), None)
    if before is not None and before.stamp == stamp:
        _kept[path, column] = before
        return before
    found = _Pass(stamp, list(_read(path, name, column, names)), {})
    if sum(_bytes(each) for each in found.sums) <= KEPT_BYTES:
        _kept[path, column] = found
    while len(_kept) > KEPT or sum(_bytes(s) for kept in _kept.values() for s in kept.sums) > KEPT_BYTES:
        _kept.popitem(last=False)
    return found


def _stamp(path: str) -> Tuple[Tuple[str, int, int], ...]:
    """Names, times and sizes of the files of a table, which change when anything in it does."""
    with os.scandir(path) as entries:
        files = [each for each in entries if each.is_file() and each.name != "table.lock"]
        return tuple(sorted((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files))


def _bytes(sums: Sums) -> int:
    arrays = [*(getattr(sums, name) for name in _BY_ROW), *sums.spectra]
    return sum(int(each.nbytes) for each in arrays)


def _read(path: str, name: str, column: str, names: Names) -> Iterator[Sums]:
    with open_unlocked(path) as main:
        column = column or ("CORRECTED_DATA" if "CORRECTED_DATA" in main.colnames() else "DATA")
        if column not in main.colnames():
            raise CasaError(f"has no column {column}", name, "Run the step that makes it first.")
        for ddid, spw in enumerate(names.spw_of):
            if not names.hands_of[ddid]:
                continue
            part = main.query(f"DATA_DESC_ID=={ddid} AND ANTENNA1!=ANTENNA2")
            try:
                if part.nrows():
                    yield _one_spw(part, column, spw, ddid, names)
            finally:
                part.close()


def _one_spw(part: Any, column: str, spw: int, ddid: int, names: Names) -> Sums:
    meta = {name: part.getcol(name) for name in _COLUMNS}
    uvw = part.getcol("UVW")
    hands, n_channels = names.hands_of[ddid], part.getcell(column, 0).shape[1]
    shape = _Shape(n_channels, len(hands), len(names.antennas))
    calibrators = [n for n, modes in enumerate(names.intents) if is_calibrator(modes)]
    wanted = np.isin(meta["STATE_ID"], calibrators) if calibrators else np.ones(part.nrows(), bool)
    pieces, spectra = [], []
    for first, last in _runs(meta["SCAN_NUMBER"], meta["FIELD_ID"]):
        sums = _Spectrum(shape) if wanted[first] else None
        step = max(1, CHUNK_BYTES // max(1, n_channels * part.getcell(column, 0).shape[0] * 16))
        for start in range(first, last, step):
            rows = slice(start, min(start + step, last))
            data, good = _read_piece(part, column, rows, hands)
            pieces.append(_banded(data, good, shape))
            if sums is not None:
                sums.add(data, good, meta["ANTENNA1"][rows], meta["ANTENNA2"][rows])
        if sums is not None:
            spectra.append((int(meta["SCAN_NUMBER"][first]), int(meta["FIELD_ID"][first]), sums))
    means, counts, noise, unflagged = (np.concatenate(each) for each in zip(*pieces))  # noqa: B905
    found = Sums(
        spw, names.hand_names[ddid],
        meta["SCAN_NUMBER"], meta["FIELD_ID"], meta["STATE_ID"], meta["TIME"],
        meta["ANTENNA1"], meta["ANTENNA2"], np.hypot(uvw[0], uvw[1]),
        means, counts, noise, unflagged, _joined(spectra, shape),
    )  # fmt: skip
    baseline = found.antenna1.astype(np.int64) << 32 | found.antenna2
    return found.where(np.lexsort((found.time_s, baseline, found.field, found.scan)))


class _Shape(NamedTuple):
    """Sizes of one spw, and which channels are in which band."""

    channels: int
    hands: int
    antennas: int

    @property
    def bands(self) -> List[int]:
        """First channel of each band, and the one after the last."""
        cut = int(EDGE * self.channels)
        count = max(1, min(BANDS, (self.channels - 2 * cut) // 2))
        edges: List[int] = np.linspace(cut, self.channels - cut, count + 1).round().astype(int).tolist()
        return edges

    @property
    def middle(self) -> slice:
        """The channels that tell the noise."""
        half = min(NOISE_CHANNELS, self.channels) // 2
        return slice(self.channels // 2 - half, self.channels // 2 + half)

    @property
    def factor(self) -> int:
        """So many channels make one of a spectrum."""
        return -(-self.channels // MOST_CHANNELS)


def _runs(scan: Any, field: Any) -> Iterator[Tuple[int, int]]:
    """First row of each scan and field, and the row after its last."""
    change = np.flatnonzero((np.diff(scan) != 0) | (np.diff(field) != 0)) + 1
    edges = [0, *change.tolist(), len(scan)]
    yield from zip(edges, edges[1:])  # noqa: B905, RUF007  # neither exists in Python 3.8


def _read_piece(part: Any, column: str, rows: slice, hands: Sequence[int]) -> Tuple[Any, Any]:
    """Data (rows, channels, hands) with 0 where flagged, and what is not flagged."""
    count = rows.stop - rows.start
    data = part.getcol(column, rows.start, count)
    flags = part.getcol("FLAG", rows.start, count)
    if len(hands) < len(data):
        data, flags = data[hands], flags[hands]
    data, flags = data.T, flags.T | part.getcol("FLAG_ROW", rows.start, count)[:, None, None]
    data[flags] = 0.0
    return data, ~flags


def _banded(data: Any, good: Any, shape: _Shape) -> Tuple[Any, Any, Any, Any]:
    starts, end = shape.bands[:-1], shape.bands[-1]
    total = np.add.reduceat(data[:, :end], starts, axis=1)
    counts = np.add.reduceat(good[:, :end], starts, axis=1, dtype=np.float32)
    means = np.where(counts > 0, total / np.maximum(1, counts), np.nan).astype(np.complex64)
    middle, kept = data[:, shape.middle], good[:, shape.middle]
    # Two channels apart: neighbours share noise where the correlator has smoothed them.
    both = kept[:, 2:] & kept[:, :-2]
    apart = (middle[:, 2:] - middle[:, :-2]) * both
    squares = _over_channels(apart.real**2 + apart.imag**2)
    number = _over_channels(both)
    noise = np.where(number > 3, squares / np.maximum(1, number) / 2.0, np.nan).astype(np.float32)
    return means, counts, noise, _over_channels(good).astype(np.int32)


def _over_channels(values: Any) -> Any:
    """Sum over the channels of (rows, channels, hands): by BLAS, numpy's own is slow on few hands."""
    ones = np.ones((1, values.shape[1]), np.float32)
    return np.matmul(ones, values.astype(np.float32))[:, 0]


class _Spectrum:
    """Sums over the time of one scan, baseline by baseline."""

    def __init__(self, shape: _Shape) -> None:
        self._shape = shape
        self._sums: Dict[int, Any] = {}

    def add(self, data: Any, good: Any, one: Any, two: Any) -> None:
        """Add some rows."""
        key = one.astype(np.int64) << 32 | two
        order = np.argsort(key, kind="stable")
        unique, starts = np.unique(key[order], return_index=True)
        vectors = np.add.reduceat(data[order], starts, axis=0)
        counts = np.add.reduceat(good[order], starts, axis=0, dtype=np.float32)
        rows = np.diff(np.append(starts, len(key)))
        for n, each in enumerate(unique.tolist()):
            before = self._sums.get(each, (0.0, 0.0, 0))
            self._sums[each] = (before[0] + vectors[n], before[1] + counts[n], before[2] + int(rows[n]))

    def by_antenna(self) -> Tuple[Any, Any, Any, Any, Any]:
        """Antennas, and of each vector, amplitude, number of baselines, part that is unflagged."""
        keys = np.array(list(self._sums))
        sums = self._sums.values()
        total, count = (_coarse(np.stack([each[n] for each in sums]), self._shape.factor) for n in (0, 1))
        rows = np.array([each[2] for each in sums]) * self._shape.factor
        has = (count > 0).astype(np.float32)
        mean = np.where(has > 0, total / np.maximum(1, count), 0.0)
        ends = np.concatenate([keys >> 32, keys & 0xFFFFFFFF])
        order = np.argsort(ends, kind="stable")
        antennas, starts = np.unique(ends[order], return_index=True)

        def over(first: Any, second: Any) -> Any:
            """Sum over the baselines of each antenna that begin at it, and those that end there."""
            return np.add.reduceat(np.concatenate([first, second])[order], starts, axis=0)

        number = over(has, has)
        least, size = np.maximum(1, number), np.abs(mean)
        vector, amplitude = over(mean, mean.conj()) / least, over(size, size) / least
        unflagged = over(count, count) / np.maximum(1, over(rows, rows))[:, None, None]
        nothing = number == 0
        vector[nothing], amplitude[nothing] = np.nan, np.nan
        return antennas, vector.astype(np.complex64), amplitude.astype(np.float32), number, unflagged


def _coarse(values: Any, factor: int) -> Any:
    """Sum over neighbouring channels, axis 1."""
    if factor == 1:
        return values
    whole = values.shape[1] // factor * factor
    return values[:, :whole].reshape(values.shape[0], -1, factor, values.shape[2]).sum(axis=2)


def _joined(found: List[Tuple[int, int, _Spectrum]], shape: _Shape) -> Spectra:
    factor = shape.factor
    channels = np.arange(shape.channels // factor) * factor + (factor - 1) / 2.0
    parts = [(scan, field, sums.by_antenna()) for scan, field, sums in found]
    if not parts:
        none = np.zeros((0, len(channels), shape.hands), np.float32)
        number = np.zeros(0, int)
        return Spectra(number, number, number, channels, none.astype(np.complex64), none, none, none)
    sizes = [len(part[0]) for _, _, part in parts]
    columns = [np.concatenate([part[n] for _, _, part in parts]) for n in range(5)]
    return Spectra(
        np.repeat([scan for scan, _, _ in parts], sizes),
        np.repeat([field for _, field, _ in parts], sizes),
        columns[0], channels, columns[1], columns[2],
        columns[3].astype(np.float32), columns[4].astype(np.float32),
    )  # fmt: skip
