"""A caltable as curves: which quantities it has, and a line for each antenna, spw, polarisation, visit."""

from __future__ import annotations

import os
from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from ...errors import UsageError
from ..caltable import Block, CalTable, read_caltable
from ..flag_count import open_unlocked
from ..metrics.answers import quiet_median
from .request import Request, chosen

__all__ = ["AXIS_NAMES", "SPECTRA", "X_NAMES", "Line", "Source", "lines_of", "open_source", "quantities"]

#: Quantity -> its name on the axis, and unit.
AXIS_NAMES = {
    "phase": ("phase", "deg"),
    "amp": ("amplitude", ""),
    "tsys": ("Tsys", "K"),
    "snr": ("SNR", ""),
    "delay": ("delay", "ns"),
    "offset": ("offset", "mm"),
    "value": ("value", ""),
}
#: Along x -> name and unit; frequencies that nobody knows are channels.
X_NAMES = {
    "time": ("UTC", ""),
    "antenna": ("antenna", ""),
    "freq": ("frequency", "GHz"),
    "channel": ("channel", ""),
    "uvdist": ("uv distance", "m"),
}
SPECTRA = ("freq", "channel")


class Line(NamedTuple):
    """One curve."""

    antenna: int
    """-1 where it has one point for each antenna (or baseline)."""
    block: int
    """Its block's number in the table."""
    spw: int
    pol: int
    visit: str
    """"scan 8", or "" where it runs through all of them."""
    x: Any
    y: Any
    """float (n), NaN where flagged."""
    flagged: Any
    rows: Any
    """int (n): row of the block of each point."""
    channels: Any
    """int (n): channel of each point; None where it stands for all."""
    score: Any
    """float (n) or one number: how far it stands out, in units of what is worth a look."""
    note: str = ""


class Source(NamedTuple):
    """A caltable (or visibilities in the form of one), what is asked of it, and what its numbers are."""

    request: Request
    table: CalTable
    x: str
    y: str
    fields: Dict[int, str]
    freq_ghz: Dict[int, Any]
    """spw -> float (channels)."""
    origin_s: float
    """Midnight before its first time, MJD in seconds."""
    antennas: List[int]
    pols: List[int]
    by_field: bool = False
    """Whether each field has panels of its own: then each block is of one field."""
    far_m: Tuple[Any, ...] = ()
    """Block by block, float (rows): how far apart the antennas are, as the source sees them."""
    y_name: str = ""
    """What y is called here, where that is not what `AXIS_NAMES` says."""
    targets: FrozenSet[int] = frozenset()
    """Fields of which nobody knows what they look like, by number."""
    calibrated: bool = False
    """Whether phases are of calibrated visibilities: of a calibrator they are zero."""
    choices: Optional[Dict[str, List[Any]]] = None
    """What can be chosen, where that is not told by the table."""


def quantities(table: CalTable) -> Tuple[str, ...]:
    """Return what of a table can be drawn; the first is what is drawn unasked."""
    if table.kind.startswith("B TSYS"):
        return ("tsys",)
    if table.kind.startswith("KAntPos"):
        return ("offset",)
    if table.kind.startswith("K "):
        return ("delay",)
    if np.iscomplexobj(table.blocks[0].values):
        flat = all(np.allclose(np.abs(block.kept)[~block.flags], 1.0) for block in table.blocks)
        return ("phase", "amp", "snr") if flat else ("amp", "phase", "snr")
    return ("value", "snr")


def open_source(request: Request) -> Source:
    """Read the table and settle what is meant.

    Raises
    ------
    CasaError
        It is not there or no caltable.
    UsageError
        It does not have what is asked for.
    """
    folder, name = os.path.split(os.path.abspath(request.table))
    table = read_caltable(folder, name)
    y = _quantity(request, table)
    channels = max(block.values.shape[1] for block in table.blocks)
    x = request.x or ("antenna" if y == "offset" else "freq" if channels > 1 else "time")
    if y == "offset" and x != "antenna":
        raise UsageError("has one offset for each antenna", name, "It has --x antenna.")
    if x == "freq" and channels == 1:
        todo = "It has --x time and --x antenna."
        raise UsageError("has one value for all channels of an spw", name, todo)
    path = os.path.join(folder, name)
    fields = dict(enumerate(table.fields))
    blocks = _selected(request, table, snr=y == "snr")
    antennas = chosen("antenna", request.antenna, _present(table), name)
    pols = chosen("pol", request.pol, dict(enumerate(table.pols)), name)
    first = min(float(block.time_s.min()) for block in blocks)
    source = Source(
        request, table._replace(blocks=blocks), x, y, fields, {}, first // 86400.0 * 86400.0, antennas, pols
    )
    return source._replace(freq_ghz=_frequencies(path, blocks) if x == "freq" else {})


def _quantity(request: Request, table: CalTable) -> str:
    known = quantities(table)
    if request.y and request.y not in known:
        raise UsageError(
            f"a table of the kind {table.kind} has no {request.y}", table.name, f"It has: {', '.join(known)}."
        )
    return request.y or known[0]


def _present(table: CalTable) -> Dict[int, str]:
    numbers = np.unique(np.concatenate([block.antenna for block in table.blocks])).tolist()
    return {n: table.antennas[n] for n in numbers if 0 <= n < len(table.antennas)}


def _selected(request: Request, table: CalTable, *, snr: bool) -> List[Block]:
    """The blocks and rows that are asked for; their values the SNR if `snr`."""
    spws = chosen("spw", request.spw, {block.spw: str(block.spw) for block in table.blocks}, table.name)
    scans = sorted({int(n) for block in table.blocks for n in np.unique(block.scan)})
    wanted = chosen("scan", request.scan, {n: str(n) for n in scans}, table.name)
    there = {int(n) for block in table.blocks for n in np.unique(block.field)}
    known = {n: table.field_name(n) for n in sorted(there)}
    sources = chosen("field", request.field, known, table.name)
    blocks = []
    for block in table.blocks:
        if block.spw not in spws:
            continue
        if snr:
            block = block._replace(values=block.snr)
        rows = np.isin(block.scan, wanted) & np.isin(block.field, sources)
        if rows.any():
            blocks.append(block if rows.all() else block.where(rows))
    if not blocks:
        raise UsageError("has nothing of that spw, field and scan together", table.name)
    return blocks


def _frequencies(path: str, blocks: List[Block]) -> Dict[int, Any]:
    """GHz of each channel; where the table says nothing of so many channels, their numbers."""
    found = {}
    with open_unlocked(os.path.join(path, "SPECTRAL_WINDOW")) as table:
        for block in blocks:
            count = block.values.shape[1]
            hertz = table.getcell("CHAN_FREQ", block.spw) if block.spw < table.nrows() else []
            found[block.spw] = np.asarray(hertz) / 1e9 if len(hertz) == count else np.arange(float(count))
    return found


def numbers_of(source: Source, block: Block) -> Any:
    """Return the quantity, float (polarisations, channels, rows); NaN where flagged."""
    kept = block.kept
    if source.y == "phase":
        return np.degrees(np.angle(kept)) + np.where(np.isfinite(kept), 0.0, np.nan)
    if source.y == "offset":
        return 1000.0 * np.sqrt((kept.real**2).sum(axis=0, keepdims=True))
    if source.y == "amp":
        return np.abs(kept)
    return kept.real


def over_channels(source: Source, block: Block, numbers: Any) -> Any:
    """Return one number for all channels, float (polarisations, rows): the median, or the mean direction."""
    if numbers.shape[1] == 1:
        return numbers[:, 0]
    if source.y != "phase":
        return quiet_median(numbers, 1)
    turned = np.exp(1j * np.radians(numbers))
    count = np.isfinite(turned).sum(axis=1)
    return np.where(count, np.degrees(np.angle(np.nansum(turned, axis=1))), np.nan)


def lines_of(source: Source, index: int, numbers: Any, scores: Any) -> Iterator[Line]:
    """Yield the curves of one block, of all antennas: what is not asked for is what others stand out from.

    Parameters
    ----------
    index : int
        The block's number in the table.
    numbers : array, float (polarisations, channels, rows)
    scores : array, float (polarisations, rows)
    """
    block = source.table.blocks[index]
    pols = [0] if source.y == "offset" else source.pols
    if source.x in SPECTRA:
        yield from _spectra(source, index, numbers, scores, pols)
        return
    flat, flags = over_channels(source, block, numbers), block.flags.all(axis=1)
    if source.x in ("antenna", "uvdist"):
        rows = np.flatnonzero(np.isin(block.antenna, source.antennas))
        x = source.far_m[index][rows] if source.x == "uvdist" else block.antenna[rows].astype(float)
        for pol in pols:
            values = (flat[pol, rows], flags[pol, rows], rows, None, scores[pol, rows])
            yield Line(-1, index, block.spw, pol, "", x, *values)
        return
    for antenna in np.unique(block.antenna).tolist():
        rows = np.flatnonzero(block.antenna == antenna)
        rows = rows[np.argsort(block.time_s[rows], kind="stable")]
        x = block.time_s[rows] - source.origin_s
        for pol in pols if len(rows) else ():
            values = (flat[pol, rows], flags[pol, rows], rows, None, scores[pol, rows])
            yield Line(antenna, index, block.spw, pol, "", x, *values)


def _spectra(source: Source, index: int, numbers: Any, scores: Any, pols: List[int]) -> Iterator[Line]:
    block = source.table.blocks[index]
    x = source.freq_ghz[block.spw]
    channels = np.arange(len(x))
    for visit, where in block.visits():
        for row in np.flatnonzero(where).tolist():
            here = np.full(len(x), row)
            for pol in pols:
                values = (numbers[pol, :, row], block.flags[pol, :, row], here, channels, scores[pol, row])
                yield Line(int(block.antenna[row]), index, block.spw, pol, visit, x, *values)
