"""Begin the MOUS folder: from ASDMs as they were staged, or onto a reduction that was begun by hand.

Makes the tree that ALMA's packager expects, mous.toml with all that is known, and a git repository with the
checklists as they are today. What it would do is shown first and, on a terminal, has to be confirmed.
Run again, it completes what is missing and changes nothing else. DIR is ./UID unless given right after UID.
"""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ...steps.errors import NeedsPerson, UsageError
from ._ask import ask, choose, is_terminal, yes
from ._common import emit, say

if TYPE_CHECKING:
    from ...steps.mous.goal import Goal
    from ...steps.mous.survey import Survey, Wish

__all__ = ["configure", "main"]

BEAM = ("beam_min_arcsec", "beam_max_arcsec")
T = TypeVar("T")

NO_CONFLICT = "none"
HOW = {
    "link": "leave them where they are; the folders of the EBs get links",
    "move": "move them into the folders of the EBs",
    "copy": "copy them; they stay where they are, too",
}
WHY_HOW = (
    "Linked, they must stay where they are until the reduction is delivered. Moved to another disk, the "
    "copy is compared byte by byte before the original goes away."
)
WHY_CONFLICT = (
    "Nobody reduces data of their own project, nor of one they are close to: they would see what others "
    "wait for, and judge what they need. Type none, or what it is; mous.toml and the history keep the answer."
)
WHY_OPEN = (
    "From the Control and Performance page of the Observing Tool. Leave it empty when you do not know it yet."
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("uid", metavar="UID", help="uid://A001/X13e/X1fe or uid___A001_X13e_X1fe")
    parser.add_argument("directory", nargs="?", type=Path, metavar="DIR", help="its folder (default: ./UID)")
    parser.add_argument(
        "--asdm", nargs="+", action="extend", type=Path, default=[], metavar="PATH", help="ASDM directories"
    )
    how = parser.add_mutually_exclusive_group()
    for name, meaning in HOW.items():
        how.add_argument(f"--{name}", action="store_const", const=name, dest="how", help=f"ASDMs: {meaning}")
    goal = parser.add_argument_group("what was asked for")
    goal.add_argument(
        "--aot", type=Path, metavar="FILE", help="file of the Observing Tool: goal, project, title"
    )
    goal.add_argument("--rms", metavar="0.1mJy", help="per beam")
    goal.add_argument("--rms-frequency", metavar="230GHz")
    goal.add_argument("--rms-bandwidth", metavar="1.875GHz")
    goal.add_argument("--beam", metavar="0.8..1.2arcsec", help="or one: 0.8 to 1.2 of it are taken")
    about = parser.add_argument_group("about it")
    about.add_argument("--project", default="", metavar="CODE", help="2013.1.00123.S")
    about.add_argument("--reducer", default="", metavar="INITIALS")
    about.add_argument("--conflict-of-interest", default="", metavar="none|TEXT", help="the reducer's answer")
    about.add_argument(
        "--ticket", action="append", default=[], metavar="NAME=ID", help="reduction=SCOPS-1234"
    )
    about.add_argument("--checklist", action="append", default=[], metavar="ID", help="instead of the usual")
    about.add_argument("--casa-python", default="", metavar="P", help="Python of the CASA to use")
    parser.add_argument("--yes", action="store_true", help="do not ask; take doubts for settled")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, and do nothing")
    parser.add_argument("--json", action="store_true", help="what was done (or would be) as JSON on stdout")


def main(args: argparse.Namespace) -> int:
    from ...steps.mous.survey import survey
    from ._beginning import as_json, plan_lines

    found = survey(_wish(args))
    asking = is_terminal() and not args.yes
    if asking and not args.dry_run:
        found = _asked(found)
    _refuse_open(found, args)
    for line in plan_lines(found):
        say(line)
    if args.dry_run:
        say("Nothing has been changed (--dry-run).")
        return _end(args, as_json(found, done=False))
    _settle_doubts(found, args, asking)
    if asking and not yes("Do this"):
        say("Nothing has been changed.")
        return 3
    return _end(args, as_json(found, done=True, said=_do(found)))


def _do(found: Survey) -> tuple[str, ...]:
    from ...steps.run.begin import begin_mous

    begun = begin_mous(found)
    for sentence in begun.said:
        say(sentence)
    say(f"The MOUS is in {begun.mous.root}. Open it: casapilot {begun.mous.root}")
    return begun.said


def _end(args: argparse.Namespace, data: dict[str, Any]) -> int:
    if args.json:
        emit(data)
    return 0


# -- what was said on the command line -------------------------------------------------------------------


def _wish(args: argparse.Namespace) -> Wish:
    from ...steps.mous.site import site_settings
    from ...steps.mous.survey import Wish
    from ...steps.mous.transfer import How
    from ...steps.mous.uids import disk_uid

    uid = disk_uid(args.uid)
    return Wish(
        uid=uid,
        root=(args.directory or Path(uid)).absolute(),
        asdms=tuple(args.asdm),
        how=How(args.how) if args.how else None,
        aot=args.aot,
        project=args.project,
        reducer=args.reducer,
        conflict_of_interest=args.conflict_of_interest.strip(),
        goal=_typed(args),
        tickets=_tickets(args.ticket),
        site=site_settings(),
        checklists=tuple(args.checklist),
        casa_python=args.casa_python,
    )


def _typed(args: argparse.Namespace) -> Goal:
    from ...steps.mous.goal import NUMBERS, Goal
    from ...steps.mous.quantities import to_beam, to_flux, to_frequency

    low, high = to_beam(args.beam) if args.beam else (None, None)
    goal = Goal(
        rms_jy=to_flux(args.rms) if args.rms else None,
        frequency_hz=to_frequency(args.rms_frequency) if args.rms_frequency else None,
        bandwidth_hz=to_frequency(args.rms_bandwidth) if args.rms_bandwidth else None,
        beam_min_arcsec=low,
        beam_max_arcsec=high,
    )
    who = f"typed by {args.reducer or getpass.getuser()}"
    typed = {name: who for name in NUMBERS if name not in goal.missing}
    if args.beam and ".." not in args.beam:
        typed |= dict.fromkeys(
            ("beam_min_arcsec", "beam_max_arcsec"), f"{who}: {args.beam}, 0.8 to 1.2 of it"
        )
    return replace(goal, origin=typed)


def _tickets(words: Sequence[str]) -> dict[str, str]:
    found = {}
    for word in words:
        name, equals, ticket = word.partition("=")
        if not (name.strip() and equals and ticket.strip()):
            raise UsageError(f"{word!r} is not a ticket", "", "Write it like reduction=SCOPS-1234")
        found[name.strip()] = ticket.strip()
    return found


# -- what has to be asked ----------------------------------------------------------------------------------


def _refuse_open(found: Survey, args: argparse.Namespace) -> None:
    """Without somebody to ask, say all at once what has to be said first; and stop at a conflict."""
    wish = found.wish
    lacking = []
    if found.brings and wish.how is None:
        lacking.append("what to do with the ASDMs: --link, --move or --copy")
    if found.known is None and not wish.conflict_of_interest and not args.yes:
        lacking.append("whether the reducer has a conflict of interest: --conflict-of-interest none")
    if lacking and not args.dry_run:
        raise NeedsPerson("\n  ".join(("say first", *lacking)), "", "Nothing has been changed.")
    answer = wish.conflict_of_interest
    if answer and answer.lower() != NO_CONFLICT and not args.yes:
        raise NeedsPerson(
            f"a conflict of interest: {answer}. Reducers do not reduce data of their own projects",
            "",
            "Give the MOUS back to your manager. With --yes it begins, and the history says so.",
        )


def _settle_doubts(found: Survey, args: argparse.Namespace, asking: bool) -> None:
    doubts = list(found.doubts)
    if found.room and not found.room.is_enough:
        doubts.append(f"{found.room.words} It will not fit.")
    if not doubts or args.yes:
        return
    if asking:
        say("\n".join(("", *doubts)))
        if yes("Is that right all the same"):
            return
    raise NeedsPerson(
        "\n  ".join(("somebody has to look first:", *doubts)),
        "",
        "Nothing has been changed. --yes overrules.",
    )


def _asked(found: Survey) -> Survey:
    """Ask for what was not said."""
    wish = found.wish
    if found.known is None:
        if not wish.reducer:
            user = getpass.getuser()
            wish = replace(wish, reducer=ask("Who reduces it (initials)", str, default=user))
        if not wish.conflict_of_interest:
            question = "Conflict of interest of the reducer (none, or which; ? for why)"
            wish = replace(wish, conflict_of_interest=ask(question, _said, why=WHY_CONFLICT))
        if not found.project:
            wish = replace(wish, project=ask("Project code (empty: not known)", str, why="2013.1.00123.S"))
        wish = _asked_goal(found, wish)
    if found.brings and wish.how is None:
        from ...steps.mous.transfer import How

        many = f"{len(found.brings)} ASDMs" if len(found.brings) > 1 else "The ASDM"
        wish = replace(wish, how=How(choose(f"{many}: what to do?", HOW, why=WHY_HOW)))
    return found.answered(wish)


def _asked_goal(found: Survey, wish: Wish) -> Wish:
    """Ask for the numbers of the goal that neither file nor metadata tell."""
    from ...steps.mous.goal import Goal
    from ...steps.mous.quantities import to_beam, to_flux, to_frequency

    missing, origin = found.goal.missing, f"typed by {wish.reducer}"
    rms = _number("rms asked for, per beam (0.1mJy)", to_flux, "rms_jy" in missing)
    frequency = _number("at which frequency (230GHz)", to_frequency, "frequency_hz" in missing)
    bandwidth = _number("over which bandwidth (1.875GHz)", to_frequency, "bandwidth_hz" in missing)
    beam = _number("beam asked for (0.8..1.2arcsec)", to_beam, BEAM[0] in missing) or (None, None)
    told = Goal(
        rms_jy=rms,
        frequency_hz=frequency,
        bandwidth_hz=bandwidth,
        beam_min_arcsec=beam[0],
        beam_max_arcsec=beam[1],
    )
    known = dict.fromkeys((name for name in missing if name not in told.missing), origin)
    return replace(wish, goal=wish.goal.filled(replace(told, origin=known)))


def _number(question: str, read: Callable[[str], T], is_open: bool) -> T | None:
    """Ask for a quantity that may stay open."""

    def maybe(text: str) -> T | None:
        return read(text) if text else None

    return ask(question, maybe, why=WHY_OPEN) if is_open else None


def _said(answer: str) -> str:
    if not answer:
        raise UsageError("this needs an answer", "", "none, or which; ? says why.")
    return NO_CONFLICT if answer.lower() in ("none", "no", "n") else answer
