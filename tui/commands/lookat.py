"""What a person should look at once a run is through: what failed, warned or was not run, for each EB."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ...steps.checklist.model import State
from ..overview import BAD, MOUS, ebs_of

if TYPE_CHECKING:
    from ...steps.run.view import Row, Snapshot

__all__ = ["look_at"]

WIDTH, MOST = 160, 3
"""Longest text of a check or warning, in characters, and how many kinds of warnings of an item are told."""


def look_at(snapshot: Snapshot, eb: str | None = None, not_run: Mapping[str, str] | None = None) -> list[str]:
    """Return the paragraph, line by line; nothing when all is well.

    Parameters
    ----------
    eb : str, optional
        Only this EB.
    not_run : mapping, optional
        Key as text -> why it was not run.
    """
    lines: list[str] = []
    for name in (*ebs_of(snapshot), ""):
        if eb in (None, name):
            rows = [row for row in snapshot.rows if row.key.eb == name]
            told = [line for row in rows for line in _of_row(row, (not_run or {}).get(str(row.key), ""))]
            lines += [f"  {name or MOUS}", *told] if told else []
    return ["Look at", *lines] if lines else []


def _of_row(row: Row, not_run: str) -> Iterator[str]:
    number = "" if row.step is None else f"step {row.step:g} "
    said = list(dict.fromkeys(_said(row)))
    if row.state in BAD or row.state is State.WARNED:
        yield f"    {number}{row.item.title} [{row.key.item}]: {row.state.value}"
        yield from (f"      {textwrap.shorten(text, WIDTH, placeholder=' ...')}" for text in said)
        yield from _cures(row)
    elif not_run:
        yield f"    {number}{row.item.title} [{row.key.item}]: not run, {not_run}"


def _cures(row: Row) -> Iterator[str]:
    """What to do about what stopped the step, where that is known: whole, as it is to be done."""
    if row.run is None or row.state not in BAD:
        return
    for cure in dict.fromkeys(group.cure for group in row.run.warnings if group.cure and not group.muted):
        yield from textwrap.wrap(
            f"What to do: {cure}", WIDTH, initial_indent="      ", subsequent_indent="        "
        )


def _said(row: Row) -> Iterator[str]:
    """Reasons, checks that were not met, warnings that are not known to be harmless."""
    run = row.run
    if row.state in BAD and row.detail:
        yield row.detail
    if run is None:
        return
    yield from run.reasons
    yield from (check.text for check in run.checks if check.verdict != "pass")
    loud = [group for group in run.warnings if not (group.muted or group.note)]
    for group in loud[:MOST]:
        known = f" [{group.known}]" if group.known else ""
        yield f"{group.count}x {group.text}{known}"
    if len(loud) > MOST:
        yield f"and {len(loud) - MOST} other kinds of warnings"
