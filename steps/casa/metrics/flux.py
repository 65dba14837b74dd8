"""Flux densities, as fluxscale derived them: do they fit together, how sure are they, which are missing."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from typing import Any, Dict, Iterator, List, NamedTuple, Set, Tuple

import numpy as np

from ...errors import CasaError, CasapilotError
from ..caltable import read_caltable
from ..gains import read_schedule
from ..ms_names import read_names
from .answers import Answer, NothingToTell, Offender, Place, Results, most

__all__ = ["Derived", "derived", "flux_density", "flux_missing", "flux_ratio", "flux_snr", "sure_percent"]

_LISTED = re.compile(
    r"Flux density for (?P<field>.+) in SpW=(?P<spw>\d+)"
    r"(?: \(freq=(?P<hz>[-+.\deE]+) Hz\))?(?: \(.*?\))? is: "
    r"(?P<value>[-+.\deE]+) \+/- (?P<error>[-+.\deE]+)"
)

SPECTRAL_INDEX, INDEX_ERROR = -0.7, 0.5
"""What is assumed of a spectrum before it is seen (-0.7 in analysisUtils; reference alma-reduction 3.1)."""
SIGMAS = 3.0
"""What is nearer to what is expected than so many times its own error is noise."""
LEAST_ERROR = 0.01
"""No flux density is trusted more than to 1 %, whatever fluxscale says."""


class Derived(NamedTuple):
    """What fluxscale found for one field and spw, Jy."""

    field_id: str
    field: str
    spw: str
    value: float
    error: float
    frequency_hz: float = float("nan")


def flux_density(of: str, folder: str, results: Results) -> Answer:
    """Flux density that fluxscale derived for a field, Jy.

    `of` is the field's name or id, followed by ``:spw`` where there is more than one. It is taken from
    what fluxscale returned in this step; where it was not called, from the newest file of the folder
    in which fluxscale has listed flux densities (the lines that ALMA's own flux script is made from).
    """
    chosen = _chosen(of, folder, results)
    if len(chosen) > 1:
        spws = ", ".join(f"{flux.field}:{flux.spw}" for flux in chosen)
        raise CasaError(f"fluxscale has more than one flux density of {of!r}", folder, f"Name one: {spws}.")
    flux = chosen[0]
    text = f"{flux.field}, spw {flux.spw}: {flux.value:.4f} +- {flux.error:.4f} Jy"
    return Answer(flux.value, "Jy", text)


def derived(folder: str, results: Results) -> List[Derived]:
    """Return what fluxscale found: in this step, or by the newest listing in `folder`."""
    return _returned(results) if results.get("fluxscale") else _listed(folder)


def _chosen(of: str, folder: str, results: Results) -> List[Derived]:
    found = derived(folder, results)
    field, _, spw = of.rpartition(":")
    chosen = [flux for flux in found if _names(of, flux)]
    chosen = chosen or [flux for flux in found if _names(field, flux) and flux.spw == spw]
    if not chosen:
        known = ", ".join(sorted({flux.field for flux in found})) or "none"
        raise CasaError(f"fluxscale has no flux density of {of!r}", folder, f"It has those of: {known}.")
    return chosen


def _names(field: str, flux: Derived) -> bool:
    return field == flux.field_id or fnmatchcase(flux.field, field)


def _returned(results: Results) -> List[Derived]:
    """What the fluxscale calls of this step returned; a field solved again counts once, the last time."""
    found: Dict[Tuple[str, str], Derived] = {}
    for _, returned in results.get("fluxscale", []):
        for field_id, field in returned.items() if isinstance(returned, dict) else ():
            if not isinstance(field, dict) or "fieldName" not in field:
                continue
            for spw, solved in field.items():
                if not isinstance(solved, dict) or "fluxd" not in solved:
                    continue
                value, error = float(solved["fluxd"][0]), float(solved["fluxdErr"][0])
                hz = _frequency(returned, str(spw))
                if value > 0.0:  # -1: no solution
                    flux = Derived(str(field_id), str(field["fieldName"]), str(spw), value, error, hz)
                    found[flux.field_id, flux.spw] = flux
    return list(found.values())


def _frequency(returned: Dict[str, Any], spw: str) -> float:
    """Frequency of a spw as fluxscale gives it, Hz; its list is of all spws, in order."""
    listed = np.atleast_1d(np.asarray(returned.get("freq", ()), dtype=float))
    return float(listed[int(spw)]) if spw.isdigit() and int(spw) < len(listed) else float("nan")


def _listed(folder: str) -> List[Derived]:
    """What the newest listing of fluxscale in `folder` says; of a field and spw listed again the last."""
    paths = [entry.path for entry in os.scandir(folder) if "fluxscale" in entry.name and entry.is_file()]
    for path in sorted(paths, key=os.path.getmtime, reverse=True):
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = [line for line in file if "Flux density for" in line]
        if lines:
            found = {(flux.field, flux.spw): flux for line in lines for flux in _told(line)}
            return list(found.values())
    return []


def _told(line: str) -> Iterator[Derived]:
    """Yield what a line of fluxscale says, unless that is -1: no solution."""
    each = _LISTED.search(line)
    if not each:
        return
    try:
        value, error, hz = (float(each[name] or "nan") for name in ("value", "error", "hz"))
    except ValueError:
        return
    if value > 0.0:
        yield Derived("", each["field"], each["spw"], value, error, hz)


def flux_ratio(of: str, folder: str, results: Results) -> Answer:
    """Largest deviation of a spw's flux density from a power law through all of the field's spws, %.

    `of` is the field's name or id, or a pattern: then each field has its own power law. It is fitted to the
    logarithms, weighted by fluxscale's errors (1 % at least), with a spectral index of -0.7 +- 0.5
    beforehand: two spws close to each other determine none. Up to 10 % is fine, from 20 % on it is yellow
    for the ALMA pipeline; a narrow spw that is off against the wide ones has too little signal (reference
    alma-reduction 4.2).
    """
    chosen = _chosen(of, folder, results)
    fields = sorted({(flux.field_id, flux.field) for flux in chosen})
    named = [
        each for field in fields for each in _ratios([f for f in chosen if (f.field_id, f.field) == field])
    ]
    if not named:
        raise NothingToTell("only one spw has a flux density: there is nothing to compare", of)
    return most(named, "%", of)


def _place(flux: Derived) -> Place:
    return Place(spw=int(flux.spw) if flux.spw.isdigit() else -1, field=flux.field)


def flux_snr(of: str, folder: str, results: Results) -> Answer:
    """Signal to noise of a flux density that fluxscale derived, of each field and spw.

    `of` as for the ratio. The error is that of the mean over the antennas. 26 and more is good for the ALMA
    pipeline, below 5 bad (reference alma-reduction 4.2). Below 10 the spw's amplitudes are better mapped
    from a wide one: the error alone makes 10 %. Fields that nobody else is corrected with (check sources) are
    left out where an MS tells.
    """
    carried = _carried(folder)
    found = [
        Offender(flux.value / flux.error, f"{flux.field} spw {flux.spw}", _place(flux))
        for flux in _chosen(of, folder, results)
        if flux.error > 0.0 and (not carried or flux.field in carried)
    ]
    if not found:
        raise CasaError("fluxscale gave no errors", of)
    found.sort(key=lambda each: each.value)
    text = ", ".join(f"{each.who} {each.value:.0f}" for each in found[:4])
    return Answer(found[0].value, "", text, found)


def _carried(folder: str) -> Set[str]:
    """Names of the fields whose gains others are corrected with; none where there is no MS."""
    with os.scandir(folder) as entries:
        paths = [each.path for each in entries if each.name.endswith((".ms", ".ms.split"))]
    for path in sorted(paths, key=len, reverse=True):
        try:
            fields, carried = read_names(path).fields, read_schedule(path).carried()
        except (CasapilotError, RuntimeError):
            continue  # half written, or a folder of that name: it does not tell
        return {fields[number] for number in carried}
    return set()


def flux_missing(of: str, folder: str, results: Results) -> Answer:
    """How many fields and spws have amplitude gains, but no flux density.

    `of` is the table of amplitude gains that fluxscale was given. Of its fields those count of which
    fluxscale found a flux density in some spw: the flux calibrator itself has none. INSUFFICIENT DATA in one
    spw only means that its solutions were all flagged, or that the flux calibrator has none there.
    """
    spws = [str(block.spw) for block in read_caltable(folder, of, "G", "T").blocks]
    fluxes = derived(folder, results)
    if not fluxes:
        raise CasaError("fluxscale found no flux density at all", of, "Look at its listing, .fluxscale.")
    found = [
        Offender(1.0, f"{field} spw {spw}", Place(spw=int(spw), field=field))
        for field in sorted({flux.field for flux in fluxes})
        for spw in spws
        if not any((flux.field, flux.spw) == (field, spw) for flux in fluxes)
    ]
    return Answer(
        float(len(found)), "", ", ".join(each.who for each in found[:8]) or "none is missing", found
    )


def _ratios(of_field: List[Derived]) -> List[Offender]:
    """By how much each spw of one field is off the power law through all; nothing where there is one spw."""
    if len(of_field) < 2:
        return []
    percent = _off_power_law(
        np.array([flux.value for flux in of_field]),
        np.array([flux.error for flux in of_field]),
        np.array([flux.frequency_hz for flux in of_field]),
    )
    return [
        Offender(off, f"{flux.field} spw {flux.spw} {flux.value:.4f} Jy", _place(flux))
        for off, flux in zip(np.abs(percent).tolist(), of_field)  # noqa: B905  # Python 3.8
    ]


def sure_percent(off_percent: float, fluxes: List[Derived]) -> float:
    """Return a deviation, or 0 where three times the errors of the flux densities (the median) make it."""
    error = float(np.median([each.error / each.value for each in fluxes]))
    return 0.0 if off_percent < 100.0 * SIGMAS * error else off_percent


def _off_power_law(flux_jy: Any, error_jy: Any, frequency_hz: Any) -> Any:
    """Deviations from the power law, %."""
    sigma = np.hypot(error_jy / flux_jy, LEAST_ERROR)
    known = np.isfinite(frequency_hz) & (frequency_hz > 0.0)
    x = np.where(known, np.log(np.where(known, frequency_hz, 1.0)), 0.0)
    x = np.where(known, x - x[known].mean(), 0.0) if known.any() else x
    rows = np.stack([1.0 / sigma, x / sigma], axis=1)
    rows = np.concatenate([rows, [[0.0, 1.0 / INDEX_ERROR]]])
    right = np.append(np.log(flux_jy) / sigma, SPECTRAL_INDEX / INDEX_ERROR)
    (level, index), *_ = np.linalg.lstsq(rows, right, rcond=None)
    return 100.0 * (flux_jy / np.exp(level + index * x) - 1.0)
