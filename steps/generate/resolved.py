"""Flux calibrators that the longer baselines resolve: which antennas still see them as a disc."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..asdm import Antenna
from .fluxes import FluxPlan, ModelKind
from .metadata import Metadata
from .refant import Refant

__all__ = ["ShortPlan", "disc_visibility", "plan_short"]

_C_M_S = 299792458.0
#: Visibility of the disc below which a baseline is left out (the script generator of ALMA takes the same).
LEAST_VISIBILITY = 0.15
#: Antennas that a solution needs at least.
LEAST_ANTENNAS = 4


@dataclass(frozen=True, slots=True)
class ShortPlan:
    """The antennas to solve the flux calibrator with."""

    antennas: tuple[str, ...]
    """Empty when too few are near to each other: it is resolved too much to be used."""
    refant: str
    why: str


def disc_visibility(diameter_arcsec: float, baseline_m: float, frequency_hz: float) -> float:
    """Visibility of a uniform disc over its flux: 2 J1(x) / x, x = pi diameter baseline / wavelength."""
    x = math.pi * math.radians(diameter_arcsec / 3600) * baseline_m * frequency_hz / _C_M_S
    return 1.0 if x < 1e-6 else 2 * _bessel_j1(x) / x


def _bessel_j1(x: float) -> float:
    """J1 by its integral, (1/pi) int cos(t - x sin t) dt over 0..pi."""
    steps = max(64, int(8 * x))
    angles = ((n + 0.5) * math.pi / steps for n in range(steps))
    return sum(math.cos(angle - x * math.sin(angle)) for angle in angles) / steps


def longest_baseline_m(diameter_arcsec: float, frequency_hz: float) -> float:
    """Length up to which the disc keeps `LEAST_VISIBILITY` of its flux, metres."""
    low, high = 0.0, 1.22 * _C_M_S / frequency_hz / math.radians(diameter_arcsec / 3600)
    for _ in range(50):
        middle = (low + high) / 2
        seen = disc_visibility(diameter_arcsec, middle, frequency_hz) >= LEAST_VISIBILITY
        low, high = (middle, high) if seen else (low, middle)
    return low


def plan_short(metadata: Metadata, flux: FluxPlan, refant: Refant) -> ShortPlan | None:
    """Choose the antennas for a resolved solar-system object; None when all baselines see it.

    Baselines are taken unprojected: those seen shorter are seen better.
    """
    if flux.kind is not ModelKind.SOLAR or not metadata.science:
        return None
    frequency = max(window.centre_hz for window in metadata.science)
    limit = longest_baseline_m(flux.diameter_arcsec, frequency)
    longest = max((_apart(a, b) for a in metadata.antennas for b in metadata.antennas), default=0.0)
    if longest <= limit:
        return None
    best = max((_around(metadata, seed, limit) for seed in metadata.antennas), key=len)
    if len(best) == len(metadata.antennas):
        return None
    names = tuple(sorted(each.name for each in best))
    why = f"{flux.diameter_arcsec:.2f} arcsec across: baselines above {limit:.0f} m see less than "
    why += f"{LEAST_VISIBILITY:.0%} of it, and the longest has {longest:.0f} m."
    if len(names) < LEAST_ANTENNAS:
        return ShortPlan((), "", why)
    order = [refant.name, *refant.ranking, *names]
    return ShortPlan(names, next(name for name in order if name in names), why)


def _apart(one: Antenna, other: Antenna) -> float:
    return math.dist(one.position_m, other.position_m)


def _around(metadata: Metadata, seed: Antenna, limit: float) -> list[Antenna]:
    """Take antennas around `seed`, the nearest first, that all lie within `limit` of each other."""
    chosen: list[Antenna] = []
    for each in sorted(metadata.antennas, key=lambda other: (_apart(seed, other), other.name)):
        if all(_apart(each, other) <= limit for other in chosen):
            chosen.append(each)
    return chosen
