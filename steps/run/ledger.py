"""The record of a MOUS while several EBs run: whoever writes it is alone with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import RecordError
from ..journal import Journal
from ..mous.mous import Mous
from ..record.book import RunBook
from ..record.runs import FlagChange, RunRecord
from .edits import OutsideEdits
from .recording import Recorder

__all__ = ["Ledger"]


class Ledger:
    """Records, commits and the book of runs, for all EBs of a MOUS; from any thread.

    Parameters
    ----------
    clock : callable
        Returns the unix time, s.
    """

    def __init__(self, mous: Mous, journal: Journal, clock: Callable[[], float] = time.time) -> None:
        self._folder = mous.runs
        self._recorder = Recorder(mous, journal, clock)
        self._edits = OutsideEdits(mous)
        self._book = RunBook(mous.runs)
        self._lock = threading.RLock()

    def take(self, mous: Mous) -> None:
        """Go by what mous.toml says now."""
        with self._lock:
            self._edits = OutsideEdits(mous)

    def catch_up(self) -> None:
        """Commit what could not be committed when it ended (`Recorder.catch_up`)."""
        with self._lock:
            self._recorder.catch_up()

    def commit_edits(self, *paths: Path) -> None:
        """Commit those of `paths` that somebody has changed without casapilot, one commit each."""
        with self._lock:
            self._edits.commit(*paths)

    def record(self, record: RunRecord) -> RunRecord:
        """Write a run's record, commit it, and journal its end (`Recorder.record`)."""
        with self._lock:
            return self._recorder.record(record)

    def again(self, run: str) -> RunRecord | None:
        """Commit a run whose record is written, unless that was done; None when it is not written."""
        with self._lock:
            return self._recorder.again(run)

    def restored(
        self, draft: RunRecord, pairs: Sequence[str], flags: tuple[FlagChange, ...], why: str
    ) -> RunRecord:
        """Record that flags were put back and no step was run then (`Recorder.restored`)."""
        with self._lock:
            return self._recorder.restored(draft, pairs, flags, why)

    def end(self, record: RunRecord, status: str, text: str) -> None:
        """Journal that a run is over."""
        self._recorder.end(record, status, text)

    def runs(self, eb: str) -> list[RunRecord]:
        """All runs of one EB so far, oldest first.

        Raises
        ------
        RecordError
            One cannot be read: the flag policy rests on them.
        """
        with self._lock:
            self._book.refresh()
            runs = self._book.all()
            if self._book.problems:
                problem = self._book.problems[0]
                self._book = RunBook(self._folder)  # it may be mended before we look again
                raise RecordError(problem)
        return [run for run in runs if run.eb == eb]
