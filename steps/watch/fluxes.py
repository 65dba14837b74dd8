"""Flux densities that fluxscale has listed in a log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ListedFlux", "read_fluxes"]

_LINE = re.compile(
    r"Flux density for (?P<field>.+?) in SpW=(?P<spw>\d+)(?: \(.*?\))* is: "
    r"(?P<jy>[-+.\deE]+) \+/- (?P<error>[-+.\deE]+)"
)


@dataclass(frozen=True, slots=True)
class ListedFlux:
    """Flux density of one field in one spectral window."""

    field: str
    spw: int
    jy: float
    error_jy: float


def read_fluxes(path: Path) -> tuple[ListedFlux, ...]:
    """Read the log that fluxscale wrote (<ms>.split.fluxscale).

    Parameters
    ----------
    path : Path
        A log of CASA; one that is not there holds nothing.

    Returns
    -------
    tuple of ListedFlux
        In the order of the file; of a field and window listed again, the last. What has
        INSUFFICIENT DATA, or no solution (flux and error -1), is left out.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return tuple({(flux.field, flux.spw): flux for flux in _fluxes(text)}.values())


def _fluxes(text: str) -> Iterator[ListedFlux]:
    for match in _LINE.finditer(text):
        try:
            jy, error_jy = float(match["jy"]), float(match["error"])
        except ValueError:
            continue
        if jy > 0 and error_jy >= 0:
            yield ListedFlux(match["field"], int(match["spw"]), jy, error_jy)
