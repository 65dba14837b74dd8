"""Whose phases do not stay from one integration to the next, before anything but Tsys is solved.

`of` is as for `fringes`.
"""

from __future__ import annotations

from typing import Iterator, List, NamedTuple

import numpy as np

from ..air import by_chance, share
from ..ms_names import Names
from .answers import Answer, NothingToTell, Place, Results, quiet_mean, quiet_median
from .fringes import NOTHING, Fringe, fringes_asked, joined, offence

__all__ = ["coherence"]

KNOWN = 0.04
"""Of an antenna whose power is known to no better than this it is not said what phases take."""
SURELY = 4.0
"""So many standard errors are no noise."""
LEAST = 1e-3
"""No power is less than this, of which a logarithm is taken."""


def coherence(of: str, folder: str, results: Results) -> Answer:
    """What phases of its own leave of an antenna's power from one integration to the next, %.

    The power between neighbouring integrations by that between neighbouring channels, in what the median
    antenna has; noise takes nothing from it, phases that jump by sigma at random leave exp(-sigma^2): 80 %
    is 27 degrees from one integration to the next. A bad radiometer whose path was applied does that, or an
    unlocked local oscillator. Phases worse than 30 degrees are no longer excellent (reference alma-reduction
    4.2, phase stability).

    What the air takes from all is expected of each antenna, and more of one that stands far from the others
    (see `air`); what a few integrations have of that by chance, in this scan or in all scans together, and
    what the noise makes, is left out: such an antenna has 100 %.
    """
    names, scans = fringes_asked(of, folder)
    losses = [loss for (scan, field), parts in scans.items()
              for loss in _losses(parts, Place(scan=scan, field=names.fields[field]), names)]  # fmt: skip
    if not losses:
        raise NothingToTell("the source is too faint to tell whose phases stay", of)
    always = {antenna for antenna in {each.antenna for each in losses}
              if _added([each for each in losses if each.antenna == antenna]).stands_out}  # fmt: skip
    found = []
    for each in losses:
        own = each.own if each.stands_out or each.antenna in always else 0.0
        left = 100.0 * float(np.exp(-max(0.0, own)))
        found.append(offence(names.antennas[each.antenna], each.place, left))
    found.sort(key=lambda each: each.value)
    words = ", ".join(f"{each.who} {each.value:.0f} %" for each in found[:4])
    return Answer(found[0].value, "%", words, found)


class _Loss(NamedTuple):
    """What an antenna's phases take from its power: a logarithm, the square of their steps in rad."""

    antenna: int
    place: Place
    found: float
    expected: float
    error: float
    steps: int
    """From one integration to the next."""

    @property
    def own(self) -> float:
        """What the air does not take."""
        return self.found - self.expected

    @property
    def stands_out(self) -> bool:
        """Whether neither chance nor noise make it."""
        return self.found > self.expected * float(by_chance(self.steps)) + SURELY * self.error


def _added(losses: List[_Loss]) -> _Loss:
    """Those of one antenna as one, each step counting once."""
    total = sum(each.steps for each in losses)
    found, expected = (sum(getattr(each, name) * each.steps for each in losses) / total
                       for name in ("found", "expected"))  # fmt: skip
    error = float(np.sqrt(sum((each.error * each.steps) ** 2 for each in losses))) / total
    return losses[0]._replace(found=found, expected=expected, error=error, steps=total)


def _losses(parts: List[Fringe], place: Place, names: Names) -> Iterator[_Loss]:
    """Of each antenna of a scan whose power is known well."""
    time, band = joined([each.time for each in parts]), joined([each.band for each in parts])
    (power, error), (level, level_error) = time.over(1, 2), band.over(1, 2)
    with np.errstate(all="ignore"):
        ratio = power / level
    unsure = (error > KNOWN) | (level_error > KNOWN) | (level < NOTHING)
    ratio[unsure] = np.nan
    loss = -np.log(np.maximum(ratio / quiet_median(ratio, 0), LEAST))
    usual = _usual_loss(parts) + quiet_median(np.abs(loss), 0)
    air = usual * share(names.positions_m, time.antennas) ** 2 * np.ones(len(loss))
    steps = max(1, int((time.weight.sum(axis=(0, 2)) > 0).sum()))
    for n in np.flatnonzero(np.isfinite(loss)).tolist():
        noise = float(np.hypot(error[n], level_error[n]))
        found = float(loss[n] + usual)
        yield _Loss(int(time.antennas[n]), place, found, float(air[n]), noise, steps)


def _usual_loss(parts: List[Fringe]) -> float:
    """What the median antenna loses, from the baselines' powers: each has the losses of its two antennas."""
    logs = []
    for each in parts:
        with np.errstate(all="ignore"):
            logs.append(np.log(quiet_mean(each.time.pairs[0], 1) / quiet_mean(each.band.pairs[0], 1)))
    middle = quiet_median(np.concatenate(logs), None)
    return max(0.0, -float(middle) / 2.0) if np.isfinite(middle) else 0.0
