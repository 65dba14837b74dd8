"""Cures in the steps before the split: radiometers, import, fields without coordinates."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ..diagnose.model import Finding
from ..errors import ScriptError
from ..script import Call, Mark, Script, insert_at_end, set_parameter
from .draft import Draft
from .model import Context
from .places import (
    HAND,
    calls_of,
    each_call,
    elements,
    rendered,
    set_if_other,
    step_of,
    text_of,
    values,
)
from .selections import said

__all__ = ["fixplanets", "tbuff", "wvrflag"]


def wvrflag(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Leave a radiometer out: wvrgcal interpolates from its neighbours.

    Where phases stand out behind the correction, a good radiometer is no reason: those of neighbours are
    worse than its own.
    """
    good = context.good_radiometers if finding.item != "wvr" else frozenset()
    names = tuple(name for name in finding.antennas if name not in good)

    def edit(script: Script, mark: Mark) -> Script:
        calls = calls_of(script, ("wvr",), "wvrgcal")
        if not calls:
            raise ScriptError("has no call of wvrgcal", script.name, HAND)
        return each_call(script, calls, lambda now, call: _leave_out(now, call, names, mark))

    if names:
        yield Draft(f"Leave out the radiometer of {said(names)} (wvrflag)", "wvr", edit)


def _leave_out(script: Script, call: Call, names: Sequence[str], mark: Mark) -> Script:
    param = call.parameters.get("wvrflag")
    if param is None:
        return set_parameter(script, call, "wvrflag", repr(list(names)), mark)
    known = _names(script, param.text)
    if known is None:
        raise ScriptError(f"wvrflag is {param.text}, which is made elsewhere", script.name, "Add it there.")
    new = [name for name in names if name not in known]
    if not new:
        return script
    return set_parameter(script, call, "wvrflag", repr([*known, *new]), mark)


def _names(script: Script, text: str) -> list[str] | None:
    """The antennas of a list or of one text: "DA41,DV02"; None where it cannot be told."""
    parts = elements(text)
    value: object = text_of(script, text)
    if parts is None and text.strip() in script.constants:
        return None
    try:
        value = ast.literal_eval(text) if parts is None else [ast.literal_eval(each) for each in parts]
    except (ValueError, SyntaxError):
        return None
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        return None
    return [each.strip() for each in given if each.strip()]


def tbuff(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Stretch the online flags by half an integration at both ends."""
    if not context.integration_s:
        yield Draft("Stretch the online flags (tbuff)", "import", todo="Set tbuff to half an integration.")
        return
    length = f"{0.5 * context.integration_s:.3f}"

    def edit(script: Script, mark: Mark) -> Script:
        calls = calls_of(script, ("import",), "importasdm")
        if not calls:
            raise ScriptError("has no call of importasdm", script.name, HAND)
        return each_call(script, calls, lambda now, call: set_if_other(now, call, "tbuff", length, mark))

    todo = (
        f"The step imports only where there is no MS: remove {context.ms} and its .flagversions, then run it."
    )
    yield Draft(f"Stretch the online flags by {length} s (tbuff)", "import", edit, todo=todo)


def fixplanets(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Give a moving source its coordinates."""
    for name in finding.fields:
        own = context.field_of(name)
        number = str(own.number) if own else name

        def edit(script: Script, mark: Mark, number: str = number) -> Script:
            done = calls_of(script, ("fixplanets", "syscal-times", "import"), "fixplanets")
            if any(number in values(script, call, "field") for call in done):
                return script
            code = rendered("fixplanets", {"vis": repr(context.ms), "field": repr(number), "fixuvw": "True"})
            for item in ("fixplanets", "syscal-times", "import"):
                try:
                    return insert_at_end(script, step_of(script, item), code, mark)
                except ScriptError:
                    continue
            raise ScriptError("has no step of the import", script.name, HAND)

        why = f"{name} is at coordinates 0,0"
        title = f"Find the coordinates of {name} (fixplanets)"
        yield Draft(title, "import", edit, why=why, name=name if len(finding.fields) > 1 else "")
