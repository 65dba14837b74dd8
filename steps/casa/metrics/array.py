"""Numbers of an MS as a whole: what was observed, who stood in whose shadow."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator, List, Set, Tuple

import numpy as np

from ...errors import CasaError
from ..flag_count import open_unlocked
from ..ms_names import Names, read_names
from ..visibilities import Asked, ask, selected
from .answers import Answer, Offender, Place, Results, existing, said

__all__ = [
    "cross_correlations",
    "in_shadow",
    "n_antennas",
    "n_rows",
    "n_scans",
    "n_spws",
    "shadowed",
    "shadowed_rows",
]

CHUNK_ROWS = 1 << 18


def n_rows(of: str, folder: str, results: Results) -> Answer:
    """Number of rows of the table `of`; of an MS, one per baseline, integration and spw."""
    with open_unlocked(existing(folder, of)) as table:
        rows = int(table.nrows())
    return Answer(float(rows), "", f"{of}: {rows} rows")


def n_scans(of: str, folder: str, results: Results) -> Answer:
    """Number of scans with data. `of` is ``MS`` or ``MS:what``, an intent or a field."""
    asked = ask(of, folder)
    scans = _values(asked, read_names(asked.path), "SCAN_NUMBER")
    return Answer(float(len(scans)), "", f"scans {_runs(scans)}" if scans else "no scan")


def n_spws(of: str, folder: str, results: Results) -> Answer:
    """Number of spws with data; without radiometers (WVR), total-power detectors (SQLD) and channel averages.

    `of` is ``MS`` or ``MS:what``, an intent or a field.
    """
    asked = ask(of, folder)
    names = read_names(asked.path)
    spws = sorted({names.spw_of[ddid] for ddid in _values(asked, names, "DATA_DESC_ID")})
    science = [spw for spw in spws if names.is_science(spw)]
    left = len(spws) - len(science)
    text = f"spws {_runs(science)}" if science else "no spw"
    return Answer(float(len(science)), "", text + (f", and {left} that are no science" if left else ""))


def n_antennas(of: str, folder: str, results: Results) -> Answer:
    """Number of antennas with data. `of` is ``MS`` or ``MS:what``, an intent or a field."""
    asked = ask(of, folder)
    names = read_names(asked.path)
    numbers = sorted(set(_values(asked, names, "ANTENNA1")) | set(_values(asked, names, "ANTENNA2")))
    gone = [name for n, name in enumerate(names.antennas) if n not in numbers]
    return Answer(float(len(numbers)), "", f"without data: {', '.join(gone)}" if gone else "all have data")


def _values(asked: Asked, names: Names, column: str) -> List[int]:
    """The different values of an integer column in what is asked for."""
    condition = selected(asked, names)
    found: Set[int] = set()
    with open_unlocked(asked.path) as main:
        part = main.query(condition) if condition else main
        try:
            for start in range(0, part.nrows(), CHUNK_ROWS):
                count = min(CHUNK_ROWS, part.nrows() - start)
                found.update(np.unique(part.getcol(column, start, count)).tolist())
        finally:
            if part is not main:
                part.close()
    return sorted(found)


def _runs(numbers: List[int]) -> str:
    """Return "1~4,7" of 1, 2, 3, 4, 7, as CASA writes selections."""
    runs: List[List[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}~{run[-1]}" for run in runs)


def shadowed(of: str, folder: str, results: Results) -> Answer:
    """Percentage of the cross-correlations with a shadowed antenna, flagged or not; the antennas are named.

    A dish is in the shadow of another where their projected distance is below the mean of their diameters and
    it stands further from the source: what flagdata(mode='shadow') flags. `of` is ``MS`` or ``MS:what``. In
    compact arrays at low elevation it is tens of per cent (reference simulation 3.10: 31 % at 33 to 38
    degrees with the 7m array).
    """
    with cross_correlations(of, folder) as (part, names):
        dark = shadowed_rows(part, names, of)
        one, two = (part.getcol(name) for name in ("ANTENNA1", "ANTENNA2"))
    return _shadowed(one, two, dark, names)


@contextmanager
def cross_correlations(of: str, folder: str) -> Iterator[Tuple[Any, Names]]:
    """Open the cross-correlations that `of` asks for (``MS`` or ``MS:what``), with the names of the MS."""
    asked = ask(of, folder)
    names = read_names(asked.path)
    condition = selected(asked, names)
    with open_unlocked(asked.path) as main:
        part = main.query("ANTENNA1!=ANTENNA2" + (f" AND {condition}" if condition else ""))
        try:
            yield part, names
        finally:
            part.close()


def shadowed_rows(part: Any, names: Names, of: str) -> Any:
    """Which of the two antennas of each row of a part of the main table is in a shadow, bool (2, rows).

    Raises
    ------
    CasaError
        The part has no rows.
    """
    if not part.nrows():
        raise CasaError("has no cross-correlations of these", of)
    one, two, time_s, uvw_m = (part.getcol(name) for name in ("ANTENNA1", "ANTENNA2", "TIME", "UVW"))
    return in_shadow(one, two, time_s, uvw_m, names.dishes_m)


def in_shadow(one: Any, two: Any, time_s: Any, uvw_m: Any, dishes_m: Any) -> Any:
    """The same of columns: ``uvw_m`` is (3, rows), ``dishes_m`` the diameter of each antenna."""
    close = np.hypot(uvw_m[0], uvw_m[1]) < 0.5 * (dishes_m[one] + dishes_m[two])
    behind = np.where(uvw_m[2] > 0.0, two, one)
    _, when = np.unique(time_s, return_inverse=True)
    count = len(dishes_m)
    dark = np.unique(when.ravel()[close] * count + behind[close])
    return np.stack([np.isin(when.ravel() * count + each, dark) for each in (one, two)])


def _shadowed(one: Any, two: Any, dark: Any, names: Names) -> Answer:
    found = []
    for antenna in np.unique(np.concatenate([one[dark[0]], two[dark[1]]])).tolist():
        mine = (one == antenna) | (two == antenna)
        hit = ((one == antenna) & dark[0]) | ((two == antenna) & dark[1])
        name = names.antennas[antenna]
        found.append(Offender(100.0 * float(hit.sum() / mine.sum()), name, Place(name)))
    ordered = sorted(found, key=lambda each: -each.value)
    return Answer(
        100.0 * float(dark.any(axis=0).mean()), "%", said(ordered, "%") or "none is shadowed", ordered
    )
