"""From a finding to proposals, by the kinds of cures that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath

from ..diagnose.model import Finding
from ..errors import ScriptError
from ..script import Mark, Script, unified
from ..script.marks import encoded
from . import applying, apriori, flags, kept, positions, solving, tsys, weak
from .draft import Draft
from .model import Context, Proposal

__all__ = ["FLAGGING", "KINDS", "propose"]

Cure = Callable[[Finding, Script, Context], Iterator[Draft]]

#: Kind of cure -> what makes it. The names stand in causes.toml and in the history: they never change.
KINDS: Mapping[str, Cure] = {
    "wvrflag": apriori.wvrflag,
    "flag-tsys": tsys.flag_tsys,
    "flag-antenna": flags.flag_antenna,
    "flag-scan": flags.flag_scan,
    "flag-between": flags.flag_between,
    "flag-pol": flags.flag_pol,
    "flag-edges": flags.flag_edges,
    "flag-channels": flags.flag_channels,
    "quack": flags.quack,
    "tbuff": apriori.tbuff,
    "take-out-field": applying.take_out_field,
    "bandpass-solint": solving.bandpass_solint,
    "bandpass-smooth": solving.bandpass_smooth,
    "refant": solving.refant,
    "combine-spw": weak.combine_spw,
    "minblperant": solving.minblperant,
    "dirtol": applying.dirtol,
    "tsys-gainfield": tsys.tsys_gainfield,
    "fixplanets": apriori.fixplanets,
    "antpos": positions.antpos,
    "restore-old-flags": kept.restore_old_flags,
    "remove-flagversions": kept.remove_flagversions,
    "setjy-flux": applying.setjy_flux,
    "shadow": flags.shadow,
    "apply-online-flags": flags.apply_online_flags,
}


#: Kinds that flag visibilities: nothing is left to do for what they cover once they have run.
FLAGGING = frozenset(
    {"flag-antenna", "flag-scan", "flag-between", "flag-pol", "flag-edges", "quack", "shadow"}
)
#: Kinds that change many calls for one reason.
IN_MANY_PLACES = frozenset(
    {"antpos", "combine-spw", "refant", "setjy-flux", "bandpass-smooth", "minblperant"}
)
#: So much of a reason tells one mark from another; so much of it is repeated.
_TOLD, _SHORT = 40, 70


def propose(finding: Finding, script: Script, context: Context) -> tuple[Proposal, ...]:
    """Propose what may cure a finding.

    Parameters
    ----------
    finding : Finding
        Its `cures` say which kinds, the best first; a kind that is not known gives nothing.
    script : Script
        As it is now: each proposal holds it whole, with one change.
    context : Context

    Returns
    -------
    tuple of Proposal
        In the order of the kinds. Where the script has no place for an edit, the proposal says in `todo` what
        a person does by hand, and has no content.
    """
    found = []
    for kind in finding.cures:
        cure = KINDS.get(kind)
        for draft in cure(finding, script, context) if cure else ():
            found.append(_proposal(kind, draft, finding, script, context))
    return tuple(found)


def _proposal(kind: str, draft: Draft, finding: Finding, script: Script, context: Context) -> Proposal:
    why = draft.why or reason(finding)
    content, diff, already, todo = b"", "", False, draft.todo
    if draft.edit is not None:
        mark = Mark(why, context.initials, context.date)
        try:
            new = draft.edit(script, mark)
            if kind in IN_MANY_PLACES and new.content != script.content:
                new = _briefly(script, new, mark)
        except ScriptError as error:
            todo = " ".join(part for part in (f"{error.what}.", error.todo, draft.todo) if part)
            todo = f"The script {todo}" if not todo.startswith("The ") else todo
        else:
            already = new.content == script.content
            content = new.content
            diff = unified(script, new, PurePath(script.name).name)
    return Proposal(
        kind=kind,
        finding=finding.id,
        eb=finding.eb,
        title=draft.title,
        why=why,
        item=draft.item,
        content=content,
        diff=diff,
        action=draft.action,
        already=already,
        todo=todo,
        cost=draft.cost,
        name=draft.name,
        targets=draft.targets,
    )


def _briefly(before: Script, after: Script, mark: Mark) -> Script:
    """Let only the first of many marks give the reason in full, the others what is wrong."""
    words = " ".join(mark.reason.split())
    full, short = (encoded(after.source, text) for text in (words[:_TOLD], words.partition(": ")[0][:_SHORT]))
    ours = f"# {mark.initials} {mark.date}: ".encode(errors="replace")
    known, lines, told = set(before.content.splitlines()), after.content.splitlines(keepends=True), False
    for index, line in enumerate(lines):
        text = line.rstrip(b"\r\n")
        if text in known or not text.lstrip().startswith(ours) or full not in text:
            continue
        if told:
            lines[index] = text[: text.index(full)] + short + line[len(text) :]
        told = True
    return Script.parse(b"".join(lines), after.name)


def reason(finding: Finding) -> str:
    """Why, in one line: what is wrong, and the number that shows it best."""
    return f"{finding.title}: {finding.evidence[0]}" if finding.evidence else finding.title
