"""Cure of antennas that stand elsewhere than the metadata say: corrections solved for since, applied."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping

from ..diagnose.model import Finding
from ..errors import ScriptError
from ..script import Call, Mark, Script, insert_at_end, set_parameter
from .draft import Draft
from .model import Context
from .places import HAND, calls_of, each_call, elements, rendered, set_if_other, step_of, text_of, values
from .selections import said

__all__ = ["antpos"]

#: Corrections that differ by less are the same, m.
SAME_M = 1e-6
STEPS = ("antpos", "tsys", "wvr")
Offset = tuple[float, float, float]


def antpos(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Correct positions by what the observatory has measured since; a table that is missing is made."""
    names = finding.antennas or tuple(context.positions)
    known = {name: context.positions[name] for name in names if name in context.positions}
    if not known:
        todo = (
            f"The correction of {said(finding.antennas) or 'no antenna'} is not known. Ask the observatory's"
            " service (gencal with caltype = 'antpos' and no antenna does so), or put its antennapos.csv"
            " beside the ASDM and look here again."
        )
        yield Draft(f"Correct the position of {said(finding.antennas)}".rstrip(), "antpos", todo=todo)
        return

    def edit(script: Script, mark: Mark) -> Script:
        calls = _makes(script)
        if not calls:
            script = _made(script, known, context, mark)
        else:
            script = each_call(script, calls, lambda now, call: _moved(now, call, known, mark))
        return _applied(script, _makes(script)[0].parameters["caltable"].text, mark)

    yield Draft(f"Correct the position of {said(known)}", "antpos" if _makes(script) else "tsys", edit)


def _makes(script: Script) -> tuple[Call, ...]:
    return tuple(
        call
        for call in calls_of(script, STEPS, "gencal")
        if values(script, call, "caltype") == ["antpos"] and "caltable" in call.parameters
    )


def _moved(script: Script, call: Call, known: Mapping[str, Offset], mark: Mark) -> Script:
    """Give a call of gencal these corrections besides those that it has."""
    names = (values(script, call, "antenna") or [""])[0]
    listed = [each.strip() for each in names.split(",") if each.strip()]
    try:
        numbers = [float(each) for each in ast.literal_eval(call.parameters["parameter"].text)]
    except (KeyError, ValueError, SyntaxError, TypeError) as error:
        raise ScriptError("its parameter is no list of numbers", script.name, HAND) from error
    if len(numbers) != 3 * len(listed):
        raise ScriptError("it has not three numbers for each antenna", script.name, HAND)
    now = {name: tuple(numbers[3 * n : 3 * n + 3]) for n, name in enumerate(listed)}
    if all(name in now and math.dist(now[name], offset) < SAME_M for name, offset in known.items()):
        return script
    now |= known
    script = set_parameter(script, call, "parameter", _flat(now), mark)
    again = next(each for each in script.calls if each.task == "gencal" and each.start >= call.start)
    return set_if_other(script, again, "antenna", repr(",".join(now)), mark)


def _flat(offsets: Mapping[str, tuple[float, ...]]) -> str:
    return repr([round(each, 9) for offset in offsets.values() for each in offset])


def _made(script: Script, known: Mapping[str, Offset], context: Context, mark: Mark) -> Script:
    """Make the table in the step before the application: another step would shift the numbers of all."""
    table = f"{context.ms}.antpos"
    given = {
        "vis": repr(context.ms),
        "caltable": repr(table),
        "caltype": "'antpos'",
        "antenna": repr(",".join(known)),
        "parameter": _flat(known),
    }
    code = f"os.system('rm -rf {table}')\n" + rendered("gencal", given)
    for item in ("tsys", "wvr"):
        try:
            return insert_at_end(script, step_of(script, item), code, mark)
        except ScriptError:
            continue
    raise ScriptError(
        "has no step for antenna positions", script.name, "Generate it anew: casapilot generate"
    )


def _applied(script: Script, table: str, mark: Mark) -> Script:
    """Apply a table wherever Tsys or WVR are applied."""
    name = text_of(script, table)
    calls = calls_of(script, ("apply-apriori",), "applycal")
    if not calls:
        raise ScriptError("has no application that it could be added to", script.name, HAND)
    calls = tuple(call for call in calls if name not in values(script, call, "gaintable"))
    return each_call(script, calls, lambda now, call: _with_table(now, call, table, mark))


def _with_table(script: Script, call: Call, table: str, mark: Mark) -> Script:
    """Append a table to the lists of an application that go in step."""
    many = len(values(script, call, "gaintable"))
    for name, more in (("spwmap", "[]"), ("interp", "'linear'"), ("gainfield", "''"), ("gaintable", table)):
        param = call.parameters.get(name)
        if param is None:
            continue
        parts = elements(param.text)
        if parts is None and name != "interp":
            raise ScriptError(f"{name} is {param.text}, which is no list", script.name, HAND)
        if parts is not None and len(parts) == many:
            script = set_parameter(script, call, name, f"[{', '.join([*parts, more])}]", mark)
            call = next(each for each in script.calls if each.task == "applycal" and each.start >= call.start)
    return script
