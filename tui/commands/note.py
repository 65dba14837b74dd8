"""Write a note on an item."""

from __future__ import annotations

import argparse

from ._common import add_directory, open_session, pick_one, say

__all__ = ["configure", "main"]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="ITEM")
    parser.add_argument("text", metavar="TEXT")
    parser.add_argument("--eb", help="the execution block")
    add_directory(parser)


def main(args: argparse.Namespace) -> int:
    session = open_session(args.directory)
    key = pick_one(session, args.item, args.eb)
    session.note(key, args.text)
    say(f"{key}: noted")
    return 0
