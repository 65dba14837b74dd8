"""What an MS says of its scans, sources and windows, as far as system temperatures are concerned."""

from __future__ import annotations

import math
import os
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from ..flag_count import open_unlocked
from ..intents import intents_of
from ..ms_names import Names, read_names
from ..spans import Span, read_spans

__all__ = ["Observed", "Visit", "observed"]

ATMOSPHERE = "CALIBRATE_ATMOSPHERE"
#: Intent -> what its sources are called.
ROLES = {
    "OBSERVE_TARGET": "target",
    "CALIBRATE_PHASE": "phase calibrator",
    "CALIBRATE_BANDPASS": "bandpass calibrator",
    "CALIBRATE_FLUX": "flux calibrator",
    "CALIBRATE_AMPLI": "flux calibrator",
    "CALIBRATE_DIFFGAIN": "calibrator",
    "CALIBRATE_POLARIZATION": "polarisation calibrator",
    "OBSERVE_CHECK_SOURCE": "check source",
    "CALIBRATE_DELAY": "check source",
}
#: Fields nearer together than that have the same air, degrees: the pointings of a mosaic.
SAME_SKY_DEG = 0.25
LATITUDE_DEG, LONGITUDE_DEG = -23.0229, -67.7549


class Visit(NamedTuple):
    """One scan of one field, in some spws."""

    scan: int
    field: int
    role: str
    """What the source is called; empty for Tsys scans and all that is no science."""
    atmosphere: bool
    spws: Tuple[int, ...]
    start_s: float
    end_s: float


class Observed(NamedTuple):
    """What was observed, as far as Tsys is concerned."""

    fields: List[str]
    directions: Any
    """(fields, 2): right ascension and declination, rad."""
    spws: List[str]
    basebands: Any
    edges_hz: Any
    """(spws, 2)"""
    visits: List[Visit]

    def roles(self) -> Dict[int, List[str]]:
        """Field -> what it is called."""
        found: Dict[int, List[str]] = {}
        for each in self.visits:
            if each.role and each.role not in found.setdefault(each.field, []):
                found[each.field].append(each.role)
        return {field: roles for field, roles in found.items() if roles}

    def science(self) -> List[int]:
        """The spws of the science data."""
        return sorted({spw for each in self.visits if each.role for spw in each.spws})

    def apart_deg(self, one: int, other: int) -> float:
        """Distance of two fields in the sky."""
        (a, b), (c, d) = self.directions[one], self.directions[other]
        cosine = math.sin(b) * math.sin(d) + math.cos(b) * math.cos(d) * math.cos(a - c)
        return math.degrees(math.acos(min(1.0, max(-1.0, cosine))))

    def elevation_deg(self, field: int, time_s: float) -> float:
        """Elevation at the ALMA site, to some tenths of a degree."""
        days = time_s / 86400.0 - 51544.5
        sidereal = math.radians(280.46062 + 360.98564737 * days + LONGITUDE_DEG)
        ra, dec = self.directions[field]
        latitude = math.radians(LATITUDE_DEG)
        sine = math.sin(latitude) * math.sin(dec)
        sine += math.cos(latitude) * math.cos(dec) * math.cos(sidereal - ra)
        return math.degrees(math.asin(sine))

    def own(self, field: int, measured: Sequence[int]) -> List[int]:
        """Those of `measured` with the same air as `field`: itself, its name, its neighbourhood."""
        return [
            each
            for each in measured
            if self.fields[each] == self.fields[field] or self.apart_deg(each, field) < SAME_SKY_DEG
        ]

    def serving(self, field: int, measured: Sequence[int]) -> List[int]:
        """The fields whose Tsys serves `field` best: its own, else the nearest in the sky."""
        own = self.own(field, measured)
        return own or sorted(measured, key=lambda each: self.apart_deg(each, field))[:1]


_LAST: Dict[Tuple[str, float], Observed] = {}


def observed(path: str) -> Observed:
    """Read what was observed from the MS at `path`."""
    key = (path, os.path.getmtime(f"{path}/table.dat"))
    if key not in _LAST:
        names = read_names(path)
        with open_unlocked(f"{path}/FIELD") as fields:
            directions = np.array([fields.getcell("PHASE_DIR", n)[:, 0] for n in range(fields.nrows())])
        with open_unlocked(f"{path}/SPECTRAL_WINDOW") as spws:
            basebands = spws.getcol("BBC_NO") if "BBC_NO" in spws.colnames() else None
            edges = np.array([_edges(spws, n) for n in range(spws.nrows())])
        found = Observed(names.fields, directions, names.spws, basebands, edges, _visits(path, names))
        _LAST.clear()
        _LAST[key] = found
    return _LAST[key]


def _edges(spws: Any, number: int) -> Tuple[float, float]:
    channels, widths = spws.getcell("CHAN_FREQ", number), np.abs(spws.getcell("CHAN_WIDTH", number))
    ends = np.concatenate([channels - 0.5 * widths, channels + 0.5 * widths])
    return float(ends.min()), float(ends.max())


def _visits(path: str, names: Names) -> List[Visit]:
    found: Dict[Tuple[int, int], List[Span]] = {}
    for span in read_spans(path):
        found.setdefault((span.scan, span.field), []).append(span)
    return [_visit(spans, names) for _, spans in sorted(found.items())]


def _visit(spans: List[Span], names: Names) -> Visit:
    intents = {intent for each in spans for intent in intents_of(names.intent(each.state))}
    atmosphere = ATMOSPHERE in intents
    role = "" if atmosphere else next((ROLES[each] for each in ROLES if each in intents), "")
    spws = sorted({names.spw_of[each.ddid] for each in spans if names.hands_of[each.ddid]})
    return Visit(
        scan=spans[0].scan,
        field=spans[0].field,
        role=role,
        atmosphere=atmosphere,
        spws=tuple(spw for spw in spws if names.is_science(spw)),
        start_s=min(each.start_s for each in spans),
        end_s=max(each.end_s for each in spans),
    )
