"""The metrics of visibilities, of an MS as a whole and of flags, by the names that checklists use."""

from __future__ import annotations

from typing import Dict

from . import (
    metric_array,
    metric_fields,
    metric_flags,
    metric_fringes,
    metric_import,
    metric_noise,
    metric_signal,
    metric_spectra,
    metric_steps,
    metric_visibilities,
)
from .metric_answers import Measurement

__all__ = ["DATA_METRICS"]

#: Name -> function(of, folder, results).
DATA_METRICS: Dict[str, Measurement] = {
    "n_rows": metric_array.n_rows,
    "n_scans": metric_array.n_scans,
    "n_spws": metric_array.n_spws,
    "n_antennas": metric_array.n_antennas,
    "shadowed_percent": metric_array.shadowed,
    "flagged_antenna": metric_flags.flagged_antenna,
    "flagged_scan": metric_flags.flagged_scan,
    "fully_flagged": metric_flags.fully_flagged,
    "online_flagged_percent": metric_flags.online_flagged,
    "online_left_percent": metric_flags.online_left,
    "shadow_left_percent": metric_flags.shadow_left,
    "import_missing": metric_import.import_missing,
    "rows_missing_percent": metric_import.rows_missing,
    "fields_at_zero": metric_import.fields_at_zero,
    "fields_moved": metric_fields.fields_moved,
    "pointing_only": metric_fields.pointing_only,
    "intents_missing": metric_import.intents_missing,
    "targets_unbracketed": metric_import.targets_unbracketed,
    "phase_rms_deg": metric_visibilities.phase_rms,
    "amplitude_rms_percent": metric_visibilities.amplitude_rms,
    "scan_coherence_percent": metric_visibilities.scan_coherence,
    "uv_fall_percent": metric_visibilities.uv_fall,
    "vector_flux_jy": metric_visibilities.vector_flux,
    "frequency_slope_percent": metric_spectra.frequency_slope,
    "delay_left_deg": metric_spectra.delay_left,
    "channel_spike_percent": metric_spectra.spikes,
    "noise_antenna_ratio": metric_noise.noise_antenna_ratio,
    "amplitude_antenna_ratio": metric_fringes.amplitude_antenna_ratio,
    "quack_percent": metric_fringes.quack,
    "no_fringes_percent": metric_fringes.no_fringes,
    "no_signal_percent": metric_signal.no_signal,
    "coherence_percent": metric_fringes.coherence,
    "phase_step_deg": metric_steps.phase_step,
    "amplitude_step_percent": metric_steps.amplitude_step,
}
