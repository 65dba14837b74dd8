"""Edits of a script: each touches only the bytes it means to, marks itself, and gives a new script."""

from __future__ import annotations

from ..errors import ScriptError
from .arguments import addition, argument, removal
from .marks import Mark, encoded
from .model import Call, Step
from .script import Script
from .splice import Change, apply, own_line, where
from .typed import check_value

__all__ = ["find_call", "live", "mark_above", "remove_parameter", "set_parameter", "short"]


def find_call(
    script: Script, step: Step | None, task: str, nth: int | None = None, *, commented: bool = False
) -> Call:
    """The `nth` call of `task` in a step (of the whole script when None), counted from 1.

    A task with a dot is a call of a helper: ``es.checkCalTable``.

    ScriptError where there is none, or several and `nth` was not given.
    """
    calls = script.helpers if "." in task else script.calls
    calls = tuple(call for call in calls if step is None or step.start <= call.start < step.end)
    calls = tuple(call for call in calls if call.commented == commented)
    found = [call for call in calls if call.task == task]
    place = "the script" if step is None else f"step {step.number} {step.name}".rstrip()
    what = f"call of {task}" + (" that is commented out" if commented else "")
    if not found:
        others = ", ".join(sorted({call.task for call in calls})) or "none"
        raise ScriptError(f"{place} has no {what}", script.name, f"Calls there: {others}.")
    if nth is None and len(found) == 1:
        return found[0]
    if nth is None or not 1 <= nth <= len(found):
        lines = ", ".join(f"{index} in line {call.line}" for index, call in enumerate(found, 1))
        asked = "which one is not said" if nth is None else f"there is no number {nth}"
        raise ScriptError(f"{place} has {len(found)} x {what}; {asked}", script.name, f"Say --nth: {lines}.")
    return found[nth - 1]


def set_parameter(script: Script, call: Call, name: str, value: str, mark: Mark) -> Script:
    """Give a parameter a new value; add it where the call has none of that name.

    Parameters
    ----------
    script, call
        The call must be one of the script's, and not commented out.
    name : str
        Name of the parameter.
    value : str
        Python source of the value (`typed.as_value` makes it from what a person typed).
    mark : Mark
        Who, when and why.
    """
    live(script, call)
    check_value(script, call, value)
    new = _bytes(script, call, value)
    param = call.parameters.get(name)
    if param is not None:
        change = Change(param.start, param.end, new)
        what = f"{call.task} {name} {short(param.text)} -> {short(value)}"
    elif name.isidentifier() and name.isascii():
        change = addition(script, call, name.encode(), new)
        what = f"{call.task} {name} = {short(value)} added"
    else:
        raise ScriptError(f"{name!r} cannot be the name of a parameter", where(script, call.start))
    return apply(script, [change, mark_above(script, call.start, mark, what)])


def remove_parameter(script: Script, call: Call, name: str, mark: Mark) -> Script:
    """Take a parameter out of a call, with its comma, and with its line where nothing else stands in it."""
    live(script, call)
    param = call.parameters.get(name)
    if param is None:
        has = ", ".join(call.parameters) or "none"
        raise ScriptError(
            f"{call.task} has no parameter {name}", where(script, call.start), f"It has: {has}."
        )
    start, end = argument(script, call, param)
    if start == param.start:
        raise ScriptError(
            f"{name} is given by its place, not by its name", where(script, start), "Edit it by hand."
        )
    what = f"{call.task} {name} = {short(param.text)} removed"
    return apply(script, [removal(script, call, start, end), mark_above(script, call.start, mark, what)])


def mark_above(script: Script, offset: int, mark: Mark, what: str) -> Change:
    """The comment line above the logical line that `offset` lies in."""
    line = own_line(script, offset)
    source = script.source
    text = source.content[line.start : line.body] + encoded(source, mark.comment(what)) + source.newline
    return Change(line.start, line.start, text)


def live(script: Script, call: Call) -> None:
    """Refuse a call that is commented out."""
    if call.commented:
        raise ScriptError(
            f"this call of {call.task} is commented out", where(script, call.start), "Comment it in first."
        )


def short(text: str) -> str:
    """A value in one line of at most 60 characters."""
    words = " ".join(text.split())
    return words if len(words) <= 60 else words[:57] + "..."


def _bytes(script: Script, call: Call, value: str) -> bytes:
    source = script.source
    encoding = "ascii" if source.content.isascii() and script.is_python2 else source.encoding
    try:
        return value.encode(encoding)
    except UnicodeEncodeError as error:
        raise ScriptError(
            f"{value!r} has letters that this script cannot hold",
            where(script, call.start),
            f"It is {encoding}.",
        ) from error
