"""What a checklist is made of. TOML becomes these (`load`), and these become schema.json (`schema`).

The string under a field is its description, for the schema and for editors.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "Check",
    "Checklist",
    "Fact",
    "Item",
    "Key",
    "Kind",
    "Param",
    "Per",
    "Phase",
    "Reference",
    "State",
]


class Kind(str, Enum):
    """What has to be done for an item."""

    RUN = "run"
    CHECK = "check"
    MANUAL = "manual"
    DECISION = "decision"
    NOTE = "note"


class Per(str, Enum):
    """How often an item is done."""

    EB = "eb"
    MOUS = "mous"
    SOURCE = "source"


class State(str, Enum):
    """Where an item stands."""

    TODO = "todo"
    RUNNING = "running"
    DONE = "done"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"
    STALE = "stale"
    LOST = "lost"


class Key(NamedTuple):
    """One line to do: an item of a checklist, for one EB (or "" for the whole MOUS)."""

    checklist: str
    item: str
    eb: str = ""

    @property
    def path(self) -> str:
        """``checklist/item``, as the history names it."""
        return f"{self.checklist}/{self.item}"

    def __str__(self) -> str:
        return f"{self.path}@{self.eb}" if self.eb else self.path

    @classmethod
    def parse(cls, text: str) -> Key:
        """The key that `str` wrote."""
        path, _, eb = text.partition("@")
        checklist, _, item = path.partition("/")
        return cls(checklist, item, eb)


@dataclass(frozen=True, slots=True)
class Fact:
    """A condition on a fact of the data; all of an item's must hold."""

    fact: str
    """Name of a fact (a closed list)."""
    equals: str | bool | int | None = None
    """The value it must have."""
    at_least: float | None = None
    """The smallest value it may have."""
    at_most: float | None = None
    """The largest value it may have."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where to read more."""

    title: str
    """What it is."""
    url: str = ""
    """Where it is."""


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the step's calls that a person may edit; the script alone holds its value."""

    name: str
    """Name of the parameter, as the task has it."""
    type: str
    """One of str, int, float, bool, list."""
    default: object = None
    """Value where the script gives none."""
    unit: str = ""
    """Its unit."""
    choices: tuple[str, ...] = ()
    """The values it may take."""
    help: str = ""
    """What it does."""


@dataclass(frozen=True, slots=True)
class Check:
    """A number computed after the item has run, and what it should be."""

    metric: str
    """Name of a metric (a closed list)."""
    of: str = ""
    """What it is measured on: a file of the EB's folder, a field, a source."""
    warn: float | None = None
    """Above this (below, where `below` is true) it is worth a look."""
    fail: float | None = None
    """Above this (below, where `below` is true) the item has failed."""
    note: float | None = None
    """Above this (below, where `below` is true) who it is is kept for the diagnosis; nothing to look at."""
    below: bool = False
    """Whether small values are the bad ones."""
    expect: float | None = None
    """The value it should have."""
    within_percent: float | None = None
    """How far from `expect` it may be before the item has failed."""
    unit: str = ""
    """Unit of the metric and the thresholds."""
    source: str = ""
    """Where the thresholds come from."""
    help: str = ""
    """What to do when it is not met."""

    @property
    def limit(self) -> float | None:
        """From where on it is worth a look."""
        return self.fail if self.warn is None else self.warn


@dataclass(frozen=True, slots=True)
class Item:
    """One line to do."""

    id: str
    """Stable short name, unique in the checklist."""
    title: str
    """What the list shows."""
    phase: str
    """Id of its phase."""
    kind: Kind
    """What has to be done: run, check, manual, decision, note."""
    step: str = ""
    """Regular expression on the TITLE of the script step it runs."""
    whole: bool = False
    """Whether it runs the whole script, from scratch, in place of a step."""
    optional: bool = False
    """Whether it is skipped where the script has no such step: not all generators write it."""
    per: Per = Per.EB
    """Once for each EB, once for the MOUS, or once for each source."""
    needs: tuple[str, ...] | None = None
    """Items that must be done first; the one before it when not given."""
    when: tuple[Fact, ...] = ()
    """Facts that must hold, or the item does not apply."""
    why: str = ""
    """What it is for, for a colleague in their first week."""
    look_for: tuple[str, ...] = ()
    """What a good result looks like."""
    instead: str = ""
    """What to do when it looks wrong."""
    refs: tuple[Reference, ...] = ()
    """Where to read more."""
    minutes: float | None = None
    """About how long it takes."""
    outputs: tuple[str, ...] = ()
    """Files it must make anew (globs in the EB's folder; {ms} and {eb} are filled in)."""
    params: tuple[Param, ...] = ()
    """Parameters of the step's calls that a person may edit in the script."""
    check: tuple[Check, ...] = ()
    """Numbers computed after it has run."""
    choices: tuple[str, ...] = ()
    """The named choices of a decision."""
    sign: bool = False
    """Whether a person signs it off."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A group of items, closed by a question."""

    id: str
    """Stable short name."""
    title: str
    """What the list shows."""
    pause: str = ""
    """What to ask oneself before going on."""
    points: tuple[str, ...] = ()
    """What must be true then, point by point."""


@dataclass(frozen=True, slots=True)
class Checklist:
    """One TOML file, with what it includes and what overrides it."""

    id: str
    """Stable short name; the file is called after it."""
    title: str
    """What the screen shows."""
    version: str
    """Its version."""
    date: str
    """Date of that version, ISO 8601."""
    owner: str
    """Who looks after it."""
    include: tuple[str, ...] = ()
    """Other checklists whose phases and items come first."""
    phases: tuple[Phase, ...] = ()
    """Its groups, in order."""
    items: tuple[Item, ...] = ()
    """Its items, in order."""
    files: tuple[Path, ...] = field(default=(), compare=False)
    """The files it was read from."""

    def item(self, item_id: str) -> Item:
        """The item called `item_id`; KeyError when there is none."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)

    def needs_of(self, item: Item) -> tuple[str, ...]:
        """Ids of the items that `item` rests on: its `needs`, or the item before it that is run."""
        if item.needs is not None:
            return item.needs
        before = self.items[: self.items.index(item)]
        runs = [other.id for other in before if other.kind is Kind.RUN]
        return tuple(runs[-1:])
