"""Cures that flag visibilities in "Initial flagging", and those that bring flags the observatory has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..diagnose.model import Finding
from ..script import Mark, Script, comment_in
from .draft import Draft, Edit
from .model import Context, ScanFact, WindowFact
from .places import add_flags, calls_of, is_split_numbered_anew, rendered, split_of, step_of
from .selections import correlations, flags_already, said, selection, split_spws

__all__ = [
    "apply_online_flags",
    "flag_antenna",
    "flag_between",
    "flag_channels",
    "flag_edges",
    "flag_pol",
    "flag_scan",
    "quack",
    "shadow",
]

#: Share of a window at each side that the generator of ALMA flags where edges are bad.
EDGE = 0.0625
#: An integration of this length more or less is flagged by an interval of so much of it.
INSIDE = 0.9
ITEM = "initial-flags"
PHASE_JUMP = "phase-jump"
_FOLLOWED = Draft(
    "Leave the antenna in: it jumps on the bandpass calibrator only",
    ITEM,
    lambda script, mark: script,
    todo="Nothing: phases are solved for each integration there; flagged, it would have no bandpass.",
)


def _flagging(wanted: Mapping[str, str], context: Context) -> Edit:
    """An edit that flags a selection of the split data; nothing where the script does so already."""

    def edit(script: Script, mark: Mark) -> Script:
        vis = split_of(script, context)
        if flags_already(script, ITEM, vis, wanted):
            return script
        mode = {"mode": repr(wanted.get("mode", "manual"))}
        chosen = {name: _written(text) for name, text in wanted.items() if text and name != "mode"}
        code = rendered("flagdata", {"vis": vis, **mode, **chosen, "flagbackup": "False"})
        return add_flags(script, ITEM, code, mark)

    return edit


def _written(text: str) -> str:
    """A value as it stands in a call: numbers as they are, all else in quotes."""
    try:
        float(text)
    except ValueError:
        return repr(text)
    return text if "." in text else repr(text)


def _antennas(finding: Finding) -> str:
    return ",".join(finding.antennas)


def _place(finding: Finding, script: Script, context: Context, *, spws: bool = True) -> dict[str, str]:
    chosen = split_spws(finding, script, context) if spws else ()
    return {
        "antenna": _antennas(finding),
        "spw": ",".join(map(str, chosen)),
        "correlation": correlations(finding.pols, context),
    }


def _who(finding: Finding) -> str:
    pols = f" {','.join(finding.pols)}" if finding.pols and len(finding.pols) == 1 else ""
    return said(finding.antennas) + pols


def flag_antenna(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Flag an antenna in the windows and polarisations that are bad; in all scans where none is named."""
    if _is_followed(finding, context):
        yield _FOLLOWED
    elif _observed(finding, context):
        yield from flag_scan(finding, script, context)
    elif finding.antennas:
        wanted = _place(finding, script, context)
        share = (
            f"{100 * len(finding.antennas) / len(context.antennas):.0f} % of the antennas"
            if (context.antennas)
            else "the antenna"
        )
        where = f" in spw {wanted['spw']}" if wanted["spw"] else ""
        yield Draft(
            f"Flag {_who(finding)}{where}", ITEM, _flagging(wanted, context), cost=f"{share}, throughout"
        )


def flag_pol(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Flag one polarisation of an antenna."""
    wanted = _place(finding, script, context)
    if finding.antennas and wanted["correlation"]:
        yield Draft(
            f"Flag {said(finding.antennas)} in {wanted['correlation']}",
            ITEM,
            _flagging(wanted, context),
            cost="one polarisation of it, throughout",
        )


def _observed(finding: Finding, context: Context) -> tuple[int, ...]:
    """The scans of a finding that the split data have: those of Tsys and pointing are not in it."""
    science = {window.number for window in context.windows}
    left_out = ("ATMOSPHERE", "POINTING", "SIDEBAND")
    missing = {
        each.number
        for each in context.scans
        if not science & set(each.spws) or any(word in text for text in each.intents for word in left_out)
    }
    return tuple(scan for scan in finding.scans if scan not in missing)


def flag_scan(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Flag an antenna in the scans in which it is bad, or all antennas where none is named."""
    scans = _observed(finding, context)
    if not scans:
        if finding.antennas:
            yield from flag_antenna(finding, script, context)
        return
    wanted = {**_place(finding, script, context), "scan": selection(scans)}
    who = _who(finding) or "all antennas"
    title = f"Flag {who} in scan {selection(scans)}"
    yield Draft(title, ITEM, _flagging(wanted, context), cost=f"{who}, {len(scans)} scan(s)")


def flag_between(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Flag an antenna between the calibrator scans around a jump: their solutions do not fit in between."""
    if not finding.antennas or not finding.scans:
        return
    if _is_followed(finding, context):
        yield _FOLLOWED
        return
    if finding.cause == PHASE_JUMP and _jumps_again(finding.scans, context.scans):
        wanted = _place(finding, script, context)
        title = f"Flag {_who(finding)}, which jumps in scan {selection(finding.scans)}"
        yield Draft(title, ITEM, _flagging(wanted, context), cost=f"{_who(finding)}, throughout")
        return
    solved = _bandpass_scans(context) if finding.cause == PHASE_JUMP else set()
    scans = [
        scan for scan in _between(tuple(set(finding.scans) - solved), context.scans) if scan not in solved
    ]
    if not scans:
        todo = "Which scans lie between the calibrator scans around it is not known: see the listobs."
        yield Draft(f"Flag {_who(finding)} around its jump", ITEM, todo=todo)
        return
    wanted = {**_place(finding, script, context), "scan": selection(scans)}
    title = f"Flag {_who(finding)} between calibrators: scan {selection(scans)}"
    yield Draft(title, ITEM, _flagging(wanted, context), cost=f"{_who(finding)}, {len(scans)} scan(s)")


def _jumps_again(bad: tuple[int, ...], scans: tuple[ScanFact, ...]) -> bool:
    """Whether it jumps in more than one interval between scans of the phase calibrator: it is never steady.

    Air that no radiometer corrects on a far antenna looks so: what is seen within scans goes on between them.
    """
    phase = [each.number for each in scans if any("CALIBRATE_PHASE" in text for text in each.intents)]
    return len({sum(edge < number for edge in phase) for number in bad if number not in phase}) > 1


def _bandpass_scans(context: Context) -> set[int]:
    """Scans of the bandpass calibrator: it is so strong that phases are solved for each integration."""
    return {
        each.number
        for each in context.scans
        if any("CALIBRATE_BANDPASS" in text for text in each.intents)
        and not any("CALIBRATE_PHASE" in text for text in each.intents)
    }


def _is_followed(finding: Finding, context: Context) -> bool:
    """Whether a phase jumps only where solutions follow it; flagged there, the antenna had no bandpass."""
    scans = set(finding.scans)
    return finding.cause == PHASE_JUMP and bool(scans) and scans <= _bandpass_scans(context)


def _between(bad: tuple[int, ...], scans: tuple[ScanFact, ...]) -> list[int]:
    """The scans between the phase calibrator's around a jump, which is known by either.

    Where the jump was seen from one calibrator scan to the next, `bad` names the two, or the second: these
    have good solutions, and are not flagged.
    """
    phase = [each.number for each in scans if any("CALIBRATE_PHASE" in text for text in each.intents)]
    seen = [number for number in bad if number not in phase]
    edges = [number for number in bad if number in phase]
    first, last = (min(seen), max(seen)) if seen else (max(edges), min(edges))
    low = max((number for number in phase if number < first), default=0)
    high = min((number for number in phase if number > last), default=last + 1)
    if not seen:
        low, high = (min(edges), max(edges)) if len(edges) > 1 else (low, edges[0])
    observed = {"OBSERVE_TARGET", "OBSERVE_CHECK_SOURCE", "OBSERVE_CHECK"}
    return [
        each.number
        for each in scans
        if each.number in seen or (low < each.number < high and observed & set(each.intents))
    ]


def flag_edges(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Flag the edge channels of windows."""
    anew = is_split_numbered_anew(script)
    named = {index if anew else each.number: each for index, each in enumerate(context.windows)}
    chosen = split_spws(finding, script, context) or tuple(sorted(named))
    parts = [f"{spw}:{_edges(named[spw])}" for spw in chosen if spw in named]
    if not parts:
        yield Draft(
            "Flag edge channels",
            ITEM,
            todo="How many channels the windows have is not known: see the listobs.",
        )
        return
    title = f"Flag edge channels of spw {selection(chosen)}"
    cost = f"{2 * EDGE:.1%} of the channels there"
    wanted = {"antenna": _antennas(finding), "spw": ",".join(parts)}
    yield Draft(title, ITEM, _flagging(wanted, context), cost=cost)


def _edges(window: WindowFact) -> str:
    edge = max(1, round(window.n_channels * EDGE))
    last = window.n_channels - 1
    return f"0~{edge - 1};{last - edge + 1}~{last}" if window.n_channels > 2 * edge else f"0~{last}"


def flag_channels(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Flag channels that the evidence names; they are a person's to read off the plot."""
    spws = selection(split_spws(finding, script, context)) or "SPW"
    todo = f"Read the channels off the plot, and flag them: spw = '{spws}:FIRST~LAST' in Initial flagging."
    yield Draft(f"Flag channels of spw {spws}", ITEM, todo=todo)


def quack(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Flag the first integration of each scan."""
    if not context.integration_s:
        todo = "How long an integration is is not known: see the listobs, then flagdata(mode = 'quack')."
        yield Draft("Flag the first integration of each scan", ITEM, todo=todo)
        return
    wanted = {
        "mode": "quack",
        "antenna": _antennas(finding),
        "quackinterval": f"{INSIDE * context.integration_s:.3f}",
        "quackmode": "beg",
    }
    of = f" of {said(finding.antennas)}" if finding.antennas else ""
    yield Draft(
        f"Flag the first integration of each scan{of}",
        ITEM,
        _flagging(wanted, context),
        cost="one integration of each scan",
    )


def shadow(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Flag shadowed antennas."""
    yield Draft("Flag shadowed antennas", ITEM, _flagging({"mode": "shadow"}, context))


def apply_online_flags(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Apply the flags that the observatory wrote during the observation."""

    def edit(script: Script, mark: Mark) -> Script:
        step = step_of(script, "apriori-flags")
        applies = [
            call
            for call in script.calls_in(step)
            if call.task == "flagcmd"
            and call.parameters.get("action")
            and "apply" in call.parameters["action"].text
        ]
        if any(not call.commented for call in applies):
            return script
        if applies:
            return comment_in(script, applies[0], mark)
        code = {
            "vis": _vis_of(script, context),
            "inpmode": "'table'",
            "useapplied": "True",
            "action": "'apply'",
            "flagbackup": "False",
        }
        return add_flags(script, "apriori-flags", rendered("flagcmd", code), mark)

    yield Draft("Apply the online flags", "apriori-flags", edit)


def _vis_of(script: Script, context: Context) -> str:
    """How the script writes the name of the MS."""
    for call in calls_of(script, ("apriori-flags", "listobs"), "flagdata", "flagcmd", "listobs"):
        if "vis" in call.parameters:
            return call.parameters["vis"].text
    return repr(context.ms)
