"""Shape of the system temperature over the channels: ripples, spikes, lines of the target in it.

An atmosphere of one temperature makes the Tsys spectra of two antennas linear functions of each other,
lines of ozone and water included: Tsys + T_atm is proportional to exp(opacity), whatever the receiver adds
to it. So each spectrum is held against a line (with a slope and curve over the band) through the median of
all antennas.
"""

from __future__ import annotations

from typing import Any, Iterator, List, NamedTuple

import numpy as np

from ..caltable import Block, CalTable, read_caltable
from .answers import Answer, Offender, Place, Results, most, quiet_mean, quiet_median
from .tsys import LEAST_ANTENNAS

__all__ = ["tsys_line", "tsys_ripple", "tsys_spike"]

#: Channels in which the air lets too little through to be measured: Tsys above so many times the median.
OPAQUE = 2.0
#: A ripple is wider than so many channels, a spike or line narrower.
WIDE = 7
LEAST_CHANNELS = 24


class Shape(NamedTuple):
    """What is left of the spectra of one visit of one spw and polarisation."""

    block: Block
    pol: int
    words: str
    rows: Any
    """Rows of the block."""
    off: Any
    """(channels, rows): relative deviation from what the other antennas let expect; NaN for none."""


def tsys_ripple(of: str, folder: str, results: Results) -> Answer:
    """Largest rms of a ripple in one antenna's Tsys spectrum, per cent of the Tsys.

    Of what deviates from the spectra of the other antennas, smoothed over 7 channels. `of` is the Tsys
    caltable. A standing wave in the receiver or in front of a load. Above 3 % look: that is a wave of 4 %
    in amplitude, and 5 % from channel to channel is what the reference wants looked into in a bandpass
    (alma-reduction 4.2).
    """
    return _of_antennas(of, folder, ripple=True)


def tsys_spike(of: str, folder: str, results: Results) -> Answer:
    """Largest spike or hole of a few channels in one antenna's Tsys spectrum, per cent of the Tsys.

    Of what deviates from the spectra of the other antennas, less its running median over 7 channels. `of` is
    the Tsys caltable. A birdie of that antenna's electronics: it makes a false line in the target's spectrum.
    Above 10 % look: that is a line of 5 % of the continuum (the ALMA pipeline flags such birdies; reference
    alma-reduction 4.2).
    """
    return _of_antennas(of, folder, ripple=False)


def _of_antennas(of: str, folder: str, *, ripple: bool) -> Answer:
    table = read_caltable(folder, of, "B TSYS")
    found = []
    for shape in _shapes(table):
        if ripple:
            numbers = np.sqrt(np.nan_to_num(quiet_mean(_running_mean(shape.off) ** 2, 0)))
        else:
            numbers = np.nan_to_num(np.abs(shape.off - _running_median(shape.off))).max(axis=0)
        for row, number in zip(shape.rows.tolist(), numbers.tolist()):  # noqa: B905  # Python 3.8
            who = f"{table.who(shape.block, row, shape.pol)} {shape.words}"
            found.append(Offender(100.0 * number, who, table.place(shape.block, row, shape.pol)))
    return most(found, "%", of) if found else Answer(0.0, "%", "too few channels or antennas to tell")


def tsys_line(of: str, folder: str, results: Results) -> Answer:
    """Largest narrow peak that the Tsys of all antennas has on one source and not on the others, per cent.

    For each spw and visit: the median over antennas and polarisations, held against that of the other
    fields. `of` is the Tsys caltable. A bright line of the target (or of what lies in the off position): it
    weakens the line where this Tsys is applied. Above 5 % of the Tsys look (reference alma-reduction 4.4,
    KI-42).
    """
    table = read_caltable(folder, of, "B TSYS")
    found = []
    for block in table.blocks:
        visits = [(words, rows, _spectrum(block, rows)) for words, rows in block.visits()]
        fields = [int(block.field[np.flatnonzero(rows)[0]]) for _, rows, _ in visits]
        for n, (words, rows, mine) in enumerate(visits):
            others = [visits[k][2] for k, field in enumerate(fields) if field != fields[n]]
            peak = _peak(mine, others) if others else np.nan
            first = int(np.flatnonzero(rows)[0])
            name = table.field_name(fields[n])
            place = Place("", block.spw, "", table.place(block, first).scan, name)
            found.append(Offender(100.0 * peak, f"{name} spw {block.spw} {words}", place))
    told = [each for each in found if np.isfinite(each.value)]
    return most(told, "%", of) if told else Answer(0.0, "%", "one source only: nothing to compare with")


def _spectrum(block: Block, rows: Any) -> Any:
    """Median over antennas and polarisations, (channels)."""
    kept = np.where(block.values.real > 0.0, block.kept.real, np.nan)[:, :, rows]
    level = quiet_median(kept, 1)
    return quiet_median(np.moveaxis(kept / level[:, None, :], 1, 0).reshape(kept.shape[1], -1), 1)


def _peak(mine: Any, others: List[Any]) -> float:
    usual = quiet_median(np.stack(others), 0)
    good = np.isfinite(mine + usual) & (usual < OPAQUE * np.nanmedian(usual))
    if good.sum() < LEAST_CHANNELS:
        return float("nan")
    off = np.full(len(mine), np.nan)
    basis = _basis(usual, good)
    off[good] = _residual(np.column_stack([basis, usual[good] ** 2]), mine[good][:, None])[:, 0]
    return float(np.nan_to_num(off - _running_median(off[:, None])[:, 0]).max())


def _shapes(table: CalTable) -> Iterator[Shape]:
    for block in table.blocks:
        kept = np.where(block.values.real > 0.0, block.kept.real, np.nan)
        for words, rows in block.visits():
            numbers = np.flatnonzero(rows)
            for pol in range(len(kept)):
                here = numbers[np.isfinite(kept[pol][:, numbers]).sum(axis=0) >= LEAST_CHANNELS]
                if len(here) >= LEAST_ANTENNAS:
                    yield Shape(block, pol, words, here, _off(kept[pol][:, here]))


def _off(spectra: Any) -> Any:
    """Relative deviation of each spectrum, (channels, rows), from a line through the median of all."""
    usual = quiet_median(spectra / quiet_median(spectra, 0), 1)
    good = np.isfinite(usual) & (usual < OPAQUE * np.nanmedian(usual))
    off = np.full(spectra.shape, np.nan)
    if good.sum() >= LEAST_CHANNELS:
        wanted = spectra[good]
        filled = np.where(np.isfinite(wanted), wanted, usual[good][:, None] * quiet_median(wanted, 0))
        left = _residual(_basis(usual, good), filled)
        off[good] = np.where(np.isfinite(wanted), left, np.nan)
    return off


def _basis(usual: Any, good: Any) -> Any:
    x = np.linspace(-1.0, 1.0, len(usual))[good]
    return np.column_stack([np.ones_like(x), x, x**2, usual[good]])


def _residual(basis: Any, wanted: Any) -> Any:
    """Relative deviation of each column from its fit by `basis`, what stands out left out of a second fit."""
    left = _fitted(basis, wanted)
    spread = np.median(np.abs(left), axis=0) + 1e-6
    tamed = wanted / (1.0 + np.where(np.abs(left) > 6.0 * spread, left, 0.0))
    fit = basis @ np.linalg.lstsq(basis, tamed, rcond=1e-9)[0]
    return wanted / fit - 1.0


def _fitted(basis: Any, wanted: Any) -> Any:
    return wanted / (basis @ np.linalg.lstsq(basis, wanted, rcond=1e-9)[0]) - 1.0


def _windows(values: Any) -> Any:
    """(channels, rows, WIDE): each channel with its neighbours; NaN beyond the ends."""
    pad = np.full((WIDE // 2, values.shape[1]), np.nan)
    padded = np.concatenate([pad, values, pad])
    return np.stack([padded[n : n + len(values)] for n in range(WIDE)], axis=2)


def _running_median(values: Any) -> Any:
    return quiet_median(_windows(values), 2)


def _running_mean(values: Any) -> Any:
    windows = _windows(values)
    return np.where(np.isfinite(windows).sum(axis=2) > WIDE // 2, quiet_mean(windows, 2), np.nan)
