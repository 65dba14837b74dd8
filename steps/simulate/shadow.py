"""Who stands in whose way, and a pad from which an antenna does."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from .array import by_distance, free_pads, middle, positions
from .heavens import turned, uvw_axes
from .intents import ATMOSPHERE, POINTING, SIDEBANDS, TARGET
from .model import Antenna, Field, Scan

__all__ = ["Shade", "Sky", "roughly", "shaded", "shades", "with_shadow"]

Array = Any

#: Scans that are not split off with the others.
SET_APART = {ATMOSPHERE, POINTING, SIDEBANDS}
#: Every so many integrations of the target are enough to choose pads.
THINNED = 5


class Shade(NamedTuple):
    """Where an antenna is in the shadow of another one."""

    scans: Tuple[int, ...]
    percent: float
    """Of its integrations in scans of calibrators and targets."""


class Sky(NamedTuple):
    """What is observed in a block, and where it is."""

    start_s: float
    scans: Sequence[Scan]
    directions: Dict[int, Array]
    """Field -> ITRF unit vector at `start_s`."""

    def seen(self, scan: Scan) -> Array:
        """Return where the antennas look in the middle of each integration, (n_int, 3), ITRF."""
        parts = []
        for part in scan.subscans:
            middles = (np.arange(part.n_integrations) + 0.5) * part.integration_s
            parts.append(turned(self.directions[part.field], part.start_s - self.start_s + middles))
        return np.concatenate(parts)


def shaded(where_m: Array, diameters_m: Array, directions: Array) -> Array:
    """Return which antennas are in the shadow of another one, bool (n_directions, n_ant).

    As CASA's flagdata(mode='shadow') with tolerance 0: seen from the source, the middles of two dishes are
    closer than the sum of their radii, and the one that is further away is in shadow.

    Parameters
    ----------
    where_m : array
        (n_ant, 3), ITRF.
    diameters_m : array
        (n_ant,)
    directions : array
        (n_directions, 3), unit vectors to the source, ITRF.
    """
    u, v, w = np.einsum("nk,tck->ctn", where_m, uvw_axes(directions))
    apart = np.hypot(u[:, :, None] - u[:, None], v[:, :, None] - v[:, None])
    close = apart < 0.5 * (diameters_m[:, None] + diameters_m)
    found: Array = np.any(close & (w[:, :, None] < w[:, None]), axis=2)
    return found


def shades(antennas: Sequence[Antenna], sky: Sky) -> Dict[int, Shade]:
    """Return the antennas that are in shadow while a calibrator or target is observed."""
    counting = [scan for scan in sky.scans if not SET_APART.intersection(scan.intents)]
    dark = {scan.number: _dark(antennas, sky.seen(scan)) for scan in counting}
    share = np.concatenate(list(dark.values())).mean(axis=0)
    return {
        int(k): Shade(tuple(n for n, those in dark.items() if those[:, k].any()), 100.0 * float(share[k]))
        for k in np.flatnonzero(share)
    }


def _dark(antennas: Sequence[Antenna], directions: Array) -> Array:
    diameters = np.array([antenna.diameter_m for antenna in antennas])
    return shaded(positions(tuple(antennas)), diameters, directions)


def roughly(fields: Sequence[Field], longitude_rad: float, ra_rad: float) -> Dict[int, Array]:
    """Return field -> ITRF direction at a moment when `ra_rad` is seen above `longitude_rad`.

    Without precession and aberration (0.3 degrees), which is close enough to choose a pad.
    """
    found = {}
    for field in fields:
        lon, lat = longitude_rad + field.ra_rad - ra_rad, field.dec_rad
        found[field.number] = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return found


def with_shadow(antennas: Tuple[Antenna, ...], sky: Sky) -> Tuple[Antenna, ...]:
    """Return the antennas, the two outermost on other pads if need be, so that one is in shadow.

    It is one of the outer ones, for at least half of the target's time, and as few others as can be; those in
    the middle stay in the light if they can, so that there is a good reference antenna.
    """
    seen = np.concatenate([sky.seen(scan) for scan in sky.scans if TARGET in scan.intents])[::THINNED]
    if all(_rank(antennas, seen)[:3]):
        return antennas
    return max([antennas, *_moved(antennas)], key=lambda each: _rank(each, seen))


def _moved(antennas: Tuple[Antenna, ...]) -> List[Tuple[Antenna, ...]]:
    """Every layout in which the two outermost antennas are on other pads."""
    one, two = by_distance(antennas)[-2:]
    pads = [*free_pads(antennas), *((each.pad, each.position_m) for each in (antennas[one], antennas[two]))]
    return [
        tuple(
            replace(each, pad=pair[k][0], position_m=pair[k][1]) if k in pair else each
            for k, each in enumerate(antennas)
        )
        for pair in ({one: a, two: b} for a, b in permutations(pads, 2))
    ]


def _rank(antennas: Tuple[Antenna, ...], directions: Array) -> Tuple[bool, bool, bool, int, float]:
    """How well the shadow lies, the greater the better: of whom, who is in the light, how much of it."""
    share = _dark(antennas, directions).mean(axis=0)
    inner = middle(antennas)
    most = float(np.delete(share, inner).max(initial=0.0))
    light = not share[inner].any()
    return bool(share.any()), most >= 0.5, light, -int(np.count_nonzero(share)), float(share.max())
