"""Stop what runs: after the CASA call in progress, or now. When nothing runs, end the CASA processes.

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
    add_directory(parser)


def main(args: argparse.Namespace) -> int:
    session = open_session(args.directory)
    session.poll()
    activity = session.snapshot().activity
    if activity.running or activity.queue:
        session.stop("now" if args.now else "after-call")
        say("Stopping now." if args.now else "Stopping after the CASA call in progress.")
    elif activity.conductor in ("none",) and not activity.workers:
        say("Nothing runs.")
    else:
        session.shutdown()
        say("Nothing runs; the CASA processes are told to end.")
    return 0
