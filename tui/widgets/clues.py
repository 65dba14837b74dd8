"""What is found wrong, in sentences: what it is, how it shows, what usually causes it, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..found import Clue
from ..glyphs import clean
from .paint import Line, wrap

__all__ = ["clue_lines"]

_STYLES = {"fail": "bad bold", "look": "warn bold", "note": "dim"}
"""By severity; that room is not read for it, as no screen waits for findings."""
_MOST_EVIDENCE = 3
_NARROW = 48
"""Columns below which one number has to do: what to do should be in sight."""


def clue_lines(
    clues: Sequence[Clue], width: int, bullet: str, keys: tuple[str, str], *, guided: bool
) -> Iterator[Line]:
    """Draw them; `keys` are those that show cures and plots.

    The causes and what to do stay away where nobody wants to be guided.
    """
    if not clues:
        return
    loud = any(each.is_loud for each in clues)
    yield ()
    heading = [(" Found wrong" if loud else " Found", "title")]
    yield [*heading, (f"  {keys[0]}: cures  {keys[1]}: plots", "key")] if loud else heading
    if loud and any(each.is_old for each in clues):
        yield from _text("Not known again yet: run this item again.", width, "accent", " ")
    for clue in clues:
        yield from _told(clue, width, bullet, guided)


def _told(clue: Clue, width: int, bullet: str, guided: bool) -> Iterator[Line]:
    finding = clue.finding
    first, *more = wrap(clean(finding.title), width - 4)
    style = _STYLES[finding.severity]
    yield [(f" {bullet} ", "faint"), (first, style)]
    yield from ([("   " + line, style)] for line in more)
    if clue.shown_first:
        yield from _text(f"Shown first by: {clue.shown_first}", width, "dim")
        return
    is_note = not clue.is_loud
    most = 1 if is_note or width < _NARROW else _MOST_EVIDENCE
    texts: Iterable[tuple[str, str]] = [
        *((each, "text") for each in finding.evidence[:most]),
        *([(f"Usual cause: {finding.why}", "dim")] if finding.why and guided and not is_note else ()),
        *([(f"What to do: {finding.what_to_do}", "accent")] if finding.what_to_do and guided else ()),
    ]
    for text, style in texts:
        yield from _text(text, width, style)


def _text(text: str, width: int, style: str, indent: str = "   ") -> Iterator[Line]:
    yield from ([(indent + line, style)] for line in wrap(clean(text), width - 1 - len(indent)))
