"""Adding up flags: by antenna, spw, field, scan, correlation, channel, as flagdata's summary has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from ..errors import FlagError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COLUMNS", "Names", "Rows", "Tally", "read_names"]

#: What tells apart the groups of rows that are added up; they change seldom from row to row.
GROUPS = ("ARRAY_ID", "OBSERVATION_ID", "SCAN_NUMBER", "FIELD_ID", "DATA_DESC_ID")
COLUMNS = (*GROUPS, "ANTENNA1", "ANTENNA2")
#: Types of correlation that flagdata knows by name (casacore, Stokes.h); the others it calls "".
CORRELATIONS = {1: "I", 2: "Q", 3: "U", 4: "V"}
CORRELATIONS.update({5: "RR", 6: "RL", 7: "LR", 8: "LL", 9: "XX", 10: "XY", 11: "YX", 12: "YY"})

Summary = Dict[str, Any]


class Names(NamedTuple):
    """What the numbers in the main table stand for."""

    antennas: List[str]
    fields: List[str]
    spws: List[int]
    """Spectral window of each data description."""
    correlations: List[List[str]]
    """Names of the correlations of each data description."""


class Rows(NamedTuple):
    """Some neighbouring rows of the main table."""

    start: int
    columns: Dict[str, NDArray[np.int64]]
    wanted: NDArray[np.bool_]
    """Which of them count."""

    @property
    def ddids(self) -> NDArray[np.int64]:
        """DATA_DESC_ID of each."""
        return self.columns["DATA_DESC_ID"]


class Tally:
    """Flagged and all visibilities so far.

    Parameters
    ----------
    antennas : int
        Rows of the table of antennas.
    """

    def __init__(self, antennas: int) -> None:
        self._antennas = np.zeros((2, antennas), np.int64)
        self._groups: Dict[Tuple[int, ...], NDArray[np.int64]] = {}
        self._cells: Dict[Tuple[int, int, int], NDArray[np.int64]] = {}

    def cells(self, ddid: int, channels: int, correlations: int) -> NDArray[np.int64]:
        """Flagged and all of each channel and correlation, to be added to: (2, channels, correlations)."""
        key = (ddid, channels, correlations)
        if key not in self._cells:
            self._cells[key] = np.zeros((2, channels, correlations), np.int64)
        return self._cells[key]

    def add_rows(self, rows: Rows, flagged: NDArray[np.int64], total: NDArray[np.int64]) -> None:
        """Add what each row has: flagged and all visibilities."""
        columns = rows.columns
        if not rows.wanted.all():
            columns = {name: column[rows.wanted] for name, column in columns.items()}
            flagged, total = flagged[rows.wanted], total[rows.wanted]
        if not len(flagged):
            return
        self._add_groups(columns, flagged, total)
        self._add_antennas(columns, flagged, total)

    def _add_groups(
        self, columns: Dict[str, NDArray[np.int64]], flagged: NDArray[np.int64], total: NDArray[np.int64]
    ) -> None:
        changes = np.zeros(len(flagged), bool)
        changes[0] = True
        for name in GROUPS:
            changes[1:] |= columns[name][1:] != columns[name][:-1]
        first = np.flatnonzero(changes)
        keys, group = np.unique(
            np.stack([columns[name][first] for name in GROUPS]), axis=1, return_inverse=True
        )
        sums = np.zeros((2, keys.shape[1]), np.int64)
        np.add.at(sums[0], group.reshape(-1), np.add.reduceat(flagged, first))
        np.add.at(sums[1], group.reshape(-1), np.add.reduceat(total, first))
        for number, key in enumerate(keys.T.tolist()):
            self._groups[tuple(key)] = self._groups.get(tuple(key), 0) + sums[:, number]

    def _add_antennas(
        self, columns: Dict[str, NDArray[np.int64]], flagged: NDArray[np.int64], total: NDArray[np.int64]
    ) -> None:
        """Each baseline counts for both of its antennas, an autocorrelation once."""
        one, other = columns["ANTENNA1"], columns["ANTENNA2"]
        count = self._antennas.shape[1]
        if min(one.min(), other.min()) < 0 or max(one.max(), other.max()) >= count:
            raise FlagError("rows name antennas that the ANTENNA table does not have")
        pairs = one * count + other
        for kind, values in enumerate((flagged, total)):
            baselines = np.bincount(pairs, values, count * count).astype(np.int64).reshape(count, count)
            self._antennas[kind] += baselines.sum(axis=0) + baselines.sum(axis=1) - baselines.diagonal()

    def summary(self, names: Names, channels: bool = True) -> Summary:
        """The dictionary that ``flagdata(mode='summary', spwchan=True)`` returns.

        Parameters
        ----------
        names : Names
            The set's own.
        channels : bool
            Whether to tell the channels apart (``spw:channel``).
        """
        counts = sum(self._groups.values(), np.zeros(2, np.int64))
        axes = {
            "antenna": self._by_antenna(names.antennas),
            "array": self._by_group(lambda key: str(key[0])),
            "correlation": self._by_correlation(names),
            "field": self._by_group(lambda key: _at(names.fields, key[3], "FIELD")),
            "observation": self._by_group(lambda key: str(key[1])),
            "scan": self._by_group(lambda key: str(key[2])),
            "spw": self._by_group(lambda key: str(_at(names.spws, key[4], "DATA_DESCRIPTION"))),
        }
        if channels:
            axes["spw:channel"] = self._by_channel(names)
        found: Summary = {name: _plain(sums) for name, sums in axes.items()}
        found.update(type="summary", name="Summary", flagged=float(counts[0]), total=float(counts[1]))
        return dict(sorted(found.items()))

    def _by_antenna(self, names: List[str]) -> Dict[str, Any]:
        sums: Dict[str, Any] = {}
        for number in np.flatnonzero(self._antennas[1]):
            _add(sums, names[number], self._antennas[:, number])
        return sums

    def _by_group(self, name: Callable[[Tuple[int, ...]], str]) -> Dict[str, Any]:
        sums: Dict[str, Any] = {}
        for key, counts in self._groups.items():
            _add(sums, name(key), counts)
        return sums

    def _by_correlation(self, names: Names) -> Dict[str, Any]:
        sums: Dict[str, Any] = {}
        for (ddid, _, correlations), counts in self._cells.items():
            for number in range(correlations):
                _add(sums, names.correlations[ddid][number], counts[:, :, number].sum(axis=1))
        return sums

    def _by_channel(self, names: Names) -> Dict[str, Any]:
        sums: Dict[str, Any] = {}
        for (ddid, channels, _), counts in self._cells.items():
            each = counts.sum(axis=2)
            for number in range(channels):
                _add(sums, f"{names.spws[ddid]}:{number}", each[:, number])
        return sums


def _at(names: Sequence[Any], number: int, table: str) -> Any:
    if not 0 <= number < len(names):
        raise FlagError(f"rows name line {number} of the {table} table, which has {len(names)}")
    return names[number]


def _add(sums: Dict[str, Any], name: str, counts: NDArray[np.int64]) -> None:
    sums[name] = sums.get(name, 0) + counts


def _plain(sums: Dict[str, Any]) -> Summary:
    return {
        name: {"flagged": float(counts[0]), "total": float(counts[1])}
        for name, counts in sorted(sums.items())
        if counts[1]
    }


def read_names(open_table: Callable[[str], Any]) -> Names:
    """Read the names.

    Parameters
    ----------
    open_table : callable
        Gives a context with a subtable of that name, open.
    """
    with open_table("ANTENNA") as table:
        antennas = [str(name) for name in table.getcol("NAME")]
    with open_table("FIELD") as table:
        fields = [str(name) for name in table.getcol("NAME")]
    with open_table("DATA_DESCRIPTION") as table:
        spws = [int(number) for number in table.getcol("SPECTRAL_WINDOW_ID")]
        polarizations = [int(number) for number in table.getcol("POLARIZATION_ID")]
    with open_table("POLARIZATION") as table:
        kinds = [table.getcell("CORR_TYPE", row) for row in range(table.nrows())]
    correlations = [[CORRELATIONS.get(int(kind), "") for kind in kinds[number]] for number in polarizations]
    return Names(antennas, fields, spws, correlations)
