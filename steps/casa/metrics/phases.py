"""Numbers of phase gains: jumps between scans, scatter within scans, X against Y, the reference antenna."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Iterator, List, Sequence

import numpy as np

from ..air import by_chance, share
from ..caltable import Block, CalTable, read_caltable
from ..gain_steps import Step, not_bracketed, offenders, spread, steps_of
from ..gains import GAINS, Visits, antenna_medians, lacks_a_hand, read_schedule, visits_of
from .answers import (
    Answer,
    NothingToTell,
    Offender,
    Place,
    Results,
    most,
    quiet_mean,
    quiet_median,
    wrapped_deg,
)

__all__ = [
    "gain_jump",
    "phase_excess",
    "phase_scatter",
    "phase_stability",
    "reference_changes",
    "xy_phase",
]

JUMP_SIGMAS = 3.5
"""A jump is that far beyond what all antennas do between scans."""
THEN_SIGMAS = 2.5
"""And that far beyond what they do between these two scans, and the antenna itself between all others."""
OR_AIR = "or the air"
OUTLIER = 4.0
"""An antenna has so many times the phases of the median one, or it is the air."""
MEDIAN = "the median antenna"
FEWEST_STEPS = 3
"""Steps from one integration to the next that tell a scatter."""


def gain_jump(of: str, folder: str, results: Results) -> Answer:
    """Largest jump of an antenna's phase between neighbouring scans of a field, degrees.

    The change from scan to scan, averaged over spws and polarisations, without the median change of all
    antennas (one of the reference antenna moves all others), and less than that where it only goes on a
    drift: the smaller of itself and its difference to the drift before and after. What is not 3.5 times the
    usual change of the antennas (more for one that stands far from the others, see `air`), and 2.5 times that
    between these two scans, is the air. Where one spw or polarisation alone jumps it is named. The scans that
    are named are those of targets between the two scans of the calibrator.

    A jump of the instrument stays, and all sources see it. "or the air" is said of one that is not 2.5 times
    what the antenna does between the other scans, or of which another source, observed before and after, has
    not half.

    From 45 degrees on look: phases of a good calibration scatter by 30 degrees, air on long baselines makes
    40, and half way to 90 degrees, where they cannot be interpolated at all (reference alma-reduction 4.2),
    the targets around the jump lose 8 % of their amplitude to it.
    """
    table = read_caltable(folder, of, *GAINS)
    far = share(table.positions_m)
    fields = list(visits_of(table))
    steps = steps_of(fields, lambda visits, gaps: _jumps(visits, gaps, far, fields))
    if not steps:
        return Answer(0.0, "deg", "no antenna jumps further than the others")
    return most(offenders(table, steps, read_schedule(table.ms)), "deg", of)


def _jumps(visits: Visits, gaps: List[int], far: Any = 1.0, fields: Sequence[Visits] = ()) -> Iterator[Step]:
    changes = _changes(visits.values)
    together = _mean_deg(changes, visits.error)
    beyond = _beyond_drift(together, visits.time_s)
    usual = JUMP_SIGMAS * spread(together) * far * np.ones(together.shape[1])
    for gap, antenna in zip(*np.nonzero(beyond[gaps] > usual)):  # noqa: B905  # Python 3.8
        n = gaps[gap]
        if beyond[n, antenna] > THEN_SIGMAS * spread(together[n]) * (far * np.ones(len(usual)))[antenna]:
            step = _step(visits, int(antenna), n, float(beyond[n, antenna]), float(together[n, antenna]))
            stays = _stays(together, n, antenna) and not any(_lacks(step, other) for other in fields)
            yield step if stays else step._replace(doubt=OR_AIR)
    alone = _beyond_drift(np.degrees(np.angle(changes)), visits.time_s)
    yield from _alone(visits, gaps, alone, beyond, usual)


def _stays(together: Any, n: int, antenna: int) -> bool:
    """Whether an antenna's phase is quiet between all other scans, and none of them takes half of it back."""
    change = together[:, antenna] * np.sign(together[n, antenna])
    others = np.delete(change, n)
    beside = np.nan_to_num(np.concatenate([change[max(0, n - 1) : n], change[n + 1 : n + 2]]))
    own = THEN_SIGMAS * np.sqrt(quiet_mean(others**2, None))
    return bool(change[n] > own and (beside > -0.5 * change[n]).all())


def _lacks(step: Step, other: Visits) -> bool:
    """Whether another source, seen before and after a jump, has less than half of it."""
    before = np.flatnonzero(other.time_s <= step.begin_s)
    after = np.flatnonzero(other.time_s >= step.end_s)
    if not (len(before) and len(after)) or other.time_s[before[-1]] == step.begin_s:
        return False
    ends = [before[-1], after[0]]
    change = _mean_deg(_changes(other.values[:, :, ends]), other.error[:, :, ends])[0, step.antenna]
    return bool(change * step.sign < 0.5 * step.value)


def _alone(visits: Visits, gaps: List[int], alone: Any, beyond: Any, usual: Any) -> Iterator[Step]:
    """Jumps of one spw or polarisation that all together do not make."""
    noise = np.degrees(np.hypot(visits.error[:, :, 1:], visits.error[:, :, :-1]))
    least = np.maximum(usual, 5.0 * noise)
    single = (alone > least) & (alone > 2.0 * np.nan_to_num(beyond)) & (alone - np.nan_to_num(beyond) > 15.0)
    for spw, pol, n, antenna in zip(*np.nonzero(single)):  # noqa: B905  # Python 3.8
        if n in gaps:
            value = float(alone[spw, pol, n, antenna])
            step = _step(visits, int(antenna), int(n), value, 1.0)
            yield step._replace(spw=visits.spws[spw], pol=int(pol) if visits.values.shape[1] > 1 else -1)


def _step(visits: Visits, antenna: int, n: int, value: float, signed: float) -> Step:
    times, scans = visits.time_s, visits.scans
    return Step(
        antenna, value, float(np.sign(signed)), times[n], times[n + 1], int(scans[n]), int(scans[n + 1])
    )


def _changes(values: Any) -> Any:
    """Changes from scan to scan as numbers of length 1, without what all antennas do."""
    with np.errstate(all="ignore"):
        unit = values / np.abs(values)
        change = unit[..., 1:, :] * unit[..., :-1, :].conj()
        for _ in range(2):  # about the median, where no phase wraps
            change = change * np.exp(-1j * np.nan_to_num(antenna_medians(np.angle(change))))
    return change


def _mean_deg(changes: Any, error: Any) -> Any:
    """Phase of the mean over spws and polarisations, degrees; the more certain ones count for more."""
    variance = error[:, :, 1:] ** 2 + error[:, :, :-1] ** 2
    weight = np.where(np.isfinite(changes), 1.0 / np.maximum(variance, 1e-4), 0.0)
    total = (weight * np.nan_to_num(changes)).sum(axis=(0, 1))
    return np.where(weight.sum(axis=(0, 1)) > 0.0, np.degrees(np.angle(total)), np.nan)


def _beyond_drift(change_deg: Any, time_s: Any) -> Any:
    """The smaller of a change and its difference to the drift around it (..., gaps, antennas)."""
    minutes = np.diff(time_s)[:, None] / 60.0
    rate = change_deg / minutes
    empty = np.full_like(rate[..., :1, :], np.nan)
    around = np.stack([
        np.concatenate([empty, rate[..., :-1, :]], axis=-2),
        np.concatenate([rate[..., 1:, :], empty], axis=-2),
    ])  # fmt: skip
    known = np.isfinite(around).any(axis=0)
    drift = np.where(known, quiet_median(around, 0), 0.0) * minutes
    return np.minimum(np.abs(change_deg), np.abs(wrapped_deg(change_deg - drift)))


def phase_stability(of: str, folder: str, results: Results) -> Answer:
    """Rms of an antenna's phase changes from scan to scan of one field, degrees.

    Of the gaps that targets lie in, averaged over spws and polarisations, without the median change of all
    antennas. Antennas are named that have four times as much as the median one, and more than their distance
    from the others lets expect (see `air`); the median one's is told too. It is what interpolation between
    the scans has to bridge: below 30 degrees is excellent, to 50 fine, above 70 poor (ALMA pipeline, over a
    cycle time; reference alma-reduction 4.2).
    """
    table = read_caltable(folder, of, *GAINS)
    fields = list(visits_of(table))
    squares = [
        _mean_deg(_changes(visits.values), visits.error)[gaps] ** 2
        for visits, gaps in zip(fields, not_bracketed(fields))  # noqa: B905  # Python 3.8
        if gaps
    ]
    if not squares:
        return Answer(0.0, "deg", "no two solutions follow each other")
    rms = np.sqrt(quiet_mean(np.concatenate(squares), 0))
    most_usual = OUTLIER * share(table.positions_m) * quiet_median(rms, None) * np.ones(len(rms))
    found = [
        Offender(float(value), name, Place(name))
        for name, value, usual in zip(table.antennas, rms, most_usual)  # noqa: B905  # Python 3.8
        if value > usual
    ]
    middle = float(quiet_median(rms, None))
    return most([*found, Offender(middle, MEDIAN)], "deg", of)


def phase_scatter(of: str, folder: str, results: Results) -> Answer:
    """Rms of an antenna's phase solutions within a scan about their mean, degrees.

    Of each spw and polarisation. `of` is a table with several solutions a scan (phase_int). It is air, noise
    and the antenna's own trouble; what all have in common is the reference antenna's, and told of that one.
    Below 30 degrees is excellent, to 50 fine, above 70 poor (ALMA pipeline; reference alma-reduction 4.2): 50
    degrees at random take a third of the amplitude. Antennas are named that have four times what the median
    one has there, more where they stand far from the others (see `air`) or have noise (1 / SNR).
    """
    table = read_caltable(folder, of, *GAINS)
    found: List[Offender] = []
    for block in table.blocks:
        for scan, antennas, phases, noise in _scans(block):
            unit = _freed(np.exp(1j * phases))
            rms = np.sqrt(quiet_mean(np.angle(unit) ** 2, 1))
            rms = np.where(np.isfinite(phases).sum(axis=1) > FEWEST_STEPS, np.degrees(rms), np.nan)
            middle = quiet_median(rms, -1)[:, None]
            usual = OUTLIER * np.hypot(middle * share(table.positions_m, antennas), np.degrees(noise))
            found += _of_scan(table, block.spw, scan, antennas, np.where(rms > usual, rms, np.nan))
            place = Place(scan=scan if scan > 0 else -1)
            found.append(Offender(float(quiet_median(rms, None)), f"{MEDIAN} scan {scan}", place))
    return most(found, "deg", of) if found else Answer(0.0, "deg", "one solution a scan does not scatter")


def _freed(unit: Any) -> Any:
    """Phasors (pols, times, antennas) without each antenna's mean and without what all have at a time."""
    several = np.isfinite(unit).sum(axis=-1) >= 3
    for _ in range(2):
        unit = unit * np.exp(-1j * np.angle(np.nan_to_num(quiet_mean(unit, 1))))[:, None]
        common = quiet_median(unit.real, -1) + 1j * quiet_median(unit.imag, -1)
        unit = unit * np.exp(-1j * np.angle(np.where(several, common, 1.0)))[..., None]
    return unit * np.exp(-1j * np.angle(np.nan_to_num(quiet_mean(unit, 1))))[:, None]


def phase_excess(of: str, folder: str, results: Results) -> Answer:
    """By how much more than the others' an antenna's phase jumps from one solution to the next, degrees.

    `of` is a table with several solutions a scan (phase_int). The rms of the steps between neighbouring
    solutions of a scan, over the square root of two, without the median step of all antennas, of all spws and
    polarisations together. What the median antenna has (more where an antenna stands far from the others, see
    `air`) and what the antenna's own noise (1 / SNR) makes is subtracted in quadrature; what so few steps
    may have by chance, in this scan or in all scans together, counts as 0. Slow air is not in it, and where
    all are bad it is 0. Above 25 degrees (9 % of the amplitude; our own limit) the antenna's phase is no air:
    a radiometer, a local oscillator, a loose cable.
    """
    table = read_caltable(folder, of, *GAINS)
    found = [each for n, scans in _steps(table).items() for each in _excesses(table.antennas[n], scans)]
    return most(found, "deg", of) if found else Answer(0.0, "deg", "one solution a scan makes no steps")


class _Steps:
    """The steps of one antenna's phase in a scan, of all spws and polarisations, rad^2."""

    def __init__(self) -> None:
        self.square = self.expected = 0.0
        self.solutions = 0
        self.count = 0
        """Of the steps at different times: spws and polarisations have the same air."""

    def add(self, square: float, expected: float, count: int) -> None:
        """Add those of one spw and polarisation: mean squares of so many."""
        self.square += square * count
        self.expected += expected * count
        self.solutions += count
        self.count = max(self.count, count)

    def excess(self) -> float:
        """What is more than expected, rad."""
        return float(np.sqrt(max(0.0, self.square - self.expected) / self.solutions))


def _stand_out(some: Iterable[_Steps]) -> bool:
    """Whether chance does not make so much in all of them together."""
    parts = list(some)
    square, expected = (sum(getattr(each, name) for each in parts) for name in ("square", "expected"))
    return bool(square > expected * by_chance(sum(each.count for each in parts)))


def _steps(table: CalTable) -> Dict[int, Dict[int, _Steps]]:
    """Return the steps of each antenna and scan."""
    found: Dict[int, Dict[int, _Steps]] = {}
    for block in table.blocks:
        for scan, antennas, phases, noise in _scans(block):
            steps = np.exp(1j * np.diff(phases, axis=1))
            for _ in range(2):
                steps = steps * np.exp(-1j * np.nan_to_num(antenna_medians(np.angle(steps))))
            square, count = quiet_mean(np.angle(steps) ** 2, 1) / 2.0, np.isfinite(steps).sum(axis=1)
            air = quiet_median(square, -1)[:, None] * share(table.positions_m, antennas) ** 2
            expected = air + noise**2
            for pol, n in zip(*np.nonzero(count >= FEWEST_STEPS)):  # noqa: B905  # Python 3.8
                mine = found.setdefault(int(antennas[n]), {}).setdefault(scan, _Steps())
                mine.add(float(square[pol, n]), float(expected[pol, n]), int(count[pol, n]))
    return found


def _excesses(name: str, scans: Dict[int, _Steps]) -> Iterator[Offender]:
    """Of one antenna, scan by scan."""
    always = _stand_out(scans.values())
    for scan, steps in scans.items():
        value = np.degrees(steps.excess()) if always or _stand_out([steps]) else 0.0
        yield Offender(float(value), f"{name} scan {scan}", Place(name, scan=scan if scan > 0 else -1))


def _scans(block: Block) -> Iterator[Any]:
    """Yield scan, antennas, phases (pols, times, antennas) and noise (pols, antennas), rad."""
    for field in np.unique(block.field).tolist():
        of_field = block.field == field
        for _, rows in block.visits():
            here = np.flatnonzero(rows & of_field)
            times, when = np.unique(block.time_s[here], return_inverse=True)
            if len(times) <= FEWEST_STEPS:
                continue
            antennas, who = np.unique(block.antenna[here], return_inverse=True)
            shape = (block.values.shape[0], len(times), len(antennas))
            phases, snr = np.full(shape, np.nan), np.full(shape, np.nan)
            phases[:, when.ravel(), who.ravel()] = np.angle(block.kept[:, 0, here])
            if block.snr is not None:
                snr[:, when.ravel(), who.ravel()] = block.snr[:, 0, here]
            snr = np.where(np.isfinite(phases), snr, np.nan)
            noise = 1.0 / np.maximum(1.0, quiet_median(snr, 1))
            yield int(block.scan[here[0]]), antennas, phases, np.nan_to_num(noise)


def _of_scan(table: CalTable, spw: int, scan: int, antennas: Any, degrees: Any) -> Iterator[Offender]:
    for pol, n in zip(*np.nonzero(np.isfinite(degrees))):  # noqa: B905  # Python 3.8
        name, hand = table.antennas[antennas[n]], table.pols[pol]
        who = " ".join([name, f"spw {spw}", *([hand] if hand else []), f"scan {scan}"])
        yield Offender(float(degrees[pol, n]), who, Place(name, spw, hand, scan if scan > 0 else -1))


def xy_phase(of: str, folder: str, results: Results) -> Answer:
    """Rms over the scans of the phase of X minus that of Y, of an antenna and spw, degrees.

    Of all fields, about the mean, with the noise of the solutions (1 / SNR) subtracted in quadrature. Air
    and delays move both alike: their difference belongs to the receiver and stays the same. Above 20
    degrees look (our own limit; 6 % of the amplitude of the sum of both is lost).
    """
    table = read_caltable(folder, of, "G")
    fields = list(visits_of(table))
    if fields[0].values.shape[1] != 2:
        return Answer(0.0, "deg", "it was solved for both polarisations together")
    values = np.concatenate([each.values for each in fields], axis=2)
    if lacks_a_hand(values):
        raise NothingToTell("there are solutions of one polarisation only", of)
    error = np.concatenate([each.error for each in fields], axis=2)
    with np.errstate(all="ignore"):
        cross = values[:, 0] * values[:, 1].conj()
        cross = cross / np.abs(cross)
        mean = quiet_mean(cross, 1)[:, None]
        square = quiet_mean(np.angle(cross * mean.conj()) ** 2, 1)
        noise = quiet_mean(np.where(np.isfinite(cross), (error**2).sum(axis=1), np.nan), 1)
        rms = np.degrees(np.sqrt(np.maximum(0.0, square - noise)))
    found = [
        Offender(float(rms[n, k]), f"{name} spw {spw}", Place(name, spw))
        for n, spw in enumerate(fields[0].spws)
        for k, name in enumerate(table.antennas)
    ]
    return most(found, "deg", of)


def reference_changes(of: str, folder: str, results: Results) -> Answer:
    """How many antennas were the reference besides the usual one.

    Where the reference antenna has no data for a while another takes over; CASA brings its phases into line,
    as well as it can. Any is worth a look: a phase reference must be there all the time.
    """
    table = read_caltable(folder, of, *GAINS)
    used = [block.reference[block.reference >= 0] for block in table.blocks if block.reference is not None]
    numbers = np.concatenate(used) if used else np.zeros(0, int)
    if not len(numbers):
        return Answer(0.0, "", "the table does not tell its reference antenna")
    usual = int(np.bincount(numbers).argmax())
    found: Dict[Any, Offender] = {}
    for block in table.blocks:
        for row in np.flatnonzero((block.reference >= 0) & (block.reference != usual)):
            name, scan = table.antennas[int(block.reference[row])], int(block.scan[row])
            found.setdefault((name, scan), Offender(1.0, f"{name} in scan {scan}", Place(name, scan=scan)))
    if not found:
        return Answer(0.0, "", f"{table.antennas[usual]} all the time")
    words = ", ".join(each.who for each in list(found.values())[:4])
    count = len({name for name, _ in found})
    return Answer(float(count), "", f"{words} in place of {table.antennas[usual]}", list(found.values()))
