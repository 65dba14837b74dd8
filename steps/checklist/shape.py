"""The tables of a checklist file: what `load` reads and `schema` describes."""

from __future__ import annotations

from .model import Checklist, Item
from .read import Slot, slots_of

__all__ = ["HEAD", "OVERRIDE", "SCHEMA", "TABLES"]

#: The version of the form.
SCHEMA = 1

#: The lists of tables at the top of a file.
TABLES = ("phase", "item", "override")

#: The keys of ``[checklist]``.
HEAD = {name: slots_of(Checklist)[name] for name in ("id", "title", "version", "date", "owner", "include")}

#: The keys of ``[[override]]``: the item, why, and what is different.
OVERRIDE = {
    "item": Slot("item", str, True),
    "because": Slot("because", str, True),
    **{name: Slot(name, slot.hint, False) for name, slot in slots_of(Item).items() if name != "id"},
}
