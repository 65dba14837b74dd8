"""What the correction for water vapour does: phases of the bandpass calibrator before and after it."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from ...errors import CasaError, UsageError
from ..caltable import Block, CalTable, read_caltable
from ..flag_count import open_unlocked
from ..metrics.answers import quiet_median
from .frames import Axis, Curve, Frame, answer_of, day_of
from .ms import Selection, select
from .request import AXES, PLOTS, QUANTITIES, Request, chosen
from .vis_read import Means, mean_of, read_means, sums_by

__all__ = ["wvr"]

LIGHT_M_S = 299792458.0
INTENT = "BANDPASS"
RESIDUAL_DEG = 10.0
"""Rms worth a look where the other antennas have less than half of it: it costs 1.5 % of the amplitude."""
TIMES = 2.0
MEDIAN_OF_GAUSS = 0.6745
STEP_UM = 100.0
"""Rms of the steps from one time to the next, against the others', worth a look: 36 degrees at 300 GHz."""
STEP_TIMES = 4.0


def wvr(request: Request) -> Dict[str, Any]:
    """Return phases before and after the table is applied, antenna by antenna; or the path of the table.

    Raises
    ------
    CasaError
        There is no WVR table beside the MS, or no MS beside the table.
    UsageError
        The MS has nothing of what is asked for.
    """
    ms, table = _both(request.table)
    if request.y == "path":
        return _path(request, table)
    return _phases(request._replace(table=ms, intent=request.intent or (INTENT,)), table)


def _both(path: str) -> Tuple[str, CalTable]:
    folder, name = os.path.split(os.path.abspath(path))
    if os.path.isdir(os.path.join(path, "DATA_DESCRIPTION")):
        if not os.path.isdir(f"{path}.wvr"):
            raise CasaError("has no WVR table beside it", name, f"Run the step that makes {name}.wvr first.")
        return path, read_caltable(folder, f"{name}.wvr")
    table = read_caltable(folder, name)
    if not np.iscomplexobj(table.blocks[0].values) or table.blocks[0].values.shape[1] != 1:
        raise CasaError("is no WVR table", name, "Name the one that wvrgcal made, or its MS.")
    return table.ms, table


def _phases(request: Request, table: CalTable) -> Dict[str, Any]:
    if not os.path.isdir(request.table):
        raise CasaError("the MS of the table is not there", request.table, "The raw data are needed for it.")
    selection = select(request)
    blocks = {block.spw: block for block in table.blocks}
    frames: List[Frame] = []
    origin = 0.0
    for means in _one_spw(selection, blocks):
        origin = day_of(float(means.time_s.min()))
        frames += _frames(selection, means, blocks[means.spw], origin)
    if not frames:
        raise UsageError(
            "has no baselines of these that the WVR table knows", selection.table, "Name another spw."
        )
    before, after = (
        np.median([getattr(each, name) for each in _all_rms(frames)]) for name in ("before", "after")
    )
    frames = _scored(frames)
    asked = chosen("antenna", request.antenna, dict(enumerate(selection.names.antennas)), selection.table)
    names = [selection.names.antennas[n] for n in asked]
    axes = Axis("time", "UTC"), Axis("phase", "phase to the others", "deg")
    choices = {
        **selection.choices(),
        "x": list(AXES["wvr"]),
        "y": list(QUANTITIES["wvr"]),
        "plot": list(PLOTS),
    }
    return answer_of(
        request, selection.table, f"WVR: {table.name}", axes, [f for f in frames if f.antenna in names],
        origin_s=origin, choices=choices, legend={"b": "before", "a": "after"},
        words=f"median rms of baselines: {before:.1f} deg before, {after:.1f} after",
    )  # fmt: skip


def _one_spw(selection: Selection, blocks: Dict[int, Block]) -> Iterator[Means]:
    """The spws that are asked for, or the first that the table knows: the path is the same for all."""
    known = [ddid for ddid in selection.ddids if selection.spw(ddid) in blocks]
    if selection.request.spw:
        wanted = known
    else:
        wanted = [d for d in known if selection.names.correlations[d] != ["I"]][:1]
    keep = selection.wanted & np.isin(selection.there[0], wanted)
    if keep.any():
        yield from read_means(selection._replace(wanted=keep), "DATA")


class _Rms(NamedTuple):
    before: float
    after: float


def _all_rms(frames: List[Frame]) -> List[_Rms]:
    return [_Rms(float(frame.curves[0].score), float(frame.curves[1].score)) for frame in frames]


def _frames(selection: Selection, means: Means, block: Block, origin: float) -> Iterator[Frame]:
    """A panel for each antenna; the scores of its curves are rms until `_scored`."""
    turn = np.exp(-1j * (_at(block, means.one, means.time_s) - _at(block, means.other, means.time_s)))
    before, after = _steady(means, means.values), _steady(means, means.values * turn)
    rms = [_antenna_rms(means, values) for values in (before, after)]
    for antenna in sorted(set(means.one.tolist()) | set(means.other.tolist())):
        times, scans, fields, seen = _of_antenna(means, antenna, before, after)
        name = selection.names.antennas[antenna]
        small = {
            "spw": means.spw, "antenna": name, "scan": scans, "time_s": times,
            "field": [selection.names.fields[n] for n in fields.tolist()],
        }  # fmt: skip
        curves = [
            Curve(
                times - origin,
                np.degrees(np.angle(values)),
                label=label,
                sign=label[0],
                score=each[antenna],
                **small,
            )
            for label, values, each in zip(("before", "after"), seen, rms)  # noqa: B905  # Python 3.8
        ]
        if np.isfinite([curve.score for curve in curves]).all():
            yield Frame(curves, antenna=name, spw=means.spw)


def _at(block: Block, antennas: Any, times: Any) -> Any:
    """Phases of the table, radians, of antennas at times: the nearest solution; NaN where it has none."""
    found = np.full(len(times), np.nan)
    phases = np.where(block.flags[0, 0], np.nan, np.angle(block.values[0, 0]))
    for antenna in np.unique(antennas).tolist():
        mine = np.flatnonzero((block.antenna == antenna) & np.isfinite(phases))
        rows = antennas == antenna
        if not len(mine):
            continue
        mine = mine[np.argsort(block.time_s[mine])]
        known = block.time_s[mine]
        middles = 0.5 * (known[1:] + known[:-1])
        found[rows] = phases[mine][np.searchsorted(middles, times[rows])]
    return found


def _steady(means: Means, values: Any) -> Any:
    """Each baseline's vectors with the mean phase of each scan and polarisation taken out, and these added.

    Returns
    -------
    array, complex (rows)
    """
    keys = np.stack([means.scan, means.one, means.other])
    _, inverse = np.unique(keys, axis=1, return_inverse=True)
    inverse = inverse.ravel()
    size = int(inverse.max()) + 1
    total = np.zeros(len(inverse), complex)
    count = np.zeros(len(inverse))
    for each in values:
        good = np.isfinite(each)
        kept = np.where(good, each, 0.0)
        total += kept * np.exp(-1j * np.angle(sums_by(kept, inverse, size)))[inverse]
        count += good
    return mean_of(total, count)


def _antenna_rms(means: Means, values: Any) -> Dict[int, float]:
    """Antenna -> the median over its baselines of the rms of the phase within scans, degrees."""
    keys, inverse = np.unique(np.stack([means.scan, means.one, means.other]), axis=1, return_inverse=True)
    inverse = inverse.ravel()
    phases = np.angle(values) ** 2
    good = np.isfinite(phases)
    count = np.bincount(inverse, good, keys.shape[1])
    mean = mean_of(
        np.bincount(inverse, np.where(good, phases, 0.0), keys.shape[1]), np.where(count > 1, count, 0)
    )
    rms = np.degrees(np.sqrt(mean))
    antennas = sorted(set(means.one.tolist()) | set(means.other.tolist()))
    return {n: float(quiet_median(rms[(keys[1] == n) | (keys[2] == n)], None)) for n in antennas}


def _of_antenna(means: Means, antenna: int, *values: Any) -> Tuple[Any, Any, Any, List[Any]]:
    """Times, scans, fields, and for each of `values` the vectors of the antenna, added over its baselines."""
    first, second = means.one == antenna, means.other == antenna
    mine = first | second
    times, index, inverse = np.unique(means.time_s[mine], return_index=True, return_inverse=True)
    seen = []
    for each in values:
        vectors = np.where(second, each.conj(), each)[mine]
        kept = np.where(np.isfinite(vectors), vectors, 0.0)
        total = np.bincount(inverse.ravel(), kept.real, len(times)) * (1.0 + 0.0j)
        total += 1j * np.bincount(inverse.ravel(), kept.imag, len(times))
        seen.append(np.where(total != 0.0, total, np.nan))
    return times, means.scan[mine][index], means.field[mine][index], seen


def _scored(frames: List[Frame]) -> List[Frame]:
    """Those whose phases are left worse than the others' by so much stand out; the title tells both rms."""
    rms = _all_rms(frames)
    limit = max(RESIDUAL_DEG, TIMES * float(np.median([each.after for each in rms])))
    found = []
    for frame, each in zip(frames, rms):  # noqa: B905  # Python 3.8
        curves = [curve._replace(score=0.0) for curve in frame.curves]
        note = f"{each.before:.1f} -> {each.after:.1f} deg rms"
        found.append(frame._replace(curves=curves, score=each.after / limit, note=note))
    return found


def _path(request: Request, table: CalTable) -> Dict[str, Any]:
    """The path that the table takes out, micrometres, against the median of the antennas at each time."""
    block = table.blocks[0]
    hertz = _hertz(request, table, block.spw)
    times, when = np.unique(block.time_s, return_inverse=True)
    phases = np.full((int(block.antenna.max()) + 1, len(times)), np.nan)
    phases[block.antenna, when.ravel()] = np.where(block.flags[0, 0], np.nan, np.angle(block.values[0, 0]))
    micrometres = 1e6 * LIGHT_M_S / (2.0 * np.pi * hertz) * _unwrapped(phases)
    micrometres -= quiet_median(micrometres, 1)[:, None]
    own = micrometres - quiet_median(micrometres, 0)
    # Not the path itself: it differs more the further apart antennas are, and is taken out all the same.
    steps = np.diff(own, axis=1)
    rms = quiet_median(np.abs(steps), 1) / MEDIAN_OF_GAUSS
    limit = max(STEP_UM, STEP_TIMES * float(np.nanmedian(rms)))
    origin = day_of(float(times[0]))
    asked = chosen("antenna", request.antenna, dict(enumerate(table.antennas)), table.name)
    behind = (times - origin, quiet_median(micrometres, 0))
    frames = [
        Frame(
            [Curve(times - origin, micrometres[n], block.spw, antenna=table.antennas[n], time_s=times)],
            antenna=table.antennas[n], score=float(rms[n] / limit), behind=behind,
            note=f"steps of {rms[n]:.0f} um rms",
        )
        for n in asked if n < len(rms) and np.isfinite(rms[n])
    ]  # fmt: skip
    if not frames:
        raise UsageError("has no unflagged solution of these", table.name)
    axes = Axis("time", "UTC"), Axis("path", "path of water", "um")
    choices = {
        "antenna": table.antennas, "x": list(AXES["wvr"]), "y": list(QUANTITIES["wvr"]), "plot": list(PLOTS)
    }  # fmt: skip
    return answer_of(request, table.name, table.kind, axes, frames, origin_s=origin, choices=choices)


def _unwrapped(phases: Any) -> Any:
    """Phases (antennas, times) without turns, over the times that each has."""
    whole = np.full(phases.shape, np.nan)
    for row, phase in enumerate(phases):
        good = np.isfinite(phase)
        whole[row, good] = np.unwrap(phase[good])
    return whole


def _hertz(request: Request, table: CalTable, spw: int) -> float:
    path = (
        request.table
        if not os.path.isdir(os.path.join(request.table, "DATA_DESCRIPTION"))
        else f"{request.table}.wvr"
    )
    with open_unlocked(os.path.join(path, "SPECTRAL_WINDOW")) as windows:
        hertz = float(np.mean(windows.getcell("CHAN_FREQ", spw)))
    if hertz <= 0.0:
        raise CasaError(f"does not know the frequency of spw {spw}", table.name)
    return hertz
