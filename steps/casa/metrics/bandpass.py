"""Numbers of bandpasses: noise, ripples, jumps and gaps of single antennas, windows with little signal."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Iterator, List, Optional

import numpy as np

from ...errors import CasaError, CasapilotError
from ..caltable import Block, CalTable, read_caltable
from ..flag_count import open_unlocked
from .answers import Answer, Offender, Place, Results, most, ordered_of, quiet_mean, quiet_median

__all__ = [
    "averaged_table",
    "bandpass_gaps",
    "bandpass_jump",
    "bandpass_noise",
    "bandpass_phase",
    "bandpass_ripple",
    "widths_hz",
    "window_snr_ratio",
]

EDGE = 0.05
"""Share of the channels that is left out at each edge, as the QA2 report does (alma-reduction 2.3)."""
FEW_CHANNELS = 16
"""Of fewer, neighbours are so far apart that they differ by the shape of the bandpass."""
FEWEST = 3
"""Antennas that make a median with which one can be compared."""
SMOOTH_ORDER = 3
"""Degree of the polynomial that is the smooth shape of a bandpass: a tilt, a bow, an S."""
FEWEST_PERIODS = 3.0
"""What swings less often over a window is its shape, not a ripple."""
CHANNELS_A_PERIOD = 3.0
"""A shorter period is noise or birdies: it is in the scatter from channel to channel."""
MOST_CHANNELS = 512
"""Of more, neighbours are taken together: standing waves between mirrors 3 m apart are 50 MHz long."""
RIPPLE_SIGMAS = 4.5
"""Of all periods tried, noise alone makes up to four times what it makes of one."""
BESIDE = 4
"""So many channels on each side tell what an amplitude was before a jump, and is after."""
JUMP_SIGMAS = 6.0
"""Of some thousand channels of noise none is that far off."""
LARGEST_PERCENT = 1000.0

Spectra = Callable[[CalTable, Block], Iterator[Offender]]


def inner(channels: int) -> slice:
    """Return the channels without the edges: one at each side at least, where some are left."""
    cut = max(int(EDGE * channels), 1 if channels >= FEW_CHANNELS // 2 else 0)
    return slice(cut, channels - cut)


def bandpass_noise(of: str, folder: str, results: Results) -> Answer:
    """Scatter of the bandpass amplitude from channel to channel, of each antenna, spw and polarisation, %.

    The rms of the differences of neighbouring unflagged channels, divided by the square root of two and by
    the median amplitude; 5 % of the channels are left out at each edge. A ripple or slope is hardly in it,
    a line that all antennas have not at all (the smaller of before and after division by their median). Of
    fewer than 16 channels it is no more than 1 / SNR: they differ by the shape, too.
    More than 5 % asks for a longer solint or averaged channels (reference alma-reduction 4.2). Spws for which
    there is a table beside it with averaged channels, ``<of>_smooth*``, are measured there: that is the one
    that such scripts go on with.
    """
    return most(_of_used(of, folder, _noises), "%", of, digits=2)


def _of_used(of: str, folder: str, spectra: Spectra) -> List[Offender]:
    """What `spectra` finds in the table that a script goes on with: the averaged one of the spws in it."""
    table = _bandpass(folder, of)
    used = averaged_table(of, folder, table)
    averaged = [
        each._replace(who=f"{each.who} (smoothed)") for each in (_of_each(used, spectra) if used else ())
    ]
    spws = {each.place.spw for each in averaged}
    return [each for each in _of_each(table, spectra) if each.place.spw not in spws] + averaged


def averaged_table(of: str, folder: str, fine: CalTable) -> Optional[CalTable]:
    """Return what scripts take in place of `fine`: its spws with averaged channels, ``<of>_smooth*``.

    None where there is no such table beside it; of several the last by name.
    """
    begin = os.path.basename(of) + "_smooth"
    where = os.path.dirname(os.path.join(folder, of))
    there = os.scandir(where) if os.path.isdir(where) else ()
    tables = sorted(entry.path for entry in there if entry.name.startswith(begin))
    if not tables:
        return None
    channels = {block.spw: block.values.shape[1] for block in fine.blocks}
    table = read_caltable(folder, os.path.relpath(tables[-1], folder), "B Jones")
    return table._replace(
        blocks=[block for block in table.blocks if 4 <= block.values.shape[1] < channels.get(block.spw, 0)]
    )


def bandpass_phase(of: str, folder: str, results: Results) -> Answer:
    """Rms of the bandpass phase about a straight line, of each antenna, spw and polarisation, degrees.

    The line, a delay, is taken out: it is what a bandpass is for. 5 % of the channels are left out at each
    edge. Smooth shapes of some degrees are ordinary; from 20 degrees on it is noise, or the antenna has a
    ripple or a jump (the limit is our own: with 20 degrees at random 6 % of the amplitude is lost).
    """
    return most(_of_each(_bandpass(folder, of), _phases), "deg", of)


def bandpass_ripple(of: str, folder: str, results: Results) -> Answer:
    """Amplitude of the strongest periodic swing of an antenna's bandpass, of each spw and polarisation, %.

    Of the amplitude divided by the median over the antennas (the atmosphere and what all have in common are
    not in it), with a polynomial of third order fitted along: a sine of three periods or more in the window,
    of three channels or more; what is not 4.5 times its noise counts as 0. 5 % of the channels are left out
    at each edge. What two periods make is the shape of a bandpass, up to 5 % or so. From 8 % on it is a
    standing wave or a bad receiver (our own limit, above the 5 % that neighbouring channels may differ by,
    alma-reduction 4.2; EBs with swings of 3 dB were QA0 semipass, 4.1). The table holds it and takes it out,
    as long as it stays the same.
    """
    return most(_of_each(_bandpass(folder, of), _ripples), "%", of)


def bandpass_jump(of: str, folder: str, results: Results) -> Answer:
    """Largest step between two neighbouring channels of an antenna's bandpass, %.

    Amplitude and phase at once. Of the complex bandpass divided by the median over the antennas: by how
    much four channels differ from the four before them beyond their slopes, where that is six times their
    noise; 10 % are 6 degrees of phase. A step is where correlator segments (basebands, quadrants) do not fit
    together. Above 10 % look (our own limit: twice the 5 % that neighbouring channels may differ by,
    reference alma-reduction 4.2).
    """
    found = list(_of_each(_bandpass(folder, of), _steps))
    return most(found, "%", of) if found else Answer(0.0, "%", "no antenna has a step")


def bandpass_gaps(of: str, folder: str, results: Results) -> Answer:
    """Channels without a solution of an antenna, spw and polarisation that most other antennas have, %.

    5 % of the channels are left out at each edge; what has no solution at all is in `solutions_missing`.
    Above 5 % look (our own limit): too little signal, or flags of that antenna's channels. Where there is a
    table with averaged channels it is measured there, as the noise is.
    """
    found = _of_used(of, folder, _gaps)
    if not any(each.value for each in found):
        return Answer(0.0, "%", "no antenna lacks channels that the others have", ordered_of(found))
    return most(found, "%", of)


def window_snr_ratio(of: str, folder: str, results: Results) -> Answer:
    """Signal to noise of a spw as a whole, as a part of that of the best spw.

    The median of 1 / noise over antennas and polarisations, times the square root of the number of channels;
    the noise is that of third differences of neighbouring channels. Or the square root of its width, as a
    part of the widest, where that is less: on a strong source what is left in wide windows is no noise. So
    windows of 1.9 GHz have 1, of 117 MHz 0.25, of 59 MHz 0.18. Below 0.15 (a 40th of the width) a window's
    gains are better taken from the wide ones (reference alma-reduction 4.2: low SNR in narrow spws makes
    their fluxes differ).
    """
    table = _bandpass(folder, of)
    snr = {block.spw: _window_snr(table, block) for block in table.blocks}
    best = max((each for each in snr.values() if np.isfinite(each)), default=float("nan"))
    if not np.isfinite(best):
        raise CasaError("nothing unflagged is left to measure", of, "Look at its flags.")
    widths = widths_hz(os.path.join(folder, of))
    widest = max((widths[spw] for spw in snr if spw in widths), default=0.0)
    found = []
    for spw, each in snr.items():
        if np.isfinite(each):
            most_of_it = float(np.sqrt(widths[spw] / widest)) if widths.get(spw) else 1.0
            found.append(Offender(min(each / best, most_of_it), f"spw {spw}", Place(spw=spw)))
    found.sort(key=lambda each: each.value)
    text = ", ".join(f"{each.who} {each.value:.2f}" for each in found[:4])
    return Answer(found[0].value, "", text, found)


def widths_hz(path: str) -> Dict[int, float]:
    """Width of each spw, as the caltable at `path` has it; nothing where it does not."""
    try:
        with open_unlocked(os.path.join(path, "SPECTRAL_WINDOW")) as spws:
            # not TOTAL_BANDWIDTH: CASA writes terahertz there
            return {n: float(np.abs(spws.getcell("CHAN_WIDTH", n)).sum()) for n in range(spws.nrows())}
    except (CasapilotError, RuntimeError):
        return {}


def _window_snr(table: CalTable, block: Block) -> float:
    """Of third differences of neighbouring channels: nothing smooth is left in them, however strong."""
    amplitude = np.abs(_relative(block))
    noise = quiet_median(np.abs(np.diff(amplitude, n=3, axis=1)), 1) / (0.6745 * np.sqrt(20.0))
    if not np.isfinite(noise).any():
        return float("nan")
    channels = float(np.isfinite(amplitude).sum(axis=1).max())
    return float(np.sqrt(channels) / max(1e-6, float(np.nanmedian(noise))))


def _of_each(table: CalTable, spectra: Spectra) -> Iterator[Offender]:
    for block in table.blocks:
        if block.values.shape[1] >= 4:
            yield from spectra(table, block)


def _bandpass(folder: str, of: str) -> CalTable:
    table = read_caltable(folder, of, "B Jones")
    if max(block.values.shape[1] for block in table.blocks) < 4:
        raise CasaError("has fewer than four channels", of)
    return table


def _told(table: CalTable, block: Block, values: Any) -> Iterator[Offender]:
    """An offender of each (polarisation, row) that is a number."""
    for pol, row in zip(*np.nonzero(np.isfinite(values))):  # noqa: B905  # Python 3.8
        value = min(LARGEST_PERCENT, float(values[pol, row]))
        yield Offender(value, table.who(block, row, pol), table.place(block, row, pol)._replace(scan=-1))


def _scatter(amplitude: Any) -> Any:
    """Scatter of (polarisations, channels, rows) from channel to channel, %; NaN of fewer than four."""
    steps = np.diff(amplitude, axis=1)
    count = np.isfinite(steps).sum(axis=1)
    squares = np.nansum(steps**2, axis=1) / np.maximum(1, count)
    percent = 100.0 * np.sqrt(squares / 2.0) / quiet_median(amplitude, 1)
    return np.where(count >= 3, percent, np.nan)


def _noises(table: CalTable, block: Block) -> Iterator[Offender]:
    channels = inner(block.values.shape[1])
    noise = np.fmin(_scatter(np.abs(block.kept[:, channels])), _scatter(np.abs(_relative(block))))
    if block.snr is not None and block.values.shape[1] < FEW_CHANNELS:
        snr = quiet_median(np.where(block.flags, np.nan, block.snr)[:, channels], 1)
        noise = np.where(snr > 0.0, np.fmin(noise, 100.0 / np.maximum(snr, 1e-9)), noise)
    return _told(table, block, noise)


def _phases(table: CalTable, block: Block) -> Iterator[Offender]:
    kept = block.kept[:, inner(block.values.shape[1])]
    channels = np.arange(kept.shape[1], dtype=float)
    rms = np.full((kept.shape[0], kept.shape[2]), np.nan)
    for pol, row in np.ndindex(rms.shape):
        good = np.isfinite(kept[pol, :, row])
        if good.sum() >= 4:
            phase = np.unwrap(np.angle(kept[pol, good, row]))
            line = np.polyval(np.polyfit(channels[good], phase, 1), channels[good])
            rms[pol, row] = np.degrees(np.sqrt(np.mean((phase - line) ** 2)))
    return _told(table, block, rms)


def _relative(block: Block) -> Any:
    """The inner channels divided by the median amplitude over the antennas, 1 in the median of each row."""
    kept = block.kept[:, inner(block.values.shape[1])]
    with np.errstate(all="ignore"):
        kept = kept / quiet_median(np.abs(kept), 1)[:, None]
        others = np.isfinite(kept).sum(axis=2) >= FEWEST
        middle = np.where(others, quiet_median(np.abs(kept), 2), 1.0)
        return kept / np.where(middle > 0.0, middle, np.nan)[:, :, None]


def _ripples(table: CalTable, block: Block) -> Iterator[Offender]:
    relative = _together(np.abs(_relative(block)))
    channels = relative.shape[1]
    x = np.linspace(-1.0, 1.0, channels)
    periods = np.arange(FEWEST_PERIODS, channels / CHANNELS_A_PERIOD + 0.01, 0.5)
    found = np.full((relative.shape[0], relative.shape[2]), np.nan)
    for pol, row in np.ndindex(found.shape):
        good = np.isfinite(relative[pol, :, row])
        if good.sum() > FEWEST_PERIODS * CHANNELS_A_PERIOD and len(periods):
            found[pol, row] = 100.0 * _swing(x[good], relative[pol, good, row], periods)
    return _told(table, block, found)


def _together(amplitude: Any) -> Any:
    """(polarisations, channels, rows) with neighbouring channels as one, where there are many."""
    pols, channels, rows = amplitude.shape
    width = -(-channels // MOST_CHANNELS)
    kept = amplitude[:, : channels // width * width]
    return quiet_mean(kept.reshape(pols, -1, width, rows), 2)


def _swing(x: Any, amplitude: Any, periods: Any) -> float:
    """Amplitude of the sine that fits best beside a polynomial; no fit where too little is left of it."""
    smooth, _ = np.linalg.qr(np.polynomial.legendre.legvander(x, SMOOTH_ORDER))
    waves = np.exp(1j * np.pi * periods[:, None] * x[None, :])
    rest = amplitude - smooth @ (smooth.T @ amplitude)
    waves = waves - (waves @ smooth) @ smooth.T
    cos, sin = waves.real, waves.imag
    cc, ss, cs = (cos**2).sum(1), (sin**2).sum(1), (cos * sin).sum(1)
    c, s = cos @ rest, sin @ rest
    determinant = cc * ss - cs**2
    fits = determinant > 0.05 * (0.5 * len(x)) ** 2
    if not fits.any():
        return float("nan")
    determinant = np.where(fits, determinant, np.inf)
    swings: Any = np.hypot((ss * c - cs * s) / determinant, (cc * s - cs * c) / determinant)
    largest, noise = float(swings.max()), float(np.sqrt(np.mean(np.diff(rest) ** 2) / len(x)))
    return largest if largest > RIPPLE_SIGMAS * noise else 0.0


def _steps(table: CalTable, block: Block) -> Iterator[Offender]:
    relative = _relative(block)
    found = np.full((relative.shape[0], relative.shape[2]), np.nan)
    for pol, row in np.ndindex(found.shape):
        good = relative[pol, np.isfinite(relative[pol, :, row]), row]
        if len(good) >= 4 * BESIDE:
            found[pol, row] = 100.0 * _step(good)
    return _told(table, block, found)


def _step(spectrum: Any) -> float:
    """The largest step; NaN where none is beyond the noise.

    At each place a line is put through the four channels on either side, and the two are compared half way:
    a slope or a smooth ripple makes no step. The noise is that of the second differences.
    """
    noise = float(np.median(np.abs(np.diff(spectrum, 2)))) / 0.83 / np.sqrt(6.0)
    steps = np.convolve(spectrum, _step_filter(), "valid")
    expected = noise * float(np.sqrt((_step_filter() ** 2).sum())) * np.sqrt(2.0)
    largest = float(np.abs(steps).max())
    typical = float(np.median(np.abs(steps)))
    return largest if largest > JUMP_SIGMAS * max(expected, typical) else float("nan")


def _step_filter() -> Any:
    """Weights of eight channels: the line through the last four minus that through the first, half way."""
    x = np.arange(1, BESIDE + 1) - 0.5
    rows = np.stack([np.ones(BESIDE), x], axis=1)
    after = np.linalg.pinv(rows)[0]
    return np.concatenate([after[::-1] * -1.0, after])[::-1]


def _gaps(table: CalTable, block: Block) -> Iterator[Offender]:
    flags = block.flags[:, inner(block.values.shape[1])]
    solved = ~flags.all(axis=1)
    expected = (~flags).sum(axis=2) > 0.5 * np.maximum(1, solved.sum(axis=1))[:, None]
    lacking = (flags & expected[:, :, None]).sum(axis=1)
    percent = 100.0 * lacking / np.maximum(1, expected.sum(axis=1))[:, None]
    return _told(table, block, np.where(solved, percent, np.nan))
