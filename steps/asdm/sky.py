"""Sources and fields of an ASDM."""

from __future__ import annotations

from .model import Field, Source, SourceFlux, Window
from .row import Row
from .tables import Tables

__all__ = ["read_fields", "read_sources"]


def read_sources(tables: Tables, windows: tuple[Window, ...]) -> tuple[Source, ...]:
    """The sources, by number."""
    numbers = {window.tag: window.number for window in windows}
    grouped: dict[int, list[Row]] = {}
    for row in tables.optional("Source"):
        grouped.setdefault(row.integer("sourceId", -1), []).append(row)
    return tuple(_source(number, rows, numbers) for number, rows in sorted(grouped.items()))


def _source(number: int, rows: list[Row], windows: dict[int, int]) -> Source:
    first = rows[0]
    ra_rad, dec_rad = _direction(first, "direction")
    fluxes = [flux for row in rows for flux in _fluxes(row, windows)]
    rest = [hz for row in rows for hz in row.reals("restFrequency")]
    return Source(
        number=number,
        name=first.text("sourceName"),
        ra_rad=ra_rad,
        dec_rad=dec_rad,
        code=first.text("code"),
        fluxes=tuple(dict.fromkeys(fluxes)),
        rest_hz=tuple(dict.fromkeys(rest)),
    )


def _fluxes(row: Row, windows: dict[int, int]) -> list[SourceFlux]:
    """The flux densities of a row in Stokes I, frequency by frequency."""
    frequencies, values = row.reals("frequency"), row.reals("flux")
    if not frequencies or len(values) < len(frequencies):
        return []
    n_stokes = len(values) // len(frequencies)
    stokes = row.words("stokesParameter")[:n_stokes]
    first = stokes.index("I") if "I" in stokes else 0
    window = windows.get(row.tag("spectralWindowId"), -1)
    return [SourceFlux(window, hz, values[index * n_stokes + first]) for index, hz in enumerate(frequencies)]


def read_fields(tables: Tables) -> tuple[Field, ...]:
    """The fields, by number."""
    return tuple(sorted((_field(row) for row in tables.rows("Field")), key=lambda each: each.number))


def _field(row: Row) -> Field:
    # The one that the MS's PHASE_DIR comes from, then what old ASDMs have.
    name = next((each for each in ("phaseDir", "referenceDir", "delayDir") if row.has(each)), "phaseDir")
    ra_rad, dec_rad = _direction(row, name)
    return Field(
        number=row.tag("fieldId"),
        name=row.text("fieldName"),
        source=row.integer("sourceId", -1),
        ra_rad=ra_rad,
        dec_rad=dec_rad,
        ephemeris=row.integer("ephemerisId") if row.has("ephemerisId") else None,
    )


def _direction(row: Row, name: str) -> tuple[float, float]:
    values = row.reals(name)
    return (values[0], values[1]) if len(values) >= 2 else (0.0, 0.0)
