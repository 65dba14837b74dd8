"""What is asked, and what is answered: a flux density, or why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

__all__ = [
    "OLD_DAYS",
    "USUAL_INDEX",
    "USUAL_INDEX_ERROR",
    "Failure",
    "Flux",
    "Origin",
    "Question",
    "Trouble",
    "at_frequency",
    "conditions",
    "worries",
]

#: Measurements older than this deserve a look; the same limit as the ALMA pipeline's.
OLD_DAYS = 14
#: Of a quasar of which nothing is known, as analysisUtils takes it (getALMAFlux).
USUAL_INDEX, USUAL_INDEX_ERROR = -0.7, 0.2

_STATUS = {
    0: "usual heuristic",
    1: "heuristic for sources seldom observed",
    2: "measurements from outside of the time window had to be used",
    3: "fallback on measurements from outside of the time window",
    4: "no valid flux density",
}


class Origin(str, Enum):
    """Whose word a flux density is."""

    CATALOGUE = "catalogue"
    GIVEN = "given"
    """By a person."""


class Trouble(str, Enum):
    """Why there is no flux density."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    OTHER_SOURCE = "other-source"
    INVALID = "invalid"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True)
class Question:
    """Which source, when, at which frequency."""

    name: str
    date: date
    frequency_hz: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no flux density, for a person."""

    trouble: Trouble
    words: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Flux:
    """A flux density (Stokes I) of a source on a day; None stands for what was not said."""

    name: str
    """As it was asked for."""
    date: date
    frequency_hz: float
    jy: float
    error_jy: float | None = None
    spectral_index: float | None = None
    spectral_index_error: float | None = None
    age_days: float | None = None
    """From `date` to the nearest measurement."""
    measurements: int | None = None
    """How many were used; 9 means 9 or more."""
    two_bands: bool | None = None
    """Whether they are of two bands."""
    bracketed: bool | None = None
    """Whether they are from before and after `date`."""
    status: int | None = None
    clarification: str = ""
    catalogue_name: str = ""
    """As the catalogue calls it."""
    version: str = ""
    url: str = ""
    """That was asked."""
    asked_at: str = ""
    """When it was asked or given: 2026-11-22T19:30:00Z."""
    origin: Origin = Origin.CATALOGUE
    source: str = ""
    """Where a person has it from."""
    from_hz: float | None = None
    """Frequency that it was carried over from with the spectral index; None: it is the answer itself."""

    @property
    def is_old(self) -> bool:
        """Whether the nearest measurement is more than `OLD_DAYS` away."""
        return self.age_days is not None and abs(self.age_days) > OLD_DAYS


def at_frequency(flux: Flux, frequency_hz: float) -> Flux:
    """Carry a flux density over to another frequency, by its spectral index.

    S = S0 x^a with x = f / f0, and with independent errors (sigma_S / S)^2 = (sigma_S0 / S0)^2 +
    (ln(x) sigma_a)^2. Where the index or its error is not known, -0.7 and 0.2 stand in (analysisUtils).

    Parameters
    ----------
    flux : Flux
        At f0; its error may be unknown, and stays so.
    frequency_hz : float, Hz
        f.
    """
    if math.isclose(frequency_hz, flux.frequency_hz, rel_tol=1e-9):
        return flux
    logarithm = math.log(frequency_hz / flux.frequency_hz)
    index = USUAL_INDEX if flux.spectral_index is None else flux.spectral_index
    sigma = USUAL_INDEX_ERROR
    if flux.spectral_index is not None and flux.spectral_index_error is not None:
        sigma = flux.spectral_index_error
    jy = flux.jy * math.exp(index * logarithm)
    error = None if flux.error_jy is None else jy * math.hypot(flux.error_jy / flux.jy, logarithm * sigma)
    return replace(
        flux, frequency_hz=frequency_hz, jy=jy, error_jy=error, from_hz=flux.from_hz or flux.frequency_hz
    )


def conditions(flux: Flux) -> str:
    """What a flux density rests on, in a few words."""
    if flux.origin is Origin.GIVEN:
        return f"given by hand: {flux.source}" if flux.source else "given by hand"
    said = []
    if flux.measurements is not None:
        many = "9 or more" if flux.measurements >= 9 else str(flux.measurements)
        said.append(f"{many} measurement{'' if flux.measurements == 1 else 's'}")
    if flux.two_bands is not None:
        said.append("in two bands" if flux.two_bands else "in one band")
    if flux.bracketed is not None:
        said.append("before and after the date" if flux.bracketed else "on one side of the date")
    text = " ".join(said) or "not said what it rests on"
    if flux.status is not None:
        text += f"; {_STATUS.get(flux.status, f'status {flux.status}, of which nothing is known here')}"
    return text


def worries(flux: Flux) -> tuple[str, ...]:
    """What to look at before a flux density is believed, in words."""
    found = []
    if flux.is_old and flux.age_days is not None:
        found.append(f"the nearest measurement is {abs(flux.age_days):.0f} d away (more than {OLD_DAYS})")
    if flux.status is not None and flux.status > 1:
        found.append(_STATUS.get(flux.status, f"status {flux.status}"))
    if flux.clarification:
        found.append(f"the catalogue says: {flux.clarification}")
    if flux.error_jy is None and flux.origin is Origin.CATALOGUE:
        found.append("the catalogue gives no error")
    if flux.from_hz is not None and flux.spectral_index is None:
        found.append(f"no spectral index is known: {USUAL_INDEX} +- {USUAL_INDEX_ERROR} was taken")
    return tuple(found)
