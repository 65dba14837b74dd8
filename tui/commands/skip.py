"""Skip an item, with the reason."""

from __future__ import annotations

import argparse

from ._common import add_directory, open_session, pick_one, say

__all__ = ["configure", "main"]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="ITEM")
    parser.add_argument("--why", default="", help="the reason; without it a skip is refused")
    parser.add_argument("--undo", action="store_true", help="take the skip back")
    parser.add_argument("--eb", help="the execution block")
    add_directory(parser)


def main(args: argparse.Namespace) -> int:
    session = open_session(args.directory)
    key = pick_one(session, args.item, args.eb)
    if args.undo:
        session.unskip(key)
    else:
        session.skip(key, args.why)
    say(f"{key}: {'to do again' if args.undo else 'skipped'}")
    return 0
