"""Cures of system temperatures: bad ones flagged, those of another scan or source in their place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from ..diagnose.model import Finding
from ..errors import ScriptError
from ..script import Call, Mark, Script, insert_after, set_parameter
from . import standin
from .draft import Draft
from .model import Context, FieldFact
from .places import HAND, calls_of, each_call, elements, rendered, step_of, text_of, values
from .selections import flags_already, said, selection

__all__ = ["flag_tsys", "tsys_gainfield"]


@dataclass(frozen=True, slots=True)
class _Bad:
    """Solutions of a Tsys table that are to be flagged."""

    antennas: tuple[str, ...]
    pols: tuple[int, ...]
    """As the table numbers them: 0 is X or R, 1 is Y or L."""
    selected: Mapping[str, str]
    """Parameter of flagdata -> what it selects; empty for all."""
    instead: Mapping[int, int]
    """Bad scan -> the good one whose Tsys stands in for it."""

    @property
    def clipped(self) -> str:
        """The polarisation that is flagged alone, as flagdata calls it in a caltable; empty for both.

        flagdata's manual mode selects no polarisation in a caltable: it does nothing, and does not say so.
        Clipping to the range from 0 to next to 0 flags every value of it.
        """
        return "" if len(self.pols) > 1 else f"Sol{self.pols[0] + 1}"

    def call(self, table: str) -> str:
        """The call that flags them; `table` is Python source."""
        how = {"mode": "'manual'"}
        if self.clipped:
            how = {"mode": "'clip'", "datacolumn": "'FPARAM'"}
            how |= {"correlation": repr(self.clipped), "clipminmax": "[0.0, 1e-30]"}
        chosen = {name: repr(text) for name, text in self.selected.items() if text}
        return rendered("flagdata", {"vis": table, **how, **chosen, "flagbackup": "False"})

    def is_flagged(self, script: Script, table: str) -> bool:
        """Whether the step flags them already, alone or with the other polarisation."""
        alone = {**self.selected, "mode": "clip", "correlation": self.clipped}
        wanted = (alone, self.selected) if self.clipped else (self.selected,)
        return any(flags_already(script, "tsys", table, each) for each in wanted)


def flag_tsys(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Flag Tsys solutions between their making and their application.

    Where another scan is good, its Tsys stands in: applycal flags all data that have a flagged Tsys next to
    them in time.
    """
    if not finding.antennas:
        return
    if standin.is_always(finding.scans, context):
        todo = (
            "No good scan is left. Its noise may be real, and its weight low for it; else flag the antenna."
        )
        yield Draft(f"Leave the Tsys of {said(finding.antennas)}: it is so in all scans", "tsys", todo=todo)
        return
    bad = _bad(finding, context)
    who = said(finding.antennas) + (f" {finding.pols[0]}" if bad.clipped else "")
    where = f" in scan {bad.selected['scan']}" if bad.selected["scan"] else ""
    where += f", spw {bad.selected['spw']}" if bad.selected["spw"] else ""
    where += f"; scan {selection(bad.instead.values())} stands in" if bad.instead else ""
    yield Draft(
        f"Flag the Tsys of {who}{where}",
        "tsys",
        partial(_flag, bad=bad),
        cost="" if bad.instead else f"data of {who} with this Tsys next to them: applycal flags them",
    )


def _bad(finding: Finding, context: Context) -> _Bad:
    pols: tuple[int, ...] = (0, 1)
    if len(finding.pols) == 1:
        pols = (0,) if finding.pols[0].upper().startswith(("X", "R")) else (1,)
    selected = {
        "antenna": ",".join(finding.antennas),
        "spw": selection(finding.spws),
        "scan": selection(finding.scans),
    }
    return _Bad(finding.antennas, pols, selected, standin.stand_ins(finding.scans, context))


def _flag(script: Script, mark: Mark, bad: _Bad) -> Script:
    step_of(script, "tsys")
    made = [call for call in calls_of(script, ("tsys",), "gencal") if "caltable" in call.parameters]
    if not made:
        raise ScriptError("has no call of gencal that makes a Tsys table", script.name, HAND)
    table = made[0].parameters["caltable"].text
    flag = "" if bad.is_flagged(script, table) else bad.call(table)
    fill = standin.code(script, table, bad.antennas, bad.pols, bad.instead)
    if not flag and not fill:
        return script
    flags = [call for call in calls_of(script, ("tsys",), "flagdata") if values(script, call, "vis")]
    return insert_after(script, flags[-1] if flags else made[0], "\n".join(filter(None, (flag, fill))), mark)


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
