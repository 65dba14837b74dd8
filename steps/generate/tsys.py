"""Which Tsys serves which spw and which source, and what looks wrong in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from ..asdm import Scan, Window
from .metadata import Metadata
from .roles import Roles

__all__ = ["TsysField", "TsysPlan", "plan_tsys"]

#: Channels at each end of a spectrum of 128 that the receivers' filters spoil; the same share of others.
EDGE_CHANNELS_OF_128 = 4
#: A science spw may reach out of its Tsys spw by so many channels of the latter (tsysspwmap's usual setting).
TOLERANCE_CHANNELS = 1
#: Tsys over the median of the array from which it is named in a comment.
NOTABLE = 2.0
#: Tsys follows elevation and weather: within this angle and time both are nearly the same.
NEAR_DEG, SOON_S = 10.0, 1200.0


@dataclass(frozen=True, slots=True)
class TsysField:
    """Which field's Tsys a field takes."""

    field: int
    gainfield: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class TsysPlan:
    """The Tsys calibration."""

    spws: tuple[int, ...]
    """With Tsys."""
    spwmap: tuple[int, ...]
    """For each spw up to the last science spw, the one whose Tsys it takes."""
    map_reasons: tuple[str, ...]
    fields: tuple[TsysField, ...]
    edges: str
    """Selection of the edge channels, for flagdata."""
    suspects: tuple[str, ...]
    """Antennas that a person should look at."""
    missing: tuple[int, ...]
    """Science spws that no Tsys serves."""
    lost: tuple[str, ...] = ()
    """Scans that measured it, of which the SYSCAL table has nothing."""

    def gainfield(self, field: int) -> int:
        """Field whose Tsys `field` takes."""
        return next(each.gainfield for each in self.fields if each.field == field)


def plan_tsys(metadata: Metadata, roles: Roles) -> TsysPlan | None:
    """Map spws and fields to the Tsys that was measured; None when none was."""
    measured = _measured(metadata)
    if not metadata.tsys or not measured:
        return None
    tsys = {row.window for row in metadata.tsys}
    windows = [each for each in metadata.windows if each.number in tsys]
    spwmap = list(range(max((each.number for each in metadata.science), default=-1) + 1))
    reasons, missing = [], []
    for science in metadata.science:
        chosen = _serves(science, windows)
        if chosen is None:
            missing.append(science.number)
            continue
        spwmap[science.number] = chosen.number
        reasons.append(_map_reason(science, chosen))
    fields = [*roles.calibrators, *(number for group in roles.groups for number in group.fields)]
    return TsysPlan(
        spws=tuple(each.number for each in windows),
        spwmap=tuple(spwmap),
        map_reasons=tuple(reasons),
        fields=tuple(_field(metadata, number, measured) for number in dict.fromkeys(fields)),
        edges=",".join(_edges(each) for each in windows),
        suspects=tuple(_suspects(metadata)),
        missing=tuple(missing),
        lost=tuple(_lost(metadata, measured)),
    )


def _measured(metadata: Metadata) -> list[tuple[int, Scan]]:
    """(field, scan) of each Tsys measurement that has rows in the SysCal table."""
    times = [row.time_s for row in metadata.tsys]
    return [
        (number, scan)
        for scan in metadata.with_intent("CALIBRATE_ATMOSPHERE")
        if any(scan.start_s - 5 <= time <= scan.end_s + 5 for time in times)
        for number in metadata.fields_of(scan)
    ]


def _lost(metadata: Metadata, measured: list[tuple[int, Scan]]) -> Iterable[str]:
    """The scans of the atmosphere without a row in the SysCal table."""
    there = {scan.number for _, scan in measured}
    for scan in metadata.with_intent("CALIBRATE_ATMOSPHERE"):
        if scan.number not in there:
            names = dict.fromkeys(metadata.name(number) for number in metadata.fields_of(scan))
            yield f"scan {scan.number} ({', '.join(names)})"


def _span(window: Window) -> tuple[float, float]:
    half = window.width_hz / 2
    return min(window.frequencies_hz) - half, max(window.frequencies_hz) + half


def _serves(science: Window, windows: Iterable[Window]) -> Window | None:
    """Find the Tsys spw for a science spw: itself, else one that covers it, of its baseband if it can be."""
    low, high = _span(science)
    covering = []
    for each in windows:
        if each.number == science.number:
            return each
        slack = (TOLERANCE_CHANNELS + 1e-3) * each.width_hz
        first, last = _span(each)
        if first - slack <= low and high <= last + slack:
            covering.append(each)
    return min(
        covering,
        key=lambda each: (
            each.baseband != science.baseband,
            abs(each.centre_hz - science.centre_hz),
            each.number,
        ),
        default=None,
    )


def _map_reason(science: Window, chosen: Window) -> str:
    if science.number == chosen.number:
        return f"spw {science.number}: Tsys measured in it"
    same = chosen.baseband == science.baseband
    where = f"baseband {science.baseband}" if same else f"baseband {chosen.baseband}, not its own"
    return f"spw {science.number}: Tsys of spw {chosen.number}, which covers it ({where})"


def _field(metadata: Metadata, number: int, measured: list[tuple[int, Scan]]) -> TsysField:
    """Take a field's own Tsys; else that of its source; else the nearest in sky and time, and say so."""
    if any(field == number for field, _ in measured):
        return TsysField(number, number)
    source = metadata.source_of(number)
    for field, _ in measured:
        other = metadata.source_of(field)
        if source and other and source.number == other.number:
            return TsysField(number, field)
    scans = [scan for scan in metadata.science_scans() if number in metadata.fields_of(scan)]
    offers = [
        (metadata.angle_deg(number, field), min((_gap(scan, other) for scan in scans), default=0.0), field)
        for field, other in measured
    ]
    angle, gap_s, nearest = min(offers, key=lambda offer: (offer[0] / NEAR_DEG + offer[1] / SOON_S, offer))
    good = angle < NEAR_DEG and gap_s < SOON_S
    verdict = "This is probably Ok." if good else "This is probably *NOT* Ok."
    note = f"Note: {metadata.name(number)} didn't have any Tsys measurement, so I used the one made on "
    note += f"{metadata.name(nearest)} ({gap_s / 60:.0f} min, {angle:.1f} deg away). {verdict}"
    return TsysField(number, nearest, note)


def _gap(one: Scan, other: Scan) -> float:
    return max(0.0, other.start_s - one.end_s, one.start_s - other.end_s)


def _edges(window: Window) -> str:
    edge = max(1, round(window.n_channels * EDGE_CHANNELS_OF_128 / 128))
    return f"{window.number}:0~{edge - 1};{window.n_channels - edge}~{window.n_channels - 1}"


def _suspects(metadata: Metadata) -> Iterable[str]:
    """Name the antennas whose Tsys stands out, with spw, receptor and how often."""
    names = {each.number: each.name for each in metadata.antennas}
    usual: dict[tuple[int, int], float] = {}
    found: dict[tuple[int, int, int], list[float]] = {}
    for row in metadata.tsys:
        for receptor in range(len(row.median_k)):
            key = (row.window, receptor)
            if key not in usual:
                usual[key] = median(
                    each.median_k[receptor]
                    for each in metadata.tsys
                    if each.window == row.window and len(each.median_k) > receptor
                )
            if usual[key] > 0 and row.median_k[receptor] > NOTABLE * usual[key]:
                found.setdefault((row.antenna, *key), []).append(row.median_k[receptor] / usual[key])
    for (antenna, spw, receptor), ratios in sorted(found.items()):
        who = f"{names.get(antenna, antenna)} {'XY'[receptor % 2]}"
        many = f"{len(ratios)} measurement{'s' if len(ratios) > 1 else ''}"
        yield f"{who}, spw {spw}: {max(ratios):.1f} times the median, in {many}"
