"""What is wrong with each EB, kept as long as no run of it is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..steps.checklist.model import Key, Kind, State

if TYPE_CHECKING:
    from ..steps.diagnose import Finding
    from ..steps.run.view import Row, Snapshot

__all__ = ["Clue", "Found", "runs_of", "settled"]


@dataclass(frozen=True, slots=True)
class Clue:
    """A finding, as one item sees it."""

    finding: Finding
    shown_first: str = ""
    """Title of the item that shows it first; empty where it is this one."""
    is_old: bool = False
    """Whether the item has to run again before it is known whether it still is so."""

    @property
    def is_loud(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.finding.severity.value != "note"


def runs_of(snapshot: Snapshot, eb: str) -> tuple[str, ...]:
    """The last runs of an EB's items: what its findings follow from."""
    return tuple(row.run.id for row in snapshot.rows if row.key.eb == eb and row.run is not None)


class Found:
    """The findings of each EB, by the runs they follow from."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[str, ...], tuple[Finding, ...]]] = {}

    def is_outdated(self, snapshot: Snapshot, eb: str) -> bool:
        """Whether something of the EB has run since its findings were read."""
        return bool(eb) and self._kept.get(eb, ((), ()))[0] != runs_of(snapshot, eb)

    def keep(self, eb: str, runs: tuple[str, ...], findings: Sequence[Finding]) -> None:
        """Remember what was found in `runs`."""
        self._kept[eb] = (runs, tuple(findings))

    def clues(self, row: Row | None, snapshot: Snapshot | None) -> tuple[Clue, ...]:
        """What is found wrong by the checks of an item, or of those that a person judges by it."""
        if row is None or snapshot is None or row.state is State.RUNNING:
            return ()
        judged = (row.item.needs or ()) if row.item.kind in (Kind.MANUAL, Kind.DECISION) else ()
        names = {row.item.id, *judged}
        first, later = [], []
        for finding in self._kept.get(row.key.eb, ((), ()))[1]:
            is_old = row.state is State.STALE
            if finding.item in names:
                first.append(Clue(finding, is_old=is_old))
            elif names & set(finding.also) and finding.severity.value != "note":
                later.append(Clue(finding, _title(finding.item, row, snapshot), is_old))
        return (*first, *later)

    def settled(self, snapshot: Snapshot) -> frozenset[Key]:
        """The items that warned of nothing but what is mended since, or merely noted."""
        return settled(snapshot, {eb: findings for eb, (_, findings) in self._kept.items()})


def settled(snapshot: Snapshot, findings: Mapping[str, Sequence[Finding]]) -> frozenset[Key]:
    """The items that warned of nothing but what is mended since, or merely noted: they are called noted.

    `findings` are those of each EB.
    """
    return frozenset(row.key for row in snapshot.rows if _is_settled(row, findings.get(row.key.eb, ())))


def _is_settled(row: Row, findings: Sequence[Finding]) -> bool:
    if row.state is not State.WARNED or row.run is None or row.detail:
        return False
    its = [each for each in findings if row.item.id in (each.item, *each.also)]
    explained = {known for each in its for known in each.known}
    told = [each for each in row.run.warnings if not (each.muted or each.note)]
    loud = any(each.severity.value != "note" for each in its)
    unread = any(check.verdict == "unknown" for check in row.run.checks)
    return bool(its) and not loud and not unread and all(each.known in explained for each in told)


def _title(item: str, row: Row, snapshot: Snapshot) -> str:
    key = row.key._replace(item=item)
    return next((each.item.title for each in snapshot.rows if each.key == key), item)
