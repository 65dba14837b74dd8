"""The journal of a MOUS: what has happened, one JSON object a line, appended and never rewritten.

The worker (inside CASA) and the conductor write it, each event with one ``write`` to a file opened for
appending; everything else only reads. It is the truth about a reduction in progress: sockets carry
commands, never facts. This file also runs inside CASA's own Python (3.8+).
"""

from __future__ import annotations

import json
import os
import time
from typing import Any, Callable, Container, Dict, List, NamedTuple, Optional, Tuple

from .errors import JournalError

__all__ = ["KINDS", "Event", "Journal"]

#: Kind of event -> the fields it has besides ``t`` (unix time, s) and ``kind``.
#: ``run`` is a run id, ``eb`` an EB's short name ("X2cd"; "" for the whole MOUS), ``item`` "checklist/item".
KINDS: Dict[str, Tuple[str, ...]] = {
    # written by the worker
    "worker-started": ("eb", "pid", "host", "casa", "python"),
    "step-started": ("run", "eb", "item", "step", "title", "script"),
    "call-started": ("run", "call", "task", "text", "line"),
    "call-ended": ("run", "call", "task", "seconds", "ok", "result", "error"),
    "log-redirected": ("run", "path", "size"),
    "version-kept": ("run", "ms", "version", "saved_as"),
    "step-ended": ("run", "status", "seconds", "error", "traceback"),
    "worker-ended": ("eb", "reason"),
    # written by the conductor
    "conductor-started": ("pid", "host"),
    "queue": ("keys", "jobs"),
    "item-started": ("run", "key", "eb", "item", "step", "title"),
    "item-refused": ("key", "reason", "todo", "dropped"),
    "flags-saved": ("run", "ms", "version"),
    "flags-restored": ("run", "ms", "version"),
    "restore-started": ("key",),
    "restore-ended": ("key", "ok"),
    "flags-counted": ("run", "ms", "when", "file", "flagged_percent"),
    "warnings": ("run", "count", "known", "text"),
    "progress": ("run", "text", "percent"),
    "checked": ("run", "metric", "value", "unit", "verdict"),
    "item-ended": ("run", "key", "status", "seconds", "flagged_percent", "flagged_change", "text"),
    "committed": ("run", "commit", "subject"),
    "stop": ("how", "eb"),
    "conductor-ended": ("reason",),
}

#: Bytes that are looked through at a time, and those at the beginning of a line that hold kind and run.
BLOCK, HEAD = 1 << 20, 4096


class Event(NamedTuple):
    """One line of the journal."""

    kind: str
    t: float
    data: Dict[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        """The field `name`, or `default`."""
        return self.data.get(name, default)


class Journal:
    """Append to and read from one events.jsonl.

    Parameters
    ----------
    path : str or os.PathLike
        The file; its folder must exist. It is made at the first event.
    clock : callable
        Returns the unix time, s.
    """

    def __init__(self, path: Any, clock: Callable[[], float] = time.time) -> None:
        self.path = os.fspath(path)
        self._clock = clock

    def append(self, kind: str, **fields: Any) -> Event:
        """Write one event and return it; an unknown kind or field is a mistake in our own code."""
        unknown = set(fields) - set(KINDS[kind])
        if unknown:
            raise JournalError(f"event {kind!r} has no field {', '.join(sorted(unknown))}", self.path)
        event = Event(kind, round(self._clock(), 3), fields)
        line = json.dumps({"t": event.t, "kind": kind, **fields}, default=str) + "\n"
        data = line.encode("utf-8", "backslashreplace")
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as error:
            raise JournalError(f"cannot be written: {error.strerror}", self.path) from error
        try:
            if _ends_torn(handle):
                data = b"\n" + data
            written = os.write(handle, data)
        except OSError as error:
            raise JournalError(
                f"cannot be written: {error.strerror}",
                self.path,
                "Make room on this disk, then go on: nothing recorded is lost.",
            ) from error
        finally:
            os.close(handle)
        if written != len(data):
            raise JournalError("the disk is full", self.path, "Make room on this disk, then go on.")
        return event

    def read(self, offset: int = 0) -> Tuple[List[Event], int]:
        """The events from byte `offset` on, and the offset to go on from.

        Only whole lines are read; a line torn by a kill or a full disk is passed over.
        """
        try:
            with open(self.path, "rb") as file:
                file.seek(offset)
                data = file.read()
        except FileNotFoundError:
            return [], offset
        end = data.rfind(b"\n") + 1
        events = []
        for line in data[:end].splitlines():
            event = _parse(line)
            if event is not None:
                events.append(event)
        return events, offset + end

    def select(self, kinds: Container[str], end: Optional[int] = None) -> List[Event]:
        """The events of some kinds, of those that begin before byte `end`: skims a long journal quickly."""
        events = []
        at = 0
        try:
            with open(self.path, "rb") as file:
                for line in file:
                    if (end is not None and at >= end) or not line.endswith(b"\n"):
                        break
                    at += len(line)
                    event = _parse(line) if _kind(line) in kinds else None
                    if event is not None:
                        events.append(event)
        except FileNotFoundError:
            pass
        return events

    def last(self, kind: str, run: str = "") -> int:
        """Where the line of the last event of a kind (of one run) begins, in bytes; 0 when there is none."""
        sought = ('"kind": %s' % json.dumps(kind) + (', "run": %s' % json.dumps(run) if run else "")).encode()
        try:
            with open(self.path, "rb") as file:
                end, after = file.seek(0, os.SEEK_END), b""
                while end > 0:
                    begin = max(0, end - BLOCK)
                    file.seek(begin)
                    block = file.read(end - begin) + after
                    found = block.rfind(sought)
                    start = block.rfind(b"\n", 0, max(found, 0)) + 1
                    if found >= 0 and (start or begin == 0):
                        return begin + start
                    end, after = begin, block[:HEAD]
        except FileNotFoundError:
            pass
        return 0


def _kind(line: bytes) -> str:
    """The kind of an event by how `append` begins a line; most need no more than that."""
    words = line.split(b'"', 6)
    return words[5].decode("utf-8", "replace") if len(words) > 6 and words[3] == b"kind" else ""


def _parse(line: bytes) -> Any:
    try:
        data = json.loads(line.decode("utf-8"))
        return Event(str(data.pop("kind")), float(data.pop("t")), data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _ends_torn(handle: int) -> bool:
    size = os.fstat(handle).st_size
    return size > 0 and os.pread(handle, 1, size - 1) != b"\n"
