"""The lines to do in their order, and what a person means by a name on the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import UsageError
from .model import Checklist, Item, Key, Per
from .source import nearest

__all__ = ["expand", "pick"]


def expand(checklists: Sequence[Checklist], ebs: Sequence[str]) -> tuple[Key, ...]:
    """All lines to do.

    Of each checklist first the items of the MOUS that stand at its top, then those done for each execution
    block, one block after the other, then the others done once for the MOUS. An item ``per = "source"`` is
    one line for the MOUS: what the sources are is not known here.
    """
    keys: list[Key] = []
    for checklist in checklists:
        of_eb = [item.per is Per.EB for item in checklist.items]
        top = of_eb.index(True) if True in of_eb else 0
        each_eb = [item.id for item in checklist.items if item.per is Per.EB]
        keys += [Key(checklist.id, item.id) for item in checklist.items[:top]]
        keys += [Key(checklist.id, item, eb) for eb in ebs for item in each_eb]
        keys += [Key(checklist.id, item.id) for item in checklist.items[top:] if item.per is not Per.EB]
    return tuple(keys)


def pick(
    keys: Sequence[Key],
    names: Sequence[str],
    checklists: Sequence[Checklist],
    *,
    start: str | None = None,
    stop: str | None = None,
    eb: str | None = None,
) -> tuple[Key, ...]:
    """The keys that a person means, in the order of `keys`.

    Parameters
    ----------
    keys : sequence of Key
        All there are.
    names : sequence of str
        Each an item's id, checklist/id, id@eb, title, or the beginning of an id or title that fits only one.
    checklists : sequence of Checklist
        For titles.
    start, stop : str, optional
        First and last item of a range; in each execution block it is the items between them.
    eb : str, optional
        Only this execution block.

    Returns
    -------
    tuple of Key
        Without names and range: all.

    Raises
    ------
    UsageError
        A name fits nothing (with the nearest), or several items (with their names).
    """
    if names and (start or stop):
        raise UsageError("items and a range go not together", "", "Name items, or --from A --to B.")
    finder = _Finder(_of_eb(keys, eb), checklists)
    if names:
        meant = {key for name in names for key in finder.find(name)}
        return tuple(key for key in finder.keys if key in meant)
    return finder.between(start, stop)


def _of_eb(keys: Sequence[Key], eb: str | None) -> tuple[Key, ...]:
    if eb is None:
        return tuple(keys)
    found = tuple(key for key in keys if key.eb == eb)
    if not found:
        raise UsageError(f"there is no EB {eb!r}", "", nearest(eb, {key.eb for key in keys if key.eb}))
    return found


class _Finder:
    def __init__(self, keys: Sequence[Key], checklists: Sequence[Checklist]) -> None:
        self.keys = tuple(keys)
        everything = [(each.id, item) for each in checklists for item in each.items]
        self._places = {(name, item.id): place for place, (name, item) in enumerate(everything)}
        here = {key[:2] for key in keys}
        self._items = [(name, item) for name, item in everything if (name, item.id) in here]

    def find(self, name: str) -> tuple[Key, ...]:
        """The keys of the one item that `name` means: one for each EB, unless it names one."""
        word, _, eb = name.partition("@")
        path = self._one(word)
        found = tuple(key for key in self.keys if key[:2] == path and eb in ("", key.eb))
        if not found:
            ebs = {key.eb for key in self.keys if key[:2] == path and key.eb}
            raise UsageError(f"{word} has no EB {eb!r}", "", nearest(eb, ebs))
        return found

    def between(self, start: str | None, stop: str | None) -> tuple[Key, ...]:
        """The keys from the item `start` to the item `stop`, in each EB."""
        first = self.find(start) if start else ()
        last = self.find(stop) if stop else ()
        low = self._places[first[0][:2]] if first else 0
        high = self._places[last[0][:2]] if last else len(self._places)
        if low > high:
            raise UsageError(f"{start} comes after {stop}", "", "Swap --from and --to.")
        ebs = {name.partition("@")[2] for name in (start, stop) if name and "@" in name}
        keys = [key for key in self.keys if not ebs or key.eb in ebs]
        return tuple(key for key in keys if low <= self._places[key[:2]] <= high)

    def _one(self, word: str) -> tuple[str, str]:
        """Checklist and id of the one item that `word` means; the surest way to mean one is tried first."""
        folded = word.casefold()
        ways: tuple[Callable[[str, Item], bool], ...] = (
            lambda name, item: word in (item.id, f"{name}/{item.id}"),
            lambda name, item: folded in (item.title.casefold(), item.id.casefold()),
            lambda name, item: bool(word) and f"{name}/{item.id}".startswith(word),
            lambda name, item: bool(word) and item.id.startswith(word),
            lambda name, item: bool(word) and item.title.casefold().startswith(folded),
        )
        for way in ways:
            found = [(name, item.id) for name, item in self._items if way(name, item)]
            if len(found) == 1:
                return found[0]
            if found:
                names = ", ".join(f"{name}/{item}" for name, item in found)
                raise UsageError(f"{word!r} means several items", "", f"Name one: {names}.")
        names_known = {item.id for _, item in self._items} | {item.title for _, item in self._items}
        raise UsageError(f"there is no item {word!r}", "", nearest(word, names_known))
