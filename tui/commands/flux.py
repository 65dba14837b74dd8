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
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
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
    Question,
    Trouble,
    addresses,
    first_alias,
    look_up,
    parse_date,
    parse_given,
    same_source,
    stamp,
    today,
    update_table,
)
from ...steps.mous.mous import Mous, find_mous
from ._common import confirm, emit, initials, say
from ._fluxes import Row, as_json, report

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
    found = _calibrators(args, mous)
    wanted = list(_wanted(args, mous, found))
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


# -- what to ask -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A question, and what it is asked for."""

    question: Question
    eb: str = ""
    uid: str = ""
    field: int | None = None
    spw: int | None = None
    roles: tuple[str, ...] = ()


def _calibrators(args: argparse.Namespace, mous: Mous | None) -> list[Calibrators]:
    """The calibrators of each EB; an EB whose ASDM cannot be read is told, and left out."""
    if mous is None or (args.names and args.freq and args.date):
        return []
    from ...steps.run.calibrators import calibrators_of

    found, last = [], None
    for eb in [mous.eb(args.eb)] if args.eb else mous.ebs:
        try:
            found.append(calibrators_of(eb))
        except CasapilotError as error:
            say(f"{eb.name}: {error}")
            last = error
    if last is not None and not found and not args.names:
        raise last
    return found


def _wanted(args: argparse.Namespace, mous: Mous | None, found: list[Calibrators]) -> Iterable[_Wanted]:
    names = [first_alias(name) for name in args.names]
    given_hz = [ghz * 1e9 for ghz in args.freq]
    day = parse_date(args.date) if args.date else None
    for of in found:
        for each in _fields(of, names):
            for spw, hz in of.windows if not given_hz else [(None, hz) for hz in given_hz]:
                question = Question(each.name, day or of.date, hz)
                yield _Wanted(question, of.eb.name, of.eb.uid, each.field, spw, each.roles)
    if mous is None and not names:
        raise UsageError("which source?", "", "Name one with --freq GHZ, or go to the folder of a MOUS.")
    known = [field.name for of in found for field in of.fields]
    for name in names:
        if any(same_source(name, each) for each in known):
            continue
        yield from _of_name(name, given_hz, day, found)


def _fields(of: Calibrators, names: list[str]) -> Iterable[_Field]:
    for each in of.fields:
        if names and not any(same_source(name, each.name) for name in names):
            continue
        if each.is_solar:
            say(f"{of.eb.name}: {each.name} is of the solar system: its model is CASA's, not the catalogue's")
            continue
        yield _Field(each.name, each.field, each.roles)


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    field: int
    roles: tuple[str, ...]


def _of_name(
    name: str, given_hz: list[float], day: date | None, found: list[Calibrators]
) -> Iterable[_Wanted]:
    """A source that is no calibrator here: at the frequencies and dates given, else those of the EBs."""
    if not given_hz and not found:
        raise UsageError(f"{name}: at which frequency?", "", "Say it with --freq, in GHz.")
    if given_hz and (day or not found):
        for hz in given_hz:
            yield _Wanted(Question(name, day or today(time.time()), hz))
        return
    for of in found:
        for hz in given_hz or [hz for _, hz in of.windows]:
            yield _Wanted(Question(name, day or of.date, hz), of.eb.name)


# -- asking ------------------------------------------------------------------------------------------------


def _answered(args: argparse.Namespace, mous: Mous | None, wanted: list[_Wanted]) -> list[Row]:
    book = FluxBook(mous.own / FILE if mous else None)
    catalogue = None if args.offline else _catalogue(mous)
    answers: dict[Question, Answer] = {}
    try:
        for each in wanted:
            question = each.question
            if question in answers:
                continue
            if catalogue is not None and (args.refresh or book.answer(question) is None):
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
    from ...steps.record import commit_event

    names = ", ".join(dict.fromkeys(flux.name for flux in book.news))
    book.save()
    commit_event(
        mous.root,
        action="edit",
        subject=f"Flux densities {how}: {names}",
        body="Kept in .casapilot/fluxes.json.",
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
    from ...steps.record import commit_event
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
        action="edit",
        subject=f"{FLUX_CSV}: {names}",
        body=f"Flux densities at the centre of each science spw, for {initials(args.initials)}.",
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
