"""Numbers of calibrated visibilities: phases and amplitudes of calibrators, coherence, fall with distance.

`of` is ``MS``, ``MS:what`` or ``MS:what:column`` for all of them. ``what`` is an intent
(CALIBRATE_PHASE), or a field's name, id or pattern; all when empty. ``column`` is data, corrected or
model; corrected where the MS has it, else data. Only unflagged cross-correlations of parallel hands
count, averaged over the channels without 5 % at each edge, and over scans. The source is taken for a point
at the phase centre, as ALMA's quasars are.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Tuple

import numpy as np

from ...errors import CasaError
from ..air import share
from ..ms_names import Names, read_names
from ..scan_averages import ScanAverage, averages
from ..visibilities import ask
from .answers import Answer, NothingToTell, Offender, Place, Results, most, quiet_median, said

__all__ = ["amplitude_rms", "phase_rms", "scan_coherence", "uv_fall", "vector_flux"]

FEWEST = 6
"""So many baselines are needed to see a trend with their length."""
OUTLIER = 5.0
"""An antenna is named that has so many times the phase of the median one, more where it stands far away."""
SIGMAS = 4.0
"""An antenna's number is told where it is so many standard errors."""


def phase_rms(of: str, folder: str, results: Results) -> Answer:
    """Rms of the phases of all baselines, polarisations, spws and scans about zero, degrees.

    Of scan averages, each counting once. Named are antennas with scan, spw and polarisation, by the phase of
    the mean over their baselines, where noise is a quarter of it at most and it is five times the median
    antenna's (more where it stands far from the others, see `air`). After a good calibration it is a few
    degrees; above 8 degrees on calibrators something is left (what the product is judged by), above 57
    degrees (1 rad) nothing coheres; 30 is the end of excellent (reference alma-reduction 4.2, phase
    stability).
    """
    names, found = _asked(of, folder)
    square = _mean_square(found, lambda each: np.degrees(np.angle(each.mean)) ** 2, of)
    offenders = [each for part in found for each in _antenna_phases(part, names)]
    return _with_total(float(np.sqrt(square)), "deg", offenders)


def _antenna_phases(part: ScanAverage, names: Names) -> Iterator[Offender]:
    mean, error = part.by_antenna()
    with np.errstate(all="ignore"):
        noise = np.degrees(error / np.abs(mean))
    phases = np.abs(np.degrees(np.angle(mean)))
    far = share(names.positions_m, part.antennas) * np.ones(len(phases))
    usual = OUTLIER * quiet_median(phases, 0)[None] * far[:, None]
    yield from _cells(part, names, np.where(phases > usual, phases, np.nan), noise)


def amplitude_rms(of: str, folder: str, results: Results) -> Answer:
    """Rms of the amplitudes of scan averages about the median of their field, spw and polarisation, %.

    Named are antennas with scan, spw and polarisation, by the mean over their baselines, where noise is
    a quarter of it at most. Above 10 % is outside what gains may scatter (0.9 to 1.1 of the median; reference
    alma-reduction 4.2).
    """
    names, found = _asked(of, folder)
    level = _levels(found)

    def squares(each: ScanAverage) -> Any:
        return (100.0 * (np.abs(each.mean) / level[each.field, each.spw] - 1.0)) ** 2

    square = _mean_square(found, squares, of)
    offenders: List[Offender] = []
    for each in found:
        mean, error = each.by_antenna()
        usual = level[each.field, each.spw]
        offenders += _cells(each, names, 100.0 * np.abs(np.abs(mean) / usual - 1.0), 100.0 * error / usual)
    return _with_total(float(np.sqrt(square)), "%", offenders)


def _levels(found: List[ScanAverage]) -> Dict[Tuple[int, int], Any]:
    """The median amplitude of each field and spw, (hands)."""
    amplitudes: Dict[Tuple[int, int], List[Any]] = {}
    for each in found:
        amplitudes.setdefault((each.field, each.spw), []).append(np.abs(each.mean))
    return {key: quiet_median(np.concatenate(some), 0) for key, some in amplitudes.items()}


def _asked(of: str, folder: str) -> Tuple[Names, List[ScanAverage]]:
    asked = ask(of, folder)
    names = read_names(asked.path)
    return names, averages(asked, names)


def _mean_square(found: List[ScanAverage], square: Callable[[ScanAverage], Any], of: str) -> float:
    squares = np.concatenate([square(each).ravel() for each in found])
    squares = squares[np.isfinite(squares)]
    if not len(squares):
        raise CasaError("no unflagged visibility is left", of)
    return float(squares.mean())


def _cells(part: ScanAverage, names: Names, values: Any, noise: Any) -> Iterator[Offender]:
    """The number of each antenna and polarisation that noise does not make."""
    sure = np.isfinite(values) & (values > SIGMAS * noise)
    for n, antenna in enumerate(part.antennas.tolist()):
        for k, hand in enumerate(part.hands):
            if sure[n, k]:
                place = Place(names.antennas[antenna], part.spw, hand, part.scan, names.fields[part.field])
                who = f"{place.antenna} spw {part.spw} {hand} scan {part.scan}"
                yield Offender(float(values[n, k]), who, place)


def _with_total(total: float, unit: str, offenders: List[Offender]) -> Answer:
    ordered = sorted(offenders, key=lambda each: -each.value)
    return Answer(total, unit, said(ordered, unit) or "no antenna stands out of the noise", ordered)


def scan_coherence(of: str, folder: str, results: Results) -> Answer:
    """Vector average of a scan by the mean amplitude of its baselines, %, in the worst scan.

    Both are of scan averages, so it is what phases that differ from baseline to baseline take; noise is taken
    out of the amplitudes. Antennas are named by the same of their own baselines. For a check source: below
    70 % decorrelation or antenna positions (reference alma-reduction 4.2, check source peak/flux).
    """
    names, found = _asked(of, folder)
    offenders: List[Offender] = []
    by_scan: Dict[Tuple[int, int], List[ScanAverage]] = {}
    for each in found:
        by_scan.setdefault((each.scan, each.field), []).append(each)
    for (scan, field), parts in by_scan.items():
        place = Place(scan=scan, field=names.fields[field])
        offenders += _coherence_of(parts, place, names)
    whole = [each for each in offenders if not each.place.antenna]
    if not whole:
        raise NothingToTell("the source is too faint to tell its coherence", of)
    offenders.sort(key=lambda each: each.value)
    worst = min(each.value for each in whole)
    text = ", ".join(f"{each.who} {each.value:.0f} %" for each in offenders[:4])
    return Answer(worst, "%", text, offenders)


def _coherence_of(parts: List[ScanAverage], place: Place, names: Names) -> Iterator[Offender]:
    """Of all antennas together, and of each."""
    antennas = np.unique(np.concatenate([each.antennas for each in parts])).tolist()
    for antenna in [-1, *antennas]:
        vector, power, noise = 0.0, 0.0, 0.0
        for each in parts:
            mine = (each.antenna1 == antenna) | (each.antenna2 == antenna) | (antenna < 0)
            sign = np.where(each.antenna2 == antenna, -1.0, 1.0)[:, None]
            mean = each.mean.real + 1j * sign * each.mean.imag
            good = np.isfinite(mean) & np.isfinite(each.error) & mine[:, None]
            weight = 1.0 / np.where(good, each.error, 1.0) ** 2 * good
            vector = vector + np.where(good, mean * weight, 0.0).sum()
            amplitude = np.sqrt(np.maximum(np.abs(mean) ** 2 - 2.0 * each.error**2, 0.0))
            power += float(np.where(good, amplitude * weight, 0.0).sum())
            noise += float(weight.sum())
        if noise > 0 and power / np.sqrt(noise) > 20.0:
            name = names.antennas[antenna] if antenna >= 0 else ""
            who = f"{name} scan {place.scan}".strip()
            yield Offender(float(100.0 * np.abs(vector) / power), who, place._replace(antenna=name))


def uv_fall(of: str, folder: str, results: Results) -> Answer:
    """By how much the amplitude falls from the shortest to the longest baseline, %, of the worst field.

    A straight line through the logarithms of the amplitudes of scan averages, all spws and polarisations by
    their own median, weighted by their signal to noise; negative where it rises. Of a point source nothing;
    more than 10 % is decorrelation by the air within a scan, or a source that is resolved (reference
    alma-reduction 4.3, step 17; a check source that falls by 30 % is at the limit of 4.2).
    """
    names, found = _asked(of, folder)
    level = _levels(found)
    points: Dict[int, List[Any]] = {}
    for each in found:
        with np.errstate(all="ignore"):
            ratio = np.abs(each.mean) / level[each.field, each.spw]
            noise = each.error / level[each.field, each.spw]
        good = np.isfinite(ratio) & (noise < 0.3) & (ratio > 0.05)
        lengths = np.broadcast_to(each.uv_m[:, None], ratio.shape)
        points.setdefault(each.field, []).append(np.stack([lengths[good], ratio[good], noise[good]]))
    falls = [_fall(np.concatenate(some, axis=1), names.fields[field]) for field, some in points.items()]
    falls = [each for each in falls if np.isfinite(each.value)]
    if not falls:
        raise NothingToTell("the source is too faint to tell how it falls with distance", of)
    return most(falls, "%", of)


def _fall(points: Any, field: str) -> Offender:
    length, ratio, noise = points
    if len(length) < FEWEST or np.ptp(length) <= 0:
        return Offender(float("nan"), field)
    weight = 1.0 / np.hypot(noise / ratio, 0.05)
    slope, _ = np.polyfit(length, np.log(ratio), 1, w=weight)
    return Offender(float(100.0 * (1.0 - np.exp(slope * np.ptp(length)))), field, Place(field=field))


def vector_flux(of: str, folder: str, results: Results) -> Answer:
    """Vector average of all visibilities of a field, Jy: the flux density of a point in the phase centre.

    The median over spws; each spw is named. Against the flux density that fluxscale found, or the catalogue,
    it tells what phases have cost (reference alma-reduction 4.2, check source).
    """
    names, found = _asked(of, folder)
    offenders = []
    for spw, field in sorted({(each.spw, each.field) for each in found}):
        parts = [each for each in found if (each.spw, each.field) == (spw, field)]
        means = np.concatenate([each.mean.ravel() for each in parts])
        weights = np.concatenate([1.0 / each.error.ravel() ** 2 for each in parts])
        good = np.isfinite(means) & np.isfinite(weights)
        if good.any():
            value = float(np.abs((means[good] * weights[good]).sum() / weights[good].sum()))
            offenders.append(
                Offender(value, f"{names.fields[field]} spw {spw}", Place(spw=spw, field=names.fields[field]))
            )
    if not offenders:
        raise CasaError("no unflagged visibility is left", of)
    middle = float(np.median([each.value for each in offenders]))
    return Answer(
        middle, "Jy", said(offenders, "Jy", digits=3), sorted(offenders, key=lambda each: -each.value)
    )
