"""The checklists that a MOUS goes by."""

from __future__ import annotations

from collections.abc import Mapping

from ..checklist.freeze import load_frozen
from ..checklist.model import Checklist, Key
from ..checklist.words import tell_checklist
from ..errors import ChecklistError
from ..mous.goal import Goal
from ..mous.mous import Mous
from ..mous.quantities import say_flux, say_frequency

__all__ = ["checklists_of", "words_of"]


def checklists_of(mous: Mous) -> tuple[Checklist, ...]:
    """Return them as they were frozen, in the order of mous.toml, told in the words of the site.

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
    return tuple(tell_checklist(each, _own_words(mous)) for each in found)


def words_of(mous: Mous, key: Key) -> Mapping[str, str]:
    """What the placeholders in the texts of `key`'s item stand for."""
    of_eb = {"eb": key.eb, "ms": mous.eb(key.eb).ms} if key.eb else {}
    return {**_own_words(mous), **of_eb}


def _own_words(mous: Mous) -> dict[str, str]:
    words = {"mous": mous.uid, "site.ticket": ", ".join(mous.tickets.values())}
    words |= {f"site.{name}": value for name, value in mous.site.items()}
    return {**words, **_goal_words(mous.goal)} if mous.goal else words


def _goal_words(goal: Goal) -> dict[str, str]:
    """What was asked for, as a person would write it; what is not known is left out."""
    words = {}
    if goal.rms_jy is not None:
        words["goal.rms"] = f"{say_flux(goal.rms_jy)} per beam"
    if goal.frequency_hz is not None:
        words["goal.frequency"] = say_frequency(goal.frequency_hz)
    if goal.bandwidth_hz is not None:
        words["goal.bandwidth"] = say_frequency(goal.bandwidth_hz)
    if goal.beam_min_arcsec is not None and goal.beam_max_arcsec is not None:
        words["goal.beam"] = f"{goal.beam_min_arcsec:g} to {goal.beam_max_arcsec:g} arcsec"
    if goal.sources:
        words["goal.sources"] = ", ".join(map(str, goal.sources))
    if goal.spws:
        words["goal.windows"] = "; ".join(map(str, goal.spws))
    return words
