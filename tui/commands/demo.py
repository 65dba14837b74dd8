"""Set up a MOUS with real data and walk through it: VLA observations of neutral hydrogen in NGC 5921.

The data come with CASA's data package. Without a terminal, or with --headless, all items are run and the
table of items is printed; exit code 0 means that every number agrees with the published ones.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ._common import say

__all__ = ["configure", "main"]

FOLDER = Path("casapilot-demo")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "directory", nargs="?", type=Path, default=FOLDER, metavar="DIR", help=f"default: {FOLDER}"
    )
    parser.add_argument("--vla", action="store_true", help="NGC 5921 (today the only one)")
    parser.add_argument("--headless", action="store_true", help="run everything, without screens")


def main(args: argparse.Namespace) -> int:
    from ...steps.run.start import start_demo

    mous, said = start_demo(args.directory.resolve())
    for sentence in said:
        say(sentence)
    if args.headless or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _headless(mous.root)
    from ..app import open_mous

    return open_mous(mous.root, autorun=True)


def _headless(root: Path) -> int:
    from ._common import open_session
    from .run import SETTLED, go_on, run_keys

    session = open_session(root)
    go_on(session)
    kinds = session.kinds()
    rows = session.snapshot().rows
    keys = [
        row.key for row in rows if kinds[row.key].value in ("run", "check") and row.state.value not in SETTLED
    ]
    code = run_keys(session, keys, confirmed=False)
    _print_checks(root)
    session.poll()
    if session.snapshot().activity.conductor == "idle":
        session.shutdown()
    say(f"The history: casapilot log {root}   (or git log in that folder)")
    return code


def _print_checks(root: Path) -> None:
    """Print each number with the published one."""
    from ._common import open_session

    rows = open_session(root).snapshot().rows
    checks = [check for row in rows if row.run for check in row.run.checks]
    if checks:
        print()
    for check in checks:
        print(f"{check.verdict:8}{check.text}")
