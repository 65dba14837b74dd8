"""Simulate a measurement set to measure on: the VLA's 27 antennas, a DATA column, about 8 % flagged.

    python bench/make_ms.py OUT.ms [--size-gb 1.0] [--spw 128x4 ...] [--autos]

CASA's simulator lays the tables out; the rows are then filled with numpy, which takes a tenth of the time.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ANTENNAS = 27
INTEGRATION_S = 10.0
SCAN_INTEGRATIONS = 30
STOKES = {1: "RR", 2: "RR LL", 4: "RR RL LR LL"}
#: Channels per tile of the simulator, whatever the number there are; for the size on disk.
TILE_CHANNELS = 100


class Spw(NamedTuple):
    """Shape of a spectral window."""

    channels: int
    correlations: int


def configure_casa() -> None:
    """Make casatools importable with casadata's tables, without a look at ~/.casa."""
    words, sys.argv = sys.argv, [sys.argv[0], "--noconfig", "--nositeconfig"]
    import casadata
    from casaconfig import config

    sys.argv = words
    config.measurespath = casadata.datapath
    config.datapath = [casadata.datapath]
    config.measures_auto_update = config.data_auto_update = False
    config.casaconfig_verbose = 0
    config.logfile = "/dev/null"
    config.nogui = config.agg = True


def make_ms(
    path: Path,
    spws: Sequence[Spw],
    integrations: int,
    *,
    antennas: int = ANTENNAS,
    autos: bool = False,
    flagged: float = 0.08,
    seed: int = 1,
    data: bool = True,
) -> None:
    """Write an MS of `integrations` integrations in each of `spws`."""
    from casatasks import casalog

    casalog.filter("SEVERE")
    _skeleton(path, spws, antennas, autos)
    casalog.filter("INFO")
    _fill(path, spws, integrations, data=data)
    _flag(path, flagged, np.random.default_rng(seed))


def integrations_for(size_gb: float, spws: Sequence[Spw]) -> int:
    """How many integrations make an MS of about `size_gb` GB."""
    row = sum(
        math.ceil(spw.channels / TILE_CHANNELS) * TILE_CHANNELS * spw.correlations * 8.2 + 90 for spw in spws
    )
    return max(1, round(size_gb * 1e9 / (row * ANTENNAS * (ANTENNAS - 1) / 2)))


def _skeleton(path: Path, spws: Sequence[Spw], antennas: int, autos: bool) -> None:
    """One integration per spw: every subtable, and the layout of the main one."""
    from casatools import measures, simulator

    measure, simulate = measures(), simulator()
    east, north = _y_shape(antennas)
    simulate.open(str(path))
    simulate.setconfig(
        telescopename="VLA",
        x=east,
        y=north,
        z=[0.0] * antennas,
        dishdiameter=[25.0] * antennas,
        mount=["alt-az"] * antennas,
        antname=[f"ea{number:02d}" for number in range(1, antennas + 1)],
        coordsystem="local",
        referencelocation=measure.observatory("VLA"),
    )
    for number, spw in enumerate(spws):
        simulate.setspwindow(
            spwname=f"S{number}",
            freq=f"{1.4 + 0.2 * number}GHz",
            deltafreq="1MHz",
            freqresolution="1MHz",
            nchannels=spw.channels,
            stokes=STOKES[spw.correlations],
        )
    simulate.setfeed("perfect R L")
    for name, hour in (("CAL", 5), ("TGT", 6)):
        simulate.setfield(name, sourcedirection=measure.direction("J2000", f"{hour}h0m0s", "40d"))
    simulate.setlimits(0.0, "1deg")
    simulate.setauto(1.0 if autos else 0.0)
    start = measure.epoch("UTC", "2024/01/01/05:00:00")
    simulate.settimes(f"{INTEGRATION_S}s", usehourangle=True, referencetime=start)
    for number in range(len(spws)):
        simulate.observe("CAL", f"S{number}", starttime="0s", stoptime=f"{INTEGRATION_S}s")
    simulate.close()


def _y_shape(antennas: int) -> tuple[list[float], list[float]]:
    """Offsets east and north of the reference, m, of antennas along three arms."""
    arms = [math.radians(angle) for angle in (-5, 115, 236)]
    places = [(40 * (1 + number // 3) ** 1.7, arms[number % 3]) for number in range(antennas)]
    return [r * math.sin(a) for r, a in places], [r * math.cos(a) for r, a in places]


def _fill(path: Path, spws: Sequence[Spw], integrations: int, *, data: bool) -> None:
    from casatools import table

    main = table()
    main.open(str(path), nomodify=False)
    main.removecols(["MODEL_DATA", "CORRECTED_DATA"] + ([] if data else ["DATA"]))
    pairs = main.nrows() // len(spws)
    first = {name: main.getcol(name, 0, pairs) for name in ("ANTENNA1", "ANTENNA2")}
    start_s = float(main.getcell("TIME", 0))
    scan, done = len(spws), 1
    main.putcol("SCAN_NUMBER", np.repeat(np.arange(1, scan + 1), pairs))
    while done < integrations:
        count = min(SCAN_INTEGRATIONS, integrations - done)
        scan += 1
        time_s = np.repeat(start_s + INTEGRATION_S * np.arange(done, done + count), pairs)
        for ddid, spw in enumerate(spws):
            _append(main, spw, ddid, scan, time_s, {name: np.tile(col, count) for name, col in first.items()})
        done += count
    main.close()


def _append(main: Any, spw: Spw, ddid: int, scan: int, time_s: Any, antennas: dict[str, Any]) -> None:
    """Append the rows of one scan in one spw."""
    start, count = main.nrows(), len(time_s)
    main.addrows(count)
    scalars = {
        **antennas,
        "DATA_DESC_ID": ddid,
        "SCAN_NUMBER": scan,
        "FIELD_ID": scan % 2,
        "STATE_ID": -1,
        "TIME": time_s,
        "TIME_CENTROID": time_s,
        "INTERVAL": INTEGRATION_S,
        "EXPOSURE": INTEGRATION_S,
    }
    for name, value in scalars.items():
        main.putcol(name, np.broadcast_to(value, (count,)).copy(), start, count)
    cell = (spw.correlations, spw.channels)
    columns = {
        "WEIGHT": np.ones((cell[0], count)),
        "SIGMA": np.ones((cell[0], count)),
        "UVW": np.zeros((3, count)),
        "FLAG": np.zeros((*cell, count), bool),
    }
    if "DATA" in main.colnames():
        columns["DATA"] = np.ones((*cell, count), complex)
    for name, array in columns.items():
        main.putcol(name, array, start, count)


def _flag(path: Path, fraction: float, random: np.random.Generator) -> None:
    """Half of it the edges of the band, a quarter whole rows, the rest single samples."""
    from casatools import table

    main = table()
    main.open(str(path), nomodify=False)
    ddid = main.getcol("DATA_DESC_ID")
    edges = [0, *(np.flatnonzero(np.diff(ddid)) + 1).tolist(), len(ddid)]
    for start, stop in pairwise(edges):
        flags = np.zeros((*main.getcell("FLAG", start).shape, stop - start), bool)
        edge = max(1, round(flags.shape[1] * fraction / 4))
        flags[:, :edge] = flags[:, flags.shape[1] - edge :] = fraction > 0
        flags[:, :, random.random(stop - start) < fraction / 4] = True
        flags.reshape(-1)[random.integers(0, flags.size, round(flags.size * fraction / 4))] = True
        main.putcol("FLAG", flags, start, stop - start)
    main.close()


def main() -> int:
    """Write one MS."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--size-gb", type=float, default=1.0)
    parser.add_argument("--spw", action="append", metavar="CHANNELSxCORRELATIONS")
    parser.add_argument("--autos", action="store_true")
    args = parser.parse_args()
    spws = [Spw(*map(int, each.split("x"))) for each in args.spw or ["128x4"]]
    configure_casa()
    make_ms(args.path, spws, integrations_for(args.size_gb, spws), autos=args.autos)
    return 0


if __name__ == "__main__":
    sys.exit(main())
