"""Visibilities of some fields or intents, averaged over channels row by row, and over scans."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, Dict, Iterator, List, NamedTuple, Sequence, Set, Tuple

import numpy as np

from ..errors import CasaError
from .flag_count import open_unlocked
from .metric_answers import existing

__all__ = [
    "Asked",
    "Names",
    "Rows",
    "antennas_with_data",
    "ask",
    "read_names",
    "read_rows",
    "scan_means",
    "selected",
]

#: Read at a time, bytes of data.
CHUNK_BYTES = 1 << 25
EDGE = 0.05
COLUMNS = {"data": "DATA", "corrected": "CORRECTED_DATA", "model": "MODEL_DATA"}
#: Parallel hands by CASA's number of a correlation.
HANDS = {1: "I", 5: "RR", 8: "LL", 9: "XX", 12: "YY"}


class Asked(NamedTuple):
    """``MS``, ``MS:what`` or ``MS:what:column``, taken apart."""

    name: str
    path: str
    what: str
    """An intent, a field's name, id or pattern; empty for all."""
    column: str
    """DATA, CORRECTED_DATA, MODEL_DATA; empty for corrected where it is there, else data."""


class Names(NamedTuple):
    """What the sub-tables of an MS say."""

    antennas: List[str]
    dishes_m: Any
    fields: List[str]
    intents: List[str]
    """OBS_MODE of each STATE_ID."""
    spws: List[str]
    spw_of: List[int]
    """Spw of each DATA_DESC_ID."""
    hands_of: List[List[int]]
    """Indices of the parallel hands, of each DATA_DESC_ID."""
    hand_names: List[List[str]]


class Rows(NamedTuple):
    """Cross-correlations of one spw, averaged over the unflagged channels without the edges."""

    spw: int
    hands: List[str]
    scan: Any
    field: Any
    time_s: Any
    antenna1: Any
    antenna2: Any
    values: Any
    """complex (hands, rows), NaN where nothing is unflagged."""


def ask(of: str, folder: str) -> Asked:
    """Take `of` apart.

    Raises
    ------
    CasaError
        There is no such column, or no such MS.
    """
    name, _, rest = of.partition(":")
    what, _, column = rest.rpartition(":") if ":" in rest else (rest, "", "")
    if column and column not in COLUMNS:
        raise CasaError(f"there is no column {column!r}", of, f"There are: {', '.join(COLUMNS)}.")
    return Asked(name, existing(folder, name), what, COLUMNS.get(column, ""))


def read_names(path: str) -> Names:
    """Read the sub-tables of the MS at `path`."""
    found = {}
    wanted = {
        "ANTENNA": ("NAME", "DISH_DIAMETER"),
        "FIELD": ("NAME",),
        "STATE": ("OBS_MODE",),
        "SPECTRAL_WINDOW": ("NAME",),
        "DATA_DESCRIPTION": ("SPECTRAL_WINDOW_ID", "POLARIZATION_ID"),
    }
    for table, columns in wanted.items():
        with open_unlocked(f"{path}/{table}") as opened:
            for column in columns:
                found[table, column] = list(opened.getcol(column)) if opened.nrows() else []
    with open_unlocked(f"{path}/POLARIZATION") as opened:
        types = [opened.getcell("CORR_TYPE", row).tolist() for row in range(opened.nrows())]
    hands = [[n for n, kind in enumerate(each) if kind in HANDS] for each in types]
    pols = [int(each) for each in found["DATA_DESCRIPTION", "POLARIZATION_ID"]]
    return Names(
        antennas=[str(each) for each in found["ANTENNA", "NAME"]],
        dishes_m=np.array(found["ANTENNA", "DISH_DIAMETER"], dtype=float),
        fields=[str(each) for each in found["FIELD", "NAME"]],
        intents=[str(each) for each in found["STATE", "OBS_MODE"]],
        spws=[str(each) for each in found["SPECTRAL_WINDOW", "NAME"]],
        spw_of=[int(each) for each in found["DATA_DESCRIPTION", "SPECTRAL_WINDOW_ID"]],
        hands_of=[hands[pol] for pol in pols],
        hand_names=[[HANDS[types[pol][n]] for n in hands[pol]] for pol in pols],
    )


def selected(asked: Asked, names: Names) -> str:
    """Return the condition that selects what is asked for; empty when that is all.

    Raises
    ------
    CasaError
        No intent and no field is called so.
    """
    if not asked.what:
        return ""
    states = [n for n, intent in enumerate(names.intents) if _has_intent(intent, asked.what)]
    if states:
        return f"STATE_ID IN {states}"
    fields = [
        n for n, name in enumerate(names.fields) if asked.what == str(n) or fnmatchcase(name, asked.what)
    ]
    if not fields:
        raise CasaError(
            f"no field and no intent is called {asked.what!r}",
            asked.name,
            f"Fields: {', '.join(dict.fromkeys(names.fields))}. Intents: {', '.join(_intents(names))}.",
        )
    return f"FIELD_ID IN {fields}"


def _intents(names: Names) -> List[str]:
    return sorted({part.partition("#")[0] for each in names.intents for part in each.split(",") if part})


def _has_intent(intents: str, wanted: str) -> bool:
    """Whether OBS_MODE has an intent; ``CALIBRATE_PHASE`` is not ``CALIBRATE_PHASE_X``."""
    return any(wanted in (part, part.partition("#")[0]) for part in intents.replace(" ", "").split(","))


def read_rows(asked: Asked, names: Names) -> Iterator[Rows]:
    """Yield what is asked for, one spw after the other (those that have any).

    Raises
    ------
    CasaError
        Nothing is selected, or the column is not there.
    """
    condition = selected(asked, names)
    some = False
    with open_unlocked(asked.path) as main:
        column = asked.column or ("CORRECTED_DATA" if "CORRECTED_DATA" in main.colnames() else "DATA")
        if column not in main.colnames():
            raise CasaError(f"has no column {column}", asked.name, "Run the step that makes it first.")
        for ddid, spw in enumerate(names.spw_of):
            if not names.hands_of[ddid]:
                continue
            words = [f"DATA_DESC_ID=={ddid}", "ANTENNA1!=ANTENNA2", *([condition] if condition else [])]
            part = main.query(" AND ".join(words))
            try:
                if part.nrows():
                    some = True
                    yield _averaged(part, column, spw, names.hands_of[ddid], names.hand_names[ddid])
            finally:
                part.close()
    if not some:
        raise CasaError(
            "has no cross-correlations of these", asked.name, f"Asked for: {asked.what or 'all'}."
        )


def _averaged(part: Any, column: str, spw: int, hands: List[int], hand_names: List[str]) -> Rows:
    scan, field, time_s, one, two = (
        part.getcol(name) for name in ("SCAN_NUMBER", "FIELD_ID", "TIME", "ANTENNA1", "ANTENNA2")
    )
    pieces = [_channel_means(data[hands], flags[hands]) for data, flags in _chunks(part, column)]
    return Rows(spw, hand_names, scan, field, time_s, one, two, np.concatenate(pieces, axis=1))


def _chunks(part: Any, column: str) -> Iterator[Tuple[Any, Any]]:
    cell = part.getcell(column, 0)
    step = max(1, CHUNK_BYTES // max(1, cell.nbytes))
    cut = int(EDGE * cell.shape[1])
    keep = slice(cut, cell.shape[1] - cut)
    for start in range(0, part.nrows(), step):
        count = min(step, part.nrows() - start)
        flags = part.getcol("FLAG", start, count) | part.getcol("FLAG_ROW", start, count)[None, None, :]
        yield part.getcol(column, start, count)[:, keep], flags[:, keep]


def _channel_means(data: Any, flags: Any) -> Any:
    """Mean over the channels; NaN where all are flagged."""
    count = (~flags).sum(axis=1)
    total = np.where(flags, 0.0, data).sum(axis=1)
    return np.where(count > 0, total / np.maximum(1, count), np.nan)


def scan_means(rows: Rows) -> Rows:
    """Average over the time of each scan, baseline by baseline."""
    keys = np.stack([rows.scan, rows.field, rows.antenna1, rows.antenna2])
    unique, inverse = np.unique(keys, axis=1, return_inverse=True)
    inverse = inverse.ravel()
    size = unique.shape[1]
    means = [_mean_by(values, inverse, size) for values in rows.values]
    time = np.bincount(inverse, rows.time_s, size) / np.maximum(1, np.bincount(inverse, minlength=size))
    return Rows(rows.spw, rows.hands, unique[0], unique[1], time, unique[2], unique[3], np.stack(means))


def _mean_by(values: Any, inverse: Any, size: int) -> Any:
    good = np.isfinite(values)
    kept = np.where(good, values, 0.0)
    count = np.bincount(inverse, good, size)
    total = np.bincount(inverse, kept.real, size) + 1j * np.bincount(inverse, kept.imag, size)
    return np.where(count > 0, total / np.maximum(1, count), np.nan)


def antennas_with_data(path: str, fields: Sequence[int]) -> Dict[int, Set[int]]:
    """Return spw -> the antennas with an unflagged cross-correlation on one of `fields` (all if none)."""
    names = read_names(path)
    found: Dict[int, Set[int]] = {}
    with open_unlocked(path) as main:
        for ddid, spw in enumerate(names.spw_of):
            words = [
                f"DATA_DESC_ID=={ddid}",
                "ANTENNA1!=ANTENNA2",
                *([f"FIELD_ID IN {list(fields)}"] if fields else []),
            ]
            part = main.query(" AND ".join(words))
            try:
                if part.nrows():
                    found.setdefault(spw, set()).update(_unflagged_antennas(part))
            finally:
                part.close()
    return found


def _unflagged_antennas(part: Any) -> Set[int]:
    cell = part.getcell("FLAG", 0)
    step = max(1, CHUNK_BYTES // max(1, cell.size))
    found: Set[int] = set()
    for start in range(0, part.nrows(), step):
        count = min(step, part.nrows() - start)
        good = ~(part.getcol("FLAG", start, count).all(axis=(0, 1)) | part.getcol("FLAG_ROW", start, count))
        for name in ("ANTENNA1", "ANTENNA2"):
            found.update(np.unique(part.getcol(name, start, count)[good]).tolist())
    return found
