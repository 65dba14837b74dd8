"""What may cure what is wrong with an EB: changes of its script as diffs; accepted by a word, never unasked.

ID is a finding (bad-radiometer-DV09) or one of its cures (bad-radiometer-DV09/wvrflag); none means all. Of a
finding that has several cures, the first is the one to take: it loses the least good data. Where its steps
have run with it and the finding is there still, it is the next. --accept makes the change, marks it in the
script with initials, date and reason, commits it, and says which items to run again. Without an ID it takes
the first cure of each finding that is no mere note, and asks (or wants --yes).

Exit codes: 0 shown or accepted; 1 something could not be accepted; 2 bad usage; 3 nobody has confirmed it.

--json: {"format": 1, "ebs": [{"eb", "findings": [{"id", "title", "severity", "evidence", "proposals": [{"id",
"kind", "title", "why", "cost", "item", "already", "is_tried", "action", "todo", "stale" (items),
"diff"}]}]}], "accepted": [{"id", "commit"}]}
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...steps.errors import CasapilotError, NeedsPerson, UsageError
from ._common import columns, confirm, emit, initials, open_session, plain, say, split_directory

if TYPE_CHECKING:
    from ...steps.checklist.model import Key
    from ...steps.cures import Proposal
    from ...steps.diagnose import Finding
    from ...steps.run.session import Session

__all__ = ["configure", "main"]

FORMAT = 1
WIDTH = 100


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="*", metavar="ID", help="findings or cures (default: all), then the MOUS"
    )
    parser.add_argument("--eb", help="only this execution block")
    parser.add_argument("--diff", action="store_true", help="show the changes whole")
    parser.add_argument("--accept", action="store_true", help="make them, and commit")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--initials", default="", metavar="XX", help="yours (default: the user's name)")
    parser.add_argument("--json", action="store_true", help="as JSON")


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding and what may cure it."""

    eb: str
    finding: Finding
    proposals: tuple[Proposal, ...]


def main(args: argparse.Namespace) -> int:
    words, directory = split_directory(args.words) if args.words else ([], Path())
    session = open_session(directory)
    session.poll()
    who = initials(args.initials)
    found = _chosen(_found(session, args.eb, who), words)
    taken: list[tuple[Proposal, str]] = []
    failed = False
    if args.accept:
        taken, failed = _accept(session, found, words, args.yes, who)
    elif not args.json:
        _show(session, found, args.diff)
    if args.json:
        emit(_as_json(session, found, taken))
    return 1 if failed else 0


def _found(session: Session, eb: str | None, who: str) -> list[_Found]:
    ebs = [session.mous.eb(eb)] if eb else list(session.mous.ebs)
    found = []
    for each in ebs:
        proposals = session.proposals(each.name, who)
        for finding in session.findings(each.name):
            mine = tuple(one for one in proposals if one.finding == finding.id)
            if mine:
                found.append(_Found(each.name, finding, mine))
    return found


def _chosen(found: list[_Found], words: Sequence[str]) -> list[_Found]:
    """What the words mean, in the order of the findings."""
    for word in words:
        if not any(_means(word, each, one) for each in found for one in each.proposals):
            known = ", ".join(dict.fromkeys(each.finding.id for each in found)) or "none"
            raise UsageError(
                f"{word}: no cure is proposed for that", "", f"Findings that have some: {known}."
            )
    if not words:
        return found
    chosen = []
    for each in found:
        mine = tuple(one for one in each.proposals if any(_means(word, each, one) for word in words))
        if mine:
            chosen.append(_Found(each.eb, each.finding, mine))
    return chosen


def _means(word: str, found: _Found, proposal: Proposal) -> bool:
    return word in (found.finding.id, proposal.id)


def _accept(
    session: Session, found: list[_Found], words: Sequence[str], sure: bool, who: str
) -> tuple[list[tuple[Proposal, str]], bool]:
    """Accept what was named, or else the first cure of each finding; and whether something was refused."""
    wanted = list(_to_accept(found, words))
    if not wanted:
        say("there is nothing that could be accepted")
        return [], bool(words)
    if not words and not sure:
        for one in wanted:
            say(f"{one.eb}: {one.title}")
        if not confirm(f"Make these changes ({len(wanted)}), and commit them?"):
            raise NeedsPerson("not changed: nobody confirmed it", "", "Name what you accept, or say --yes.")
    taken: list[tuple[Proposal, str]] = []
    stale: set[Key] = set()
    failed = False
    for one in wanted:
        try:
            stale |= set(session.made_stale(one))
            commit = session.accept(one, who)
        except CasapilotError as error:
            say(f"{one.eb}: {one.title}: not accepted: {error}")
            failed = True
            continue
        session.poll()
        say(f"{one.eb}: {one.title}: " + (f"committed: {commit[:10]}" if commit else "is done so already"))
        if one.todo:
            say(f"  {one.todo}")
        taken.append((one, commit))
    _say_stale([key for key in session.order if key in stale])
    return taken, failed


def _say_stale(keys: Sequence[Key]) -> None:
    """Say where to go on from, EB by EB."""
    for eb in dict.fromkeys(key.eb for key in keys):
        items = [key.item for key in keys if key.eb == eb]
        say(f"{eb or 'all execution blocks'}: stale now: {', '.join(items)}")
        span = f"--from {items[0]} --to {items[-1]}" if len(items) > 1 else items[0]
        say(f"go on with: casapilot run {span}{f' --eb {eb}' if eb else ''} --yes")


def _to_accept(found: list[_Found], words: Sequence[str]) -> Iterator[Proposal]:
    for each in found:
        if not words and each.finding.severity.value == "note":
            continue
        named = [one for one in each.proposals if one.id in words]
        offered = [one for one in each.proposals if (one.can_accept or one.already) and not one.is_tried]
        yield from named or [one for one in offered[:1] if words or one.can_accept]


# -- what is shown -----------------------------------------------------------------------------------------


def _show(session: Session, found: list[_Found], whole: bool) -> None:
    if not found:
        say("nothing is found that casapilot knows a cure for")
        return
    width = min(columns() or WIDTH, WIDTH)
    lines: list[str] = []
    for each in found:
        lines += ["", *textwrap.wrap(f"{each.eb}: {each.finding.title}", width)]
        lines += [line for text in each.finding.evidence[:1] for line in _wrapped(text, 2, width)]
        for one in each.proposals:
            lines += _said(session, one, width, whole)
    print(plain("\n".join(lines[1:])))
    say("take one with: casapilot cure ID --accept")


def _said(session: Session, one: Proposal, width: int, whole: bool) -> list[str]:
    done = "was no help" if one.is_tried else "is done so already" if one.already else ""
    state = done or ("" if one.can_accept else "by hand")
    lines = _wrapped(f"{one.title}" + (f" ({state})" if state else ""), 4, width)
    lines.append(f"      {one.id}")
    if one.cost:
        lines += _wrapped(f"takes away: {one.cost}", 6, width)
    stale = session.made_stale(one)
    if stale:
        titles = [session.graph.items[key].title for key in stale]
        more = f" and {len(titles) - 4} more" if len(titles) > 4 else ""
        lines += _wrapped(f"stale then: {', '.join(titles[:4])}{more}", 6, width)
    if one.todo:
        lines += _wrapped(one.todo, 6, width)
    if whole and one.diff:
        lines += ["", *(f"      {line}" for line in one.diff.splitlines()), ""]
    return lines


def _wrapped(text: str, by: int, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=" " * by, subsequent_indent=" " * (by + 2))


def _as_json(session: Session, found: list[_Found], taken: list[tuple[Proposal, str]]) -> dict[str, Any]:
    ebs: dict[str, list[dict[str, Any]]] = {}
    for each in found:
        ebs.setdefault(each.eb, []).append(
            {
                "id": each.finding.id,
                "title": each.finding.title,
                "severity": each.finding.severity.value,
                "evidence": list(each.finding.evidence),
                "proposals": [_proposal_json(session, one) for one in each.proposals],
            }
        )
    return {
        "format": FORMAT,
        "ebs": [{"eb": eb, "findings": findings} for eb, findings in ebs.items()],
        "accepted": [{"id": one.id, "commit": commit} for one, commit in taken],
    }


def _proposal_json(session: Session, one: Proposal) -> dict[str, Any]:
    names = ("id", "kind", "title", "why", "cost", "item", "already", "is_tried", "action", "todo", "diff")
    said = {name: getattr(one, name) for name in names}
    return {**said, "stale": [key.item for key in session.made_stale(one)]}
