"""The history of a MOUS, newest first, read from its git repository.

--json: a list of {commit, time (unix s), author, action, item, step, eb, status, flagged_percent,
flag_version, run, subject}. What has no meaning for an event is null or empty. Commits made by hand are
listed too; their action is empty. The same with plain git: git log, git show COMMIT.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

from ...steps.mous.mous import Mous, find_mous
from ...steps.record.history import HistoryEntry, diff, read_history
from ._common import plain

_FIELDS = (
    "commit",
    "time",
    "author",
    "action",
    "item",
    "step",
    "eb",
    "status",
    "flagged_percent",
    "flag_version",
    "run",
    "subject",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("directory", nargs="?", type=Path, default=Path(), metavar="DIR", help="the MOUS")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--item", metavar="ID", help="only of this item: bandpass, vla-line/bandpass@X2cd")
    parser.add_argument("--eb", help="only of this execution block")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N events")
    parser.add_argument("--diff", metavar="COMMIT", help="show what this commit changed, instead")


def main(args: argparse.Namespace) -> int:
    """Print the history."""
    mous = find_mous(args.directory)
    root = mous.root
    if args.diff:
        print(diff(root, args.diff), end="")
        return 0
    entries = _entries(mous, args)
    if args.json:
        print(json.dumps([{name: asdict(entry)[name] for name in _FIELDS} for entry in entries], indent=1))
    else:
        for entry in entries:
            print(_line(entry))
    return 0


def _entries(mous: Mous, args: argparse.Namespace) -> list[HistoryEntry]:
    """What was asked for, newest first; the history names an EB by its uid."""
    if not args.eb:
        return read_history(mous.root, args.item, args.limit)
    uid = mous.eb(args.eb).uid
    entries = [entry for entry in read_history(mous.root, args.item) if entry.eb == uid]
    return entries[: args.limit]


def _line(entry: HistoryEntry) -> str:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.time))
    return plain(f"{entry.commit[:8]}  {when}  {entry.action or 'by hand':12}  {entry.subject}")
