"""Read a CASA log, or a copy of a terminal: what ran, how long, what CASA warned of, and what that means.

FILE may be a log of CASA 4.2 to 6.7, or the output of a terminal or notebook. Exit code 1 when a known issue
says that something failed, or a task did.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

from ...steps.errors import UsageError
from ...steps.watch.follow import LogFollower
from ...steps.watch.frames import TaskFrame
from ...steps.watch.groups import WarningGroup
from ...steps.watch.known import KnownIssue, KnownIssues, Severity
from ...steps.watch.known_read import load_known
from ...steps.watch.watch import Watcher
from ._common import emit

_POLL_S = 0.2
_CHUNK_BYTES = 1 << 20
_TASKS_SHOWN = 60
_MOST_TASKS = 1_000_000
_WIDTH = 100


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a CASA log")
    parser.add_argument(
        "--issues",
        nargs="?",
        const="",
        metavar="WORD",
        help="no log: list the known issues, or those of a stage, a number (KI-45) or with a word",
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object (with --follow: one a happening)"
    )
    parser.add_argument("--follow", action="store_true", help="go on as the file grows, until Ctrl-C")
    parser.add_argument("--known", type=Path, metavar="TOML", help="more known issues, or changes of ours")


def main(args: argparse.Namespace) -> int:
    known = load_known(args.known)
    if args.issues is not None:
        return _list_issues(known, args.issues, args.json)
    if args.file is None:
        raise UsageError("names no log", "", "Name one, or list the known issues: casapilot watch --issues")
    _check(args.file, args.follow)
    watcher = Watcher(known, most_tasks=_MOST_TASKS)
    follower = LogFollower([(args.file, "log")])
    try:
        _follow(follower, watcher, args.json) if args.follow else _read(follower, watcher)
    finally:
        follower.close()
    if args.json and not args.follow:
        print(json.dumps(watcher.as_json(), indent=1))
    elif not args.json:
        print("\n".join(report(watcher, known)))
    return 1 if _is_bad(watcher, known) else 0


def _list_issues(known: KnownIssues, word: str, as_json: bool) -> int:
    """Print the catalogue, or what of it has to do with `word`."""
    found = [issue for issue in known.issues if _concerns(issue, word.lower())]
    if not found:
        raise UsageError(f"no known issue has to do with {word!r}", "", "All: casapilot watch --issues")
    if as_json:
        emit([dataclasses.asdict(issue) for issue in found])
        return 0
    for issue in found:
        numbers = "".join(f" KI-{number:02d}" for number in issue.ki)
        stage = f"{issue.stage.value}, " if issue.stage else ""
        print(f"{issue.id}: {issue.title} ({stage}{issue.severity.value}{numbers})")
        for text in (
            issue.cause,
            f"What to do: {issue.cure}",
            f"Source: {issue.source}" if issue.source else "",
        ):
            if text:
                print(textwrap.fill(text, _WIDTH, initial_indent="    ", subsequent_indent="    "))
    return 0


def _concerns(issue: KnownIssue, word: str) -> bool:
    numbers = {f"ki-{number:02d}" for number in issue.ki} | {f"ki-{number}" for number in issue.ki}
    words = (issue.stage.value if issue.stage else "", issue.severity.value)
    return word in words or word in numbers or word in f"{issue.id} {issue.title} {issue.cause}".lower()


def _check(path: Path, may_come: bool) -> None:
    if may_come and not path.exists():
        return
    try:
        path.open("rb").close()
    except OSError as error:
        todo = "Give the path of a CASA log."
        raise UsageError(f"cannot be read: {error.strerror}", str(path), todo) from error


def _is_bad(watcher: Watcher, known: KnownIssues) -> bool:
    failed = any(issue.severity is Severity.FAIL and watcher.known_counts[issue.id] for issue in known.issues)
    return failed or any(frame.ended == "failed" for frame in watcher.tasks)


def _read(follower: LogFollower, watcher: Watcher) -> None:
    while lines := follower.poll(_CHUNK_BYTES):
        watcher.feed_all(lines)
    watcher.feed_all(follower.finish())


def _follow(follower: LogFollower, watcher: Watcher, as_json: bool) -> None:
    """Tell what happens as it happens; Ctrl-C ends it, and the report of the whole follows."""
    told = _Told()
    try:
        while True:
            lines = follower.poll(_CHUNK_BYTES)
            watcher.feed_all(lines)
            for happening in told.news(watcher):
                print(json.dumps(happening) if as_json else _line(happening), flush=True)
            if not lines:
                time.sleep(_POLL_S)
    except KeyboardInterrupt:
        watcher.feed_all(follower.finish())
        print(file=sys.stderr)


class _Told:
    """What has been told of a log that is followed."""

    def __init__(self) -> None:
        self._warnings = 0
        self._tasks = 0
        self._open: list[TaskFrame] = []

    def news(self, watcher: Watcher) -> Iterator[dict[str, object]]:
        tasks, warnings = watcher.tasks, watcher.warnings()
        for frame in tasks[self._tasks :]:
            yield {"happened": "task-began", **frame.as_json()}
        for frame in [*self._open, *tasks[self._tasks :]]:
            if frame.ended != "open":
                yield {"happened": "task-ended", **frame.as_json()}
        self._open = [frame for frame in [*self._open, *tasks[self._tasks :]] if frame.ended == "open"]
        self._tasks = len(tasks)
        for group in warnings[self._warnings :]:
            if not group.muted:
                yield {"happened": "warning", **group.as_json()}
        self._warnings = len(warnings)


def _line(happening: dict[str, object]) -> str:
    if happening["happened"] == "warning":
        return _clean(f"{happening['level']:8} {happening['known'] or '':24} {happening['text']}")[:_WIDTH]
    if happening["happened"] == "task-began":
        return _clean(f"began    {happening['name']}")
    return _clean(f"{happening['ended']:8} {happening['name']} {_seconds(happening['seconds'])}")


def report(watcher: Watcher, known: KnownIssues) -> list[str]:
    """The table for a person."""
    counts = "  ".join(f"{count} {level}" for level, count in sorted(watcher.levels.items()))
    casa = f"CASA {watcher.casa}, " if watcher.casa else ""
    lines = [_clean(f"{casa}{watcher.lines} lines ({counts or 'no log lines'})")]
    if watcher.untyped:
        lines.append(f"{watcher.untyped} lines are no log lines (prompts, prints)")
    lines += _tasks(watcher.tasks)
    groups = watcher.warnings()
    for issue in sorted(known.issues, key=_by_weight):
        count = watcher.known_counts[issue.id]
        if count and not issue.muted:
            lines += _issue(issue, count, [group for group in groups if group.known == issue.id])
    unknown = [group for group in groups if not group.known]
    if unknown:
        lines += ["", "Other warnings"]
    for group in unknown:
        origin = f"  [{group.origin}]" if group.origin else ""
        lines += _wrapped(f"  {group.count:5}x {group.level:8} ", group.text + origin)
    muted = [issue for issue in known.issues if issue.muted and watcher.known_counts[issue.id]]
    if muted:
        said = ", ".join(f"{watcher.known_counts[issue.id]}x {issue.id}" for issue in muted)
        lines += ["", *_wrapped("Harmless: ", said)]
    return lines


def _by_weight(issue: KnownIssue) -> int:
    return [Severity.FAIL, Severity.WARN, Severity.NOTE, Severity.IGNORE].index(issue.severity)


def _tasks(tasks: tuple[TaskFrame, ...]) -> list[str]:
    if not tasks:
        return []
    if len(tasks) > _TASKS_SHOWN:
        return ["", f"{len(tasks)} tasks, by name", *_by_name(tasks)]
    rows = [f"  {f.began[11:]}  {_seconds(f.seconds):>10}  {f.ended:6}  {_clean(f.name)}" for f in tasks]
    return ["", "Tasks (UTC)", *rows]


def _by_name(tasks: tuple[TaskFrame, ...]) -> list[str]:
    rows = []
    for name in dict.fromkeys(frame.name for frame in tasks):
        mine = [frame for frame in tasks if frame.name == name]
        seconds = sum(frame.seconds or 0.0 for frame in mine)
        bad = ", ".join(
            f"{count} {ended}"
            for ended in ("failed", "open")
            if (count := sum(frame.ended == ended for frame in mine))
        )
        rows.append(f"  {len(mine):5}x  {_seconds(seconds):>10}  {_clean(name)}  {bad}".rstrip())
    return rows


def _issue(issue: KnownIssue, count: int, groups: list[WarningGroup]) -> list[str]:
    lines = ["", f"{issue.severity.value.upper():5} {count}x  {issue.title}  [{issue.id}]"]
    for group in groups[:3]:
        lines += _wrapped("        > ", group.text, most=2)
    if len(groups) > 3:
        lines.append(f"          and {len(groups) - 3} more like it")
    return [*lines, *_wrapped("  cause   ", issue.cause), *_wrapped("  cure    ", issue.cure)]


def _wrapped(head: str, text: str, most: int = 4) -> list[str]:
    indent = " " * len(head)
    return textwrap.wrap(
        _clean(text),
        _WIDTH,
        initial_indent=head,
        subsequent_indent=indent,
        max_lines=most,
        placeholder=" ...",
    ) or [head.rstrip()]


def _seconds(seconds: object) -> str:
    if not isinstance(seconds, (int, float)):
        return "-"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02} min"


def _clean(text: str) -> str:
    """Nothing that a terminal would take for a command."""
    return "".join(char if char.isprintable() else " " for char in text)
