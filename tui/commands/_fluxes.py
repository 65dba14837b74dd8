"""How flux densities and their comparison look on the command line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ...steps.fluxes import LARGE_PERCENT, Answer, Difference, Flux, conditions
from ._common import plain, table

if TYPE_CHECKING:
    from ...steps.run.calibrators import Held

__all__ = ["Row", "as_json", "report"]

_WIDTH = 80
_HEAD = ("source", "date", "GHz", "Jy", "+-", "index", "age")
_HELD = ("EB", "source", "spw", "from", "Jy", "+-", "known", "ratio", "sigma", "")


@dataclass(frozen=True, slots=True)
class Row:
    """An answer, and what it was asked for."""

    answer: Answer
    eb: str
    uid: str
    field: int | None
    spw: int | None
    roles: tuple[str, ...]


def report(rows: list[Row], held: list[tuple[Held, Difference]]) -> str:
    """The tables for a person, 80 columns wide with usual names, and what is to be said in words."""
    answers = list({row.answer.question: row.answer for row in rows}.values())
    parts = [table([_HEAD, *map(_cells, answers)], right=range(2, 7))]
    parts.append("\n".join(map(_wrapped, _words(answers))))
    if held:
        parts.append(table([_HELD, *(_pair(*each) for each in held)], right=(2, 4, 5, 6, 7, 8)))
        parts.append("\n".join(map(_wrapped, _large(held))))
    return "\n\n".join(part for part in parts if part)


def _wrapped(line: str) -> str:
    return textwrap.fill(plain(line), _WIDTH, subsequent_indent="    ", break_on_hyphens=False)


def _cells(answer: Answer) -> tuple[str, ...]:
    flux, question = answer.flux, answer.question
    head = (question.name, (flux.date if flux else question.date).isoformat())
    ghz = f"{question.frequency_hz / 1e9:.3f}"
    if flux is None:
        return (*head, ghz, "none", "", "", "")
    index = "" if flux.spectral_index is None else f"{flux.spectral_index:.2f}"
    age = "" if flux.age_days is None else f"{abs(flux.age_days):.0f} d"
    return (*head, ghz, f"{flux.jy:.4g}", _error(flux), index, age)


def _error(flux: Flux) -> str:
    return "?" if flux.error_jy is None else f"{flux.error_jy:.2g}"


def _words(answers: list[Answer]) -> Iterator[str]:
    """Each thing said once for all the frequencies that it holds for."""
    said: dict[str, list[str]] = {}
    for answer in answers:
        where = f"{answer.question.name} {answer.question.date.isoformat()}"
        if answer.flux is None:
            why = answer.failure.words if answer.failure else "nothing is known"
            said.setdefault(f"{where}: no flux density: {why}", []).append(_ghz(answer))
            continue
        basis = "; ".join((conditions(answer.flux), *answer.said))
        said.setdefault(f"{where}: {basis}", []).append(_ghz(answer))
        for worry in answer.worries:
            said.setdefault(f"{where}: LOOK: {worry}", []).append(_ghz(answer))
    everywhere: dict[str, list[str]] = {}
    for answer in answers:
        where = f"{answer.question.name} {answer.question.date.isoformat()}"
        everywhere.setdefault(where, []).append(_ghz(answer))
    for line, at in said.items():
        all_of_it = at == everywhere[line.partition(": ")[0]]
        yield line if all_of_it else f"{line} [{', '.join(at)} GHz]"


def _ghz(answer: Answer) -> str:
    return f"{answer.question.frequency_hz / 1e9:.2f}"


def _pair(held: Held, difference: Difference) -> tuple[str, ...]:
    sigma = difference.sigma
    return (
        difference.where,
        held.name,
        str(held.spw),
        held.what,
        f"{held.jy:.4g}",
        f"{held.error_jy:.2g}" if held.error_jy else "",
        f"{difference.reference.jy:.4g}",
        f"{difference.ratio:.3f}",
        "" if sigma is None else f"{sigma:+.1f}",
        "LOOK" if difference.is_large else "",
    )


def _large(held: list[tuple[Held, Difference]]) -> Iterator[str]:
    """What is far off, one line for each source of an EB, and what that means."""
    far: dict[tuple[str, str, str], list[tuple[Held, Difference]]] = {}
    for each, difference in held:
        if difference.is_large:
            far.setdefault((difference.where, each.name, each.what), []).append((each, difference))
    for (where, name, what), those in far.items():
        spws = ", ".join(str(each.spw) for each, _ in those)
        worst = max((difference.percent for _, difference in those), key=abs)
        off = f"up to {worst:+.0f} % off (spw {spws}; more than {LARGE_PERCENT:.0f} %)"
        yield f"{where}: {name}: {what} is {off}"
    if any(what == "setjy" for _, _, what in far):
        yield "All flux densities of an EB scale with its setjy: mend that first, or note why it is right."


def as_json(rows: list[Row], held: list[tuple[Held, Difference]]) -> dict[str, Any]:
    """All of it, for programs."""
    return {"fluxes": [_row(row) for row in rows], "compared": [_held(*each) for each in held]}


def _row(row: Row) -> dict[str, Any]:
    answer = row.answer
    flux = asdict(answer.flux) if answer.flux else None
    failure = answer.failure
    return {
        "name": answer.question.name,
        "date": answer.question.date.isoformat(),
        "frequency_hz": answer.question.frequency_hz,
        "eb": row.eb,
        "field": row.field,
        "spw": row.spw,
        "roles": list(row.roles),
        "flux": flux,
        "conditions": conditions(answer.flux) if answer.flux else "",
        "said": list(answer.said),
        "look": list(answer.worries),
        "failure": {"trouble": failure.trouble.value, "words": failure.words} if failure else None,
    }


def _held(held: Held, difference: Difference) -> dict[str, Any]:
    return {
        "eb": difference.where,
        "name": held.name,
        "field": held.field,
        "spw": held.spw,
        "from": held.what,
        "jy": held.jy,
        "error_jy": held.error_jy,
        "catalogue_jy": difference.reference.jy,
        "ratio": difference.ratio,
        "sigma": difference.sigma,
        "look": difference.is_large,
    }
