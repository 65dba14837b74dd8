"""Antennas and receivers: gains that drift, responses in frequency, noise.

Not ALMA-like: the amplitude drifts of the antennas cancel in their mean, so that a flux scale comes out
nearer to the truth than the scatter of the antennas promises; there is no leakage between X and Y, no
dependence of the gains on elevation, and a bandpass does not change within a block.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Tuple

import numpy as np

from .atmosphere import FORWARD, sky_kelvin
from .damage import Damage
from .model import Window
from .spectrum import centre_hz, channels_hz

__all__ = ["Receivers", "jy_per_kelvin"]

Array = Any

BOLTZMANN_JY = 1380.649
"""J/K in units of 1e-26."""
APERTURE_EFFICIENCY = 0.70
#: Noise of the receivers alone, K.
TRX_K = {3: 42.0, 6: 52.0, 7: 78.0}
#: Slow drifts: rms of the amplitude and of the phase (rad), and their periods, s.
AMPLITUDE_RMS, PHASE_RMS, PERIODS_S = 0.012, 0.25, (2400.0, 6000.0)
#: The part of the window at each edge in which the power falls off.
EDGE_PART = 0.06
LOADS_K = {"AMBIENT": 293.0, "HOT": 355.0}


def jy_per_kelvin(diameter_m: float) -> float:
    """Return the flux density that an antenna sees as a kelvin."""
    return 2.0 * BOLTZMANN_JY / (APERTURE_EFFICIENCY * math.pi * (diameter_m / 2.0) ** 2)


@dataclass(frozen=True)
class Drift:
    """Sums of two slow waves, one row an antenna."""

    size: Array
    """(n_ant, n_waves)"""
    omega: Array
    phase: Array

    @classmethod
    def draw(cls, count: int, rms: float, rng: np.random.Generator) -> Drift:
        shape = (count, 2)
        size = rms * rng.uniform(0.7, 1.3, shape)
        return cls(size, 2 * math.pi / rng.uniform(*PERIODS_S, shape), rng.uniform(0, 2 * math.pi, shape))

    def at(self, times_s: Array) -> Array:
        """Return the sums at times, (n_times, n_ant)."""
        angles = self.omega * np.asarray(times_s)[:, None, None] + self.phase
        return np.sum(self.size * np.sin(angles), axis=-1)


class Receivers:
    """What the antennas of one block do to the signal.

    Times are seconds since the block's start.
    """

    def __init__(
        self, count: int, windows: Tuple[Window, ...], band: int, damage: Damage, rng: np.random.Generator
    ) -> None:
        self.count, self.damage = count, damage
        self._amplitude = Drift.draw(count, AMPLITUDE_RMS, rng)
        self._phase = Drift.draw(count, PHASE_RMS, rng)
        self._offset = rng.uniform(-math.pi, math.pi, (count, 2))
        self._level = 1.0 + 0.04 * np.clip(rng.standard_normal((count, 2)), -2, 2)
        self.trx_k = TRX_K[band] * rng.uniform(0.88, 1.15, (count, 2))
        for antenna, polarisations, extra in damage.extra_trx_k:
            self.trx_k[antenna, list(polarisations)] += extra
        self.bandpass: Dict[int, Array] = {
            window.number: self._bandpass(window, rng) for window in windows if window.kind != "wvr"
        }

    def gain(self, times_s: Array) -> Array:
        """Return the complex gain of the electronics, (n_times, n_ant, n_pol)."""
        drift = self._amplitude.at(times_s)
        drift -= drift.mean(axis=1, keepdims=True)
        slow = (1.0 + drift) * np.exp(1j * self._phase.at(times_s))
        return slow[:, :, None] * (self._level * np.exp(1j * self._offset))

    def _bandpass(self, window: Window, rng: np.random.Generator) -> Array:
        """The response of each antenna in a window, (n_ant, n_chan, n_pol)."""
        shape = (self.count, 1, 2)
        x = np.linspace(-1.0, 1.0, window.n_channels)[None, :, None]
        amplitude = np.ones((self.count, window.n_channels, 2))
        angle = rng.uniform(-0.3, 0.3, shape) * np.ones_like(amplitude)
        for order in (1, 2, 3, 5):
            wave = np.cos(order * math.pi * x / 2 + rng.uniform(0, 2 * math.pi, shape))
            amplitude = amplitude + 0.025 * rng.standard_normal(shape) * wave
            angle = angle + 0.04 * rng.standard_normal(shape) * wave
        delay = rng.uniform(-0.35e-9, 0.35e-9, shape)
        hertz = (channels_hz(window) - centre_hz(window))[None, :, None]
        for antenna, size in self.damage.ripples.items():
            amplitude[antenna] *= 1.0 + size * np.cos(7.0 * math.pi * x[0])
        response = amplitude * np.exp(1j * (angle + 2 * math.pi * delay * hertz))
        return response * self._edges(x) if self.damage.edges else response

    @staticmethod
    def _edges(x: Array) -> Array:
        """Amplitude that falls to 5 % of the power at both ends of a window."""
        inside = (1.0 - np.abs(x)) / 2.0
        return np.sqrt(0.05 + 0.95 / (1.0 + np.exp(-(inside - EDGE_PART / 2) / (EDGE_PART / 8))))

    def tsys_kelvin(self, opacity: Array, airmass: float, ground_k: float) -> Array:
        """Return the system temperature above the atmosphere, (n_ant, n_chan, n_pol).

        Parameters
        ----------
        opacity : array
            To the zenith, (n_chan,).
        """
        noise = self.trx_k[:, None, :] + sky_kelvin(opacity, airmass, ground_k)[None, :, None]
        return noise * np.exp(np.asarray(opacity) * airmass)[None, :, None] / FORWARD

    def power(self, window: int, intent: str, sky_k: Array) -> Array:
        """Return the power an autocorrelator measures, in units of that on the sky, (n_ant, n_chan, n_pol).

        Parameters
        ----------
        sky_k : array
            What the receiver sees of the sky, (n_chan,).
        """
        trx = self.trx_k[:, None, :]
        sky = sky_k[None, :, None]
        seen = LOADS_K.get(intent, sky)
        return np.abs(self.bandpass[window]) ** 2 * (trx + seen) / (trx + sky)
