"""Run items of the checklist.

The conductor runs them in the background: to interrupt this command leaves the work going
(casapilot status tells, casapilot stop stops). Items already done are run again only when they are named,
or lie between --from and --to; --all runs what is not done yet, and what rests on that.

Execution blocks run side by side, up to --jobs of them, each in its own order; what fails in one holds up
none of the others. --all leaves out what cannot run before a person has judged or decided something, and
ends with what to look at. Exit code 0: all of it was run and ended well; 1: a step failed or a check was not
met; 3: the rest waits for a person; 4: something was not begun (CASA, disk, another process).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ...steps.errors import UsageError
from ..found import settled
from ..overview import ebs_of
from ._common import columns, confirm, open_session, plain, say, split_directory
from .lookat import WIDTH, look_at
from .narrate import Narrator
from .status import print_items, summary_line

if TYPE_CHECKING:
    from ...steps.checklist.model import Key
    from ...steps.journal import Event
    from ...steps.run.session import Session

__all__ = ["configure", "follow", "main", "run_keys"]

POLL_S = 0.1
#: States in which --all leaves an item alone.
SETTLED = ("done", "warned", "skipped")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "items", nargs="*", metavar="ITEM", help="items by id or title; a folder as last word is the MOUS"
    )
    parser.add_argument("--from", dest="start", metavar="A", help="first item of a range")
    parser.add_argument("--to", dest="stop", metavar="B", help="last item of a range")
    parser.add_argument("--all", action="store_true", help="all that is not done yet")
    parser.add_argument("--eb", help="only this execution block")
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="execution blocks at a time (default: [run] jobs of mous.toml)"
    )
    parser.add_argument("--yes", action="store_true", help="confirm what would be undone")


def main(args: argparse.Namespace) -> int:
    if args.jobs is not None and args.jobs < 1:
        raise UsageError(f"--jobs {args.jobs} runs nothing", "", "Give 1 or more.")
    names, directory = split_directory(args.items)
    session = open_session(directory)
    if args.eb:
        session.mous.eb(args.eb)
    go_on(session)
    keys = choose(session, names, args)
    return run_keys(session, keys, confirmed=args.yes, jobs=args.jobs, leave_out=args.all)


def go_on(session: Session) -> None:
    """Have what a conductor that died has left settled, and its queue done."""
    session.poll()
    if session.snapshot().activity.conductor == "dead":
        say("The conductor had died: what it has left is settled, and its queue goes on.")
        session.go_on()
        follow(session)


def choose(session: Session, names: list[str], args: argparse.Namespace) -> list[Key]:
    """Return the items that the command line means, in order, those that a script step belongs to."""
    from ...steps.checklist.model import Kind
    from ...steps.checklist.select import pick

    kinds = session.kinds()
    runnable = (Kind.RUN, Kind.CHECK)
    if args.all:
        if names or args.start or args.stop:
            raise UsageError("--all goes without items", "", "Name items, or a range, or --all.")
        rows = [row for row in session.snapshot().rows if args.eb in (None, row.key.eb)]
        todo = [row.key for row in rows if kinds[row.key] in runnable and row.state.value not in SETTLED]
        return session.with_resting(todo)
    if not (names or args.start or args.stop):
        raise UsageError("run what?", "", "Name items, --from A --to B, or --all.")
    keys = pick(session.order, names, session.checklists, start=args.start, stop=args.stop, eb=args.eb)
    by_hand = [key for key in keys if kinds[key] not in runnable]
    if names and by_hand:
        raise UsageError(
            "is not run but judged by a person", str(by_hand[0]), "Use: casapilot sign, or skip."
        )
    left_out = () if names else _skipped(session)
    return [key for key in keys if kinds[key] in runnable and key not in left_out]


def _skipped(session: Session) -> set[Key]:
    """What a range leaves out: what does not apply to these data, and what a person skipped."""
    return {row.key for row in session.snapshot().rows if row.state.value == "skipped"}


def run_keys(
    session: Session,
    keys: list[Key],
    *,
    confirmed: bool,
    jobs: int | None = None,
    leave_out: bool = False,
) -> int:
    """Queue `keys`, narrate until they are through, print the items and what to look at.

    With `leave_out`, what cannot run is left out and told at the end, instead of refused at the beginning.
    """
    plan = session.plan(keys)
    left_out = plan.refused if leave_out else {}
    keys = list(plan.keys) if leave_out else keys
    if plan.undoes and not confirmed:
        say("This undoes something:\n  " + "\n  ".join(plan.undoes))
        confirmed = confirm("Go on?")
    events: list[Event] = []
    if keys:
        session.new_events()
        session.run(keys, confirmed=confirmed, jobs=jobs)
        events = follow(session)
    else:
        say("Nothing can run now." if left_out else "Nothing is left to run.")
    session.poll()
    snapshot = session.snapshot()
    findings = {eb: session.findings(eb) for eb in ebs_of(snapshot)}
    noted = settled(snapshot, findings)
    print_items(snapshot, noted=noted)
    refused = {str(e.get("key")): str(e.get("reason")) for e in events if e.kind == "item-refused"}
    told = look_at(snapshot, None, {**left_out, **refused}, columns() or WIDTH, findings)
    if told:
        print("\n" + "\n".join(map(plain, told)))
    say(summary_line(snapshot, noted))
    return exit_code([str(key) for key in keys], events) or (3 if left_out else 0)


def exit_code(keys: Sequence[str], events: Iterable[Event]) -> int:
    """Return 0 when each of `keys` was run and ended well, 1 when one did not, 4 when one was not begun."""
    ended: dict[str, str] = {}
    stopped = False
    for event in events:
        if event.kind == "item-ended":
            ended[str(event.get("key"))] = str(event.get("status"))
        stopped = stopped or event.kind == "stop"
    statuses = {ended.get(key, "unbegun") for key in keys}
    if statuses <= {"done"}:
        return 0
    return 1 if stopped or statuses - {"done", "unbegun"} else 4


def follow(session: Session) -> list[Event]:
    """Narrate until the conductor has nothing left to do, and return what happened."""
    seen: list[Event] = []
    narrator = Narrator(len(session.mous.ebs) > 1)
    try:
        while True:
            session.poll()
            activity = session.snapshot().activity
            events = session.new_events()  # after the poll: all that the activity rests on is told
            seen += events
            for line in filter(None, map(narrator.tell, events)):
                say(line)
            if activity.conductor != "busy" and not activity.running and not activity.queue:
                return seen
            if activity.conductor in ("dead", "none"):
                say("The conductor has died; go on with: casapilot run --all")
                return seen
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        say("\nThe work goes on without this command; see casapilot status, or stop it: casapilot stop")
        raise
