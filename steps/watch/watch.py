"""The watcher: takes the lines of a log and of a terminal, and knows what they come to.

It is fed line by line and holds counts only, so it stays small however long the log is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict

from .events import (
    CasaVersion,
    Continuation,
    Event,
    FlagRate,
    Information,
    NoData,
    Progress,
    QuietFailure,
    Solutions,
    SolutionsFlagged,
    TaskBegan,
    TaskCall,
    TaskDuration,
    TaskEnded,
    TaskRaised,
    of_log,
    of_terminal,
)
from .frames import Frames, TaskFrame
from .groups import TERMINAL, Group, Groups, Twins, WarningGroup
from .known import KnownIssue, KnownIssues, Severity
from .lines import LogLine, decode, parse, strip_escapes

__all__ = ["Watcher"]

_MOST_FAILURES = 1000
_MOST_SPWS = 4096


class _Stream:
    """One stream of lines: where its last warning went, so that more lines of it find it."""

    __slots__ = ("group", "key")

    def __init__(self) -> None:
        self.group: Group | None = None
        self.key = ("", "")


class Watcher:
    """Reads along with CASA.

    Parameters
    ----------
    known : KnownIssues
        What to recognise.
    most_groups, most_tasks : int
        Different warnings kept apart, and tasks kept (the last ones).
    """

    def __init__(
        self, known: KnownIssues | None = None, most_groups: int = 500, most_tasks: int = 5000
    ) -> None:
        self.known = known if known is not None else KnownIssues()
        """What it recognises."""
        self._groups = Groups(most_groups)
        self._frames = Frames(most_tasks)
        self._twins = Twins()
        self._streams = {False: _Stream(), True: _Stream()}
        self.lines = 0
        """Lines that were not empty."""
        self.untyped = 0
        """Those of them that are no log lines."""
        self.levels: Counter[str] = Counter()
        """Log lines of each level."""
        self.known_counts: Counter[str] = Counter()
        """How often each known issue was met, by id."""
        self.casa = ""
        """Version of CASA, where the log tells it."""
        self.progress: Progress | None = None
        """The last progress of the task in progress; None between tasks."""
        self.flag_rate: FlagRate | None = None
        """The last share of flagged data that a task told."""
        self.solutions: dict[str, Solutions] = {}
        """What the last solve came to, by spw."""
        self.solutions_flagged = (0, 0)
        """Solutions thrown away as too weak, and those they were of, over all intervals that lost some."""
        self._failures: list[QuietFailure] = []

    @property
    def tasks(self) -> tuple[TaskFrame, ...]:
        """The tasks so far (the last `most_tasks`), in the order they began."""
        return tuple(self._frames.tasks)

    @property
    def call(self) -> str:
        """The call of the task in progress; empty between tasks."""
        frame = self._frames.current
        return frame.call or f"{frame.name}(...)" if frame is not None else ""

    @property
    def quiet_failures(self) -> tuple[QuietFailure, ...]:
        """What CASA passed over although the step did not do its work, the first thousand."""
        return tuple(self._failures)

    def warnings(self) -> tuple[WarningGroup, ...]:
        """The warnings so far, grouped, in the order they first came."""
        return self._groups.all()

    def feed(self, kind: str, raw: str | bytes) -> Event | None:
        """One line of a "log", or of what CASA printed on its "terminal"; None when it is empty.

        Log lines on the terminal count only when the log did not have them.
        """
        terminal = kind == "terminal"
        text = decode(raw) if isinstance(raw, bytes) else raw.rstrip("\r\n")
        if not text or text.isspace():
            return None
        self.lines += 1
        line = parse(text)
        if line is None:
            self.untyped += 1
            return self._printed(_last_overwrite(strip_escapes(text)))
        if terminal and not line.is_warning:
            return Information(line.message)
        return self._logged(line, terminal)

    def feed_all(self, lines: Iterable[tuple[str, str | bytes]]) -> None:
        """Lines as `LogFollower.poll` gives them."""
        for kind, line in lines:
            self.feed(kind, line)

    def as_json(self) -> dict[str, object]:
        """The form that `casapilot watch --json` prints."""
        return {
            "casa": self.casa,
            "lines": self.lines,
            "untyped": self.untyped,
            "levels": dict(self.levels),
            "tasks": [frame.as_json() for frame in self.tasks],
            "warnings": [group.as_json() for group in self.warnings()],
            "known": [
                {"id": issue.id, "count": count, "title": issue.title, "severity": issue.severity.value}
                | {"muted": issue.muted}
                for issue in self.known.issues
                if (count := self.known_counts[issue.id])
            ],
            "failures": [asdict(failure) for failure in self.quiet_failures],
        }

    def peek_terminal(self, text: str | bytes) -> None:
        """A line that is not complete yet: only its progress counts."""
        event = of_terminal(strip_escapes(decode(text) if isinstance(text, bytes) else text))
        if isinstance(event, Progress):
            self.progress = event

    def _logged(self, line: LogLine, terminal: bool) -> Event:
        event = of_log(line)
        if line.is_warning and self._twins.is_second(line, terminal):
            self._join(line, terminal)
        else:
            self.levels[line.level] += 1
            if line.is_warning:
                self._warned(event, line, self._streams[terminal])
            else:
                self._informed(line)
        return event if terminal else self._happened(event, line)

    def _happened(self, event: Event, line: LogLine) -> Event:
        """Everything but warnings; returns the event, made complete where the frame knows more."""
        frames = self._frames
        if isinstance(event, Continuation):
            frames.continued(event.text)
            return event
        frames.other()
        if isinstance(event, TaskCall):
            frames.called(event)
        elif isinstance(event, TaskBegan):
            frames.began(event, line.time)
            self.progress = None
            self.solutions = {}
        elif isinstance(event, TaskEnded):
            self.progress = None
            return frames.ended(event, line.time) or event
        elif isinstance(event, TaskRaised):
            frames.raised(event, line.time)
        elif isinstance(event, TaskDuration):
            frames.took(event)
        elif not isinstance(event, Information):
            self._measured(event)
        return event

    def _measured(self, event: Event) -> None:
        if isinstance(event, Progress):
            self.progress = event
        elif isinstance(event, FlagRate):
            self.flag_rate = event
        elif isinstance(event, Solutions) and len(self.solutions) < _MOST_SPWS:
            self.solutions[event.spw] = event
        elif isinstance(event, CasaVersion):
            self.casa = event.version
            self._frames.session_began()

    def _join(self, line: LogLine, terminal: bool) -> None:
        """The other stream brought this warning; more of it may come from either."""
        stream, other = self._streams[terminal], self._streams[not terminal]
        if not line.continued:
            stream.key = (line.level, line.origin)
            stream.group = other.group if other.key == stream.key else None

    def _warned(self, event: Event, line: LogLine, stream: _Stream) -> None:
        """A warning, or more of one; or of one whose first line is empty or was not in the file."""
        text, key = line.message.strip(), (line.level, line.origin)
        if not line.continued or key != stream.key:
            stream.key, stream.group = key, None
        if not text:
            return
        if stream.group is None:
            stream.group = self._groups.add(text, line.origin, line.level, line.time)
            self._recognise(stream.group, text, quiet=not isinstance(event, TaskRaised))
        else:
            stream.group.extend(text)
            if stream.group.issue is None:
                self._recognise(stream.group, stream.group.text)

    def _informed(self, line: LogLine) -> None:
        issue = self.known.find(line.message, "INFO")
        if issue is not None:
            text = line.message.strip()
            self._mark(self._groups.add(text, line.origin, line.level, line.time), issue, text)

    def _printed(self, text: str) -> Event:
        """A line that only the terminal has."""
        event = of_terminal(text)
        if isinstance(event, Progress):
            self.progress = event
            return event
        issue = self.known.find(text, TERMINAL)
        if isinstance(event, SolutionsFlagged):
            flagged, total = self.solutions_flagged
            self.solutions_flagged = (flagged + event.flagged, total + event.total)
        elif issue is None and not isinstance(event, NoData):
            return event
        group = self._groups.add(text.strip(), "", TERMINAL, "")
        if issue is not None:
            self._mark(group, issue, text)
        return event

    def _recognise(self, group: Group, text: str, quiet: bool = True) -> None:
        level = "SEVERE" if group.level not in ("WARN", "WARNING") else "WARN"
        issue = group.issue or self.known.find(text, level)
        if issue is not None:
            self._mark(group, issue, text, quiet)

    def _mark(self, group: Group, issue: KnownIssue, text: str, quiet: bool = True) -> None:
        """Count a known issue; a group of many kinds does not bear its name."""
        self.known_counts[issue.id] += 1
        if not group.of_many:
            group.issue = issue
        if quiet and issue.severity is Severity.FAIL and len(self._failures) < _MOST_FAILURES:
            frame = self._frames.current
            failure = QuietFailure(issue.id, text.strip(), frame.name if frame else "")
            if failure not in self._failures[-20:]:
                self._failures.append(failure)


def _last_overwrite(text: str) -> str:
    """What a terminal shows of a line that went back to its start."""
    return next((piece for piece in reversed(text.split("\r")) if piece.strip()), "")
