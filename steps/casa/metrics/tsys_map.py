"""Which Tsys spw and source applycal took for each science spw, and whether that covers it."""

from __future__ import annotations

from typing import Any, Dict, Iterator

from ..applied import calls_of_applycal, ids_of, listed, place_of, spwmap_of
from ..caltable import CalTable
from .answers import Answer, Offender, Place, Results
from .tsys_observed import Observed
from .tsys_scans import table_and_ms

__all__ = ["tsys_unmapped"]

#: A Tsys spw serves what lies within its band and so much beside it, of its own width.
BESIDE = 0.05


def tsys_unmapped(of: str, folder: str, results: Results) -> Answer:
    """How many science spws get no Tsys that covers them, or none at all; they are named.

    `of` is the Tsys caltable. What applycal was told (spwmap, gainfield; from the history of the MS) counts
    where it was called, else what could be mapped: a Tsys spw with solutions, of the same baseband, whose
    band covers the spw's. Any is serious: data scaled with the wrong Tsys, or flagged (reference
    alma-reduction 4.2: incomplete mapping, stop).
    """
    table, seen = table_and_ms(of, folder)
    solved = {block.spw for block in table.blocks if not block.flags.all()}
    found = [
        Offender(1.0, f"spw {spw}: no Tsys spw covers it", Place(spw=spw))
        for spw in seen.science()
        if not any(_covers(seen, each, spw) for each in solved)
    ]
    known = {each.place.spw for each in found}
    for call in calls_of_applycal(table.ms):
        found += [each for each in _wrong(call, of, seen, table) if each.place.spw not in known]
    names = list(dict.fromkeys(each.who for each in found))
    spws = {each.place.spw for each in found}
    return Answer(float(len(spws)), "", "; ".join(names) or "all science spws are covered", found)


def _wrong(call: Dict[str, Any], of: str, seen: Observed, table: CalTable) -> Iterator[Offender]:
    """The spws of one call that get a Tsys of another baseband or frequency, or of a field without any."""
    at = place_of(call, of)
    if at is None:
        return
    spwmap = spwmap_of(call, at)
    fields = listed(call.get("gainfield"))
    wanted = ids_of(str(fields[at]), seen.fields) if at < len(fields) else []
    for spw in ids_of(str(call.get("spw") or ""), seen.spws) or seen.science():
        source = spwmap[spw] if spw < len(spwmap) else spw
        there = {int(f) for b in table.blocks if b.spw == source for f in b.field[~b.flags.all(axis=(0, 1))]}
        field = str(call.get("field") or "")
        who = f"field {field} spw {spw} gets the Tsys of spw {source}"
        if not _covers(seen, source, spw):
            yield Offender(1.0, f"{who}, which does not cover it", Place(spw=spw))
        elif wanted and not there & set(wanted):
            yield Offender(1.0, f"{who} and field {fields[at]}, which has none", Place(spw=spw))


def _covers(seen: Observed, tsys: int, spw: int) -> bool:
    if tsys >= len(seen.spws) or (seen.basebands is not None and seen.basebands[tsys] != seen.basebands[spw]):
        return False
    (low, high), (first, last) = seen.edges_hz[tsys], seen.edges_hz[spw]
    beside = BESIDE * (high - low)
    return bool(low - beside <= first and last <= high + beside)
