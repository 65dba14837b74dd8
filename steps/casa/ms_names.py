"""What the sub-tables of an MS say: names of antennas, fields, intents, spws and correlations."""

from __future__ import annotations

from typing import Any, List, NamedTuple

import numpy as np

from .flag_count import open_unlocked

__all__ = ["Names", "read_names"]

#: Parts of the names of spws that are no science.
AUXILIARY = ("WVR", "SQLD", "CH_AVG")
#: Parallel hands by CASA's number of a correlation.
HANDS = {1: "I", 5: "RR", 8: "LL", 9: "XX", 12: "YY"}


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
    positions_m: Any = None
    """float (antennas, 3); None where they are not known."""

    def intent(self, state: int) -> str:
        """OBS_MODE of a STATE_ID; empty where there is none, as for -1."""
        return self.intents[state] if 0 <= state < len(self.intents) else ""

    def is_science(self, spw: int) -> bool:
        """Whether it is none of the radiometers, total-power detectors and channel averages."""
        return not any(word in self.spws[spw] for word in AUXILIARY)


def read_names(path: str) -> Names:
    """Read the sub-tables of the MS at `path`."""
    found = {}
    wanted = {
        "ANTENNA": ("NAME", "DISH_DIAMETER", "POSITION"),
        "FIELD": ("NAME",),
        "STATE": ("OBS_MODE",),
        "SPECTRAL_WINDOW": ("NAME",),
        "DATA_DESCRIPTION": ("SPECTRAL_WINDOW_ID", "POLARIZATION_ID"),
    }
    for table, columns in wanted.items():
        with open_unlocked(f"{path}/{table}") as opened:
            for column in columns:
                found[table, column] = list(np.array(opened.getcol(column)).T) if opened.nrows() else []
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
        positions_m=np.array(found["ANTENNA", "POSITION"], dtype=float),
    )
