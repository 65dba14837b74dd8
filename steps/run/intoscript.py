"""A call made by hand, put into the script: where it may go, and the script with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import ScriptError
from ..script import Mark, Script, Step, insert_at_end, insert_at_start
from .effects import may_change_flags
from .taskcall import TaskCall, folded

__all__ = ["Place", "places_for", "put_in"]

_FLAGGING = re.compile(r"\binitial flag", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """A step that a call may be put into."""

    number: int | float
    title: str
    at_end: bool = True
    """Whether behind all that the step does, or before it."""

    @property
    def words(self) -> str:
        """Where that is, for a person."""
        return f"step {self.number:g} {self.title}, at its {'end' if self.at_end else 'beginning'}"


def places_for(script: Script, call: TaskCall, here: int | float | None = None) -> tuple[Place, ...]:
    """Return where a call fits, the best first: flags in the initial flagging, all else in the step of now.

    Parameters
    ----------
    here : number, optional
        The step that is looked at.
    """
    flags = may_change_flags(call.task, call.arguments)
    found = []
    for step in script.steps:
        if not isinstance(step.number, (int, float)):
            continue
        if _FLAGGING.search(step.name):
            found.append(Place(step.number, step.name))
        elif step.number == here:
            found.append(Place(step.number, step.name, not flags))
    return tuple(sorted(found, key=lambda place: bool(_FLAGGING.search(place.title)) is not flags))


def put_in(script: Script, place: Place, call: TaskCall, mark: Mark) -> Script:
    """Return the script with the call in it.

    Raises
    ------
    ScriptError
        The script has no such step, or its code cannot be inserted into.
    """
    step: Step | None = next((each for each in script.steps if each.number == place.number), None)
    if step is None:
        raise ScriptError(f"has no step {place.number:g}", script.name, "It was edited since.")
    insert = insert_at_end if place.at_end else insert_at_start
    return insert(script, step, folded(call), mark)
