"""Check a checklist, show it, or print the schema that editors use.

check   all that is wrong, one problem a line (file:line: text); exit code 1 when there is any
show    the checklist with what it includes and what the site and you override
schema  the JSON Schema, for an editor that completes and checks TOML
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ...steps.errors import UsageError

__all__ = ["configure", "main"]


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="check|show|schema")
    check = actions.add_parser("check", help="all that is wrong with a checklist")
    check.add_argument("file", type=Path, metavar="FILE")
    show = actions.add_parser("show", help="the checklist as text")
    show.add_argument("file", metavar="FILE", help="a file, or the id of a checklist")
    show.add_argument("--condensed", action="store_true", help="one line an item")
    actions.add_parser("schema", help="the JSON Schema")


def main(args: argparse.Namespace) -> int:
    if args.action == "check":
        return _check(args.file)
    return _show(args.file, args.condensed) if args.action == "show" else _schema()


def _check(path: Path) -> int:
    from ...steps.checklist.load import check_file

    _refuse_known_issues(path)
    problems = check_file(path)
    for problem in problems:
        print(problem)
    count = len(problems)
    words = "in order" if not count else f"{count} {'problem' if count == 1 else 'problems'}"
    print(f"{path}: {words}", file=sys.stderr)
    return 1 if problems else 0


def _show(name: str, short: bool) -> int:
    from ...steps.checklist.load import find_checklist, load_checklist
    from ...steps.checklist.render import show

    path = Path(name)
    if not path.exists() and path.name == name and path.suffix != ".toml":
        path = find_checklist(name)
    _refuse_known_issues(path)
    print(show(load_checklist(path), short=short))
    return 0


def _schema() -> int:
    from ...steps.checklist.schema import schema_text

    sys.stdout.write(schema_text())
    return 0


def _refuse_known_issues(path: Path) -> None:
    """The list of known issues lies beside the checklists, and is none."""
    from ...steps.checklist.source import read_source

    data = read_source(path).data
    if "issue" in data and "checklist" not in data:
        raise UsageError(
            "holds known issues, and is not a checklist",
            str(path),
            "To see which of them a CASA log shows: casapilot watch LOG",
        )
