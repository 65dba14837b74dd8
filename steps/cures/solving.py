"""Cures of how solutions are made: bandpass, reference antenna, how few antennas are enough."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ..diagnose.model import Finding
from ..errors import ScriptError
from ..script import Call, Mark, Script, insert_after
from ..script.marks import encoded
from .draft import Draft
from .model import Context, WindowFact
from .places import (
    HAND,
    calls_of,
    each_call,
    is_split_numbered_anew,
    rendered,
    set_if_other,
    tables_of,
    values,
)
from .selections import said, selection, split_spws

__all__ = ["bandpass_smooth", "bandpass_solint", "minblperant", "refant", "windows_of"]

#: Noise from channel to channel that is good enough, percent (above it reducers average more channels).
NOISE_PERCENT = 5.0
#: At least so many solutions are left in a window: a bandpass of fewer follows no filter.
LEFT = 8
#: What a solution interval says of channels: 'inf,15ch', 'inf,1MHz'.
_CHANNELS = re.compile(r"(?P<time>[^,]*),\s*(?P<count>[\d.]+)\s*(?P<unit>ch|[kMG]?Hz)?", re.IGNORECASE)
_HZ = {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9}
#: So much of a reason is compared: marks are cut where they become long.
_LONG = 100
SOLVERS = ("bandpass", "gain")


def windows_of(script: Script, context: Context) -> dict[int, WindowFact]:
    """The science windows by the number they have in the split data."""
    anew = is_split_numbered_anew(script)
    return {index if anew else each.number: each for index, each in enumerate(context.windows)}


def bandpass_solint(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Average more channels in the bandpass of the windows that are noisy."""
    windows = windows_of(script, context)
    noisy = set(split_spws(finding, script, context) or windows) & set(windows)
    if not noisy:
        todo = "In the bandpass that is applied: solint = 'inf,1MHz', or wider, for the noisy window."
        yield Draft("Average more channels in the bandpass", "bandpass", todo=todo)
        return
    percent = finding.value if finding.value and finding.value > NOISE_PERCENT else 2 * NOISE_PERCENT

    def edit(script: Script, mark: Mark) -> Script:
        used = _applied(script)
        calls = calls_of(script, ("bandpass",), "bandpass")
        calls = tuple(call for call in calls if tables_of(script, (call,)) & used) or calls
        chosen = tuple(call for call in calls if _spws(script, call, windows) & noisy)
        if not chosen:
            raise ScriptError("has no call of bandpass for this window", script.name, HAND)
        return each_call(
            script, chosen, lambda now, call: _averaged(now, call, noisy, windows, percent, mark)
        )

    yield Draft(f"Average more channels in the bandpass of spw {selection(noisy)}", "bandpass", edit)


def _applied(script: Script) -> set[str]:
    """The tables that gains and applications take."""
    calls = calls_of(script, ("gain", "apply"), "gaincal", "applycal")
    return {name for call in calls for name in values(script, call, "gaintable")}


def _spws(script: Script, call: Call, windows: dict[int, WindowFact]) -> set[int]:
    """The windows that a call takes; all where it does not say."""
    text = (values(script, call, "spw") or [""])[0]
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition(":")[0].strip().partition("~")
        if first.isdecimal() and (last.isdecimal() or not last):
            found.update(range(int(first), int(last or first) + 1))
    return found if found else set(windows)


def _averaged(
    script: Script, call: Call, noisy: set[int], windows: dict[int, WindowFact], percent: float, mark: Mark
) -> Script:
    mine = _spws(script, call, windows)
    here, others = sorted(mine & noisy), sorted(mine - noisy)
    solint = (values(script, call, "solint") or ["inf"])[0]
    wanted = _interval(solint, [windows[spw] for spw in here if spw in windows], percent)
    if not wanted or _is_marked(script, call, mark):
        return script
    if not others:
        return set_if_other(script, call, "solint", repr(wanted), mark)
    own = {name: param.text for name, param in call.parameters.items()}
    more = {"spw": repr(selection(here)), "solint": repr(wanted), "append": "True"}
    order = [name for name in own if name not in more]
    at = order.index("field") + 1 if "field" in order else len(order)
    names = [*order[:at], "spw", "solint", *order[at:], "append"]
    script = insert_after(script, call, rendered("bandpass", {n: more.get(n) or own[n] for n in names}), mark)
    return set_if_other(script, call, "spw", repr(selection(others)), mark)


def _interval(solint: str, windows: list[WindowFact], percent: float) -> str:
    """The wider interval; empty where it is as wide as it may be."""
    if not windows:
        return ""
    widest = max(windows, key=lambda each: each.width_hz)
    found = _CHANNELS.fullmatch(solint)
    now = 1.0
    if found:
        unit = (found["unit"] or "ch").lower()
        now = float(found["count"]) * (1.0 if unit == "ch" else _HZ[unit] / widest.width_hz)
    most = max(1, min(each.n_channels for each in windows) // LEFT)
    many = min(most, max(2, math.ceil(max(now, 1.0) * (percent / NOISE_PERCENT) ** 2)))
    return f"{(found['time'] if found else solint).strip()},{many}ch" if many > now else ""


def _is_marked(script: Script, call: Call, mark: Mark) -> bool:
    """Whether an edit for the same reason stands above a call: the noise was measured before that."""
    reason = encoded(script.source, " ".join(mark.reason.split())[:_LONG])
    for line in reversed(script.content[: call.start].rstrip(b" \t").splitlines()):
        if not line.lstrip().startswith(b"#"):
            return False
        if reason in line:
            return True
    return False


def bandpass_smooth(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Apply the smoothed bandpass that the script makes besides the plain one."""
    made = tables_of(script, calls_of(script, ("bandpass",), "bandpass"))
    smooth = sorted(name for name in made if "smooth" in name)
    plain = {name for name in made if name.endswith(".bandpass")}
    if len(smooth) != 1 or not plain:
        yield from bandpass_solint(finding, script, context)
        return

    def edit(script: Script, mark: Mark) -> Script:
        calls = calls_of(script, ("gain", "apply"), "gaincal", "applycal")
        return each_call(script, calls, lambda now, call: _swapped(now, call, plain, smooth[0], mark))

    yield Draft("Apply the smoothed bandpass", "gain", edit)


def _swapped(script: Script, call: Call, plain: set[str], smooth: str, mark: Mark) -> Script:
    tables = values(script, call, "gaintable")
    if not plain & set(tables):
        return script
    new = [smooth if name in plain else name for name in tables]
    text = repr(new) if len(new) > 1 else repr(new[0])
    return set_if_other(script, call, "gaintable", text, mark)


def refant(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Take another reference antenna, in all steps; not where it is other antennas or single windows."""
    used = _references(script)
    was = {name for name in finding.antennas if f"refant '{name}' -> ".encode() in script.content}
    if (finding.antennas and not (used | was) & set(finding.antennas)) or (
        not finding.antennas and finding.spws
    ):
        return
    bad = set(finding.antennas) or used
    offered = [name for name in context.references if name not in bad] or [
        name for name in context.antennas if name not in bad
    ]
    if not offered:
        todo = "Take the next antenna out from the centre of the array: refant in every gaincal and bandpass."
        yield Draft("Take another reference antenna", "bandpass", todo=todo)
        return
    new = offered[0]

    def edit(script: Script, mark: Mark) -> Script:
        calls = tuple(call for call in script.calls if "refant" in call.parameters and not call.commented)
        calls = tuple(call for call in calls if set(_first(script, call)) & bad)
        if not finding.antennas and any(_is_marked(script, call, mark) for call in calls):
            return script
        return each_call(script, calls, lambda now, call: set_if_other(now, call, "refant", repr(new), mark))

    who = said(sorted(finding.antennas)) or "the antenna before"
    why = f"{who} cannot be the reference: {_reason(finding)}"
    yield Draft(f"Take {new} as reference antenna", "bandpass", edit, why=why)


def _reason(finding: Finding) -> str:
    return finding.evidence[0] if finding.evidence else finding.title


def _references(script: Script) -> set[str]:
    calls = [call for call in script.calls if not call.commented]
    return {name for call in calls for name in _first(script, call)}


def _first(script: Script, call: Call) -> list[str]:
    """The antenna that a call refers phases to: the first of a list."""
    given = (values(script, call, "refant") or [""])[0].split(",")
    return [given[0].strip()] if given[0].strip() else []


def minblperant(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Solve with fewer baselines to an antenna than CASA asks for (4)."""

    def edit(script: Script, mark: Mark) -> Script:
        calls = calls_of(script, SOLVERS, "gaincal", "bandpass")
        if not calls:
            raise ScriptError("has no call of gaincal or bandpass", script.name, HAND)
        few = [call for call in calls if (values(script, call, "minblperant") or ["4"])[0] not in "123"]
        return each_call(
            script, tuple(few), lambda now, call: set_if_other(now, call, "minblperant", "3", mark)
        )

    yield Draft("Let three baselines be enough for an antenna (minblperant)", "bandpass", edit)
