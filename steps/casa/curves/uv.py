"""The uv coverage of each field, and where the antennas stand."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import numpy as np

from ...errors import UsageError
from ..flag_count import open_unlocked
from .frames import Axis, Curve, Frame, answer_of
from .ms import Selection, select, sub_table
from .request import PLOTS, Request, chosen
from .vis_read import CHUNK_BYTES

__all__ = ["array", "east_north_m", "uv"]

#: Half axis and square of the eccentricity of the Earth (WGS 84).
EARTH_M, ECCENTRICITY2 = 6378137.0, 6.69437999014e-3


def uv(request: Request) -> Dict[str, Any]:
    """Return u and v in metres of all baselines that have an unflagged visibility, field by field.

    Each integration of one spw counts, and both halves of the plane: the other one is the same baseline
    seen from its other end. What is flagged in that spw is left out, and counted as flagged.
    """
    selection = select(request)
    frames = []
    for name, ddids in _fields(selection).items():
        frame = _frame(selection, name, ddids)
        if frame is not None:
            frames.append(frame)
    if not frames:
        raise UsageError("has no cross-correlations of these", selection.table, "Name other spws or fields.")
    axes = Axis("u", "u", "m"), Axis("v", "v", "m")
    choices = {**selection.choices(), "x": ["u"], "y": ["v"], "plot": list(PLOTS)}
    return answer_of(request, selection.table, "uv coverage", axes, frames, equal=True, choices=choices)


def _fields(selection: Selection) -> Dict[str, List[Tuple[int, int, int]]]:
    """Name of a field -> for each of its scans the field, the scan, and its first data description."""
    found: Dict[str, Dict[Tuple[int, int], int]] = {}
    for ddid, field, scan, _ in sorted(selection.there[:, selection.wanted].T.tolist()):
        if len(selection.names.correlations[ddid]) == 1 and selection.names.correlations[ddid] == ["I"]:
            continue  # a radiometer has no baselines
        found.setdefault(selection.names.fields[field], {}).setdefault((field, scan), ddid)
    return {name: [(*key, ddid) for key, ddid in scans.items()] for name, scans in found.items()}


def _frame(selection: Selection, name: str, scans: List[Tuple[int, int, int]]) -> Any:
    columns: List[Any] = []
    with open_unlocked(selection.path) as main:
        for ddid in sorted({ddid for _, _, ddid in scans}):
            fields = sorted({field for field, _, each in scans if each == ddid})
            numbers = sorted({scan for _, scan, each in scans if each == ddid})
            words = f"DATA_DESC_ID=={ddid} AND FIELD_ID IN {fields} AND SCAN_NUMBER IN {numbers}"
            part = main.query(f"{words} AND ANTENNA1!=ANTENNA2")
            try:
                columns += _read(part)
            finally:
                part.close()
    if not columns:
        return None
    one, other, scan, time_s, u, v = np.concatenate(columns, axis=1)
    names = selection.names.antennas
    asked = chosen("antenna", selection.request.antenna, dict(enumerate(names)), selection.table)
    mine = np.isin(one, asked) | np.isin(other, asked)
    one, other, scan, time_s, u, v = (each[mine] for each in (one, other, scan, time_s, u, v))
    length = np.hypot(u, v)[np.isfinite(u)]
    pairs = [f"{names[int(a)]}&{names[int(b)]}" for a, b in zip(one, other)]  # noqa: B905  # Python 3.8
    both = Curve(
        np.concatenate([u, -u]), np.concatenate([v, -v]), antenna=pairs + pairs, field=name,
        scan=np.tile(scan.astype(int), 2), time_s=np.tile(time_s, 2),
    )  # fmt: skip
    note = f"{length.min():.0f} to {length.max():.0f} m" if len(length) else "all flagged"
    return Frame([both], field=name, note=note)


def _read(part: Any) -> List[Any]:
    """Numbers (6, rows) of each chunk: antennas, scan, time, u and v, these NaN where all is flagged."""
    found = []
    step = max(1, CHUNK_BYTES // max(1, part.getcell("FLAG", 0).size)) if part.nrows() else 1
    for start in range(0, part.nrows(), step):
        count = min(step, part.nrows() - start)
        gone = part.getcol("FLAG", start, count).all(axis=(0, 1)) | part.getcol("FLAG_ROW", start, count)
        small = [part.getcol(name, start, count) for name in ("ANTENNA1", "ANTENNA2", "SCAN_NUMBER", "TIME")]
        found.append(np.stack([*small, *np.where(gone, np.nan, part.getcol("UVW", start, count)[:2])]))
    return found


def array(request: Request) -> Dict[str, Any]:
    """Return how far each antenna stands east and north of the middle of the array, metres."""
    selection = select(request)
    names = selection.names.antennas
    with sub_table(selection.path, "ANTENNA") as table:
        position = table.getcol("POSITION")
        stations = [str(each) for each in table.getcol("STATION")]
    asked = chosen("antenna", request.antenna, dict(enumerate(names)), selection.table)
    east, north = east_north_m(position)
    curves = [
        Curve(east[[n]], north[[n]], antenna=names[n], label=f"{names[n]} on {stations[n]}", caption=names[n])
        for n in asked
    ]
    apart = np.hypot(east[:, None] - east, north[:, None] - north)[np.triu_indices(len(names), 1)]
    note = f"{apart.min():.0f} to {apart.max():.0f} m apart" if len(apart) else ""
    axes = Axis("east", "east", "m"), Axis("north", "north", "m")
    frame = Frame(curves, label="the antennas", note=note)
    choices = {**selection.choices(), "x": ["east"], "y": ["north"], "plot": list(PLOTS)}
    return answer_of(request, selection.table, "array", axes, [frame], equal=True, choices=choices)


def east_north_m(position: Any) -> Tuple[Any, Any]:
    """Return east and north of the median antenna, metres, of geocentric positions (3, n), metres."""
    x, y, z = np.median(position, axis=1)
    longitude, across = np.arctan2(y, x), np.hypot(x, y)
    latitude = np.arctan2(z, across * (1.0 - ECCENTRICITY2))
    for _ in range(3):  # from geocentric to geodetic: converges by the square of the eccentricity
        curve = EARTH_M / np.sqrt(1.0 - ECCENTRICITY2 * np.sin(latitude) ** 2)
        latitude = np.arctan2(z + ECCENTRICITY2 * curve * np.sin(latitude), across)
    dx, dy, dz = position - np.array([x, y, z])[:, None]
    east = -np.sin(longitude) * dx + np.cos(longitude) * dy
    outward = np.cos(longitude) * dx + np.sin(longitude) * dy
    return east, np.cos(latitude) * dz - np.sin(latitude) * outward
