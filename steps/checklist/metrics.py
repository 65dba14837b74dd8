"""The numbers a checklist may ask for (a closed list), and the verdict on one of them.

They are computed in `casa.metrics`, inside the CASA process; here are only their names and units.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .model import Check

__all__ = ["METRICS", "Metric", "judge"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that can be computed."""

    units: tuple[str, ...]
    """The units it can have, as CASA writes them."""
    text: str
    """What it is."""
    of: str = ""
    """What a check's `of` names for it; empty when it takes none."""


_MOMENT = ("Jy/beam.km/s", "km/s")

#: Name -> metric. `steps/casa/metrics.py` computes exactly these.
METRICS = {
    "flagged_percent": Metric(("%",), "Visibilities that are flagged after the step", "an MS, or nothing"),
    "flagged_change": Metric(
        ("%",), "Percentage points by which the step raised the flagged visibilities", "an MS, or nothing"
    ),
    "flux_density_jy": Metric(("Jy",), "Flux density that fluxscale found", "a field"),
    "max_amplitude_jy": Metric(("Jy",), "Largest unflagged amplitude of a field's corrected data", "an MS"),
    "image_rms_jy": Metric(("Jy/beam",), "Root mean square over the whole image or cube", "an image"),
    "image_max_jy": Metric(("Jy/beam",), "Largest value of the image or cube", "an image"),
    "moment_max": Metric(_MOMENT, "Largest value of a moment map", "an image"),
    "moment_mean": Metric(_MOMENT, "Mean value of a moment map", "an image"),
    "n_rows": Metric(("",), "Rows of the main table", "an MS"),
}


def judge(check: Check, value: float | None) -> tuple[str, str]:
    """Verdict on `value`, and the sentence about it.

    Parameters
    ----------
    check : Check
        What it should be.
    value : float or None
        In the unit of the check; None when it could not be computed.

    Returns
    -------
    tuple of str
        pass, look, fail or unknown; and why, empty for pass.
    """
    if value is None or not math.isfinite(value):
        return "unknown", f"{check.metric} could not be computed"
    shown = _number(value, check.unit)
    if check.expect is not None and check.within_percent is not None:
        off = _off_percent(value, check.expect)
        if off > check.within_percent:
            wanted = _number(check.expect, check.unit)
            return "fail", f"{shown} is {off:.3g} % from {wanted}; {check.within_percent:g} % is allowed"
    word = "below" if check.below else "above"
    for verdict, limit in (("fail", check.fail), ("look", check.warn)):
        if limit is not None and (value < limit if check.below else value > limit):
            return verdict, f"{shown} is {word} {_number(limit, check.unit)}"
    return "pass", ""


def _off_percent(value: float, expect: float) -> float:
    if value == expect:
        return 0.0
    return 100 * abs(value / expect - 1) if expect else math.inf


def _number(value: float, unit: str) -> str:
    return f"{value:.5g} {unit}".rstrip()
