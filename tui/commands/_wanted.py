"""What casapilot flux asks: which sources, on which days, at which frequencies."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ...steps.errors import CasapilotError, UsageError
from ...steps.fluxes import Question, first_alias, parse_date, same_source, today
from ...steps.mous.mous import Mous
from ._common import say

if TYPE_CHECKING:
    from ...steps.run.calibrators import Calibrator, Calibrators

__all__ = ["Wanted", "calibrators", "wanted_of"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question, and what it is asked for."""

    question: Question
    eb: str = ""
    uid: str = ""
    field: int | None = None
    spw: int | None = None
    roles: tuple[str, ...] = ()


def calibrators(args: argparse.Namespace, mous: Mous | None) -> list[Calibrators]:
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


def wanted_of(args: argparse.Namespace, mous: Mous | None, found: list[Calibrators]) -> Iterable[Wanted]:
    """The questions of a command line; UsageError where it does not say enough."""
    names = [first_alias(name) for name in args.names]
    given_hz = [ghz * 1e9 for ghz in args.freq]
    day = parse_date(args.date) if args.date else None
    for of in found:
        for each in _fields(of, names):
            for spw, hz in of.windows if not given_hz else [(None, hz) for hz in given_hz]:
                question = Question(each.name, day or of.date, hz)
                yield Wanted(question, of.eb.name, of.eb.uid, each.field, spw, each.roles)
    if mous is None and not names:
        raise UsageError("which source?", "", "Name one with --freq GHZ, or go to the folder of a MOUS.")
    known = [field.name for of in found for field in of.fields]
    for name in names:
        if any(same_source(name, each) for each in known):
            continue
        yield from _of_name(name, given_hz, day, found)


def _fields(of: Calibrators, names: list[str]) -> Iterable[Calibrator]:
    """Those of the fields that are asked for and that the catalogue can know."""
    for each in of.fields:
        if names and not any(same_source(name, each.name) for name in names):
            continue
        if each.is_solar:
            say(f"{of.eb.name}: {each.name} is of the solar system: its model is CASA's, not the catalogue's")
            continue
        yield each


def _of_name(
    name: str, given_hz: list[float], day: date | None, found: list[Calibrators]
) -> Iterable[Wanted]:
    """A source that is no calibrator here: at the frequencies and dates given, else those of the EBs."""
    if not given_hz and not found:
        raise UsageError(f"{name}: at which frequency?", "", "Say it with --freq, in GHz.")
    if given_hz and (day or not found):
        for hz in given_hz:
            yield Wanted(Question(name, day or today(time.time()), hz))
        return
    for of in found:
        for hz in given_hz or [hz for _, hz in of.windows]:
            yield Wanted(Question(name, day or of.date, hz), of.eb.name)
