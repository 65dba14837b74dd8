"""The metrics of bandpasses, gains and flux densities, by name."""

from __future__ import annotations

from typing import Dict

from . import (
    amplitudes,
    bandpass,
    catalogue,
    edges,
    flux,
    phases,
    snr,
    solutions,
)
from .answers import Measurement

__all__ = ["SOLUTION_METRICS"]

#: Name -> function(of, folder, results).
SOLUTION_METRICS: Dict[str, Measurement] = {
    "bandpass_noise_percent": bandpass.bandpass_noise,
    "bandpass_phase_deg": bandpass.bandpass_phase,
    "bandpass_ripple_percent": bandpass.bandpass_ripple,
    "bandpass_jump_percent": bandpass.bandpass_jump,
    "bandpass_gaps_percent": bandpass.bandpass_gaps,
    "window_snr_ratio": bandpass.window_snr_ratio,
    "edge_falloff_percent": edges.edge_falloff,
    "edge_unflagged_percent": edges.edge_unflagged,
    "gain_jump_deg": phases.gain_jump,
    "phase_stability_deg": phases.phase_stability,
    "phase_scatter_deg": phases.phase_scatter,
    "phase_excess_deg": phases.phase_excess,
    "xy_phase_deg": phases.xy_phase,
    "reference_changes": phases.reference_changes,
    "gain_scatter_percent": amplitudes.gain_scatter,
    "gain_amp_jump_percent": amplitudes.gain_amp_jump,
    "gain_level_percent": amplitudes.gain_level,
    "gain_field_percent": amplitudes.gain_field,
    "xy_amplitude_percent": amplitudes.xy_amplitude,
    "solution_snr": snr.solution_snr,
    "narrow_window_snr": snr.narrow_window_snr,
    "solution_snr_ratio": snr.solution_snr_ratio,
    "scans_unsolved": solutions.scans_unsolved,
    "solve_failed_percent": solutions.solve_failed,
    "flux_density_jy": flux.flux_density,
    "flux_ratio_percent": flux.flux_ratio,
    "flux_snr": flux.flux_snr,
    "flux_missing": flux.flux_missing,
    "flux_catalogue_percent": catalogue.flux_catalogue,
}
