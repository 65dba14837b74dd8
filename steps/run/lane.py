"""One EB's line of work: what is done in it is done one after the other; other EBs have their own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from ..checklist.graph import Graph
from ..checklist.model import Key, Kind
from ..checklist.select import expand
from ..errors import CasapilotError
from ..journal import Journal
from ..mous.mous import Eb, Mous
from ..record.runs import RunRecord
from .effects import is_by_hand
from .ledger import Ledger
from .lists import checklists_of
from .perform import NOW, Performer
from .scripts import stamp_of
from .workers import Worker

__all__ = ["Lane"]


class Lane:
    """Performs the items of one EB.

    Parameters
    ----------
    eb : str
        Name of the EB; empty for items of the whole MOUS.
    threads : callable
        Returns the OpenMP threads for a CASA process that is started now.
    """

    def __init__(
        self, eb: str, mous: Mous, journal: Journal, ledger: Ledger, threads: Callable[[], int]
    ) -> None:
        self.eb = eb
        self.stopping = ""
        """"after-call" or "now" when a person asked for it: set and reset by whoever takes requests."""
        self._mous = mous
        self._journal = journal
        self._ledger = ledger
        self._threads = threads
        self._worker: Worker | None = None
        self._settings: dict[Path, object] = {}
        self._performer: Performer | None = None
        self._graph: Graph | None = None

    def perform(self, key: Key) -> RunRecord:
        """Run one item (`Performer.perform`)."""
        return self._ready().perform(key)

    def settle(self, run: str) -> RunRecord | None:
        """Finish a run that another conductor began (`Performer.settle`)."""
        return self._ready().settle(run)

    def restore(self, key: Key) -> tuple[str, ...]:
        """Restore the flags that the last run of an item started from (`Performer.restore`)."""
        return self._ready().restore(key)

    def only_measures(self, key: Key) -> bool:
        """Whether nothing of the script rests on it: what does not can go on when it ends badly."""
        if is_by_hand(key):
            return True
        item = self._graph.items.get(key) if self._graph else None
        return item is not None and item.kind is Kind.CHECK

    def rests_on(self, other: Key, key: Key) -> bool:
        """Whether the item `other` rests on `key`."""
        return self._graph is not None and other in self._graph.items and key in self._graph.rests_on(other)

    def stop(self, how: str) -> None:
        """Stop what is under way: "after-call", or "now" (the CASA process is killed)."""
        self.stopping = how
        if self._worker is None:
            return
        if how == NOW:
            self._worker.kill()
        else:
            Performer.pass_on_stop(self._worker)

    def _ready(self) -> Performer:
        """Go by what mous.toml and the checklists say now: a person may have changed them."""
        if self._performer is None or _stamps(self._mous) != self._settings:
            mous = Mous.load(self._mous.root)
            if self._worker is not None and mous.casa_python != self._mous.casa_python:
                with contextlib.suppress(CasapilotError):
                    self._worker.ask("shutdown", 10.0)
                    self._worker.wait_until_gone()
            if self._performer is not None:
                self._ledger.catch_up()
            self._performer = self._take(mous)
        return self._performer

    def _take(self, mous: Mous) -> Performer:
        settings = _stamps(mous)
        checklists = checklists_of(mous)
        order = expand(checklists, [eb.name for eb in mous.ebs])
        self._graph = Graph(checklists, order)
        self._mous, self._settings, self._worker = mous, settings, None
        self._ledger.take(mous)
        return Performer(
            mous, checklists, order, self._journal, self._ledger, self._worker_of, lambda: self.stopping
        )

    def _worker_of(self, eb: Eb) -> Worker:
        if self._worker is None:
            self._worker = Worker(self._mous, eb)
        self._worker.threads = self._threads()
        return self._worker


def _stamps(mous: Mous) -> dict[Path, object]:
    return {path: stamp_of(path) for path in mous.settings}
