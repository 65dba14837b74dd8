"""What must be true of the items of a checklist together."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from .lines import Where
from .model import Checklist, Item, Per, Phase
from .rules import Placed
from .source import Source

__all__ = ["check_whole"]


def check_whole(root: Source, phases: Sequence[tuple[Phase, Source, Where]], items: Sequence[Placed]) -> None:
    """Note all that is wrong with phases and items that are right by themselves."""
    places = [(phase.id, source, where) for phase, source, where in phases]
    _check_unique("phase", places)
    unique = _check_unique("item", [(placed.item.id, placed.source, placed.where) for placed in items])
    for placed in items:
        if placed.item.phase not in [phase.id for phase, _, _ in phases]:
            where = (*placed.where, "phase")
            placed.source.unknown(where, "phase", placed.item.phase, [name for name, _, _ in places])
    if not items:
        root.report((), "has no items", "Write: [[item]]")
    elif _check_known_needs(items) and unique:
        _check_needs(items)


def _check_unique(what: str, places: Sequence[tuple[str, Source, Where]]) -> bool:
    first: dict[str, tuple[Source, Where]] = {}
    for name, source, where in places:
        if name not in first:
            first[name] = (source, where)
            continue
        other, there = first[name]
        line = other.line((*there, "id"))
        known = f"line {line}" if other is source else f"{other.path}:{line}"
        todo = "Give it another id, or change the first with [[override]]." if what == "item" else ""
        source.report((*where, "id"), f'{what} "{name}" is already in {known}', todo)
    return len(first) == len(places)


def _check_known_needs(items: Sequence[Placed]) -> bool:
    """Whether all items that others need are there."""
    ids = [placed.item.id for placed in items]
    known = True
    for placed in items:
        for index, name in enumerate(placed.item.needs or ()):
            if name not in ids:
                placed.source.unknown((*placed.where, "needs", index), "item", name, ids)
                known = False
    return known


def _check_needs(items: Sequence[Placed]) -> None:
    checklist = Checklist("", "", "", "", "", items=tuple(placed.item for placed in items))
    by_id = {placed.item.id: placed for placed in items}
    needs = {placed.item.id: checklist.needs_of(placed.item) for placed in items}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = error.args[1][::-1]
        first = min(circle, key=list(by_id).index)
        start = circle.index(first)
        names = [*circle[start:-1], *circle[:start], first]
        text = f'"needs" goes in a circle: {" needs ".join(names)}'
        by_id[first].report("needs", text, "Leave one of them out.")
    for placed in items:
        for name in needs[placed.item.id]:
            _check_per(placed, by_id[name].item)


def _check_per(placed: Placed, needed: Item) -> None:
    """Items of the whole MOUS come after those of its EBs."""
    if placed.item.per is Per.EB and needed.per is not Per.EB:
        text = f'is done for each EB and cannot need "{needed.id}", which is done once for all of them'
        placed.report("needs", f'"{placed.item.id}" {text}', "Write: needs = [...]")
