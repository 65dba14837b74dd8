"""What calls by hand mean for the items: whose result was written over, who rests on other flags than now."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..checklist.model import Key
from ..record.runs import RunRecord
from .effects import effects_of, is_by_hand, last_of_each, task_of, words_of
from .pairs import split_pair
from .taskcall import TaskCall

__all__ = ["HandMark", "gone_with", "hand_marks", "standing_by_hand"]


@dataclass(frozen=True, slots=True)
class HandMark:
    """What calls by hand mean for one item."""

    stale: str = ""
    """What of its result was written over since, and by which call."""
    remark: str = ""
    """What has changed in what it rests on."""


def standing_by_hand(runs: Sequence[RunRecord]) -> list[RunRecord]:
    """Return the calls by hand whose changes still stand, oldest first: flags may have been put back."""
    found = []
    for hand in runs:
        if is_by_hand(Key.parse(hand.key)) and hand.changed and hand.status != "restored":
            found += [hand] if _left(hand, runs) else []
    return found


def _left(hand: RunRecord, runs: Iterable[RunRecord]) -> set[str]:
    """What of the changes of a call by hand has not been put back."""
    left = set(hand.changed)
    for run in runs:
        if run.start > hand.start and run.eb == hand.eb:
            left -= {f"flags:{ms}" for ms in _put_back(hand, run, runs)}
    return left


def _put_back(hand: RunRecord, run: RunRecord, runs: Iterable[RunRecord]) -> set[str]:
    """The MSs whose flags `run` put back to what they were before `hand`."""
    before = {*hand.versions_before, *hand.rests_on}
    anew = {
        pair for each in runs if hand.start < each.start < run.start for pair in each.versions_saved
        if each.id != hand.id
    }  # fmt: skip
    made = {f"{out.rpartition('/')[2]}" for out in run.outputs if not is_by_hand(Key.parse(run.key))}
    ms = {split_pair(pair)[0] for pair in run.versions_restored if pair in before - anew}
    return ms | {each for each in made if f"flags:{each}" in hand.changed}


def gone_with(pairs: Iterable[str], runs: Sequence[RunRecord], eb: str) -> tuple[str, ...]:
    """Return the calls by hand whose flags are gone when the versions `pairs` ("ms:version") are put back."""
    wanted = set(pairs)
    latest = max((run.start for run in runs), default=0.0) + 1.0
    restore = RunRecord(id="", key="", eb=eb, start=latest, versions_restored=tuple(wanted))
    gone = []
    for hand in standing_by_hand(runs):
        flags = {f"flags:{ms}" for ms in _put_back(hand, restore, runs)}
        if hand.eb == eb and flags & _left(hand, runs):
            gone.append(_call(hand))
    return tuple(gone)


def hand_marks(runs: Sequence[RunRecord]) -> Mapping[Key, HandMark]:
    """Return what stands of calls by hand, for each item that it concerns.

    Parameters
    ----------
    runs : sequence of RunRecord
        The last run of each item, all calls by hand, and what put flags back; oldest first.
    """
    hands = standing_by_hand(runs)
    undone = [run for run in runs if run.status == "restored" and is_by_hand(Key.parse(run.key))]
    if not (hands or undone):
        return {}
    found = {}
    for key, run in last_of_each(runs).items():
        mark = _mark(run, [h for h in hands if h.eb == run.eb], [u for u in undone if u.eb == run.eb], runs)
        if mark != HandMark():
            found[key] = mark
    return found


def _mark(
    run: RunRecord, hands: Sequence[RunRecord], undone: Sequence[RunRecord], runs: Sequence[RunRecord]
) -> HandMark:
    stale, remark, mine = "", "", effects_of(run)
    for hand in hands:
        if hand.start < (run.end or run.start):
            continue
        for effect in sorted(_left(hand, runs) & mine):
            what = words_of(effect)
            if effect.startswith("flags:"):
                remark = f"{what} were changed by hand after it: {_call(hand, 60)}: put it into the script"
            elif not effect.startswith("version:"):
                stale = f"{what} was changed by hand after it: {_call(hand, 60)}"
    for restore in undone:
        began = next(
            (each.start for each in runs if each.key == restore.key and each.rests_on), restore.start
        )
        flags = {f"flags:{split_pair(pair)[0]}" for pair in restore.versions_restored}
        if began < run.start < restore.start and flags & mine:
            stale = "its flags were undone: those of before a call by hand were put back"
    return HandMark(stale, remark)


def _call(hand: RunRecord, longest: int = 200) -> str:
    task, given = task_of(Key.parse(hand.key)), dict(hand.params)
    text = TaskCall(task, given).text
    if len(text) > longest:  # the MS goes without saying
        given.pop("vis", None)
        text = TaskCall(task, given).text
    text = text if len(text) <= longest else text[: longest - 3] + "..."
    return f"{text} ({time.strftime('%d %b %H:%M %Z', time.localtime(hand.start))})"
