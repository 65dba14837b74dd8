"""Selections of data as flagdata takes them, and whether a script flags them already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..diagnose.model import Finding
from ..errors import ScriptError
from ..script import Call, Script
from .model import Context
from .places import A_PRIORI, calls_of, is_split_numbered_anew, numbers, text_of, values

__all__ = ["correlations", "flags_already", "said", "selection", "split_spws"]

_SELECTS = ("antenna", "field", "spw", "scan", "correlation", "timerange", "intent", "uvrange", "observation")


def selection(items: Iterable[int]) -> str:
    """Numbers as CASA selects them: 3, 4, 5, 8 as "3~5,8"."""
    runs: list[list[int]] = []
    for number in sorted(set(items)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}~{b}" if b > a + 1 else f"{a},{b}" for a, b in runs)


def said(names: Iterable[object], most: int = 4) -> str:
    """A few names in a sentence: "DA41, DV02 and 3 more"."""
    known = [str(each) for each in names]
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def correlations(pols: Iterable[str], context: Context) -> str:
    """The correlations that a polarisation of an antenna is in; empty for all."""
    wanted = {pol.upper()[:1] for pol in pols} & {"X", "Y", "R", "L"}
    products = {each for window in context.windows for each in window.products} or {"XX", "YY"}
    hit = sorted(each for each in products if wanted & set(each))
    return "" if not wanted or set(hit) == products else ",".join(hit)


def split_spws(finding: Finding, script: Script, context: Context) -> tuple[int, ...]:
    """The science spws of a finding, as the split data number them; empty for all.

    A Tsys window is none of them: what is wrong with it concerns the science windows that it serves, and
    those are not known here.
    """
    science = [window.number for window in context.windows]
    anew = is_split_numbered_anew(script)
    if finding.item in A_PRIORI:
        known = [each for each in finding.spws if each in science]
        if len(known) < len(finding.spws):
            return ()
        found = [science.index(each) if anew else each for each in known]
    else:
        found = list(finding.spws)
    all_of_them = set(range(len(science))) if anew else set(science)
    return () if science and set(found) >= all_of_them else tuple(sorted(set(found)))


def flags_already(script: Script, item: str, vis: str, wanted: Mapping[str, str]) -> bool:
    """Whether a call of flagdata in an item's step flags all of a selection.

    Parameters
    ----------
    vis : str
        Name of the table or MS, as the script writes it.
    wanted : mapping
        Parameter -> what is selected.
    """
    try:
        calls = calls_of(script, (item,), "flagdata")
    except ScriptError:
        return False
    name = [text_of(script, vis)]
    return any(values(script, call, "vis") == name and _covers(script, call, wanted) for call in calls)


def _covers(script: Script, call: Call, wanted: Mapping[str, str]) -> bool:
    mode = (values(script, call, "mode") or ["manual"])[0]
    if mode != wanted.get("mode", "manual") or "autocorr" in call.parameters:
        return False
    for name in _SELECTS:
        has = (values(script, call, name) or [""])[0]
        if has and not _within(wanted.get(name, ""), has):
            return False
    return True


def _within(part: str, whole: str) -> bool:
    """Whether what `part` selects lies in what `whole` selects; "" selects everything."""
    return bool(part) and _items(part) <= _items(whole)


def _items(text: str) -> set[str]:
    found = set()
    for each in text.split(","):
        expanded = [str(number) for number in numbers(each)]
        found.update(expanded or [each.strip()])
    return found
