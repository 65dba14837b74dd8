"""Flux densities that fluxscale derived, against those of the catalogue that are kept with the MOUS."""

from __future__ import annotations

import csv
import json
import os
import re
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from .answers import Answer, NothingToTell, Offender, Place, Results, most
from .flux import SPECTRAL_INDEX, Derived, derived, sure_percent

__all__ = ["flux_catalogue"]

BOOK = os.path.join(".casapilot", "fluxes.json")
TABLE = "flux.csv"
_NAMED = re.compile(r"field=(?P<name>\S+)")


class _Known(NamedTuple):
    """What a catalogue says of a field."""

    value: float
    frequency_hz: float
    slope: float
    """Spectral index."""
    where: str


def flux_catalogue(of: str, folder: str, results: Results) -> Answer:
    """By how much a field's derived flux density is off the catalogue's, %, all spws together.

    `of` is as for the ratio, mostly ``*``. The catalogue is what is kept with the MOUS: the answers of the
    flux service and what a person gave (.casapilot/fluxes.json), else flux.csv beside the ASDM; it is
    carried to the spw's frequency with its spectral index (-0.7 where it has none). The median over the
    spws; what three times the flux density's own error makes counts as 0. Within 10 % is good; quasars vary
    by 20 to 30 % in months and the catalogue is sparse, so that only more than 30 % is worth a look (our own
    limit; the pipeline warns of values older than 14 days, reference alma-reduction 3.3 and 4.2): then the
    flux calibrator's model, or its date.
    """
    known = {**_table(folder), **_book(folder)}
    fluxes = [each for each in derived(folder, results) if of in ("*", "", each.field, each.field_id)]
    fields = sorted({each.field for each in fluxes})
    found: List[Offender] = []
    for field in fields:
        if field in known:
            found.append(_compared(field, [each for each in fluxes if each.field == field], known[field]))
    if not found:
        names = ", ".join(fields) or "no field"
        raise NothingToTell(
            f"no catalogue value of {names} is kept", folder, "Ask for them: casapilot flux, or flux --set."
        )
    return most(found, "%", of)


def _compared(field: str, fluxes: List[Derived], known: List[_Known]) -> Offender:
    ratios = []
    for flux in fluxes:
        near = min(
            known, key=lambda each: abs(each.frequency_hz - flux.frequency_hz) if _both(each, flux) else 0.0
        )
        factor = (flux.frequency_hz / near.frequency_hz) ** near.slope if _both(near, flux) else 1.0
        ratios.append(flux.value / (near.value * factor))
    ratio = float(np.median(ratios))
    off = 100.0 * (max(ratio, 1.0 / ratio) - 1.0)
    off = sure_percent(off, fluxes)
    return Offender(off, f"{field} {ratio:.2f} of {known[0].where},", Place(field=field))


def _both(known: _Known, flux: Derived) -> bool:
    return bool(np.isfinite(known.frequency_hz) and np.isfinite(flux.frequency_hz))


def _book(folder: str) -> Dict[str, List[_Known]]:
    """What .casapilot/fluxes.json of the MOUS holds; what a person gave counts before answers."""
    found: Dict[str, List[_Known]] = {}
    for parent in _parents(folder):
        try:
            with open(os.path.join(parent, BOOK), encoding="utf-8") as file:
                data = json.load(file)
            entries = [*data["given"]] or []
            names = {str(each["name"]) for each in entries}
            entries += [each for each in data["answers"] if str(each["name"]) not in names]
            for each in entries:
                index = each.get("spectral_index")
                known = _Known(
                    float(each["jy"]),
                    float(each["frequency_hz"]),
                    SPECTRAL_INDEX if index is None else float(index),
                    "what a person gave" if each in data["given"] else "the catalogue's",
                )
                found.setdefault(str(each["name"]), []).append(known)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # none is kept, or in no form that is known: `casapilot flux` says what is wrong
    return found


def _table(folder: str) -> Dict[str, List[_Known]]:
    """What flux.csv says of fields that it names; it has spws, not frequencies."""
    found: Dict[str, List[_Known]] = {}
    for name, jy in _rows(folder):
        found.setdefault(name, []).append(_Known(jy, float("nan"), 0.0, "flux.csv's"))
    return {
        name: [_Known(float(np.median([each.value for each in rows])), float("nan"), 0.0, rows[0].where)]
        for name, rows in found.items()
    }


def _rows(folder: str) -> Iterator[Tuple[str, float]]:
    for parent in _parents(folder):
        try:
            with open(os.path.join(parent, TABLE), encoding="utf-8", errors="replace", newline="") as file:
                rows: List[Dict[Any, Any]] = list(csv.DictReader(file))
        except (OSError, csv.Error):
            continue
        for row in rows:
            cells = {str(key).strip().lower(): value for key, value in row.items()}
            named = _NAMED.search(str(cells.get("comment", "")))
            try:
                jy = float(cells.get("i") or "nan")
            except (TypeError, ValueError):
                continue
            if named and jy > 0.0:
                yield named["name"], jy
        return


def _parents(folder: str) -> List[str]:
    """The EB's folder and the two above it: where the MOUS's root may be."""
    here = os.path.abspath(folder)
    return [here, os.path.dirname(here), os.path.dirname(os.path.dirname(here))]
