"""What a step that has ended leaves: outputs, flags counted again, checks, and whether that is well."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator

from ..checklist.model import Item
from ..errors import CasapilotError
from ..journal import Journal
from ..mous.mous import Eb, Mous
from ..record.runs import FlagChange, Measured, RunRecord, Warned
from ..watch.known_read import load_readable
from . import byhand
from .compared import tables
from .flagkeeping import FlagKeeper
from .observe import StepOutcome, of_issue
from .outcome import judge, left_alone, measure, outputs_since, remove_half_written, request
from .policy import is_ms
from .workers import Worker

__all__ = ["Evidence", "of_checks", "removed_words"]


class Evidence:
    """Gathers what is to be said of the run of one item."""

    def __init__(
        self, mous: Mous, eb: Eb, item: Item, worker: Worker, keeper: FlagKeeper, journal: Journal
    ) -> None:
        self._mous = mous
        self._eb = eb
        self._item = item
        self._worker = worker
        self._keeper = keeper
        self._journal = journal

    def gather(self, draft: RunRecord, outcome: StepOutcome, *, undo: bool) -> RunRecord:
        """Return the record of a step that has ended.

        Parameters
        ----------
        undo : bool
            Whether a person had it stopped at once: what it has left is undone.
        """
        made, missing = outputs_since(self._item, self._mous, self._eb, self._began_ns(draft))
        draft = dataclasses.replace(draft, calls=outcome.calls)
        if outcome.status == "interrupted" and undo:
            draft, made = self._undone(draft), []
        if outcome.status != "lost":
            draft = self._counted_after(draft)
        checks = self.checks(draft) if outcome.status == "done" else ()
        if self._item.whole and outcome.status == "done":
            checks = (*tables(self._mous.live / draft.id), *checks)
        left = left_alone(self._item, missing, outcome.calls, self._eb)
        missing = [name for name in missing if name not in left]
        status, reasons = judge(self._item, outcome, missing, checks)
        return dataclasses.replace(
            draft,
            end=outcome.end,
            status=status,
            reasons=reasons,
            warnings=(*outcome.warnings, *map(_of_left, left), *of_checks(checks)),
            versions_saved=tuple(dict.fromkeys((*draft.versions_saved, *outcome.versions_saved))),
            outputs=tuple(os.path.relpath(path, self._mous.root) for path in made),
            checks=checks,
        )

    def checks(self, draft: RunRecord) -> tuple[Measured, ...]:
        """Measure what the item asks for, and journal it."""
        found = measure(
            self._item,
            self._mous,
            self._eb,
            draft.flags,
            lambda check, of: self._worker.ask("measure", **request(check, of, self._mous)),
        )
        for check in found:
            self._journal.append(
                "checked",
                run=draft.id,
                metric=check.metric,
                value=check.value,
                unit=check.unit,
                verdict=check.verdict,
            )
        return found

    def check_only(self, draft: RunRecord, end: float) -> RunRecord:
        """Return the record of an item that runs no step and only measures."""
        ms = [self._eb.ms] if is_ms(self._eb.folder / self._eb.ms) else []
        counted = [
            FlagChange(each.ms, each.before, each.before) for each in self._keeper.count_before(ms, draft.id)
        ]
        draft = dataclasses.replace(draft, flags=tuple(counted))
        checks = self.checks(draft)
        reasons = tuple(check.text for check in checks if check.verdict == "fail")
        status = "failed" if reasons else "done"
        return dataclasses.replace(draft, end=end, status=status, reasons=reasons, checks=checks)

    def _began_ns(self, draft: RunRecord) -> int:
        """When the step began by the clock of the disk, ns: a file server's need not be ours."""
        try:
            return (self._mous.live / draft.id / f"{draft.id}.json").stat().st_mtime_ns
        except OSError:
            return int(draft.start * 1e9)

    def _undone(self, draft: RunRecord) -> RunRecord:
        """Undo what a step that was stopped at once has left: half-written files, flags."""
        there = byhand.tables_before(self._mous.live / draft.id)
        removed = remove_half_written(self._item, self._mous, self._eb, draft.calls, draft.start, keep=there)
        notes: tuple[str, ...] = (removed_words(removed),) if removed else ()
        try:
            self._worker.ensure()
            self._keeper.put_back(draft.rests_on, draft.id)
        except CasapilotError as error:
            notes += (f"its flags could NOT be put back: {error.what}",)
            return dataclasses.replace(draft, notes=(*draft.notes, *notes))
        restored = tuple(dict.fromkeys((*draft.versions_restored, *draft.rests_on)))
        if draft.rests_on:
            notes += (f"put its flags back: {', '.join(dict.fromkeys(draft.rests_on))}",)
        return dataclasses.replace(draft, notes=(*draft.notes, *notes), versions_restored=restored)

    def _counted_after(self, draft: RunRecord) -> RunRecord:
        """Count flags again; by a new CASA process where the step's own has died since."""
        why = ""
        for _ in range(2):
            try:
                self._worker.ensure()
                self._worker.wait_until_free()
                return dataclasses.replace(draft, flags=self._keeper.count_after(draft))
            except CasapilotError as error:
                why = error.what
        return dataclasses.replace(draft, notes=(*draft.notes, f"its flags could not be counted: {why}"))


def of_checks(checks: Iterable[Measured]) -> Iterator[Warned]:
    """Return the known issues that checks which were not met can mean, each once."""
    known, _ = load_readable()
    found: dict[str, Warned] = {}
    for check in checks:
        for issue in known.of_check(check.metric) if check.verdict in ("look", "fail") else ():
            found.setdefault(issue.id, of_issue(issue, check.text, "CHECK"))
    yield from found.values()


def _of_left(name: str) -> Warned:
    return Warned(
        f"{name} was there already, and the script left it as it was",
        "",
        "WARN",
        1,
        cause="A step that finds what it would make does nothing, and so it called no task.",
        cure=f"Nothing, if it is good; to make it anew, remove {name} and what belongs to it, and run again.",
    )


def removed_words(names: list[str]) -> str:
    """Return the sentence about half-written files that are gone."""
    return f"removed half-written {', '.join(names)}"
