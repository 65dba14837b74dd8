"""What a person has chosen of the plots of each item, as long as the screen is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...steps.plot.wish import Wish
from ...steps.run.plottable import Plottable

if TYPE_CHECKING:
    from ...steps.checklist.model import Key

__all__ = ["Memory"]

Choices = dict[str, list[Any]]


class Memory:
    """Which table of an item was looked at last, and what was picked out of each."""

    def __init__(self) -> None:
        self._chosen: dict[tuple[Key | None, Plottable], tuple[Wish, Choices]] = {}
        self._last: dict[Key | None, Plottable] = {}

    def number(self, key: Key | None, things: Sequence[Plottable]) -> int:
        """Which of its tables an item shows: that which was looked at last, else the first."""
        last = self._last.get(key)
        return things.index(last) if last is not None and last in things else 0

    def open(self, key: Key | None, thing: Plottable) -> tuple[Wish, Choices]:
        """What is wished of a table that is looked at now, and what there was to choose from."""
        self._last[key] = thing
        return self._chosen.get((key, thing), (_first(thing), {}))

    def keep(self, key: Key | None, thing: Plottable, wish: Wish | None, choices: Choices) -> Wish:
        """Remember what is wished; None is all that there is."""
        wish = wish or _first(thing)
        self._chosen[key, thing] = wish, choices
        return wish


def _first(thing: Plottable) -> Wish:
    return Wish(str(thing.path), thing.plot)
