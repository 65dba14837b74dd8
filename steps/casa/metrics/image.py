"""Numbers of images and of the largest visibility."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from ...errors import CasaError
from .answers import Answer, Measurement, Results, existing

__all__ = ["in_jy", "max_amplitude", "of_image"]

_COLUMNS = ("data", "corrected", "model")


def max_amplitude(of: str, folder: str, results: Results) -> Answer:
    """Largest unflagged amplitude of all its spws, channels and correlations, Jy.

    `of` is ``MS``, ``MS:field`` or ``MS:field:column``; field a name, id or pattern (empty: all), column
    data, corrected or model (corrected when not given). It is what `ms.range(['amplitude'])` gives in CASA's
    regression test of NGC 5921.
    """
    name, _, rest = of.partition(":")
    field, _, column = rest.rpartition(":") if ":" in rest else (rest, "", "corrected")
    if column not in _COLUMNS:
        raise CasaError(f"there is no column {column!r}", of, f"There are: {', '.join(_COLUMNS)}.")
    path = existing(folder, name)
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
    return Answer(value, "Jy", f"{name} {field or 'all fields'} {column}: at most {value:.4f} Jy")


def of_image(statistic: str) -> Measurement:
    """A statistic of all unmasked pixels of an image or cube, in the image's own unit."""

    def metric(of: str, folder: str, results: Results) -> Answer:
        values, unit = _image_statistics(existing(folder, of))
        if not len(values[statistic]):
            raise CasaError("no unmasked pixel is left", of)
        value = float(values[statistic][0])
        return Answer(value, unit, f"{of}: {statistic} {value:.6g} {unit}".rstrip())

    return metric


def in_jy(metric: Measurement) -> Measurement:
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
