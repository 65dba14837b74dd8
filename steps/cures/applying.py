"""Cures of what is applied to what: fields left out, flux densities, fields of several blocks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial

from ..diagnose.model import Finding
from ..errors import ScriptError
from ..script import Call, Mark, Script, comment_out, drop_item, set_parameter
from ..script.splice import Change, apply
from .draft import Draft
from .model import Context, FluxFact
from .places import HAND, calls_of, each_call, set_if_other, step_of, values

__all__ = ["dirtol", "setjy_flux", "take_out_field"]

#: Pointings of one field that differ by less are the same (rounding in different blocks).
DIRTOL = "1arcsec"
_GHZ = re.compile(r"([\d.eE+-]+)\s*(GHz|MHz|Hz)?", re.IGNORECASE)
_HZ = {"ghz": 1e9, "mhz": 1e6, "hz": 1.0, "": 1e9}
SAME = 1e-4


def take_out_field(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Ask applycal for fields that have data and solutions only."""
    item = "apply-apriori" if finding.item == "apply-apriori" else "apply"
    for name in finding.fields:
        own = context.field_of(name)
        names = (str(own.number), own.name) if own else (name,)
        yield Draft(
            f"Leave {name} out of the application",
            item,
            partial(_taken_out, item=item, names=names),
            name=name if len(finding.fields) > 1 else "",
        )


def _taken_out(script: Script, mark: Mark, item: str, names: tuple[str, ...]) -> Script:
    step_of(script, item)
    return each_call(
        script, calls_of(script, (item,), "applycal"), lambda now, call: _without(now, call, names, mark)
    )


def _without(script: Script, call: Call, names: tuple[str, ...], mark: Mark) -> Script:
    param = call.parameters.get("field")
    if param is None:
        return script
    if param.text.isidentifier() and param.text not in script.constants:
        return _out_of_loop(script, call, param.text, names, mark)
    parts = [each.strip() for each in ",".join(values(script, call, "field")).split(",")]
    hit = [name for name in names if name in parts or (name.isdecimal() and _in_range(parts, int(name)))]
    if not hit:
        return script
    if len(parts) == 1 and parts[0] == hit[0]:
        return comment_out(script, call, mark)
    return drop_item(script, call, "field", hit[0], mark)


def _in_range(parts: list[str], number: int) -> bool:
    for part in parts:
        first, mark, last = part.partition("~")
        if mark and first.isdecimal() and last.isdecimal() and int(first) <= number <= int(last):
            return True
    return False


def _out_of_loop(script: Script, call: Call, name: str, names: tuple[str, ...], mark: Mark) -> Script:
    """Take an item out of the list of the loop around a call: ``for i in ['0', '2']:``."""
    node = script.source.tree.root_node.descendant_for_byte_range(call.start, call.end)
    while node is not None and not (
        node.type == "for_statement"
        and (left := node.child_by_field_name("left")) is not None
        and script.source.text(left.start_byte, left.end_byte) == name
    ):
        node = node.parent
    right = node.child_by_field_name("right") if node is not None else None
    if node is None or right is None or right.type != "list":
        raise ScriptError(f"field is {name}, which is made elsewhere", script.name, HAND)
    try:
        items = [str(each) for each in ast.literal_eval(script.source.text(right.start_byte, right.end_byte))]
    except (ValueError, SyntaxError) as error:
        raise ScriptError("the list of its loop is not written out", script.name, HAND) from error
    left_over = [each for each in items if each not in names]
    if left_over == items:
        return script
    if not left_over:
        raise ScriptError("the loop runs over nothing else", script.name, "Comment it out by hand.")
    line = script.source.lines[script.source.line_number(node.start_byte) - 1]
    what = f"{', '.join(each for each in items if each in names)} taken out of the loop"
    text = script.content[line.start : line.body] + mark.comment(what).encode("ascii", "replace")
    return apply(
        script,
        [
            Change(line.start, line.start, text + script.source.newline),
            Change(right.start_byte, right.end_byte, repr(left_over).encode()),
        ],
    )


def setjy_flux(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Give the flux calibrator the flux density that is known of it."""
    chosen = [
        each
        for each in context.fluxes
        if not finding.fields or context.field_of(str(each.field)) in map(context.field_of, finding.fields)
    ]
    for fact in chosen:
        own = context.field_of(str(fact.field))
        name = own.name if own else str(fact.field)
        yield Draft(
            f"Set {name} to {fact.flux_jy:.4g} Jy at {fact.frequency_hz / 1e9:.1f} GHz",
            "flux-model",
            partial(_modelled, fact=fact, name=name),
            why=f"{fact.source}; {finding.title}",
        )
    if not chosen:
        todo = "Look its flux density up, or give one (casapilot flux --help); then look here again."
        yield Draft("Set the flux density of the calibrator", "flux-model", todo=todo)


def _modelled(script: Script, mark: Mark, fact: FluxFact, name: str) -> Script:
    calls = [
        call
        for call in calls_of(script, ("flux-model",), "setjy")
        if {name, str(fact.field)} & set(",".join(values(script, call, "field")).split(","))
        and "fluxdensity" in call.parameters
    ]
    if not calls:
        raise ScriptError(f"sets no flux density of {name}", script.name, HAND)
    return each_call(script, tuple(calls), lambda now, call: _set_flux(now, call, fact, mark))


def _set_flux(script: Script, call: Call, fact: FluxFact, mark: Mark) -> Script:
    """At the frequency that the call refers to."""
    found = _GHZ.fullmatch((values(script, call, "reffreq") or [""])[0].strip())
    hertz = float(found[1]) * _HZ[(found[2] or "").lower()] if found else fact.frequency_hz
    jansky = round(fact.flux_jy * (hertz / fact.frequency_hz) ** fact.spix, 6)
    wanted = {"fluxdensity": repr([jansky, 0, 0, 0]), "spix": repr(round(fact.spix, 4))}
    if not found:
        wanted["reffreq"] = repr(f"{hertz / 1e9:.6f}GHz")
    if _close(call, jansky, fact.spix):
        return script
    for parameter, text in wanted.items():
        script = set_if_other(script, call, parameter, text, mark)
        call = next(each for each in script.calls if each.task == "setjy" and each.start >= call.start)
    return script


def _close(call: Call, jansky: float, spix: float) -> bool:
    try:
        now = ast.literal_eval(call.parameters["fluxdensity"].text)
        index = ast.literal_eval(call.parameters["spix"].text) if "spix" in call.parameters else 0.0
        first = float(now[0] if isinstance(now, list | tuple) else now)
        return abs(first - jansky) <= SAME * abs(jansky) and abs(float(index) - spix) <= SAME
    except (ValueError, SyntaxError, TypeError, KeyError, IndexError):
        return False


def dirtol(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Let concat take pointings that differ by rounding for one field."""

    def edit(script: Script, mark: Mark) -> Script:
        calls = tuple(call for call in script.calls if call.task == "concat" and not call.commented)
        if not calls:
            todo = f"dirtol = '{DIRTOL}' in the concat of the combination's script."
            raise ScriptError("has no call of concat", script.name, todo)
        return each_call(
            script,
            calls,
            lambda now, call: (
                now if "dirtol" in call.parameters else set_parameter(now, call, "dirtol", repr(DIRTOL), mark)
            ),
        )

    yield Draft(f"Take pointings within {DIRTOL} for one field (dirtol)", "combine", edit)
