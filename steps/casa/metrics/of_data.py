"""The metrics of visibilities, of an MS as a whole and of flags, by the names that checklists use."""

from __future__ import annotations

from typing import Dict

from . import (
    array,
    coherence,
    fields,
    flags,
    fringes,
    imported,
    kept,
    noise,
    signal,
    spectra,
    steps,
    visibilities,
)
from .answers import Measurement

__all__ = ["DATA_METRICS"]

#: Name -> function(of, folder, results).
DATA_METRICS: Dict[str, Measurement] = {
    "n_rows": array.n_rows,
    "n_scans": array.n_scans,
    "n_spws": array.n_spws,
    "n_antennas": array.n_antennas,
    "shadowed_percent": array.shadowed,
    "flagged_antenna": flags.flagged_antenna,
    "flagged_scan": flags.flagged_scan,
    "fully_flagged": flags.fully_flagged,
    "online_flagged_percent": flags.online_flagged,
    "online_left_percent": flags.online_left,
    "shadow_left_percent": flags.shadow_left,
    "import_missing": imported.import_missing,
    "rows_missing_percent": imported.rows_missing,
    "fields_at_zero": imported.fields_at_zero,
    "fields_moved": fields.fields_moved,
    "pointing_only": fields.pointing_only,
    "intents_missing": imported.intents_missing,
    "targets_unbracketed": imported.targets_unbracketed,
    "phase_rms_deg": visibilities.phase_rms,
    "amplitude_rms_percent": visibilities.amplitude_rms,
    "flux_kept_percent": kept.flux_kept,
    "scan_coherence_percent": visibilities.scan_coherence,
    "uv_fall_percent": visibilities.uv_fall,
    "vector_flux_jy": visibilities.vector_flux,
    "frequency_slope_percent": spectra.frequency_slope,
    "delay_left_deg": spectra.delay_left,
    "channel_spike_percent": spectra.spikes,
    "noise_antenna_ratio": noise.noise_antenna_ratio,
    "amplitude_antenna_ratio": fringes.amplitude_antenna_ratio,
    "quack_percent": fringes.quack,
    "no_fringes_percent": fringes.no_fringes,
    "no_signal_percent": signal.no_signal,
    "coherence_percent": coherence.coherence,
    "phase_step_deg": steps.phase_step,
    "amplitude_step_percent": steps.amplitude_step,
}
