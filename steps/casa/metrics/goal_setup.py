"""Was it observed as the goal asks: spectral windows, channels, polarisations, array.

`of` and `goal` are those of `metrics.goal`.
"""

from __future__ import annotations

from typing import Dict, Iterator, List, NamedTuple, Sequence, Tuple

from .answers import Answer, NothingToTell, Offender, Place, existing
from .goal import Asked, Measure, Observed, few_pointings, observed, position, sources_missing

__all__ = ["GOAL_METRICS", "differs", "paired", "windows_missing"]

DOPPLER = 2e-4
"""By what the Earth's motion (30 km/s), the Sun's (20 km/s) and the frame of a velocity shift a frequency."""
NARROWER = 0.8
"""A window is there where it has this part of the bandwidth asked for: 1.875 GHz of 2 GHz are usable."""
COARSER = 1.1
"""Channels may be wider than the resolution asked for by this factor (rounded numbers)."""
REDSHIFTS = (0.07, 1.01)
"""Sky over rest frequency of what is observed: z of 13 to a blue shift."""
NEAR = 0.05
"""The representative frequency is typed in round numbers, as sky or rest: so far from a window it may be."""


class Wanted(NamedTuple):
    """A window of the goal."""

    frequency_hz: float
    bandwidth_hz: float
    resolution_hz: float
    frame: str
    name: str

    @property
    def words(self) -> str:
        """For a person."""
        name = f"{self.name} " if self.name else ""
        return f"{name}{self.frequency_hz / 1e9:.6g} GHz, {_mhz(self.bandwidth_hz)} wide"


def _mhz(width_hz: float) -> str:
    return f"{width_hz / 1e6:.5g} MHz" if width_hz >= 1e6 else f"{width_hz / 1e3:.5g} kHz"


def _windows(goal: Asked) -> List[Wanted]:
    """The windows of the goal, each once."""
    found = [
        Wanted(
            each["frequency_hz"], each["bandwidth_hz"], each.get("resolution_hz", 0.0), each.get("frame", ""),
            each.get("name", ""),
        )
        for each in goal.get("windows", ())
    ]  # fmt: skip
    return list({each[:2]: each for each in found}.values())


def paired(goal: Asked, there: Observed) -> Tuple[Dict[int, int], bool]:
    """Return window of the goal (by its place) -> spw, and whether the velocity was fitted.

    A window is there where a spw has its bandwidth and is centred within half of it (and `DOPPLER`) of where
    it is for the velocity of a source. Where no velocity is known, the one shift is taken that
    explains most windows.
    """
    wanted = _windows(goal)
    shifts = [1.0 / (1.0 + each["redshift"]) for each in goal.get("sources", ()) if "redshift" in each]
    found: Dict[int, int] = {}
    for shift in shifts or [1.0]:
        found = {**_matched(wanted, there, shift), **found}
    all_known = shifts and len(shifts) == len(goal.get("sources", ()))
    if len(found) == len(wanted) or all_known or all(each.frame == "sky" for each in wanted):
        return found, False
    trials = [_matched(wanted, there, shift) for shift in _shifts(wanted, there)]
    best = max(trials, key=len, default={})
    return ({**best, **found}, True) if len(best) > len(found) else (found, False)


def _shifts(wanted: Sequence[Wanted], there: Observed) -> List[float]:
    """The shifts that bring a window onto a spw, those nearest to none first."""
    pairs = [there.centres_hz[spw] / each.frequency_hz for each in wanted for spw in there.spws]
    return sorted((x for x in pairs if REDSHIFTS[0] < x < REDSHIFTS[1]), key=lambda x: abs(x - 1.0))


def _matched(wanted: Sequence[Wanted], there: Observed, shift: float) -> Dict[int, int]:
    """Window -> spw for one velocity, each spw once, the nearest pairs first."""
    pairs = []
    for place, each in enumerate(wanted):
        for spw in there.spws:
            shifts = {"sky": (1.0,), "rest": (shift,)}.get(each.frame, (1.0, shift))
            off = min(abs(each.frequency_hz * x - there.centres_hz[spw]) for x in shifts)
            near = off <= 0.5 * each.bandwidth_hz + DOPPLER * each.frequency_hz
            if near and there.widths_hz[spw] >= NARROWER * each.bandwidth_hz:
                pairs.append((off, place, spw))
    found: Dict[int, int] = {}
    for _, place, spw in sorted(pairs):
        if place not in found and spw not in found.values():
            found[place] = spw
    return found


def windows_missing(of: str, folder: str, goal: Asked) -> Answer:
    """How many of the goal's spectral windows no spw of the targets covers; see `paired`."""
    path = existing(folder, of)
    wanted = _windows(goal)
    if not wanted:
        raise NothingToTell("the goal names no windows ([goal] spws in mous.toml)", of)
    there = observed(path, of)
    if not there.spws:
        raise NothingToTell("has no target and no bandpass calibrator", of)
    found, is_fitted = paired(goal, there)
    lost = [each for place, each in enumerate(wanted) if place not in found]
    offenders = [Offender(float(len(lost)), "; ".join(each.words for each in lost))] if lost else []
    told = ", ".join(
        f"{spw} {there.centres_hz[spw] / 1e9:.6g} GHz, {_mhz(there.widths_hz[spw])}" for spw in there.spws[:8]
    )
    words = "; ".join(each.words for each in lost[:4])
    text = f"not observed: {words}; spws are {told}" if lost else f"all {len(wanted)} observed"
    text += "; their velocity is not in the goal, they are compared by their distances" if is_fitted else ""
    return Answer(float(len(lost)), "", text, offenders)


def differs(of: str, folder: str, goal: Asked) -> Answer:
    """In how many ways the observation is not what the goal asks for.

    Array, polarisation products and channels of the spws, pointings of mosaics, and the representative
    frequency (only that it is in or near a window). What the goal does not tell is left out.
    """
    path = existing(folder, of)
    if not any(_told(goal)):
        raise NothingToTell(
            "the goal tells neither array, polarisations, channels, pointings nor frequency", of
        )
    there = observed(path, of)
    found = [
        *_array(goal, there),
        *_products(goal, there),
        *_channels(goal, there),
        *few_pointings(goal, there),
        *_frequency(goal, there),
    ]
    count, words = float(len(found)), ", ".join(each.who for each in found[:6])
    text = words or f"as asked for: {', '.join(_told(goal))}"
    return Answer(count, "", text, [Offender(count, words)] if found else [])


def _told(goal: Asked) -> Iterator[str]:
    """What the goal tells of these."""
    arrays = [each for each in goal.get("arrays", ()) if each in ("12m", "7m")]
    yield from ["array"] if arrays else []
    yield from ["polarisations"] if goal.get("polarisations") else []
    yield from ["channels"] if any(each.resolution_hz for each in _windows(goal)) else []
    yield from ["pointings"] if any(each.get("pointings") for each in goal.get("sources", ())) else []
    yield from ["representative frequency"] if goal.get("frequency_hz") else []


def _array(goal: Asked, there: Observed) -> Iterator[Offender]:
    arrays = [each for each in goal.get("arrays", ()) if each in ("12m", "7m")]
    own = "7m" if there.is_seven else "12m"
    if arrays and own not in arrays:
        yield Offender(1.0, f"it is of the {own} array, not of the {' or '.join(arrays)} array")


def _products(goal: Asked, there: Observed) -> Iterator[Offender]:
    wanted = int(goal.get("polarisations") or 0)
    for spw in there.spws:
        if there.pols[spw] < wanted:
            text = f"spw {spw} has {there.pols[spw]} of {wanted} polarisation products"
            yield Offender(1.0, text, Place(spw=spw))


def _channels(goal: Asked, there: Observed) -> Iterator[Offender]:
    wanted, (found, _) = _windows(goal), paired(goal, there)
    for place, spw in sorted(found.items(), key=lambda each: each[1]):
        asked, own = wanted[place].resolution_hz, there.channels_hz[spw]
        if asked and own > COARSER * asked:
            text = f"spw {spw} has channels of {_mhz(own)}, asked for {_mhz(asked)}"
            yield Offender(1.0, text, Place(spw=spw))


def _frequency(goal: Asked, there: Observed) -> Iterator[Offender]:
    wanted = goal.get("frequency_hz")
    if not wanted or not there.spws:
        return
    shifts = [
        1.0,
        *(1.0 / (1.0 + each["redshift"]) for each in goal.get("sources", ()) if "redshift" in each),
    ]
    off = min(
        abs(wanted * shift - there.centres_hz[spw]) - there.widths_hz[spw] / 2
        for shift in shifts
        for spw in there.spws
    )
    if off > NEAR * wanted:
        yield Offender(1.0, f"no window is near the representative frequency, {wanted / 1e9:.6g} GHz")


#: Name -> function(of, folder, goal).
GOAL_METRICS: Dict[str, Measure] = {
    "goal_sources_missing": sources_missing,
    "goal_position_percent": position,
    "goal_windows_missing": windows_missing,
    "goal_differs": differs,
}
