"""The metrics of what is known beforehand: radiometers, system temperatures, antenna positions."""

from __future__ import annotations

from typing import Dict

from . import (
    metric_antpos,
    metric_tsys,
    metric_tsys_map,
    metric_tsys_scans,
    metric_tsys_spectrum,
    metric_tsys_times,
    metric_wvr,
    metric_wvr_phases,
)
from .metric_answers import Measurement

__all__ = ["APRIORI_METRICS"]

#: Name -> function(of, folder, results).
APRIORI_METRICS: Dict[str, Measurement] = {
    "wvr_disc_um": metric_wvr.wvr_disc,
    "wvr_rms_um": metric_wvr.wvr_rms,
    "wvr_outlier": metric_wvr.wvr_outlier,
    "wvr_missing": metric_wvr.wvr_missing,
    "wvr_improvement": metric_wvr_phases.wvr_improvement,
    "wvr_improvement_all": metric_wvr_phases.wvr_improvement_all,
    "wvr_residual": metric_wvr_phases.wvr_residual,
    "wvr_interpolated": metric_wvr_phases.wvr_interpolated,
    "syscal_spread_s": metric_tsys_times.syscal_spread,
    "syscal_mended_s": metric_tsys_times.syscal_mended,
    "tsys_ratio": metric_tsys.tsys_ratio,
    "tsys_scan": metric_tsys.tsys_scan,
    "tsys_high": metric_tsys.tsys_high,
    "tsys_pol": metric_tsys.tsys_pol,
    "tsys_negative_percent": metric_tsys.tsys_negative,
    "tsys_ripple_percent": metric_tsys_spectrum.tsys_ripple,
    "tsys_spike_percent": metric_tsys_spectrum.tsys_spike,
    "tsys_line_percent": metric_tsys_spectrum.tsys_line,
    "tsys_missing": metric_tsys_scans.tsys_missing,
    "tsys_scans_missing": metric_tsys_scans.tsys_scans_missing,
    "tsys_gap_min": metric_tsys_scans.tsys_gap,
    "tsys_elevation_deg": metric_tsys_scans.tsys_elevation,
    "tsys_unmapped": metric_tsys_map.tsys_unmapped,
    "antpos_max_mm": metric_antpos.antpos_max,
    "antpos_corrected": metric_antpos.antpos_corrected,
    "antpos_unapplied_mm": metric_antpos.antpos_unapplied,
}
