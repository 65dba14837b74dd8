"""When a block is observed, in which weather, and what its tables say about that."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import List, Sequence, Tuple

import numpy as np

from .atmosphere import sky_kelvin
from .heavens import azimuth_elevation
from .intents import ATMOSPHERE
from .model import CalWvr, OnlineFlag, Pointing, Scan, SysCal, Weather
from .options import Options
from .signals import Scene

__all__ = [
    "Conditions",
    "calwvr_rows",
    "draw_conditions",
    "flag_rows",
    "pointing_rows",
    "syscal_rows",
    "weather_rows",
]

POINTING_S, WEATHER_S = 6.0, 60.0
#: Band -> least and most water in which it is observed, mm.
PWV_MM = {3: (1.0, 4.0), 6: (0.6, 1.6), 7: (0.4, 1.0)}
#: Fluctuation of the water over 200 m, mm, in which it is observed.
RMS_MM = {3: (0.020, 0.035), 6: (0.015, 0.026), 7: (0.010, 0.018)}
#: Scatter of a system temperature about the truth: from antenna to antenna, and from channel to channel.
TSYS_ERROR, TSYS_NOISE = 0.008, 0.004
#: Hour angle at which the target's block begins: low in the west where antennas shall shade each other.
HOUR_ANGLE, LOW_HOUR_ANGLE = (-0.9, -0.3), (3.3, 3.5)


@dataclass(frozen=True)
class Conditions:
    """The weather of a block, and where in the sky it begins."""

    hour_angle_rad: float
    pwv_mm: float
    water_rms_mm: float
    wind_m_s: float
    wind_rad: float
    pressure_hpa: float
    temperature_k: float
    humidity_percent: float


def draw_conditions(options: Options, last: bool, rng: np.random.Generator) -> Conditions:
    """Draw the weather of a block; the last one is low where there is to be shadow."""
    low = last and "shadow" in options.defects
    hours = rng.uniform(*(LOW_HOUR_ANGLE if low else HOUR_ANGLE))
    return Conditions(
        hour_angle_rad=float(hours) * math.pi / 12.0,
        pwv_mm=float(rng.uniform(*PWV_MM[options.band])),
        water_rms_mm=float(rng.uniform(*RMS_MM[options.band])),
        wind_m_s=float(rng.uniform(6.0, 11.0)),
        wind_rad=float(rng.uniform(-math.pi, math.pi)),
        pressure_hpa=float(rng.uniform(553.0, 558.0)),
        temperature_k=float(rng.uniform(267.0, 276.0)),
        humidity_percent=float(rng.uniform(6.0, 25.0)),
    )


def weather_rows(
    start_s: float, end_s: float, given: Conditions, rng: np.random.Generator
) -> Tuple[Weather, ...]:
    """Return the readings of the weather station."""
    rows = []
    for time in np.arange(start_s, end_s + WEATHER_S, WEATHER_S):
        small = rng.standard_normal(3)
        rows.append(
            Weather(
                time_s=float(time),
                pressure_pa=100.0 * given.pressure_hpa + 4.0 * float(small[0]),
                temperature_k=given.temperature_k + 0.15 * float(small[1]),
                humidity_percent=given.humidity_percent,
                wind_speed_m_s=max(0.0, given.wind_m_s + 0.8 * float(small[2])),
                wind_direction_rad=given.wind_rad % (2 * math.pi),
            )
        )
    return tuple(rows)


def pointing_rows(scene: Scene, scans: Sequence[Scan]) -> Tuple[Pointing, ...]:
    """Return where the antennas looked, every few seconds of each subscan."""
    rows: List[Pointing] = []
    for scan in scans:
        for subscan in scan.subscans:
            count = max(1, math.ceil((subscan.end_s - subscan.start_s) / POINTING_S))
            step = (subscan.end_s - subscan.start_s) / count
            times = subscan.start_s + (np.arange(count) + 0.5) * step
            azimuth, elevation = azimuth_elevation(scene.direction(subscan.field, times - scene.start_s))
            for time, *where in zip(times, azimuth, elevation):  # noqa: B905  # Python 3.8
                rows.append(Pointing(float(time), step, float(where[0]), float(where[1])))
    return tuple(rows)


def flag_rows(scene: Scene, scans: Sequence[Scan]) -> Tuple[OnlineFlag, ...]:
    """Return what the observatory flags: the slews (no data are taken in them), and mounts that were late."""
    rows, before = [], scene.start_s
    for scan in scans:
        start = scan.subscans[0].start_s
        rows += [OnlineFlag(before, start, k, "Mount is off source") for k in range(len(scene.antennas))]
        before = scan.subscans[-1].end_s
    rows += [OnlineFlag(start, end, k, "Mount is off source") for k, start, end in scene.damage.off_source]
    return tuple(rows)


def calwvr_rows(scene: Scene, scans: Sequence[Scan]) -> Tuple[CalWvr, ...]:
    """Return the water that the observatory derived in each scan; nothing without radiometers."""
    if not scene.spectrum.radiometers:
        return ()
    return tuple(
        CalWvr(k, scan.subscans[0].start_s, scan.subscans[-1].end_s, 1e-3 * scene.water.pwv_mm)
        for scan in scans
        for k in range(len(scene.antennas))
    )


def syscal_rows(scene: Scene, scans: Sequence[Scan], rng: np.random.Generator) -> Tuple[SysCal, ...]:
    """Return the system temperatures that the ATMOSPHERE scans gave, with their errors and defects."""
    rows: List[SysCal] = []
    for scan in scans:
        if ATMOSPHERE in scan.intents:
            for window in scene.spectrum.atmosphere.windows:
                rows += _syscal_of_scan(scene, scan, window, rng)
    return tuple(rows)


def _syscal_of_scan(scene: Scene, scan: Scan, window: int, rng: np.random.Generator) -> List[SysCal]:
    start, end = scan.subscans[0].start_s, scan.subscans[-1].end_s
    middle = 0.5 * (start + end)
    airmass = float(scene.airmass(scan.subscans[0].field, np.array([middle - scene.start_s]))[0])
    sky = sky_kelvin(scene.opacity[window], airmass, scene.ground_k)
    tsys = scene.receivers.tsys_kelvin(scene.opacity[window], airmass, scene.ground_k)
    rows = []
    for k in range(len(scene.antennas)):
        error = 1.0 + TSYS_ERROR * np.clip(rng.standard_normal((2, 1)), -2.0, 2.0)
        measured = tsys[k].T * error * (1.0 + TSYS_NOISE * rng.standard_normal(tsys[k].T.shape))
        for antenna, polarisation, scans, factor in scene.damage.tsys_factors:
            if antenna == k and scan.number in scans:
                measured[polarisation] *= factor
        trx = np.repeat(scene.receivers.trx_k[k][:, None], len(sky), axis=1)
        late = scene.damage.syscal_step_s * (k % 3)
        rows.append(
            SysCal(k, window, scan.number, middle + late, end - start, measured, trx, np.tile(sky, (2, 1)))
        )
    return rows
