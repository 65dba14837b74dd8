"""Which visibilities a metric is asked of (``MS:what:column``), and what was read of these."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any, Dict, List, NamedTuple, Sequence, Set, Tuple

import numpy as np

from ..errors import CasaError
from .flag_count import open_unlocked
from .intents import intents_of
from .metrics.answers import NothingToTell, existing
from .ms_names import Names, read_names
from .sums import CHUNK_BYTES, Spectra, Sums, read_sums

__all__ = ["Asked", "antennas_with_data", "ask", "read_selected", "read_unflagged", "selected"]

INTENT = re.compile(r"^(CALIBRATE|OBSERVE)_[A-Z_]+(#[A-Z_]+)?$")
COLUMNS = {"data": "DATA", "corrected": "CORRECTED_DATA", "model": "MODEL_DATA"}


class Asked(NamedTuple):
    """``MS``, ``MS:what`` or ``MS:what:column``, taken apart."""

    name: str
    path: str
    what: str
    """An intent, a field's name, id or pattern; empty for all."""
    column: str
    """DATA, CORRECTED_DATA, MODEL_DATA; empty for corrected where it is there, else data."""


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


def selected(asked: Asked, names: Names) -> str:
    """Return the condition that selects what is asked for; empty when that is all.

    Raises
    ------
    CasaError
        No intent and no field is called so.
    """
    if not asked.what:
        return ""
    states, fields = _chosen(asked, names)
    return f"STATE_ID IN {states}" if states else f"FIELD_ID IN {fields}"


def _chosen(asked: Asked, names: Names) -> Tuple[List[int], List[int]]:
    """The states that have the intent asked for, or else the fields that are called so."""
    states = [n for n, intent in enumerate(names.intents) if _has_intent(intent, asked.what)]
    if states:
        return states, []
    fields = [
        n for n, name in enumerate(names.fields) if asked.what == str(n) or fnmatchcase(name, asked.what)
    ]
    if not fields and INTENT.match(asked.what):
        raise NothingToTell(f"was observed without the intent {asked.what}", asked.name)
    if not fields:
        raise CasaError(
            f"no field and no intent is called {asked.what!r}",
            asked.name,
            f"Fields: {', '.join(dict.fromkeys(names.fields))}. Intents: {', '.join(_intents(names))}.",
        )
    return [], fields


def _intents(names: Names) -> List[str]:
    return sorted({intent for modes in names.intents for intent in intents_of(modes)})


def _has_intent(intents: str, wanted: str) -> bool:
    """Whether OBS_MODE has an intent; ``CALIBRATE_PHASE`` is not ``CALIBRATE_PHASE_X``."""
    return any(wanted in (part, part.partition("#")[0]) for part in intents.replace(" ", "").split(","))


def read_selected(asked: Asked, names: Names) -> List[Sums]:
    """Return what is asked for, spw by spw (those that have any); spectra of those scans and fields only.

    Raises
    ------
    CasaError
        Nothing is selected, or the column is not there.
    """
    states, fields = _chosen(asked, names) if asked.what else ([], [])
    found = []
    for sums in read_sums(asked.path, asked.name, asked.column, names):
        if asked.what:
            rows = np.isin(sums.state, states) if states else np.isin(sums.field, fields)
            sums = _with_spectra_of(sums.where(rows), states, fields)
        if len(sums.scan):
            found.append(sums)
    if not found:
        raise CasaError(
            "has no cross-correlations of these", asked.name, f"Asked for: {asked.what or 'all'}."
        )
    return found


def read_unflagged(asked: Asked, names: Names) -> List[Sums]:
    """Return the same as `read_selected`.

    Raises
    ------
    CasaError
        Nothing is selected, nothing of it is unflagged, or the column is not there.
    """
    found = read_selected(asked, names)
    if not any(sums.good.any() for sums in found):
        raise CasaError("no unflagged visibility is left", asked.name, "Look at its flags.")
    return found


def _with_spectra_of(sums: Sums, states: List[int], fields: List[int]) -> Sums:
    spectra = sums.spectra
    kept = np.isin(spectra.scan, sums.scan) if states else np.isin(spectra.field, fields)
    arrays = [column if name == "channels" else column[kept]
              for name, column in spectra._asdict().items()]  # fmt: skip
    return sums._replace(spectra=Spectra(*arrays))


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
