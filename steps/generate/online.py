"""How long each antenna is flagged by the observatory while on source."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..asdm import Scan

__all__ = ["flagged_on_source"]

_ANTENNA = re.compile(r"Antenna_(\d+)")


def flagged_on_source(folder: Path, scans: Iterable[Scan]) -> Mapping[int, float]:
    """Antenna -> seconds on source within its online flags.

    Flag.xml is only asked for a preference among antennas: one that is missing or cannot be read gives
    nothing, and importasdm will say so itself.

    Parameters
    ----------
    folder : Path
        The ASDM directory.
    scans : iterable of Scan
    """
    spans = [
        (subscan.start_s, subscan.end_s)
        for scan in scans
        for subscan in scan.subscans
        if subscan.intent == "ON_SOURCE"
    ]
    found: dict[int, float] = {}
    for start, end, antennas in _flags(folder / "Flag.xml"):
        shared = sum(max(0.0, min(end, last) - max(start, first)) for first, last in spans)
        for antenna in antennas if shared else ():
            found[antenna] = found.get(antenna, 0.0) + shared
    return found


def _flags(path: Path) -> list[tuple[float, float, list[int]]]:
    try:
        rows = ElementTree.parse(path).getroot().findall("row")
        return [_flag(row) for row in rows]
    except (OSError, ElementTree.ParseError, ValueError):
        return []


def _flag(row: ElementTree.Element) -> tuple[float, float, list[int]]:
    start, end = (float(row.findtext(name, "0")) * 1e-9 for name in ("startTime", "endTime"))
    return start, end, [int(number) for number in _ANTENNA.findall(row.findtext("antennaId", ""))]
