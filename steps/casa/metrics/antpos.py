"""Numbers of the antenna positions: how large the corrections are, and whether all known are applied."""

from __future__ import annotations

import csv
import os
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

from ...errors import CasaError
from ..applied import calls_of_applycal, listed
from ..caltable import CalTable, read_caltable
from .answers import Answer, Offender, Place, Results, existing, most

__all__ = ["antpos_corrected", "antpos_max", "antpos_unapplied"]

LEAST_MM = 0.05
"""Smaller corrections are not made: it is what a baseline run is good to (reference alma-reduction 2.2)."""
LIST = "antennapos.csv"


def antpos_max(of: str, folder: str, results: Results) -> Answer:
    """Length of the largest antenna position correction, mm.

    `of` is the table of gencal(caltype='antpos'), whose offsets are in metres. More than 2 mm is worth a
    look (the script generator notes it; reference alma-reduction 2.2 and 4.2); the ALMA pipeline notes any.
    """
    lengths = _lengths_mm(read_caltable(folder, of, "KAntPos"))
    return most([Offender(mm, name, Place(name)) for name, mm in lengths.items()], "mm", of, digits=2)


def antpos_corrected(of: str, folder: str, results: Results) -> Answer:
    """How many antennas have a correction of 0.05 mm or more in a table of antenna positions.

    `of` is that table. None: the table does nothing; in delivered scripts all-zero parameters were found,
    with the real ones commented out (reference alma-reduction 1.13). Antennas that antennapos.csv has no row
    for are named: no baseline run was found for them, they keep the position that the metadata have.
    """
    table = read_caltable(folder, of, "KAntPos")
    lengths = _lengths_mm(table)
    words = [f"{name} {mm:.2f} mm" for name, mm in lengths.items() if mm >= LEAST_MM]
    known = _known(folder, os.path.basename(table.ms))
    without = [name for name in lengths if name not in known] if known else []
    text = ", ".join(words) or "all offsets are zero"
    return Answer(float(len(words)), "", text + (f"; no row for {', '.join(without)}" if without else ""))


def antpos_unapplied(of: str, folder: str, results: Results) -> Answer:
    """Largest part of a known antenna position correction that is not applied, mm.

    `of` is the MS. Known is what antennapos.csv says of it, in the EB's folder or the MOUS's; applied is what
    the tables of antenna positions hold that applycal was given (by the history of the MS, else the table
    beside the MS). Above 0.1 mm look: 1 mm at 230 GHz is 280 degrees of phase, of which 3 degrees of distance
    leave 15.
    """
    path = existing(folder, of)
    known = _known(folder, os.path.basename(path))
    if not known:
        return Answer(0.0, "mm", f"no {LIST} names a correction: nothing to compare with")
    applied, words = _applied(path, folder)
    found = []
    for name, offset in known.items():
        left = 1000.0 * float(np.linalg.norm(offset - applied.get(name, np.zeros(3))))
        found.append(Offender(left, f"{name}{words}", Place(name)))
    if max(each.value for each in found) < LEAST_MM:
        return Answer(0.0, "mm", f"all of {LIST} is applied", found)
    return most(found, "mm", of, digits=2)


def _lengths_mm(table: CalTable) -> Dict[str, float]:
    return {name: 1000.0 * float(np.linalg.norm(offset)) for name, offset in _offsets_m(table)}


def _offsets_m(table: CalTable) -> Iterator[Tuple[str, Any]]:
    for block in table.blocks:
        for antenna, offset in zip(block.antenna.tolist(), block.values.real[:, 0].T):  # noqa: B905  # Python 3.8
            yield table.antennas[antenna], offset


def _known(folder: str, ms: str) -> Dict[str, Any]:
    """Antenna -> offset, m, by the list in the EB's folder, else in the MOUS's; of several rows the last."""
    for path in (os.path.join(folder, LIST), os.path.join(folder, os.pardir, LIST)):
        if os.path.isfile(path):
            return dict(_rows(path, ms))
    return {}


def _rows(path: str, ms: str) -> Iterator[Tuple[str, Any]]:
    with open(path, encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.reader(line for line in file if not line.lstrip().startswith("#")):
            cells = [each.strip() for each in row]
            if len(cells) >= 5 and cells[0] in (ms, ms[: -len(".ms")]):
                try:
                    yield cells[1], np.array([float(each) for each in cells[2:5]])
                except ValueError:
                    continue


def _applied(path: str, folder: str) -> Tuple[Dict[str, Any], str]:
    """Antenna -> offset, m, that the data have got; and what to say of it."""
    calls = calls_of_applycal(path)
    names: List[str] = list(
        dict.fromkeys(str(each) for call in calls for each in listed(call.get("gaintable")))
    )
    if not calls:
        names = [f"{os.path.basename(path)}.antpos"]
    found: Dict[str, Any] = {}
    for name in names:
        try:
            for antenna, offset in _offsets_m(read_caltable(folder, name, "KAntPos")):
                found[antenna] = found.get(antenna, 0.0) + offset
        except CasaError:
            continue
    return found, "" if found else " (no table of antenna positions is applied)"
