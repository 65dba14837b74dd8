"""Stop what runs: after the CASA call in progress, or now. When nothing runs, end the CASA processes.

Where several execution blocks run, all of them are stopped, or with --eb one.

CASA cannot be interrupted inside a call. "Now" kills its process; a new one is started, the flags are
restored to the version saved before the step, and half-written outputs are removed.
"""

from __future__ import annotations

import argparse

from ._common import add_directory, open_session, say

__all__ = ["configure", "main"]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--now", action="store_true", help="kill the CASA process instead of waiting for its call"
    )
    parser.add_argument("--eb", default="", help="only this execution block; the others go on")
    add_directory(parser)


def main(args: argparse.Namespace) -> int:
    session = open_session(args.directory)
    session.poll()
    activity = session.snapshot().activity
    if args.eb:
        session.mous.eb(args.eb)
        if not activity.is_busy(args.eb):
            say(f"Nothing of {args.eb} runs.")
            return 0
    if activity.running or activity.queue:
        session.stop("now" if args.now else "after-call", args.eb)
        head = f"{args.eb}: stopping" if args.eb else "Stopping"
        say(f"{head} now." if args.now else f"{head} after the CASA call in progress.")
    elif activity.conductor in ("none",) and not activity.workers:
        say("Nothing runs.")
    else:
        session.shutdown()
        say("Nothing runs; the CASA processes are told to end.")
    return 0
