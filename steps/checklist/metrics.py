"""The numbers a checklist may ask for (a closed list): names and units only.

They are computed in `casa.metrics`, inside the CASA process, or from the flag counts; the function of each
there says how, and where its thresholds come from.

What a check's `of` names is always inside the EB's folder; {ms}, {eb} and {mous} are filled in:

- a caltable, image or text log: ``{ms}.split.bandpass``, ``{ms}.wvrgcal``;
- an MS: ``{ms}.split``; ``MS:what``, where ``what`` is an intent (CALIBRATE_PHASE) or a field's name, id or
  pattern; ``MS:what:column``, with data, corrected or model (corrected where the MS has it, else data);
- a field of fluxscale by name, id or pattern, ``field:spw`` where there are several.
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
_MS = "an MS, MS:field or MS:intent"
_VIS = "an MS, MS:field, MS:intent, or one of these with :column"
_LOG = "the text log of wvrgcal"
_TABLE, _TSYS, _GAINS, _BANDPASS = "a caltable", "a Tsys table", "a table of gains", "a bandpass table"

#: Name -> metric. `steps/casa/metrics.py` computes exactly these.
METRICS = {
    "flagged_percent": Metric(("%",), "Visibilities that are flagged after the step", ""),
    "flagged_change": Metric(
        ("%",), "Percentage points by which the step raised the flagged visibilities", ""
    ),
    "flagged_antenna": Metric(("%",), "Flagged visibilities of the antenna with the most", "an MS"),
    "shadowed_percent": Metric(("%",), "Visibilities with an antenna in another's shadow", _MS),
    "n_rows": Metric(("",), "Rows of the main table", "an MS"),
    "n_scans": Metric(("",), "Scans with data", _MS),
    "n_spws": Metric(("",), "Spectral windows with data, those for science", _MS),
    "n_antennas": Metric(("",), "Antennas with data", _MS),
    "wvr_disc_um": Metric(("um",), "Largest discrepancy of a radiometer's channels", _LOG),
    "wvr_rms_um": Metric(("um",), "Largest rms of the path that a radiometer saw", _LOG),
    "tsys_ratio": Metric(("",), "Largest ratio of an antenna's Tsys to the others'", _TSYS),
    "tsys_negative_percent": Metric(("%",), "Channels with a negative Tsys, of the worst spectrum", _TSYS),
    "antpos_max_mm": Metric(("mm",), "Largest antenna position correction", "a table of antenna positions"),
    "solutions_flagged_percent": Metric(("%",), "Solutions that are flagged", _TABLE),
    "solutions_missing": Metric(("",), "Antennas and spws with data and no solution", _TABLE),
    "bandpass_noise_percent": Metric(
        ("%",), "Scatter of the bandpass from channel to channel, of the worst antenna", _BANDPASS
    ),
    "bandpass_phase_deg": Metric(
        ("deg",), "Rms of the bandpass phase about a line, of the worst antenna", _BANDPASS
    ),
    "gain_scatter_percent": Metric(
        ("%",), "Largest deviation of an amplitude gain from its antenna's median", _GAINS
    ),
    "gain_jump_deg": Metric(("deg",), "Largest jump between neighbouring phase solutions", _GAINS),
    "flux_density_jy": Metric(("Jy",), "Flux density that fluxscale found", "a field"),
    "flux_ratio_percent": Metric(
        ("%",), "Largest deviation of a spw's flux density from a power law through all", "a field"
    ),
    "phase_rms_deg": Metric(("deg",), "Rms of the phases of scan averages", _VIS),
    "amplitude_rms_percent": Metric(("%",), "Rms of the amplitudes of scan averages", _VIS),
    "amplitude_antenna_ratio": Metric(
        ("",), "Ratio by which one antenna's amplitude in a scan is off the others'", _VIS
    ),
    "quack_percent": Metric(
        ("%",), "By how much the first integration of a scan is off the rest of it", _VIS
    ),
    "max_amplitude_jy": Metric(("Jy",), "Largest unflagged amplitude", "an MS, MS:field or MS:field:column"),
    "image_rms_jy": Metric(("Jy/beam",), "Root mean square over the whole image or cube", "an image"),
    "image_max_jy": Metric(("Jy/beam",), "Largest value of the image or cube", "an image"),
    "moment_max": Metric(_MOMENT, "Largest value of a moment map", "an image"),
    "moment_mean": Metric(_MOMENT, "Mean value of a moment map", "an image"),
}
