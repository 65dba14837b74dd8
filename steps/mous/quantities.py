"""Quantities as people write them, 0.1mJy or 230 GHz or 0.8..1.2arcsec, and as they read them."""

from __future__ import annotations

import math
import re

from ..errors import UsageError

__all__ = [
    "FLUX",
    "FREQUENCY",
    "ONE_RESOLUTION",
    "RESOLUTION",
    "convert",
    "say_flux",
    "say_frequency",
    "to_beam",
    "to_flux",
    "to_frequency",
]

#: Unit, in small letters -> its size in Jy, Hz, arcsec.
FLUX = {"jy": 1.0, "mjy": 1e-3, "ujy": 1e-6, "\u00b5jy": 1e-6, "\u03bcjy": 1e-6, "njy": 1e-9}
FREQUENCY = {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9, "thz": 1e12}
RESOLUTION = {
    "arcsec": 1.0,
    "as": 1.0,
    '"': 1.0,
    "mas": 1e-3,
    "arcmin": 60.0,
    "deg": 3600.0,
    "rad": 3600.0 * 180.0 / math.pi,
}
#: A single resolution stands for the range of 0.8 to 1.2 of it, as the ALMA pipeline takes it where the
#: science goal gives none (pipeline, hif imageparams, `representative_target`).
ONE_RESOLUTION = (0.8, 1.2)

_NUMBER = r"(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)"
_QUANTITY = re.compile(rf'\s*{_NUMBER}\s*([a-z\u00b5\u03bc"]*)(?:\s*/\s*beam)?\s*', re.IGNORECASE)


def to_flux(text: str) -> float:
    """Flux density per beam, Jy; UsageError when `text` is none.

    >>> to_flux("0.5 Jy")
    0.5
    """
    return _positive(text, FLUX, "0.1mJy")


def to_frequency(text: str) -> float:
    """Frequency or bandwidth, Hz; UsageError when `text` is none.

    >>> to_frequency("230GHz")
    230000000000.0
    """
    return _positive(text, FREQUENCY, "230GHz")


def to_beam(text: str) -> tuple[float, float]:
    """Smallest and largest resolution asked for, arcsec; UsageError when `text` is none.

    A single one is taken as `ONE_RESOLUTION` of it.

    >>> to_beam("0.8..1.2arcsec")
    (0.8, 1.2)
    """
    low, dots, high = text.partition("..")
    if not dots:
        one = _positive(text, RESOLUTION, "1.0arcsec")
        return round(one * ONE_RESOLUTION[0], 9), round(one * ONE_RESOLUTION[1], 9)
    last = _QUANTITY.fullmatch(high)
    unit = last[2] if last else ""
    first = _QUANTITY.fullmatch(low)
    both = low if first is None or first[2] else f"{low}{unit}"
    found = (_positive(both, RESOLUTION, "0.8..1.2arcsec"), _positive(high, RESOLUTION, "0.8..1.2arcsec"))
    if found[0] > found[1]:
        raise UsageError(f"{text!r} ends before it begins", "", "Write the smaller first: 0.8..1.2arcsec")
    return found


def convert(value: float, unit: str, units: dict[str, float]) -> float | None:
    """`value` in the unit that has size 1 in `units`; None where the unit is not among them.

    Nine digits are kept: 0.1 mJy is 0.0001 Jy, not 0.00010000000000000002.
    """
    size = units.get(unit.strip().lower())
    return None if size is None or not math.isfinite(value) else _round(value * size)


def _positive(text: str, units: dict[str, float], example: str) -> float:
    match = _QUANTITY.fullmatch(text)
    value = convert(float(match[1]), match[2], units) if match else None
    if value is None or value <= 0:
        raise UsageError(f"{text!r} is not a quantity with a unit", "", f"Write it like {example}")
    return value


def _round(value: float) -> float:
    return float(f"{value:.9g}")


def say_flux(flux_jy: float) -> str:
    """For a person to read.

    >>> say_flux(0.0001), say_flux(2.5), say_flux(0.000012)
    ('0.1 mJy', '2.5 Jy', '12 uJy')
    """
    for unit, size in (("Jy", 1.0), ("mJy", 1e-3)):
        if flux_jy >= size * (1.0 if unit == "Jy" else 0.1) * (1 - 1e-9):
            return f"{flux_jy / size:.4g} {unit}"
    return f"{flux_jy / 1e-6:.4g} uJy"


def say_frequency(frequency_hz: float) -> str:
    """For a person to read.

    >>> say_frequency(2.3e11), say_frequency(1.875e9), say_frequency(31250000.0)
    ('230 GHz', '1.875 GHz', '31.25 MHz')
    """
    for unit, size in (("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3)):
        if frequency_hz >= size:
            return f"{frequency_hz / size:.7g} {unit}"
    return f"{frequency_hz:.7g} Hz"
