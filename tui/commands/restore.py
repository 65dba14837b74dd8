"""Restore the flags that the last run of an item started from."""

from __future__ import annotations

import argparse

from ._common import add_directory, confirm, open_session, pick_one
from .run import follow

__all__ = ["configure", "main"]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="ITEM")
    parser.add_argument("--eb", help="the execution block")
    parser.add_argument("--yes", action="store_true", help="confirm that flags set since then go")
    add_directory(parser)


def main(args: argparse.Namespace) -> int:
    session = open_session(args.directory)
    session.poll()
    key = pick_one(session, args.item, args.eb)
    last = session.last_run(key)
    versions = ", ".join(last.rests_on) if last else ""
    confirmed = args.yes or (bool(versions) and confirm(f"Flags set since then go: back to {versions}?"))
    session.restore(key, confirmed=confirmed)
    events = follow(session)
    return 0 if any(event.kind == "restore-ended" and event.get("ok") for event in events) else 1
