"""Antennas on their pads.

Not ALMA-like: ten antennas where ALMA has more than forty, so that an execution block stays small.
"""

from __future__ import annotations

import math
from typing import Any, List, Sequence, Tuple

import numpy as np

from .model import Antenna
from .options import Options

__all__ = [
    "LATITUDE_RAD",
    "LONGITUDE_RAD",
    "SPARED",
    "Pad",
    "by_distance",
    "enu_axes",
    "free_pads",
    "middle",
    "pick_antennas",
    "positions",
]

Array = Any
#: Its name, and where it is: ITRF, m.
Pad = Tuple[str, Tuple[float, float, float]]

#: So many antennas nearest to the middle are left alone: one of them is a good reference antenna.
SPARED = 3

#: The array's reference point (WGS84), as CASA's table of observatories has it.
LONGITUDE_RAD, LATITUDE_RAD, HEIGHT_M = -1.1825465955049892, -0.4018251640113072, 5056.8

#: Pads of the compact 12m configurations: east, north, up of the reference point, m (CASA, alma.cycle5.2).
PADS_12M = (
    ("A001", -33.89, -712.75, -2.33),
    ("A004", -5.42, -723.79, -2.33),
    ("A007", 15.93, -700.68, -2.33),
    ("A011", 37.83, -735.88, -2.48),
    ("A015", 10.74, -659.57, -2.73),
    ("A016", -20.62, -633.91, -2.53),
    ("A019", -50.30, -711.21, -2.33),
    ("A022", -43.64, -652.74, -2.32),
    ("A023", -59.40, -667.57, -2.13),
    ("A025", -84.52, -704.89, -1.94),
    ("A033", -105.44, -755.00, -1.64),
    ("A036", -15.40, -746.36, -2.33),
    ("A040", -42.34, -777.86, -2.34),
    ("A043", 17.11, -766.53, -2.84),
    ("A044", -80.07, -780.37, -1.34),
    ("A047", -19.65, -794.60, -2.34),
    ("A049", 30.35, -773.92, -3.34),
    ("A058", -45.35, -846.40, -1.85),
    ("A060", -5.29, -862.85, -1.55),
    ("A062", -79.54, -828.94, -1.30),
    ("A066", -54.71, -616.69, -2.52),
    ("A068", -140.51, -651.16, -0.63),
    ("A069", -159.55, -789.47, -0.09),
    ("A072", 89.09, -599.96, -5.66),
    ("A074", 103.72, -847.99, -4.49),
)
#: Further pads, for those who ask for more antennas.
PADS_MORE = (
    ("A002", -17.45, -709.61, -2.33),
    ("A005", 25.25, -744.43, -2.34),
    ("A008", 9.48, -687.08, -2.73),
    ("A010", -20.89, -653.56, -2.44),
    ("A024", -74.47, -684.66, -2.13),
    ("A026", -86.87, -732.26, -1.93),
    ("A027", -93.14, -745.96, -1.94),
    ("A034", -76.90, -718.17, -1.93),
    ("A035", -26.04, -726.19, -2.33),
    ("A039", -64.19, -771.15, -1.94),
    ("A041", -23.09, -778.61, -2.34),
    ("A042", 2.38, -763.29, -2.84),
    ("A045", -63.51, -786.82, -1.34),
    ("A048", -1.52, -788.95, -2.84),
    ("A050", -15.05, -764.33, -2.34),
)
#: Pads of the 7m array (CASA, aca.cycle5).
PADS_7M = (
    ("N601", -37.01, -551.93, -2.33),
    ("N602", -49.29, -547.23, -2.31),
    ("N604", -58.37, -591.28, -2.32),
    ("N606", -38.89, -585.95, -2.32),
    ("J501", -48.00, -564.86, -2.32),
    ("J502", -55.97, -568.82, -2.32),
    ("J506", -63.04, -574.72, -2.32),
    ("J503", -48.84, -574.44, -2.33),
    ("J504", -35.89, -569.62, -2.32),
    ("J505", -65.32, -560.70, -2.32),
)


def enu_axes() -> Array:
    """Return the unit vectors east, north and up of the array in ITRF, (3, 3)."""
    sl, cl = math.sin(LONGITUDE_RAD), math.cos(LONGITUDE_RAD)
    sp, cp = math.sin(LATITUDE_RAD), math.cos(LATITUDE_RAD)
    return np.array([[-sl, cl, 0.0], [-sp * cl, -sp * sl, cp], [cp * cl, cp * sl, sp]])


def _reference() -> Array:
    """The reference point in ITRF, m (WGS84 ellipsoid)."""
    a, e2 = 6378137.0, 6.69437999014e-3
    sp, cp = math.sin(LATITUDE_RAD), math.cos(LATITUDE_RAD)
    n = a / math.sqrt(1.0 - e2 * sp * sp)
    cl, sl = math.cos(LONGITUDE_RAD), math.sin(LONGITUDE_RAD)
    r = n + HEIGHT_M
    return np.array([r * cp * cl, r * cp * sl, (n * (1.0 - e2) + HEIGHT_M) * sp])


def pick_antennas(options: Options, rng: np.random.Generator) -> Tuple[Antenna, ...]:
    """Return antennas on random pads of the configuration, in the order of their names.

    Three of the 12m pads are in the middle, so that there is always a good reference antenna.
    """
    count = options.antennas
    if options.is_7m:
        pads = [PADS_7M[int(k)] for k in rng.permutation(len(PADS_7M))[:count]]
        names = sorted(f"CM{int(k):02d}" for k in rng.permutation(np.arange(1, 13))[:count])
    else:
        pads = _pads_12m(count, rng)
        names = _names_12m(count, rng)
    order = rng.permutation(count)
    diameter = 7.0 if options.is_7m else 12.0
    sites = [(pads[int(k)][0], _itrf(pads[int(k)])) for k in order]
    return tuple(
        Antenna(name, pad, where, diameter)
        for name, (pad, where) in zip(names, sites)  # noqa: B905  # Python 3.8
    )


def _pads_12m(count: int, rng: np.random.Generator) -> List[Tuple[str, float, float, float]]:
    spread = [PADS_12M[int(k)] for k in rng.permutation(len(PADS_12M))]
    chosen = sorted(spread, key=lambda pad: math.hypot(pad[1] + 30.0, pad[2] + 725.0))[:8]
    middle = [pad for pad in spread if pad in chosen][: min(3, count)]
    rest = [pad for pad in spread if pad not in middle]
    return (middle + rest + list(PADS_MORE))[:count]


def _names_12m(count: int, rng: np.random.Generator) -> List[str]:
    """DA41-65, DV01-25 and, in half of the blocks, a PM."""
    names = [f"DA{k}" for k in range(41, 66)] + [f"DV{k:02d}" for k in range(1, 26)]
    picked = [names[int(k)] for k in rng.permutation(len(names))[:count]]
    if count > 8 and rng.random() < 0.5:
        picked[0] = f"PM0{int(rng.integers(1, 5))}"
    return sorted(picked)


def _itrf(pad: Tuple[str, float, float, float]) -> Tuple[float, float, float]:
    x, y, z = _reference() + np.array(pad[1:]) @ enu_axes()
    return float(x), float(y), float(z)


def positions(antennas: Tuple[Antenna, ...]) -> Array:
    """Return where the metadata say that the antennas stand, (n_ant, 3), m ITRF."""
    return np.array([antenna.position_m for antenna in antennas])


def by_distance(antennas: Sequence[Antenna]) -> List[int]:
    """Return the antennas by their distance from the middle of all."""
    where = positions(tuple(antennas))
    return [int(k) for k in np.argsort(np.linalg.norm(where - np.median(where, axis=0), axis=1))]


def middle(antennas: Sequence[Antenna]) -> List[int]:
    """Return the antennas that no defect shall have."""
    return by_distance(antennas)[:SPARED]


def free_pads(antennas: Sequence[Antenna]) -> List[Pad]:
    """Return the pads of the configuration on which nobody stands."""
    taken = {antenna.pad for antenna in antennas}
    pads = PADS_7M if antennas[0].diameter_m < 12.0 else PADS_12M + PADS_MORE
    return [(pad[0], _itrf(pad)) for pad in pads if pad[0] not in taken]
