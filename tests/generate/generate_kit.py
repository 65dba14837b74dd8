"""Execution blocks as an ASDM would describe them, made up in a few words."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from casapilot.steps.asdm import (
    Antenna,
    Asdm,
    ExecBlock,
    Field,
    Scan,
    Source,
    SourceFlux,
    Subscan,
    Tsys,
    Window,
    WindowKind,
)
from casapilot.steps.generate import Metadata

UID = "uid___A002_X85c183_X2cd"
START_S = 57551.1 * 86400
"""2016-06-12."""
CENTRE = (2225142.0, -5440307.0, -2481029.0)
INTEGRATION_S = 6.048


@dataclass(frozen=True)
class Seen:
    """A scan to be: who, with what intents, in which spws, for how long."""

    source: str
    intents: tuple[str, ...]
    seconds: float = 36.288
    windows: tuple[int, ...] = (0, 3, 4)
    fields: tuple[int, ...] = ()


def antennas(count: int = 10, array: str = "12m", spread_m: float = 150.0) -> tuple[Antenna, ...]:
    """Antennas on a spiral: number 0 in the middle."""
    stem, diameter = ("DA", 12.0) if array == "12m" else ("CM", 7.0)
    found = []
    for number in range(count):
        angle, radius = 2.4 * number, spread_m * math.sqrt(number / count)
        offset = (radius * math.cos(angle), radius * math.sin(angle), 0.3 * radius * math.cos(angle))
        position = tuple(a + b for a, b in zip(CENTRE, offset, strict=True))
        found.append(
            Antenna(
                number,
                f"{stem}{41 + number if stem == 'DA' else number + 1:02d}",
                f"A{number:03d}",
                position,
                diameter,
            )
        )
    return tuple(found)


def window(number, n_channels, width_hz, centre_hz, kind=WindowKind.FDM, baseband=1, products=("XX", "YY")):
    first = centre_hz - (n_channels - 1) / 2 * width_hz
    return Window(
        number=number,
        tag=number,
        name=f"X1#ALMA_RB_06#BB_{baseband}#SW-01#FULL_RES" if kind is not WindowKind.WVR else "WVR#NOMINAL",
        kind=kind,
        baseband=baseband,
        band=6 if kind is not WindowKind.WVR else 0,
        sideband="USB",
        frequencies_hz=tuple(first + channel * width_hz for channel in range(n_channels)),
        widths_hz=(width_hz,) * n_channels,
        products=products,
    )


def windows() -> tuple[Window, ...]:
    """Radiometers, two TDM spws for Tsys, a narrow and a wide science spw."""
    return (
        window(0, 4, 1e9, 186e9, WindowKind.WVR, 0, ("I",)),
        window(1, 128, 15.625e6, 230.6e9, WindowKind.TDM, 1),
        window(2, 128, 15.625e6, 232.7e9, WindowKind.TDM, 2),
        window(3, 128, 0.9765625e6, 230.53e9, WindowKind.FDM, 1),
        window(4, 64, 31.25e6, 232.7e9, WindowKind.TDM, 2),
    )


NAMES = ("J1058+0133", "J1037-2934", "J1018-3144", "Antlia")
FLUXES_JY = {"J1058+0133": 3.83, "J1037-2934": 0.92, "J1018-3144": 0.31}
BANDPASS = ("CALIBRATE_BANDPASS", "CALIBRATE_FLUX", "CALIBRATE_WVR")
PHASE = ("CALIBRATE_PHASE", "CALIBRATE_WVR")
CHECK = ("OBSERVE_CHECK_SOURCE", "CALIBRATE_WVR")
TARGET = ("OBSERVE_TARGET",)
ATMOSPHERE = ("CALIBRATE_ATMOSPHERE", "CALIBRATE_WVR")


def sequence(target_fields: tuple[int, ...] = ()) -> tuple[Seen, ...]:
    """A usual execution."""
    tsys = (0, 1, 2)
    cycle = (Seen(NAMES[3], TARGET, 240.0, fields=target_fields), Seen(NAMES[1], PHASE))
    return (
        Seen(NAMES[0], ("CALIBRATE_POINTING", "CALIBRATE_WVR"), 20, tsys),
        Seen(NAMES[0], ATMOSPHERE, 20, tsys),
        Seen(NAMES[0], BANDPASS, 240.0),
        Seen(NAMES[1], ATMOSPHERE, 20, tsys),
        Seen(NAMES[1], PHASE),
        Seen(NAMES[2], CHECK),
        Seen(NAMES[3], ATMOSPHERE, 20, tsys, target_fields[:1]),
        *cycle,
        *cycle,
        *cycle,
    )


def block(
    seen: tuple[Seen, ...] | None = None,
    *,
    names: tuple[str, ...] = NAMES,
    array: str = "12m",
    count: int | None = None,
    fluxes_jy: dict[str, float] | None = None,
    spws: tuple[Window, ...] | None = None,
    spread_m: float = 150.0,
    tsys_k: float = 80.0,
    **changes: object,
) -> Metadata:
    """An execution block; `changes` are fields of `Metadata`."""
    seen = sequence() if seen is None else seen
    spws = windows() if spws is None else spws
    spws = tuple(each for each in spws if array == "12m" or each.kind is not WindowKind.WVR)
    known = FLUXES_JY if fluxes_jy is None else fluxes_jy
    sources = tuple(_source(number, name, known.get(name)) for number, name in enumerate(names))
    fields = tuple(Field(each.number, each.name, each.number, each.ra_rad, each.dec_rad) for each in sources)
    dishes = antennas(
        count or (10 if array == "12m" else 9), array, spread_m if array == "12m" else spread_m / 4
    )
    numbers = {each.number for each in spws}
    scans = _scans(seen, names, numbers)
    usual = Metadata(
        block=_exec_block(dishes, scans),
        antennas=dishes,
        sources=sources,
        fields=fields,
        windows=spws,
        scans=scans,
        tsys=tuple(_tsys(dishes, scans, spws, tsys_k)),
        n_online_flags=12,
        wvr_integration_s=1.152 if array == "12m" else None,
    )
    return replace(usual, **changes)


def _source(number: int, name: str, flux_jy: float | None) -> Source:
    fluxes = (SourceFlux(-1, 233e9, flux_jy),) if flux_jy else ()
    ra, dec = math.radians(157 + 2 * number), math.radians(-30 + 0.5 * number)
    return Source(number, name, ra, dec, "none", fluxes, ())


def _exec_block(dishes: tuple[Antenna, ...], scans: tuple[Scan, ...]) -> ExecBlock:
    return ExecBlock(
        uid=UID,
        project_uid="uid___A001_X1_X1",
        mous_uid="uid___A001_X13e_X1fe",
        sb_uid="uid___A001_X1_X2",
        sb_name="Antlia_a_06_TM1",
        session_uid="uid___A002_X85c183_X1",
        telescope="ALMA",
        array_name="Array001",
        config_name="",
        start_s=START_S,
        end_s=scans[-1].end_s if scans else START_S,
        n_antennas=len(dishes),
        base_range_m=(15.0, 300.0),
        aborted=False,
        science_goal=(),
    )


def _scans(seen: tuple[Seen, ...], names: tuple[str, ...], numbers: set[int]) -> tuple[Scan, ...]:
    scans, now = [], START_S
    for number, each in enumerate(seen, 1):
        spws = tuple(spw for spw in each.windows if spw in numbers)
        fields = each.fields or (names.index(each.source),)
        atmosphere = "CALIBRATE_ATMOSPHERE" in each.intents
        length = each.seconds / (1 if atmosphere else len(fields))
        subscans = []
        for index, field in enumerate(fields):
            begin = now + index * length
            intent = "OFF_SOURCE" if atmosphere else "ON_SOURCE"
            lengths = tuple((spw, INTEGRATION_S) for spw in spws if spw)
            subscans.append(Subscan(index + 1, intent, (field,), begin, begin + length, spws, lengths))
        scans.append(Scan(number, each.intents, each.source, now, now + each.seconds, tuple(subscans)))
        now += each.seconds + 15
    return tuple(scans)


def _tsys(dishes, scans, spws, tsys_k):
    for scan in scans:
        if "CALIBRATE_ATMOSPHERE" in scan.intents:
            for spw in spws:
                if spw.number in scan.windows and spw.is_full_resolution:
                    for dish in dishes:
                        middle = (scan.start_s + scan.end_s) / 2
                        yield Tsys(dish.number, spw.number, middle, 5.0, (tsys_k, tsys_k), 0.0)


@dataclass(frozen=True)
class _Read:
    """An ASDM of which only the folder is there."""

    folder: Path
    problems: tuple[str, ...] = ()


def read_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any folder that has ASDM.xml pass for an ASDM: `Metadata.of` is to be replaced too."""
    real = Asdm.read
    monkeypatch.setattr(
        Asdm, "read", lambda path: _Read(path) if (path / "ASDM.xml").exists() else real(path)
    )
