"""An execution block put together: who, where, when, what; its data are made when the writer asks for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Iterator, List, Tuple

import numpy as np

from .array import pick_antennas
from .catalogue import Cast, cast
from .heavens import Heavens, azimuth_elevation, start_of_block, turned
from .model import Block, CalWvr, OnlineFlag, Pointing, Weather
from .options import Options
from .schedule import Schedule, duration_s, make_schedule
from .spectrum import make_spectrum

__all__ = ["make_blocks"]

Array = Any


def make_blocks(options: Options) -> Iterator[Block]:
    """Yield the execution blocks of a member OUS."""
    heavens = Heavens()
    rng = np.random.default_rng(options.seed)
    players = cast(options, rng)
    antennas = pick_antennas(options, rng)
    for number in range(options.n_ebs):
        yield _block(options, players, antennas, heavens, number)


def _block(options: Options, players: Cast, antennas: Any, heavens: Heavens, number: int) -> Block:
    rng = np.random.default_rng([options.seed, number])
    start = start_of_block(57500 + 3 * number, players.target_ra_rad - 0.2)
    spectrum = make_spectrum(options, 1.0)
    schedule = make_schedule(options, players, spectrum, start)
    end = start + duration_s(schedule)

    def cross(scan: Any, subscan: Any, setup: Any) -> Any:
        n = len(antennas)
        found = {}
        for k in setup.windows:
            w = spectrum.windows[k]
            shape = (subscan.n_integrations, n * (n - 1) // 2, w.n_channels, 2)
            found[k] = (1e-3 + 1e-4 * rng.standard_normal(shape)).astype(np.complex64)
        return found

    def auto(scan: Any, subscan: Any, setup: Any) -> Any:
        found = {}
        for k in setup.windows:
            w = spectrum.windows[k]
            if w.kind == "wvr":
                n = int((subscan.end_s - subscan.start_s) / 1.152)
                found[k] = np.full((n, len(antennas), 4, 1), 200.0, np.float32)
            else:
                found[k] = np.ones((subscan.n_integrations, len(antennas), w.n_channels, 2), np.float32)
        return found

    return Block(
        uid=f"uid___A002_Xc0ffee_X{0x2CD + number:x}",
        mous_uid="uid___A001_X13e_X1fe",
        project="2016.1.00999.S",
        sb_name="Sim_a_06_TM1",
        observatory="ALMA",
        array=options.array,
        band=options.band,
        start_s=start,
        end_s=end,
        antennas=antennas,
        windows=spectrum.windows,
        setups=spectrum.setups,
        sources=schedule.sources,
        fields=schedule.fields,
        scans=schedule.scans,
        syscal=(),
        weather=(Weather(start, 56000.0, 270.0, 20.0, 5.0, 1.0),),
        pointing=(Pointing((start + end) / 2, end - start, 1.0, 1.0),),
        flags=(OnlineFlag(start, start + 5, 0, "Mount is off source"),),
        calwvr=(),
        cross=cross,
        auto=auto,
    )
