"""Are calibrated visibilities of calibrators flat in frequency: slopes, and channels that stand out.

`of` is ``MS:what`` or ``MS:what:column``; ``what`` a calibrator's intent (CALIBRATE_PHASE), or a field. The
spectra are of each antenna, averaged over its baselines and over the scans.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from ..ms_names import Names, read_names
from ..sums import Spectra, Sums
from ..visibilities import ask, read_selected
from .answers import Answer, NothingToTell, Offender, Place, Results

__all__ = ["delay_left", "frequency_slope", "spikes"]

EDGE = 0.07
"""So much of the window at each side does not tell: filters fall off there."""
FEWEST = 16
"""So many channels are needed to see a slope or a spike."""
SIGMAS = 6.0
NEAR = 5
"""A channel is compared with so many on either side of it."""


class _Spectrum(NamedTuple):
    """One antenna in one spw and polarisation, over its mean: 1 where it is flat."""

    antenna: int
    spw: int
    hand: str
    ratio: Any
    """complex (channels), NaN where there is nothing or at the edges."""
    first: int
    """Channel of the MS that is the first."""
    step: int
    """Channels of the MS in each."""


def _spectra(of: str, folder: str) -> Tuple[Names, List[_Spectrum]]:
    asked = ask(of, folder)
    names = read_names(asked.path)
    found = [each for sums in read_selected(asked, names) for each in _of_spw(sums)]
    if not found:
        raise NothingToTell("has no spectrum of a calibrator with enough channels", of)
    return names, found


def _of_spw(sums: Sums) -> Iterator[_Spectrum]:
    spectra = sums.spectra
    count = len(spectra.channels)
    if count < FEWEST or not len(spectra.scan):
        return
    cut = int(np.ceil(EDGE * count))
    step = round(float(spectra.channels[1] - spectra.channels[0]))
    for antenna in np.unique(spectra.antenna).tolist():
        mean = _mean(spectra, spectra.antenna == antenna)
        mean[:cut], mean[count - cut :] = np.nan, np.nan
        for n, hand in enumerate(sums.hands):
            good = np.isfinite(mean[:, n])
            level = np.mean(mean[good, n]) if good.sum() >= FEWEST else 0.0
            if abs(level) > 0:
                yield _Spectrum(antenna, sums.spw, hand, mean[:, n] / level, int(spectra.channels[0]), step)


def _mean(spectra: Spectra, rows: Any) -> Any:
    """Mean over scans, each turned to its own phase and weighted with its baselines, (channels, hands)."""
    vector, there = spectra.vector[rows], np.isfinite(spectra.vector[rows])
    kept = np.where(there, vector, 0.0)
    weight = np.where(there, spectra.baselines[rows] * spectra.unflagged[rows], 0.0)
    turn = np.exp(-1j * np.angle((kept * weight).sum(axis=1, keepdims=True)))
    total = weight.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, (kept * turn * weight).sum(axis=0) / total, np.nan)


def frequency_slope(of: str, folder: str, results: Results) -> Answer:
    """Change of the amplitude from one end of a window to the other, %, of the worst antenna.

    A straight line through the spectrum without 7 % at each edge; where noise makes a sixth of it at most. A
    bandpass that holds for all sources leaves calibrators flat within 5 % (reference alma-reduction 4.2,
    bandpass, and 4.3, steps 17 to 19); the source's own slope is less than 1 % in 2 GHz.
    """
    names, found = _spectra(of, folder)
    return _slopes(names, found, lambda ratio: 100.0 * (np.abs(ratio) - 1.0), "%")


def delay_left(of: str, folder: str, results: Results) -> Answer:
    """Change of the phase from one end of a window to the other, degrees, of the worst antenna.

    A straight line through the phases without 7 % at each edge; where noise makes a sixth of it at most. It
    is a delay that the bandpass does not hold, because it has changed since: 10 degrees in 2 GHz are 14 ps.
    """
    names, found = _spectra(of, folder)
    return _slopes(names, found, lambda ratio: np.degrees(np.angle(ratio)), "deg")


def _slopes(names: Names, found: List[_Spectrum], values_of: Any, unit: str) -> Answer:
    offenders = []
    for each in found:
        values = values_of(each.ratio)
        good = np.flatnonzero(np.isfinite(values))
        x = (good - good.mean()) / max(1, np.ptp(good))
        slope = float((x * values[good]).sum() / (x**2).sum())
        left = values[good] - values[good].mean() - slope * x
        error = float(np.sqrt((left**2).sum() / max(1, len(good) - 2) / (x**2).sum()))
        size = abs(slope) if abs(slope) > SIGMAS * error else 0.0
        offenders.append(_offender(each, size, names))
    return _worst(offenders, unit)


def spikes(of: str, folder: str, results: Results) -> Answer:
    """Largest deviation of a single channel from its neighbours, % of the calibrator's amplitude.

    From the median of the five channels on either side, of each antenna and polarisation; it counts where it
    is six times the scatter of all channels. More than 10 % is a birdie, or a bad channel of the correlator:
    flag it (reference alma-reduction 4.3, step 10); on all antennas alike a line of the atmosphere.
    """
    names, found = _spectra(of, folder)
    offenders = []
    for each in found:
        off = np.abs(each.ratio - _neighbours(each.ratio))
        if not np.isfinite(off).any():
            continue
        channel = int(np.nanargmax(off))
        scatter = 1.4826 * float(np.nanmedian(off)) / 1.1774  # of a length in two dimensions
        size = 100.0 * float(off[channel])
        words = f" channel {each.first + channel * each.step}"
        offenders.append(_offender(each, size if off[channel] > SIGMAS * scatter else 0.0, names, words))
    if not offenders:
        raise NothingToTell("has no spectrum of a calibrator with enough channels", of)
    return _worst(offenders, "%")


def _neighbours(values: Any) -> Any:
    """Median of the channels on either side of each, real and imaginary part apart."""
    padded = np.concatenate([np.full(NEAR, np.nan + 0j), values, np.full(NEAR, np.nan + 0j)])
    windows = np.stack([padded[k : k + len(values)] for k in range(2 * NEAR + 1) if k != NEAR])
    windows = np.where(np.isfinite(windows).sum(axis=0) >= NEAR, windows, np.nan)
    with np.errstate(invalid="ignore"):
        ordered = [np.sort(part, axis=0) for part in (windows.real, windows.imag)]
    count = np.isfinite(windows).sum(axis=0)
    middle = [np.take_along_axis(part, np.maximum(0, (count - 1) // 2)[None], axis=0)[0] for part in ordered]
    return np.where(count > 0, middle[0] + 1j * middle[1], np.nan)


def _offender(each: _Spectrum, size: float, names: Names, more: str = "") -> Offender:
    place = Place(names.antennas[each.antenna], each.spw, each.hand)
    return Offender(size, f"{place.antenna} spw {each.spw} {each.hand}{more}", place)


def _worst(offenders: List[Offender], unit: str) -> Answer:
    offenders.sort(key=lambda each: -each.value)
    words: Dict[str, None] = {
        f"{each.who} {each.value:.1f} {unit}": None for each in offenders[:4] if each.value
    }
    return Answer(offenders[0].value, unit, ", ".join(words) or "nothing stands out of the noise", offenders)
