"""How noisy each antenna is, from the visibilities themselves."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np

from ..ms_names import Names, read_names
from ..sums import Sums
from ..visibilities import ask, read_selected
from .answers import Answer, Offender, Place, Results, most, quiet_median

__all__ = ["noise_antenna_ratio"]

STEPS = 10
FEWEST = 3
"""So many antennas are needed to tell one's noise from another's."""


def noise_antenna_ratio(of: str, folder: str, results: Results) -> Answer:
    """Largest noise of an antenna, in one spw and polarisation, as a ratio to the others' median.

    In units of Tsys: the variance of a baseline is the product of two antennas' (SEFD), and what is said is
    the antenna's own, as if its Tsys were so many times that of the others; dishes of other sizes are
    allowed for. From the differences of channels two apart: source, gains, phases do not matter. `of` is
    ``MS``, ``MS:what`` or ``MS:what:column``. Above 2 look: the ALMA pipeline flags Tsys spectra at twice
    the median (reference alma-reduction 4.2, tsysflag nmedian 2.0).
    """
    asked = ask(of, folder)
    names = read_names(asked.path)
    found = [each for sums in read_selected(asked, names) for each in _of_spw(sums, names)]
    return most(found, "", of, digits=2)


def _of_spw(sums: Sums, names: Names) -> List[Offender]:
    found = []
    for n, hand in enumerate(sums.hands):
        for antenna, ratio in sorted(_ratios(sums, n, names).items()):
            place = Place(names.antennas[antenna], sums.spw, hand)
            found.append(Offender(ratio, f"{place.antenna} spw {sums.spw} {hand}", place))
    return found


def _ratios(sums: Sums, hand: int, names: Names) -> Dict[int, float]:
    """The SEFD of each antenna by the median of all, each dish as if it were of one size."""
    count = len(names.antennas)
    total, number = np.zeros((count, count)), np.zeros((count, count))
    noise = sums.noise[:, hand]
    good = np.isfinite(noise) & (noise > 0)
    one, two = sums.antenna1[good], sums.antenna2[good]
    np.add.at(total, (one, two), np.log(noise[good]))
    np.add.at(number, (one, two), 1)
    total, number = total + total.T, number + number.T
    with np.errstate(invalid="ignore"):
        logs = np.where(number > 0, total / np.maximum(1, number), np.nan)
    level = _solved(logs)
    size = np.where(names.dishes_m > 0, names.dishes_m, np.nan)
    level = level + 2.0 * np.log(size / quiet_median(size, 0))
    if np.isfinite(level).sum() < FEWEST:
        return {}
    ratios: Any = np.exp(level - quiet_median(level, 0))
    return {int(n): float(ratios[n]) for n in np.flatnonzero(np.isfinite(ratios))}


def _solved(logs: Any) -> Any:
    """What each antenna adds to the logarithm of its baselines' variance."""
    level = quiet_median(logs, 1) / 2.0
    for _ in range(STEPS):
        level = 0.5 * (level + quiet_median(logs - level[None, :], 1))
    return level
