"""Which antenna, spw, field or scan a step has flagged most of, from the counts before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..record.runs import FlagChange, Offender

__all__ = ["flag_growth"]

#: Key of a count -> what an offender's number is of.
KINDS = ("antenna", "spw", "field", "scan")
NAMED = 4


def flag_growth(flags: Sequence[FlagChange]) -> tuple[float, str, tuple[Offender, ...]] | None:
    """Return by how many percentage points the flags of one antenna, spw, field or scan rose most.

    Parameters
    ----------
    flags : sequence of FlagChange
        Counts before and after a step, as `flagdata(mode='summary')` gives them.

    Returns
    -------
    tuple or None
        The largest rise, in percentage points of that antenna's (spw's, ...) visibilities; the first few in
        words; all that rose, the largest first. None where nothing was counted both times.
    """
    counted = [each for each in flags if each.before and each.after]
    if not counted:
        return None
    found = [rise for each in counted for kind in KINDS for rise in _rises(each, kind)]
    found.sort(key=lambda each: -each.value)
    words = ", ".join(f"{each.who} +{each.value:.1f} %" for each in found[:NAMED])
    return (
        (found[0].value if found else 0.0),
        words or "no antenna, spw, field or scan lost data",
        tuple(found),
    )


def _rises(change: FlagChange, kind: str) -> list[Offender]:
    before, after = (change.before or {}).get(kind, {}), (change.after or {}).get(kind, {})
    found = []
    for name in after.keys() & before.keys():
        rise = _percent(after[name]) - _percent(before[name])
        if rise > 0.0:
            found.append(_offender(kind, str(name), rise))
    return found


def _percent(counts: dict[str, Any]) -> float:
    return 100.0 * float(counts["flagged"]) / float(counts["total"]) if counts["total"] else 0.0


def _offender(kind: str, name: str, rise: float) -> Offender:
    who = name if kind in ("antenna", "field") else f"{kind} {name}"
    number = (int(name),) if name.isdigit() else ()
    return Offender(
        rise,
        who,
        antenna=name if kind == "antenna" else "",
        field=name if kind == "field" else "",
        spws=number if kind == "spw" else (),
        scans=number if kind == "scan" else (),
    )
