"""What stands out among visibilities: a scan of an antenna against its others, an antenna against others."""

from __future__ import annotations

from typing import Any, Iterator, List, NamedTuple, Tuple

import numpy as np

from ..caltable import Block
from ..metrics.answers import quiet_median, wrapped_deg
from .read import Source
from .score import MEDIAN_OF_GAUSS, Scores, best

__all__ = ["visibility_scores"]

SHARE, TARGET_SHARE = 0.15, 0.5
"""Of an antenna's scan against its own median: three times 5 %; of a source of unknown shape much more."""
SPIKE = 0.5
"""Of a single integration or baseline: outside the 0.5 to 1.5 that the ALMA pipeline keeps of gains."""
RATIO, RAW_RATIO = 2.0, 3.0
"""Of an antenna against the others, both ways; before calibration their sensitivities differ as well."""
PHASE_DEG, RMS_DEG = 30.0, 25.0
"""Of a scan: 30 deg cost 13 % of the amplitude; of single integrations: 25 deg rms cost 9 %."""
RAW_DEG = 60.0
"""Both before calibration, of one baseline: 1 radian, beyond which nothing coheres or can be interpolated."""
SIGMAS = 6.0
NOISE_TIMES = 12.0
"""Single points are many, and what they are held against is noisy too: 8 sigma, told by their median."""
RMS_TIMES = 4.0
KNOWN_DEG = 60.0
"""Where phases scatter by more than that nothing can be told of them: 104 deg is no signal at all."""
FEWEST = 3


class _Cube(NamedTuple):
    """Values of one polarisation as (times, antennas), NaN where there is none; and where they came from."""

    values: Any
    when: Any
    who: Any
    scans: Any
    """int (times)."""

    def back(self, numbers: Any) -> Any:
        """Return numbers of (times, antennas) row by row."""
        return numbers[self.when, self.who]

    def each_scan(self) -> Iterator[Any]:
        """Yield the times of each scan, bool (times)."""
        for scan in np.unique(self.scans).tolist():
            yield self.scans == scan


def visibility_scores(source: Source, index: int, flat: Any) -> Scores:
    """Score visibilities of one spw and field that are averaged over channels.

    Of targets, whose structure nobody knows, only scans of an antenna that differ from its others.

    Parameters
    ----------
    flat : array, float (polarisations, rows)
        Amplitudes, or phases in degrees; NaN where flagged.
    """
    block = source.table.blocks[index]
    target = int(block.field[0]) in source.targets
    if target and (source.x == "uvdist" or source.y == "phase"):
        return Scores(0.0 * flat, lambda pol, row: "")
    if source.x == "uvdist":
        return _single(source, block, flat)
    parts: List[Tuple[Any, ...]] = []
    for values in flat:
        cube = _cube(block, values)
        found = (
            _amplitudes(cube, target, source.calibrated)
            if source.y == "amp"
            else _phases(cube, source.calibrated)
        )
        parts.append(tuple(cube.back(each) for each in found))
    kinds = [np.stack(each) for each in zip(*parts)]  # noqa: B905  # Python 3.8
    return _amplitude_words(kinds, target) if source.y == "amp" else _phase_words(kinds)


def _cube(block: Block, values: Any) -> _Cube:
    keys = np.stack([block.time_s, block.scan])
    times, when = np.unique(keys, axis=1, return_inverse=True)
    antennas, who = np.unique(block.antenna, return_inverse=True)
    cube = np.full((times.shape[1], len(antennas)), np.nan)
    cube[when.ravel(), who.ravel()] = values
    return _Cube(cube, when.ravel(), who.ravel(), times[1].astype(int))


def _amplitudes(cube: _Cube, target: bool, calibrated: bool) -> Tuple[Any, ...]:
    """Of each time and antenna, in units of what is worth a look: its scan, itself, its level; the shares."""
    shared = quiet_median(cube.values, 1)[:, None]
    enough = np.isfinite(cube.values).sum(axis=1)[:, None] >= FEWEST
    ratio = np.where(enough, cube.values / shared, np.nan)
    usual = quiet_median(ratio, 0)
    scan, count = np.full(ratio.shape, np.nan), np.ones(ratio.shape)
    for times in cube.each_scan():
        scan[times] = quiet_median(ratio[times], 0)
        count[times] = np.maximum(1, np.isfinite(ratio[times]).sum(axis=0))
    # What is left of the amplitude itself: a ratio to a small number is large by chance.
    single = (cube.values - scan * shared) / (usual * quiet_median(shared, None))
    noise = _sigma(single[count > 1]) if (count > 1).any() else _sigma(ratio / usual - 1.0)
    own = scan / usual - 1.0
    least = TARGET_SHARE if target else SHARE
    own_limit = np.maximum(least, SIGMAS * 1.25 * noise / np.sqrt(count))
    level = np.where(usual > 0.0, np.maximum(usual, 1.0 / np.where(usual > 0.0, usual, 1.0)), np.nan)
    level = level / (RATIO if calibrated else RAW_RATIO)
    spike = np.abs(single) / max(SPIKE, NOISE_TIMES * MEDIAN_OF_GAUSS * noise)
    return np.abs(own) / own_limit, spike, level + 0.0 * ratio, own, single, usual + 0.0 * ratio


def _amplitude_words(kinds: List[Any], target: bool) -> Scores:
    own, spike, level, own_share, single, ratio = kinds
    parts = [
        Scores(own, lambda pol, row: f"{100 * own_share[pol, row]:+.0f} %"),
        Scores(spike, lambda pol, row: f"{100 * single[pol, row]:+.0f} % once"),
    ]
    if not target:
        parts.append(Scores(level, lambda pol, row: f"{ratio[pol, row]:.2f}x others", _whole))
    return best(*parts)


def _whole(pol: int, row: int) -> bool:
    """Whatever it is, it is the matter of all scans."""
    return True


def _sigma(values: Any) -> float:
    """Standard deviation of noise about zero, from the median: a few that are odd do not count."""
    found = float(quiet_median(np.abs(values), None)) / MEDIAN_OF_GAUSS
    return found if np.isfinite(found) else 0.0


def _phases(cube: _Cube, calibrated: bool) -> Tuple[Any, ...]:
    """Of each time and antenna: its scan against the others (or against its scan before), and its scatter."""
    turned = np.exp(1j * np.radians(cube.values))
    scan, count = np.full(turned.shape, np.nan + 0j), np.ones(turned.shape)
    rms = np.full(turned.shape, np.nan)
    single = np.full(turned.shape, np.nan)
    for times in cube.each_scan():
        here = turned[times]
        number = np.isfinite(here).sum(axis=0)
        mean = np.where(number > 0, np.nansum(here, axis=0), np.nan)
        scan[times], count[times] = mean, np.maximum(1, number)
        away = np.abs(np.degrees(np.angle(here * mean.conj())))
        single[times] = away
        rms[times] = np.where(number >= FEWEST, quiet_median(away, 0) / MEDIAN_OF_GAUSS, np.nan)
    noise = _sigma(single[count > 1]) if (count > 1).any() else 0.0
    off = _against(cube, scan, calibrated)
    least = PHASE_DEG if calibrated else RAW_DEG
    limit = np.maximum(least, np.maximum(SIGMAS * noise / np.sqrt(count), SIGMAS * _sigma(off)))
    if noise > KNOWN_DEG or SIGMAS * _sigma(off) > 180.0:
        return np.zeros(off.shape), np.zeros(off.shape), off, rms
    usual = float(quiet_median(rms, None)) if np.isfinite(rms).any() else 0.0
    rms_limit = max(RMS_DEG if calibrated else RAW_DEG, RMS_TIMES * usual)
    return np.abs(off) / limit, rms / rms_limit, off, rms


def _against(cube: _Cube, scan: Any, calibrated: bool) -> Any:
    """Degrees of each scan's mean from that of the antennas; where nothing is calibrated of its change."""
    if not calibrated:
        firsts = [np.flatnonzero(times)[0] for times in cube.each_scan()]
        firsts.sort()
        steps = np.angle(scan[firsts[1:]] * scan[firsts[:-1]].conj())
        steps = np.concatenate((np.zeros((1, scan.shape[1])), steps))
        place = np.searchsorted(firsts, np.arange(len(scan)), side="right") - 1
        degrees = np.degrees(steps)[place]
    else:
        degrees = np.degrees(np.angle(scan))
    return wrapped_deg(degrees - quiet_median(degrees, 1)[:, None])


def _phase_words(kinds: List[Any]) -> Scores:
    own, noisy, off, rms = kinds
    return best(
        Scores(own, lambda pol, row: f"{off[pol, row]:+.0f} deg"),
        Scores(noisy, lambda pol, row: f"{rms[pol, row]:.0f} deg rms"),
    )


def _single(source: Source, block: Block, flat: Any) -> Scores:
    """Each point alone: against the median of its scan, or the phase of a calibrated point source."""
    if source.y == "phase":
        usual = float(quiet_median(np.abs(flat), None))
        limit = max(2.0 * PHASE_DEG, NOISE_TIMES * (usual if np.isfinite(usual) else 180.0))
        known = source.calibrated and limit < 180.0
        return Scores(
            np.abs(flat) / limit if known else 0.0 * flat, lambda pol, row: f"{flat[pol, row]:+.0f} deg"
        )
    share = np.full(flat.shape, np.nan)
    for _, rows in block.visits():
        share[:, rows] = flat[:, rows] / quiet_median(flat[:, rows], 1)[:, None] - 1.0
    limit = max(SPIKE, NOISE_TIMES * float(quiet_median(np.abs(share), None)))
    return Scores(np.abs(share) / limit, lambda pol, row: f"{100 * share[pol, row]:+.0f} %")
