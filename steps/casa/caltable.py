"""A caltable in memory: what it holds of each spw, as arrays."""

from __future__ import annotations

import os
from typing import Any, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np

from ..errors import CasaError
from .flag_count import open_unlocked
from .metrics.answers import Place, existing

__all__ = ["Block", "CalTable", "by_minutes", "read_caltable"]

VISIT_S = 60.0
"""Where no scan is known, solutions nearer together than that are of one."""


class Block(NamedTuple):
    """All solutions of one spw."""

    spw: int
    values: Any
    """complex or float (polarisations, channels, rows)."""
    flags: Any
    """bool, of the same shape."""
    antenna: Any
    scan: Any
    """int (rows); 0 or less where the table does not know it."""
    field: Any
    time_s: Any
    """float (rows), MJD."""
    snr: Any = None
    """float, of the same shape as the values; None where the table has none."""
    reference: Any = None
    """int (rows): the reference antenna of each, -1 where there was none; None where the table has none."""

    @property
    def kept(self) -> Any:
        """The values, NaN where flagged."""
        return np.where(self.flags, np.nan, self.values)

    def where(self, rows: Any) -> "Block":
        """The same of some rows, bool (rows)."""
        three = {name: getattr(self, name)[..., rows] for name in ("values", "flags")}
        one = {name: getattr(self, name)[rows] for name in ("antenna", "scan", "field", "time_s")}
        snr = None if self.snr is None else self.snr[..., rows]
        reference = None if self.reference is None else self.reference[rows]
        return self._replace(snr=snr, reference=reference, **three, **one)

    def visits(self) -> Iterator[Tuple[str, Any]]:
        """Yield each scan in words, and its rows; where no scan is known what lies within a minute."""
        if (self.scan > 0).all():
            for scan in np.unique(self.scan).tolist():
                yield f"scan {scan}", self.scan == scan
            return
        starts, number = by_minutes(self.time_s)
        for n, start in enumerate(starts.tolist()):
            yield f"at {clock(start)}", number == n


class CalTable(NamedTuple):
    """A whole caltable."""

    name: str
    kind: str
    """As CASA names it: B Jones, G Jones, T Jones, B TSYS, KAntPos Jones."""
    antennas: List[str]
    ms: str
    """Path of the MS it was solved on."""
    pols: List[str]
    blocks: List[Block]
    fields: Sequence[str] = ()
    """Names, by number."""
    positions_m: Any = None
    """float (antennas, 3); None where they are not known."""

    def field_name(self, number: int) -> str:
        """Return the name of a field; "field 3" where the table does not know it."""
        return self.fields[number] if 0 <= number < len(self.fields) else f"field {number}"

    def who(self, block: Block, row: int, pol: int = -1) -> str:
        """Return "DV09 spw 17 X" of one solution."""
        words = [self.antennas[int(block.antenna[row])], f"spw {block.spw}"]
        return " ".join(words + ([self.pols[pol]] if pol >= 0 and self.pols[pol] else []))

    def place(self, block: Block, row: int, pol: int = -1) -> Place:
        """Return the same as values, with the scan (-1 where the table does not know it)."""
        scan = int(block.scan[row])
        name = self.pols[pol] if pol >= 0 else ""
        return Place(self.antennas[int(block.antenna[row])], block.spw, name, scan if scan > 0 else -1)


def by_minutes(times_s: Any) -> Tuple[Any, Any]:
    """Return the times at which visits begin, float (visits), and of each time the number of its visit."""
    times = np.unique(times_s)
    starts = times[np.diff(times, prepend=-np.inf) > VISIT_S]
    return starts, np.searchsorted(starts, times_s, side="right") - 1


def clock(time_s: float) -> str:
    """Return hours, minutes and seconds of a time, UTC."""
    seconds = round(time_s % 86400.0)
    return f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def read_caltable(folder: str, name: str, *kinds: str) -> CalTable:
    """Read a caltable of the EB's folder.

    Parameters
    ----------
    kinds : str
        Beginnings of the kinds it may be of; any when none is given.

    Raises
    ------
    CasaError
        It is not there, not a caltable, of another kind, or empty.
    """
    path = existing(folder, name)
    with open_unlocked(path) as table:
        words = table.getkeywords()
        columns = table.colnames()
        if "VisCal" not in words or not {"CPARAM", "FPARAM"} & set(columns):
            raise CasaError("is not a caltable", name, "Name one: an MS or image has no solutions.")
        kind = str(words["VisCal"])
        if kinds and not kind.startswith(kinds):
            raise CasaError(f"is of the kind {kind}, not {' or '.join(kinds)}", name)
        if not table.nrows():
            raise CasaError("has no solution at all", name, "Look at the log of the step that makes it.")
        parameter = "CPARAM" if "CPARAM" in columns else "FPARAM"
        blocks = [
            _block(table, spw, parameter) for spw in np.unique(table.getcol("SPECTRAL_WINDOW_ID")).tolist()
        ]
        (antennas, positions_m), (fields, _) = (_names(words, name, path) for name in ("ANTENNA", "FIELD"))
        basis = str(words.get("PolBasis", ""))
    count = blocks[0].values.shape[0]
    return CalTable(name, kind, antennas, _ms(path, words), _pols(count, basis), blocks, fields, positions_m)


def _block(table: Any, spw: int, parameter: str) -> Block:
    part = table.query(f"SPECTRAL_WINDOW_ID=={spw}")
    try:
        columns = [part.getcol(name) for name in ("ANTENNA1", "SCAN_NUMBER", "FIELD_ID", "TIME")]
        known = part.colnames()
        more = [part.getcol(name) if name in known else None for name in ("SNR", "ANTENNA2")]
        return Block(spw, part.getcol(parameter), part.getcol("FLAG"), *columns, *more)
    finally:
        part.close()


def _names(words: Any, table: str, path: str) -> Tuple[List[str], Any]:
    """Names of a subtable, and positions where it has them, wherever the table has been moved to."""
    inside = os.path.join(path, table)
    where = inside if os.path.isdir(inside) else str(words[table])[len("Table: ") :]
    with open_unlocked(where) as names:
        positions_m = names.getcol("POSITION").T if "POSITION" in names.colnames() and names.nrows() else None
        return [str(name) for name in names.getcol("NAME")], positions_m


def _ms(path: str, words: Any) -> str:
    return os.path.join(os.path.dirname(path), str(words.get("MSName", "")))


def _pols(count: int, basis: str) -> List[str]:
    if count == 2:
        return ["R", "L"] if basis.upper().startswith("CIRC") else ["X", "Y"]
    return [""] if count == 1 else [str(n) for n in range(count)]
