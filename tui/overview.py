"""Several execution blocks at a glance: how far each is, and all items of all of them as one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..steps.checklist.model import Key, State
from ..steps.run.effects import is_by_hand, task_of
from ..steps.run.view import Row, Running, Snapshot

__all__ = [
    "BAD",
    "FINISHED",
    "MOUS",
    "EbProgress",
    "MatrixLine",
    "ebs_of",
    "matrix",
    "progress_of",
    "title_of",
]

FINISHED = (State.DONE, State.WARNED, State.SKIPPED)
BAD = (State.FAILED, State.LOST)
MOUS = "MOUS"
"""Heading of the items that are done once for all EBs."""


@dataclass(frozen=True, slots=True)
class EbProgress:
    """How far one EB is."""

    eb: str
    finished: int
    total: int
    failed: int
    """Items that failed or were lost."""
    warned: int
    queued: int
    running: Running | None = None
    step: int | float | None = None
    """Number of the step that runs."""
    title: str = ""
    """What the item that runs is called."""

    @property
    def state(self) -> State:
        """The one state that says most: what runs, what is wrong, what is still to do."""
        if self.running is not None:
            return State.RUNNING
        if self.failed:
            return State.FAILED
        if self.finished < self.total:
            return State.TODO
        return State.WARNED if self.warned else State.DONE

    @property
    def words(self) -> str:
        """What is going on in it, in a few words; empty when nothing is."""
        return self._said("running ")

    @property
    def at(self) -> str:
        """The same with the title of what runs."""
        return self._said("", f" {self.title}")

    def _said(self, before: str, after: str = "") -> str:
        said = []
        if self.running is not None:
            number = self.running.key.item if self.step is None else f"step {self.step:g}"
            percent = "" if self.running.percent is None else f" {self.running.percent:.0f} %"
            said.append(
                f"{before}{after.strip() if self.step is None and after else number + after}{percent}"
            )
        if self.failed:
            said.append(f"{self.failed} failed")
        if self.running is None and self.queued:
            said.append(f"{self.queued} queued")
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """One line of the table: the title of a phase, or an item with its row in each EB."""

    title: str
    cells: Mapping[str, Row] | None = None
    """EB (or `MOUS`) -> row; None for the title of a phase."""


def title_of(key: Key, title: str = "") -> str:
    """What a person calls an item of this title; without one it may be a call by hand."""
    return title or (f"{task_of(key)} by hand" if is_by_hand(key) else key.item)


def ebs_of(snapshot: Snapshot) -> tuple[str, ...]:
    """The EBs that have items, in their order."""
    return tuple(dict.fromkeys(row.key.eb for row in snapshot.rows if row.key.eb))


def progress_of(snapshot: Snapshot, settled: frozenset[Key] = frozenset()) -> tuple[EbProgress, ...]:
    """How far each EB is; of what warned, what is `settled` is only noted."""
    return tuple(_progress(snapshot, eb, settled) for eb in ebs_of(snapshot))


def _progress(snapshot: Snapshot, eb: str, settled: frozenset[Key]) -> EbProgress:
    rows = [row for row in snapshot.rows if row.key.eb == eb]
    running = snapshot.activity.in_eb(eb)
    row = next((row for row in rows if running and row.key == running.key), None)
    return EbProgress(
        eb=eb,
        finished=sum(row.state in FINISHED for row in rows),
        total=len(rows),
        failed=sum(row.state in BAD for row in rows),
        warned=sum(row.state is State.WARNED and row.key not in settled for row in rows),
        queued=sum(key.eb == eb for key in snapshot.activity.queue),
        running=running,
        step=row.step if row else None,
        title=row.item.title if row else "",
    )


def matrix(snapshot: Snapshot) -> list[MatrixLine]:
    """All items, a line each, with a cell for each EB that has it."""
    cells: dict[tuple[str, str], dict[str, Row]] = {}
    for row in snapshot.rows:
        cells.setdefault(row.key[:2], {})[row.key.eb or MOUS] = row
    lines: list[MatrixLine] = []
    phase: tuple[str, str] | None = None
    for each in cells.values():
        row = next(iter(each.values()))
        if (row.key.checklist, row.item.phase) != phase:
            phase = (row.key.checklist, row.item.phase)
            lines.append(MatrixLine(row.phase_title))
        lines.append(MatrixLine(row.item.title, each))
    return lines
