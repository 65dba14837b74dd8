"""How well a gain can be solved for: the signal-to-noise ratio expected of one solution."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import median

from .metadata import Metadata
from .tsys import TsysPlan

__all__ = ["gain_snr", "sefd_jy", "sefds"]

#: Boltzmann's constant, Jy m2 / K.
_TWO_K = 2 * 1380.649
#: Aperture efficiency by band, ALMA Technical Handbook (12m antennas; 7m antennas about the same).
_APERTURE = {1: 0.72, 3: 0.71, 4: 0.70, 5: 0.69, 6: 0.68, 7: 0.63, 8: 0.60, 9: 0.43, 10: 0.31}
#: Efficiency of digitising and correlating, ALMA Technical Handbook.
_CORRELATOR = 0.88
#: Tsys by band where none was measured, K, in usual weather.
_TSYS_K = {1: 40.0, 3: 70.0, 4: 75.0, 5: 90.0, 6: 90.0, 7: 150.0, 8: 350.0, 9: 900.0, 10: 1500.0}


def sefd_jy(tsys_k: float, diameter_m: float, band: int) -> float:
    """Flux density that doubles an antenna's system temperature, Jy: 2 k Tsys / (eta A)."""
    area = math.pi * diameter_m**2 / 4
    return _TWO_K * tsys_k / (_APERTURE.get(band, 0.65) * area)


def sefds(metadata: Metadata, tsys: TsysPlan | None) -> Mapping[int, float]:
    """Science spw -> median SEFD of the array, Jy, from the Tsys measured (else the band's usual one)."""
    diameter = median(each.diameter_m or 12.0 for each in metadata.antennas)
    values: dict[int, list[float]] = {}
    for row in metadata.tsys:
        values.setdefault(row.window, []).extend(value for value in row.median_k if value > 0)
    found = {}
    for window in metadata.science:
        source = tsys.spwmap[window.number] if tsys else window.number
        measured = values.get(source)
        tsys_k = median(measured) if measured else _TSYS_K.get(metadata.band, 150.0)
        found[window.number] = sefd_jy(tsys_k, diameter, metadata.band)
    return found


def gain_snr(flux_jy: float, sefd: float, bandwidth_hz: float, time_s: float, n_antennas: int) -> float:
    """Signal-to-noise ratio of one antenna's gain in one polarisation.

    Parameters
    ----------
    flux_jy : float
        Of a point source.
    sefd : float, Jy
    bandwidth_hz, time_s : float
        What one solution averages.
    n_antennas : int

    Notes
    -----
    Noise of a visibility: SEFD / (eta sqrt(2 bandwidth time)). An antenna's gain rests on its baselines to
    the others; of N antennas sqrt(N - 3) counts (Cornwell & Fomalont 1999, ASP Conf. 180, 187, for phase
    and amplitude together).
    """
    noise = sefd / (_CORRELATOR * math.sqrt(2 * bandwidth_hz * time_s))
    return flux_jy * math.sqrt(max(1, n_antennas - 3)) / noise
