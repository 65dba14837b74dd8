"""Sign an item off, with initials."""

from __future__ import annotations

import argparse

from ._common import add_directory, initials, open_session, pick_one, say

__all__ = ["configure", "main"]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="ITEM")
    parser.add_argument("--initials", default="", help="whose judgement it is (default: the user's name)")
    parser.add_argument("--text", default="", help="what was found")
    parser.add_argument("--choice", default="", help="the choice, for a decision")
    parser.add_argument("--eb", help="the execution block")
    add_directory(parser)


def main(args: argparse.Namespace) -> int:
    session = open_session(args.directory)
    key, who = pick_one(session, args.item, args.eb), initials(args.initials)
    if args.choice:
        session.choose(key, args.choice, who)
    else:
        session.sign(key, who, args.text)
    say(f"{key}: {'decided' if args.choice else 'signed off'} by {who}")
    return 0
