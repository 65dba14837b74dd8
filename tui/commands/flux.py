"""Flux densities of calibrators, from the ALMA calibrator catalogue.

  casapilot flux           in a MOUS: flux and phase calibrators of its EBs at each science spw and
                           date, held against setjy of the script and what fluxscale derived
  casapilot flux J1058+0133 --freq 232.7 --date 2016-06-12
  casapilot flux --csv     write them into flux.csv of the MOUS: casapilot generate finds them there
  casapilot flux set NAME JY[+-ERR]@HZ[:INDEX[+-ERR]] --date D --source TEXT
                           keep a value of your own; it is used only with --given

In a MOUS answers are kept in .casapilot/fluxes.json, with the time they were asked, and in its history;
asked again only with --refresh, and never lost to a failure. Addresses: FLUX_SERVICE_URL and
FLUX_SERVICE_URL_BACKUP, or flux_service and flux_service_backup under [site]; "none" for no second one.
Exit code 1: one is not known, or differs by more than 10 %; 4: the catalogue cannot be reached and
nothing is known.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ...steps.errors import CasapilotError, MousError, NeedsPerson, UsageError
from ...steps.fluxes import (
    FILE,
    FLUX_CSV,
    Answer,
    Catalogue,
    CsvRow,
    Difference,
    FluxBook,
    Origin,
    Question,
    Trouble,
    addresses,
    look_up,
    parse_date,
    parse_given,
    stamp,
    update_table,
)
from ...steps.mous.mous import Mous, find_mous
from ._common import confirm, emit, initials, say
from ._fluxes import Row, as_json, report
from ._wanted import Wanted, calibrators, wanted_of

if TYPE_CHECKING:
    from ...steps.run.calibrators import Calibrators, Held

__all__ = ["configure", "main"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="sources (default: calibrators of the MOUS)")
    parser.add_argument("--freq", action="append", default=[], type=float, metavar="GHZ", help="frequency")
    parser.add_argument("--date", default="", metavar="D", help="2016-06-12 (default: of the EBs, or today)")
    parser.add_argument("--eb", default="", metavar="EB", help="this EB only")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--refresh", action="store_true", help="ask again what is known already")
    parser.add_argument("--offline", action="store_true", help="ask nothing; use what is known")
    parser.add_argument("--given", action="store_true", help="prefer values given by hand")
    parser.add_argument("--csv", action="store_true", help="write flux.csv of the MOUS, as a commit")
    parser.add_argument("--yes", action="store_true", help="with --csv: do not ask")
    parser.add_argument("--source", default="", metavar="TEXT", help="with set: where the value is from")
    parser.add_argument("--initials", default="", metavar="XX", help="yours (default: the user's name)")


def main(args: argparse.Namespace) -> int:
    """Tell flux densities, or keep one."""
    mous = _mous()
    if args.names[:1] == ["set"]:
        return _set(args, mous)
    if args.refresh and args.offline:
        raise UsageError("--refresh asks, --offline does not", "", "Leave one of them out.")
    if args.csv and (mous is None or args.freq or args.date):
        raise UsageError(
            "--csv is for the spws and dates of a MOUS", "", "Go to its folder; no --freq, no --date."
        )
    found = calibrators(args, mous)
    wanted = list(wanted_of(args, mous, found))
    if not wanted:
        say("there is nothing to ask: no calibrator here is in the catalogue")
        return 0
    rows = _answered(args, mous, wanted)
    held = [] if args.date else _compared(found, rows)
    if args.json:
        emit(as_json(rows, held))
    else:
        print(report(rows, held))
    if args.csv and mous is not None:
        _write_csv(args, mous, rows)
    return _exit_code(rows, held)


def _exit_code(rows: list[Row], held: list[tuple[Held, Difference]]) -> int:
    failures = [row.answer.failure for row in rows if row.answer.flux is None]
    if len(failures) == len(rows) and any(each and each.trouble is Trouble.UNREACHABLE for each in failures):
        return 4
    return 1 if failures or any(difference.is_large for _, difference in held) else 0


def _mous() -> Mous | None:
    """The MOUS here, if there is one; MousError where its mous.toml is broken."""
    here = Path().resolve()
    inside = any((folder / "mous.toml").is_file() for folder in (here, *here.parents))
    return find_mous(here) if inside else None


# -- asking ------------------------------------------------------------------------------------------------


def _answered(args: argparse.Namespace, mous: Mous | None, wanted: list[Wanted]) -> list[Row]:
    book = FluxBook(mous.own / FILE if mous else None)
    catalogue = None if args.offline else _catalogue(mous)
    answers: dict[Question, Answer] = {}
    try:
        for each in wanted:
            question = each.question
            if question in answers:
                continue
            by_hand = args.given and book.near(question, Origin.GIVEN) is not None
            if catalogue is not None and not by_hand and (args.refresh or book.answer(question) is None):
                say(f"asking for {question.name}, {question.date}, {question.frequency_hz / 1e9:.2f} GHz")
            answers[question] = look_up(
                question, book, catalogue, refresh=args.refresh, given=args.given, now_s=time.time()
            )
    finally:
        try:
            _keep(mous, book, "asked from the catalogue")
        except CasapilotError as error:
            say(f"not kept: {error}")
    return [
        Row(answers[each.question], each.eb, each.uid, each.field, each.spw, each.roles) for each in wanted
    ]


def _catalogue(mous: Mous | None) -> Catalogue:
    """The catalogue, at the address that this site has for it."""
    from ...steps.mous.site import site_settings

    where = addresses(os.environ, {**site_settings(), **(mous.site if mous else {})})
    return Catalogue(where)


def _keep(mous: Mous | None, book: FluxBook, how: str) -> None:
    """Save and commit what is new."""
    if mous is None or not book.is_changed:
        return
    from ...steps.record import Message, commit_event

    names = ", ".join(dict.fromkeys(flux.name for flux in book.news))
    book.save()
    commit_event(
        mous.root,
        Message(
            action="edit",
            subject=f"Flux densities {how}: {names}",
            body="Kept in .casapilot/fluxes.json.",
        ),
        paths=[mous.own / FILE],
        allow_empty=False,
    )


def _compared(found: list[Calibrators], rows: list[Row]) -> list[tuple[Held, Difference]]:
    """What the reduction holds, beside the catalogue's at the same spw."""
    from ...steps.run.calibrators import held_of

    fluxes = {(row.eb, row.field, row.spw): row.answer.flux for row in rows}
    pairs = []
    for of in found:
        for held in held_of(of):
            flux = fluxes.get((of.eb.name, held.field, held.spw))
            if flux is not None:
                pairs.append((held, Difference(held.jy, held.error_jy, flux, of.eb.name)))
    return pairs


# -- keeping -----------------------------------------------------------------------------------------------


def _set(args: argparse.Namespace, mous: Mous | None) -> int:
    if len(args.names) != 3:
        todo = "casapilot flux set J1058+0133 3.8@232.7GHz:-0.6 --date 2016-06-12 --source 'TEXT'"
        raise UsageError("set takes a name and a value", "", f"Write: {todo}")
    if mous is None:
        raise MousError("a value is kept in a MOUS, and here is none", str(Path().resolve()), "Go to it.")
    if not args.date:
        raise UsageError("of which date?", "", "Say it with --date 2016-06-12.")
    _, name, value = args.names
    now = stamp(time.time())
    flux = parse_given(name, value, parse_date(args.date), source=args.source, given_at=now)
    book = FluxBook(mous.own / FILE)
    old = book.put(flux)
    _keep(mous, book, f"given by {initials(args.initials)}")
    if old is not None:
        say(f"{flux.name}: it was {old.jy:g} Jy ({old.source})")
    say(f"{flux.name}: kept; it is used with --given")
    return 0


def _write_csv(args: argparse.Namespace, mous: Mous, rows: list[Row]) -> None:
    """Put what is known into flux.csv of the MOUS, after a person has seen the difference."""
    from ...steps.record import Message, commit_event
    from ...steps.run.edits import commit_outside_edit
    from ...steps.script import Script, unified

    path = mous.root / FLUX_CSV
    lines = [
        CsvRow(f"{row.uid}.ms", row.field, row.spw, row.answer.flux)
        for row in rows
        if row.answer.flux is not None and row.field is not None and row.spw is not None
    ]
    if not lines:
        raise UsageError("there is no flux density to write", str(path), "Give one: casapilot flux set")
    old = _read(path)
    new = update_table(old.decode("utf-8", "surrogateescape"), lines).encode("utf-8", "surrogateescape")
    if new == old:
        say(f"{FLUX_CSV} has all of it already")
        return
    say(unified(Script.parse(old), Script.parse(new), FLUX_CSV))
    _tell_hidden(mous, path)
    if not args.yes and not confirm(f"Write {FLUX_CSV}?"):
        raise NeedsPerson("nobody has said yes: nothing was written", str(path), "Confirm it with --yes.")
    commit_outside_edit(mous, path)
    _replace(path, new)
    names = ", ".join(dict.fromkeys(line.flux.name for line in lines))
    commit = commit_event(
        mous.root,
        Message(
            action="edit",
            subject=f"{FLUX_CSV}: {names}",
            body=f"Flux densities at the centre of each science spw, for {initials(args.initials)}.",
        ),
        paths=[path],
    )
    say(f"{FLUX_CSV} committed: {commit[:10]}. Scripts take it up when they are generated.")


def _tell_hidden(mous: Mous, path: Path) -> None:
    """Another flux.csv may win over this one, or be hidden by it."""
    for eb in mous.ebs:
        if (eb.folder / FLUX_CSV).is_file():
            say(f"{eb.name}: it has a {FLUX_CSV} of its own, which casapilot generate takes instead")
        beside = (eb.folder / (eb.asdm or eb.uid)).resolve().parent / FLUX_CSV
        if not path.exists() and beside.is_file() and beside.parent not in (eb.folder.resolve(), mous.root):
            say(f"{eb.name}: {beside} will no longer be looked at")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", str(path), "Look at it.") from error


def _replace(path: Path, content: bytes) -> None:
    from ...steps.generate import write_new
    from ...steps.script.write import write_script

    (write_script if path.exists() else write_new)(path, content)
