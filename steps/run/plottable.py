"""What there is to plot for an item: tables that its run made or judges, measurement sets, pictures."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ..checklist.model import Kind
from ..mous.mous import Mous
from ..record.runs import RunRecord
from .view import Row

__all__ = ["Plottable", "Sort", "kind_of_table", "pictures_of", "plottable"]

PICTURE_FOLDERS = (".", "plots", "qa2")
MOST_PICTURES = 60
DEEPEST = 4
"""So many items back is looked for what a judgement rests on."""
LATE_S = 60.0
"""So long after a run a picture may be written and still be its own."""


class Sort(str, Enum):
    """What it is."""

    SOLUTIONS = "solutions"
    MS = "ms"
    PICTURE = "picture"


#: Of a measurement set: kind of plot -> what a person calls it.
OF_MS = {
    "flags": "flags",
    "vis": "visibilities",
    "plan": "elevation",
    "uv": "uv coverage",
    "array": "antennas",
}
_MADE = re.compile(r"""\b(?:caltable|fluxtable|outfile)\s*=\s*['"]([^'"]+)['"]""")


@dataclass(frozen=True, slots=True)
class Plottable:
    """One thing to be drawn."""

    path: Path
    sort: Sort
    plot: str = ""
    """Kind of plot, as requests name it."""
    name: str = ""
    """What a person calls it, short: "ms.tsys", "ms.split visibilities"."""


def plottable(row: Row, rows: Sequence[Row], mous: Mous) -> tuple[Plottable, ...]:
    """Return what there is to plot for an item, what it is about first.

    These are the tables that its last run made and the measurement sets whose flags it counted; where it has
    none of both, or is a person's judgement, those of what it needs. Then come pictures of its EB.

    Parameters
    ----------
    rows : sequence of Row
        All of the MOUS.
    """
    folder = mous.eb(row.key.eb).folder if row.key.eb else mous.root
    level = [row]
    found: list[Plottable] = []
    for _ in range(DEEPEST):
        found = list(dict.fromkeys(each for one in level for each in _of_run(one.run, mous, folder)))
        asked_for = row.item.kind is not Kind.RUN or row.run is not None
        if found or not asked_for:
            break
        level = [need for one in level for need in _needs(one, rows)]
    own = _pictures_in_time([one.run for one in (row, *level) if one.run], folder)
    pictures = [*own, *(path for path in pictures_of(folder) if path not in own)]
    return (
        *found,
        *(Plottable(path, Sort.PICTURE, name=_short(path.name)) for path in pictures[:MOST_PICTURES]),
    )


def _needs(row: Row, rows: Sequence[Row]) -> list[Row]:
    """What an item needs, in its own EB; the one before it where it does not say."""
    mine = [each for each in rows if each.key.eb == row.key.eb]
    if row.item.needs is not None:
        return [each for each in mine if each.item.id in row.item.needs]
    at = next((n for n, each in enumerate(mine) if each.key == row.key), 0)
    return mine[max(at - 1, 0) : at]


def _of_run(run: RunRecord | None, mous: Mous, folder: Path) -> Iterator[Plottable]:
    """Tables before measurement sets: what a step made, before what it was made of.

    Of what only measures, that on which it did, and visibilities first: the numbers are of them.
    """
    if run is None:
        return
    called = [name for call in run.calls for name in _MADE.findall(call.text)]
    paths = [mous.root / name for name in run.outputs] + [folder / name for name in called]
    measures = bool(run.checks) and not run.calls
    paths += [folder / each.of.partition(":")[0] for each in run.checks if each.of and measures]
    paths += [folder / change.ms for change in run.flags]
    sorts = {path: kind_of_table(path) for path in dict.fromkeys(map(Path, map(os.path.normpath, paths)))}
    for path in (path for path, sort in sorts.items() if sort is Sort.SOLUTIONS):
        yield Plottable(path, Sort.SOLUTIONS, name=_short(path.name))
        if path.name.endswith(".wvr"):
            yield Plottable(path, Sort.SOLUTIONS, "wvr", f"{_short(path.name)} before and after")
    for path in (path for path, sort in sorts.items() if sort is Sort.MS):
        for plot, name in sorted(OF_MS.items(), key=lambda each: each[0] != "vis" and measures):
            yield Plottable(path, Sort.MS, plot, f"{_short(path.name)} {name}")


def kind_of_table(path: Path) -> Sort | None:
    """Return what a table of CASA is, by its small file of words; None where nothing of it can be drawn."""
    try:
        words = (path / "table.info").read_text(encoding="utf-8", errors="replace")[:200].lower()
    except OSError:
        return None
    if "type = calibration" in words:
        return Sort.SOLUTIONS
    return Sort.MS if "type = measurement set" in words else None


def _short(name: str) -> str:
    """A table's name without the EB's uid, which all share: "ms.tsys"."""
    return re.sub(r"^uid___A\d+_X[0-9a-fA-F]+_(X[0-9a-fA-F]+)\.", "", name)


def pictures_of(folder: Path) -> list[Path]:
    """Return the PNG files that lie where scripts put them, the newest first."""
    found = {}
    for place in PICTURE_FOLDERS:
        for path in (folder / place).glob("*.png"):
            with contextlib.suppress(OSError):
                found[path] = path.stat().st_mtime
    return sorted(found, key=lambda path: (-found[path], path.name))


def _pictures_in_time(runs: Sequence[RunRecord], folder: Path) -> list[Path]:
    """Those that were written while the runs went on."""
    spans = [(run.start, run.end + LATE_S) for run in runs if run.end is not None]
    return [
        path
        for path in pictures_of(folder)
        if any(start <= path.stat().st_mtime <= end for start, end in spans)
    ]
