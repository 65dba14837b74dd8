"""How far a reduction by hand has come: the likely state of each step, from its products and logs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from .byhand import HandEb
from .logged import Log, LoggedStep, read_log, steps_of
from .products import Product, ProductKind, made_at, older_saves, products_of

if TYPE_CHECKING:
    from ..script import Call, Script, Step
    from ..watch.frames import TaskFrame

__all__ = ["AdoptedEb", "AdoptedStep", "Likely", "assess"]

#: Two files written in one go may differ by this, s.
_SAME_MOMENT_S = 2.0
#: The first line of code of a block, and how deep it stands.
_CODE = re.compile(rb"^([ \t]*)[^\s#]", re.MULTILINE)
#: Tasks of which one more in the script than in the log means that it was put in since.
_CHANGES_DATA = frozenset("flagdata flagcmd gencal setjy gaincal bandpass applycal split mstransform".split())


class Likely(str, Enum):
    """How far a step has probably come."""

    DONE = "done"
    PARTLY = "partly"
    NOT = "not done"
    UNTOLD = "not told"
    """Nothing tells: it makes no file, and no log speaks of it."""


@dataclass(frozen=True, slots=True)
class AdoptedStep:
    """One step of a script and what was found of it."""

    number: int | float | str | None
    title: str
    likely: Likely
    products: tuple[str, ...] = ()
    """What it has made, as found."""
    missing: tuple[str, ...] = ()
    start: float | None = None
    """Unix time, s; None where nothing tells."""
    end: float | None = None
    log: str = ""
    """Name of the log that tells of it."""
    casa: str = ""
    why: str = ""
    """Why it is not simply done."""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdoptedEb:
    """One EB and its steps."""

    eb: HandEb
    steps: tuple[AdoptedStep, ...] = ()
    doubts: tuple[str, ...] = ()
    """What concerns all of it, in whole sentences."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    step: Step
    products: list[Product]
    logged: LoggedStep | None
    runs: int = 0
    there: list[Product] = field(default_factory=list)


def assess(root: Path, ebs: Sequence[HandEb]) -> tuple[AdoptedEb, ...]:
    """Tell for each EB how far its script's steps have come. Only reads.

    Parameters
    ----------
    root : Path
        Folder of the MOUS.
    ebs : sequence of HandEb
        As `find_by_hand` gives them.

    Returns
    -------
    tuple of AdoptedEb
        In the order of `ebs`.
    """
    logs: dict[Path, Log] = {}
    return tuple(_assess(root, eb, logs) for eb in ebs)


def _assess(root: Path, eb: HandEb, logs: dict[Path, Log]) -> AdoptedEb:
    from ..script import Script  # it takes a moment to import

    folder, doubts = eb.folder(root), []
    if eb.foreign:
        doubts.append(f"{eb.name}: of another EB, so not taken: {', '.join(eb.foreign)}. Is it a copy?")
    if not eb.script:
        return AdoptedEb(eb, (), (*doubts, f"{eb.name}: there is no calibration script, so no steps."))
    script = Script.read(folder / eb.script)
    if eb.other_scripts:
        doubts.append(f"{eb.name}: goes by {eb.script}; also there: {', '.join(eb.other_scripts)}.")
    logged = [run for run in steps_of(_read(eb.logs(root), logs)) if _is_of(run, eb, folder)]
    evidence = [_evidence(script, step, folder, logged) for step in script.steps]
    steps = _settle([_judge(script, each, folder) for each in evidence])
    last = max((step.end for step in steps if step.end), default=0.0)
    written = made_at(folder / eb.script) or 0.0
    if last and written > last + _SAME_MOMENT_S:
        doubts.append(
            f"{eb.name}: {eb.script} is newer than the last step that it ran: edited since, or copied."
        )
    return AdoptedEb(eb, tuple(steps), tuple(doubts))


def _read(paths: Sequence[Path], logs: dict[Path, Log]) -> list[Log]:
    for path in paths:
        if path not in logs:
            try:
                logs[path] = read_log(path)
            except OSError:
                logs[path] = Log(path)
    return [logs[path] for path in paths]


def _is_of(run: LoggedStep, eb: HandEb, folder: Path) -> bool:
    """Whether a logged step was of this EB: its calls say so, or else the place of its log."""
    return eb.uid in run.uids if run.uids else eb.is_alone and run.log.parent == folder


def _evidence(script: Script, step: Step, folder: Path, logged: Sequence[LoggedStep]) -> _Evidence:
    products = products_of(script, step)
    runs = [run for run in logged if _same_step(run, step)]
    there = [product for product in products if product.is_there(folder)]
    return _Evidence(step, products, runs[-1] if runs else None, len(runs), there)


def _same_step(run: LoggedStep, step: Step) -> bool:
    """By title; numbers shift between scripts, so they only tell where there is no title."""
    title = _plain(step.name)
    return _plain(run.title) == title if title else run.number == str(step.number)


def _plain(title: str) -> str:
    return re.sub(r"\W+", " ", title).strip().lower()


def _judge(script: Script, it: _Evidence, folder: Path) -> AdoptedStep:
    missing = [product for product in it.products if product not in it.there]
    likely, why = _likely(it, missing)
    times = [time for product in it.there if (time := product.time(folder)) is not None]
    run = it.logged
    return AdoptedStep(
        number=it.step.number,
        title=it.step.name,
        likely=likely,
        products=tuple(map(str, it.there)),
        missing=tuple(map(str, missing)),
        start=run.start if run else (min(times) if times else None),
        end=run.end if run else (max(times) if times else None),
        log=run.log.name if run else "",
        casa=run.casa if run else "",
        why=why,
        doubts=tuple(_doubts(script, it, folder)) if likely is Likely.DONE else (),
    )


def _likely(it: _Evidence, missing: Sequence[Product]) -> tuple[Likely, str]:
    gone = ", ".join(map(str, missing[:3])) + (" ..." if len(missing) > 3 else "")
    if it.logged is not None and it.logged.trouble:
        return Likely.PARTLY, it.logged.trouble
    if not it.products:
        return (Likely.DONE, "") if it.logged is not None else (Likely.UNTOLD, "")
    if not missing:
        return Likely.DONE, ""
    if it.logged is not None:
        return (Likely.PARTLY if it.there else Likely.NOT), f"it ran, but there is no {gone}"
    return (Likely.PARTLY, f"there is no {gone}") if it.there else (Likely.NOT, "")


def _doubts(script: Script, it: _Evidence, folder: Path) -> Iterator[str]:
    if it.logged is None:
        yield "no log tells of it"
    for product in it.there:
        made = product.time(folder)
        for name in product.inputs:
            source = made_at(folder / name)
            if made is not None and source is not None and source > made + _SAME_MOMENT_S:
                yield f"{product} is older than {name}, which it is made from"
        if product.kind is ProductKind.VERSION:
            older = older_saves(folder, product.name, product.part)
            if older:
                yield (
                    f"{product.part} of {product.name} was saved {len(older) + 1} times: what was first "
                    f"saved under that name is {older[0]} now"
                )
    if it.logged is not None:
        yield from _differences(script, it.step, it.logged.tasks)


def _differences(script: Script, step: Step, tasks: Sequence[TaskFrame]) -> Iterator[str]:
    """Where the log has a call with other values than the script has now."""
    calls = [call for call in script.calls_in(step) if not call.commented]
    for name in dict.fromkeys(call.task for call in calls):
        now = [call for call in calls if call.task == name]
        then = [values for task in tasks if task.name == name and (values := _values(task.call))]
        if len(now) != len(then):
            always = _always_run(script, step, now)
            logged = sum(task.name == name for task in tasks)
            if name in _CHANGES_DATA and tasks and always > logged:
                yield f"the script has {name} {always} times now, the log {logged}: edited since"
                return
            continue
        for call, values in zip(now, then, strict=True):
            for parameter, written in call.parameters.items():
                wanted = _literal(written.text)
                if wanted is not None and parameter in values and values[parameter] != wanted:
                    yield f"the log has {name} with {parameter} = {values[parameter]}, the script {wanted}"
                    return


def _always_run(script: Script, step: Step, calls: Sequence[Call]) -> int:
    """How many of some calls stand in the step itself, under no condition and in no loop."""
    first = _CODE.search(script.content, step.body_start, step.end)
    depth = len(first[1]) if first else 0
    return sum(call.start - 1 - script.content.rfind(b"\n", 0, call.start) == depth for call in calls)


def _values(call: str) -> dict[str, str]:
    """The arguments of a logged call as far as they are literal; none where it cannot be parsed."""
    try:
        node = ast.parse(call.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return {}
    if not isinstance(node, ast.Call):
        return {}
    given = {word.arg: _literal(ast.unparse(word.value)) for word in node.keywords if word.arg}
    return {name: value for name, value in given.items() if value is not None}


def _literal(text: str) -> str | None:
    """A literal value in a form one can compare: 3 is 3.0, ['a'] is 'a'; None where it is no literal."""
    try:
        value = {"T": True, "F": False}.get(text) if text in ("T", "F") else ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    values = list(value) if isinstance(value, list | tuple) else [value]
    return ", ".join(map(_normal, values))


def _normal(value: object) -> str:
    try:
        return f"{float(value):g}" if not isinstance(value, bool) else str(value)  # type: ignore[arg-type]  # what is no number raises
    except (TypeError, ValueError):
        return str(value).strip()


def _settle(steps: Sequence[AdoptedStep]) -> list[AdoptedStep]:
    """Let what comes after a step tell of it, where nothing else does."""
    last = max((n for n, step in enumerate(steps) if step.likely is Likely.DONE), default=-1)
    found: list[AdoptedStep] = []
    for n, step in enumerate(steps):
        if n < last and step.likely is Likely.UNTOLD:
            time = found[-1].end if found else None
            doubts = ("nothing tells whether it ran; steps after it did",)
            step = replace(step, likely=Likely.DONE, doubts=doubts, start=time, end=time)
        elif n < last and step.likely is Likely.NOT and step.log:
            doubts = (f"{', '.join(step.missing[:2])}: gone since it ran",)
            step = replace(step, likely=Likely.DONE, doubts=doubts, why="")
        elif step.likely is Likely.UNTOLD:
            step = replace(step, likely=Likely.NOT)
        found.append(step)
    return found
