"""The checklists that a MOUS goes by."""

from __future__ import annotations

from ..checklist.freeze import load_frozen
from ..checklist.model import Checklist
from ..errors import ChecklistError
from ..mous.mous import Mous

__all__ = ["checklists_of"]


def checklists_of(mous: Mous) -> tuple[Checklist, ...]:
    """Return them as they were frozen, in the order of mous.toml.

    Raises
    ------
    ChecklistError
        One is broken, or one that mous.toml names is not there: it is not passed over in silence.
    """
    found = load_frozen(mous.checklist_folder, mous.checklists)
    missing = [name for name in mous.checklists if name not in {each.id for each in found}]
    if missing:
        path = mous.checklist_folder / f"{missing[0]}.toml"
        todo = f"Bring it back: git checkout {path.relative_to(mous.root)}"
        raise ChecklistError("the frozen checklist is not there", str(path), todo)
    return found
