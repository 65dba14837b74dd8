"""Numbers of visibilities: phases and amplitudes of calibrators, the first integrations of scans.

`of` is ``MS``, ``MS:what`` or ``MS:what:column`` for all of them. ``what`` is an intent
(CALIBRATE_PHASE), or a field's name, id or pattern; all when empty. ``column`` is data, corrected or
model; corrected where the MS has it, else data. Only unflagged cross-correlations of parallel hands
count, averaged over the channels without 5 % at each edge. The source is taken for a point at the phase
centre, as ALMA's quasars are.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

from ..errors import CasaError
from .metric_answers import Answer, Offender, Results, most, quiet_median, said
from .visibilities import Names, Rows, ask, read_names, read_rows, scan_means

__all__ = ["amplitude_antenna_ratio", "amplitude_rms", "phase_rms", "quack"]

LARGEST_RATIO = 1000.0
"""What is said where an antenna sees nothing at all."""


def phase_rms(of: str, folder: str, results: Results) -> Answer:
    """Rms of the phases of all baselines, polarisations, spws and scans about zero, degrees.

    Of scan averages, each counting once; the antennas with the largest are named, with the rms of their
    own baselines. After a good calibration it is a few degrees; above 8 degrees on calibrators something is
    left (what the product is judged by), above 57 degrees (1 rad) nothing coheres.
    """
    square = lambda rows: np.degrees(np.angle(rows.values)) ** 2  # noqa: E731
    total, antennas = _by_antenna(of, folder, square)
    return Answer(float(np.sqrt(total)), "deg", said(_roots(antennas), "deg"))


def amplitude_rms(of: str, folder: str, results: Results) -> Answer:
    """Rms of the amplitudes of scan averages about the median of their field, spw and polarisation, %.

    The antennas with the largest are named, with the rms of their own baselines. Above 10 % is outside what
    gains may scatter (0.9 to 1.1 of the median; reference alma-reduction 4.2).
    """
    total, antennas = _by_antenna(of, folder, _amplitude_squares)
    return Answer(float(np.sqrt(total)), "%", said(_roots(antennas), "%"))


def _amplitude_squares(rows: Rows) -> Any:
    amplitude = np.abs(rows.values)
    for field in np.unique(rows.field).tolist():
        here = rows.field == field
        amplitude[:, here] /= quiet_median(amplitude[:, here], 1)[:, None]
    return (100.0 * (amplitude - 1.0)) ** 2


def _roots(antennas: List[Offender]) -> List[Offender]:
    return [Offender(float(np.sqrt(each.value)), each.who) for each in antennas]


def _by_antenna(of: str, folder: str, square: Any) -> Tuple[float, List[Offender]]:
    """Return the mean of some squares over all scan averages, and that of each antenna's baselines."""
    asked = ask(of, folder)
    names = read_names(asked.path)
    sums: Dict[int, Any] = {}
    total, number = 0.0, 0
    for rows in read_rows(asked, names):
        rows = scan_means(rows)
        squares = square(rows)
        good = np.isfinite(squares)
        total, number = total + float(squares[good].sum()), number + int(good.sum())
        for antennas in (rows.antenna1, rows.antenna2):
            for antenna in np.unique(antennas).tolist():
                mine = squares[:, antennas == antenna]
                kept = mine[np.isfinite(mine)]
                sums[antenna] = sums.get(antenna, np.zeros(2)) + np.array([kept.sum(), len(kept)])
    if not number:
        raise CasaError("no unflagged visibility is left", of)
    means = [Offender(each[0] / each[1], names.antennas[n]) for n, each in sums.items() if each[1]]
    return total / number, means


def amplitude_antenna_ratio(of: str, folder: str, results: Results) -> Answer:
    """By how much one antenna's amplitude in one scan is off the others', as a ratio of 1 or more.

    An antenna's amplitude is the median over its baselines of the scan averages, in one spw and
    polarisation; it is compared with the median over the antennas, above and below alike. It finds an
    antenna without fringes in a scan, or with a wrong Tsys. Outside 0.9 to 1.1 look, outside 0.5 to 1.5
    flag (reference alma-reduction 4.2, gains). At most 1000 is said.
    """
    asked = ask(of, folder)
    names = read_names(asked.path)
    found = [each for rows in read_rows(asked, names) for each in _ratios(scan_means(rows), names)]
    return most(found, "", of, digits=2)


def _ratios(rows: Rows, names: Names) -> Iterator[Offender]:
    """The ratio of each antenna, scan and polarisation of one spw."""
    amplitude = np.abs(rows.values)
    for scan in np.unique(rows.scan).tolist():
        here = rows.scan == scan
        antennas = np.unique(np.concatenate([rows.antenna1[here], rows.antenna2[here]])).tolist()
        if len(antennas) < 3:
            continue
        medians = np.stack([
            quiet_median(amplitude[:, here & ((rows.antenna1 == each) | (rows.antenna2 == each))], 1)
            for each in antennas
        ])  # fmt: skip
        ratios = medians / quiet_median(medians, 0)[None, :]
        for n, antenna in enumerate(antennas):
            for hand, ratio in zip(rows.hands, ratios[n].tolist()):  # noqa: B905  # Python 3.8
                if np.isfinite(ratio):
                    off = max(ratio, 1.0 / max(ratio, 1.0 / LARGEST_RATIO))
                    yield Offender(
                        min(off, LARGEST_RATIO), _who(names.antennas[antenna], rows.spw, hand, scan, ratio)
                    )


def _who(antenna: str, spw: int, hand: str, scan: int, ratio: float) -> str:
    return f"{antenna} spw {spw} {hand} scan {scan} {'low' if ratio < 1.0 else 'high'} by"


def quack(of: str, folder: str, results: Results) -> Answer:
    """By how much the first integration of a scan is off the rest of it, %, in the worst scan and spw.

    The first that has unflagged data: where it was flagged already, the next one is looked at. The median
    over baselines and polarisations of the ratio of its amplitude to the mean amplitude of the later
    integrations; scans of three and more integrations count. On a bright calibrator a few per cent is
    noise; more means that the antennas were not on source yet: flag it with mode='quack' (reference
    alma-reduction 4.3, step 10; simulation 3.10).
    """
    asked = ask(of, folder)
    names = read_names(asked.path)
    found = [each for rows in read_rows(asked, names) for each in _first_off(rows)]
    if not found:
        raise CasaError("no scan has three integrations", of)
    return most(found, "%", of)


def _first_off(rows: Rows) -> Iterator[Offender]:
    amplitude = np.abs(rows.values)
    unflagged = np.isfinite(amplitude).any(axis=0)
    baseline = rows.antenna1.astype(np.int64) << 32 | rows.antenna2
    for scan in np.unique(rows.scan).tolist():
        here = np.flatnonzero((rows.scan == scan) & unflagged)
        times = np.unique(rows.time_s[here])
        if len(times) < 3:
            continue
        is_first = rows.time_s[here] == times[0]
        _, which = np.unique(baseline[here], return_inverse=True)
        ratios = [_first_to_rest(values[here], is_first, which.ravel()) for values in amplitude]
        ratio = float(quiet_median(np.concatenate(ratios), 0))
        yield Offender(100.0 * abs(1.0 - ratio), f"scan {scan} spw {rows.spw}")


def _first_to_rest(values: Any, is_first: Any, baseline: Any) -> Any:
    """Ratio of the first integration to the mean of the rest, of each baseline; NaN where one is flagged."""
    size = int(baseline.max()) + 1
    means = []
    for mine in (is_first, ~is_first):
        good = mine & np.isfinite(values)
        count = np.bincount(baseline, good, size)
        total = np.bincount(baseline, np.where(good, values, 0.0), size)
        means.append(np.where(count > 0, total / np.maximum(1, count), np.nan))
    with np.errstate(all="ignore"):
        return means[0] / means[1]
