"""Run records: what one run of an item did, as a small JSON file in .casapilot/runs/."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ..errors import RecordError
from ..wholefile import write_whole

__all__ = [
    "Call",
    "FlagChange",
    "Measured",
    "Offender",
    "RunRecord",
    "Warned",
    "blob",
    "load_run",
    "offender",
    "save_run",
]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a CASA task by the step."""

    task: str
    text: str
    """The call as one can paste it at a CASA prompt."""
    seconds: float | None = None
    ok: bool = True
    error: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """Warnings of one kind, counted."""

    text: str
    origin: str
    level: str
    count: int
    known: str = ""
    """Id of the known issue it is, or empty."""
    muted: bool = False
    """Whether that issue is harmless."""
    note: bool = False
    """Whether that issue is worth knowing, but no reason to look at the item."""
    cause: str = ""
    """Why CASA says it, where that is known."""
    cure: str = ""
    """What to do about it."""


@dataclass(frozen=True, slots=True)
class FlagChange:
    """Flags of one MS before and after: the dict of `flagdata(mode='summary')` without channels."""

    ms: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Offender:
    """Who is beyond the limit of a check (the worst where nobody is): antenna, field, or scans and spws."""

    value: float
    """The worst, in the metric's unit."""
    who: str
    """The worst in words: "DV09 spw 17 X scan 4"."""
    antenna: str = ""
    field: str = ""
    spws: tuple[int, ...] = ()
    """In which it is beyond the limit; so for the next two."""
    pols: tuple[str, ...] = ()
    scans: tuple[int, ...] = ()
    count: int = 1
    """How many numbers are beyond the limit."""
    beyond: bool = True
    """Whether it is beyond the limit; if not it is only to be noted, or the worst of those that are well."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One check's number and what was made of it."""

    metric: str
    of: str
    value: float | None
    unit: str
    verdict: str
    """pass, look, fail or unknown."""
    text: str = ""
    limit: float | None = None
    """From which on it is worth a look, in `unit`."""
    below: bool = False
    """Whether too small is bad."""
    offenders: tuple[Offender, ...] = ()
    """The worst first; after those beyond the limit, those who are only to be noted."""
    note: float | None = None
    """From which on it is noted who it is, in `unit`."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of an item."""

    id: str
    key: str
    """`Key` as text: checklist/item@eb."""
    eb: str = ""
    eb_uid: str = ""
    step: int | float | None = None
    title: str = ""
    script: str = ""
    """Path of the script, relative to the MOUS."""
    script_blob: str = ""
    """git's name of the script's content."""
    step_sha: str = ""
    """SHA-1 of the step's own text: the item is stale when the script's differs."""
    params: dict[str, Any] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    start: float = 0.0
    """Unix time, s."""
    end: float | None = None
    """Unix time, s; None while it runs."""
    status: str = "running"
    """running, done, failed, interrupted, lost; restored for a restore of the flags it started from;
    adopted for what a person did before casapilot was there (its doubts are its reasons)."""
    reasons: tuple[str, ...] = ()
    """Why it is not simply done: quiet failures, missing outputs, the exception."""
    notes: tuple[str, ...] = ()
    """What else was done: half-written files that were removed."""
    warnings: tuple[Warned, ...] = ()
    flags: tuple[FlagChange, ...] = ()
    ms_before: tuple[str, ...] = ()
    """The MSs that were in the EB's folder before it."""
    rests_on: tuple[str, ...] = ()
    """Flag versions it started from, as "ms:version": a re-run restores them."""
    versions_saved: tuple[str, ...] = ()
    """Flag versions saved, as "ms:version"."""
    versions_restored: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    """Files made, relative to the MOUS."""
    changed: tuple[str, ...] = ()
    """What a task called by hand changed: "flags:x.ms", "table:x.ms.bandpass", "corrected:x.ms"."""
    versions_before: tuple[str, ...] = ()
    """Flag versions that were there before a task called by hand, as "ms:version"."""
    result: str = ""
    """What a task called by hand returned, in short."""
    checks: tuple[Measured, ...] = ()
    host: str = ""
    user: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    """casa, python, casapilot."""

    @property
    def flagged_percent(self) -> float | None:
        """Percentage of visibilities flagged after it, in the MSs it worked on (made, if on none)."""
        return _percent([change.after for change in self._worked_on()])

    @property
    def flagged_change(self) -> float | None:
        """Percentage points by which it raised that."""
        after = self.flagged_percent
        before = _percent([change.before for change in self._worked_on()])
        return None if after is None or before is None else after - before

    def _worked_on(self) -> tuple[FlagChange, ...]:
        return tuple(change for change in self.flags if change.before) or self.flags


def _percent(summaries: list[dict[str, Any] | None]) -> float | None:
    counted = [summary for summary in summaries if summary]
    total = sum(summary["total"] for summary in counted)
    return 100.0 * sum(summary["flagged"] for summary in counted) / total if total else None


def blob(content: bytes) -> str:
    """Git's name for a file of this content."""
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def save_run(record: RunRecord, folder: Path) -> Path:
    """Write `record` to ``folder/<id>.json``, whole or not at all, and return that path."""
    path = folder / f"{record.id}.json"
    try:
        write_whole(path, json.dumps(asdict(record), indent=1, default=str) + "\n")
    except OSError as error:
        raise RecordError(
            f"cannot be written: {error.strerror}", str(path), "Make room on this disk."
        ) from error
    return path


def load_run(path: Path) -> RunRecord:
    """Read one run record; fields of a newer casapilot are passed over."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        known = {f.name for f in fields(RunRecord)}
        values = {name: _tuple(value) for name, value in dict(data).items() if name in known}
        for name, cls in (
            ("calls", Call),
            ("warnings", Warned),
            ("flags", FlagChange),
            ("checks", _measured),
        ):
            values[name] = tuple(cls(**each) for each in values.get(name, ()))
        return _checked(RunRecord(**values))
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise RecordError(
            f"is not a run record: {error}", str(path), "Restore it with git checkout."
        ) from error


def offender(data: dict[str, Any]) -> Offender:
    """Return what JSON holds of an offender."""
    return Offender(**{name: _tuple(value) for name, value in data.items()})


def _measured(**data: Any) -> Measured:
    return Measured(**{**data, "offenders": tuple(map(offender, data.get("offenders", ())))})


def _checked(record: RunRecord) -> RunRecord:
    """`record`, when what others count with is of the right form; TypeError or KeyError when not."""
    numbers = (record.start, 0.0 if record.end is None else record.end)
    if not all(isinstance(each, str) for each in (record.id, record.key)):
        raise TypeError("its id or key is not a text")
    if not all(isinstance(each, (int, float)) for each in numbers):
        raise TypeError("its start or end is not a number")
    _ = record.flagged_change
    return record


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
