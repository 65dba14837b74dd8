"""Levels of the system temperature: who is off the others, always or in some scans, in one polarisation."""

from __future__ import annotations

from typing import Any, Iterator, List, NamedTuple, Tuple

import numpy as np

from ..caltable import Block, CalTable, read_caltable
from .answers import Answer, Offender, Place, Results, most, quiet_median

__all__ = ["Levels", "levels", "tsys_high", "tsys_negative", "tsys_pol", "tsys_ratio", "tsys_scan"]

LEAST_ANTENNAS = 3
"""So many are needed to say what is usual."""
STANDS_OUT, ALWAYS = 3.0, 2.0
"""Who is off by less than so many times the scatter of the antennas (1.48 median absolute deviations) is
one of them; but from a ratio of 2 on (the ALMA pipeline's limit) one stands out however they scatter."""


class Levels(NamedTuple):
    """Tsys of one spw, in the middle of its channels, and what is usual for it."""

    spw: int
    scans: List[Tuple[int, str]]
    """Number (-1 where the table does not know it) and words of each visit."""
    kelvin: Any
    """(pols, scans, antennas), NaN where flagged or not measured."""
    usual_kelvin: Any
    """(pols, scans): median over the antennas; NaN with fewer than three."""

    @property
    def log_ratio(self) -> Any:
        """Natural logarithm of the ratio to what is usual, (pols, scans, antennas)."""
        with np.errstate(all="ignore"):
            return np.log(self.kelvin / self.usual_kelvin[:, :, None])


def levels(table: CalTable) -> Iterator[Levels]:
    """Yield the levels of each spw: medians over unflagged, positive channels."""
    for block in table.blocks:
        visits = list(block.visits())
        kept = np.where(block.values.real > 0.0, block.kept.real, np.nan)
        medians = quiet_median(kept, 1)
        kelvin = np.full((len(medians), len(visits), len(table.antennas)), np.nan)
        for n, (_, rows) in enumerate(visits):
            for row in np.flatnonzero(rows & np.isfinite(medians).any(axis=0)):
                antenna = block.antenna[row]
                kelvin[:, n, antenna] = np.fmax(kelvin[:, n, antenna], medians[:, row])
        enough = np.isfinite(kelvin).sum(axis=2) >= LEAST_ANTENNAS
        usual = np.where(enough, quiet_median(kelvin, 2), np.nan)
        yield Levels(block.spw, [_scan(block, words, rows) for words, rows in visits], kelvin, usual)


def _scan(block: Block, words: str, rows: Any) -> Tuple[int, str]:
    number = int(block.scan[np.flatnonzero(rows)[0]])
    return (number if number > 0 else -1), words


def _all(of: str, folder: str) -> Tuple[CalTable, List[Levels]]:
    table = read_caltable(folder, of, "B TSYS")
    return table, list(levels(table))


def tsys_ratio(of: str, folder: str, results: Results) -> Answer:
    """Largest ratio of an antenna's Tsys to that of the others.

    For each spw, polarisation and scan: an antenna's median over the unflagged channels, divided by the
    median of those over the antennas (three or more). `of` is the Tsys caltable. Two and more is what the
    ALMA pipeline flags (hifa_tsysflag, nmedian 2.0; reference alma-reduction 4.2).

    The three metrics after this one tell what kind of ratio it is; their product is this one.
    """
    table, found = _all(of, folder)
    offenders = [
        Offender(ratio, who, place)
        for each in found
        for ratio, who, place in _every(table, each, np.exp(each.log_ratio))
    ]
    return most(offenders, "", of, digits=2)


def tsys_scan(of: str, folder: str, results: Results) -> Answer:
    """Largest factor by which an antenna's Tsys is off in some scans and not in others.

    For each spw, polarisation and antenna: the ratio to the other antennas, divided by the same antenna's
    ratio in the scan in which it is nearest to 1 (or divided the other way round, where it is too low).
    `of` is the Tsys caltable. A receiver is noisy or not, it does not come and go with the scans: more than
    1.5, what no change of elevation makes, was the measurement (a load that was not in place) and has to be
    flagged, as gains cannot repair it. The limit is that of the pipeline's low gains (reference
    alma-reduction 4.2: outside 0.5 to 1.5).
    """
    table, found = _all(of, folder)
    offenders = []
    for each in found:
        steady, _ = _steady(each)
        off = np.abs(each.log_ratio - steady[:, None, :])
        offenders += [Offender(*three) for three in _every(table, each, np.exp(off))]
    return most(offenders, "", of, digits=2)


def tsys_high(of: str, folder: str, results: Results) -> Answer:
    """Largest ratio by which an antenna's Tsys is above the others' in all scans and both polarisations.

    For each spw and antenna: the smallest of its ratios to the others, where it is more than three times
    the scatter of the antennas (1.48 median absolute deviations), or 2; one that is too low in all counts
    the other way round. `of` is the Tsys caltable. A receiver that is warm or badly tuned; its noise is
    real, and its weight low. analysisUtils lists outliers of more than 3 sigma, the ALMA pipeline flags
    twice the median (reference alma-reduction 4.2).
    """
    return _constant(of, folder, pol=False)


def tsys_pol(of: str, folder: str, results: Results) -> Answer:
    """Largest ratio by which one polarisation of an antenna has a higher Tsys than the other, in all scans.

    What is left of the ratio to the other antennas when that of both polarisations (`tsys_high`) is taken
    out, where that stands out as there. `of` is the Tsys caltable. One of the two receivers of the antenna
    is noisy.
    """
    return _constant(of, folder, pol=True)


def _constant(of: str, folder: str, *, pol: bool) -> Answer:
    table, found = _all(of, folder)
    offenders = []
    for each in found:
        steady, both = _steady(each)
        logs = np.abs(steady - both[None]) if pol else np.abs(both)[None]
        enough = min(np.log(ALWAYS), STANDS_OUT * _scatter(steady))
        for n, antenna in zip(*np.nonzero(logs > enough)):  # noqa: B905  # Python 3.8
            name = table.antennas[antenna]
            hand = table.pols[n] if pol else ""
            who = f"{name} spw {each.spw} {hand}".rstrip() + _kelvins(each, n if pol else -1, antenna)
            offenders.append(Offender(float(np.exp(logs[n, antenna])), who, Place(name, each.spw, hand)))
    return most(offenders, "", of, digits=2) if offenders else Answer(1.0, "", "no antenna stands out")


def _kelvins(each: Levels, pol: int, antenna: int) -> str:
    pols = slice(None) if pol < 0 else slice(pol, pol + 1)
    mine = float(np.nanmedian(each.kelvin[pols, :, antenna]))
    return f" {mine:.0f} K, the others {float(np.nanmedian(each.usual_kelvin[pols])):.0f}:"


def _steady(each: Levels) -> Tuple[Any, Any]:
    """What of the logarithms is in all scans, (pols, antennas); and of that in both pols, (antennas)."""
    steady = _least(each.log_ratio, 1)
    return steady, _least(steady, 0)


def _least(logs: Any, axis: int) -> Any:
    """The smallest where all are above 0, the largest where all are below, else 0; NaN for none."""
    good = np.isfinite(logs)
    low = np.where(good, logs, np.inf).min(axis=axis)
    high = np.where(good, logs, -np.inf).max(axis=axis)
    least = np.where(low > 0.0, low, np.where(high < 0.0, high, 0.0))
    return np.where(good.any(axis=axis), least, np.nan)


def _scatter(steady: Any) -> float:
    middle = np.nanmedian(steady) if np.isfinite(steady).any() else np.nan
    return float(1.48 * quiet_median(np.abs(steady - middle).ravel(), 0))


def _every(table: CalTable, each: Levels, values: Any) -> Iterator[Tuple[float, str, Place]]:
    """Number, words and place of each antenna, polarisation and scan."""
    for pol, n, antenna in zip(*np.nonzero(np.isfinite(values))):  # noqa: B905  # Python 3.8
        name, hand = table.antennas[antenna], table.pols[pol]
        scan, words = each.scans[n]
        who = f"{name} spw {each.spw} {hand}".rstrip() + f" {words}"
        yield float(values[pol, n, antenna]), who, Place(name, each.spw, hand, scan)


def tsys_negative(of: str, folder: str, results: Results) -> Answer:
    """Largest percentage of channels with a Tsys of zero or less, unflagged, of an antenna, spw,
    polarisation and scan.

    `of` is the Tsys caltable. In more than 10 % of the channels: flag it, or map another one
    (reference alma-reduction 4.2).
    """
    table = read_caltable(folder, of, "B TSYS")
    found = []
    for block in table.blocks:
        percent = 100.0 * ((block.values.real <= 0.0) & ~block.flags).mean(axis=1)
        for words, rows in block.visits():
            found += [
                Offender(
                    float(percent[pol, row]),
                    f"{table.who(block, row, pol)} {words}",
                    table.place(block, row, pol),
                )
                for row in np.flatnonzero(rows)
                for pol in range(len(percent))
            ]
    return most(found, "%", of) if any(each.value for each in found) else Answer(0.0, "%", "none is negative")
