"""What has happened, into the history: one commit for each run and each restore, and never a second."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence

from ..checklist.model import Key
from ..errors import RecordError
from ..journal import Journal
from ..mous.mous import Mous
from ..record import Message, commit_event, read_history
from ..record.runs import FlagChange, RunRecord, load_run, save_run
from .effects import is_by_hand, task_of
from .pairs import versions_of
from .words import run_body, run_subject

__all__ = ["Recorder"]

RESTORED = "restored"
"""Status of a record of flags that were put back."""
LATEST = 200
"""So many commits back the history is searched for a run that may be in it already."""


class Recorder:
    """Writes records, commits them, and journals both.

    Parameters
    ----------
    clock : callable
        Returns the unix time, s.
    """

    def __init__(self, mous: Mous, journal: Journal, clock: Callable[[], float] = time.time) -> None:
        self._mous = mous
        self._journal = journal
        self._clock = clock
        self._left: list[RunRecord] = []

    def record(self, record: RunRecord) -> RunRecord:
        """Write a run's record, commit it, and journal its end.

        Raises
        ------
        RecordError
            It could not be written or committed; `catch_up` tries again.
        """
        try:
            save_run(record, self._mous.runs)
            self._commit(record, *self._new_commit(record))
        except RecordError:
            self._left.append(record)
            raise
        return record

    def catch_up(self) -> None:
        """Write and commit the runs that could not be when they ended: git was locked, the disk full."""
        while self._left:
            save_run(self._left[0], self._mous.runs)
            self.again(self._left[0].id)
            del self._left[0]

    def again(self, run: str) -> RunRecord | None:
        """Commit a run whose record is written, unless that was done; None when it is not written."""
        path = self._mous.runs / f"{run}.json"
        if not path.exists():
            return None
        record = load_run(path)
        commit, subject = self.committed(run)
        self._commit(record, *((commit, subject) if commit else self._new_commit(record)))
        return record

    def committed(self, run: str) -> tuple[str, str]:
        """Commit and subject of a run in the history; empty when it is not there."""
        for entry in read_history(self._mous.root, limit=LATEST):
            if entry.run == run:
                return entry.commit, entry.subject
        return "", ""

    def restored(
        self, draft: RunRecord, pairs: Sequence[str], flags: tuple[FlagChange, ...], why: str
    ) -> RunRecord:
        """Record that flags were restored to `pairs` ("ms:version") and no step was run then.

        Parameters
        ----------
        draft : RunRecord
            The run for which it was done, with the id of this restore.
        flags : tuple of FlagChange
            The flags as they are now, where they were counted.
        """
        now = self._clock()
        return self.record(
            dataclasses.replace(
                draft, status=RESTORED, start=now, end=now, calls=(), warnings=(), checks=(), outputs=(),
                reasons=(), notes=(why,), versions_saved=(), rests_on=tuple(pairs),
                versions_restored=tuple(pairs),
                flags=tuple(FlagChange(each.ms, None, each.before) for each in flags),
            )
        )  # fmt: skip

    def end(self, record: RunRecord, status: str, text: str) -> None:
        """Journal that a run is over."""
        self._journal.append(
            "item-ended",
            run=record.id,
            key=record.key,
            status=status,
            seconds=None if record.end is None else round(record.end - record.start, 1),
            flagged_percent=record.flagged_percent,
            flagged_change=record.flagged_change,
            text=text,
        )

    def _commit(self, record: RunRecord, commit: str, subject: str) -> None:
        self._journal.append("committed", run=record.id, commit=commit, subject=subject)
        if record.status != RESTORED:
            self.end(record, record.status, "; ".join(record.reasons))

    def _new_commit(self, record: RunRecord) -> tuple[str, str]:
        """Commit, and return the hash and the subject."""
        restored = record.status == RESTORED
        versions = versions_of(record.rests_on)
        subject = f"{record.eb}: flags restored to {versions}"[:72] if restored else run_subject(record)
        key = Key.parse(record.key)
        by_hand = is_by_hand(key)
        commit = commit_event(
            self._mous.root,
            Message(
                action="flag-restore" if restored else "task" if by_hand else "run",
                subject=subject,
                body="\n".join(record.notes) if restored else run_body(record),
                item=f"{key.checklist}/{task_of(key)}" if by_hand else key.path,
                step=record.step,
                eb=record.eb_uid,
                status="" if restored else record.status,
                flagged_percent=record.flagged_percent,
                flag_version=versions,
                casa="" if restored else record.versions.get("casa", ""),
                run=record.id,
            ),
            paths=[self._mous.runs / f"{record.id}.json"],
        )
        return commit, subject
