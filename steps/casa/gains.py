"""The gains of each field, one for each scan of each antenna: between these points targets are corrected."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from .caltable import CalTable, by_minutes
from .metrics.answers import quiet_median
from .ms_names import read_names
from .spans import read_spans

__all__ = ["GAINS", "Schedule", "Visits", "antenna_medians", "lacks_a_hand", "read_schedule", "visits_of"]

#: Kinds of caltables that hold gains.
GAINS = ("G", "T")
TARGET = "OBSERVE_TARGET"
#: Intents whose gains are carried over to others.
CARRIED = ("CALIBRATE_BANDPASS", "CALIBRATE_PHASE", "CALIBRATE_FLUX", "CALIBRATE_AMPLI")


class Visits(NamedTuple):
    """The gains of one field, scan by scan; several solutions within a scan are averaged."""

    field: int
    spws: List[int]
    scans: Any
    """int (scans): their numbers, -1 where the table does not know them."""
    time_s: Any
    """float (scans): MJD."""
    values: Any
    """complex (spws, polarisations, scans, antennas); NaN where there is no good solution."""
    error: Any
    """float, of the same shape: relative error, 1 / SNR; 0 where the table has no SNR."""


class Schedule(NamedTuple):
    """When which scan of an MS was, and what for; empty where the MS is gone."""

    start_s: Dict[int, float]
    end_s: Dict[int, float]
    intents: Dict[int, str]
    field: Dict[int, int]

    def targets_between(self, begin_s: float, end_s: float) -> List[int]:
        """The target scans of which a part lies between two times."""
        return sorted(
            scan
            for scan, start in self.start_s.items()
            if TARGET in self.intents[scan] and start < end_s and self.end_s[scan] > begin_s
        )

    def carried(self) -> List[int]:
        """The fields whose gains others are corrected with; check sources are not among them."""
        return sorted(
            {
                self.field[scan]
                for scan, intents in self.intents.items()
                if any(each in intents for each in CARRIED)
            }
        )


def visits_of(table: CalTable) -> Iterator[Visits]:
    """Yield the gains of each field, in the order of time.

    Where the table knows no scans, solutions within a minute are one visit.
    """
    fields = sorted({int(field) for block in table.blocks for field in np.unique(block.field)})
    for field in fields:
        yield _visits(table, field)


def _visits(table: CalTable, field: int) -> Visits:
    keys, numbers, times = _numbered(table, field)
    pols = max(block.values.shape[0] for block in table.blocks)
    shape = (len(table.blocks), pols, len(numbers), len(table.antennas))
    total, weight = np.zeros(shape, complex), np.zeros(shape)
    count, error = np.zeros(shape), np.zeros(shape)
    for n, block in enumerate(table.blocks):
        rows = np.flatnonzero(block.field == field)
        where = (slice(None), keys[n], block.antenna[rows])
        good = ~block.flags[:, 0, rows]
        values = np.where(good, block.values[:, 0, rows], 0.0)
        for pol in range(values.shape[0]):
            np.add.at(total[n, pol], where[1:], values[pol])
            np.add.at(count[n, pol], where[1:], good[pol])
            if block.snr is not None:
                np.add.at(weight[n, pol], where[1:], np.where(good[pol], block.snr[pol, 0, rows] ** 2, 0.0))
    with np.errstate(all="ignore"):
        values = np.where(count > 0, total / count, np.nan)
        error = np.where(weight > 0.0, 1.0 / np.sqrt(weight), 0.0)
    return Visits(field, [block.spw for block in table.blocks], numbers, times, values, error)


def _numbered(table: CalTable, field: int) -> Tuple[List[Any], Any, Any]:
    """For the rows of each block which visit they belong to; of each visit its scan and time."""
    rows = [block.field == field for block in table.blocks]
    scans = np.concatenate([block.scan[here] for block, here in zip(table.blocks, rows)])  # noqa: B905
    times = np.concatenate([block.time_s[here] for block, here in zip(table.blocks, rows)])  # noqa: B905
    if (scans > 0).all():
        numbers, which = np.unique(scans, return_inverse=True)
    else:
        begins, which = by_minutes(times)
        numbers = np.full(len(begins), -1)
    which = which.ravel()
    middle = np.bincount(which, times, len(numbers)) / np.maximum(
        1, np.bincount(which, minlength=len(numbers))
    )
    order = np.argsort(middle)
    rank = np.argsort(order)[which]
    ends = np.cumsum([int(here.sum()) for here in rows])
    return np.split(rank, ends[:-1]), numbers[order], middle[order]


def antenna_medians(values: Any) -> Any:
    """Return the median over the antennas, the last axis; NaN where there are fewer than three."""
    enough = np.isfinite(values).sum(axis=-1, keepdims=True) >= 3
    return np.where(enough, quiet_median(values, -1)[..., None], np.nan)


def lacks_a_hand(values: Any) -> bool:
    """Whether gains (spws, polarisations, visits, antennas) are of some polarisations only.

    Those that are all flagged lack none: of them something else is to be said.
    """
    seen = np.isfinite(values).any(axis=(0, 2, 3))
    return bool(seen.any() and not seen.all())


def read_schedule(path: str) -> Schedule:
    """Read from the MS at `path` when its scans were; nothing where there is no MS."""
    schedule = Schedule({}, {}, {}, {})
    if not os.path.isdir(path):
        return schedule
    names = read_names(path)
    for span in read_spans(path):
        scan = span.scan
        schedule.start_s[scan] = min(span.start_s, schedule.start_s.get(scan, np.inf))
        schedule.end_s[scan] = max(span.end_s, schedule.end_s.get(scan, -np.inf))
        schedule.intents.setdefault(scan, names.intent(span.state))
        schedule.field.setdefault(scan, span.field)
    return schedule
