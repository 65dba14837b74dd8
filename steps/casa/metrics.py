"""The numbers that a checklist's checks ask for, as far as CASA has to compute them.

The names are those of `checklist.metrics`; `flagged_percent` and `flagged_change` come from the flag
counts instead. What cannot be measured is an error that says why, never a made-up number. This file
runs inside CASA's own Python (3.8+).
"""

from __future__ import annotations

import math
import os
import re
from fnmatch import fnmatchcase
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

from ..errors import CasaError

__all__ = ["METRICS", "Results", "measure"]

#: Task -> (arguments, returned value) of each of its calls in the step, in their order.
Results = Dict[str, List[Tuple[Dict[str, Any], Any]]]
#: value, unit as CASA writes it, the same for a person to read.
Answer = Tuple[float, str, str]

_LISTED = re.compile(
    r"Flux density for (?P<field>.+) in SpW=(?P<spw>\d+)(?: \(.*?\))? is: "
    r"(?P<value>[-+.\deE]+) \+/- (?P<error>[-+.\deE]+)"
)
_COLUMNS = ("data", "corrected", "model")


class _Flux(NamedTuple):
    """What fluxscale found for one field and spw, Jy."""

    field_id: str
    field: str
    spw: str
    value: float
    error: float


def measure(metric: str, of: str, folder: str, results: Results) -> Dict[str, Any]:
    """Compute one number.

    Parameters
    ----------
    metric : str
        A name in `METRICS`.
    of : str
        What it is measured on; see the function of that metric.
    folder : str
        Folder of the EB, in which `of` names files.
    results : dict
        What the task calls of the step returned.

    Returns
    -------
    dict
        ``value`` (float), ``unit`` (as CASA writes it), ``text``.

    Raises
    ------
    CasaError
        There is no such metric, or nothing to measure it on.
    """
    try:
        function = METRICS[metric]
    except KeyError as error:
        names = ", ".join(sorted(METRICS))
        raise CasaError(f"there is no metric {metric!r}", "", f"There are: {names}.") from error
    try:
        value, unit, text = function(of, folder, results)
    except RuntimeError as error:
        raise CasaError(f"{metric} cannot be measured: {_first_line(error)}", of) from error
    if not math.isfinite(value):
        raise CasaError(f"{metric} is not a number", of, "Look at the flags and masks: is anything left?")
    return {"value": value, "unit": unit, "text": text}


def _flux_density(of: str, folder: str, results: Results) -> Answer:
    """Flux density that fluxscale derived for a field, Jy.

    `of` is the field's name or id, followed by ``:spw`` where there is more than one. It is taken from
    what fluxscale returned in this step; where it was not called, from the newest file of the folder
    in which fluxscale has listed flux densities (the lines that ALMA's own flux script is made from).
    """
    found = _returned(results) if results.get("fluxscale") else _listed(folder)
    chosen = [flux for flux in found if _names(of, flux)]
    if not chosen and ":" in of:
        field, _, spw = of.rpartition(":")
        chosen = [flux for flux in found if _names(field, flux) and flux.spw == spw]
    if not chosen:
        fields = ", ".join(sorted({flux.field for flux in found})) or "none"
        raise CasaError(f"fluxscale has no flux density of {of!r}", folder, f"It has those of: {fields}.")
    if len(chosen) > 1:
        spws = ", ".join(f"{flux.field}:{flux.spw}" for flux in chosen)
        raise CasaError(f"fluxscale has more than one flux density of {of!r}", folder, f"Name one: {spws}.")
    flux = chosen[0]
    text = f"{flux.field}, spw {flux.spw}: {flux.value:.4f} +- {flux.error:.4f} Jy"
    return flux.value, "Jy", text


def _names(field: str, flux: _Flux) -> bool:
    return field == flux.field_id or fnmatchcase(flux.field, field)


def _returned(results: Results) -> List[_Flux]:
    """What the fluxscale calls of this step returned; a field solved again counts once, the last time."""
    found: Dict[Tuple[str, str], _Flux] = {}
    for _, returned in results.get("fluxscale", []):
        for field_id, field in returned.items() if isinstance(returned, dict) else ():
            if not isinstance(field, dict) or "fieldName" not in field:
                continue
            for spw, solved in field.items():
                if not isinstance(solved, dict) or "fluxd" not in solved:
                    continue
                value, error = float(solved["fluxd"][0]), float(solved["fluxdErr"][0])
                if value > 0.0:  # -1: no solution
                    flux = _Flux(str(field_id), str(field["fieldName"]), str(spw), value, error)
                    found[flux.field_id, flux.spw] = flux
    return list(found.values())


def _listed(folder: str) -> List[_Flux]:
    """What the newest listing of fluxscale in `folder` says, also when it says "INSUFFICIENT DATA"."""
    paths = [entry.path for entry in os.scandir(folder) if "fluxscale" in entry.name and entry.is_file()]
    for path in sorted(paths, key=os.path.getmtime, reverse=True):
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = [line for line in file if "Flux density for" in line]
        if lines:
            return [
                _Flux("", each["field"], each["spw"], float(each["value"]), float(each["error"]))
                for each in map(_LISTED.search, lines)
                if each
            ]
    return []


def _max_amplitude(of: str, folder: str, results: Results) -> Answer:
    """Largest unflagged amplitude of all its spws, channels and correlations, Jy.

    `of` is ``MS``, ``MS:field`` or ``MS:field:column``; field a name, id or pattern (empty: all), column
    data, corrected or model (corrected when not given). It is what `ms.range(['amplitude'])` gives in CASA's
    regression test of NGC 5921.
    """
    name, _, rest = of.partition(":")
    field, _, column = rest.rpartition(":") if ":" in rest else (rest, "", "corrected")
    if column not in _COLUMNS:
        raise CasaError(f"there is no column {column!r}", of, f"There are: {', '.join(_COLUMNS)}.")
    path = _existing(folder, name)
    from casatools import ms as ms_tool

    tool = ms_tool()
    tool.open(path, nomodify=True)
    try:
        per_spw = tool.statistics(
            column=column, complex_value="amp", useflags=True, field=field, reportingaxes="ddid"
        )
    finally:
        tool.done()
    values = [float(each["max"]) for each in per_spw.values() if each["npts"]]
    if not values:
        raise CasaError("no unflagged visibility is left", of)
    value = max(values)
    return value, "Jy", f"{name} {field or 'all fields'} {column}: at most {value:.4f} Jy"


def _of_image(statistic: str) -> Callable[[str, str, Results], Answer]:
    """A statistic of all unmasked pixels of an image or cube, in the image's own unit."""

    def metric(of: str, folder: str, results: Results) -> Answer:
        values, unit = _image_statistics(_existing(folder, of))
        if not len(values[statistic]):
            raise CasaError("no unmasked pixel is left", of)
        value = float(values[statistic][0])
        return value, unit, f"{of}: {statistic} {value:.6g} {unit}".rstrip()

    return metric


def _in_jy(metric: Callable[[str, str, Results], Answer]) -> Callable[[str, str, Results], Answer]:
    """`metric`, refusing an image in another unit than Jy/beam."""

    def checked(of: str, folder: str, results: Results) -> Answer:
        answer = metric(of, folder, results)
        if answer[1] != "Jy/beam":
            raise CasaError(f"the image is in {answer[1] or 'no unit'}, not in Jy/beam", of)
        return answer

    return checked


def _image_statistics(path: str) -> Tuple[Dict[str, Any], str]:
    """The statistics over all axes and the unit; what imstat gives without arguments."""
    from casatools import image

    tool = image()
    if not tool.open(path):
        raise CasaError("is not an image", path)
    try:
        return tool.statistics(), str(tool.brightnessunit())
    finally:
        tool.done()


def _n_rows(of: str, folder: str, results: Results) -> Answer:
    """Number of rows of the table `of`; of an MS, one per baseline, integration and spw."""
    path = _existing(folder, of)
    from casatools import table

    tool = table()
    tool.open(path)
    try:
        rows = int(tool.nrows())
    finally:
        tool.close()
    return float(rows), "", f"{of}: {rows} rows"


def _existing(folder: str, name: str) -> str:
    path = os.path.join(folder, name)
    if not name or not os.path.exists(path):
        raise CasaError(f"there is no {name or 'file named'}", folder, "Run the step that makes it first.")
    return path


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


#: Name -> function(of, folder, results). The moments are over all pixels that the map's own mask leaves.
METRICS: Dict[str, Callable[[str, str, Results], Answer]] = {
    "flux_density_jy": _flux_density,
    "max_amplitude_jy": _max_amplitude,
    "image_rms_jy": _in_jy(_of_image("rms")),
    "image_max_jy": _in_jy(_of_image("max")),
    "moment_max": _of_image("max"),
    "moment_mean": _of_image("mean"),
    "n_rows": _n_rows,
}
