"""The model of the flux calibrator: what is given, found in flux.csv, or known to the ASDM."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from ..asdm import Window
from ..errors import UsageError
from .heaven import diameter_arcsec, lines_hz
from .metadata import Metadata
from .roles import Roles
from .tables import FluxRow

__all__ = ["FluxModel", "FluxPlan", "GivenFlux", "ModelKind", "flux_at", "parse_flux", "plan_flux"]

#: Spectral index of a quasar of which nothing is known, as ALMA's own calibrator queries take it.
USUAL_SPIX = -0.7

_GIVEN = re.compile(r"^(.+)=([^=@:]+)@([^=@:]+?)\s*(GHz|MHz|Hz)?\s*(?::([^=@:]+))?$", re.IGNORECASE)
_UNITS = {"GHZ": 1e9, "MHZ": 1e6, "HZ": 1.0}


class ModelKind(str, Enum):
    """Where the model comes from."""

    SOLAR = "solar"
    KNOWN = "known"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class GivenFlux:
    """A flux density that a person gives."""

    field: str
    flux_jy: float
    frequency_hz: float
    spix: float


@dataclass(frozen=True, slots=True)
class FluxModel:
    """One call of setjy with standard='manual'."""

    spws: tuple[int, ...]
    flux_jy: float
    spix: float
    reference_hz: float


@dataclass(frozen=True, slots=True)
class FluxPlan:
    """The model of the flux calibrator."""

    kind: ModelKind
    field: int
    models: tuple[FluxModel, ...]
    why: str
    diameter_arcsec: float = 0.0
    """Of a solar-system object."""
    lines: tuple[tuple[int, int, int], ...] = ()
    """(spw, first, last channel) to leave out on it: its spectrum has a line there."""


def parse_flux(text: str) -> GivenFlux:
    """Read ``FIELD=JY@HZ[:SPIX]``; the frequency with or without GHz, MHz, Hz.

    Raises
    ------
    UsageError
        It does not have that form, or a flux or frequency is not above zero.
    """
    found = _GIVEN.match(text.strip())
    try:
        if found is None:
            raise ValueError
        field, flux, frequency, unit, spix = found.groups()
        values = float(flux), float(frequency) * _UNITS[(unit or "Hz").upper()], float(spix or USUAL_SPIX)
        if not (all(map(math.isfinite, values)) and values[0] > 0 and values[1] > 1e9):
            raise ValueError
    except ValueError:
        raise UsageError(
            f"cannot read {text!r}", "--flux", "Write it as: --flux J1058+0133=3.8@232.7e9:-0.6 (Jy at Hz)."
        ) from None
    return GivenFlux(field.strip(), *values)


def plan_flux(
    metadata: Metadata,
    roles: Roles,
    given: Sequence[GivenFlux] = (),
    rows: Sequence[FluxRow] = (),
    source: str = "",
) -> FluxPlan:
    """Find the model of the flux calibrator.

    In this order: a flux given by hand; the model of a solar-system object; flux.csv; the Source table.

    Parameters
    ----------
    given : sequence of GivenFlux
        From the command line.
    rows : sequence of FluxRow
        Of a flux.csv, `source` being its path.
    """
    number, name = roles.flux, metadata.name(roles.flux)
    windows = metadata.science
    for each in given:
        if each.field in (name, str(number)):
            model = FluxModel(
                tuple(window.number for window in windows), each.flux_jy, each.spix, each.frequency_hz
            )
            return FluxPlan(ModelKind.KNOWN, number, (model,), "Given by hand.")
    if roles.flux_is_solar:
        size = diameter_arcsec(name, metadata.block.start_s)
        why = f"Solar-system object, {size:.2f} arcsec across: the model is CASA's."
        lost = _spws_in_lines(name, windows)
        if lost:
            why += f" Note: spw {', '.join(map(str, lost))} lies in a line of it: check its flux densities."
        return FluxPlan(ModelKind.SOLAR, number, (), why, size, tuple(_line_channels(name, windows)))
    for found, why in (
        (_from_rows(rows, name, number, windows), f"From {source}."),
        (
            _from_source(metadata, number),
            "From the Source table of the ASDM, as the observatory knew it then.",
        ),
    ):
        if found:
            return FluxPlan(ModelKind.KNOWN, number, found, why)
    why = f"No flux density of {name} is known: not given (--flux), no flux.csv, none in the ASDM."
    return FluxPlan(ModelKind.MISSING, number, (), why)


def _from_rows(
    rows: Iterable[FluxRow], name: str, number: int, windows: Sequence[Window]
) -> tuple[FluxModel, ...]:
    """One model per spw; a spw that flux.csv lacks takes the nearest one's."""
    known = {row.spw: row for row in rows if row.field in (name, str(number))}
    centres = {window.number: window.centre_hz for window in windows}
    usable = {spw: row for spw, row in known.items() if spw in centres}
    models = []
    for spw, centre in centres.items() if usable else ():
        nearest = min(usable, key=lambda each: abs(centres[each] - centre))
        row = usable[nearest]
        spix = row.spix if row.spix is not None else USUAL_SPIX
        models.append(FluxModel((spw,), row.flux_jy, spix, centres[nearest]))
    return tuple(models)


def _from_source(metadata: Metadata, number: int) -> tuple[FluxModel, ...]:
    """For each spw the flux that the Source table has nearest to it; spws with the same one together.

    With fluxes at frequencies more than a fifth apart the spectral index is theirs; otherwise the slope of
    so short a span says less than the usual index.
    """
    points = _points(metadata, number)
    if not points:
        return ()
    (low, low_flux), (high, high_flux) = points[0], points[-1]
    spix = USUAL_SPIX
    if high / low > 1.2:
        spix = round(math.log(high_flux / low_flux) / math.log(high / low), 3)
    spws: dict[tuple[float, float], list[int]] = {}
    for window in metadata.science:
        nearest = min(points, key=lambda point: abs(point[0] - window.centre_hz))
        spws.setdefault(nearest, []).append(window.number)
    return tuple(FluxModel(tuple(numbers), flux, spix, hz) for (hz, flux), numbers in spws.items())


def _points(metadata: Metadata, number: int) -> list[tuple[float, float]]:
    """(frequency Hz, flux Jy) of a field's source, ascending, one per frequency."""
    source = metadata.source_of(number)
    fluxes = source.fluxes if source else ()
    return sorted({each.frequency_hz: each.flux_jy for each in fluxes if each.flux_jy > 0}.items())


def flux_at(
    metadata: Metadata, plan: FluxPlan | None, rows: Sequence[FluxRow], number: int, hz: float
) -> float:
    """What a field's flux density may be, Jy, to estimate noise with; 0 when nothing is known."""
    if plan and plan.field == number and plan.models:
        model = plan.models[0]
        return float(model.flux_jy * (hz / model.reference_hz) ** model.spix)
    name = metadata.name(number)
    found = _from_rows(rows, name, number, metadata.science) or _from_source(metadata, number)
    if not found:
        return 0.0
    model = min(found, key=lambda each: abs(each.reference_hz - hz))
    return float(model.flux_jy * (hz / model.reference_hz) ** model.spix)


def _line_channels(name: str, windows: Iterable[Window]) -> Iterable[tuple[int, int, int]]:
    """Channels within 250 MHz of a line: the model's line core is not known to a channel's accuracy."""
    for window in windows:
        for line in lines_hz(name):
            near = [n for n, hz in enumerate(window.frequencies_hz) if abs(hz - line) < 250e6]
            if near and len(near) < window.n_channels:
                yield window.number, near[0], near[-1]


def _spws_in_lines(name: str, windows: Iterable[Window]) -> list[int]:
    """Spws that lie in a line as a whole: flagging them would leave nothing to calibrate with."""
    return [
        window.number
        for window in windows
        if any(all(abs(hz - line) < 250e6 for hz in window.frequencies_hz) for line in lines_hz(name))
    ]
