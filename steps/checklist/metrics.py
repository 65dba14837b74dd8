"""The numbers a checklist may ask for (a closed list): names and units only.

They are computed in `casa.metrics`, inside the CASA process, or from the flag counts.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["METRICS", "Metric"]


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
    "flagged_percent": Metric(("%",), "Visibilities that are flagged after the step", ""),
    "flagged_change": Metric(
        ("%",), "Percentage points by which the step raised the flagged visibilities", ""
    ),
    "flux_density_jy": Metric(("Jy",), "Flux density that fluxscale found", "a field"),
    "max_amplitude_jy": Metric(("Jy",), "Largest unflagged amplitude", "an MS, MS:field or MS:field:column"),
    "image_rms_jy": Metric(("Jy/beam",), "Root mean square over the whole image or cube", "an image"),
    "image_max_jy": Metric(("Jy/beam",), "Largest value of the image or cube", "an image"),
    "moment_max": Metric(_MOMENT, "Largest value of a moment map", "an image"),
    "moment_mean": Metric(_MOMENT, "Mean value of a moment map", "an image"),
    "n_rows": Metric(("",), "Rows of the main table", "an MS"),
}
