"""Who has no signal in a scan of a faint source, told by the same baselines in its other scans.

For data whose phases are solved: a source and its calibration are the same from scan to scan, so that
each baseline's average over all channels of a scan should be that of the other scans. Against noise this is
as good as can be: whole scans are summed before anything is squared (`fringes` needs no phases for it).
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from ..fringes import Visit, visits
from ..ms_names import Names, read_names
from ..sums import Sums, derived, scans_of
from ..visibilities import ask, read_unflagged
from .answers import Answer, NothingToTell, Offender, Place, Results, quiet_median, said

__all__ = ["no_signal"]

SURE = 0.12
"""Where what an ordinary antenna has is known to no better than this part, nothing is said."""
HALF = 0.5
"""An antenna with no signal is below this part of the others'."""
SIGMAS = 2.5
"""By so many standard errors."""
PARTS = 4
"""A scan is seen in so many parts too: a phase that turns in it takes from the sum, and not from them."""
PART_SIGMAS = 3.5
"""No part may have more than `HALF` by so many standard errors."""


class Match(NamedTuple):
    """Scan and field against the same field's other scans, baseline by baseline, all spws and hands."""

    scan: int
    field: int
    ends: Any
    """int (2, baselines): the antennas."""
    product: Any
    """complex (PARTS, baselines): visibilities times what the other scans have, over the noise."""
    square: Any
    """float (PARTS, baselines): the square of what the other scans have, over the noise, freed of noise."""
    variance: Any
    """float (PARTS, baselines): of the real part of `product`."""


def matches(all_sums: List[Sums]) -> List[Match]:
    """Return how well each scan fits the other scans of its field."""
    groups: Dict[Tuple[int, int], List[Visit]] = {}
    for number, sums in enumerate(all_sums):
        for visit in visits(sums):
            groups.setdefault((number, visit.field), []).append(visit)
    size = 1 + max((int(max(s.antenna1.max(), s.antenna2.max())) for s in all_sums if len(s.scan)), default=0)
    found: Dict[Tuple[int, int], Any] = {}
    for group in groups.values():
        for visit, parts in _matched(group, size) if len(group) > 1 else ():
            place = visit.scan, visit.field
            found[place] = parts + found[place] if place in found else parts
    return [_match(place, parts, size) for place, parts in found.items()]


def _match(place: Tuple[int, int], parts: Any, size: int) -> Match:
    """Of the baselines that there are; single precision does."""
    there = np.flatnonzero(parts[1].real.any(axis=0))
    product, square, variance = parts[:, :, there].astype(np.complex64)
    return Match(*place, np.stack([there // size, there % size]), product, square.real, variance.real)


class _Sum(NamedTuple):
    """Weighted sums over one scan, by part and pair of antennas."""

    total: Any
    """complex (parts, pairs, hands)."""
    weight: Any
    """float (parts, pairs, hands): 1 / variance of total / weight."""


def _matched(group: List[Visit], size: int) -> Iterator[Tuple[Visit, Any]]:
    """Each visit with its product, square and variance, (3, PARTS, pairs)."""
    summed = [_summed(visit, size) for visit in group]
    total = sum(each.total.sum(axis=0) for each in summed)
    weight = sum(each.weight.sum(axis=0) for each in summed)
    for visit, mine in zip(group, summed):  # noqa: B905  # not in Python 3.8
        under = weight - mine.weight.sum(axis=0)
        known = under > 1e-6 * weight
        under = np.where(known, under, 1.0)
        other = np.where(known, (total - mine.total.sum(axis=0)) / under, 0.0)
        power = np.abs(other) ** 2
        clean = np.where(known, power - 1.0 / under, 0.0)
        parts = (mine.total * other.conj(), mine.weight * clean, mine.weight * power / 2.0)
        yield visit, np.stack([part.sum(axis=2) for part in parts])


def _summed(visit: Visit, size: int) -> _Sum:
    sums, variance = visit.sums, visit.noise_of_channels()
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.where(np.isfinite(variance) & (variance > 0.0), 1.0 / variance, 0.0)
    weight = sums.counts.sum(axis=1) * inverse
    total = (np.nan_to_num(sums.means) * sums.counts).sum(axis=1) * inverse
    part = visit.time * PARTS // len(visit.times_s)
    key = (part * size + sums.antenna1) * size + sums.antenna2
    shape = (PARTS, size * size, weight.shape[1])
    real, imag, under = (_binned(each, key, shape) for each in (total.real, total.imag, weight))
    return _Sum(real + 1j * imag, under)


def _binned(values: Any, key: Any, shape: Tuple[int, int, int]) -> Any:
    columns = [np.bincount(key, column, shape[0] * shape[1]) for column in values.T]
    return np.stack(columns, axis=1).reshape(shape)


def no_signal(of: str, folder: str, results: Results) -> Answer:
    """100 % for an antenna without signal in a scan where the others have it, else 0.

    What its baselines have of their average in the other scans of the same field (all pointings of a mosaic
    together), by the median of the antennas. It is said where an ordinary antenna would be known to 12 %, and
    the antenna has less than half by 2.5 standard errors, in no quarter of the scan much more than that. Of
    sources with one scan, and where noise hides it, nothing is said. An antenna that was not locked or not
    on source (reference simulation 3.10; alma-reduction 4.3, step 18).
    """
    asked = ask(of, folder)
    names = read_names(asked.path)
    wanted = scans_of(read_unflagged(asked, names))
    together: Dict[Tuple[int, str], List[Match]] = {}
    for each in derived(asked.path, asked.name, asked.column, names, matches):
        if (each.scan, each.field) in wanted:
            together.setdefault((each.scan, names.fields[each.field]), []).append(each)
    found = [offender for (scan, field), parts in sorted(together.items())
             for offender in _judged(parts, Place(scan=scan, field=field), names)]  # fmt: skip
    if not found:
        raise NothingToTell("no source has two scans in which it is bright enough", of)
    ordered = sorted(found, key=lambda each: -each.value)
    text = said([each for each in ordered if each.value > 0.0], "%", digits=0)
    return Answer(ordered[0].value, "%", text or "all see the source", ordered)


def _judged(parts: List[Match], place: Place, names: Names) -> Iterator[Offender]:
    """Those of which it can be told, each by its baselines to those that are not without signal.

    On a resolved source one short baseline may be most of what an antenna has.
    """
    pairs = _squares(parts)
    candidates = _seen(pairs, ()).low
    dead = candidates & _seen(pairs, np.flatnonzero(candidates)).low
    seen = _seen(pairs, np.flatnonzero(dead))
    for n in np.flatnonzero(seen.known).tolist():
        name = names.antennas[n]
        yield Offender(
            100.0 if seen.low[n] else 0.0, f"{name} scan {place.scan}", place._replace(antenna=name)
        )


def _squares(parts: List[Match]) -> Any:
    """Product, square and variance of all of them, (3, PARTS, antennas, antennas)."""
    size = 1 + max(int(each.ends.max(initial=0)) for each in parts)
    total = np.zeros((3, PARTS, size, size), complex)
    for each in parts:
        one, two = each.ends
        for n, values in enumerate((each.product, each.square, each.variance)):
            total[n][:, one, two] += values
            total[n][:, two, one] += values.conj()
    return total


class _Seen(NamedTuple):
    """Of whom it can be told whether they have the signal, and who has not; bool (antennas)."""

    known: Any
    low: Any


def _seen(pairs: Any, without: Any) -> _Seen:
    """By all baselines but those to some antennas."""
    others = np.delete(pairs, without, axis=3) if len(without) else pairs
    product, square, variance = others.sum(axis=3)
    whole, error = _ratio(product.sum(axis=0), square.real.sum(axis=0), variance.real.sum(axis=0))
    middle = float(quiet_median(np.where(np.isfinite(error), whole, np.nan), None))
    if not middle > 0.0:
        return _Seen(*np.zeros((2, len(whole)), bool))
    piece, piece_error = _ratio(product, square.real, variance.real)
    with np.errstate(invalid="ignore"):
        strong = np.isfinite(piece_error) & (piece > HALF * middle + PART_SIGMAS * piece_error)
        low = (whole + SIGMAS * error < HALF * middle) & ~strong.any(axis=0)
    # Where all is noise so is the median, and large.
    known = error < SURE * min(middle, 1.0)
    return _Seen(known, low & known)


def _ratio(product: Any, square: Any, variance: Any) -> Tuple[Any, Any]:
    """What there is by what there should be, whatever its phase, and its error (infinite where unknown)."""
    good = square > 0.0
    under = np.where(good, square, 1.0)
    return np.abs(product) / under, np.where(good, np.sqrt(variance) / under, np.inf)
