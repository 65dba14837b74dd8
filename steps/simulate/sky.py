"""What is in the sky: point sources in the phase centres of quasars, and a target to make an image of."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from .catalogue import Cast
from .model import Field, Window
from .options import Options
from .spectrum import LINES_HZ, channels_hz

__all__ = ["Component", "beam", "component_visibility", "describe", "target_components"]

Array = Any

ARCSEC = math.pi / 180.0 / 3600.0
LIGHT_M_S = 299792458.0
#: A 12m antenna's beam at half power is 1.13 lambda / D wide.
BEAM_WIDTH = 1.13
#: Index of dust emission in frequency.
DUST_INDEX = 3.0


@dataclass(frozen=True)
class Component:
    """A round Gaussian."""

    name: str
    east_arcsec: float
    north_arcsec: float
    fwhm_arcsec: float
    """0: a point."""
    continuum_jy: float
    """At the band's first line."""
    line_jy: float = 0.0
    """Peak of the line."""
    velocity_km_s: float = 0.0
    """From the target's own."""
    width_km_s: float = 12.0
    """At half power."""

    def spectrum_jy(self, window: Window, band: int, doppler: float) -> Array:
        """Return its flux density in each channel of a window, (n_chan,)."""
        hertz = channels_hz(window)
        jy = self.continuum_jy * (hertz / LINES_HZ[band][0]) ** DUST_INDEX
        for rest, strength in zip(LINES_HZ[band], (1.0, 0.3)):  # noqa: B905  # Python 3.8
            velocity = 1e-3 * LIGHT_M_S * (1.0 - hertz / doppler / rest) - self.velocity_km_s
            jy = jy + strength * self.line_jy * np.exp(-4 * math.log(2) * (velocity / self.width_km_s) ** 2)
        return jy


def target_components(options: Options) -> Tuple[Component, ...]:
    """Return the target: a disc that turns, and a weaker point beside it; a mosaic has two more discs.

    Sizes scale with the beam of the array, so that 7m and 12m see something of the same shape.
    """
    scale = (12.0 / 7.0 if options.is_7m else 1.0) * 230.0 / (LINES_HZ[options.band][0] * 1e-9)
    on, line = float(options.continuum), 0.6 * float(options.line)
    if options.is_7m:
        on, line = 2.0 * on, 2.0 * line
    parts = [
        Component("disc-west", -1.5 * scale, 0.0, 2.0 * scale, 0.09 * on, line, 6.0),
        Component("disc-east", 1.5 * scale, 0.0, 2.0 * scale, 0.09 * on, line, -6.0),
        Component("companion", 6.0 * scale, -4.0 * scale, 0.0, 0.04 * on),
    ]
    if options.target == "mosaic":
        parts.append(Component("north", 2.0 * scale, 12.0 * scale, 2.0 * scale, 0.10 * on, 0.5 * line, 3.0))
        parts.append(
            Component("south", -9.0 * scale, -10.0 * scale, 3.0 * scale, 0.12 * on, 0.5 * line, -3.0)
        )
    return tuple(parts)


def beam(offset_rad: float, hertz: Array, diameter_m: float) -> Array:
    """Return the response of an antenna off its axis: a Gaussian."""
    width = BEAM_WIDTH * LIGHT_M_S / np.asarray(hertz) / diameter_m
    return np.exp(-4.0 * math.log(2.0) * (offset_rad / width) ** 2)


def offsets(component: Component, cast: Cast, field: Field) -> Tuple[float, float]:
    """Return how far east and north of a pointing a component of the target is, direction cosines."""
    ra = cast.target_ra_rad + component.east_arcsec * ARCSEC / math.cos(cast.target_dec_rad)
    dec = cast.target_dec_rad + component.north_arcsec * ARCSEC
    turn = ra - field.ra_rad
    east = math.cos(dec) * math.sin(turn)
    north = math.sin(dec) * math.cos(field.dec_rad) - math.cos(dec) * math.sin(field.dec_rad) * math.cos(turn)
    return east, north


def component_visibility(component: Component, at: Tuple[float, float], uvw_m: Array, hertz: Array) -> Array:
    """Return what a component of one jansky gives, (n_times, n_baselines, n_freq).

    The sign is V = <v_i v_j*> = int I exp(2 pi i (u l + v m + w (n - 1))) with u = (r_i - r_j) . east.

    Parameters
    ----------
    at : (float, float)
        Direction cosines l and m.
    uvw_m : array
        (n_times, n_baselines, 3), m.
    hertz : array
        (n_freq,)
    """
    east, north = at
    up = math.sqrt(1.0 - east * east - north * north) - 1.0
    path = uvw_m @ np.array([east, north, up])
    waves = hertz / LIGHT_M_S
    seen = np.exp(2j * math.pi * path[..., None] * waves)
    if component.fwhm_arcsec:
        size = math.pi * component.fwhm_arcsec * ARCSEC
        length = np.sum(uvw_m[..., :2] ** 2, axis=-1)[..., None] * waves**2
        seen = seen * np.exp(-(size**2) * length / (4.0 * math.log(2.0)))
    return seen


def describe(components: Sequence[Component]) -> List[Dict[str, Any]]:
    """Return the components as plain values, for truth.json."""
    return [asdict(component) for component in components]
