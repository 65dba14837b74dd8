"""Solar-system flux calibrators: which CASA has models of, how large they appear, which lines they have."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Body", "body", "diameter_arcsec", "is_solar_system", "lines_hz"]

_J2000_S = 51544.5 * 86400
_CENTURY_S = 36525 * 86400.0
_AU_KM = 1.495978707e8

#: Mean orbital elements at J2000 and their rates per century: a (au), e, inclination, mean longitude,
#: longitude of perihelion, longitude of the node (deg). E. M. Standish, "Keplerian Elements for Approximate
#: Positions of the Major Planets" (JPL), the set for 1800-2050; distances are good to 1 %.
_ORBITS: dict[str, tuple[tuple[float, float], ...]] = {
    "EARTH": (
        (1.00000261, 0.00000562),
        (0.01671123, -0.00004392),
        (-0.00001531, -0.01294668),
        (100.46457166, 35999.37244981),
        (102.93768193, 0.32327364),
        (0.0, 0.0),
    ),
    "MARS": (
        (1.52371034, 0.00001847),
        (0.09339410, 0.00007882),
        (1.84969142, -0.00813131),
        (-4.55343205, 19140.30268499),
        (-23.94362959, 0.44441088),
        (49.55953891, -0.29257343),
    ),
    "JUPITER": (
        (5.20288700, -0.00011607),
        (0.04838624, -0.00013253),
        (1.30439695, -0.00183714),
        (34.39644051, 3034.74612775),
        (14.72847983, 0.21252668),
        (100.47390909, 0.20469106),
    ),
    "SATURN": (
        (9.53667594, -0.00125060),
        (0.05386179, -0.00050991),
        (2.48599187, 0.00193609),
        (49.95424423, 1222.49362201),
        (92.59887831, -0.41897216),
        (113.66242448, -0.28867794),
    ),
    "URANUS": (
        (19.18916464, -0.00196176),
        (0.04725744, -0.00004397),
        (0.77263783, -0.00242939),
        (313.23810451, 428.48202785),
        (170.95427630, 0.40805281),
        (74.01692503, 0.04240589),
    ),
    "NEPTUNE": (
        (30.06992276, 0.00026291),
        (0.00859048, 0.00005105),
        (1.77004347, 0.00035372),
        (-55.12002969, 218.45945325),
        (44.96476227, -0.32241464),
        (131.78422574, -0.00508664),
    ),
}

_CO_HZ = tuple(each * 1e9 for each in (115.271, 230.538, 345.796, 461.041, 691.473, 806.652))
_HCN_HZ = tuple(each * 1e9 for each in (88.632, 177.261, 265.886, 354.505, 620.304, 708.877))


@dataclass(frozen=True, slots=True)
class Body:
    """A body of the solar system."""

    name: str
    diameter_km: float
    orbit: str
    """Whose distance it has; empty for an asteroid, of which `nearest_au` is taken."""
    nearest_au: float = 0.0
    """Least distance from the Earth it can have."""


_BODIES = {
    each.name.upper(): each
    for each in (
        Body("Mars", 6779, "MARS"),
        Body("Jupiter", 139822, "JUPITER"),
        Body("Uranus", 50724, "URANUS"),
        Body("Neptune", 49244, "NEPTUNE"),
        Body("Io", 3643, "JUPITER"),
        Body("Europa", 3122, "JUPITER"),
        Body("Ganymede", 5268, "JUPITER"),
        Body("Callisto", 4821, "JUPITER"),
        Body("Titan", 5150, "SATURN"),
        Body("Ceres", 946, "", 1.6),
        Body("Pallas", 512, "", 1.2),
        Body("Vesta", 525, "", 1.15),
        Body("Juno", 247, "", 1.0),
        Body("Lutetia", 98, "", 0.9),
    )
}


def body(name: str) -> Body | None:
    """The body of that name, of those with a model in CASA's Butler-JPL-Horizons 2012."""
    return _BODIES.get(name.strip().upper())


def is_solar_system(name: str) -> bool:
    """Whether setjy has a model of it."""
    return body(name) is not None


def lines_hz(name: str) -> tuple[float, ...]:
    """Rest frequencies of CO and HCN, where the spectrum is not the continuum (Titan, Neptune)."""
    return _CO_HZ + _HCN_HZ if name.strip().upper() in ("TITAN", "NEPTUNE") else ()


def diameter_arcsec(name: str, time_s: float) -> float:
    """How large a body appears, arcsec.

    Parameters
    ----------
    time_s : float
        MJD in seconds, UTC.

    Notes
    -----
    Of an asteroid the largest diameter that it can have; a moon has its planet's distance.
    """
    found = _BODIES[name.strip().upper()]
    if not found.orbit:
        distance_au = found.nearest_au
    else:
        there, here = _position(found.orbit, time_s), _position("EARTH", time_s)
        distance_au = math.dist(there, here)
    return math.degrees(found.diameter_km / (distance_au * _AU_KM)) * 3600


def _position(name: str, time_s: float) -> tuple[float, float, float]:
    """Heliocentric ecliptic position, au."""
    centuries = (time_s - _J2000_S) / _CENTURY_S
    axis, e, tilt, mean, perihelion, node = (value + rate * centuries for value, rate in _ORBITS[name])
    tilt, node, omega = (math.radians(each) for each in (tilt, node, perihelion - node))
    anomaly = math.radians((mean - perihelion + 180) % 360 - 180)
    eccentric = anomaly
    for _ in range(8):
        eccentric -= (eccentric - e * math.sin(eccentric) - anomaly) / (1 - e * math.cos(eccentric))
    x, y = axis * (math.cos(eccentric) - e), axis * math.sqrt(1 - e * e) * math.sin(eccentric)
    along, across = x * math.cos(omega) - y * math.sin(omega), x * math.sin(omega) + y * math.cos(omega)
    return (
        along * math.cos(node) - across * math.sin(node) * math.cos(tilt),
        along * math.sin(node) + across * math.cos(node) * math.cos(tilt),
        across * math.sin(tilt),
    )
