"""What rests on what: the needs of items, for each execution block."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from graphlib import TopologicalSorter

from .model import Checklist, Item, Key, Per
from .words import Words, tell

__all__ = ["Graph"]


class Graph:
    """The items of some checklists, and their needs.

    Parameters
    ----------
    checklists : sequence of Checklist
        As they were loaded.
    keys : sequence of Key
        The lines to do, in their order (`select.expand`).
    words : callable, optional
        What the placeholders in the texts of a key's item stand for.
    """

    def __init__(
        self,
        checklists: Sequence[Checklist],
        keys: Sequence[Key],
        words: Callable[[Key], Words] | None = None,
    ) -> None:
        self.keys = tuple(keys)
        self.items: Mapping[Key, Item] = _items(checklists, keys)
        if words is not None:
            self.items = {key: tell(item, words(key)) for key, item in self.items.items()}
        self._place = {key: place for place, key in enumerate(self.keys)}
        self._needs = {key: self._find_needs(checklists, key) for key in self.keys}
        #: Every key after all that it rests on.
        self.order = tuple(TopologicalSorter(self._needs).static_order())
        self._below: dict[Key, frozenset[Key]] = {}
        for key in self.order:
            needs = self._needs[key]
            self._below[key] = frozenset(needs).union(*(self._below[need] for need in needs))

    def title(self, key: Key, eb: str) -> str:
        """What the list shows, seen from `eb`: with its own EB where that is another."""
        title = self.items[key].title
        return f"{title} ({key.eb})" if key.eb and key.eb != eb else title

    def needs(self, key: Key) -> tuple[Key, ...]:
        """What must be done right before `key`."""
        return self._needs[key]

    def needs_past(self, key: Key, skipped: Container[Key]) -> tuple[Key, ...]:
        """What must be done right before `key`; of what is skipped, what that needs as well."""
        seen: set[Key] = set()
        ahead = list(self._needs[key])
        while ahead:
            need = ahead.pop()
            if need not in seen:
                seen.add(need)
                ahead += self._needs[need] if need in skipped else ()
        return self._sorted(seen)

    def rests_on(self, key: Key) -> tuple[Key, ...]:
        """All that `key` rests on, in the order of the list."""
        return self._sorted(self._below[key])

    def is_before(self, key: Key, other: Key) -> bool:
        """Whether `key` comes before `other` in the list."""
        return self._place[key] < self._place[other]

    def _find_needs(self, checklists: Sequence[Checklist], key: Key) -> tuple[Key, ...]:
        checklist = next(each for each in checklists if each.id == key.checklist)
        needs: set[Key] = set()
        for name in checklist.needs_of(checklist.item(key.item)):
            if checklist.item(name).per is Per.EB and not key.eb:
                needs.update(each for each in self.keys if each[:2] == (key.checklist, name))
            else:
                eb = key.eb if checklist.item(name).per is Per.EB else ""
                needs.update({Key(key.checklist, name, eb)} & self._place.keys())
        return self._sorted(needs)

    def _sorted(self, keys: set[Key] | frozenset[Key]) -> tuple[Key, ...]:
        return tuple(sorted(keys, key=self._place.__getitem__))


def _items(checklists: Sequence[Checklist], keys: Sequence[Key]) -> dict[Key, Item]:
    by_path = {(each.id, item.id): item for each in checklists for item in each.items}
    return {key: by_path[key[:2]] for key in keys}
