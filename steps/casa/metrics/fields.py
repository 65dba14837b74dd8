"""What was observed that calibrates nothing, and what has got its coordinates since the import.

`of` is an MS; its ASDM, where it is still there, is the folder of the same name without ``.ms`` beside it.
"""

from __future__ import annotations

import os
from typing import Dict, List, Set

import numpy as np

from ..asdm_rows import asdm_of, rows_of
from ..flag_count import open_unlocked
from ..intents import kinds_of
from ..ms_names import read_names
from ..spans import read_spans
from .answers import Answer, NothingToTell, Offender, Place, Results, existing
from .imported import ZERO_RAD

__all__ = ["fields_moved", "pointing_only"]

POINTING = {"POINTING", "FOCUS", "WVR"}
"""What is observed while an antenna is pointed; radiometers always look."""


def pointing_only(of: str, folder: str, results: Results) -> Answer:
    """How many fields were observed for pointing (or focus) only.

    Their scans are flagged with the a priori flags and not split out: setjy, gaincal or applycal on them fail
    for want of data. They belong into no call of the script (reference alma-reduction 4.3, step 4).
    """
    path = existing(folder, of)
    names = read_names(path)
    seen: Dict[int, Set[str]] = {}
    for span in read_spans(path):
        seen.setdefault(span.field, set()).update(kinds_of(names.intent(span.state)) or [""])
    if not any(kinds - {""} for kinds in seen.values()):
        raise NothingToTell("has no intents", of)
    only = [names.fields[n] for n, kinds in sorted(seen.items()) if "POINTING" in kinds and kinds <= POINTING]
    found = [Offender(1.0, name, Place(field=name)) for name in dict.fromkeys(only)]
    words = ", ".join(each.who for each in found)
    return Answer(float(len(found)), "", words or "no source was observed for pointing only", found)


def fields_moved(of: str, folder: str, results: Results) -> Answer:
    """How many fields had the coordinates 0, 0 when they were imported, and have some now.

    The ASDM tells, where it is still there; else the calls of fixplanets in the history of the MS. Moving
    sources in older data; fixplanets has given them their own (reference alma-reduction 1.3).
    """
    path = existing(folder, of)
    with open_unlocked(f"{path}/FIELD") as table:
        names = [str(table.getcell("NAME", n)) for n in range(table.nrows())]
        where = [np.ravel(table.getcell("PHASE_DIR", n))[:2] for n in range(table.nrows())]
    has = [bool(np.any(np.abs(each) > ZERO_RAD)) for each in where]
    asdm = asdm_of(folder, of)
    before = _at_zero(asdm) if os.path.isfile(os.path.join(asdm, "Field.xml")) else _by_history(path, names)
    moved = [name for name, known in zip(names, has) if known and name in before]  # noqa: B905
    found = [Offender(1.0, name, Place(field=name)) for name in dict.fromkeys(moved)]
    words = ", ".join(each.who for each in found)
    return Answer(float(len(found)), "", words or "no field has moved since the import", found)


def _at_zero(asdm: str) -> Set[str]:
    """Names of the fields of an ASDM whose phase centre is 0, 0."""
    found = set()
    for name, phase, reference in rows_of(asdm, "Field", "fieldName", "phaseDir", "referenceDir"):
        numbers = (phase or reference).split()
        if len(numbers) >= 2 and all(abs(float(each)) < ZERO_RAD for each in numbers[-2:]):
            found.add(name)
    return found


def _by_history(path: str, names: List[str]) -> Set[str]:
    """Names of the fields that fixplanets was called for, as CASA has written it into the history."""
    if not os.path.isdir(f"{path}/HISTORY"):
        return set()
    with open_unlocked(f"{path}/HISTORY") as table:
        lines = [str(each) for each in table.getcol("MESSAGE")] if table.nrows() else []
    found: Set[str] = set()
    is_it = False
    for line in lines:
        name, _, value = (part.strip() for part in line.partition("="))
        is_it = value == "fixplanets" if name == "taskname" else is_it
        if is_it and name == "field":
            for word in value.strip("\"'[] ").replace("'", "").replace('"', "").split(","):
                word = word.strip()
                is_id = word.isdigit() and int(word) < len(names)
                found.add(names[int(word)] if is_id else word)
    return found
