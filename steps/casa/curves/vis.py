"""Visibilities in the form of a caltable: a block for each spw and field, a row for each antenna and time.

What stands out among solutions then stands out here by the same measures. Means are not weighted.
"""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from ...errors import CasaError, UsageError
from ..caltable import Block, CalTable
from ..flag_count import open_unlocked
from .ms import Selection, select, sub_table
from .read import SPECTRA, Source
from .request import AXES, COLUMNS, Request, chosen
from .vis_read import Means, Spectra, by_scan, mean_of, read_means, read_spectra, sums_by

__all__ = ["averages_of", "column_of", "open_visibilities", "reference_of"]

COHERENT = 0.7
"""Where the vector mean of all baselines of some field keeps so much of the amplitude, phases are calibrated.

Of uncalibrated phases it keeps the inverse root of the number of baselines: 0.15 of ten antennas' 45.
"""


class _Piece(NamedTuple):
    """Rows of one spw, before it is settled what their phases are told against."""

    spw: int
    pols: List[str]
    antenna: Any
    scan: Any
    field: Any
    time_s: Any
    far_m: Any
    values: Any
    """(polarisations, channels, rows): amplitudes, or complex means of the antenna's baselines."""
    to_reference: Any
    """The same of the baselines to the reference antenna alone, or None."""
    coherence: float


def averages_of(request: Request, x: str) -> List[str]:
    """Return what is averaged: what is asked for, or what suits `x`; always what `x` cannot do without."""
    if request.average:
        found = [name for name in request.average if name != "none"]
    elif x in SPECTRA or x == "antenna":
        found = ["scan", "baseline"]
    else:
        found = ["baseline"] if x == "time" else ["scan"]
    if x in SPECTRA:
        found = [name for name in found if name != "channel"]
        found += ["scan"] if not {"scan", "time"} & set(found) else []
    else:
        found += ["channel"] if "channel" not in found else []
    found += ["baseline"] if x == "antenna" and "baseline" not in found else []
    return [name for name in found if not (x == "uvdist" and name == "baseline")]


def column_of(path: str, asked: str) -> str:
    """Return the column that is meant.

    Raises
    ------
    CasaError
        The MS does not have it.
    """
    with open_unlocked(path) as main:
        names = main.colnames()
    wanted = COLUMNS[asked] if asked else "CORRECTED_DATA" if "CORRECTED_DATA" in names else "DATA"
    if wanted not in names:
        there = [name for name, column in COLUMNS.items() if column in names]
        raise CasaError(f"has no column {wanted}", os.path.basename(path), f"It has: {', '.join(there)}.")
    return wanted


def reference_of(selection: Selection) -> int:
    """Return the reference antenna: the one that is asked for, or the one nearest to the array's middle."""
    names = selection.names.antennas
    if selection.request.refant:
        return chosen("antenna", [selection.request.refant], dict(enumerate(names)), selection.table)[0]
    with sub_table(selection.path, "ANTENNA") as table:
        position = table.getcol("POSITION")
    return int(np.hypot.reduce(position - np.median(position, axis=1)[:, None]).argmin())


def open_visibilities(request: Request) -> Source:
    """Read an MS and settle what is meant.

    Raises
    ------
    CasaError
        It is not there, no MS, or has no such column.
    UsageError
        It has nothing of what is asked for.
    """
    selection = select(request)
    x, y = request.x or AXES["vis"][0], request.y or "amp"
    averages = averages_of(request, x)
    column = column_of(request.table, request.column)
    reference = reference_of(selection)
    pieces = list(_pieces(selection, column, x, y, averages, reference))
    if not pieces:
        raise UsageError("has no cross-correlations of these", selection.table, "Name other spws or fields.")
    y_name = "amplitude"
    if y == "phase":
        pieces, y_name = _settled(
            pieces, request, selection.names.antennas[reference], "baseline" in averages
        )
    kind = {name: word for word, name in COLUMNS.items()}[column]
    choices = {
        **selection.choices(),
        "y": ["amp", "phase"],
        "x": list(AXES["vis"]),
        "column": _columns(request.table),
    }
    choices["average"] = sorted(averages)
    per_antenna = "baseline" in averages
    calibrated = max(piece.coherence for piece in pieces) >= COHERENT and not y_name.startswith("phase to")
    return _source(selection, pieces, kind, (x, y, y_name), choices, per_antenna, calibrated)


def _columns(path: str) -> List[str]:
    with open_unlocked(path) as main:
        return [name for name, column in COLUMNS.items() if column in main.colnames()]


def _settled(pieces: List[_Piece], request: Request, reference: str, mean: bool) -> Tuple[List[_Piece], str]:
    """Phases as the mean of an antenna's baselines where they are calibrated, else to the reference."""
    calibrated = "baseline" in request.average or max(piece.coherence for piece in pieces) >= COHERENT
    if not mean or (calibrated and not request.refant):
        return pieces, "mean phase" if mean else "phase"
    return [piece._replace(values=piece.to_reference) for piece in pieces], f"phase to {reference}"


def _pieces(
    selection: Selection, column: str, x: str, y: str, averages: List[str], reference: int
) -> Iterator[_Piece]:
    per_antenna = "baseline" in averages
    if x in SPECTRA:
        for spectra in read_spectra(selection, column, "time" in averages):
            yield _of_spectra(spectra, y, per_antenna, reference, len(selection.names.antennas))
        return
    for means in read_means(selection, column):
        if {"scan", "time"} & set(averages):
            means = by_scan(means, "time" in averages)
        yield _of_means(means, y, per_antenna, reference, len(selection.names.antennas))


def _of_means(means: Means, y: str, per_antenna: bool, reference: int, count: int) -> _Piece:
    if not per_antenna:
        values = np.abs(means.values) if y == "amp" else means.values
        pairs = _pair(means.one, means.other, count)
        small = (means.scan, means.field, means.time_s)
        flat, coherence = values[:, None], _coherence(means)
        return _Piece(means.spw, means.pols, pairs, *small, means.uvdist_m, flat, None, coherence)
    keys, group = np.unique(np.stack([means.field, means.scan, means.time_s]), axis=1, return_inverse=True)
    group = group.ravel()
    cells = np.concatenate([group * count + means.one, group * count + means.other])
    there, inverse = np.unique(cells, return_inverse=True)
    field, scan, time_s = keys[:, there // count]
    small = (scan.astype(int), field.astype(int), time_s)
    values = [_antenna_sum(each, inverse, len(there), y) for each in means.values]
    to_reference = None
    if y == "phase":
        mine = np.where((means.one == reference) | (means.other == reference), means.values, np.nan)
        to_reference = np.stack([_antenna_sum(each, inverse, len(there), y) for each in mine])[:, None]
        to_reference[..., there % count == reference] = np.nan
    stacked = np.stack(values)[:, None]
    far = np.zeros(len(there))
    return _Piece(means.spw, means.pols, there % count, *small, far, stacked, to_reference, _coherence(means))


def _antenna_sum(values: Any, inverse: Any, size: int, y: str) -> Any:
    """Mean over the baselines of each antenna and time: of amplitudes, or of vectors seen from it."""
    good = np.isfinite(values)
    both, known = np.concatenate([good, good]), np.where(good, values, 0.0)
    count = np.bincount(inverse, both, size)
    if y == "amp":
        return mean_of(np.bincount(inverse, np.tile(np.abs(known), 2), size), count)
    seen = np.concatenate([known, known.conj()])
    return mean_of(sums_by(seen, inverse, size), count)


def _coherence(means: Means) -> float:
    """The largest share of the amplitude that the vector mean of all baselines keeps, of any field."""
    found = [0.0]
    for field in np.unique(means.field).tolist():
        here = means.values[:, means.field == field]
        total = np.nansum(np.abs(here))
        found.append(float(np.abs(np.nansum(here, axis=1)).sum() / total) if total > 0.0 else 0.0)
    return max(found)


def _pair(one: Any, other: Any, count: int) -> Any:
    """The number of a baseline."""
    return one * count + other


def _of_spectra(spectra: Spectra, y: str, per_antenna: bool, reference: int, count: int) -> _Piece:
    values = np.abs(spectra.values) if y == "amp" else spectra.values
    one, other, to_reference = spectra.one, spectra.other, None
    antenna = _pair(one, other, count)
    coherence = 0.0
    if per_antenna:
        antenna = np.unique(np.concatenate([one, other]))
        signs = (antenna[:, None] == one).astype(np.float32), (antenna[:, None] == other).astype(np.float32)
        near = ((one == reference) | (other == reference))[:, None, None]
        if y == "phase":
            to_reference = _matrix_mean(np.where(near, values, np.nan), *signs, y)
            to_reference[antenna == reference] = np.nan
            total = np.nansum(np.abs(values))
            coherence = float(np.abs(np.nansum(values, axis=0)).sum() / total) if total > 0.0 else 0.0
        values = _matrix_mean(values, *signs, y)
    rows = np.ones(len(antenna))
    small = ((rows * spectra.scan).astype(int), (rows * spectra.field).astype(int), rows * spectra.time_s)
    turned = None if to_reference is None else to_reference.transpose(2, 1, 0)
    whole = values.transpose(2, 1, 0)
    return _Piece(spectra.spw, spectra.pols, antenna, *small, 0.0 * rows, whole, turned, coherence)


def _matrix_mean(values: Any, first: Any, second: Any, y: str) -> Any:
    """Means over baselines (baselines, channels, polarisations); the matrices tell whose they are."""
    good = np.isfinite(values)
    known = np.where(good, values, 0.0).astype(np.complex64 if y == "phase" else np.float32)
    count = np.tensordot(first + second, good.astype(np.float32), 1)
    return mean_of(np.tensordot(first, known, 1) + np.tensordot(second, known.conj(), 1), count)


def _source(
    selection: Selection, pieces: List[_Piece], kind: str, axes: Tuple[str, str, str],
    choices: Dict[str, List[Any]], per_antenna: bool, calibrated: bool,
) -> Source:  # fmt: skip
    pols = list(dict.fromkeys(pol for piece in pieces for pol in piece.pols))
    merged: Dict[Tuple[int, int], List[Tuple[Block, Any]]] = {}
    for piece in pieces:
        for field, (block, far) in _by_field(piece, pols):
            merged.setdefault((field, piece.spw), []).append((block, far))
    joined = [_joined(each) for _, each in sorted(merged.items())]
    blocks = [block for block, _ in joined]
    names = selection.names.antennas
    antennas = _antennas(selection, per_antenna)
    if not per_antenna:
        count = len(names)
        names = [f"{names[n // count]}&{names[n % count]}" for n in range(count * count)]
    table = CalTable(selection.table, f"visibilities, {kind}", names, selection.path, pols, blocks)
    first = min(float(block.time_s.min()) for block in blocks)
    fields = dict(enumerate(selection.names.fields))
    return Source(
        selection.request, table, axes[0], axes[1], fields, _frequencies(selection, blocks, axes[0]),
        first // 86400.0 * 86400.0, antennas, list(range(len(pols))), True,
        tuple(far for _, far in joined), axes[2], selection.targets(), calibrated, choices,
    )  # fmt: skip


def _by_field(piece: _Piece, pols: List[str]) -> Iterator[Tuple[int, Tuple[Block, Any]]]:
    """Blocks of one field each, with all polarisations that any spw has."""
    values = piece.values
    if piece.pols != pols:
        whole = np.full((len(pols), *values.shape[1:]), np.nan, values.dtype)
        whole[[pols.index(pol) for pol in piece.pols]] = values
        values = whole
    for field in np.unique(piece.field).tolist():
        rows = piece.field == field
        here = values[..., rows]
        small = [each[rows] for each in (piece.antenna, piece.scan, piece.field, piece.time_s)]
        yield field, (Block(piece.spw, here, ~np.isfinite(here), *small), piece.far_m[rows])


def _joined(parts: List[Tuple[Block, Any]]) -> Tuple[Block, Any]:
    """Blocks of one spw and field as one: spectra come scan by scan."""
    if len(parts) == 1:
        return parts[0]
    blocks = [block for block, _ in parts]
    small = [
        np.concatenate([getattr(block, name) for block in blocks])
        for name in ("antenna", "scan", "field", "time_s")
    ]
    values, flags = (
        np.concatenate([getattr(b, name) for b in blocks], axis=2) for name in ("values", "flags")
    )
    return Block(blocks[0].spw, values, flags, *small), np.concatenate([far for _, far in parts])


def _antennas(selection: Selection, per_antenna: bool) -> List[int]:
    """Numbers of the antennas, or of the baselines of the antennas, that are asked for."""
    names = dict(enumerate(selection.names.antennas))
    count = len(names)
    asked = chosen("antenna", selection.request.antenna, names, selection.table)
    if per_antenna:
        return asked
    return [n for n in range(count * count) if n // count in asked or n % count in asked]


def _frequencies(selection: Selection, blocks: List[Block], x: str) -> Dict[int, Any]:
    """GHz of each channel, or their numbers."""
    if x not in SPECTRA:
        return {}
    found = {}
    with sub_table(selection.path, "SPECTRAL_WINDOW") as table:
        for block in blocks:
            count = block.values.shape[1]
            found[block.spw] = (
                np.arange(float(count)) if x == "channel" else table.getcell("CHAN_FREQ", block.spw) / 1e9
            )
    return found
