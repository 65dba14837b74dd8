"""Where things are in the sky and what the air does to them; the only module that asks CASA.

CASA's measures give each direction in ITRF once a block; in between the Earth turns evenly. Its atmosphere
model gives opacities.
"""

from __future__ import annotations

import importlib
import math
import os
import sys
import warnings
from typing import Any, Sequence, Tuple

import numpy as np

from ..errors import CasaError
from .array import LATITUDE_RAD, LONGITUDE_RAD, enu_axes

__all__ = ["Heavens", "azimuth_elevation", "start_of_block", "turned", "uvw_axes"]

Array = Any

#: rad/s of the Earth against the stars.
EARTH_RAD_S = 7.292115855e-5
DAY_S = 86400.0
LIGHT_M_S = 299792458.0


def start_of_block(day: int, sidereal_rad: float) -> float:
    """Return when it is a local sidereal time on a day, MJD s (to a second or so, by the mean sun).

    Parameters
    ----------
    day : int
        MJD.
    """
    at_midnight = math.radians(280.46061837 + 360.98564736629 * (day - 51544.5)) + LONGITUDE_RAD
    return day * DAY_S + ((sidereal_rad - at_midnight) % (2 * math.pi)) / EARTH_RAD_S


def turned(direction: Array, seconds: Array) -> Array:
    """Return an ITRF direction as it is some seconds later, (n, 3).

    Parameters
    ----------
    direction : array
        (3,) unit vector.
    seconds : array
        (n,)
    """
    angle = -EARTH_RAD_S * np.atleast_1d(np.asarray(seconds, dtype=float))
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = direction
    return np.stack([x * cos - y * sin, x * sin + y * cos, np.full_like(cos, z)], axis=-1)


def azimuth_elevation(directions: Array) -> Tuple[Array, Array]:
    """Return azimuth (north over east) and elevation of ITRF directions (..., 3), radians."""
    enu = np.asarray(directions) @ enu_axes().T
    return np.arctan2(enu[..., 0], enu[..., 1]), np.arcsin(np.clip(enu[..., 2], -1.0, 1.0))


def uvw_axes(directions: Array) -> Array:
    """Return the unit vectors of u (east), v (north) and w (to the source) in ITRF, (..., 3, 3)."""
    s = np.asarray(directions, dtype=float)
    east = np.stack([-s[..., 1], s[..., 0], np.zeros_like(s[..., 0])], axis=-1)
    east /= np.linalg.norm(east, axis=-1, keepdims=True)
    return np.stack([east, np.cross(s, east), s], axis=-2)


class Heavens:
    """CASA's measures and atmosphere."""

    def __init__(self) -> None:
        tools = _casatools()
        self._me, self._qa, self._at = tools.measures(), tools.quanta(), tools.atmosphere()
        self._me.doframe(self._me.position("WGS84", f"{LONGITUDE_RAD}rad", f"{LATITUDE_RAD}rad", "5056.8m"))

    def direction(self, ra_rad: float, dec_rad: float, time_s: float) -> Array:
        """Return where a J2000 direction is seen, a unit vector in ITRF, (3,).

        Parameters
        ----------
        time_s : float
            MJD s, UTC.
        """
        self._at_time(time_s)
        found = self._me.measure(self._me.direction("J2000", f"{ra_rad}rad", f"{dec_rad}rad"), "ITRF")
        lon, lat = found["m0"]["value"], found["m1"]["value"]
        return np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])

    def doppler(self, velocity_m_s: float, ra_rad: float, dec_rad: float, time_s: float) -> float:
        """Return sky frequency over rest frequency for a source with a radio velocity in LSRK."""
        self._at_time(time_s)
        self._me.doframe(self._me.direction("J2000", f"{ra_rad}rad", f"{dec_rad}rad"))
        hz = 1e11 * (1.0 - velocity_m_s / LIGHT_M_S)
        sky = self._me.measure(self._me.frequency("LSRK", f"{hz}Hz"), "TOPO")
        return float(sky["m0"]["value"]) / 1e11

    def _at_time(self, time_s: float) -> None:
        self._me.doframe(self._me.epoch("UTC", f"{time_s / DAY_S!r}d"))

    def opacity(
        self, first_hz: float, step_hz: float, count: int, pwv_mm: float, air: Sequence[float]
    ) -> Array:
        """Return the zenith opacity of each channel, (count,).

        Parameters
        ----------
        air : (float, float, float)
            Pressure in hPa, temperature in K and relative humidity in per cent at the ground.
        """
        q = self._qa.quantity
        self._at.initAtmProfile(
            altitude=q(5059.0, "m"),
            temperature=q(air[1], "K"),
            pressure=q(air[0], "mbar"),
            maxAltitude=q(48.0, "km"),
            humidity=air[2],
            dTem_dh=q(-5.6, "K/km"),
            dP=q(10.0, "mbar"),
            dPm=1.2,
            h0=q(1.0, "km"),
            atmType=2,
        )
        centre = first_hz + step_hz * (count - 1) / 2
        width = abs(step_hz)
        self._at.initSpectralWindow(1, q(centre, "Hz"), q(width * count, "Hz"), q(width, "Hz"))
        self._at.setUserWH2O(q(pwv_mm, "mm"))
        dry, wet = self._at.getDryOpacitySpec(0)[1], self._at.getWetOpacitySpec(0)[1]["value"]
        tau = np.array(dry[:count]) + np.array(wet[:count])
        return tau if step_hz > 0 else tau[::-1]


def _casatools() -> Any:
    """Import casatools with nothing of the user's read or written."""
    warnings.filterwarnings("ignore", category=SyntaxWarning)
    argv, sys.argv = sys.argv, ["casapilot", "--noconfig", "--nositeconfig"]
    try:
        data = str(getattr(importlib.import_module("casadata"), "datapath", ""))
    except ImportError:
        data, sys.argv = "", ["casapilot"]
    try:
        _configure(data)
        return importlib.import_module("casatools")
    except Exception as error:
        raise CasaError(
            f"casatools cannot be imported: {type(error).__name__}: {error}",
            sys.executable,
            "See: casapilot doctor",
        ) from error
    finally:
        sys.argv = argv


def _configure(data: str) -> None:
    try:
        config = importlib.import_module("casaconfig.config")
    except ImportError:
        return
    wanted = {
        "nologger": True,
        "nogui": True,
        "log2term": False,
        "logfile": os.devnull,
        "measures_auto_update": False,
        "data_auto_update": False,
        "telemetry_enabled": False,
        "crashreporter_enabled": False,
        "casaconfig_verbose": 0,
    }
    if data:
        wanted.update(measurespath=data, datapath=[data])
    for name, value in wanted.items():
        if hasattr(config, name):
            setattr(config, name, value)
