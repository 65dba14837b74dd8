"""Water vapour over the array, as phases of the antennas and as temperatures of their radiometers.

A frozen Kolmogorov screen is blown over the pads. Not ALMA-like: the screen is thin and near the ground
(antennas that look at different parts of the sky see the same water), the wind does not change, and
the dry air and the liquid water of clouds do not fluctuate.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Water", "kolmogorov_screen", "radiometer_kelvin", "sky_kelvin"]

Array = Any

PIXEL_M = 4.0
SHAPE = (512, 4096)
OUTER_SCALE_M = 2000.0
#: The screen's fluctuations are given between points so far apart, m.
BASELINE_M = 200.0
#: Extra path for a column of water, m/m (Thompson, Moran & Swenson, 3rd ed., section 13.1).
PATH_PER_WATER = 6.5
#: The radiometers' line at 183.3 GHz as the single layer of CASA's wvrgcal (LibAIR) has it: absorption for a
#: mm of water in its middle and far from it, half width in GHz, temperature of the layer. Found by search:
#: with these wvrgcal's own evidence is greatest for 1 and 2 mm; it retrieves 0.9 of the water that there is.
LINE_PER_MM, WINGS_PER_MM, LINE_GHZ, WVR_LAYER_K = 1.888, 0.0143, 0.82, 277.1
#: Offsets of the four channels from the line, and their widths, GHz.
WVR_OFFSETS_GHZ, WVR_WIDTHS_GHZ = (0.88, 1.94, 3.175, 5.2), (0.16, 0.75, 1.25, 2.5)
WVR_GROUND_K, COSMIC_K, WVR_COUPLING = 275.0, 2.7, 0.98
WVR_NOISE_K = 0.06
#: Of the millimetre receivers: physical temperature of the air, forward efficiency.
AIR_K, FORWARD = 265.0, 0.95


def kolmogorov_screen(rng: np.random.Generator, shape: Any = SHAPE) -> Array:
    """Return a periodic screen with the spectrum k^(-11/3), unit rms between points `BASELINE_M` apart.

    The outer scale is `OUTER_SCALE_M`.
    """
    ky = np.fft.fftfreq(shape[0], PIXEL_M)[:, None]
    kx = np.fft.rfftfreq(shape[1], PIXEL_M)[None, :]
    amplitude = (kx**2 + ky**2 + OUTER_SCALE_M**-2) ** (-11.0 / 12.0)
    amplitude[0, 0] = 0.0
    size = amplitude.shape
    noise = rng.standard_normal(size) + 1j * rng.standard_normal(size)
    screen = np.fft.irfft2(amplitude * noise, s=shape)
    step = round(BASELINE_M / PIXEL_M)
    return screen / np.std(screen - np.roll(screen, step, axis=1))


class Water:
    """The water over each antenna at each time.

    Parameters
    ----------
    pwv_mm : float
        Mean column.
    rms_mm : float
        Fluctuation between points 200 m apart.
    wind_m_s, wind_rad : float
        Its speed, and where it comes from (north over east).
    """

    def __init__(
        self, pwv_mm: float, rms_mm: float, wind_m_s: float, wind_rad: float, rng: np.random.Generator
    ) -> None:
        self.pwv_mm, self.rms_mm, self.wind_m_s, self.wind_rad = pwv_mm, rms_mm, wind_m_s, wind_rad
        self._screen = rms_mm * kolmogorov_screen(rng)

    def column_mm(self, times_s: Array, east_north_m: Array) -> Array:
        """Return the column over antennas, to the zenith.

        Parameters
        ----------
        times_s : array
            (n_times,), since the block's start.
        east_north_m : array
            (n_ant, 2) from the reference point.

        Returns
        -------
        array
            (n_times, n_ant), mm.
        """
        along = np.array([np.sin(self.wind_rad), np.cos(self.wind_rad)])
        across = np.array([along[1], -along[0]])
        x = east_north_m @ along + self.wind_m_s * np.asarray(times_s)[:, None]
        y = np.broadcast_to(east_north_m @ across, x.shape)
        return self.pwv_mm + self._at(y / PIXEL_M, x / PIXEL_M)

    def _at(self, y: Array, x: Array) -> Array:
        """The screen between its pixels, bilinear, periodic."""
        y0, x0 = np.floor(y).astype(int), np.floor(x).astype(int)
        fy, fx = y - y0, x - x0
        ny, nx = self._screen.shape
        y0, x0 = y0 % ny, x0 % nx
        y1, x1 = (y0 + 1) % ny, (x0 + 1) % nx
        screen = self._screen
        low = screen[y0, x0] * (1 - fx) + screen[y0, x1] * fx
        high = screen[y1, x0] * (1 - fx) + screen[y1, x1] * fx
        return low * (1 - fy) + high * fy


def radiometer_kelvin(column_mm: Array) -> Array:
    """Return what a radiometer reads for a slant column, (..., 4), K.

    A layer of one temperature and pressure, the line averaged over each channel: what the retrieval of
    wvrgcal assumes. With the spectrum of a real atmosphere it over-corrects by a factor of two.
    """
    across = np.linspace(-0.5, 0.5, 9)
    offset = np.array(WVR_OFFSETS_GHZ)[:, None] + np.array(WVR_WIDTHS_GHZ)[:, None] * across
    absorption = LINE_PER_MM / (1.0 + (offset / LINE_GHZ) ** 2) + WINGS_PER_MM
    through = np.exp(-np.asarray(column_mm)[..., None, None] * absorption)
    sky = WVR_LAYER_K * (1.0 - through) + COSMIC_K * through
    seen = WVR_COUPLING * sky + (1.0 - WVR_COUPLING) * WVR_GROUND_K
    return seen.mean(axis=-1)


def sky_kelvin(opacity: Array, airmass: Any, ground_k: float) -> Array:
    """Return what a millimetre receiver sees of the air and the ground, K, for a zenith opacity."""
    air = AIR_K * (1.0 - np.exp(-np.asarray(opacity) * airmass))
    return FORWARD * air + (1.0 - FORWARD) * ground_k
