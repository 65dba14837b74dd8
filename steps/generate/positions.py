"""Corrections of the antenna positions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .metadata import Metadata
from .tables import PositionRow

__all__ = ["PositionPlan", "plan_positions"]

#: Corrections below this do nothing: it is the accuracy of a baseline run, m.
LEAST_M = 5e-5
#: Corrections above this are large: they are named, m.
LARGE_M = 2e-3


@dataclass(frozen=True, slots=True)
class PositionPlan:
    """The corrections that gencal is given."""

    corrections: tuple[PositionRow, ...]
    notes: tuple[str, ...]
    source: str
    """Where they come from."""


def plan_positions(metadata: Metadata, rows: Sequence[PositionRow], source: str) -> PositionPlan | None:
    """Corrections of antennas of this EB that are large enough to matter; None when there is none.

    Of several rows for an antenna the last counts. Sources of the limits: the script generator of ALMA takes
    corrections from 50 um on and names those above 2 mm.
    """
    last = {row.antenna: row for row in rows}
    names = [each.name for each in metadata.antennas]
    found = [last[name] for name in names if name in last and math.hypot(*last[name].offset_m) >= LEAST_M]
    if not found:
        return None
    notes = [
        f"Note: the correction for antenna {row.antenna} is larger than 2mm."
        for row in found
        if math.hypot(*row.offset_m) > LARGE_M
    ]
    without = [name for name in names if name not in last]
    if without:
        notes.append(f"No correction is known for: {', '.join(without)}.")
    return PositionPlan(tuple(found), tuple(notes), source)
