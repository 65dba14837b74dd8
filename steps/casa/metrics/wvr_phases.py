"""What the WVR correction does to the phases of the calibrators, antenna by antenna."""

from __future__ import annotations

import os
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from ...errors import CasaError
from ..air import by_chance
from ..caltable import Block, CalTable, read_caltable
from ..ms_names import read_names
from .answers import Answer, NothingToTell, Offender, Place, Results, existing, most, quiet_mean, quiet_median
from .wvr import radiometers
from .wvr_scans import LEAST_INTEGRATIONS, calibrator_scans

__all__ = [
    "Phases",
    "measured",
    "wvr_improvement",
    "wvr_improvement_all",
    "wvr_interpolated",
    "wvr_residual",
]

#: Phases below that are good as they are, deg: 5 degrees cost 0.4 % of the amplitude.
GOOD_DEG = 5.0
#: Where noise alone scatters the phases more, in rad^2, they wrap: nothing can be followed (40 deg).
LOST_RAD2 = 0.5
#: Of an antenna whose phases step by more from one integration to the next (64 deg as differences) nobody
#: knows which turn they are in. That is without the correction: it is not put to the radiometer.
LOST_DEG = 45.0
UNFOLLOWED = "phases turn too far from one integration to the next to be followed"
#: Without the correction, this times the median of the antennas is more than the air does.
OWN = 1.5


class Phases(NamedTuple):
    """Rms of the phases on the baselines of each antenna, deg; NaN where there are none."""

    antennas: List[str]
    before_deg: Any
    after_deg: Any
    jitter_deg: Any
    """Without the correction, from one integration to the next: what is too fast to be air."""
    count: Any
    """How many independent numbers the rms with the correction is made of: what is slow repeats itself."""
    floor_deg: Any
    """Added in quadrature before two of them are compared: 5 degrees, and what noise may make of nothing."""


def wvr_improvement(of: str, folder: str, results: Results) -> Answer:
    """Largest ratio of an antenna's phase rms with the WVR correction to that without.

    `of` is the WVR caltable; the phases are those of the MS it was made of, on scans of the bandpass and
    phase calibrators (`measured`). The rms of an antenna is the median over its baselines, of all scans
    together; 5 degrees (more where the calibrator is weak) are added to both in quadrature, since below that
    nothing is to be improved. Above 1 it is worse with the correction: analysisUtils marks such antennas NI,
    the ALMA pipeline does not apply it (reference alma-reduction 4.2). Where most are worse it is not the
    radiometers (`wvr_improvement_all`): then the ratio is held against the median of the antennas. Those with
    a flagged radiometer are left to `wvr_interpolated`.
    """
    phases, interpolated = _measured(of, folder, results)
    found = _ratios(phases, phases.before_deg, interpolated, own=True)
    if not found:
        raise NothingToTell(UNFOLLOWED, of)
    usual = max(1.0, float(np.median([each.value for each in found])))
    return most([each._replace(value=each.value / usual) for each in found], "", of, digits=2)


def wvr_interpolated(of: str, folder: str, results: Results) -> Answer:
    """The same ratio, of the antennas whose correction is interpolated as their radiometer is flagged."""
    phases, interpolated = _measured(of, folder, results)
    found = _ratios(phases, phases.before_deg, interpolated, own=False)
    return most(found, "", of, digits=2) if found else Answer(0.0, "", "no correction is interpolated")


def wvr_residual(of: str, folder: str, results: Results) -> Answer:
    """Largest ratio of an antenna's phase rms with the WVR correction to that of the others.

    `of` as for the improvement. What a good radiometer leaves (dry air, its own calibration) is a part of
    what there was: of an antenna far away, which has more air, as much more is expected. Where an antenna is
    much worse than the others without the correction too (1.5 times, or by phases that jump from one
    integration to the next), that is not put to its radiometer: as much is allowed for. 5 degrees are added
    to both in quadrature; what chance makes of a few minutes of slow air is told as 1. A radiometer that
    makes its antenna better, but not as good as the others, is somewhat sick (analysisUtils lists the
    outliers of rms_after/rms_before; reference alma-reduction 2.3).
    """
    phases, interpolated = _measured(of, folder, results)
    usual_before, usual, usual_jitter = (
        float(quiet_median(each, 0)) for each in (phases.before_deg, phases.after_deg, phases.jitter_deg)
    )
    excess = np.where(phases.before_deg > OWN * usual_before, phases.before_deg**2 - usual_before**2, 0.0)
    jitter = np.where(phases.jitter_deg > OWN * usual_jitter, phases.jitter_deg**2 - usual_jitter**2, 0.0)
    excess = np.fmax(excess, jitter)
    with np.errstate(all="ignore"):
        more = np.fmax(1.0, np.minimum(OWN, phases.before_deg / usual_before))
    expected = np.sqrt((usual * more) ** 2 + excess)
    found = _ratios(phases, expected, interpolated, own=True, against="others")
    if not found:
        raise NothingToTell(UNFOLLOWED, of)
    return most([_beyond_chance(each, phases) for each in found], "", of, digits=2)


def _beyond_chance(each: Offender, phases: Phases) -> Offender:
    """The same, 1 where so few numbers may come to it by chance."""
    count = phases.count[phases.antennas.index(each.place.antenna)]
    by = float(np.sqrt(by_chance(count)))
    return each if each.value > by else each._replace(value=min(1.0, each.value))


def wvr_improvement_all(of: str, folder: str, results: Results) -> Answer:
    """Median over the antennas of the ratio of the phase rms with the WVR correction to that without.

    `of` as for the improvement. Above 1 it was no single radiometer: clouds, or nothing to correct (below
    0.5 mm of water); then it is not applied, or remove_cloud comes first (reference alma-reduction 4.2).
    """
    phases, interpolated = _measured(of, folder, results)
    found = _ratios(phases, phases.before_deg, interpolated, own=True)
    if not found:
        raise NothingToTell(UNFOLLOWED, of)
    middle = float(np.median([each.value for each in found]))
    before, after = (float(quiet_median(each, 0)) for each in (phases.before_deg, phases.after_deg))
    text = f"typical rms of the phases {before:.1f} deg without, {after:.1f} deg with the correction"
    return Answer(middle, "", text, [Offender(middle, text)])


def _ratios(
    phases: Phases, basis_deg: Any, interpolated: Sequence[str], *, own: bool, against: str = "before"
) -> List[Offender]:
    """How much worse `after` is than a basis; of antennas with a radiometer of their own, or without."""
    found = []
    for n, name in enumerate(phases.antennas):
        before, after, basis = phases.before_deg[n], phases.after_deg[n], basis_deg[n]
        followed = np.isfinite(before + after + basis) and phases.jitter_deg[n] < LOST_DEG
        if (name in interpolated) != own and followed:
            ratio = float(np.hypot(after, phases.floor_deg[n]) / np.hypot(basis, phases.floor_deg[n]))
            usual = "" if against == "before" else f", {basis:.0f} as the others"
            found.append(Offender(ratio, f"{name} {before:.0f} to {after:.0f} deg{usual}:", Place(name)))
    return found


def _measured(of: str, folder: str, results: Results) -> Tuple[Phases, List[str]]:
    """The phases, and which antennas have no radiometer in use, as far as the log beside the table says."""
    path = existing(folder, of)
    key = (path, _stamp(path), _stamp(f"{path[: -len('.wvr')]}") if path.endswith(".wvr") else 0)
    if key not in _LAST:
        found = measured(read_caltable(folder, of, "T Jones", "G Jones"))
        _LAST.clear()
        _LAST[key] = found
    try:
        interpolated = [each.name for each in radiometers(f"{of}gcal", folder, results) if not each.used]
    except CasaError:
        interpolated = []
    return _LAST[key], interpolated


_LAST: Dict[Tuple[str, int, int], Phases] = {}
"""What was measured last: the metrics of one item want the same."""


def _stamp(path: str) -> int:
    """When a file of a table was last written, ns; 0 where there is no table."""
    if not os.path.isdir(path):
        return 0
    return max((each.stat().st_mtime_ns for each in os.scandir(path)), default=0)


def measured(table: CalTable) -> Phases:
    """Return the phases of the calibrators without and with a WVR table.

    Of the scans of bandpass and phase calibrators, in the science spw with the widest band:
    cross-correlations are averaged over channels, each brought to phase 0 by its mean over the scan. What X
    and Y have in common is atmosphere (and electronics), what they have not is noise: the variance is the
    covariance of their phases.

    Parameters
    ----------
    table : CalTable
        Solutions of wvrgcal. The MS they were made of must still be there; where its data are not (a lazy MS
        whose ASDM is gone), the corrected ones are taken and the correction taken out of them.

    Raises
    ------
    CasaError
        There is no MS, or no scan of a calibrator in it.
    """
    if not os.path.isdir(table.ms):
        raise CasaError("the MS it was made of is gone", table.name, "Import the ASDM again.")
    names = read_names(table.ms)
    count = len(names.antennas)
    sums = np.zeros((5, count, count))
    weights = np.zeros((count, count))
    for scan, block, corrected in calibrator_scans(table, names):
        gains = _gains(block, scan.times_s, count)
        turned = scan.values * np.conj(gains[:, :, None] * np.conj(gains[:, None, :]))
        other = scan.values * gains[:, :, None] * np.conj(gains[:, None, :])
        pair = (other, scan.values) if corrected else (scan.values, turned)
        variances = [_variance(pair[0])[0], *_variance(pair[1]), _jitter(pair[0]), _jitter(pair[1])]
        good = np.isfinite(variances[0] + variances[1]) & (variances[2] < LOST_RAD2)
        number = len(scan.times_s)
        for n, variance in enumerate(variances):
            sums[n] += np.where(good, number * np.nan_to_num(variance), 0.0)
        weights += np.where(good, number, 0.0)
    if not weights.any():
        raise NothingToTell("has no calibrator scan whose phases could be followed", table.name)
    mean = np.where(weights > 0.0, sums / np.maximum(1.0, weights), np.nan)
    chance = mean[2] / np.sqrt(np.maximum(1.0, weights))
    squares = np.maximum(0.0, quiet_median(np.stack([mean[0], mean[1], mean[3], chance]), 2))
    before, after, jitter, floor = np.degrees(np.sqrt(squares))
    independent = quiet_median(_independent(mean[4], mean[1]) * np.where(weights > 0.0, weights, np.nan), 1)
    return Phases(names.antennas, before, after, jitter, independent, np.hypot(floor, GOOD_DEG))


def _independent(jitter: Any, variance: Any) -> Any:
    """Which part of the integrations is independent, where each resembles the one before it (Bartlett)."""
    with np.errstate(all="ignore"):
        part = np.clip(jitter / variance, 0.01, 1.0)
    return part / (2.0 - part)


def _variance(values: Any) -> Tuple[Any, Any]:
    """Variance of the phases over the integrations, without noise where there are two pols; and noise's."""
    total = np.nansum(values, axis=1, keepdims=True)
    phases = np.angle(values * np.conj(total))
    filled = np.where(np.isfinite(phases), phases, 0.0)
    unwrapped = np.where(np.isfinite(phases), np.unwrap(filled, axis=1), np.nan)
    off = unwrapped - quiet_mean(unwrapped, 1)[:, None]
    other = off[1] if len(off) > 1 else off[0]
    enough = np.isfinite(off[0] * other).sum(axis=0) >= LEAST_INTEGRATIONS
    variance, noise = quiet_mean(off[0] * other, 0), 0.5 * quiet_mean((off[0] - other) ** 2, 0)
    return np.where(enough, variance, np.nan), np.where(enough, noise, np.nan)


def _jitter(values: Any) -> Any:
    """Half the variance of the steps between integrations that X and Y have in common: white noise's own."""
    steps = np.angle(values[:, 1:] * np.conj(values[:, :-1]))
    return 0.5 * quiet_mean(steps[0] * (steps[1] if len(steps) > 1 else steps[0]), 0)


def _gains(block: Block, times_s: Any, count: int) -> Any:
    """Phasor of each antenna's solution nearest to each time, (integrations, antennas); NaN where flagged."""
    found = np.full((len(times_s), count), np.nan, complex)
    kept = block.kept[0, 0]
    for antenna in np.unique(block.antenna).tolist():
        rows = np.flatnonzero(block.antenna == antenna)
        rows = rows[np.argsort(block.time_s[rows], kind="stable")]
        at = np.clip(np.searchsorted(block.time_s[rows], times_s), 1, max(1, len(rows) - 1))
        at = np.minimum(at, len(rows) - 1)
        sooner = np.maximum(at - 1, 0)
        nearer = np.abs(block.time_s[rows[sooner]] - times_s) < np.abs(block.time_s[rows[at]] - times_s)
        values = kept[rows[np.where(nearer, sooner, at)]]
        found[:, antenna] = np.exp(1j * np.angle(values))
    return found
