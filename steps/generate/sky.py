"""Where a source stands over the array, and who stands in whose way: for shadowing only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from .metadata import Metadata

__all__ = ["shadowed_scans", "towards"]

Vector = tuple[float, float, float]

_DAY_S = 86400.0


def towards(ra_rad: float, dec_rad: float, time_s: float) -> Vector:
    """Unit vector to a direction, ITRF.

    Parameters
    ----------
    time_s : float
        MJD in seconds, UTC. Greenwich mean sidereal time after IAU 1982, its linear terms; precession is
        left out (0.3 deg in 25 years).
    """
    days = time_s / _DAY_S - 51544.5
    gmst = math.radians((280.46061837 + 360.98564736629 * days) % 360)
    angle = ra_rad - gmst
    return math.cos(dec_rad) * math.cos(angle), math.cos(dec_rad) * math.sin(angle), math.sin(dec_rad)


def shadowed_scans(metadata: Metadata) -> Mapping[int, int]:
    """Antenna -> science scans in which another antenna stands before it.

    An antenna is shadowed where the projected baseline is shorter than the mean of both diameters and the
    other one is nearer to the source (as in flagdata, mode 'shadow').
    """
    found: dict[int, int] = {}
    for scan in metadata.science_scans():
        fields = [metadata.field(number) for number in metadata.fields_of(scan)]
        known = next((each for each in fields if each and not each.is_at_origin), None)
        if known is not None:
            direction = towards(known.ra_rad, known.dec_rad, (scan.start_s + scan.end_s) / 2)
            for number in _shadowed(metadata, direction):
                found[number] = found.get(number, 0) + 1
    return found


def _shadowed(metadata: Metadata, direction: Vector) -> Iterable[int]:
    for antenna in metadata.antennas:
        for other in metadata.antennas:
            if other.number == antenna.number:
                continue
            between = [b - a for a, b in zip(antenna.position_m, other.position_m, strict=True)]
            depth = sum(x * s for x, s in zip(between, direction, strict=True))
            across = math.sqrt(max(0.0, sum(x * x for x in between) - depth * depth))
            if depth > 0 and across < (antenna.diameter_m + other.diameter_m) / 2:
                yield antenna.number
                break
