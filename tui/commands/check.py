"""All checks of items or EBs: verdict, number, limit, who stands out; then what is wrong, and what to do.

Without a word of its own it takes what the last runs have recorded, at once. With --again everything is
measured anew, by a CASA process that only reads; what cannot be had again keeps its number, and says so. Of
a MOUS that was reduced by hand nothing is recorded: there it measures without being asked.

Exit codes: 0 nothing is wrong, or there are only notes (what a later step has mended is one); 1 something is
to be looked at, or fails, or nothing could be measured; 2 bad usage; 4 CASA failed. What could not be
measured is counted, and else changes nothing.

--json: {"format": 1, "ebs": [{"eb", "measured" ("recorded" or "again"), "items": [{"item", "title", "checks":
[{"metric", "of", "value" (null where it could not be measured; "text" says why), "unit", "verdict" ("pass",
"look", "fail", "unknown"), "limit", "below", "note", "text", "help", "source", "kept" (why a number is the
recorded one although it was to be measured again; else empty), "offenders": [{"value", "who", "antenna",
"field", "spws", "pols", "scans", "count", "beyond"}]}]}], "findings": [{"id",
"cause", "severity", "item", "title", "antennas", "spws", "pols", "scans", "fields", "evidence", "why",
"what_to_do", "cures", "value", "also", "known", "proposals": [{"id", "kind", "title", "why", "item",
"already", "is_tried"}]}]}]}
"""

from __future__ import annotations

import argparse
import dataclasses
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...steps.checklist.metrics import is_one
from ...steps.errors import UsageError
from ._common import columns, emit, open_session, plain, say, split_directory

if TYPE_CHECKING:
    from ...steps.checklist.model import Check, Item, Key
    from ...steps.cures import Proposal
    from ...steps.diagnose import Finding
    from ...steps.record.runs import Measured
    from ...steps.run.session import Session

__all__ = ["configure", "main"]

FORMAT = 1
WIDTH = 100
MOST_OFFENDERS = 4
WORDS = {"pass": "ok", "look": "LOOK", "fail": "FAIL", "unknown": "?"}
LOUD = ("fail", "look")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="*", metavar="ITEM|EB", help="items or EBs (default: all), then the MOUS"
    )
    parser.add_argument("--eb", help="only this execution block")
    parser.add_argument("--again", action="store_true", help="measure anew, without touching anything")
    parser.add_argument("--json", action="store_true", help="as JSON")


def main(args: argparse.Namespace) -> int:
    words, directory = _split(args.words)
    session = open_session(directory)
    session.poll()
    keys = _meant(session, words, args.eb)
    told = [_Told(session, eb, [key for key in keys if key.eb == eb], args.again) for eb in _ebs(keys)]
    if args.json:
        emit({"format": FORMAT, "ebs": [each.as_json() for each in told]})
    else:
        print(plain("\n".join(_text(told, len(keys) == len(_checked(session, None))))))
    has_answer = any(check.verdict != "unknown" for each in told for check in each.all())
    return 1 if any(each.is_loud for each in told) or not has_answer else 0


def _split(words: Sequence[str]) -> tuple[list[str], Path]:
    return split_directory(words) if words else ([], Path())


def _checked(session: Session, eb: str | None) -> list[Key]:
    """All items of EBs that have checks."""
    if eb is not None:
        session.mous.eb(eb)
    return [
        key for key in session.order if key.eb and eb in (None, key.eb) and session.graph.items[key].check
    ]


def _meant(session: Session, words: Sequence[str], eb: str | None) -> list[Key]:
    from ...steps.checklist.select import pick

    everything = _checked(session, eb)
    if not words:
        return everything
    ebs = {each.name for each in session.mous.ebs} & set(words)
    keys = [key for key in everything if not ebs or key.eb in ebs]
    names = [word for word in words if word not in ebs]
    if not names:
        return keys
    meant = set(pick(session.order, names, session.checklists, eb=eb))
    found = [key for key in keys if key in meant]
    if not found:
        raise UsageError(
            f"{', '.join(names)}: nothing is measured for it", "", "See what is: casapilot check"
        )
    return found


def _ebs(keys: Sequence[Key]) -> list[str]:
    return list(dict.fromkeys(key.eb for key in keys))


class _Told:
    """What one EB has to tell."""

    def __init__(self, session: Session, eb: str, keys: Sequence[Key], again: bool) -> None:
        from ...steps.run.cured import with_cured
        from ...steps.run.findings import findings_of, told_of

        every = _checked(session, eb)
        of_eb = [key for key in session.order if key.eb == eb]
        recorded = any((run := session.last_run(key)) and run.checks for key in every)
        done = any(session.last_run(key) for key in every)
        self.session, self.eb, self.keys = session, eb, keys
        self.kept: Mapping[tuple[Key, str, str], str] = {}
        self.how = "again" if again or (done and not recorded) else "recorded"
        anew = self._measured_again(every) if self.how == "again" else None
        self.checks = {
            key: anew[key] if anew else (run.checks if (run := session.last_run(key)) else ()) for key in keys
        }
        told = told_of(of_eb, session.last_run, anew)
        self.findings = with_cured(session, eb, findings_of(session.mous, eb, told))
        if len(keys) < len(every):
            items = {key.item for key in keys}
            self.findings = tuple(f for f in self.findings if items & {f.item, *f.also})

    def _measured_again(self, keys: Sequence[Key]) -> Mapping[Key, tuple[Measured, ...]]:
        from ...steps.run.findings import Again

        say(f"{self.eb}: measuring, without touching anything ...")
        items = {key: self.session.graph.items[key] for key in keys}
        again = Again(self.session.mous, self.session.mous.eb(self.eb), items, self.session.last_run)
        self.kept = again.kept
        return again.measure()

    def all(self) -> Iterator[Measured]:
        """All checks, of one item after the other."""
        return (check for checks in self.checks.values() for check in checks)

    @property
    def is_loud(self) -> bool:
        """Whether a person has to look at something: each check that was not met is in some finding."""
        return any(each.severity.value in LOUD for each in self.findings)

    def item(self, key: Key) -> Item:
        return self.session.graph.items[key]

    def as_json(self) -> dict[str, Any]:
        proposals = _proposals(self)
        return {
            "eb": self.eb,
            "measured": self.how,
            "items": [
                {
                    "item": key.item,
                    "title": self.item(key).title,
                    "checks": [
                        _check_json(each, self.item(key), self.kept.get((key, each.metric, each.of), ""))
                        for each in checks
                    ],
                }
                for key, checks in self.checks.items()
            ],
            "findings": [_finding_json(each, proposals.get(each.id, ())) for each in self.findings],
        }


def _check_json(check: Measured, item: Item, kept: str) -> dict[str, Any]:
    asked = _asked(check, item)
    said = dataclasses.asdict(check)
    source = asked.source if asked else ""
    return {**said, "help": asked.help if asked else "", "source": source, "kept": kept}


def _finding_json(finding: Finding, proposals: Sequence[Proposal]) -> dict[str, Any]:
    said = dataclasses.asdict(finding)
    del said["eb"]
    names = ("id", "kind", "title", "why", "item", "already", "is_tried")
    return {
        "id": finding.id,
        **said,
        "severity": finding.severity.value,
        "proposals": [{name: getattr(each, name) for name in names} for each in proposals],
    }


def _asked(check: Measured, item: Item) -> Check | None:
    """The check of the checklist that a number answers."""
    same = [each for each in item.check if each.metric == check.metric]
    exact = [
        each for each in same if each.of.rpartition("}")[2] and check.of.endswith(each.of.rpartition("}")[2])
    ]
    return next(iter(exact or same), None)


def _proposals(told: _Told) -> dict[str, list[Proposal]]:
    """Finding -> changes of the script that may cure it."""
    from ...steps.run.curing import proposals_of

    mous = told.session.mous
    found: dict[str, list[Proposal]] = {}
    for each in proposals_of(mous, mous.eb(told.eb), told.findings):
        found.setdefault(each.finding, []).append(each)
    return found


def _text(told: Sequence[_Told], whole: bool) -> Iterator[str]:
    width = min(columns() or WIDTH, WIDTH)
    for n, each in enumerate(told):
        if n:
            yield ""
        yield f"{each.eb}" + (", measured again" if each.how == "again" else "")
        for key, checks in each.checks.items():
            if checks:
                yield f"  {each.item(key).title} [{key.item}]"
                for check in checks:
                    kept = each.kept.get((key, check.metric, check.of), "")
                    yield from _said_check(check, each.item(key), width, kept)
        if not any(each.checks.values()):
            yield "  Nothing is measured yet: run its items, or casapilot check --again"
        yield from _said_findings(each, width)


def _said_check(check: Measured, item: Item, width: int, kept: str) -> Iterator[str]:
    name = " ".join(filter(None, (check.metric.replace("_", " "), _of(check))))
    if check.value is None:
        yield from _wrapped(
            f"    {WORDS.get(check.verdict, '?'):4} {name}: {check.text.rpartition(': ')[2]}", width, 9
        )
        return
    number = f"{check.value:.4g} {check.unit}".rstrip()
    limit = f" ({'at least' if check.below else 'up to'} {check.limit:g})" if check.limit else ""
    yield from _wrapped(f"    {WORDS.get(check.verdict, '?'):4} {name}: {number}{limit}", width, 9)
    if kept:
        yield from _wrapped(f"         as recorded; not measured now: {kept}", width, 9)
    if check.verdict not in LOUD:
        return
    worst = [
        each.who if is_one(each.value, check.unit, check.limit) else f"{each.who} {each.value:.4g}"
        for each in check.offenders
        if each.beyond
    ]
    if worst:
        more = len(worst) - MOST_OFFENDERS
        words = ", ".join(worst[:MOST_OFFENDERS]) + (f", and {more} more" if more > 0 else "")
        yield from _wrapped(f"         {words}", width, 9)
    asked = _asked(check, item)
    if asked is not None and asked.help:
        yield from _wrapped(f"         {asked.help}", width, 9)


def _of(check: Measured) -> str:
    """What it was measured on, without the uid of the EB."""
    _, dot_ms, rest = check.of.partition(".ms")
    return f"of ms{rest}" if dot_ms else (f"of {check.of}" if check.of else "")


def _summary(told: _Told) -> str:
    """That nothing is wrong, as far as that can be said."""
    verdicts = [check.verdict for check in told.all()]
    if not verdicts:
        return ""
    missing = verdicts.count("unknown")
    if missing == len(verdicts):
        return "  Nothing could be measured."
    doubt = f"{missing} of {len(verdicts)} checks could not be measured" if missing else ""
    kept = sum(key in told.checks for key, _, _ in told.kept)
    old = f"{kept} are as recorded" if kept else ""
    but = " and ".join(filter(None, (doubt, old)))
    return "  Nothing is found to be wrong" + (f"; {but}." if but else ".")


def _said_findings(told: _Told, width: int) -> Iterator[str]:
    if not told.findings:
        yield _summary(told)
        return
    proposals = _proposals(told)
    yield "  What is wrong"
    for finding in told.findings:
        yield from _wrapped(
            f"    {finding.severity.value.upper():4} {finding.title}  [{finding.id}]", width, 9
        )
        for sentence in finding.evidence:
            yield from _wrapped(f"         - {sentence}", width, 11)
        if finding.severity.value in LOUD:
            yield from _wrapped(f"         Usually: {finding.why}", width, 11)
        yield from _wrapped(f"         What to do: {finding.what_to_do}", width, 11)
        for each in proposals.get(finding.id, ()):
            done = "it was no help" if each.is_tried else "the script does so already" if each.already else ""
            how = done or f"casapilot cure {each.id}"
            yield from _wrapped(f"         Cure: {each.title} ({how})", width, 11)


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    return textwrap.wrap(
        text, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )
