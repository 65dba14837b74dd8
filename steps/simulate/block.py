"""An execution block put together; its data are made when the writer asks for them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Dict, Iterator, Tuple
from zlib import crc32

import numpy as np

from .array import LONGITUDE_RAD, pick_antennas
from .atmosphere import Water
from .catalogue import Cast, cast
from .conditions import (
    Conditions,
    calwvr_rows,
    draw_conditions,
    flag_rows,
    pointing_rows,
    syscal_rows,
    weather_rows,
)
from .damage import place, place_offsets
from .heavens import Heavens, start_of_block
from .model import Antenna, Block
from .options import Options
from .receivers import Receivers
from .schedule import Schedule, duration_s, make_schedule
from .shadow import Sky, roughly, shades, with_shadow
from .signals import Scene, auto, cross
from .sky import target_components
from .spectrum import Spectrum, make_spectrum
from .truth import block_truth

__all__ = ["Plan", "make_blocks", "make_plan"]

Array = Any

#: The days from which a seed chooses, MJD: 2015 to 2020.
DAYS = (57100, 59100)
#: Purposes of random numbers: each has a stream of its own.
PLAN, WEATHER, DATA, DAMAGE, OFFSETS, NAMES = range(6)


class Plan:
    """What the blocks of a member OUS have in common.

    Attributes
    ----------
    options : Options
    cast : Cast
    antennas : tuple of Antenna
    offsets_m : array
        True minus recorded positions, (n_ant, 3), ITRF.
    uids : tuple of str
        One a block, as on disk.
    days : tuple of int
        MJD on which each is observed, one to three days apart.
    """

    def __init__(self, options: Options) -> None:
        rng = np.random.default_rng([options.seed, PLAN])
        self.options = options
        self.cast: Cast = cast(options, rng)
        self.antennas: Tuple[Antenna, ...] = pick_antennas(options, rng)
        if "shadow" in options.defects:
            self.antennas = with_shadow(self.antennas, self.last_sky)
        # A defect changes nothing but what it is about: its random numbers are its own.
        apart = np.random.default_rng([options.seed, OFFSETS])
        self.offsets_m: Array = place_offsets(options.defects, self.antennas, apart)
        first = int(rng.integers(*DAYS))
        steps = np.concatenate([[0], rng.integers(1, 4, options.n_ebs - 1)])
        self.days = tuple(int(day) for day in first + np.cumsum(steps))
        # Different data never have the same name.
        rng = np.random.default_rng([options.seed, NAMES, crc32(repr(options).encode())])
        archive = f"X{int(rng.integers(0x800000, 0xEFFFFF)):x}"
        numbers = np.cumsum(rng.integers(0x100, 0x900, options.n_ebs))
        self.uids = tuple(f"uid___A002_{archive}_X{int(number):x}" for number in numbers)
        self.mous_uid = (
            f"uid___A001_X{int(rng.integers(0x100, 0xFFF)):x}_X{int(rng.integers(0x100, 0xFFF)):x}"
        )
        year = 2000 + (first - 51544) // 365
        self.project = f"{year}.1.{int(rng.integers(100, 1500)):05d}.S"
        kind = "7M" if options.is_7m else "TM1"
        self.sb_name = f"{self.cast.target_name}_a_{options.band:02d}_{kind}"

    @property
    def last_sky(self) -> Sky:
        """Return what the last block will see, without CASA: to choose pads, when no data are made yet."""
        options = self.options
        rng = np.random.default_rng([options.seed, WEATHER, options.n_ebs - 1])
        given = draw_conditions(options, True, rng)
        schedule = make_schedule(options, self.cast, make_spectrum(options, 1.0), 0.0)
        overhead = self.cast.target_ra_rad + given.hour_angle_rad
        return Sky(0.0, schedule.scans, roughly(schedule.fields, LONGITUDE_RAD, overhead))


def make_plan(options: Options) -> Plan:
    """Return what the blocks will have in common; the same for the same options."""
    return Plan(options)


def make_blocks(options: Options) -> Iterator[Block]:
    """Yield the execution blocks of a member OUS, in the order of their dates.

    ``extra["truth"]`` of each is what truth.json says about it.

    Raises
    ------
    CasaError
        casatools cannot be imported.
    """
    plan, heavens = make_plan(options), Heavens()
    for number in range(options.n_ebs):
        yield _make_block(plan, heavens, number)


def _make_block(plan: Plan, heavens: Heavens, number: int) -> Block:
    options = plan.options
    rng = np.random.default_rng([options.seed, WEATHER, number])
    given = draw_conditions(options, number == options.n_ebs - 1, rng)
    start = start_of_block(plan.days[number], plan.cast.target_ra_rad + given.hour_angle_rad)
    where = (plan.cast.target_ra_rad, plan.cast.target_dec_rad)
    doppler = heavens.doppler(1e3 * plan.cast.velocity_km_s, *where, start)
    spectrum = make_spectrum(options, doppler)
    schedule = make_schedule(options, plan.cast, spectrum, start)
    scene = _make_scene(plan, heavens, number, given, spectrum, schedule, start, doppler, rng)
    end = start + duration_s(schedule)
    return Block(
        uid=plan.uids[number],
        mous_uid=plan.mous_uid,
        project=plan.project,
        sb_name=plan.sb_name,
        observatory="ALMA",
        array=options.array,
        band=options.band,
        start_s=start,
        end_s=end,
        antennas=plan.antennas,
        windows=spectrum.windows,
        setups=spectrum.setups,
        sources=schedule.sources,
        fields=schedule.fields,
        scans=schedule.scans,
        syscal=syscal_rows(scene, schedule.scans, rng),
        weather=weather_rows(start, end, given, rng),
        pointing=pointing_rows(scene, schedule.scans),
        flags=flag_rows(scene, schedule.scans),
        calwvr=calwvr_rows(scene, schedule.scans),
        cross=partial(cross, scene),
        auto=partial(auto, scene),
        extra={"truth": block_truth(plan.uids[number], scene, given, schedule.scans)},
    )


def _make_scene(
    plan: Plan,
    heavens: Heavens,
    number: int,
    given: Conditions,
    spectrum: Spectrum,
    schedule: Schedule,
    start: float,
    doppler: float,
    rng: np.random.Generator,
) -> Scene:
    options = plan.options
    true_fields = tuple(
        replace(field, ra_rad=at[0], dec_rad=at[1])
        for field, at in (
            (field, schedule.true_positions.get(field.number, (field.ra_rad, field.dec_rad)))
            for field in schedule.fields
        )
    )
    directions = {
        field.number: heavens.direction(field.ra_rad, field.dec_rad, start) for field in true_fields
    }
    sky = Sky(start, schedule.scans, directions)
    shade = shades(plan.antennas, sky) if "shadow" in options.defects else {}
    apart = np.random.default_rng([options.seed, DAMAGE, number])
    damage = place(options.defects, plan.antennas, schedule.scans, plan.offsets_m, apart, shade)
    return Scene(
        key=(options.seed, DATA, number),
        start_s=start,
        antennas=plan.antennas,
        offsets_m=plan.offsets_m,
        spectrum=spectrum,
        fields=schedule.fields,
        true_fields=true_fields,
        cast=plan.cast,
        components=target_components(options),
        band=options.band,
        doppler=doppler,
        water=Water(given.pwv_mm, given.water_rms_mm, given.wind_m_s, given.wind_rad, rng),
        receivers=Receivers(len(plan.antennas), spectrum.windows, options.band, damage, rng),
        damage=damage,
        directions=directions,
        opacity=_opacities(heavens, spectrum, given),
        ground_k=given.temperature_k,
    )


def _opacities(heavens: Heavens, spectrum: Spectrum, given: Conditions) -> Dict[int, Array]:
    air = (given.pressure_hpa, given.temperature_k, given.humidity_percent)
    return {
        window.number: heavens.opacity(window.first_hz, window.step_hz, window.n_channels, given.pwv_mm, air)
        for window in spectrum.windows
        if window.kind != "wvr"
    }
