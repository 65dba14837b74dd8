"""Jumps of one antenna in the middle of a scan, in phase or amplitude, on any source that is seen at all.

`of` is ``MS``, ``MS:what`` or ``MS:what:column``, as for all metrics of visibilities. The phases between two
scans of the phase calibrator are a straight line for applycal: what jumps between them is not taken
out, and only the target's own data tell when it was.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from ..air import share
from ..caltable import clock
from ..fringes import Visit, visits
from ..ms_names import Names, read_names
from ..scan_gains import ScanGains, scan_gains
from ..sums import Sums, derived, scans_of
from ..visibilities import ask, read_unflagged
from .answers import Answer, NothingToTell, Offender, Place, Results, most

__all__ = ["amplitude_step", "phase_step"]

SHORTEST = 3
"""Integrations on either side of a step, at least."""
SIGMAS = 6.0
"""A step must be so many standard errors."""
USUAL = 3.5
"""And so many times what the median antenna has; of phases more, where the antenna stands far away."""
BETTER = 2.5
"""And so many standard errors better than a straight line through the scan."""
SCATTER = 1.4826 / np.sqrt(2.0)
"""Standard deviation of noise, by the median of the differences of neighbours."""
SHARP = 1.0 / 3.0
"""What is left on either side beyond noise, as part of the step: more is a drift, not a step."""


class Step(NamedTuple):
    """The most significant step of an antenna in a scan."""

    antenna: int
    scan: int
    field: int
    time_s: float
    size: float
    """Degrees, or %."""
    error: float
    left: float
    """Scatter on either side beyond noise, of the same unit."""
    better: float
    """By how many standard errors a step is better than a straight line."""


def gains_of_scans(all_sums: List[Sums]) -> List[ScanGains]:
    """Return the gains within each scan on each field."""
    found: Dict[Tuple[int, int], List[Visit]] = {}
    for sums in all_sums:
        for visit in visits(sums):
            found.setdefault((visit.scan, visit.field), []).append(visit)
    return [scan_gains(each) for _, each in sorted(found.items())]


def phase_step(of: str, folder: str, results: Results) -> Answer:
    """Largest jump of an antenna's phase in the middle of a scan, degrees.

    The mean of all integrations after it less that of all before, against the other antennas (see
    `scan_gains`). It counts where it is six standard errors and 3.5 times what the median antenna has (more
    for one that stands far from the others, see `air`), fits better than a straight line, and leaves little
    on either side: not noise, not a drift of the air. Above 30 degrees phases are no longer excellent
    (reference alma-reduction 4.2, phase stability); the VLA's checklist asks a scientist above 90.
    """
    return _answer(of, folder, "deg")


def amplitude_step(of: str, folder: str, results: Results) -> Answer:
    """Largest jump of an antenna's amplitude in the middle of a scan, % of the larger level.

    As `phase_step` is found. Gains within 0.9 to 1.1 of their median are usual (reference alma-reduction
    4.2): above 20 % it is a jump of the electronics, or an antenna that was partly off source.
    """
    return _answer(of, folder, "%")


def _answer(of: str, folder: str, unit: str) -> Answer:
    asked = ask(of, folder)
    names = read_names(asked.path)
    wanted = scans_of(read_unflagged(asked, names))
    every = derived(asked.path, asked.name, asked.column, names, gains_of_scans)
    asked_for = [gains for gains in every if (gains.scan, gains.field) in wanted]
    steps = [step for gains in asked_for for step in _steps(gains, unit)]
    if not steps:
        raise NothingToTell("no scan is long and bright enough to look for steps", of)
    by_field: Dict[int, List[float]] = {}
    for step in steps:
        by_field.setdefault(step.field, []).append(abs(step.size))
    usual = {field: float(np.median(sizes)) for field, sizes in by_field.items()}
    far = np.ones(len(names.antennas)) * (share(names.positions_m) if unit == "deg" else 1.0)
    return most([_offender(step, far[step.antenna] * usual[step.field], names) for step in steps], unit, of)


def _offender(step: Step, usual: float, names: Names) -> Offender:
    place = Place(names.antennas[step.antenna], scan=step.scan, field=names.fields[step.field])
    size = abs(step.size)
    is_step = (
        size > max(SIGMAS * step.error, USUAL * usual) and step.left < SHARP * size and step.better > BETTER
    )
    who = f"{place.antenna} scan {step.scan} at {clock(step.time_s)}"
    return Offender(size if is_step else 0.0, who, place)


def _steps(gains: ScanGains, unit: str) -> Iterator[Step]:
    """The most significant step of each antenna that is seen."""
    for n, antenna in enumerate(gains.antennas.tolist()):
        there = np.isfinite(gains.gains[n]) & np.isfinite(gains.error[n])
        if there.sum() < 2 * SHORTEST:
            continue
        values = _in_unit(gains.gains[n][there], unit)
        error = float(np.median(gains.error[n][there])) * (np.degrees(1.0) if unit == "deg" else 100.0)
        error = max(error, SCATTER * float(np.median(np.abs(np.diff(values)))))
        at, size, size_error, left, better = _best(values, error)
        if unit == "%":
            high = 100.0 + max(values[:at].mean(), values[at:].mean())
            size, size_error, left = (100.0 * each / max(high, 1.0) for each in (size, size_error, left))
        time_s = float(gains.times_s[there][at])
        yield Step(antenna, gains.scan, gains.field, time_s, size, size_error, left, better)


def _in_unit(gains: Any, unit: str) -> Any:
    """Phases about their middle, degrees; or amplitudes less 1, %."""
    if unit == "%":
        return 100.0 * (np.abs(gains) - 1.0)
    return np.degrees(np.angle(gains * np.exp(-1j * np.angle(gains.mean()))))


def _best(values: Any, error: float) -> Tuple[int, float, float, float, float]:
    """Index, size, error of the best step; scatter left beyond noise; how much better than a line."""
    count = len(values)
    number = np.arange(1, count)
    sums = np.cumsum(values)[:-1]
    sizes = (values.sum() - sums) / (count - number) - sums / number
    gained = sizes**2 * number * (count - number) / count
    allowed = slice(SHORTEST - 1, count - SHORTEST)
    at = int(np.argmax(gained[allowed])) + SHORTEST
    size = float(sizes[at - 1])
    left = np.concatenate([values[:at] - values[:at].mean(), values[at:] - values[at:].mean()])
    x = np.arange(count) - (count - 1) / 2.0
    line = float((x * values).sum() ** 2 / (x**2).sum())
    better = np.sqrt(max(float(gained[at - 1]) - line, 0.0)) / error
    size_error = error * float(np.sqrt(count / (at * (count - at))))
    beyond = np.sqrt(max(float((left**2).sum()) / max(1, count - 2) - error**2, 0.0))
    return at, size, size_error, float(beyond), float(better)
