"""The small MS with two things wrong, reduced by its script: ``python casa_spoiled.py FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

import casa_reduced
import numpy as np
from casa_small_ms import ANTENNAS
from casa_small_ms import make_ms as make_good

DEAD, DEAD_SCAN = "DV04", 4
JUMPS, JUMP_SCAN, JUMP_DEG = "DV05", 5, 80.0


def make_ms(path: str) -> None:
    """Make it with an antenna without fringes in a scan, and one whose phase jumps within another scan."""
    from casatools import table

    make_good(path)
    tb = table()
    tb.open(path, nomodify=False)
    one, two, scan, time = (tb.getcol(name) for name in ("ANTENNA1", "ANTENNA2", "SCAN_NUMBER", "TIME"))
    middle = np.median(np.unique(time[scan == JUMP_SCAN]))
    dead, jumps = ANTENNAS.index(DEAD), ANTENNAS.index(JUMPS)
    noise = np.random.default_rng(7)
    for row in np.flatnonzero((one == dead) | (two == dead)).tolist():
        if scan[row] == DEAD_SCAN and one[row] != two[row]:
            data = tb.getcell("DATA", row)
            parts = noise.normal(scale=0.02, size=(2, *data.shape))
            tb.putcell("DATA", row, parts[0] + 1j * parts[1])
    for row in np.flatnonzero((one == jumps) ^ (two == jumps)).tolist():
        if time[row] > middle:
            sign = 1.0 if one[row] == jumps else -1.0
            tb.putcell("DATA", row, tb.getcell("DATA", row) * np.exp(1j * sign * np.radians(JUMP_DEG)))
    tb.close()


if __name__ == "__main__":
    casa_reduced.make_ms = make_ms
    casa_reduced.main(Path(sys.argv[1]))
