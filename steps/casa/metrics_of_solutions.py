"""The metrics of bandpasses, gains and flux densities, by name."""

from __future__ import annotations

from typing import Dict

from . import (
    metric_amplitudes,
    metric_bandpass,
    metric_catalogue,
    metric_edges,
    metric_flux,
    metric_phases,
    metric_snr,
    metric_solutions,
)
from .metric_answers import Measurement

__all__ = ["SOLUTION_METRICS"]

#: Name -> function(of, folder, results).
SOLUTION_METRICS: Dict[str, Measurement] = {
    "bandpass_noise_percent": metric_bandpass.bandpass_noise,
    "bandpass_phase_deg": metric_bandpass.bandpass_phase,
    "bandpass_ripple_percent": metric_bandpass.bandpass_ripple,
    "bandpass_jump_percent": metric_bandpass.bandpass_jump,
    "bandpass_gaps_percent": metric_bandpass.bandpass_gaps,
    "window_snr_ratio": metric_bandpass.window_snr_ratio,
    "edge_falloff_percent": metric_edges.edge_falloff,
    "edge_unflagged_percent": metric_edges.edge_unflagged,
    "gain_jump_deg": metric_phases.gain_jump,
    "phase_stability_deg": metric_phases.phase_stability,
    "phase_scatter_deg": metric_phases.phase_scatter,
    "phase_excess_deg": metric_phases.phase_excess,
    "xy_phase_deg": metric_phases.xy_phase,
    "reference_changes": metric_phases.reference_changes,
    "gain_scatter_percent": metric_amplitudes.gain_scatter,
    "gain_amp_jump_percent": metric_amplitudes.gain_amp_jump,
    "gain_level_percent": metric_amplitudes.gain_level,
    "gain_field_percent": metric_amplitudes.gain_field,
    "xy_amplitude_percent": metric_amplitudes.xy_amplitude,
    "solution_snr": metric_snr.solution_snr,
    "solution_snr_ratio": metric_snr.solution_snr_ratio,
    "scans_unsolved": metric_solutions.scans_unsolved,
    "solve_failed_percent": metric_solutions.solve_failed,
    "flux_density_jy": metric_flux.flux_density,
    "flux_ratio_percent": metric_flux.flux_ratio,
    "flux_snr": metric_flux.flux_snr,
    "flux_missing": metric_flux.flux_missing,
    "flux_catalogue_percent": metric_catalogue.flux_catalogue,
}
