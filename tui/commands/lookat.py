"""What a person should look at once a run is through: for each EB who stands out, then item by item."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ...steps.checklist.model import State
from ..overview import BAD, MOUS, ebs_of
from ..worst import read, unmet

if TYPE_CHECKING:
    from ...steps.record.runs import Measured
    from ...steps.run.view import Row, Snapshot

__all__ = ["look_at"]

WIDTH, MOST = 160, 3
"""Longest line, in characters, and how many kinds of warnings of an item are told."""
MOST_NAMES = 8
"""So many antennas are named of one EB."""


def look_at(
    snapshot: Snapshot,
    eb: str | None = None,
    not_run: Mapping[str, str] | None = None,
    width: int = WIDTH,
) -> list[str]:
    """Return the paragraph, line by line; nothing when all is well.

    Parameters
    ----------
    eb : str, optional
        Only this EB.
    not_run : mapping, optional
        Key as text -> why it was not run.
    width : int
        Characters that a line may have.
    """
    lines: list[str] = []
    width = min(width, WIDTH)
    for name in (*ebs_of(snapshot), ""):
        if eb in (None, name):
            rows = [row for row in snapshot.rows if row.key.eb == name]
            why_not = {str(row.key): (not_run or {}).get(str(row.key), "") for row in rows}
            told = [line for row in rows for line in _of_row(row, why_not[str(row.key)], width)]
            lines += [f"  {name or MOUS}", *_who(rows, width), *told] if told else []
    return ["Look at", *lines] if lines else []


def _who(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Each antenna beyond a limit with all that is said of it; then scans and spws."""
    antennas: dict[str, list[str]] = {}
    places: list[str] = []
    readings = [read(check) for row in rows if _is_loud(row) for check in unmet(row)]
    for reading in filter(None, readings):
        if reading.is_antenna:
            for name, how in reading.offenders.items():
                antennas.setdefault(name, []).append(f"{reading.metric} {how}")
        elif reading.name:
            where = ", ".join(f"{name} {how}" for name, how in reading.offenders.items())
            places.append(f"{reading.metric}: {where}")
    names = sorted(antennas, key=lambda name: -len(antennas[name]))
    told = [f"{name}: {'; '.join(antennas[name])}" for name in names[:MOST_NAMES]]
    if len(names) > MOST_NAMES:
        told.append(f"and {len(names) - MOST_NAMES} antennas more")
    for text in (*told, *places):
        yield from textwrap.wrap(text, width, initial_indent="    ", subsequent_indent="      ")


def _is_loud(row: Row) -> bool:
    return row.state in BAD or row.state is State.WARNED


def _of_row(row: Row, not_run: str, width: int) -> Iterator[str]:
    number = "" if row.step is None else f"step {row.step:g} "
    head = f"    {number}{row.item.title} [{row.key.item}]"
    if _is_loud(row):
        yield f"{head}: {row.state.value}"
        yield from (
            f"      {textwrap.shorten(t, width - 6, placeholder=' ...')}" for t in dict.fromkeys(_said(row))
        )
        yield from _cures(row, width)
    elif not_run:
        yield f"{head}: not run, {not_run}"


def _cures(row: Row, width: int) -> Iterator[str]:
    """What to do about what stopped the step, where that is known: whole, as it is to be done."""
    if row.run is None or row.state not in BAD:
        return
    for cure in dict.fromkeys(group.cure for group in row.run.warnings if group.cure and not group.muted):
        yield from textwrap.wrap(
            f"What to do: {cure}", width, initial_indent="      ", subsequent_indent="        "
        )


def _said(row: Row) -> Iterator[str]:
    """Reasons, checks that were not met, warnings that are not known to be harmless."""
    run = row.run
    if row.state in BAD and row.detail:
        yield row.detail
    if run is None:
        return
    checks = [check for check in run.checks if check.verdict != "pass"]
    of_checks = {check.text for check in checks}
    yield from (reason for reason in run.reasons if reason not in of_checks)
    yield from map(_of_check, checks)
    loud = [group for group in run.warnings if not (group.muted or group.note)]
    for group in loud[:MOST]:
        known = f" [{group.known}]" if group.known else ""
        yield f"{group.count}x {group.text}{known}"
    if len(loud) > MOST:
        yield f"and {len(loud) - MOST} other kinds of warnings"


def _of_check(check: Measured) -> str:
    """Its text, without the uid of the EB, which stands above, and with the worst alone."""
    _, dot_ms, file = check.of.partition(".ms")
    text = check.text.replace(check.of, f"ms{file}", 1) if dot_ms and check.of else check.text
    reading = read(check)
    return text.replace(f", then {reading.others}", "") if reading and reading.others else text
