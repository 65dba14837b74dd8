"""The reference antenna, and why that one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from ..asdm import Antenna
from ..errors import AsdmError, UsageError
from .metadata import Metadata
from .sky import shadowed_scans

__all__ = ["Refant", "choose_refant", "tsys_ratio"]

#: Share of the time on source within online flags above which an antenna is no reference (others have less).
MOST_FLAGGED = 0.05
#: Tsys over the array's median above which an antenna is no reference.
MOST_TSYS = 2.0
#: Negative Tsys, percent of the channels (the observatory's own checks take 10).
MOST_NEGATIVE_PERCENT = 10.0


@dataclass(frozen=True, slots=True)
class Refant:
    """The reference antenna."""

    name: str
    why: str
    passed_over: tuple[str, ...] = ()
    """Antennas nearer to the centre, and what is against them."""
    ranking: tuple[str, ...] = ()
    """All that could serve, best first."""


def choose_refant(metadata: Metadata, asked: str = "") -> Refant:
    """Choose the antenna that all phases are measured against.

    The one nearest to the centre of the array (the median position) that nothing is against: it is not
    shadowed, its time on source is not within online flags, and its Tsys was measured each time and is
    neither high nor negative. In the 7m array only its own antennas (CMnn) are taken.

    Parameters
    ----------
    metadata : Metadata
    asked : str
        Name of the antenna that a person wants; by the rules when empty.

    Raises
    ------
    UsageError
        There is no antenna of that name.
    AsdmError
        There are no antennas.
    """
    if not metadata.antennas:
        raise AsdmError("has no antennas", metadata.block.uid, "Its Antenna table is empty: stage it anew.")
    distances = _distances(metadata)
    ordered = sorted(metadata.antennas, key=lambda each: (distances[each.number], each.name))
    faults = _faults(metadata)
    good = [each for each in ordered if not faults.get(each.number)]
    middle = median(distances.values())
    if asked:
        return _asked(metadata, asked, distances, faults, tuple(each.name for each in good))
    chosen = (good or ordered)[0]
    nearer = ordered[: ordered.index(chosen)]
    distance = distances[chosen.number]
    why = f"{distance:.0f} m from the centre of the array (half of the antennas: {middle:.0f} m)"
    why += (
        ", not shadowed, Tsys and online flags as they should be" if good else ", and none is without fault: "
    )
    why += "" if good else faults[chosen.number]
    against = tuple(f"{each.name} ({faults[each.number]})" for each in nearer if each.number in faults)
    return Refant(chosen.name, why, against, tuple(each.name for each in good))


def _asked(
    metadata: Metadata,
    asked: str,
    distances: Mapping[int, float],
    faults: Mapping[int, str],
    ranking: tuple[str, ...],
) -> Refant:
    found = next((each for each in metadata.antennas if each.name.upper() == asked.strip().upper()), None)
    if found is None:
        names = ", ".join(each.name for each in metadata.antennas)
        raise UsageError(f"no antenna {asked!r} in {metadata.block.uid}", "--refant", f"There are: {names}.")
    why = f"chosen by hand; {distances[found.number]:.0f} m from the centre of the array"
    why += f"; note: {faults[found.number]}" if found.number in faults else ""
    return Refant(found.name, why, (), ranking)


def _distances(metadata: Metadata) -> dict[int, float]:
    """Antenna -> metres from the median position (the median does not follow a few far pads)."""
    centre = [median(each.position_m[axis] for each in metadata.antennas) for axis in range(3)]
    return {each.number: math.dist(each.position_m, centre) for each in metadata.antennas}


def _faults(metadata: Metadata) -> dict[int, str]:
    shadowed = shadowed_scans(metadata)
    flagged = metadata.flagged_s
    total = metadata.on_source_s
    usual = median(flagged.get(each.number, 0.0) for each in metadata.antennas)
    found = {}
    for each in metadata.antennas:
        faults = [] if not shadowed.get(each.number) else [f"shadowed in {shadowed[each.number]} scans"]
        excess = flagged.get(each.number, 0.0) - usual
        if total and excess / total > MOST_FLAGGED:
            faults.append(f"within online flags for {excess / total:.0%} of the time on source")
        faults += _tsys_faults(metadata, each)
        if metadata.array == "7m" and not each.is_seven_metre:
            faults.append("not a 7m antenna")
        if faults:
            found[each.number] = ", ".join(faults)
    return found


def tsys_ratio(metadata: Metadata) -> dict[int, float]:
    """Antenna -> its highest Tsys over the median of the array at that time in that spw and receptor."""
    groups: dict[tuple[int, int, int], list[tuple[int, float]]] = {}
    for row in metadata.tsys:
        moment = round(row.time_s / 30.0)
        for receptor, value in enumerate(row.median_k):
            groups.setdefault((row.window, receptor, moment), []).append((row.antenna, value))
    found: dict[int, float] = {}
    for values in groups.values():
        usual = median(value for _, value in values)
        for antenna, value in values:
            if usual > 0:
                found[antenna] = max(found.get(antenna, 0.0), value / usual)
    return found


def _tsys_faults(metadata: Metadata, antenna: Antenna) -> list[str]:
    if not metadata.tsys:
        return []
    rows = [row for row in metadata.tsys if row.antenna == antenna.number]
    most = max(_counts(metadata).values())
    faults = []
    ratio = tsys_ratio(metadata).get(antenna.number, 0.0)
    if ratio > MOST_TSYS:
        faults.append(f"Tsys {ratio:.1f} times the median of the array")
    if any(row.negative_percent > MOST_NEGATIVE_PERCENT for row in rows):
        faults.append("negative Tsys")
    if len(rows) < most:
        faults.append(f"{most - len(rows)} of {most} Tsys measurements missing")
    return faults


def _counts(metadata: Metadata) -> dict[int, int]:
    found: dict[int, int] = {}
    for row in metadata.tsys:
        found[row.antenna] = found.get(row.antenna, 0) + 1
    return found
