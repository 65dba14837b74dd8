"""Visibilities averaged over all channels (without edges) and the time of a scan, and by antenna."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Set, Tuple

import numpy as np

from .fringes import Visit, visits
from .ms_names import Names
from .sums import Sums, derived, scans_of
from .visibilities import Asked, read_selected

__all__ = ["ScanAverage", "averages"]


class ScanAverage(NamedTuple):
    """One scan on one field in one spw, baseline by baseline."""

    spw: int
    hands: List[str]
    scan: int
    field: int
    antenna1: Any
    antenna2: Any
    uv_m: Any
    mean: Any
    """complex (baselines, hands); NaN where nothing is unflagged."""
    error: Any
    """float (baselines, hands): standard error of its real and of its imaginary part."""

    @property
    def antennas(self) -> Any:
        """Numbers of those with a row."""
        return np.unique(np.concatenate([self.antenna1, self.antenna2]))

    def by_antenna(self) -> Tuple[Any, Any]:
        """The mean over each antenna's baselines, turned to begin at it, and its error; (antennas, hands)."""
        antennas, good = self.antennas, np.isfinite(self.mean)
        begins = (self.antenna1[None] == antennas[:, None]).astype(float)
        ends = (self.antenna2[None] == antennas[:, None]).astype(float)
        mean = np.where(good, self.mean, 0.0)
        count = (begins + ends) @ good
        variance = (begins + ends) @ np.where(good, self.error**2, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return (begins @ mean + ends @ mean.conj()) / count, np.sqrt(variance) / count


def averages(asked: Asked, names: Names) -> List[ScanAverage]:
    """Return the averages of all scans that are asked for."""
    wanted: Set[Tuple[int, int, int]] = set()
    for sums in read_selected(asked, names):
        wanted.update((sums.spw, scan, field) for scan, field in scans_of([sums]))
    every: List[ScanAverage] = derived(asked.path, asked.name, asked.column, names, scan_averages)
    return [each for each in every if (each.spw, each.scan, each.field) in wanted]


def scan_averages(all_sums: List[Sums]) -> List[ScanAverage]:
    """Average all scans."""
    return [_averaged(sums, visit) for sums in all_sums for visit in visits(sums)]


def _averaged(sums: Sums, visit: Visit) -> ScanAverage:
    part = visit.sums
    weight = np.nan_to_num(part.counts) * np.isfinite(part.means)
    total = np.add.reduceat((np.where(weight > 0, part.means, 0.0) * weight).sum(axis=1), visit.start)
    count = np.add.reduceat(weight.sum(axis=1), visit.start)
    level = visit.noise_of_channels()[visit.start]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, error = total / count, np.sqrt(level / count / 2.0)
    uv_m = np.bincount(visit.of, part.uv_m) / np.bincount(visit.of)
    return ScanAverage(
        sums.spw, sums.hands, visit.scan, visit.field, visit.antenna1, visit.antenna2, uv_m,
        np.where(count > 0, mean, np.nan), np.where(count > 0, error, np.nan),
    )  # fmt: skip
