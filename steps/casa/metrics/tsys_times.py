"""Times of the Tsys measurements: of an MS's SYSCAL table, and of the ASDM before anything was mended."""

from __future__ import annotations

import os
import re
from typing import Any, Iterator, NamedTuple, Set

import numpy as np

from ..flag_count import open_unlocked
from ..ms_names import read_names
from .answers import Answer, Offender, Results, existing

__all__ = ["syscal_mended", "syscal_spread"]

#: Rows that begin nearer to each other than that are one measurement, s.
ONE_MEASUREMENT_S = 10.0
TOLERANCE_S = 1e-5
_TAGS = (
    re.compile(rb"<timeInterval>\s*(\d+)\s+\d+\s*<"),
    re.compile(rb"<antennaId>\s*Antenna_(\d+)\s*<"),
    re.compile(rb"<spectralWindowId>\s*SpectralWindow_(\d+)\s*<"),
)


class Times(NamedTuple):
    """Rows of a SYSCAL table, int or float (rows)."""

    time_s: Any
    antenna: Any
    spw: Any


def syscal_spread(of: str, folder: str, results: Results) -> Answer:
    """Largest difference between the times of the antennas in one Tsys measurement of a spw, s.

    `of` is the MS. gencal makes solutions of each time of its own, flagged for all antennas that have
    another: old ASDMs (cycles 0 to 2) have such times, and the script's step fixsyscaltimes sets them
    right. Above 0.01 look: that step is missing, or was not run (reference simulation 3.11: 2/3 of the
    solutions flagged).
    """
    path = existing(folder, of)
    with open_unlocked(f"{path}/SYSCAL") as table:
        if not table.nrows():
            return Answer(0.0, "s", "SYSCAL is empty")
        columns = [table.getcol(name) for name in ("TIME", "ANTENNA_ID", "SPECTRAL_WINDOW_ID")]
    return _answer(Times(*columns), path, "all antennas have the same times")


def syscal_mended(of: str, folder: str, results: Results) -> Answer:
    """Largest difference between the times of the antennas in one Tsys measurement, as the ASDM has it, s.

    `of` is the MS; the ASDM lies beside it. What the step fixsyscaltimes sets right: worth a note, nothing
    to do (reference alma-reduction 4.4, KI-37). 0 where there is no SysCal.xml (recent ASDMs have a binary
    table, and no such fault).
    """
    asdm = existing(folder, of).rstrip("/")
    asdm = asdm[: -len(".ms")] if asdm.endswith(".ms") else asdm
    try:
        with open(os.path.join(asdm, "SysCal.xml"), "rb") as file:
            columns = [np.array([int(each) for each in tag.findall(file.read())]) for tag in _rewound(file)]
    except OSError:
        return Answer(0.0, "s", "no SysCal.xml beside it")
    if not len(columns[0]) or len({len(each) for each in columns}) > 1:
        return Answer(0.0, "s", "its SysCal.xml has no rows that could be read")
    found = Times(columns[0] * 1e-9, columns[1], columns[2])
    return _answer(found, existing(folder, of), "the ASDM has the same times for all antennas")


def _rewound(file: Any) -> Iterator[Any]:
    for tag in _TAGS:
        file.seek(0)
        yield tag


def _answer(rows: Times, path: str, alike: str) -> Answer:
    """What the worst measurement is off by; it is of no antenna: any of them may be the one that is right."""
    names = read_names(path).antennas
    worst = 0.0
    late: Set[int] = set()
    for spw in np.unique(rows.spw).tolist():
        mine = Times(*(each[rows.spw == spw] for each in rows))
        for each in _measurements(mine):
            off = each.time_s - each.time_s.min()
            worst = max(worst, float(off.max()))
            late |= set(each.antenna[off > TOLERANCE_S].tolist())
    if not late:
        return Answer(0.0, "s", alike)
    text = f"{len(late)} of {len(names)} antennas have other times, up to {worst:.2f} s"
    return Answer(worst, "s", text, [Offender(worst, text)])


def _measurements(rows: Times) -> Iterator[Times]:
    """The rows of one spw, cut where much time lies between, or an antenna comes again."""
    order = np.argsort(rows.time_s, kind="stable")
    times, antennas = rows.time_s[order], rows.antenna[order]
    start = 0
    seen: Set[int] = set()
    for n, antenna in enumerate(antennas.tolist()):
        if antenna in seen or times[n] - times[start] > ONE_MEASUREMENT_S:
            yield Times(times[start:n], antennas[start:n], None)
            start = n
            seen = set()
        seen.add(antenna)
    yield Times(times[start:], antennas[start:], None)
