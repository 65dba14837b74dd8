"""flux.csv as the ALMA pipeline writes it: rows of ours put in, all others left byte for byte."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..errors import UsageError
from .model import Flux, Origin

__all__ = ["COLUMNS", "FLUX_CSV", "CsvRow", "update_table"]

FLUX_CSV = "flux.csv"
COLUMNS = ("ms", "field", "spw", "I", "Q", "U", "V", "spix", "comment")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A flux density of a field in a spw of an EB."""

    ms: str
    """Name of the MS: uid___A002_X85c183_X2cd.ms."""
    field: int
    spw: int
    flux: Flux
    """At the centre of the spw."""

    @property
    def cells(self) -> dict[str, str]:
        """By the name of the column, in lower case."""
        index = self.flux.spectral_index
        return {
            "ms": self.ms,
            "field": str(self.field),
            "spw": str(self.spw),
            "i": f"{self.flux.jy:.6g}",
            "q": "0.0",
            "u": "0.0",
            "v": "0.0",
            "spix": "" if index is None else f"{index:.6g}",
            "comment": _comment(self.flux),
        }


def _comment(flux: Flux) -> str:
    error = "" if flux.error_jy is None else f" +- {flux.error_jy:.3g} Jy"
    if flux.origin is Origin.GIVEN:
        origin = f"by hand: {flux.source}"
    else:
        age = "" if flux.age_days is None else f" age={flux.age_days:.0f}d"
        origin = f"ALMA catalogue{age}"
    carried = "" if flux.from_hz is None else f" from {flux.from_hz / 1e9:.3f} GHz"
    text = f"# field={flux.name} date={flux.date.isoformat()}{error} origin={origin}{carried}"
    return _plain(f"{text} queried_at={flux.asked_at}" if flux.asked_at else text)


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def update_table(text: str, rows: Sequence[CsvRow]) -> str:
    """Put `rows` into the text of a flux.csv.

    A row for the same MS, field (by number or by name) and spw is replaced where it stands; others are added
    at the end. What is neither keeps its bytes, comments and line ends included.

    Parameters
    ----------
    text : str
        Of the file; empty where there is none yet.

    Raises
    ------
    UsageError
        It has content but not the columns that it needs.
    """
    ending = "\r\n" if "\r\n" in text else "\n"
    if not text.strip("\ufeff \r\n\t"):
        return _line(COLUMNS, ending) + "".join(_cells(COLUMNS, row, ending) for row in rows)
    try:
        pieces = [_Piece(lines, cells) for lines, cells in _records(text)]
    except csv.Error as error:
        raise UsageError(f"is no table: {error}", FLUX_CSV, "Mend it, or move it away.") from error
    names = _columns(pieces)
    left = list(rows)
    out, seen_head = [], False
    for piece in pieces:
        mine = None
        if piece.is_data and seen_head:
            mine = next(
                (row for row in rows if _is_for(dict(zip(names, piece.cells, strict=False)), row)), None
            )
        seen_head = seen_head or piece.is_data
        if mine is None:
            out.append(piece.text)
        elif mine in left:
            left.remove(mine)
            out.append(_cells(names, mine, ending))
    body = "".join(out)
    if left and not body.endswith(("\n", "\r")):
        body += ending
    return body + "".join(_cells(names, row, ending) for row in left)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A record with the lines that it stands in."""

    text: str
    cells: list[str]

    @property
    def is_data(self) -> bool:
        return any(cell.strip() for cell in self.cells) and not self.text.lstrip().startswith("#")


def _columns(pieces: Sequence[_Piece]) -> list[str]:
    """The names of the columns, from the first line that is no remark."""
    head = next((piece.cells for piece in pieces if piece.is_data), [])
    names = [cell.strip().lstrip("\ufeff").lower() for cell in head]
    missing = [name for name in ("ms", "field", "spw", "i") if name not in names]
    if missing:
        todo = f"Its first line has to name them: {','.join(COLUMNS)}"
        raise UsageError(f"has no column {' and no '.join(missing)}", FLUX_CSV, todo)
    return names


def _records(text: str) -> Iterable[tuple[str, list[str]]]:
    """The lines of each record, and its cells; a quoted cell may hold line ends."""
    lines = io.StringIO(text, newline="").readlines()
    at = 0
    while at < len(lines):
        is_quoted = '"' in lines[at] and not lines[at].lstrip().startswith("#")
        reader = csv.reader(lines[at:] if is_quoted else lines[at : at + 1])
        cells = next(reader, [])
        used = reader.line_num or 1
        yield "".join(lines[at : at + used]), cells
        at += used


def _is_for(cells: dict[str, str], row: CsvRow) -> bool:
    ms = PurePosixPath(cells.get("ms", "").strip()).name.split(".ms")[0]
    return (
        ms == row.ms.split(".ms")[0]
        and cells.get("field", "").strip() in (str(row.field), row.flux.name)
        and cells.get("spw", "").strip() == str(row.spw)
    )


def _cells(names: Sequence[str], row: CsvRow, ending: str) -> str:
    cells = row.cells
    return _line([cells.get(name.lower(), "") for name in names], ending)


def _line(cells: Sequence[str], ending: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=ending).writerow(cells)
    return out.getvalue()
