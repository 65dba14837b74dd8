"""The share of flags of each antenna in each spw, counted as the flags of steps are."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np

from ..errors import FlagError
from .curves_request import Request, chosen
from .flag_count import count_columns, count_tiles, open_unlocked
from .flag_layout import OtherLayout, find_layout
from .flag_tally import COLUMNS, Rows, Tally, read_names

__all__ = ["flag_fractions"]


class AntennaSpw(Tally):
    """Flagged and all visibilities of each antenna in each data description; each baseline counts twice."""

    def __init__(self, antennas: int, ddids: int) -> None:
        super().__init__(antennas)
        self.sums = np.zeros((2, antennas, ddids), np.int64)

    def add_rows(self, rows: Rows, flagged: Any, total: Any) -> None:
        """Add what each row has."""
        wanted = rows.wanted
        one, other = rows.columns["ANTENNA1"][wanted], rows.columns["ANTENNA2"][wanted]
        ddids = rows.columns["DATA_DESC_ID"][wanted]
        _, antennas, count = self.sums.shape
        for kind, values in enumerate((flagged[wanted], total[wanted])):
            for antenna, counted in ((one, values), (other, np.where(one == other, 0, values))):
                cells = np.bincount(antenna * count + ddids, counted, antennas * count)
                self.sums[kind] += cells.astype(np.int64).reshape(antennas, count)


def flag_fractions(request: Request) -> Dict[str, Any]:
    """Return the percentage of flagged visibilities, antenna by spw; autocorrelations are left out.

    Raises
    ------
    FlagError
        It is no measurement set.
    UsageError
        It has no such antenna or spw.
    """
    path = request.table
    with open_unlocked(path) as main:
        if not set(COLUMNS) | {"FLAG"} <= set(main.colnames()):
            raise FlagError("is not a measurement set", path, "Caltables and images have no such flags.")
        names = read_names(lambda name: open_unlocked(main.getkeyword(name)[len("Table: ") :]))
        tally = AntennaSpw(len(names.antennas), len(names.spws))
        try:
            count_tiles(main, find_layout(main), tally, False)
        except OtherLayout:
            tally = AntennaSpw(len(names.antennas), len(names.spws))
            count_columns(main, tally, False)
    return _said(request, names.antennas, names.spws, tally.sums)


def _said(request: Request, antennas: List[str], spws: List[int], sums: Any) -> Dict[str, Any]:
    numbers = sorted(set(spws))
    by_spw = np.stack([sums[:, :, np.array(spws) == spw].sum(axis=2) for spw in numbers], axis=2)
    total = by_spw[1]
    there = [n for n, spw in enumerate(numbers) if total[:, n].any()]
    known = {n: antennas[n] for n in range(len(antennas)) if total[n].any()}
    rows = chosen("antenna", request.antenna, known, request.table)
    columns = chosen("spw", request.spw, {numbers[n]: str(numbers[n]) for n in there}, request.table)
    picked = [numbers.index(spw) for spw in columns]
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100.0 * by_spw[0] / np.where(total, total, np.nan)
    if request.order == "worst":
        rows = sorted(rows, key=lambda n: -float(np.nanmax(np.append(percent[n, picked], 0.0))))
    values = [[None if not np.isfinite(v) else round(float(v), 2) for v in percent[n, picked]] for n in rows]
    return {
        "rows": [antennas[n] for n in rows],
        "columns": [f"spw {spw}" for spw in columns],
        "values": values,
    }
