"""Numbers of fringes, before anything but Tsys is solved: antennas without them, phases that do not stay.

`of` is ``MS``, ``MS:what`` or ``MS:what:column``; ``what`` is an intent (CALIBRATE_PHASE) or a field's
name, id or pattern. How strong an antenna's fringes are is told by `fringes`, which needs no model of the
source; where noise would hide the answer none is given.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from .fringes import BAND, TIME, Power, powers, visits
from .metric_answers import Answer, NothingToTell, Offender, Place, Results, most, quiet_median, said
from .ms_names import Names, read_names
from .sums import Sums, derived, scans_of
from .visibilities import ask, read_selected

__all__ = ["amplitude_antenna_ratio", "coherence", "no_fringes", "quack"]

NOTHING = 0.15
"""An antenna below this power has no fringes: its amplitude is less than 0.4 of what it should be."""
SURE = 0.12
"""Where the power of an ordinary antenna (1) is known to no better than this, nothing is said."""
ALONE_PERCENT = 25.0
"""So much more than all together an antenna has to be off to be named alone."""
LARGEST_RATIO = 1000.0
"""What is said where an antenna sees nothing at all."""


class Fringe(NamedTuple):
    """The powers of one visit."""

    spw: int
    hands: List[str]
    scan: int
    field: int
    time: Power
    band: Power


def fringes_of(all_sums: List[Sums]) -> List[Fringe]:
    """Return the powers of each scan on each field in each spw."""
    return [
        Fringe(sums.spw, sums.hands, visit.scan, visit.field, powers(visit, TIME), powers(visit, BAND))
        for sums in all_sums
        for visit in visits(sums)
    ]


def _fringes(of: str, folder: str) -> Tuple[Names, Dict[Tuple[int, int], List[Fringe]]]:
    """What is asked for, by scan and field."""
    asked = ask(of, folder)
    names = read_names(asked.path)
    wanted = scans_of(read_selected(asked, names))
    found: Dict[Tuple[int, int], List[Fringe]] = {}
    for each in derived(asked.path, asked.name, asked.column, names, fringes_of):
        if (each.scan, each.field) in wanted:
            found.setdefault((each.scan, each.field), []).append(each)
    return names, dict(sorted(found.items()))


def joined(parts: List[Power]) -> Power:
    """Several spws of the same scan as one, with one hand."""
    antennas = np.unique(np.concatenate([part.antennas for part in parts]))
    times_s = np.unique(np.concatenate([part.times_s for part in parts]))
    total = np.zeros((2, len(antennas), len(times_s), 1))
    for part in parts:
        where = np.ix_(np.searchsorted(antennas, part.antennas), np.searchsorted(times_s, part.times_s))
        for n, values in enumerate((part.signal, part.weight)):
            total[n, :, :, 0][where] += values.sum(axis=2)
    return Power(antennas, times_s, total[0], total[1])


def no_fringes(of: str, folder: str, results: Results) -> Answer:
    """Part of a scan in which an antenna that is not flagged has no fringes, %; the worst antenna and scan.

    Its power (see `fringes`) is below 0.15 of what baselines as long have, in neighbouring integrations and
    in neighbouring channels alike, where noise would leave 0.85 at seven sigma; for some integrations, a
    polarisation, a spw, or all of it. Phases that jump at random leave the power between channels, a
    resolved source is compared with itself. 100 is an antenna that was not on source, not locked, or
    not in the array; less than that one that came late or left: what online flags would cover (reference
    simulation 3.10; alma-reduction 4.3, step 10).
    """
    names, scans = _fringes(of, folder)
    found: List[Offender] = []
    for (scan, field), parts in scans.items():
        where = Place(scan=scan, field=names.fields[field])
        whole = joined([each.time for each in parts]), joined([each.band for each in parts])
        gone = dict(_gone(whole[0], whole[1]))
        found += [_offence(names.antennas[a], where, share) for a, share in gone.items()]
        found += _gone_in_part(parts, names, where, gone)
    found = _without_structure(found)
    if not found:
        raise NothingToTell(
            "the source is too faint to tell who has fringes", of, "Ask for calibrators only."
        )
    text = said([each for each in found if each.value > 0.0], "%", digits=0)
    ordered = sorted(found, key=lambda each: -each.value)
    return Answer(ordered[0].value, "%", text or "all have fringes", ordered)


def _offence(antenna: str, place: Place, share: float) -> Offender:
    words = [antenna]
    words += [f"spw {place.spw}"] if place.spw >= 0 else []
    words += [place.pol] if place.pol else []
    words += [f"scan {place.scan}"] if place.scan >= 0 else []
    return Offender(share, " ".join(words), place._replace(antenna=antenna))


def _gone_in_part(
    parts: List[Fringe], names: Names, where: Place, whole: Dict[int, float]
) -> Iterator[Offender]:
    """Those without fringes in one spw or polarisation only."""
    for each in parts:
        for n, hand in enumerate(each.hands):
            pair = [Power(p.antennas, p.times_s, p.signal[:, :, n : n + 1], p.weight[:, :, n : n + 1])
                    for p in (each.time, each.band)]  # fmt: skip
            for antenna, share in _gone(pair[0], pair[1]):
                if share >= 100.0 > whole.get(antenna, 0.0):
                    place = where._replace(spw=each.spw, pol=hand)
                    yield _offence(names.antennas[antenna], place, share)


def _gone(time: Power, band: Power) -> Iterator[Tuple[int, float]]:
    """Antennas for which it can be told, and in how much of the scan they have no fringes, %."""
    both = [each for each in (time, band) if each.weight.any()]
    if not both:
        return
    levels = [each.over(1, 2) for each in both]
    for n, antenna in enumerate(time.antennas.tolist()):
        sure = [power[n] for power, error in levels if error[n] < SURE]
        if not sure:
            continue
        yield antenna, (100.0 if max(sure) < NOTHING else _part_gone(both, n, min(1.0, max(sure))))


def _part_gone(both: List[Power], n: int, level: float) -> float:
    """In how much of the scan antenna number `n` has no fringes for two and more integrations, %.

    `level` is its power in the whole scan, with which each part of it is compared.
    """
    signal, weight = (np.stack([getattr(each, name)[n].sum(axis=1) for each in both])
                      for name in ("signal", "weight"))  # fmt: skip
    present = weight.max(axis=0) > 0
    total = int(present.sum())
    typical = np.median(weight[:, present], axis=1) if total else np.zeros(1)
    if total < 4 or not (typical > 0).all():
        return 0.0
    size = max(2, int(np.ceil(1.0 / ((SURE * level) ** 2 * typical.min()))))
    if size > total // 3:
        return 0.0
    box = np.ones(size)
    gone = np.zeros(total, bool)
    sums = [(np.convolve(s[present], box, "valid"), np.convolve(w[present], box, "valid"))
            for s, w in zip(signal, weight)]  # noqa: B905  # fmt: skip
    low = np.all([(w * (SURE * level) ** 2 > 0.7) & (s < NOTHING * level * w) for s, w in sums], axis=0)
    for start in np.flatnonzero(low).tolist():
        gone[start : start + size] = True
    return 100.0 * float(gone.mean())


def _without_structure(found: List[Offender]) -> List[Offender]:
    """Leave out who sees nothing of one source in all its scans, but sees the others: it is resolved."""
    seen: Dict[Tuple[str, str], List[float]] = {}
    for each in found:
        if each.place.spw < 0:
            seen.setdefault((each.place.antenna, each.place.field), []).append(each.value)
    never = {key for key, values in seen.items() if len(values) > 1 and min(values) >= 100.0}
    sees = {antenna for (antenna, field), values in seen.items() if min(values) < 100.0}
    resolved = {key for key in never if key[0] in sees}
    return [each for each in found if (each.place.antenna, each.place.field) not in resolved]


def coherence(of: str, folder: str, results: Results) -> Answer:
    """What is left of an antenna's power from one integration to the next, %, of the worst antenna and scan.

    The power between neighbouring integrations by that between neighbouring channels, by the median of the
    antennas. Noise takes nothing from it; phases that jump by sigma at random leave exp(-sigma^2): 80 % is
    27 degrees from one integration to the next. So does a bad radiometer whose path was applied, or an
    unlocked local oscillator. Phases worse than 30 degrees are no longer excellent (reference
    alma-reduction 4.2, phase stability).
    """
    names, scans = _fringes(of, folder)
    found: List[Offender] = []
    for (scan, field), parts in scans.items():
        time, band = joined([each.time for each in parts]), joined([each.band for each in parts])
        (power, error), (level, level_error) = time.over(1, 2), band.over(1, 2)
        with np.errstate(all="ignore"):
            ratio = power / level
            unsure = (error > 0.04) | (level_error > 0.04) | (level < NOTHING)
        ratio[unsure] = np.nan
        ratio = 100.0 * ratio / quiet_median(ratio, 0)
        place = Place(scan=scan, field=names.fields[field])
        for n in np.flatnonzero(np.isfinite(ratio)).tolist():
            left = float(np.clip(ratio[n], 0.0, 100.0))
            found.append(_offence(names.antennas[int(time.antennas[n])], place, left))
    if not found:
        raise NothingToTell("the source is too faint to tell whose phases stay", of)
    found.sort(key=lambda each: each.value)
    words = ", ".join(f"{each.who} {each.value:.0f} %" for each in found[:4])
    return Answer(found[0].value, "%", words, found)


def amplitude_antenna_ratio(of: str, folder: str, results: Results) -> Answer:
    """By how much one antenna's amplitude in one scan is off the others', as a ratio of 1 or more.

    The root of its power (see `fringes`), by the median of the antennas of that scan, spw and polarisation;
    above and below alike. Where neither delays nor phases are solved the better of the two powers counts.
    It finds a wrong Tsys, a loss, an antenna without fringes. Outside 0.9 to 1.1 look, outside 0.5 to
    1.5 flag (reference alma-reduction 4.2, gains). At most 1000 is said; of cells in which noise alone makes
    more than 5 % nothing.
    """
    names, scans = _fringes(of, folder)
    found = [each for parts in scans.values() for part in parts for each in _ratios(part, names)]
    return most(found, "", of, digits=2)


def _ratios(part: Fringe, names: Names) -> Iterator[Offender]:
    """The ratio of each antenna and polarisation of one scan and spw."""
    power, error = _better(part)
    with np.errstate(all="ignore"):
        amplitude = np.sqrt(np.maximum(power, 0.0))
    amplitude[error > 0.1] = np.nan
    ratios = amplitude / quiet_median(amplitude, 0)[None]
    for n, antenna in enumerate(part.time.antennas.tolist()):
        for hand, ratio in zip(part.hands, ratios[n].tolist()):  # noqa: B905  # Python 3.8
            if np.isfinite(ratio):
                off = min(max(ratio, 1.0 / max(ratio, 1.0 / LARGEST_RATIO)), LARGEST_RATIO)
                place = Place(names.antennas[antenna], part.spw, hand, part.scan, names.fields[part.field])
                words = f"spw {part.spw} {hand} scan {part.scan} {'low' if ratio < 1.0 else 'high'} by"
                yield Offender(off, f"{place.antenna} {words}", place)


def _better(part: Fringe) -> Tuple[Any, Any]:
    """The larger of the two powers and its error, (antennas, hands)."""
    (time, time_error), (band, band_error) = part.time.over(1), part.band.over(1)
    use_band = np.nan_to_num(band, nan=-1.0) > np.nan_to_num(time, nan=-1.0)
    return np.where(use_band, band, time), np.where(use_band, band_error, time_error)


def quack(of: str, folder: str, results: Results) -> Answer:
    """By how much the first or last integration of a scan is off the rest of it, %, in the worst scan.

    The first that has unflagged data: where it was flagged already, the next one is looked at. The root
    of its power (see `fringes`; between channels, so that each integration stands alone) by that of the
    scan's other integrations, all antennas and spws together; and antenna by antenna where one is off by 25 %
    more than all together. Scans of four and more integrations count where noise alone makes less than 1.5 %.
    More than 10 % means that the antennas were not on source yet: flag it with mode='quack' (reference
    alma-reduction 4.3, step 10, and KI-62; simulation 3.10: 0.55 of the amplitude made fluxes 7 to 9 % low).
    """
    names, scans = _fringes(of, folder)
    found: List[Offender] = []
    for (scan, field), parts in scans.items():
        band = joined([each.band for each in parts])
        power = band if band.weight.any() else joined([each.time for each in parts])
        place = Place(scan=scan, field=names.fields[field])
        for which, end in (("first", 0), ("last", -1)):
            found += _ends_off(power, end, f"scan {scan} {which} integration", place, names)
    if not found:
        raise NothingToTell("no scan is long and bright enough to compare its first integration", of)
    return most(found, "%", of)


def _ends_off(power: Power, end: int, words: str, place: Place, names: Names) -> Iterator[Offender]:
    signal, weight = power.signal.sum(axis=2), power.weight.sum(axis=2)
    together = _end_off(signal.sum(axis=0), weight.sum(axis=0), end)
    if np.isfinite(together):
        yield Offender(together, words, place)
    for n, antenna in enumerate(power.antennas.tolist()):
        off = _end_off(signal[n], weight[n], end)
        if off > np.nan_to_num(together) + ALONE_PERCENT:
            name = names.antennas[antenna]
            yield Offender(off, f"{name} {words}", place._replace(antenna=name))


def _end_off(signal: Any, weight: Any, end: int) -> float:
    """How far the amplitude of the first (0) or last (-1) integration is off the rest's, %; NaN if unsure."""
    there = np.flatnonzero(weight > 0)
    if len(there) < 4:
        return float("nan")
    one = there[end]
    rest = np.delete(there, [0, len(there) - 1])
    level = signal[rest].sum() / weight[rest].sum()
    if not level > 0 or 1.0 / np.sqrt(weight[one]) / level > 0.03:
        return float("nan")
    return float(100.0 * abs(1.0 - np.sqrt(max(signal[one] / weight[one] / level, 0.0))))
