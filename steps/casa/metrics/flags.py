"""Numbers of flags: what the observatory's own flags cost, what they and shadow have left, who is lost."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Dict, Iterator, List, Sequence, Set, Tuple

import numpy as np

from ...errors import CasaError
from ..flag_count import count_flags, open_unlocked
from ..intents import on_source
from ..ms_names import Names, read_names
from ..visibilities import ask, read_selected
from .answers import Answer, NothingToTell, Offender, Place, Results, existing, most, said
from .array import cross_correlations, shadowed_rows

__all__ = ["flagged_antenna", "flagged_scan", "fully_flagged", "online_flagged", "online_left", "shadow_left"]

#: Of `Mount_is_off_source` and its like: who and when, in CASA's words.
COMMAND = re.compile(
    r"^antenna='(?P<antenna>[^'&]+)(?:&&[*&]*)?' timerange='(?P<first>[^'~]+)~(?P<last>[^']+)'$"
)
UNIX_OF_MJD_S = 40587 * 86400.0
MOST_ROWS = 20000
"""So many rows are looked at; of more, these evenly spread."""

Intervals = Dict[str, Tuple[Any, Any]]


def flagged_antenna(of: str, folder: str, results: Results) -> Answer:
    """Percentage of the flagged visibilities of the antenna with the most, cross-correlations only.

    `of` is an MS. Total flagging above 50 % is red for the ALMA pipeline (reference alma-reduction 4.2).
    """
    return _most_flagged(of, folder, "antenna")


def flagged_scan(of: str, folder: str, results: Results) -> Answer:
    """Percentage of the flagged visibilities of the scan with the most, cross-correlations only.

    `of` is an MS. Total flagging above 50 % is red for the ALMA pipeline (reference alma-reduction 4.2).
    """
    return _most_flagged(of, folder, "scan")


def _most_flagged(of: str, folder: str, key: str) -> Answer:
    counted: Dict[str, Any] = count_flags(existing(folder, of), autos=False, channels=False).get(key, {})
    shares = [
        Offender(
            100.0 * each["flagged"] / each["total"],
            name if key == "antenna" else f"{key} {name}",
            Place(antenna=name) if key == "antenna" else Place(scan=int(name)),
        )
        for name, each in counted.items()
        if each["total"]
    ]
    return most(shares, "%", of)


def fully_flagged(of: str, folder: str, results: Results) -> Answer:
    """How many antennas are flagged completely: all the time, in a scan, or in a polarisation of a spw.

    Of `of`, ``MS``, ``MS:what`` or ``MS:what:column``; each is counted once, by the largest it is lost in.
    What no calibrator has is lost for the targets too: applycal flags what has no solutions (reference
    alma-reduction 4.4, KI-88).
    """
    asked = ask(of, folder)
    names = read_names(asked.path)
    good, rows = _by_cell(asked, names)
    whole = (rows.sum((1, 2, 3)) > 0) & (good.sum((1, 2, 3)) == 0)
    lost = [
        Offender(1.0, names.antennas[n], Place(names.antennas[n])) for n in np.flatnonzero(whole).tolist()
    ]
    scans, spws, hands = _axes(asked, names)
    left = good.sum((1, 2, 3)) > 0
    for n, k in np.argwhere(left[:, None] & (rows.sum((2, 3)) > 0) & (good.sum((2, 3)) == 0)).tolist():
        place = Place(names.antennas[n], scan=scans[k])
        lost.append(Offender(1.0, f"{place.antenna} scan {place.scan}", place))
    for n, s, h in np.argwhere(left[:, None, None] & (rows.sum(1) > 0) & (good.sum(1) == 0)).tolist():
        place = Place(names.antennas[n], spws[s], hands[h])
        lost.append(Offender(1.0, f"{place.antenna} spw {place.spw} {place.pol}", place))
    text = ", ".join(each.who for each in lost[:6]) + (f" and {len(lost) - 6} more" if len(lost) > 6 else "")
    return Answer(
        float(len(lost)), "", text or "all antennas have data in all scans, spws and polarisations", lost
    )


def _axes(asked: Any, names: Names) -> Tuple[List[int], List[int], List[str]]:
    all_sums = read_selected(asked, names)
    scans = np.unique(np.concatenate([each.scan for each in all_sums])).tolist()
    return (
        scans,
        [each.spw for each in all_sums],
        list(dict.fromkeys(h for each in all_sums for h in each.hands)),
    )


def _by_cell(asked: Any, names: Names) -> Tuple[Any, Any]:
    """Unflagged channels, and rows, of each antenna, scan, spw and hand."""
    scans, _, hands = _axes(asked, names)
    all_sums = read_selected(asked, names)
    found = np.zeros((2, len(names.antennas), len(scans), len(all_sums), len(hands)))
    for s, sums in enumerate(all_sums):
        when = np.searchsorted(scans, sums.scan)
        for h, hand in enumerate(sums.hands):
            for antenna in (sums.antenna1, sums.antenna2):
                np.add.at(found[0, :, :, s, hands.index(hand)], (antenna, when), sums.good[:, h])
                np.add.at(found[1, :, :, s, hands.index(hand)], (antenna, when), 1)
    return found[0], found[1]


def online_flagged(of: str, folder: str, results: Results) -> Answer:
    """Part of a scan on a source that the observatory's own flags cost an antenna, %, of the worst.

    `of` is the MS with the table FLAG_CMD, where importasdm has put them; integrations whose middle is in an
    interval count, of all scans but those for pointing, focus, atmosphere and sidebands. Online, shadow and
    QA0 flags together are fine below 24 % and worth nothing above 79 % (reference alma-reduction 4.2).
    """
    path = existing(folder, of)
    names = read_names(path)
    intervals = _intervals(path)
    found: List[Offender] = []
    for scan, field, antennas, times_s in _scans(path, names):
        for antenna in antennas:
            name = names.antennas[antenna]
            share = 100.0 * float(_inside(intervals.get(name), times_s).mean())
            found.append(Offender(share, f"{name} scan {scan}", Place(name, scan=scan, field=field)))
    answer = most(found, "%", of)
    costly = [each for each in found if each.value > 0.0]
    return answer._replace(text=said(costly, "%") or "no integration of a scan on a source")


def online_left(of: str, folder: str, results: Results) -> Answer:
    """Part of what the observatory's own flags cover that is not flagged, %.

    `of` is the MS with the table FLAG_CMD. After the step that applies them nothing must be left: an antenna
    that was not on source has no fringes, and its noise pulls every solution down (reference simulation
    3.10: fluxes 7 to 9 % low with quacking). Spws of radiometers do not count.
    """
    path = existing(folder, of)
    names = read_names(path)
    intervals = _intervals(path)
    with open_unlocked(path) as main:
        rows = np.concatenate([np.zeros(0, int), *_covered(main, names, intervals)])
        if not len(rows):
            return Answer(0.0, "%", "they cover no integration")
        rows = rows[:: -(-len(rows) // MOST_ROWS)]
        left, who = _left(main, rows)
    found = []
    for antenna, scan in _pairs(who):
        mine = ((who[0] == antenna) | (who[1] == antenna)) & (who[2] == scan)
        name = names.antennas[antenna]
        inside = _inside(intervals.get(name), who[3][mine])
        if inside.any():
            share = 100.0 * float(left[mine][inside].mean())
            found.append(Offender(share, f"{name} scan {scan}", Place(name, scan=scan)))
    words = said([each for each in found if each.value > 0.0], "%")
    ordered = sorted(found, key=lambda each: -each.value)
    return Answer(100.0 * float(left.mean()), "%", words or "all that they cover is flagged", ordered)


def _pairs(who: List[Any]) -> List[Tuple[int, int]]:
    """Antenna and scan of all rows."""
    both = np.concatenate([np.stack([who[0], who[2]]), np.stack([who[1], who[2]])], axis=1)
    return [(int(antenna), int(scan)) for antenna, scan in np.unique(both, axis=1).T]


def _left(main: Any, rows: Any) -> Tuple[Any, List[Any]]:
    """Whether each row has anything unflagged; its antennas, scan and time."""
    part = main.selectrows([int(row) for row in rows])
    try:
        columns = [part.getcol(name) for name in ("ANTENNA1", "ANTENNA2", "SCAN_NUMBER", "TIME")]
        kinds = part.getcol("DATA_DESC_ID")
        left = np.zeros(len(kinds), bool)
        edges = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(kinds)]
        for first, last in zip(edges, edges[1:]):  # noqa: B905, RUF007  # neither exists in Python 3.8
            flags = part.getcol("FLAG", first, last - first).all(axis=(0, 1))
            left[first:last] = ~(flags | part.getcol("FLAG_ROW", first, last - first))
        return left, columns
    finally:
        part.close()


def _covered(main: Any, names: Names, intervals: Intervals) -> Iterator[Any]:
    """Numbers of the rows that an interval covers, by data description, cross-correlations only."""
    one, two = main.getcol("ANTENNA1"), main.getcol("ANTENNA2")
    time_s, kind = main.getcol("TIME"), main.getcol("DATA_DESC_ID")
    hit = np.zeros(len(one), bool)
    for n, name in enumerate(names.antennas):
        if name in intervals:
            mine = (one == n) | (two == n)
            hit[mine] |= _inside(intervals[name], time_s[mine])
    hit &= one != two
    for ddid, spw in enumerate(names.spw_of):
        if names.is_science(spw):
            yield np.flatnonzero(hit & (kind == ddid))


def _scans(path: str, names: Names) -> Iterator[Tuple[int, str, List[int], Any]]:
    """Scans on a source: number, field, antennas, times of the integrations (in the finest of its spws)."""
    states = [n for n, modes in enumerate(names.intents) if on_source(modes)]
    science = [n for n, spw in enumerate(names.spw_of) if names.is_science(spw)]
    with open_unlocked(path) as main:
        words = [f"DATA_DESC_ID IN {science}", *([f"STATE_ID IN {states}"] if states else [])]
        part = main.query(" AND ".join(words))
        try:
            if not part.nrows():
                raise CasaError("has no scan on a source", path)
            columns = [part.getcol(n) for n in ("SCAN_NUMBER", "FIELD_ID", "ANTENNA1", "ANTENNA2", "TIME")]
        finally:
            part.close()
    for scan in np.unique(columns[0]).tolist():
        here = columns[0] == scan
        antennas = np.unique(np.concatenate([columns[2][here], columns[3][here]])).tolist()
        yield scan, names.fields[int(columns[1][here][0])], antennas, np.unique(columns[4][here])


def _intervals(path: str) -> Intervals:
    """Antenna -> beginnings and ends of what is flagged, s (MJD), without overlaps.

    Raises
    ------
    CasaError
        There is no such table.
    NothingToTell
        There is nothing in it.
    """
    with open_unlocked(f"{path}/FLAG_CMD") as table:
        commands = table.getcol("COMMAND") if table.nrows() else []
    found: Dict[str, List[Tuple[float, float]]] = {}
    for match in filter(None, map(COMMAND.match, commands)):
        found.setdefault(match["antenna"], []).append((_seconds(match["first"]), _seconds(match["last"])))
    if not found:
        raise NothingToTell("has no online flags", path)
    return {name: _merged(some) for name, some in found.items()}


def _merged(some: Sequence[Tuple[float, float]]) -> Tuple[Any, Any]:
    ordered = np.array(sorted(some))
    reach = np.maximum.accumulate(ordered[:, 1])
    begins = np.concatenate([[True], ordered[1:, 0] > reach[:-1]])
    ends = np.append(np.flatnonzero(begins)[1:] - 1, len(ordered) - 1)
    return ordered[begins, 0], reach[ends]


def _inside(interval: Any, times_s: Any) -> Any:
    """Which times are in one of the intervals."""
    if interval is None:
        return np.zeros(len(times_s), bool)
    number = np.searchsorted(interval[0], times_s, side="right") - 1
    return (number >= 0) & (times_s <= interval[1][np.maximum(0, number)])


def _seconds(text: str) -> float:
    """Seconds (MJD) of "2015/10/01/22:32:42.758"."""
    day, _, clock = text.strip().rpartition("/")
    whole, _, part = clock.partition(".")
    moment = datetime.strptime(f"{day} {whole} +0000", "%Y/%m/%d %H:%M:%S %z")
    return moment.timestamp() + float(f"0.{part or 0}") + UNIX_OF_MJD_S


def shadow_left(of: str, folder: str, results: Results) -> Answer:
    """Part of the shadowed cross-correlations that is not flagged, %, of the worst antenna.

    `of` is ``MS`` or ``MS:what``. After flagdata(mode='shadow') nothing is left: what looks into the back of
    another dish has neither the amplitude nor the noise of the others (reference alma-reduction 1.3).
    """
    with cross_correlations(of, folder) as (part, names):
        dark = shadowed_rows(part, names, of)
        rows = np.flatnonzero(dark.any(axis=0))
        if not len(rows):
            return Answer(0.0, "%", "none is shadowed")
        rows = rows[:: -(-len(rows) // MOST_ROWS)]
        left, who = _left(part, rows)
    found = []
    for antenna in np.unique(np.concatenate([who[0][dark[0][rows]], who[1][dark[1][rows]]])).tolist():
        mine = ((who[0] == antenna) & dark[0][rows]) | ((who[1] == antenna) & dark[1][rows])
        scans: Set[int] = set(who[2][mine & left].tolist())
        name = names.antennas[antenna]
        share = 100.0 * float(left[mine].mean())
        found += [Offender(share, f"{name} scan {scan}", Place(name, scan=scan)) for scan in sorted(scans)]
        found += [] if scans else [Offender(0.0, name, Place(name))]
    value = max(each.value for each in found)
    words = said([each for each in found if each.value > 0.0], "%")
    return Answer(
        value, "%", words or "all that is shadowed is flagged", sorted(found, key=lambda o: -o.value)
    )
