"""What a run is called in the history: the subject and the sentences of its commit."""

from __future__ import annotations

import textwrap

from ..checklist.model import Key
from ..record.runs import RunRecord
from .compared import told
from .effects import is_by_hand, task_of
from .pairs import split_pair
from .taskcall import TaskCall, pasted

__all__ = ["run_body", "run_subject", "step_words"]

SUBJECT = 72


def step_words(step: int | float | None) -> str:
    """Return "step 13", or nothing for an item without a step."""
    return "" if step is None else f"step {step:g}"


def run_subject(record: RunRecord) -> str:
    """Return the line a person reads in ``git log --oneline``."""
    head = f"{record.eb}: " if record.eb else ""
    number = f"{step_words(record.step)} " if record.step is not None else ""
    by_hand = is_by_hand(Key.parse(record.key))
    tail = "" if by_hand and record.status == "done" else f" {record.status}"
    if record.flagged_percent is not None:
        tail += f", {record.flagged_percent:.1f} % flagged"
        if record.flagged_change is not None:
            tail += f" ({record.flagged_change:+.1f})"
    tail += f", {told(record.checks)}" if told(record.checks) else ""
    room = SUBJECT - len(head) - len(number) - len(tail)
    return head + number + textwrap.shorten(record.title, max(room, 8), placeholder="...") + tail


def run_body(record: RunRecord) -> str:
    """Return a few sentences: flags restored, what went wrong, warnings, checks."""
    lines = _by_hand(record)
    after = record.versions_saved if record.status == "interrupted" else ()
    for pair in [pair for pair in record.versions_restored if pair not in after]:
        ms, version = split_pair(pair)
        lines.append(f"Restored flags {version} of {ms} first.")
    for pair in record.versions_saved:
        ms, version = split_pair(pair)
        lines.append(f"Saved flags {version} of {ms}.")
    lines += [f"{reason.rstrip('.')}." for reason in record.reasons[:5]]
    lines += [f"{note.rstrip('.')}." for note in record.notes]
    lines += _warning_words(record)
    lines += [f"Check {check.verdict}: {check.text}." for check in record.checks]
    return "\n".join(lines)


def _by_hand(record: RunRecord) -> list[str]:
    """The call as it can be pasted, and what it returned."""
    key = Key.parse(record.key)
    if not is_by_hand(key):
        return []
    call = pasted(TaskCall(task_of(key), record.params))
    return [call, "", *([f"Returned {record.result}", ""] if record.result else [])]


def _warning_words(record: RunRecord) -> list[str]:
    loud = [group for group in record.warnings if not group.muted]
    muted = sum(group.count for group in record.warnings if group.muted)
    lines = []
    if loud:
        count = sum(group.count for group in loud)
        lines.append(f"{count} {'warning' if count == 1 else 'warnings'}:")
        for group in loud[:3]:
            known = f" [{group.known}]" if group.known else ""
            lines.append(f"- {group.count}x {textwrap.shorten(group.text, 160, placeholder='...')}{known}")
        if len(loud) > 3:
            lines.append(f"- and {len(loud) - 3} other kinds.")
    if muted:
        lines.append(f"{muted} harmless {'line' if muted == 1 else 'lines'} muted.")
    return lines
