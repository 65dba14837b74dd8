"""A tiny execution block, written by hand, to test the writer and the reader of ASDMs with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from casapilot.steps.simulate.model import (
    WVR_S,
    Antenna,
    Block,
    CalWvr,
    Field,
    OnlineFlag,
    Pointing,
    Scan,
    Setup,
    Source,
    Subscan,
    SysCal,
    Weather,
    Window,
)

START_S = 4972407600.0  # 2016-06-12 00:20 UTC
CENTRE_M = (2225142.18, -5440307.37, -2481029.85)
UID = "uid___A002_X85c183_X2cd"
INTEGRATION_S = 6.048
N_INTEGRATIONS = 3
TSYS, SCIENCE = "tsys", "science"
PLAN = (
    (("CALIBRATE_ATMOSPHERE", "CALIBRATE_WVR"), 0, ("OFF_SOURCE", "AMBIENT", "HOT"), TSYS),
    (("CALIBRATE_BANDPASS", "CALIBRATE_FLUX", "CALIBRATE_WVR"), 0, ("ON_SOURCE",), SCIENCE),
    (("CALIBRATE_PHASE", "CALIBRATE_WVR"), 1, ("ON_SOURCE",), SCIENCE),
    (("OBSERVE_TARGET",), 2, ("ON_SOURCE", "ON_SOURCE"), SCIENCE),
)


def windows(n_science: int, same_baseband: bool = False) -> tuple[Window, ...]:
    found = [Window(0, "WVR#NOMINAL", 0, 4, 184.19e9, 1e9, "wvr")]
    for index in range(2):
        name = f"ALMA_RB_06#BB_{index + 1}#SW-01#FULL_RES"
        found.append(Window(1 + index, name, index + 1, 16, 231e9 + index * 2e9, 15.625e6, "tdm"))
    for index in range(n_science):
        baseband = 1 if same_baseband else index + 1
        name = f"ALMA_RB_06#BB_{baseband}#SW-0{index + 1 if same_baseband else 1}#FULL_RES"
        step_hz = 0.9765625e6 * (1 if index % 2 == 0 else -1)
        found.append(Window(3 + index, name, baseband, 8 + 4 * index, 230.5e9 + index * 2e9, step_hz, "fdm"))
    return tuple(found)


def make_block(
    n_antennas: int = 3, n_science: int = 2, radiometers: bool = True, same_baseband: bool = False
) -> Block:
    """A block of four scans, 3 integrations a subscan; every value in it differs from every other."""
    seven = not radiometers
    antennas = tuple(
        Antenna(
            f"{'CM' if seven else 'DA'}{index + 1:02d}",
            f"{'J5' if seven else 'A0'}{index:02d}",
            (CENTRE_M[0] + 31.25 * index, CENTRE_M[1] - 17.5 * index**2, CENTRE_M[2] + 5.0 * index),
            7.0 if seven else 12.0,
        )
        for index in range(n_antennas)
    )
    all_windows = windows(n_science, same_baseband)
    if not radiometers:
        all_windows = tuple(replace(each, number=each.number - 1) for each in all_windows[1:])
    tsys = tuple(each.number for each in all_windows if each.kind == "tdm")
    science = tuple(each.number for each in all_windows if each.kind == "fdm")
    setups = (Setup(0, "correlator", tsys), Setup(1, "correlator", science))
    if radiometers:
        setups = (Setup(0, "radiometer", (0,)), Setup(1, "correlator", tsys), Setup(2, "correlator", science))
    numbers = {TSYS: len(setups) - 2, SCIENCE: len(setups) - 1}
    names = ("J1058+0133", "J1037-2934", "NGC 3256")
    sources = tuple(
        Source(
            index,
            name,
            2.8 + 0.1 * index,
            -0.1 - 0.05 * index,
            flux_jy=((230e9, 3.5), (340e9, 2.5)) if index == 0 else (),
            rest_hz=230.538e9 if index == 2 else 0.0,
        )
        for index, name in enumerate(names)
    )
    fields = (
        *(Field(each.number, each.name, each.number, each.ra_rad, each.dec_rad) for each in sources),
        Field(3, "NGC 3256", 2, 3.0001, -0.2001),
    )
    scans = _scans(names, radiometers, numbers)
    first, last = scans[0].subscans[0], scans[-1].subscans[-1]
    data = _Data(n_antennas, {each.number: each for each in all_windows}, setups)
    return Block(
        uid=UID,
        mous_uid="uid___A001_X13e_X1fe",
        project="2015.1.00001.S",
        sb_name="NGC3256_a_06_7M" if seven else "NGC3256_a_06_TM1",
        observatory="ALMA",
        array="7m" if seven else "12m",
        band=6,
        start_s=START_S,
        end_s=last.end_s,
        antennas=antennas,
        windows=all_windows,
        setups=setups,
        sources=sources,
        fields=fields,
        scans=scans,
        syscal=tuple(
            _syscal(antenna, window, first.start_s + 5.0 + 0.8 * (antenna % 3))
            for antenna in range(n_antennas)
            for window in tsys
        ),
        weather=tuple(
            Weather(START_S + 60.0 * index, 55500.0 + index, 268.5, 25.5 + index, 4.5, 1.25)
            for index in range(3)
        ),
        pointing=tuple(
            Pointing(START_S + 3.0 + 6.0 * index, 6.0, 0.5 + 0.001 * index, 1.0 - 0.001 * index)
            for index in range(40)
        ),
        flags=tuple(
            OnlineFlag(
                START_S + 10.0 * index,
                START_S + 10.0 * index + 2.5,
                index % n_antennas,
                "Mount is off source",
            )
            for index in range(5)
        ),
        calwvr=tuple(
            CalWvr(antenna, each.subscans[0].start_s, each.subscans[-1].end_s, 0.00133 + 1e-5 * antenna)
            for each in scans
            for antenna in range(n_antennas)
        )
        if radiometers
        else (),
        cross=data.cross,
        auto=data.auto,
    )


def _scans(names: tuple[str, ...], radiometers: bool, numbers: dict[str, int]) -> tuple[Scan, ...]:
    scans, time_s = [], START_S
    for number, (intents, field, subscans, setup) in enumerate(PLAN, 1):
        found = []
        for index, intent in enumerate(subscans, 1):
            where = 3 if field == 2 and index == 2 else field
            used = (0, numbers[setup]) if radiometers else (numbers[setup],)
            found.append(Subscan(index, where, intent, time_s, INTEGRATION_S, N_INTEGRATIONS, used))
            time_s = found[-1].end_s + 2.0
        kept = tuple(each for each in intents if radiometers or each != "CALIBRATE_WVR")
        scans.append(Scan(number, kept, names[field], tuple(found)))
        time_s += 10.0
    return tuple(scans)


def _syscal(antenna: int, window: int, time_s: float) -> SysCal:
    tsys = np.arange(32, dtype=np.float32).reshape(2, 16) / 7 + 80 + antenna + 10 * window
    return SysCal(antenna, window, 1, time_s, 12.5, tsys, tsys - 30, tsys - 50)


class _Data:
    """Spectra that are different everywhere and the same each time they are asked for."""

    def __init__(self, n_antennas: int, known: dict[int, Window], setups: tuple[Setup, ...]) -> None:
        self.n_antennas = n_antennas
        self.known = known
        self.windows = {setup.number: setup.windows for setup in setups}

    def _rng(self, scan: Scan, subscan: Subscan, window: int, kind: int) -> np.random.Generator:
        return np.random.default_rng((scan.number, subscan.number, window, kind))

    def cross(self, scan: Scan, subscan: Subscan, setup: Setup) -> dict[int, np.ndarray]:
        n_baselines = self.n_antennas * (self.n_antennas - 1) // 2
        found = {}
        for number in setup.windows:
            window = self.known[number]
            shape = (subscan.n_integrations, n_baselines, window.n_channels, len(window.products), 2)
            pairs = self._rng(scan, subscan, number, 0).normal(size=shape).astype(np.float32)
            found[number] = pairs.view(np.complex64)[..., 0]
        return found

    def auto(self, scan: Scan, subscan: Subscan, setup: Setup) -> dict[int, np.ndarray]:
        found = {}
        for number in setup.windows:
            window = self.known[number]
            n_times = subscan.n_integrations
            if setup.kind == "radiometer":
                n_times = int(subscan.integration_s * n_times / WVR_S)
            shape = (n_times, self.n_antennas, window.n_channels, len(window.products))
            found[number] = self._rng(scan, subscan, number, 1).uniform(1, 2, size=shape).astype(np.float32)
            if setup.kind == "radiometer":
                found[number] *= 100
        return found
