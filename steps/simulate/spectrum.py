"""The spectral windows of an execution block.

As at ALMA: the radiometers' window first (12m array), then those of the pointing, then one of 2 GHz for the
system temperatures in each baseband in use, then the science windows, shifted to the target's velocity.
Not ALMA-like: no channel averages (CH_AVG) and no square-law detectors (SQLD) beside the full resolution, and
one science window a baseband; fine windows are as averaged by 16, in 120 channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

import numpy as np

from .model import Setup, Window
from .options import Options

__all__ = ["LINES_HZ", "Spectrum", "centre_hz", "channels_hz", "make_spectrum"]

#: Band -> (rest frequency Hz, sideband +1/-1, has a line) of basebands 1 to 4.
BASEBANDS: Dict[int, Tuple[Tuple[float, int, bool], ...]] = {
    3: ((97.981e9, 1, True), (99.9e9, 1, False), (86.2e9, -1, False), (88.632e9, -1, True)),
    6: ((230.538e9, 1, True), (232.7e9, 1, False), (217.2e9, -1, False), (219.560e9, -1, True)),
    7: ((345.796e9, 1, True), (343.7e9, 1, False), (331.6e9, -1, False), (333.5e9, -1, True)),
}
#: Rest frequencies of the lines, Hz: CS 2-1 and HCN 1-0; CO and C18O 2-1; CO 3-2.
LINES_HZ = {band: tuple(hz for hz, _, line in rows if line) for band, rows in BASEBANDS.items()}
#: Where the pointing is done, Hz: the same four basebands in all projects of a band.
POINTING_HZ = {
    3: ((90.0e9, -1), (92.0e9, -1), (102.0e9, 1), (104.0e9, 1)),
    6: ((223.9e9, -1), (225.8e9, -1), (239.9e9, 1), (241.9e9, 1)),
    7: ((336.5e9, -1), (338.4e9, -1), (348.5e9, 1), (350.5e9, 1)),
}
WIDE_HZ = 2e9
FINE_HZ = 117.1875e6
NARROW_HZ = 14.6484375e6


@dataclass(frozen=True)
class Spectrum:
    """The windows, and which are observed together."""

    windows: Tuple[Window, ...]
    radiometers: Tuple[Setup, ...]
    """None or one."""
    pointing: Setup
    atmosphere: Setup
    science: Setup
    reference: Tuple[Setup, ...]
    """The wide windows of bandwidth switching: none or one setup."""

    @property
    def setups(self) -> Tuple[Setup, ...]:
        """All setups."""
        return (*self.radiometers, self.pointing, self.atmosphere, self.science, *self.reference)


def centre_hz(window: Window) -> float:
    """Return the middle of a window."""
    return window.first_hz + window.step_hz * (window.n_channels - 1) / 2


def channels_hz(window: Window) -> Any:
    """Return the centres of its channels, (n_chan,)."""
    return window.first_hz + window.step_hz * np.arange(window.n_channels)


class _Maker:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.windows: List[Window] = []
        self.used: Dict[int, int] = {}

    def setup(self, number: int, kind: str, first: int) -> Setup:
        return Setup(number, kind, tuple(window.number for window in self.windows[first:]))

    def radiometers(self) -> None:
        self.windows.append(Window(0, "WVR#NOMINAL", 0, 4, 184.19e9, 1.06e9, "wvr"))

    def add(self, baseband: int, centre_hz: float, sideband: int, width_hz: float, fine: bool) -> None:
        count = self.options.channels * 15 // 16 if fine else self.options.channels
        step = sideband * width_hz / count
        name = f"ALMA_RB_{self.options.band:02d}#BB_{baseband}#SW-01#FULL_RES"
        first = centre_hz - step * (count - 1) / 2
        kind = "fdm" if fine else "tdm"
        self.windows.append(Window(len(self.windows), name, baseband, count, first, step, kind))


def make_spectrum(options: Options, doppler: float) -> Spectrum:
    """Return the windows of one execution block.

    Parameters
    ----------
    doppler : float
        Sky frequency over rest frequency of the target, for the middle of the block.
    """
    make = _Maker(options)
    if not options.is_7m:
        make.radiometers()
    radiometers = (make.setup(0, "radiometer", 0),) if make.windows else ()
    number, first = len(radiometers), len(make.windows)
    for baseband, (hz, side) in enumerate(POINTING_HZ[options.band], 1):
        make.add(baseband, hz, side, WIDE_HZ, fine=False)
    pointing = make.setup(number, "correlator", first)
    narrow = "low-snr-spw" in options.defects
    bases = BASEBANDS[options.band][: min(4, options.n_spws + narrow)]
    first = len(make.windows)
    for baseband, (hz, side, _) in enumerate(bases, 1):
        make.add(baseband, hz * doppler, side, WIDE_HZ, fine=False)
    atmosphere = make.setup(number + 1, "correlator", first)
    science, reference = _science(make, bases, doppler, number + 2)
    return Spectrum(tuple(make.windows), radiometers, pointing, atmosphere, science, reference)


def _science(
    make: _Maker, bases: Tuple[Tuple[float, int, bool], ...], doppler: float, number: int
) -> Tuple[Setup, Tuple[Setup, ...]]:
    options, first = make.options, len(make.windows)
    switching = "bwsw" in options.defects
    for baseband, (hz, side, line) in enumerate(bases, 1):
        if "low-snr-spw" in options.defects and baseband == len(bases):
            make.add(baseband, hz * doppler, side, NARROW_HZ, fine=True)
            continue
        fine = switching or (line and options.line)
        make.add(baseband, hz * doppler, side, FINE_HZ if fine else WIDE_HZ, fine)
    science = make.setup(number, "correlator", first)
    if not switching:
        return science, ()
    first = len(make.windows)
    for baseband, (hz, side, _) in enumerate(bases, 1):
        make.add(baseband, hz * doppler, side, WIDE_HZ, fine=False)
    return science, (make.setup(number + 1, "correlator", first),)
