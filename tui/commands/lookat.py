"""What a person should look at once a run is through: for each EB what is wrong, then what is left."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ...steps.checklist.model import State
from ..overview import BAD, MOUS, ebs_of

if TYPE_CHECKING:
    from ...steps.diagnose import Finding
    from ...steps.record.runs import Measured
    from ...steps.run.view import Row, Snapshot

__all__ = ["look_at"]

WIDTH, MOST = 160, 3
"""Longest line, in characters, and how many kinds of warnings of an item are told."""
MOST_FINDINGS = 8
"""So many findings are told of one EB, the important first."""


def look_at(
    snapshot: Snapshot,
    eb: str | None = None,
    not_run: Mapping[str, str] | None = None,
    width: int = WIDTH,
    findings: Mapping[str, Sequence[Finding]] | None = None,
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
    findings : mapping, optional
        EB -> what is wrong with it (`Session.findings`): told first; checks that they explain are not told
        again.
    """
    lines: list[str] = []
    width = min(width, WIDTH)
    for name in (*ebs_of(snapshot), ""):
        if eb in (None, name):
            found = (findings or {}).get(name, ())
            explained = _Explained(found)
            rows = [row for row in snapshot.rows if row.key.eb == name]
            why_not = {str(row.key): (not_run or {}).get(str(row.key), "") for row in rows}
            told = list(_findings(found, width))
            for row in rows:
                told += _of_row(row, why_not[str(row.key)], width, explained)
            lines += [f"  {name or MOUS}", *told] if told else []
    return ["Look at", *lines] if lines else []


def _findings(found: Sequence[Finding], width: int) -> Iterator[str]:
    """Each finding as a sentence with its first number, and what to do about those that are no notes."""
    loud = [each for each in found if each.severity.value != "note"]
    for each in loud[:MOST_FINDINGS]:
        yield from _wrapped(f"    {each.title}{_evidence(each)}", width, 6)
        if each.what_to_do:
            yield from _wrapped(f"      What to do: {each.what_to_do}", width, 8)
    if len(loud) > MOST_FINDINGS:
        yield f"    and {len(loud) - MOST_FINDINGS} more: casapilot check"
    notes = [each.title for each in found if each.severity.value == "note"]
    if notes:
        more = [f"and {len(notes) - MOST_FINDINGS} more"] if len(notes) > MOST_FINDINGS else []
        said = "; ".join([*notes[:MOST_FINDINGS], *more])
        yield from _wrapped(f"    Worth knowing: {said}", width, 6)


def _evidence(each: Finding) -> str:
    return f" ({each.evidence[0]})" if each.evidence else ""


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent=" " * indent)


def _is_loud(row: Row) -> bool:
    return row.state in BAD or row.state is State.WARNED


class _Explained:
    """What findings have told already: the checks of some items, and some known issues."""

    def __init__(self, found: Sequence[Finding]) -> None:
        self.items = {item for each in found for item in (each.item, *each.also)}
        self.known = {issue for each in found for issue in each.known}


def _of_row(row: Row, not_run: str, width: int, explained: _Explained) -> Iterator[str]:
    number = "" if row.step is None else f"step {row.step:g} "
    head = f"    {number}{row.item.title} [{row.key.item}]"
    if _is_loud(row):
        said = [
            f"      {textwrap.shorten(t, width - 6, placeholder=' ...')}"
            for t in dict.fromkeys(_said(row, explained))
        ]
        if said or row.key.item not in explained.items:
            yield f"{head}: {row.state.value}"
        yield from said
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


def _said(row: Row, explained: _Explained) -> Iterator[str]:
    """Reasons, checks that were not met and that nothing explains, warnings not known to be harmless."""
    run, is_explained = row.run, row.key.item in explained.items
    checks = [check for check in (run.checks if run else ()) if check.verdict != "pass"]
    of_checks = {check.text for check in checks}
    if row.state in BAD and row.detail and not (is_explained and row.detail in of_checks):
        yield row.detail
    if run is None:
        return
    yield from (reason for reason in run.reasons if reason not in of_checks)
    yield from (_of_check(check) for check in checks if not is_explained or check.verdict == "unknown")
    loud = [group for group in run.warnings if not (group.muted or group.note)]
    loud = [group for group in loud if group.known not in explained.known]
    for group in loud[:MOST]:
        known = f" [{group.known}]" if group.known else ""
        yield f"{group.count}x {group.text}{known}"
    if len(loud) > MOST:
        yield f"and {len(loud) - MOST} other kinds of warnings"


def _of_check(check: Measured) -> str:
    """Its text, without the uid of the EB, which stands above, and with the worst alone."""
    _, dot_ms, file = check.of.partition(".ms")
    text = check.text.replace(check.of, f"ms{file}", 1) if dot_ms and check.of else check.text
    return text.partition(", then ")[0] + (")" if ", then " in text else "")
