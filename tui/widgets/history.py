"""The history, entry by entry, from git."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..glyphs import clean
from .lines import LineView
from .paint import Line, fit

if TYPE_CHECKING:  # the rows are drawn without git
    from ...steps.record.history import HistoryEntry

__all__ = ["HistoryView", "when_text"]

_STYLES = {"done": "ok", "failed": "bad", "interrupted": "warn", "lost": "bad"}
_WITH_ACTION = 64
"""Columns from which on there is room for the action."""


class HistoryView(LineView):
    """One line per commit; Enter shows it whole."""

    name_of_pane = "history"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries: Sequence[HistoryEntry] = ()
        self.of_all = False
        """All items, or only the one under the cursor."""

    def show(self, entries: Sequence[HistoryEntry]) -> None:
        """Draw `entries`, newest first."""
        if entries != self._entries:
            self._entries = entries
            self.redraw()

    @property
    def entry(self) -> HistoryEntry | None:
        """The entry under the cursor, or None."""
        return self._entries[self.cursor] if self.cursor < len(self._entries) else None

    def count(self) -> int:
        return max(len(self._entries), 1)

    def line(self, index: int, width: int) -> Line:
        if not self._entries:
            return [(" The history says nothing of it yet.", "dim")]
        entry = self._entries[index]
        style = _STYLES.get(entry.status, "text")
        when = f" {when_text(entry.time, self.casapilot.clock())} "
        action = f"{entry.action or 'by hand':<13}" if width >= _WITH_ACTION else ""
        room = max(width - len(when) - len(action) - 1, 4)
        return [
            (when, "dim"),
            (action, style),
            (fit(clean(entry.subject), room, self.casapilot.glyphs.more), "text" if action else style),
        ]


def when_text(seconds: float, now: float) -> str:
    """The time of an entry of today, the date of an older one."""
    then = time.localtime(seconds)
    if time.localtime(now)[:3] == then[:3]:
        return time.strftime("%H:%M:%S", then)
    return time.strftime("%d %b %H:%M" if now - seconds < 15e6 else "%d %b  %Y", then)
