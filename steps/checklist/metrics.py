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

__all__ = ["METRICS", "Metric", "is_one"]


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
_LOG, _WVR = "the text log of wvrgcal", "a WVR table"
_ANTPOS = "a table of antenna positions"
_TABLE, _TSYS, _GAINS, _BANDPASS = "a caltable", "a Tsys table", "a table of gains", "a bandpass table"

#: Name -> metric. `steps/casa/metrics/measure.py` computes exactly these.
METRICS = {
    "flagged_percent": Metric(("%",), "Visibilities that are flagged after the step", ""),
    "flagged_change": Metric(
        ("%",), "Percentage points by which the step raised the flagged visibilities", ""
    ),
    "import_missing": Metric(("",), "Antennas, scans, fields and spws of the ASDM without a row", "an MS"),
    "rows_missing_percent": Metric(
        ("%",), "Integrations that are missing, of the worst scan or antenna", "an MS"
    ),
    "fields_at_zero": Metric(("",), "Fields with data at the coordinates 0, 0", "an MS"),
    "fields_moved": Metric(("",), "Fields at 0, 0 in the ASDM that have coordinates now", "a field"),
    "pointing_only": Metric(("",), "Fields that were observed for pointing only", "a field"),
    "intents_missing": Metric(("",), "Of bandpass, flux, phase and target, those never observed", "an MS"),
    "targets_unbracketed": Metric(("",), "Target scans not between two of a phase calibrator", "an MS"),
    "goal_sources_missing": Metric(("",), "Sources of the goal that were never a target", "an MS"),
    "goal_position_percent": Metric(
        ("%",), "Distance of a target from where the goal has it, of a dish's beam", "an MS"
    ),
    "goal_windows_missing": Metric(("",), "Windows of the goal that no spw of the targets covers", "an MS"),
    "goal_differs": Metric(("",), "Array, polarisations, channels, pointings unlike the goal's", "an MS"),
    "flag_growth_percent": Metric(
        ("%",), "Percentage points by which the step raised the flags of an antenna, spw, field or scan", ""
    ),
    "flagged_scan": Metric(("%",), "Flagged visibilities of the scan with the most", "an MS"),
    "fully_flagged": Metric(("",), "Antennas that are flagged completely: always, in a scan, in a spw", _VIS),
    "online_flagged_percent": Metric(
        ("%",), "Largest part of a scan that online flags cost an antenna", "an MS"
    ),
    "online_left_percent": Metric(("%",), "What online flags cover and is not flagged", "an MS"),
    "shadow_left_percent": Metric(("%",), "What is shadowed and not flagged, of the worst antenna", _MS),
    "flagged_antenna": Metric(("%",), "Flagged visibilities of the antenna with the most", "an MS"),
    "shadowed_percent": Metric(("%",), "Visibilities with an antenna in another's shadow", _MS),
    "n_rows": Metric(("",), "Rows of the main table", "an MS"),
    "n_scans": Metric(("",), "Scans with data", _MS),
    "n_spws": Metric(("",), "Spectral windows with data, those for science", _MS),
    "n_antennas": Metric(("",), "Antennas with data", _MS),
    "wvr_disc_um": Metric(("um",), "Largest discrepancy of a radiometer's channels", _LOG),
    "wvr_rms_um": Metric(("um",), "Largest rms of the path that a radiometer saw", _LOG),
    "wvr_outlier": Metric(("",), "Ratio of a radiometer's rms or Disc to the others'", _LOG),
    "wvr_missing": Metric(("",), "Antennas without a radiometer in use", _LOG),
    "wvr_improvement": Metric(
        ("",), "Phase rms with the WVR correction / without, of the worst antenna", _WVR
    ),
    "wvr_improvement_all": Metric(("",), "Phase rms with the WVR correction / without, typical", _WVR),
    "wvr_residual": Metric(
        ("",), "Phase rms with the WVR correction, of the worst antenna / the others", _WVR
    ),
    "wvr_interpolated": Metric(("",), "Phase rms with an interpolated WVR correction / without", _WVR),
    "syscal_spread_s": Metric(
        ("s",), "Largest difference of the antennas' times in a Tsys measurement", "an MS"
    ),
    "syscal_mended_s": Metric(("s",), "The same in the ASDM, before it was set right", "an MS"),
    "tsys_ratio": Metric(("",), "Largest ratio of an antenna's Tsys to the others'", _TSYS),
    "tsys_scan": Metric(("",), "Factor by which a Tsys is off in some scans only", _TSYS),
    "tsys_high": Metric(
        ("",), "Ratio of an antenna's Tsys to the others', in all scans and both pols", _TSYS
    ),
    "tsys_pol": Metric(("",), "Ratio of the Tsys of an antenna's polarisations, in all scans", _TSYS),
    "tsys_negative_percent": Metric(("%",), "Channels with a negative Tsys, of the worst spectrum", _TSYS),
    "tsys_ripple_percent": Metric(("%",), "Ripple in an antenna's Tsys spectrum", _TSYS),
    "tsys_spike_percent": Metric(("%",), "Spike in an antenna's Tsys spectrum", _TSYS),
    "tsys_line_percent": Metric(("%",), "Line of a source in its Tsys spectra", _TSYS),
    "tsys_missing": Metric(("",), "Sources without Tsys of their own", _TSYS),
    "tsys_scans_missing": Metric(("",), "Tsys scans without a solution", _TSYS),
    "tsys_gap_min": Metric(("min",), "Longest time from a scan of a target to its Tsys", _TSYS),
    "tsys_elevation_deg": Metric(("deg",), "Largest difference in elevation of a target and its Tsys", _TSYS),
    "tsys_unmapped": Metric(("",), "Science spws without a Tsys that covers them", _TSYS),
    "antpos_max_mm": Metric(("mm",), "Largest antenna position correction", _ANTPOS),
    "antpos_corrected": Metric(("",), "Antennas with a position correction", _ANTPOS),
    "antpos_unapplied_mm": Metric(("mm",), "Largest known position correction not applied", "an MS"),
    "solutions_flagged_percent": Metric(("%",), "Solutions that are flagged", _TABLE),
    "solutions_missing": Metric(("",), "Antennas and spws with data and no solution", _TABLE),
    "bandpass_noise_percent": Metric(
        ("%",), "Scatter of the bandpass from channel to channel, of the worst antenna", _BANDPASS
    ),
    "bandpass_phase_deg": Metric(
        ("deg",), "Rms of the bandpass phase about a line, of the worst antenna", _BANDPASS
    ),
    "bandpass_ripple_percent": Metric(
        ("%",), "Periodic swing of one antenna's bandpass that the others do not have", _BANDPASS
    ),
    "bandpass_jump_percent": Metric(("%",), "Step between two channels of one antenna's bandpass", _BANDPASS),
    "bandpass_gaps_percent": Metric(
        ("%",), "Channels without a solution of an antenna that the others have", _BANDPASS
    ),
    "window_snr_ratio": Metric(("",), "Signal to noise of a spw, as a part of the best spw's", _BANDPASS),
    "edge_falloff_percent": Metric(
        ("%",), "Channels at the edges of a spw with less than half the signal", _VIS
    ),
    "edge_unflagged_percent": Metric(
        ("%",), "Unflagged channels at the edges of a spw with less than half the signal", _VIS
    ),
    "gain_scatter_percent": Metric(
        ("%",), "Largest deviation of an amplitude gain from its antenna's median", _GAINS
    ),
    "gain_jump_deg": Metric(("deg",), "Largest phase jump of one antenna between scans", _GAINS),
    "gain_amp_jump_percent": Metric(
        ("%",), "Largest lasting step of one antenna's amplitude between scans", _GAINS
    ),
    "gain_level_percent": Metric(("%",), "By how much an antenna's gains are off the others'", _GAINS),
    "gain_field_percent": Metric(
        ("%",), "By how much an antenna's gains on one field are off those on the others", _GAINS
    ),
    "phase_stability_deg": Metric(("deg",), "Rms of an antenna's phase changes from scan to scan", _GAINS),
    "phase_scatter_deg": Metric(("deg",), "Rms of an antenna's phases within a scan", _GAINS),
    "phase_excess_deg": Metric(
        ("deg",), "Phase jumps of an antenna within a scan beyond those of the others", _GAINS
    ),
    "xy_phase_deg": Metric(("deg",), "Rms of the phase of X minus Y over the scans", _GAINS),
    "xy_amplitude_percent": Metric(("%",), "Rms of the amplitude ratio of X and Y over the scans", _GAINS),
    "reference_changes": Metric(("",), "Antennas that stood in for the reference antenna", _GAINS),
    "solution_snr": Metric(("",), "Signal to noise of the solutions of a field and spw", _GAINS),
    "narrow_window_snr": Metric(("",), "Signal to noise of the solutions in a narrow spw", _GAINS),
    "solution_snr_ratio": Metric(
        ("",), "Signal to noise of an antenna and polarisation, as a part of the median one's", _GAINS
    ),
    "scans_unsolved": Metric(("",), "Scans of an antenna with data and no solution", _GAINS),
    "solve_failed_percent": Metric(("%",), "Solutions that failed of those attempted", _TABLE),
    "flux_snr": Metric(("",), "Signal to noise of the flux densities that fluxscale found", "a field"),
    "flux_missing": Metric(("",), "Fields and spws with gains and no flux density", _GAINS),
    "flux_catalogue_percent": Metric(("%",), "By how much a flux density is off the catalogue's", "a field"),
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
        ("%",), "By how much the first or last integration of a scan is off the rest of it", _VIS
    ),
    "no_fringes_percent": Metric(("%",), "Largest part of a scan in which an antenna has no fringes", _VIS),
    "no_signal_percent": Metric(
        ("%",), "Part of a scan in which an antenna lacks the signal that it has in the other scans", _VIS
    ),
    "coherence_percent": Metric(
        ("%",), "What is left of an antenna's power from one integration to the next, the least", _VIS
    ),
    "phase_step_deg": Metric(("deg",), "Largest jump of an antenna's phase within a scan", _VIS),
    "amplitude_step_percent": Metric(("%",), "Largest jump of an antenna's amplitude within a scan", _VIS),
    "frequency_slope_percent": Metric(
        ("%",), "Change of a calibrator's amplitude across a window, of the worst antenna", _VIS
    ),
    "delay_left_deg": Metric(
        ("deg",), "Change of a calibrator's phase across a window, of the worst antenna", _VIS
    ),
    "channel_spike_percent": Metric(("%",), "Largest deviation of a channel from its neighbours", _VIS),
    "noise_antenna_ratio": Metric(("",), "Ratio of an antenna's noise, as of its Tsys, to the others'", _VIS),
    "flux_kept_percent": Metric(
        ("%",), "Flux density of a source calibrated like a target, of that by its own solutions", _VIS
    ),
    "scan_coherence_percent": Metric(
        ("%",), "Vector average of a scan / its mean amplitude, the least", _VIS
    ),
    "uv_fall_percent": Metric(
        ("%",), "Fall of the amplitude from the shortest to the longest baseline", _VIS
    ),
    "vector_flux_jy": Metric(("Jy",), "Vector average of a field: the flux density of a point", _VIS),
    "max_amplitude_jy": Metric(("Jy",), "Largest unflagged amplitude", "an MS, MS:field or MS:field:column"),
    "image_rms_jy": Metric(("Jy/beam",), "Root mean square over the whole image or cube", "an image"),
    "image_max_jy": Metric(("Jy/beam",), "Largest value of the image or cube", "an image"),
    "moment_max": Metric(_MOMENT, "Largest value of a moment map", "an image"),
    "moment_mean": Metric(_MOMENT, "Mean value of a moment map", "an image"),
}


def is_one(value: float, unit: str, limit: float | None) -> bool:
    """Return whether it is one of what there is to be none of: who it is then says it without the number."""
    return (value, unit, limit) == (1.0, "", 0.0)
