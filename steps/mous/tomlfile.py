"""mous.toml as it is first written, for a person to edit; completed without touching what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import tomlkit
from tomlkit import TOMLDocument, aot, comment, document, inline_table, nl, table
from tomlkit.items import AoT, Array, InlineTable, Table

from ..checklist.words import SITE
from .asked import GoalSource, GoalWindow, plain
from .goal import NUMBERS, Goal
from .quantities import say_flux, say_frequency

__all__ = ["Description", "complete_toml", "eb_values", "new_toml"]

HEAD_COMMENTS = {
    "sb": "scheduling block; its end names the array",
    "reducer": "initials of who reduces it",
    "conflict_of_interest": "nobody reduces data of their own project",
    "checklists": "in this order; frozen in .casapilot/checklist",
}
SITE_HELP = (
    "What differs from site to site: texts of checklists name these. Once for all MOUSs they go into",
    "site.toml in the configuration folder of casapilot (~/.config/casapilot).",
)
TICKET_HELP = ("Tickets of this MOUS: what for = which.", 'reduction = "SCOPS-1234"')
GOAL_HELP = (
    "What the PI asked for: Control and Performance page of the Observing Tool, or the project's notes",
    "where the observatory changed it. An rms without its frequency and bandwidth says nothing.",
)
#: What the MS is held against -> how it is written, for who fills it in.
LISTS = {
    "sources": '["NGC253"]    # targets, or { name = "NGC253", ra_deg = 11.8881, dec_deg = -25.2888 }',
    "spws": '[{ frequency_hz = 230.538e9, bandwidth_hz = 1.875e9, frame = "rest" }]    # or frame = "sky"',
    "arrays": '["TM1"]    # what the name of the scheduling block ends in',
}


@dataclass(frozen=True, slots=True)
class Description:
    """What mous.toml says beside the EBs."""

    uid: str
    title: str
    checklists: Sequence[str]
    project: str = ""
    sb: str = ""
    reducer: str = ""
    conflict_of_interest: str = ""
    casa_python: str = ""
    """Python of the CASA to use; empty for the one casapilot is installed in."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What is known of the data (`checklist.facts`)."""
    goal: Goal | None = None
    tickets: Mapping[str, str] = field(default_factory=dict)
    site: Mapping[str, str] = field(default_factory=dict)


EbValues = Mapping[str, str]


def eb_values(name: str, uid: str, folder: str, script: str, ms: str, asdm: str) -> EbValues:
    """Return an EB as mous.toml holds it."""
    values = {"name": name, "uid": uid, "folder": folder, "script": script, "ms": ms}
    return {**values, "asdm": asdm} if asdm else values


def new_toml(it: Description, ebs: Sequence[EbValues]) -> str:
    """The text of a new mous.toml."""
    doc = document()
    doc.add(comment("A MOUS of casapilot. Edit this file as you like: comments stay, git remembers."))
    doc.add(nl())
    doc.add("mous", _table(_head(it), HEAD_COMMENTS))
    if it.goal is not None:
        doc.add("goal", _goal(it.goal))
    doc.add("tickets", _table(it.tickets, {}, *TICKET_HELP[: 1 if it.tickets else 2]))
    doc.add("site", _table(it.site, {}, *SITE_HELP, *_open_settings(it.site)))
    doc.add("casa", _table({"python": it.casa_python}, {"python": "of the CASA to use; empty: our own"}))
    doc.add("run", _table({"launcher": "local"}, {"launcher": "only local so far"}))
    doc.add("facts", _table(it.facts, {}, "What is known of the data; items that do not apply drop out."))
    if ebs:
        doc.add(nl())
        _add_ebs(doc, ebs)
    return tomlkit.dumps(doc)


def complete_toml(text: str, it: Description, ebs: Sequence[EbValues]) -> tuple[str, tuple[str, ...]]:
    """Add to a mous.toml what it lacks; what is there stays byte for byte.

    Returns
    -------
    tuple
        The text, and what was added, each in a few words.
    """
    doc = tomlkit.parse(text)
    added: list[str] = []
    head = doc.get("mous")
    for name, value in _head(it).items():
        if isinstance(head, Table) and not head.get(name) and value and name not in ("uid", "title"):
            head[name] = value
            added.append(f"{name} {value}" if isinstance(value, str) else name)
    if it.goal is not None and "goal" not in doc and it.goal != Goal():
        doc.add("goal", _goal(it.goal))
        added.append("the goal")
    added += _add_texts(doc, "tickets", it.tickets)
    added += _add_texts(doc, "site", it.site)
    fresh = [eb for eb in ebs if eb["uid"] not in {each.get("uid") for each in doc.get("eb", ())}]
    if fresh:
        _add_ebs(doc, fresh)
        added += [f"EB {eb['name']}" for eb in fresh]
        _count_ebs(doc)
    return (tomlkit.dumps(doc), tuple(added)) if added else (text, ())


def _open_settings(site: Mapping[str, str]) -> list[str]:
    """The settings that our checklists speak of and nobody has set, to be filled in."""
    told = {name: words or "left out" for name, words in SITE.items() if name not in site}
    return [f'{name} = ""    # without it: {words}' for name, words in told.items()]


def _count_ebs(doc: TOMLDocument) -> None:
    facts = doc.get("facts")
    if isinstance(facts, Table) and "n_ebs" in facts:
        facts["n_ebs"] = len(doc["eb"])


def _head(it: Description) -> dict[str, Any]:
    head = {"uid": it.uid, "project": it.project, "title": it.title}
    known = {"sb": it.sb, "reducer": it.reducer, "conflict_of_interest": it.conflict_of_interest}
    return {
        **head,
        **{name: value for name, value in known.items() if value},
        "checklists": list(it.checklists),
    }


def _goal(goal: Goal) -> Table:
    made = table()
    for line in GOAL_HELP:
        made.add(comment(line))
    if goal.name:
        made.add("name", goal.name)
    for name, what in NUMBERS.items():
        value = getattr(goal, name)
        if value is None:
            made.add(comment(f"{name} =     # {what}: not known yet"))
            continue
        made.add(name, value)
        made[name].comment(_said(name, value))
    for name, example in LISTS.items():
        values = [_value(each) for each in getattr(goal, name)]
        if values:
            made.add(name, _array(values))
        else:
            made.add(comment(f"{name} = {example}"))
    if goal.caution:
        made["arrays"].comment(goal.caution)
    if goal.polarisations:
        made.add("polarisations", goal.polarisations)
    if goal.origin:
        made.add("from", _table(dict(goal.origin), {}, "Where each number comes from."))
    return made


def _said(name: str, value: float) -> str:
    if name == "rms_jy":
        return f"{say_flux(value)} per beam"
    return say_frequency(value) if name.endswith("_hz") else "arcsec"


def _value(each: GoalSource | GoalWindow | str) -> str | InlineTable:
    """A name alone as a text, everything else as a table in one line."""
    if isinstance(each, str):
        return each
    if isinstance(each, GoalSource) and each == GoalSource(each.name):
        return each.name
    made = inline_table()
    made.update(plain(each))
    return made


def _array(values: Sequence[str | InlineTable]) -> Array:
    made = tomlkit.array()
    made.extend(values)
    return made.multiline(any(not isinstance(each, str) for each in values))


def _add_texts(doc: TOMLDocument, name: str, values: Mapping[str, str]) -> list[str]:
    if not values:
        return []
    if name not in doc:
        doc.add(name, table())
    here = doc[name]
    fresh = [key for key in values if isinstance(here, Table) and key not in here]
    for key in fresh:
        here[key] = values[key]
    return [f"{name}.{key} {values[key]}" for key in fresh]


def _add_ebs(doc: TOMLDocument, ebs: Sequence[EbValues]) -> None:
    if "eb" not in doc:
        doc.add("eb", aot())
    blocks = doc["eb"]
    for eb in ebs if isinstance(blocks, AoT) else ():
        blocks.append(_table(eb, {}))


def _table(values: Mapping[str, Any], comments: Mapping[str, str], *head: str) -> Table:
    made = table()
    for line in head:
        made.add(comment(line))
    for name, value in values.items():
        made.add(name, value)
        if name in comments:
            made[name].comment(comments[name])
    return made
