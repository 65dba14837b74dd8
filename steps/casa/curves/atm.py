"""The transmission of the atmosphere: where ozone and water are, spectra may be odd without fault."""

from __future__ import annotations

import contextlib
import os
from functools import lru_cache
from typing import Any, Dict, List, NamedTuple, Tuple

import numpy as np

from ...errors import CasapilotError
from ..config import import_tools
from ..flag_count import open_unlocked

__all__ = ["Air", "air_of", "transmission", "with_sky"]

PWV_MM, HIGH_PWV_MM, HIGH_GHZ = 1.0, 0.5, 385.0
"""Water where nothing tells of it: 1 mm, and half of it for bands 8 to 10, which wait for such nights."""
MOST_CHANNELS = 96
"""So many points of a spw are calculated: each takes about 2 ms."""
ALTITUDE_M, TEMPERATURE_K, PRESSURE_MBAR, HUMIDITY = 5059.0, 270.0, 556.0, 20.0
"""Chajnantor, where the weather is not known."""
TROPICAL_WINTER = 2
"""The profile of the atmosphere tool that plotbandpass takes as well."""


class Air(NamedTuple):
    """What the transmission is of."""

    pwv_mm: float
    source: str
    """WVR: as the observatory's calibration has it; or assumed."""
    airmass: float
    temperature_k: float = TEMPERATURE_K
    pressure_mbar: float = PRESSURE_MBAR
    humidity: float = HUMIDITY

    def __str__(self) -> str:
        return f"{self.pwv_mm:.1f} mm of water ({self.source}), airmass {self.airmass:.1f}"


def with_sky(answer: Dict[str, Any], path: str) -> Dict[str, Any]:
    """Return an answer whose panels with curves against frequency have the transmission with them.

    Parameters
    ----------
    path : str
        Of the MS; without it water and weather are assumed.
    """
    drawn = [panel for panel in answer["panels"] if panel.get("series") and panel["spw"] is not None]
    if answer["x"] != {"kind": "freq", "name": "frequency", "unit": "GHz"} or not drawn:
        return answer
    ends = {panel["spw"]: panel["x"] for panel in drawn}
    air = air_of(path, max(max(each) for each in ends.values()))
    curves: Dict[int, Any] = {}
    for spw, (low, high) in ends.items():
        if 0.0 < low < high:
            x, y = transmission(air, round(low, 4), round(high, 4))
            curves[spw] = {"x": x, "y": y}
    for panel in drawn:
        panel["sky"] = curves.get(panel["spw"])
    return {**answer, "sky": str(air)} if curves else answer


def air_of(path: str, highest_ghz: float) -> Air:
    """Return the water, the weather and the airmass that an MS tells of; what it does not is assumed."""
    assumed = HIGH_PWV_MM if highest_ghz >= HIGH_GHZ else PWV_MM
    water = _column(path, "ASDM_CALWVR", "water")
    pwv = 1000.0 * float(np.median(water)) if len(water) else 0.0
    weather = {}
    for name, column in (
        ("temperature_k", "TEMPERATURE"),
        ("pressure_mbar", "PRESSURE"),
        ("humidity", "REL_HUMIDITY"),
    ):
        values = _column(path, "WEATHER", column)
        if len(values):
            weather[name] = float(np.median(values))
    known = 0.0 < pwv < 20.0
    sane = (
        200.0 < weather.get("temperature_k", 0.0) < 320.0
        and 300.0 < weather.get("pressure_mbar", 0.0) < 1100.0
    )
    weather = weather if sane else {}
    return Air(round(pwv if known else assumed, 2), "WVR" if known else "assumed", _airmass(path), **weather)


def _column(path: str, table: str, column: str) -> Any:
    """The positive numbers of a column of a sub-table; none where there is no such thing."""
    folder = os.path.join(path, table)
    if not os.path.isdir(folder):
        return np.zeros(0)
    with contextlib.suppress(CasapilotError, RuntimeError), open_unlocked(folder) as opened:
        if opened.nrows() and column in opened.colnames():
            values = np.asarray(opened.getcol(column), float)
            return values[np.isfinite(values) & (values > 0.0)]
    return np.zeros(0)


def _airmass(path: str) -> float:
    """Of the median elevation of the pointing table, which is in azimuth and elevation; else 1.2."""
    folder = os.path.join(path, "POINTING")
    with contextlib.suppress(CasapilotError, RuntimeError), open_unlocked(folder) as opened:
        if opened.nrows():
            directions = np.asarray(opened.getcol("DIRECTION", 0, min(opened.nrows(), 100_000)))
            info = opened.getcolkeyword("DIRECTION", "MEASINFO")
            if str(info.get("Ref", "")).startswith("AZEL"):
                return float(1.0 / np.sin(np.clip(np.median(directions[1]), 0.1, np.pi / 2.0)))
    return 1.2


@lru_cache(maxsize=64)
def transmission(air: Air, low_ghz: float, high_ghz: float) -> Tuple[List[float], List[float]]:
    """Return frequencies, GHz, and the transmission there, percent, by CASA's atmosphere tool.

    Parameters
    ----------
    low_ghz, high_ghz : float
        The middles of the outermost channels.
    """
    tools = import_tools()
    at, qa = tools.atmosphere(), tools.quanta()
    at.initAtmProfile(
        altitude=qa.quantity(ALTITUDE_M, "m"),
        temperature=qa.quantity(air.temperature_k, "K"),
        pressure=qa.quantity(air.pressure_mbar, "mbar"),
        humidity=air.humidity,
        maxAltitude=qa.quantity(48.0, "km"),
        h0=qa.quantity(1.0, "km"),
        dP=qa.quantity(10.0, "mbar"),
        dPm=1.2,
        atmType=TROPICAL_WINTER,
    )
    step = (high_ghz - low_ghz) / (MOST_CHANNELS - 1)
    middle = 0.5 * (low_ghz + high_ghz)
    width = qa.quantity(step * MOST_CHANNELS, "GHz")
    at.initSpectralWindow(1, qa.quantity(middle, "GHz"), width, qa.quantity(step, "GHz"))
    at.setUserWH2O(qa.quantity(air.pwv_mm, "mm"))
    frequencies = np.asarray(at.getSpectralWindow(0)["value"], float) / 1e9
    depth = np.asarray(at.getDryOpacitySpec(0)[1]) + np.asarray(at.getWetOpacitySpec(0)[1]["value"])
    percent = 100.0 * np.exp(-depth * air.airmass)
    at.done()
    return _plain(frequencies, 8), _plain(percent, 4)


def _plain(values: Any, digits: int) -> List[float]:
    return [float(f"{value:.{digits}g}") for value in values]
