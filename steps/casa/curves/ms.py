"""Which rows of a measurement set a request means: found from its small columns and sub-tables."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Sequence

import numpy as np

from ...errors import CasaError, UsageError
from ..flag_count import open_unlocked
from ..flag_tally import Names, read_names
from ..intents import kinds_of
from .request import Request, chosen

__all__ = ["CHUNK_ROWS", "Selection", "select", "sub_table"]

#: Rows whose small columns are held at a time.
CHUNK_ROWS = 1 << 20
COLUMNS = ("DATA_DESC_ID", "FIELD_ID", "SCAN_NUMBER", "STATE_ID")
#: Intents of the set-up: of these alone nobody wants to see visibilities unasked.
SET_UP = ("POINTING", "FOCUS", "SIDEBAND", "ATMOSPHERE", "WVR", "UNSPECIFIED")
PARALLEL = ("XX", "YY", "RR", "LL", "I")


class Selection(NamedTuple):
    """What is meant, and what there is."""

    request: Request
    path: str
    names: Names
    intents: List[str]
    """OBS_MODE of each STATE_ID."""
    there: Any
    """int (4, n): each combination of `COLUMNS` that has rows."""
    wanted: Any
    """bool (n): which of them are meant."""

    @property
    def ddids(self) -> List[int]:
        """Data descriptions with rows that are meant."""
        return sorted(set(self.there[0, self.wanted].tolist()))

    def condition(self, ddid: int) -> str:
        """Return what selects the cross-correlations that are meant of a data description, as TaQL."""
        own, mine = self.there[:, self.there[0] == ddid], self.wanted[self.there[0] == ddid]
        words = [f"DATA_DESC_ID=={ddid}", "ANTENNA1!=ANTENNA2"]
        for number, name in enumerate(COLUMNS[1:], 1):
            picked = sorted(set(own[number, mine].tolist()))
            if len(picked) < len(set(own[number].tolist())):
                words.append(f"{name} IN {picked}")
        return " AND ".join(words)

    def spw(self, ddid: int) -> int:
        """Return the spw of a data description."""
        return self.names.spws[ddid]

    def hands(self, ddid: int) -> List[int]:
        """Return the correlations that are meant, as indices: the parallel ones where nobody says."""
        names = self.names.correlations[ddid]
        known = dict(enumerate(names))
        if self.request.pol:
            asked = [name for name in _hands(self.request) if name in map(str.upper, names)]
            return chosen("pol", asked, known, self.table) if asked else []
        return [n for n, name in known.items() if name in PARALLEL] or list(known)

    @property
    def table(self) -> str:
        """The name of the MS."""
        return os.path.basename(os.path.abspath(self.path))

    def intent(self, state: int) -> str:
        """Return the OBS_MODE of a state."""
        return self.intents[state] if 0 <= state < len(self.intents) else ""

    def targets(self) -> FrozenSet[int]:
        """Return the fields that are targets and nothing else, by number."""
        found: Dict[int, List[str]] = {}
        for _, field, _, state in self.there.T.tolist():
            words = [word for word in kinds_of(self.intent(state)) if not _is_set_up([word])]
            found.setdefault(field, []).extend(words)
        return frozenset(n for n, words in found.items() if words and set(words) == {"TARGET"})

    def choices(self) -> Dict[str, List[Any]]:
        """Return what the set has to choose from, whatever is meant; radiometers have no baselines."""
        fields = sorted(set(self.there[1].tolist()))
        every = sorted(set(self.there[0].tolist()))
        ddids = [ddid for ddid in every if self.names.correlations[ddid] != ["I"]] or every
        states = [self.intent(state) for state in sorted(set(self.there[3].tolist()))]
        pols = [name for ddid in ddids for name in self.names.correlations[ddid]]
        return {
            "antenna": list(self.names.antennas),
            "spw": sorted({self.spw(ddid) for ddid in ddids}),
            "pol": list(dict.fromkeys(pols)),
            "scan": sorted(set(self.there[2].tolist())),
            "field": [self.names.fields[n] for n in fields],
            "intent": sorted({word for each in states for word in kinds_of(each)}),
        }


def _hands(request: Request) -> List[str]:
    """The correlations that are asked for; "X" is short for "XX"."""
    return [
        2 * word.upper() if len(word) == 1 and word.upper() != "I" else word.upper() for word in request.pol
    ]


@contextlib.contextmanager
def sub_table(path: str, name: str) -> Iterator[Any]:
    """A sub-table, wherever the MS says it is."""
    with open_unlocked(path) as main:
        words = main.getkeywords()
    if name not in words:
        raise CasaError(f"has no table {name}", path)
    with open_unlocked(str(words[name])[len("Table: ") :]) as table:
        yield table


def select(request: Request, set_up: bool = False) -> Selection:
    """Settle what is meant.

    Parameters
    ----------
    set_up : bool
        Whether scans of the set-up are meant too where no intent is named.

    Raises
    ------
    CasaError
        It is no measurement set.
    UsageError
        It has nothing of what is asked for.
    """
    path = request.table
    with open_unlocked(path) as main:
        if not set(COLUMNS) <= set(main.colnames()):
            raise CasaError("is not a measurement set", path, "Give the path of one.")
        names = read_names(lambda name: open_unlocked(main.getkeyword(name)[len("Table: ") :]))
        there = _combinations(main)
    with sub_table(path, "STATE") as states:
        intents = [str(each) for each in states.getcol("OBS_MODE")] if states.nrows() else []
    selection = Selection(request, path, names, intents, there, np.ones(there.shape[1], bool))
    wanted = _wanted(selection, set_up)
    if not wanted.any():
        raise UsageError("has nothing of that spw, field, scan and intent together", selection.table)
    return selection._replace(wanted=wanted)


def _combinations(main: Any) -> Any:
    pieces = []
    for start in range(0, main.nrows(), CHUNK_ROWS):
        count = min(CHUNK_ROWS, main.nrows() - start)
        columns = np.stack([main.getcol(name, start, count) for name in COLUMNS])
        changes = np.concatenate(([True], (np.diff(columns, axis=1) != 0).any(axis=0)))
        pieces.append(columns[:, changes])
    return np.unique(np.concatenate(pieces, axis=1), axis=1) if pieces else np.zeros((4, 0), int)


def _wanted(selection: Selection, set_up: bool) -> Any:
    request, there, where = selection.request, selection.there, selection.table
    spws = np.array(selection.names.spws)[there[0]]
    picked = chosen("spw", request.spw, {int(n): str(n) for n in np.unique(spws)}, where)
    fields = {int(n): selection.names.fields[n] for n in np.unique(there[1])}
    scans = {int(n): str(n) for n in np.unique(there[2])}
    wanted = np.isin(spws, picked)
    wanted &= np.isin(there[1], chosen("field", request.field, fields, where))
    wanted &= np.isin(there[2], chosen("scan", request.scan, scans, where))
    if request.pol:
        wanted &= np.isin(there[0], _with_hands(selection))
    return wanted & np.isin(there[3], _states(selection, set_up))


def _with_hands(selection: Selection) -> List[int]:
    """The data descriptions that have a correlation that is asked for: a radiometer has others."""
    correlations = selection.names.correlations
    ddids = sorted(set(selection.there[0].tolist()))
    known = list(dict.fromkeys(name for ddid in ddids for name in correlations[ddid]))
    numbers = chosen("pol", _hands(selection.request), dict(enumerate(known)), selection.table)
    return [ddid for ddid in ddids if {known[n] for n in numbers} & set(correlations[ddid])]


def _states(selection: Selection, set_up: bool) -> List[int]:
    """The states that are meant: unasked, and with no scan named, all that are more than set-up."""
    request, states = selection.request, sorted(set(selection.there[3].tolist()))
    words = {n: kinds_of(selection.intent(n)) for n in states}
    if request.intent:
        found = [
            n for n in states if any(asked.upper() in word for asked in request.intent for word in words[n])
        ]
        if not found:
            known = sorted({word for each in words.values() for word in each})
            todo = f"It has: {', '.join(known)}."
            raise UsageError(f"there is no intent {request.intent[0]!r}", selection.table, todo)
        return found
    if request.scan or set_up:
        return states
    return [n for n in states if not words[n] or not _is_set_up(words[n])] or states


def _is_set_up(words: Sequence[str]) -> bool:
    return all(any(each in word for each in SET_UP) for word in words)
