"""What `casapilot init` shows before it does it: the plan in words, and as JSON."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ._common import table

if TYPE_CHECKING:
    from ...steps.mous.adopt import AdoptedEb, AdoptedStep
    from ...steps.mous.survey import Survey

__all__ = ["adopted_table", "as_json", "plan_lines"]

#: Number of a goal -> the option that says it.
_OPEN = {
    "rms_jy": "--rms",
    "frequency_hz": "--rms-frequency",
    "bandwidth_hz": "--rms-bandwidth",
    "beam_min_arcsec": "--beam",
}


def plan_lines(found: Survey) -> Iterator[str]:
    """What would be done, in lines for a person."""
    wish = found.wish
    yield f"{'Goes on with' if found.known else 'Begins'} {wish.uid} in {wish.root}"
    about = ", ".join(filter(None, (found.project, found.title)))
    yield f"  {about}" if about else "  nothing is known of it yet"
    for eb in found.ebs:
        yield f"  EB {eb.name}: {eb.uid} in {eb.folder if eb.folder != '.' else 'the folder itself'}"
    for job in found.brings:
        yield f"  {job.how.value} {job.source} -> {job.target.relative_to(wish.root)}"
    for source, target in found.lists.items():
        yield f"  copy {source} -> {target.relative_to(wish.root)}, for the generator"
    if found.known is None and len(found.ebs) > 1:
        yield "  Combination/calibrated, because there is more than one EB"
    yield from (f"  {line}" for line in _goal(found))
    if found.room:
        yield f"  {found.room.words}"
    yield from (f"  {remark}" for remark in found.remarks)
    yield from (f"  Doubt: {doubt}" for doubt in found.doubts)
    for each in found.adopted:
        yield from _adopted(each)


def _goal(found: Survey) -> Iterator[str]:
    goal = found.goal
    for line in goal.lines():
        yield f"Asked for: {line}"
    if goal.caution:
        yield goal.caution
    lacking = [option for name, option in _OPEN.items() if name in goal.missing]
    if lacking and found.known is None:
        yield f"Not known of the goal: {', '.join(lacking)} (mous.toml keeps a place for it)"


def _adopted(each: AdoptedEb) -> Iterator[str]:
    yield ""
    yield f"{each.eb.name} was begun by hand; nothing of it is moved or changed:"
    yield from adopted_table(each).splitlines()
    yield from (f"  {doubt}" for doubt in each.doubts)


def adopted_table(each: AdoptedEb) -> str:
    """The steps of an EB that was begun by hand: what was found, and how far each has come."""
    rows = [["step", "", "likely", "when (UTC)", "product", "log", "doubts"]]
    for step in each.steps:
        products = _few(step.products, f"{each.eb.uid}.")
        rows.append(
            [
                _number(step),
                step.title[:34],
                step.likely.value,
                _when(step),
                products,
                step.log,
                _doubts(step),
            ]
        )
    return table(rows)


def _number(step: AdoptedStep) -> str:
    return "" if step.number is None else str(step.number)


def _doubts(step: AdoptedStep) -> str:
    return "; ".join((*([step.why] if step.why else []), *step.doubts))


def _few(names: tuple[str, ...], prefix: str) -> str:
    short = [name.replace(prefix, ".") for name in names]
    return ", ".join(short[:2]) + (f" and {len(short) - 2} more" if len(short) > 2 else "")


def _when(step: AdoptedStep) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(step.end)) if step.end else ""


def as_json(found: Survey, **more: Any) -> dict[str, Any]:
    """The plan, or what was done, for scripts."""
    goal, room = found.goal, found.room
    return {
        "uid": found.wish.uid,
        "root": str(found.wish.root),
        "project": found.project,
        "title": found.title,
        "sb": found.sb,
        "ebs": [
            {"name": eb.name, "uid": eb.uid, "folder": eb.folder, "script": eb.names[3]} for eb in found.ebs
        ],
        "asdms": [
            {"how": job.how.value, "from": str(job.source), "to": str(job.target)} for job in found.brings
        ],
        "goal": {name: getattr(goal, name) for name in (*_OPEN, "beam_max_arcsec")}
        | {
            "name": goal.name,
            "sources": [each.name for each in goal.sources],
            "arrays": goal.arrays,
            "from": dict(goal.origin),
        },
        "facts": dict(found.facts),
        "room": {"needed_bytes": room.needed_bytes, "free_bytes": room.free_bytes} if room else None,
        "remarks": found.remarks,
        "doubts": found.doubts,
        "adopted": [_adopted_json(each) for each in found.adopted],
        **more,
    }


def _adopted_json(each: AdoptedEb) -> dict[str, Any]:
    steps = [
        {
            "step": step.number, "title": step.title, "likely": step.likely.value, "products": step.products,
            "missing": step.missing, "start": step.start, "end": step.end, "log": step.log, "why": step.why,
            "doubts": step.doubts,
        }
        for step in each.steps
    ]  # fmt: skip
    return {"eb": each.eb.name, "script": each.eb.script, "steps": steps, "doubts": each.doubts}
