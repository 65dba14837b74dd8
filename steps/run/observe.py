"""Watch a step until it has ended: journal and logs in, warnings and progress out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..journal import Event, Journal
from ..record.runs import Call, Warned
from ..watch.follow import LogFollower
from ..watch.groups import WarningGroup
from ..watch.known import KnownIssue, Severity
from ..watch.watch import Watcher
from .taskcall import keywords

__all__ = ["Observer", "StepOutcome", "of_issue"]

POLL_S = 0.005
SLOWEST_POLL_S = 0.2
TELL_S = 0.5
"""At most this often does a flood of lines become an event."""
CHUNK = 4 << 20


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """How a step ended, by the worker's word and by its logs."""

    status: str
    """done, failed, interrupted, lost; or unbegun when the worker never began it."""
    seconds: float
    error: str
    traceback: str
    calls: tuple[Call, ...]
    warnings: tuple[Warned, ...]
    quiet_failures: tuple[str, ...]
    versions_saved: tuple[str, ...]
    end: float


class Observer:
    """Follows one run.

    Parameters
    ----------
    folder : Path
        The run's folder in live/, with its console.log and casa.log.
    offset : int
        Where in the journal the run begins.
    casa : str
        Version of CASA: some issues are of some versions only.
    is_alive : callable
        Whether the worker still runs.
    """

    def __init__(
        self,
        run: str,
        folder: Path,
        journal: Journal,
        watcher: Watcher,
        is_alive: Callable[[], bool],
        offset: int = 0,
        casa: str = "",
    ) -> None:
        self._run = run
        self._journal = journal
        self._watcher = watcher
        self._is_alive = is_alive
        self._offset = offset
        self._casa = casa
        self._follower = LogFollower([(folder / "casa.log", "log"), (folder / "console.log", "terminal")])
        self._began: Event | None = None
        self._ended: Event | None = None
        self._calls: dict[int, dict[str, Any]] = {}
        self._kept: list[str] = []
        self._told: tuple[object, ...] = ()

    def wait(self) -> StepOutcome:
        """Follow until the step has ended or its worker has gone."""
        pause, last_told, last_look = POLL_S, 0.0, 0.0
        while self._ended is None:
            moved = self._read()
            now = time.monotonic()
            if now - last_told > TELL_S:
                last_told = now
                self._tell()
            if now - last_look > SLOWEST_POLL_S:
                last_look = now
                if not self._is_alive() and not self._read():
                    break
            pause = POLL_S if moved else min(SLOWEST_POLL_S, pause * 1.2)
            time.sleep(pause)
        while self._read_logs():
            pass
        self._watcher.feed_all(self._follower.finish())
        self._follower.close()
        self._tell()
        return self._outcome()

    def _read(self) -> bool:
        events, self._offset = self._journal.read(self._offset)
        mine = [event for event in events if event.get("run") == self._run]
        for event in mine:
            self._take(event)
        return bool(self._read_logs() or mine)

    def _take(self, event: Event) -> None:
        if event.kind == "step-started":
            self._began = event
        elif event.kind == "step-ended":
            self._ended = event
        elif event.kind == "log-redirected":
            self._follower.add(Path(event.get("path")), "log", int(event.get("size") or 0))
        elif event.kind == "version-kept":
            self._kept.append(f"{event.get('ms')}:{event.get('saved_as') or event.get('version')}")
        elif event.kind in ("call-started", "call-ended"):
            self._calls.setdefault(event.get("call"), {}).update(event.data)

    def _read_logs(self) -> int:
        lines = self._follower.poll(CHUNK)
        self._watcher.feed_all(lines)
        for kind, rest in self._follower.tails():
            if kind == "terminal":
                self._watcher.peek_terminal(rest)
        return len(lines)

    def _tell(self) -> None:
        groups = [group for group in self._watcher.warnings() if not group.muted]
        progress = self._watcher.progress
        now = (sum(group.count for group in groups), progress)
        if now == self._told:
            return
        if now[0] != (self._told[0] if self._told else 0):
            known = sorted({group.known for group in groups if group.known})
            text = groups[-1].text if groups else ""
            self._journal.append("warnings", run=self._run, count=now[0], known=known, text=text)
        if progress is not None:
            self._journal.append("progress", run=self._run, text=progress.text, percent=progress.percent)
        self._told = now

    def _outcome(self) -> StepOutcome:
        ended = self._ended
        status = str(ended.get("status")) if ended else ("lost" if self._began else "unbegun")
        calls = tuple(_call(data) for _, data in sorted(self._calls.items()))
        return StepOutcome(
            status=status,
            seconds=float(ended.get("seconds") or 0.0) if ended else 0.0,
            error=str(ended.get("error") or "") if ended else "",
            traceback=str(ended.get("traceback") or "") if ended else "",
            calls=calls,
            warnings=(*self._warnings(ended), *self._of_calls()),
            quiet_failures=tuple(str(each.text) for each in self._watcher.quiet_failures),
            versions_saved=tuple(self._kept)
            + tuple(_saved(data) for data in self._calls.values() if _saved(data)),
            end=ended.t if ended else time.time(),
        )

    def _warnings(self, ended: Event | None) -> Iterator[Warned]:
        """The warnings; without the traceback of the error that the run is said to have ended with."""
        told = bool(ended and ended.get("traceback"))
        for group in self._watcher.warnings():
            if not (told and group.known == "traceback"):
                yield self._warned(group)

    def _of_calls(self) -> Iterator[Warned]:
        """The known issues of the calls, each once."""
        found: dict[str, tuple[KnownIssue, list[str]]] = {}
        for _, data in sorted(self._calls.items()):
            text, returned = str(data.get("text", "")), json.dumps(data.get("result"), default=str)
            for issue in self._watcher.known.of_call(
                str(data.get("task")), keywords(text), returned, self._casa
            ):
                found.setdefault(issue.id, (issue, []))[1].append(text)
        for issue, calls in found.values():
            yield of_issue(issue, calls[0], "CALL", len(calls))

    def _warned(self, group: WarningGroup) -> Warned:
        """A group with its explanation, so that the record can be read without the list of known issues."""
        issue = None if group.muted else self._watcher.known.get(group.known)
        return Warned(
            text=group.text,
            origin=group.origin,
            level=group.level,
            count=group.count,
            known=group.known,
            muted=group.muted,
            note=issue is not None and issue.severity is Severity.NOTE,
            cause=issue.cause if issue else "",
            cure=issue.cure if issue else "",
        )


def of_issue(issue: KnownIssue, text: str, level: str, count: int = 1) -> Warned:
    """A known issue that a call or a check has shown."""
    quiet = issue.severity in (Severity.NOTE, Severity.IGNORE)
    return Warned(text, "", level, count, issue.id, issue.muted, quiet, issue.cause, issue.cure)


def _call(data: dict[str, Any]) -> Call:
    return Call(
        task=str(data.get("task", "")),
        text=str(data.get("text", "")),
        seconds=data.get("seconds"),
        ok=bool(data.get("ok", False)),
        error=str(data.get("error") or ""),
    )


def _saved(data: dict[str, Any]) -> str:
    """Return "ms:version" for a flagmanager call that saved one, or nothing."""
    if data.get("task") != "flagmanager" or not data.get("ok"):
        return ""
    values = keywords(str(data.get("text")))
    return f"{values.get('vis')}:{values.get('versionname')}" if values.get("mode") == "save" else ""
