"""Tables that come beside an ASDM: antennapos.csv and flux.csv, as the ALMA pipeline writes them."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError

__all__ = ["FluxRow", "PositionRow", "find_table", "read_fluxes", "read_positions"]

ANTENNAPOS = "antennapos.csv"
FLUX = "flux.csv"


@dataclass(frozen=True, slots=True)
class PositionRow:
    """A correction of an antenna's position, metres, ITRF."""

    antenna: str
    offset_m: tuple[float, float, float]
    comment: str


@dataclass(frozen=True, slots=True)
class FluxRow:
    """A flux density of a field in a spw."""

    field: str
    """Number, or name."""
    spw: int
    flux_jy: float
    spix: float | None
    comment: str


def find_table(name: str, folders: Iterable[Path]) -> Path | None:
    """The first file called `name` in `folders`."""
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def read_positions(path: Path, uid: str) -> tuple[PositionRow, ...]:
    """Corrections of the EB `uid` in an antennapos.csv (columns ms, antenna, xoff, yoff, zoff, comment).

    Raises
    ------
    UsageError
        It cannot be read, or lacks a column, or a value is no number; with the line.
    """
    found = []
    for line, row in _rows(path, uid, ("antenna", "xoff", "yoff", "zoff")):
        offset = tuple(_number(path, line, row, name) for name in ("xoff", "yoff", "zoff"))
        found.append(PositionRow(row["antenna"], (offset[0], offset[1], offset[2]), row.get("comment", "")))
    return tuple(found)


def read_fluxes(path: Path, uid: str) -> tuple[FluxRow, ...]:
    """Flux densities of the EB `uid` in a flux.csv (columns ms, field, spw, I, Q, U, V, spix, comment).

    Raises
    ------
    UsageError
        As `read_positions`.
    """
    found = []
    for line, row in _rows(path, uid, ("field", "spw", "i")):
        spix = _number(path, line, row, "spix") if row.get("spix") else None
        flux = _number(path, line, row, "i")
        spw = _number(path, line, row, "spw")
        if flux > 0:
            found.append(FluxRow(row["field"], int(spw), flux, spix, row.get("comment", "")))
    return tuple(found)


def _rows(path: Path, uid: str, needed: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows of one EB with their lines; names of columns in lower case. Without a column ms, all of them."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UsageError(
            f"cannot be read: {error.strerror}", str(path), "Look whether it is there."
        ) from error
    lines = [line if not line.lstrip().startswith("#") else "" for line in text.splitlines()]
    reader = csv.reader(lines)
    head: list[str] = []
    for cells in reader:
        row = [cell.strip() for cell in cells]
        if not any(row):
            continue
        if not head:
            head = [cell.lower() for cell in row]
            _check_head(path, head, needed)
            continue
        values = dict(zip(head, row, strict=False))
        ms = values.get("ms", values.get("name", ""))
        if not ms or Path(ms).name.split(".ms")[0] == uid:
            _check_row(path, reader.line_num, values, needed)
            yield reader.line_num, values


def _check_head(path: Path, head: list[str], needed: tuple[str, ...]) -> None:
    for name in needed:
        if name not in head:
            raise UsageError(
                f"has no column {name!r}",
                f"{path}:1",
                f"Its columns are: {', '.join(head)}. It needs {needed}.",
            )


def _check_row(path: Path, line: int, values: Mapping[str, str], needed: tuple[str, ...]) -> None:
    for name in needed:
        if not values.get(name):
            raise UsageError(f"has no {name}", f"{path}:{line}", "Complete the line, or take it out.")


def _number(path: Path, line: int, row: Mapping[str, str], name: str) -> float:
    try:
        value = float(row[name])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{name} is not a number: {row[name]!r}", f"{path}:{line}", "Mend that line.")
    return value
