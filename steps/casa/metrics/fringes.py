"""Numbers of fringes, before anything but Tsys is solved: antennas without them, or with less than others.

`of` is ``MS``, ``MS:what`` or ``MS:what:column``; ``what`` is an intent (CALIBRATE_PHASE) or a field's
name, id or pattern. How strong an antenna's fringes are is told by `fringes`, which needs no model of the
source; where noise would hide the answer none is given.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Set, Tuple

import numpy as np

from ..fringes import BAND, TIME, Power, delays, powers, visits
from ..ms_names import Names, read_names
from ..sums import Sums, derived, scans_of
from ..visibilities import ask, read_unflagged
from .answers import Answer, NothingToTell, Offender, Place, Results, most, quiet_median, said

__all__ = ["amplitude_antenna_ratio", "fringes_asked", "joined", "no_fringes", "offence", "quack"]

NOTHING = 0.15
"""An antenna below this power has no fringes: its amplitude is less than 0.4 of what it should be."""
FAINT, SEEN = 0.05, 5.0
"""With more power than this, and so many standard errors of it, an antenna has lost gain, not its fringes."""
SURE = 0.12
"""Where the power of an ordinary antenna (1) is known to no better than this, nothing is said."""
NEAREST = 6
"""So many integrations next to the first or last one are what it is compared with."""
ALONE_PERCENT = 25.0
"""So much more than all together an antenna has to be off to be named alone."""
SIGMAS = 8.0
"""And so many times the scatter from one integration of the scan to the next."""
SCATTER = 1.4826 / np.sqrt(2.0)
"""Standard deviation of noise, by the median of the differences of neighbours."""
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
    found = []
    for sums in all_sums:
        turns = delays(sums)
        for visit in visits(sums):
            both = powers(visit, TIME), powers(visit, BAND, turns)
            found.append(Fringe(sums.spw, sums.hands, visit.scan, visit.field, *both))
    return found


def fringes_asked(of: str, folder: str) -> Tuple[Names, Dict[Tuple[int, int], List[Fringe]]]:
    """Return the names of the MS, and of what is asked for the powers by scan and field."""
    asked = ask(of, folder)
    names = read_names(asked.path)
    wanted = scans_of(read_unflagged(asked, names))
    found: Dict[Tuple[int, int], List[Fringe]] = {}
    for each in derived(asked.path, asked.name, asked.column, names, fringes_of):
        if (each.scan, each.field) in wanted:
            found.setdefault((each.scan, each.field), []).append(each)
    return names, dict(sorted(found.items()))


def joined(parts: List[Power]) -> Power:
    """Return several spws of the same scan as one, with one hand."""
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
    polarisation, a spw, or all of it. Phases that jump at random leave the power between channels; of a
    resolved source an antenna is compared with itself in the other scans, pointing by pointing. 100 is an
    antenna that was not on source, not locked, or not in the array; less than that one that came late or
    left: what online flags would cover (reference simulation 3.10; alma-reduction 4.3, step 10).
    """
    names, visited = fringes_asked(of, folder)
    scans: Dict[Tuple[int, str], List[Fringe]] = {}
    for (scan, number), parts in visited.items():
        scans.setdefault((scan, names.fields[number]), []).extend(parts)
    whole = {key: _whole(parts) for key, parts in scans.items()}
    pointings = {key: _whole(parts) for key, parts in visited.items()}
    found: List[Offender] = []
    for (scan, field), parts in scans.items():
        where = Place(scan=scan, field=field)
        usual = {antenna: _usual(whole, antenna, field) for antenna in whole[scan, field].antennas.tolist()}
        mine = [key for key in visited if (key[0], names.fields[key[1]]) == (scan, field)]
        gone = dict(_gone(whole[scan, field], usual, _least(pointings, mine)))
        seen = _seen_by_others(parts, {a for a, share in gone.items() if share >= 100.0})
        gone = {a: 0.0 if a in seen else share for a, share in gone.items()}
        found += [offence(names.antennas[a], where, share) for a, share in gone.items()]
        found += _gone_in_part(parts, names, where, {a for a, share in gone.items() if share < 100.0})
    if not found:
        raise NothingToTell("the source is too faint to tell who has fringes", of)
    text = said([each for each in found if each.value > 0.0], "%", digits=0)
    ordered = sorted(found, key=lambda each: -each.value)
    return Answer(ordered[0].value, "%", text or "all have fringes", ordered)


class _Whole(NamedTuple):
    """All spws and hands of a visit together."""

    antennas: Any
    both: List[Power]
    """In time and between bands, those that there are."""
    level: Any
    """float (antennas): the larger of the two powers, NaN where neither is known at all."""


def _whole(parts: List[Fringe]) -> _Whole:
    both = [joined([each.time for each in parts]), joined([each.band for each in parts])]
    return _seen([each for each in both if each.weight.any()], both[0].antennas)


def _seen(both: List[Power], antennas: Any) -> _Whole:
    levels = np.full((2, len(antennas)), np.nan)
    for n, each in enumerate(both):
        levels[n] = each.over(1, 2)[0]
    return _Whole(antennas, both, np.fmax(levels[0], levels[1]))


def _usual(whole: Dict[Tuple[int, str], _Whole], antenna: int, field: str) -> float:
    """What an antenna has on this field, at most 1: less where it is weak, or far out on a resolved one."""
    own: List[float] = []
    others: List[float] = []
    for (_, of), each in whole.items():
        levels = each.level[each.antennas == antenna]
        (own if of == field else others).extend(levels[np.isfinite(levels)].tolist())
    middle = float(np.median(own)) if len(own) > 1 else 1.0
    if middle < NOTHING and not (others and np.median(others) > FAINT):
        return 1.0
    return min(1.0, middle)


Levels = Dict[int, float]


def _least(pointings: Dict[Tuple[int, int], _Whole], mine: List[Tuple[int, int]]) -> Dict[float, Levels]:
    """The least that each antenna has in the other scans on the pointing of an integration, by its time.

    On some pointings of a resolved source an antenna has next to nothing, always. Of a source with one
    pointing nothing is told: there all integrations have the same.
    """
    found: Dict[float, Levels] = {}
    for key in mine if len(mine) > 1 else ():
        levels: Levels = {}
        for each in [whole for other, whole in pointings.items() if other[1] == key[1] and other != key]:
            for antenna, level in zip(each.antennas.tolist(), each.level.tolist()):  # noqa: B905
                if np.isfinite(level):
                    levels[antenna] = min(level, levels.get(antenna, np.inf))
        found.update((time_s, levels) for each in pointings[key].both for time_s in each.times_s.tolist())
    return found


def _seen_by_others(parts: List[Fringe], dead: Set[int]) -> Set[int]:
    """Those of `dead` whose baselines to the rest have half the power that the rest has among itself.

    In a small array the baselines of one dead antenna can be all that another one is compared with.
    """
    found: Set[int] = set()
    if dead:
        for kind in ("time", "band"):
            own: Dict[int, List[float]] = {}
            rest: List[float] = []
            for each in parts:
                power, one, two, _ = getattr(each, kind).pairs
                level = quiet_median(power, 1)
                ends = np.stack([np.isin(one, list(dead)), np.isin(two, list(dead))])
                rest.append(_mean(level[~ends.any(axis=0)]))
                for antenna in dead:
                    mine = ((one == antenna) & ~ends[1]) | ((two == antenna) & ~ends[0])
                    own.setdefault(antenna, []).append(_mean(level[mine]))
            usual = _mean(np.array(rest))
            found |= {a for a, levels in own.items() if _mean(np.array(levels)) > 0.5 * usual > 0.0}
    return found


def _mean(values: Any) -> float:
    kept = values[np.isfinite(values)]
    return float(kept.mean()) if len(kept) else float("nan")


def offence(antenna: str, place: Place, share: float) -> Offender:
    """Return an antenna with a number at a place."""
    words = [antenna]
    words += [f"spw {place.spw}"] if place.spw >= 0 else []
    words += [place.pol] if place.pol else []
    words += [f"scan {place.scan}"] if place.scan >= 0 else []
    return Offender(share, " ".join(words), place._replace(antenna=antenna))


def _gone_in_part(parts: List[Fringe], names: Names, where: Place, who: Set[int]) -> Iterator[Offender]:
    """Those without fringes in one spw or polarisation only, where they have them in most others."""
    windows: Dict[Tuple[int, str], List[Fringe]] = {}
    for each in parts:
        for n, hand in enumerate(each.hands):
            windows.setdefault((each.spw, hand), []).append(_of_hand(each, n))
    cells: Dict[int, List[Tuple[int, str, float, float]]] = {}
    for (spw, hand), pointings in windows.items():
        seen = _whole(pointings)
        if seen.both:
            errors = np.min([power.over(1, 2)[1] for power in seen.both], axis=0)
            for k, antenna in enumerate(seen.antennas.tolist()):
                if antenna in who:
                    cells.setdefault(antenna, []).append((spw, hand, float(seen.level[k]), float(errors[k])))
    for antenna, mine in cells.items():
        middle = float(quiet_median([level for _, _, level, _ in mine], None))
        for spw, hand, level, error in mine:
            if middle > 0.5 and level < NOTHING * min(1.0, middle) and error < SURE / 2.0:
                yield offence(names.antennas[antenna], where._replace(spw=spw, pol=hand), 100.0)


def _of_hand(each: Fringe, n: int) -> Fringe:
    """One polarisation of it."""
    pair = [Power(p.antennas, p.times_s, p.signal[:, :, n : n + 1], p.weight[:, :, n : n + 1])
            for p in (each.time, each.band)]  # fmt: skip
    return each._replace(time=pair[0], band=pair[1])


def _gone(whole: _Whole, usual: Dict[int, float], least: Dict[float, Levels]) -> Iterator[Tuple[int, float]]:
    """Antennas for which it can be told, and in how much of the scan they have no fringes, %."""
    levels = [each.over(1, 2) for each in whole.both]
    for n, antenna in enumerate(whole.antennas.tolist()):
        level = usual[antenna]
        sure = [power[n] for power, error in levels if error[n] < SURE * level]
        seen = any(power[n] > max(FAINT * level, SEEN * error[n]) for power, error in levels)
        if sure and level > 0.0:
            dead = max(sure) < NOTHING * level and not seen
            yield antenna, (100.0 if dead else _part_gone(whole, n, min(level, max(sure)), least))


def _part_gone(whole: _Whole, n: int, level: float, least: Dict[float, Levels]) -> float:
    """In how much of the scan antenna number `n` has no fringes for two and more integrations, %.

    `level` is its power in the whole scan, with which each integration is compared; or what it has on that
    pointing in the other scans, where that is less. One that they do not have tells nothing.
    """
    both, antenna = whole.both, int(whole.antennas[n])
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
    times_s = both[0].times_s[present].tolist()
    usual = np.array(
        [min(level, max(0.0, least[t].get(antenna, 0.0))) if t in least else level for t in times_s]
    )
    sums = [[np.convolve(part, box, "valid") for part in (s, usual * w, usual**2 * w)]
            for s, w in zip(signal[:, present], weight[:, present])]  # noqa: B905  # fmt: skip
    low = np.all([(square * SURE**2 > 0.7) & (s < NOTHING * should) for s, should, square in sums], axis=0)
    for start in np.flatnonzero(low).tolist():
        gone[start : start + size] = True
    return 100.0 * float(gone.mean())


def amplitude_antenna_ratio(of: str, folder: str, results: Results) -> Answer:
    """By how much one antenna's amplitude in one scan is off the others', as a ratio of 1 or more.

    The root of its power (see `fringes`; freed of that of the antennas at the other ends), by the median of
    the antennas of that scan, spw and polarisation; above and below alike. Where neither delays nor phases
    are solved the better of the two powers counts. It finds a wrong Tsys, a loss, an antenna without
    fringes. Outside 0.9 to 1.1 look, outside 0.5 to 1.5 flag (reference alma-reduction 4.2, gains). At
    most 1000 is said; of cells in which noise alone makes more than 2 % nothing.
    """
    names, scans = fringes_asked(of, folder)
    found = [each for parts in scans.values() for part in parts for each in _ratios(part, names)]
    if not found:
        raise NothingToTell("the source is too faint to compare antennas", of)
    return most(found, "", of, digits=2)


def _ratios(part: Fringe, names: Names) -> Iterator[Offender]:
    """The ratio of each antenna and polarisation of one scan and spw."""
    (_, time_error), (_, band_error) = part.time.over(1), part.band.over(1)
    with np.errstate(all="ignore"):
        amplitude = np.sqrt(np.fmax(part.time.level(), part.band.level()))
    amplitude[np.minimum(time_error, band_error) > 0.04] = np.nan
    ratios = amplitude / quiet_median(amplitude, 0)[None]
    for n, antenna in enumerate(part.time.antennas.tolist()):
        for hand, ratio in zip(part.hands, ratios[n].tolist()):  # noqa: B905  # Python 3.8
            if np.isfinite(ratio):
                off = min(max(ratio, 1.0 / max(ratio, 1.0 / LARGEST_RATIO)), LARGEST_RATIO)
                place = Place(names.antennas[antenna], part.spw, hand, part.scan, names.fields[part.field])
                words = f"spw {part.spw} {hand} scan {part.scan} {'low' if ratio < 1.0 else 'high'} by"
                yield Offender(off, f"{place.antenna} {words}", place)


def quack(of: str, folder: str, results: Results) -> Answer:
    """By how much the first or last integration of a scan is off the rest of it, %, in the worst scan.

    The first that has unflagged data: where it was flagged already, the next one is looked at. The root
    of its power (see `fringes`; between channels, so that each integration stands alone) by that of the
    six integrations next to it, all antennas and spws together; and antenna by antenna where one is off by
    25 % more than all together. It counts in scans of four and more integrations where
    noise alone makes less than 1.5 %, and what is no more than usual from one to the next is told as 0.
    More than 10 % means that the antennas were not on source yet: flag it with mode='quack' (reference
    alma-reduction 4.3, step 10, and KI-62; simulation 3.10: 0.55 of the amplitude made fluxes 7 to 9 % low).
    """
    names, scans = fringes_asked(of, folder)
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
    rest = there[1 : NEAREST + 1] if end == 0 else there[-NEAREST - 1 : -1]
    level = signal[rest].sum() / weight[rest].sum()
    if not level > 0 or 1.0 / np.sqrt(weight[one]) / level > 0.03:
        return float("nan")
    power = signal[there] / weight[there] / level
    usual = SCATTER * float(np.median(np.abs(np.diff(power))))
    ratio = float(power[end])
    return 100.0 * abs(1.0 - np.sqrt(max(ratio, 0.0))) if abs(ratio - 1.0) > SIGMAS * usual else 0.0
