"""Quasars and the targets that they calibrate.

The quasars are real ones that ALMA calibrates with, at the positions of their names. Not ALMA-like: their
flux densities are invented and do not vary between the execution blocks. Targets are invented.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Tuple

import numpy as np

from .options import Options

__all__ = ["GROUPS", "Cast", "Group", "Quasar", "cast", "radians"]

#: Where the flux densities of the catalogue hold, Hz.
REFERENCE_HZ = 230e9


@dataclass(frozen=True)
class Group:
    """Sources that are observed together: name and position of each."""

    bandpass: Tuple[str, str, str]
    phase: Tuple[str, str, str]
    check: Tuple[str, str, str]
    pointing: Tuple[str, str, str]
    """One that is used to point only, when it is."""
    target: Tuple[str, str]


GROUPS = (
    Group(
        ("J1058+0133", "10:58:29.605", "+01:33:58.82"),
        ("J1037-2934", "10:37:16.080", "-29:34:02.81"),
        ("J1018-3144", "10:18:28.750", "-31:44:13.90"),
        ("J1107-4449", "11:07:08.694", "-44:49:07.62"),
        ("10:29:30.0", "-30:45:00"),
    ),
    Group(
        ("J0538-4405", "05:38:50.362", "-44:05:08.94"),
        ("J0519-4546", "05:19:49.723", "-45:46:43.85"),
        ("J0455-4615", "04:55:50.773", "-46:15:58.68"),
        ("J0522-3627", "05:22:57.985", "-36:27:30.85"),
        ("05:09:10.0", "-45:03:00"),
    ),
    Group(
        ("J1924-2914", "19:24:51.056", "-29:14:30.12"),
        ("J1911-2006", "19:11:09.653", "-20:06:55.11"),
        ("J1923-2104", "19:23:32.190", "-21:04:33.33"),
        ("J1832-2039", "18:32:11.046", "-20:39:48.20"),
        ("19:16:20.0", "-21:12:00"),
    ),
    Group(
        ("J2258-2758", "22:58:05.963", "-27:58:21.26"),
        ("J0006-0623", "00:06:13.893", "-06:23:35.34"),
        ("J2358-1020", "23:58:10.882", "-10:20:08.61"),
        ("J2253+1608", "22:53:57.748", "+16:08:53.56"),
        ("00:02:40.0", "-08:14:00"),
    ),
    Group(
        ("J1517-2422", "15:17:41.813", "-24:22:19.48"),
        ("J1625-2527", "16:25:46.892", "-25:27:38.33"),
        ("J1626-2951", "16:26:06.021", "-29:51:26.97"),
        ("J1427-4206", "14:27:56.298", "-42:06:19.44"),
        ("16:27:05.0", "-27:02:00"),
    ),
    Group(
        ("J1256-0547", "12:56:11.167", "-05:47:21.52"),
        ("J1248-1959", "12:48:23.898", "-19:59:18.59"),
        ("J1245-1616", "12:45:53.410", "-16:16:45.70"),
        ("J1337-1257", "13:37:39.783", "-12:57:24.69"),
        ("12:43:30.0", "-18:21:00"),
    ),
    Group(
        ("J0423-0120", "04:23:15.801", "-01:20:33.07"),
        ("J0505+0459", "05:05:23.185", "+04:59:42.72"),
        ("J0501-0159", "05:01:12.810", "-01:59:14.26"),
        ("J0510+1800", "05:10:02.369", "+18:00:41.58"),
        ("05:03:15.0", "+01:10:00"),
    ),
)


@dataclass(frozen=True)
class Quasar:
    """A point source at its phase centre."""

    name: str
    ra_rad: float
    dec_rad: float
    jy: float
    """At `REFERENCE_HZ`."""
    index: float
    """S ~ frequency ** index."""
    known_error: float
    """What the observatory's catalogue has is (1 + this) times the truth."""

    def flux_jy(self, hz: float) -> float:
        """Return its true flux density at a frequency."""
        return self.jy * float((hz / REFERENCE_HZ) ** self.index)


@dataclass(frozen=True)
class Cast:
    """The sources of one member OUS."""

    bandpass: Quasar
    phase: Quasar
    check: Quasar
    pointing: Quasar
    target_name: str
    target_ra_rad: float
    target_dec_rad: float
    velocity_km_s: float
    """Of the target, LSRK, radio."""


def radians(text: str) -> float:
    """Return an angle written d:m:s in radians (of degrees: hours are the caller's affair)."""
    sign = -1.0 if text.strip().startswith("-") else 1.0
    degrees, minutes, seconds = (abs(float(part)) for part in text.split(":"))
    return sign * math.radians(degrees + minutes / 60.0 + seconds / 3600.0)


def cast(options: Options, rng: np.random.Generator) -> Cast:
    """Choose the sources and how bright they are.

    The 7m array sees less, band 7 has more noise: they are given brighter calibrators. The check source is
    brighter than most of ALMA's, and seen in every cycle, so that its flux density can be held against the
    truth in the narrow window too. The catalogue has the bandpass calibrator, which sets the flux scale,
    right to half a per cent (ALMA: 5 % and more), for the same reason, and the others to a tenth.
    """
    group = GROUPS[int(rng.integers(len(GROUPS)))]
    if options.is_7m:
        jy = {"bandpass": (4.0, 8.0), "phase": (2.4, 4.2), "check": (1.3, 2.0)}
    else:
        jy = {"bandpass": (3.0, 6.0), "phase": (1.1, 2.2), "check": (0.6, 1.0)}
    if options.band == 7:
        jy = {role: (1.7 * low, 1.7 * high) for role, (low, high) in jy.items()}
    hours = group.target[0].replace(":", "")
    name = f"IRAS_{hours[:4]}{int(float(hours[4:]) / 6)}{group.target[1].replace(':', '')[:5]}"
    return Cast(
        bandpass=_quasar(group.bandpass, jy["bandpass"], 0.002, rng),
        phase=_quasar(group.phase, jy["phase"], 0.05, rng),
        check=_quasar(group.check, jy["check"], 0.08, rng),
        pointing=_quasar(group.pointing, (1.5, 4.0), 0.08, rng),
        target_name=name,
        target_ra_rad=15.0 * radians(group.target[0]),
        target_dec_rad=radians(group.target[1]),
        velocity_km_s=float(rng.uniform(-30.0, 40.0)),
    )


def _quasar(
    where: Tuple[str, str, str], span: Tuple[float, float], error: float, rng: np.random.Generator
) -> Quasar:
    name, ra, dec = where
    jy, index = float(rng.uniform(*span)), float(rng.uniform(-0.8, -0.3))
    # Uniform, so that no seed has a value that is far off.
    return Quasar(name, 15.0 * radians(ra), radians(dec), jy, index, error * float(rng.uniform(-1.7, 1.7)))
