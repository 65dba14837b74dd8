"""What the data were made from: truth.json, and the antenna positions as a service would correct them."""

from __future__ import annotations

import csv
import io
import math
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from .catalogue import REFERENCE_HZ, Cast, Quasar
from .conditions import Conditions
from .damage import Defect
from .defects import CURES
from .heavens import azimuth_elevation
from .model import Antenna, Scan
from .options import Options
from .signals import Scene
from .sky import describe
from .spectrum import LINES_HZ, centre_hz
from .stamp import utc

__all__ = ["antennapos_csv", "block_truth", "mous_truth"]

VERSION = 1


def mous_truth(
    options: Options,
    cast: Cast,
    antennas: Sequence[Antenna],
    offsets_m: Any,
    uids: Dict[str, str],
    blocks: Sequence[Dict[str, Any]],
) -> Dict[str, Any]:
    """Return the content of truth.json.

    Parameters
    ----------
    uids : dict
        mous, project, sb_name.
    blocks : sequence
        What `block_truth` returned for each block.
    """
    roles = {"bandpass": cast.bandpass, "phase": cast.phase, "check": cast.check}
    if "pointing-quasar" in options.defects:
        roles["pointing"] = cast.pointing
    return {
        "version": VERSION,
        "seed": options.seed,
        "array": options.array,
        "band": options.band,
        **uids,
        "defects_asked": list(options.defects),
        "sources": {quasar.name: _quasar(role, quasar) for role, quasar in roles.items()},
        "antenna_offsets_m": {
            antenna.name: [float(x) for x in offset]
            for antenna, offset in zip(antennas, offsets_m)  # noqa: B905
            if np.any(offset != 0.0)
        },
        "blocks": list(blocks),
    }


def _quasar(role: str, quasar: Quasar) -> Dict[str, Any]:
    return {
        "role": role,
        "ra_deg": math.degrees(quasar.ra_rad),
        "dec_deg": math.degrees(quasar.dec_rad),
        "jy": quasar.jy,
        "at_hz": REFERENCE_HZ,
        "spectral_index": quasar.index,
        "catalogue_over_true": 1.0 + quasar.known_error,
    }


def block_truth(uid: str, scene: Scene, given: Conditions, scans: Sequence[Scan]) -> Dict[str, Any]:
    """Return what truth.json says about one block; flux densities are at the middles of the windows."""
    cast, names = scene.cast, {scan.source for scan in scans}
    windows = [window for window in scene.spectrum.windows if window.kind != "wvr"]
    quasars = [each for each in (cast.bandpass, cast.phase, cast.check, cast.pointing) if each.name in names]
    touched = sorted({defect.antenna for defect in scene.damage.defects if defect.antenna})
    return {
        "uid": uid,
        "start_utc": utc(scene.start_s),
        "pwv_mm": given.pwv_mm,
        "water_rms_mm_over_200m": given.water_rms_mm,
        "doppler": scene.doppler,
        "antennas": [antenna.name for antenna in scene.antennas],
        "not_as_reference": touched,
        "elevation_deg": _elevations(scene, scans),
        "spws": {
            str(window.number): {"name": window.name, "centre_hz": centre_hz(window), "kind": window.kind}
            for window in windows
        },
        "science_spws": list(scene.spectrum.science.windows),
        "flux_jy": {
            quasar.name: {str(window.number): quasar.flux_jy(centre_hz(window)) for window in windows}
            for quasar in quasars
        },
        "target": _target(scene),
        "defects": [_defect(defect) for defect in scene.damage.defects],
    }


def _target(scene: Scene) -> Dict[str, Any]:
    cast = scene.cast
    lines = LINES_HZ[scene.band] if any(component.line_jy for component in scene.components) else ()
    return {
        "name": cast.target_name,
        "ra_deg": math.degrees(cast.target_ra_rad),
        "dec_deg": math.degrees(cast.target_dec_rad),
        "velocity_lsrk_km_s": cast.velocity_km_s,
        "lines_rest_hz": list(lines),
        "lines_sky_hz": [hz * scene.doppler for hz in lines],
        "components": describe(scene.components),
    }


def _defect(defect: Defect) -> Dict[str, Any]:
    step, cure = CURES[defect.name]
    return {
        "name": defect.name,
        "what": defect.what,
        "antenna": defect.antenna,
        "polarisation": defect.polarisation,
        "spws": list(defect.spws),
        "scans": list(defect.scans),
        "value": defect.value,
        "unit": defect.unit,
        "step": step,
        "cure": cure,
    }


def _elevations(scene: Scene, scans: Sequence[Scan]) -> Dict[str, Tuple[float, float]]:
    """Least and greatest elevation of each source, degrees."""
    found: Dict[str, List[float]] = {}
    for scan in scans:
        for subscan in scan.subscans:
            times = np.array([subscan.start_s, subscan.end_s]) - scene.start_s
            elevation = azimuth_elevation(scene.direction(subscan.field, times))[1]
            found.setdefault(scan.source, []).extend(float(x) for x in np.degrees(elevation))
    return {name: (round(min(values), 2), round(max(values), 2)) for name, values in found.items()}


def antennapos_csv(uids: Sequence[str], antennas: Sequence[Antenna], offsets_m: Any) -> str:
    """Return antennapos.csv as the ALMA pipeline writes it; "" where every antenna stands where it should."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = 0
    writer.writerow(["ms", "antenna", "xoff", "yoff", "zoff", "comment"])
    for uid in uids:
        for antenna, offset in zip(antennas, offsets_m):  # noqa: B905
            if np.any(offset != 0.0):
                numbers = [f"{float(x):.6e}" for x in offset]
                writer.writerow([f"{uid}.ms", antenna.name, *numbers, "casapilot simulate"])
                rows += 1
    return text.getvalue() if rows else ""
