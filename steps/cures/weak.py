"""Cure of windows in which a calibrator is too faint: they take phases, or all gains, of a better one.

Phases of a faint window that is solved alone are wrong in two ways: noise spreads them, and solutions below
minsnr are left out, which keeps those that noise has made bright. A window that takes its phases from a wide
one has neither. The two differ by a phase that is constant in time: the bandpass holds it, when the phases
before the bandpass are taken from the wide window as well, and when it is not normalised (solnorm divides
each window by its mean, phase and all).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from ..diagnose.model import Finding
from ..errors import ScriptError
from ..script import Call, Mark, Script, comment_out, drop_item, set_parameter
from .draft import Draft
from .model import Context
from .places import HAND, calls_of, each_call, elements, numbers, set_if_other, tables_of, values
from .selections import selection, split_spws
from .solving import windows_of

__all__ = ["combine_spw"]

STEPS = ("bandpass", "gain", "apply")


def combine_spw(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Map the faint windows to the best one; where all are faint, solve them as one."""
    windows = windows_of(script, context)
    weak = set(split_spws(finding, script, context))
    strong = set(windows) - weak
    if not windows:
        todo = "spwmap in every call that applies phases: the faint window takes those of a wide one."
        yield Draft("Take phases of a wide window", "gain", todo=todo)
        return
    if not weak or not strong:
        yield _all_as_one(sorted(windows))
        return
    best = max(strong, key=lambda spw: (windows[spw].bandwidth_hz, -spw))
    yield from _mapped(weak, best, sorted(windows))


def _mapped(weak: set[int], best: int, spws: list[int]) -> Iterator[Draft]:
    """Offer both maps.

    With the amplitudes first: those of a check source, which is fainter still, have more noise in that
    window than two windows differ by in time, and fluxscale would make a flux density of them.
    """
    name = selection(weak)
    phases = Draft(
        f"Take the phases of spw {name} from spw {best}",
        "bandpass",
        lambda script, mark: _map(script, weak, best, spws, mark, amplitudes=False),
        name="phases",
    )
    both = Draft(
        f"Take phases and amplitudes of spw {name} from spw {best}",
        "bandpass",
        lambda script, mark: _map(script, weak, best, spws, mark, amplitudes=True),
        name="all",
    )
    yield from (both, phases)


def _all_as_one(spws: list[int]) -> Draft:
    return Draft(
        "Solve all windows as one (combine = 'spw')",
        "bandpass",
        lambda script, mark: _combine(script, spws, mark),
    )


def _map(
    script: Script, weak: set[int], best: int, spws: list[int], mark: Mark, *, amplitudes: bool
) -> Script:
    where = {spw: best if spw in weak else spw for spw in range(max(spws) + 1)}
    phases, gains = _phase_tables(script), _gain_tables(script)
    if not phases:
        raise ScriptError("makes no table of phases", script.name, HAND)
    mapped = phases | gains if amplitudes else phases

    def edit(now: Script, call: Call) -> Script:
        now = _with_map(now, call, mapped, list(where.values()), mark)
        solves = call.task == "gaincal" and tables_of(now, (call,)) & mapped
        if solves:
            now = _without(now, _again(now, call), weak, set(spws), mark)
        if call.task == "bandpass":
            now = set_if_other(now, _again(now, call), "solnorm", "False", mark)
        return now

    return each_call(script, calls_of(script, STEPS, "gaincal", "bandpass", "applycal"), edit)


def _combine(script: Script, spws: list[int], mark: Mark) -> Script:
    mapped = _phase_tables(script) | _gain_tables(script)
    where = [min(spws) if spw in spws else spw for spw in range(max(spws) + 1)]

    def edit(now: Script, call: Call) -> Script:
        now = _with_map(now, call, mapped, where, mark)
        if call.task == "gaincal":
            now = _joined(now, _again(now, call), mark)
        if call.task == "bandpass":
            now = set_if_other(now, _again(now, call), "solnorm", "False", mark)
        return now

    return each_call(script, calls_of(script, STEPS, "gaincal", "bandpass", "applycal"), edit)


def _joined(script: Script, call: Call, mark: Mark) -> Script:
    combined = [each for each in (values(script, call, "combine") or [""])[0].split(",") if each]
    if "spw" in combined:
        return script
    return set_parameter(script, call, "combine", repr(",".join([*combined, "spw"])), mark)


def _again(script: Script, call: Call) -> Call:
    """The same call behind an edit of it: a mark has moved it down, and no other of its task in between."""
    return next(
        each
        for each in script.calls
        if each.task == call.task and not each.commented and each.start >= call.start
    )


def _phase_tables(script: Script) -> set[str]:
    return _made(script, lambda mode: mode == "p")


def _gain_tables(script: Script) -> set[str]:
    """Tables of amplitudes, and what fluxscale makes of them."""
    found = _made(script, lambda mode: mode in ("a", "ap"))
    for call in calls_of(script, STEPS, "fluxscale"):
        if set(values(script, call, "caltable")) & found:
            found |= set(values(script, call, "fluxtable"))
    return found


def _made(script: Script, wanted: Callable[[str], bool]) -> set[str]:
    calls = calls_of(script, STEPS, "gaincal")
    return tables_of(
        script, tuple(call for call in calls if wanted((values(script, call, "calmode") or ["ap"])[0]))
    )


def _with_map(script: Script, call: Call, mapped: set[str], where: list[int], mark: Mark) -> Script:
    """Map the windows of those tables that a call applies; the maps of its other tables stay."""
    tables = values(script, call, "gaintable")
    if not set(tables) & mapped:
        return script
    given = call.parameters.get("spwmap")
    maps = _maps(given.text if given else "", len(tables), script)
    new = [f"{where}" if table in mapped else old for table, old in zip(tables, maps, strict=True)]
    text = new[0] if len(tables) == 1 else f"[{', '.join(new)}]"
    return set_if_other(script, call, "spwmap", text, mark)


def _maps(text: str, many: int, script: Script) -> list[str]:
    """The map of each table, as it is written; a flat list is that of the only table."""
    parts = elements(text) if text else []
    if parts is None:
        raise ScriptError(f"spwmap is {text}, which is made elsewhere", script.name, HAND)
    if many == 1 and all(_is_number(part) for part in parts):
        return [text or "[]"]
    return [*parts, *["[]"] * many][:many]


def _is_number(text: str) -> bool:
    try:
        return isinstance(ast.literal_eval(text), int)
    except (ValueError, SyntaxError):
        return False


def _without(script: Script, call: Call, weak: set[int], spws: set[int], mark: Mark) -> Script:
    """Leave the faint windows out of a solve; a solve of nothing else is commented out."""
    text = (values(script, call, "spw") or [""])[0]
    if not text:
        return set_parameter(script, call, "spw", repr(selection(spws - weak)), mark)
    if ":" not in text:
        chosen = set(numbers(text))
        if not chosen & weak:
            return script
        left = selection(chosen - weak)
        return (
            set_parameter(script, call, "spw", repr(left), mark) if left else comment_out(script, call, mark)
        )
    for spw in sorted(weak & {int(n) for part in text.split(",") for n in numbers(part.partition(":")[0])}):
        script = drop_item(script, call, "spw", str(spw), mark)
        call = _again(script, call)
    return script
