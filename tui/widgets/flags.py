"""Flags before and after the last run of an item, the biggest change first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...steps.record.runs import FlagChange
from ..glyphs import clean
from .laid_out import TextView
from .paint import Line, fit

__all__ = ["AXES", "FlagView", "changes"]

AXES = ("antenna", "spw", "field", "scan", "correlation")


class FlagView(TextView):
    """One table per MS, along one axis."""

    name_of_pane = "flags"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._flags: Sequence[FlagChange] = ()
        self.axis = AXES[0]

    def show(self, flags: Sequence[FlagChange]) -> None:
        """Draw `flags`."""
        self._flags = flags
        self._drawn_for = ()
        self._lay_out()

    def next_axis(self) -> None:
        """By the next of antenna, spw, field, scan, correlation."""
        self.axis = AXES[(AXES.index(self.axis) + 1) % len(AXES)]
        self.top = 0
        self._lay_out()

    def inputs(self) -> tuple[object, ...]:
        return self._flags, self.axis

    def text(self, width: int) -> Iterator[Line]:
        if not self._flags:
            yield [(" Its last run counted no flags.", "dim")]
        for change in self._flags:
            yield from self._table(change, width)
            yield ()

    def _table(self, change: FlagChange, width: int) -> Iterator[Line]:
        arrow = self.casapilot.glyphs.arrow
        before, after = _percent(change.before), _percent(change.after)
        yield [
            (fit(f" {clean(change.ms)} ", max(width - 18, 8), self.casapilot.glyphs.more), "bold"),
            (f"{_shown(before)} {arrow} {_shown(after)} %", "text"),
        ]
        yield [(" by ", "dim"), (fit(self.axis, 12), "title"), ("before  after change", "dim")]
        for name, first, last, change_points in changes(change, self.axis):
            strong = change_points is not None and abs(change_points) >= 0.05
            points = f"{change_points:+6.1f}" if strong and change_points is not None else "     ="
            style = "warn" if strong and change_points and change_points > 0 else "ok" if strong else "dim"
            yield [
                (f" {fit(clean(name), 14, self.casapilot.glyphs.more)} ", "text"),
                (f"{_shown(first):>6} {_shown(last):>6} ", "text" if strong else "dim"),
                (points, style),
                (" " + self._bar(last, min(width - 38, 30)), "key" if strong else "faint"),
            ]

    def _bar(self, percent: float | None, width: int) -> str:
        if percent is None or width < 4:
            return ""
        return self.casapilot.glyphs.full * round(percent / 100 * width)


def changes(change: FlagChange, axis: str) -> list[tuple[str, float | None, float | None, float | None]]:
    """(name, percent before, percent after, points of change) along `axis`, the biggest change first."""
    before = (change.before or {}).get(axis, {})
    after = (change.after or {}).get(axis, {})
    rows = []
    for name in dict.fromkeys([*after, *before]):
        first, last = _percent(before.get(name)), _percent(after.get(name))
        points = None if first is None or last is None else last - first
        rows.append((str(name), first, last, points))
    return sorted(rows, key=lambda row: (-round(abs(row[3] or 0.0), 3), -(row[2] or 0.0), _natural(row[0])))


def _natural(name: str) -> tuple[int, int, str]:
    return (0, int(name), "") if name.isdigit() else (1, 0, name)


def _percent(counts: dict[str, Any] | None) -> float | None:
    return 100.0 * counts["flagged"] / counts["total"] if counts and counts.get("total") else None


def _shown(percent: float | None) -> str:
    return "-" if percent is None else f"{percent:.1f}"
