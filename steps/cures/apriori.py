"""Cures in the steps before the split: radiometers, Tsys, positions, import, fields without coordinates."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence
from functools import partial

from ..diagnose.model import Finding
from ..errors import ScriptError
from ..script import Call, Mark, Script, insert_after, insert_at_end, set_parameter
from . import standin
from .draft import Draft
from .model import Context, FieldFact
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
from .selections import flags_already, said, selection

__all__ = ["fixplanets", "flag_tsys", "tbuff", "tsys_gainfield", "wvrflag"]


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


def flag_tsys(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Flag Tsys solutions between their making and their application.

    A polarisation cannot be selected by flagdata's manual mode in a caltable (it does nothing, and does not
    say so); clipping to the range from 0 to next to 0 flags every value of it. Where another
    scan is good, its Tsys stands in: applycal flags all data that have a flagged Tsys next to them in time.
    """
    if not finding.antennas:
        return
    if standin.is_always(finding.scans, context):
        todo = (
            "No good scan is left. Its noise may be real, and its weight low for it; else flag the antenna."
        )
        yield Draft(f"Leave the Tsys of {said(finding.antennas)}: it is so in all scans", "tsys", todo=todo)
        return
    one = len(finding.pols) == 1
    first = finding.pols[:1] and finding.pols[0].upper().startswith(("X", "R"))
    pols = (0, 1) if not one else (0,) if first else (1,)
    instead = standin.stand_ins(finding.scans, context)
    wanted = {
        "antenna": ",".join(finding.antennas),
        "spw": selection(finding.spws),
        "scan": selection(finding.scans),
    }
    clip = {
        "mode": "'clip'",
        "datacolumn": "'FPARAM'",
        "correlation": repr("Sol1" if first else "Sol2"),
        "clipminmax": "[0.0, 1e-30]",
    }

    def edit(script: Script, mark: Mark) -> Script:
        step = step_of(script, "tsys")
        made = [call for call in calls_of(script, ("tsys",), "gencal") if "caltable" in call.parameters]
        if not made:
            raise ScriptError("has no call of gencal that makes a Tsys table", script.name, HAND)
        table = made[0].parameters["caltable"].text
        known = (
            {**wanted, "mode": "clip", "correlation": ast.literal_eval(clip["correlation"])}
            if one
            else wanted
        )
        done = flags_already(script, "tsys", table, known) or flags_already(script, "tsys", table, wanted)
        fill = standin.code(script, table, finding.antennas, pols, instead)
        if done and not fill:
            return script
        chosen = {name: repr(text) for name, text in wanted.items() if text}
        how = clip if one else {"mode": "'manual'"}
        flag = rendered("flagdata", {"vis": table, **how, **chosen, "flagbackup": "False"})
        code = "\n".join(part for part in ("" if done else flag, fill) if part)
        at = [call for call in calls_of(script, ("tsys",), "flagdata") if values(script, call, "vis")]
        return insert_after(script, at[-1] if at else made[0], code, mark) if step else script

    who = said(finding.antennas) + (f" {finding.pols[0]}" if one else "")
    where = f" in scan {wanted['scan']}" if wanted["scan"] else ""
    where += f", spw {wanted['spw']}" if wanted["spw"] else ""
    if instead:
        where += f"; scan {selection(instead.values())} stands in"
    yield Draft(
        f"Flag the Tsys of {who}{where}",
        "tsys",
        edit,
        cost="" if instead else f"data of {who} with this Tsys next to them: applycal flags them",
    )


def tsys_gainfield(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Let a field without a Tsys of its own take that of the source nearest in the sky."""
    for name in finding.fields:
        own = context.field_of(name)
        with_tsys = [each for each in context.fields if each.number in context.tsys_fields and each != own]
        is_known = own is not None and (own.ra_rad, own.dec_rad) != (0.0, 0.0)
        if own is None or not is_known or not with_tsys:
            todo = "Which fields have Tsys is not known: see the listobs, and set gainfield in this applycal."
            yield Draft(f"Tsys of another source for {name}", "apply-apriori", todo=todo, name=name)
            continue
        nearest = min(with_tsys, key=lambda each: standin.angle(own, each))
        angle = math.degrees(standin.angle(own, nearest))
        yield Draft(
            f"Take the Tsys of {nearest.name} for {own.name}",
            "apply-apriori",
            partial(_map_tsys, own=own, nearest=nearest),
            why=f"{own.name} has no Tsys of its own; {nearest.name} is {angle:.1f} degrees away",
            name=name if len(finding.fields) > 1 else "",
        )


def _map_tsys(script: Script, mark: Mark, own: FieldFact, nearest: FieldFact) -> Script:
    calls = [
        call
        for call in calls_of(script, ("apply-apriori",), "applycal")
        if {own.name, str(own.number)} & set(",".join(values(script, call, "field")).split(","))
    ]
    if not calls:
        raise ScriptError(f"no applycal names {own.name} alone", script.name, HAND)
    return each_call(script, tuple(calls), lambda now, call: _with_tsys_of(now, call, nearest, mark))


def _with_tsys_of(script: Script, call: Call, nearest: FieldFact, mark: Mark) -> Script:
    tables = values(script, call, "gaintable")
    at = next((n for n, table in enumerate(tables) if table.endswith(".tsys")), None)
    if at is None:
        raise ScriptError("this applycal applies no Tsys table", script.name, HAND)
    param = call.parameters.get("gainfield")
    parts = (elements(param.text) if param else None) or ["''"] * len(tables)
    if len(parts) <= at:
        parts += ["''"] * (at + 1 - len(parts))
    if text_of(script, parts[at]) in (nearest.name, str(nearest.number)):
        return script
    parts[at] = repr(str(nearest.number))
    return set_parameter(script, call, "gainfield", f"[{', '.join(parts)}]", mark)


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
