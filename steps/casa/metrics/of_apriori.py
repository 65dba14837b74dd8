"""The metrics of what is known beforehand: radiometers, system temperatures, antenna positions."""

from __future__ import annotations

from typing import Dict

from . import (
    antpos,
    tsys,
    tsys_map,
    tsys_scans,
    tsys_spectrum,
    tsys_times,
    wvr,
    wvr_phases,
)
from .answers import Measurement

__all__ = ["APRIORI_METRICS"]

#: Name -> function(of, folder, results).
APRIORI_METRICS: Dict[str, Measurement] = {
    "wvr_disc_um": wvr.wvr_disc,
    "wvr_rms_um": wvr.wvr_rms,
    "wvr_outlier": wvr.wvr_outlier,
    "wvr_missing": wvr.wvr_missing,
    "wvr_improvement": wvr_phases.wvr_improvement,
    "wvr_improvement_all": wvr_phases.wvr_improvement_all,
    "wvr_residual": wvr_phases.wvr_residual,
    "wvr_interpolated": wvr_phases.wvr_interpolated,
    "syscal_spread_s": tsys_times.syscal_spread,
    "syscal_mended_s": tsys_times.syscal_mended,
    "tsys_ratio": tsys.tsys_ratio,
    "tsys_scan": tsys.tsys_scan,
    "tsys_high": tsys.tsys_high,
    "tsys_pol": tsys.tsys_pol,
    "tsys_negative_percent": tsys.tsys_negative,
    "tsys_ripple_percent": tsys_spectrum.tsys_ripple,
    "tsys_spike_percent": tsys_spectrum.tsys_spike,
    "tsys_line_percent": tsys_spectrum.tsys_line,
    "tsys_missing": tsys_scans.tsys_missing,
    "tsys_scans_missing": tsys_scans.tsys_scans_missing,
    "tsys_gap_min": tsys_scans.tsys_gap,
    "tsys_elevation_deg": tsys_scans.tsys_elevation,
    "tsys_unmapped": tsys_map.tsys_unmapped,
    "antpos_max_mm": antpos.antpos_max,
    "antpos_corrected": antpos.antpos_corrected,
    "antpos_unapplied_mm": antpos.antpos_unapplied,
}
