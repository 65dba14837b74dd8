"""The sources in the documents of the Observing Tool: names, places, velocities.

A TargetParameters of a ScienceGoal has sourceName; sourceCoordinates with attributes system and type, and
longitude and latitude with units; sourceVelocity with centerVelocity and attribute dopplerCalcType; pmRA and
pmDec; a SinglePoint for each pointing or a Rectangle, whose centre may be off the source. A FieldSource of a
scheduling block has a PointingPattern.
"""

from __future__ import annotations

import math
from xml.etree.ElementTree import Element

from .asked import GoalSource
from .quantities import RESOLUTION, convert
from .safexml import each, first, signed_of, text_of

__all__ = ["read_field_source", "read_target"]

LIGHT_KM_S = 299792.458
SPEED_KM_S = {"km/s": 1.0, "m/s": 1e-3}
#: Unit of an angle -> degrees.
ANGLE_DEG = {"h": 15.0, "hour": 15.0, **{unit: size / 3600.0 for unit, size in RESOLUTION.items()}}
EQUATORIAL = ("J2000", "FK5 J2000", "FK5", "ICRS")
#: What moves faster is not where the goal has it.
FASTEST_MAS_YR = 100.0


def read_target(node: Element) -> GoalSource:
    """The source of a TargetParameters element; its coordinates only where it is observed right there."""
    place = _place(node) if _is_at_rest(node) and _is_pointed_at(node) else None
    ra_deg, dec_deg = place or (None, None)
    points = sum(1 for _ in each(node, "SinglePoint"))
    return GoalSource(
        text_of(node, "sourceName"),
        ra_deg,
        dec_deg,
        _redshift(first(node, "sourceVelocity")),
        points if points > 1 else 0,
    )


def read_field_source(node: Element) -> GoalSource | None:
    """The source of a FieldSource element, by name and number of pointings; None for one that is a query."""
    name = text_of(node, "sourceName")
    if not name or name == "query" or text_of(node, "isQuery").lower() == "true":
        return None
    pattern = first(node, "PointingPattern")
    points = sum(1 for _ in each(pattern, "phaseCenterCoordinates")) if pattern is not None else 0
    return GoalSource(name, pointings=points if points > 1 else 0)


def _is_at_rest(node: Element) -> bool:
    """Whether it is neither of the solar system nor a star with a large proper motion."""
    body = text_of(node, "solarSystemObject").lower()
    motions = [signed_of(node, tag) for tag in ("pmRA", "pmDec")]
    fast = any(each is not None and abs(each[0]) > FASTEST_MAS_YR for each in motions)
    return body in ("", "unspecified") and not text_of(node, "sourceEphemeris") and not fast


def _is_pointed_at(node: Element) -> bool:
    """Whether what is observed is centred on it: one pointing, or one rectangle, without an offset."""
    points = list(each(node, "SinglePoint", "Rectangle"))
    offsets = [_angle(part, tag) for point in points for part in each(point, "centre")
               for tag in ("longitude", "latitude")]  # fmt: skip
    return len(points) < 2 and not any(offsets)


def _place(node: Element) -> tuple[float, float] | None:
    place = first(node, "sourceCoordinates")
    if place is None or place.get("system", "J2000").upper() not in EQUATORIAL:
        return None
    if place.get("type", "ABSOLUTE").upper() != "ABSOLUTE":
        return None
    ra_deg, dec_deg = _angle(place, "longitude"), _angle(place, "latitude")
    if ra_deg is None or dec_deg is None or not any((ra_deg, dec_deg)):
        return None
    return (ra_deg % 360.0, dec_deg) if abs(dec_deg) <= 90.0 else None


def _angle(node: Element, tag: str) -> float | None:
    given = signed_of(node, tag)
    return None if given is None else convert(given[0], given[1], ANGLE_DEG)


def _redshift(velocity: Element | None) -> float | None:
    """From a velocity in one of three conventions (radio: sky / rest = 1 - v/c; optical: 1 / (1 + v/c))."""
    given = signed_of(velocity, "centerVelocity")
    speed = convert(given[0], given[1], SPEED_KM_S) if given is not None else None
    if velocity is None or speed is None:
        return None
    part, how = speed / LIGHT_KM_S, velocity.get("dopplerCalcType", "RADIO").upper()
    if how.startswith("OPT"):
        found = part
    elif abs(part) >= 1.0:
        return None
    elif how.startswith("REL"):
        found = math.sqrt((1.0 + part) / (1.0 - part)) - 1.0
    else:
        found = 1.0 / (1.0 - part) - 1.0
    return float(f"{found:.6g}") if -0.1 <= found <= 20.0 else None
