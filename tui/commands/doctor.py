"""What this machine has and lacks for a reduction, and what to do about it.

Each thing is ok, to be looked at, or missing. Exit code 4 when something is missing that no reduction can do
without, else 0. --json: a list of {name, status, text, todo}.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from ...steps.doctor import Finding, Place, Verdict, examine, run_command
from ...steps.errors import MousError
from ...steps.mous.mous import find_mous

_MARK = {Verdict.OK: "ok", Verdict.LOOK: "look", Verdict.MISSING: "MISSING"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "directory", nargs="?", type=Path, default=Path(), metavar="DIR", help="the MOUS, if any"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def main(args: argparse.Namespace) -> int:
    """Look, tell, and say whether it will do."""
    findings = []
    for finding in examine(_place(args.directory)):
        findings.append(finding)
        if not args.json:
            _tell(finding)
    if args.json:
        print(json.dumps([_plain(finding) for finding in findings], indent=1))
    return 4 if any(finding.verdict is Verdict.MISSING for finding in findings) else 0


def _place(directory: Path) -> Place:
    if not directory.is_dir():
        raise MousError("is not a folder", str(directory), "Name the folder of a MOUS, or none.")
    try:
        mous = find_mous(directory)
    except MousError:
        mous = None
    folder = mous.root if mous else directory.resolve()
    return Place(folder, mous, os.environ, run_command)


def _tell(finding: Finding) -> None:
    print(f"{_MARK[finding.verdict]:8}{finding.name:14}{finding.text}", flush=True)
    if finding.todo:
        print(f"{'':22}-> {finding.todo}", flush=True)


def _plain(finding: Finding) -> dict[str, str]:
    return {
        "name": finding.name,
        "status": finding.verdict.value,
        "text": finding.text,
        "todo": finding.todo,
    }
