"""The worker's pen: it writes the journal, and what a full disk refuses is written when there is room."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Dict, List, Tuple

from ..errors import JournalError
from ..journal import Journal

__all__ = ["Reporter"]


class Reporter:
    """Append events in order, each with the time it happened, whenever they can be written.

    Parameters
    ----------
    path : str
        The journal.
    clock : callable
        Returns the unix time, s.
    """

    def __init__(self, path: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._now = 0.0
        self._journal = Journal(path, clock=lambda: self._now)
        self._waiting: List[Tuple[float, str, Dict[str, Any]]] = []
        self._lock = threading.Lock()

    def tell(self, kind: str, **fields: Any) -> None:
        """Write an event, after those that still wait."""
        with self._lock:
            self._waiting.append((self._clock(), kind, fields))
            self._write()

    def retry(self) -> int:
        """Write what waits, and return how many events still do."""
        with self._lock:
            self._write()
            return len(self._waiting)

    def _write(self) -> None:
        while self._waiting:
            self._now, kind, fields = self._waiting[0]
            try:
                self._journal.append(kind, **fields)
            except JournalError:
                return
            del self._waiting[0]
