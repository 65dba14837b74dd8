"""Make the flags of an EB's MSs what an item starts from, and count them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..checklist.model import Key
from ..journal import Journal
from ..mous.mous import Eb
from ..record.runs import FlagChange, RunRecord
from ..script import Script, Step
from .pairs import split_pair
from .policy import Rest, RestHow, all_ms, decide, is_ms, ms_touched, saves_itself, script_version
from .workers import Worker

__all__ = ["FlagKeeper"]


class FlagKeeper:
    """The flags of one EB, in the hands of its worker.

    Parameters
    ----------
    live : Path
        Folder of what is not kept: the full counts of a run go to ``live/<run>/``.
    """

    def __init__(self, eb: Eb, worker: Worker, journal: Journal, live: Path) -> None:
        self._eb = eb
        self._worker = worker
        self._journal = journal
        self._live = live

    def prepare(
        self,
        draft: RunRecord,
        script: Script,
        step: Step,
        order: Sequence[Key],
        runs: Sequence[RunRecord],
    ) -> RunRecord:
        """Save or restore what `step` rests on (see `policy`), and return the draft that says so."""
        touched = ms_touched(script, step, self._eb.folder)
        rests = decide(
            key=Key.parse(draft.key),
            order=order,
            touched=touched,
            versions={ms: script_version(script, step, ms) for ms in touched},
            itself=frozenset(ms for ms in touched if saves_itself(script, step, ms)),
            runs=runs,
            folder=self._eb.folder,
        )
        for rest in rests:
            draft = self._rest(draft, rest)
        return draft

    def save(self, draft: RunRecord, ms: str, version: str, comment: str) -> RunRecord:
        """Save the flags of `ms` as what `draft` starts from; its list of versions is mended first."""
        for name in self._worker.ask("mend-flags", ms=self._path(ms))["mended"]:
            note = f"took the flag version {name} out of the list of {ms}: a killed save had left it empty"
            draft = dataclasses.replace(draft, notes=(*draft.notes, note))
        self._worker.ask("save-flags", ms=self._path(ms), version=version, comment=comment)
        self._journal.append("flags-saved", run=draft.id, ms=ms, version=version)
        pair = f"{ms}:{version}"
        return dataclasses.replace(
            draft, versions_saved=(*draft.versions_saved, pair), rests_on=(*draft.rests_on, pair)
        )

    def put_back(self, pairs: Sequence[str], run: str = "") -> None:
        """Restore flag versions given as "ms:version"; an MS that is not there is passed over."""
        for pair in pairs:
            ms, version = split_pair(pair)
            if is_ms(self._eb.folder / ms):
                self._worker.ask("restore-flags", ms=self._path(ms), version=version)
                self._journal.append("flags-restored", run=run, ms=ms, version=version)

    def count_before(self, names: Sequence[str], run: str) -> tuple[FlagChange, ...]:
        """Count the flags of some MSs before a step."""
        return tuple(FlagChange(name, self._count(name, run, "before"), None) for name in names)

    def count_after(self, draft: RunRecord) -> tuple[FlagChange, ...]:
        """Count the same MSs again, and those that the step has made."""
        before = {change.ms: change.before for change in draft.flags}
        made = [name for name in all_ms(self._eb.folder) if name not in draft.ms_before]
        names = [name for name in dict.fromkeys((*before, *made)) if is_ms(self._eb.folder / name)]
        return tuple(
            FlagChange(name, before.get(name), self._count(name, draft.id, "after")) for name in names
        )

    def _path(self, ms: str) -> str:
        return str(self._eb.folder / ms)

    def _rest(self, draft: RunRecord, rest: Rest) -> RunRecord:
        how = self._checked(rest)
        if how in (RestHow.REPLACE, RestHow.SET_ASIDE) and self._has(rest):
            aside = f"{rest.version}.until.{draft.id}"
            self._worker.ask("rename-flags", ms=self._path(rest.ms), version=rest.version, name=aside)
        pair = f"{rest.ms}:{rest.version}"
        if how in (RestHow.SAVE, RestHow.REPLACE):
            comment = f"casapilot: before {draft.title}"
            self._worker.ask("save-flags", ms=self._path(rest.ms), version=rest.version, comment=comment)
            self._journal.append("flags-saved", run=draft.id, ms=rest.ms, version=rest.version)
            draft = dataclasses.replace(draft, versions_saved=(*draft.versions_saved, pair))
        if how is RestHow.RESTORE:
            self.put_back([pair], draft.id)
            draft = dataclasses.replace(draft, versions_restored=(*draft.versions_restored, pair))
        return dataclasses.replace(draft, rests_on=(*draft.rests_on, pair))

    def _checked(self, rest: Rest) -> RestHow:
        """What the script has just saved is trusted only while the flags are still the same."""
        if rest.how is not RestHow.TRUST:
            return rest.how
        same = self._worker.ask("same-flags", ms=self._path(rest.ms), version=rest.version)["same"]
        return RestHow.TRUST if same else RestHow.REPLACE

    def _has(self, rest: Rest) -> bool:
        return bool(self._worker.ask("has-flags", ms=self._path(rest.ms), version=rest.version)["has"])

    def _count(self, name: str, run: str, when: str) -> dict[str, Any]:
        """Count one MS; the full counts go to a file, those of each channel are not returned."""
        path = self._live / run / f"flags-{when}-{name.replace('/', '_')}.json"
        answer = self._worker.ask("count-flags", ms=self._path(name), file=str(path))
        percent = 100.0 * answer["flagged"] / answer["total"] if answer["total"] else 0.0
        self._journal.append(
            "flags-counted", run=run, ms=name, when=when, file=str(path), flagged_percent=percent
        )
        summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        summary.pop("spw:channel", None)
        return summary
