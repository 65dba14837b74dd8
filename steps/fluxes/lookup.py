"""A question answered: from the cache, from the catalogue, or from what is near."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone

from .book import FluxBook
from .catalogue import Catalogue
from .model import Failure, Flux, Origin, Question, Trouble, worries

__all__ = ["Answer", "look_up"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about a question."""

    question: Question
    flux: Flux | None
    """At the frequency asked for; its date may be another."""
    said: tuple[str, ...] = ()
    """How it came to be: from the cache, carried over, what failed."""
    failure: Failure | None = None
    """What went wrong, also where an older answer stands in."""

    @property
    def worries(self) -> tuple[str, ...]:
        """What to look at before it is believed."""
        return worries(self.flux) if self.flux else ()


def look_up(
    question: Question,
    book: FluxBook,
    catalogue: Catalogue | None,
    *,
    refresh: bool = False,
    given: bool = False,
    now_s: float,
) -> Answer:
    """Answer a question; a new answer of the catalogue goes into `book`, a failure never does.

    Parameters
    ----------
    catalogue : Catalogue or None
        None: nothing is asked.
    refresh : bool
        Ask also where an answer is there already.
    given : bool
        Prefer what a person gave.
    now_s : float, s
        Unix time, to say how old an answer is.
    """
    if given and (by_hand := book.near(question, Origin.GIVEN)) is not None:
        return Answer(question, by_hand, _carried(by_hand, question))
    known = book.answer(question)
    if known is not None and not refresh:
        return Answer(question, known, (_asked(known, now_s),))
    if catalogue is None:
        return _stand_in(question, book, known, None, now_s)
    found = catalogue.ask(question)
    if isinstance(found, Failure):
        return _stand_in(question, book, known, found, now_s)
    book.put(found)
    said = ["answered at the second address"] if catalogue.is_second(found) else []
    if known is not None and (known.jy, known.error_jy) != (found.jy, found.error_jy):
        said.append(f"it was {known.jy:.4g} Jy, {_asked(known, now_s)}")
    return Answer(question, found, tuple(said))


def _stand_in(
    question: Question, book: FluxBook, known: Flux | None, failure: Failure | None, now_s: float
) -> Answer:
    """What is known already, this very answer or one near it, where the catalogue gives none."""
    why = (f"not answered now: {failure.words}",) if failure else ()
    if known is not None:
        return Answer(question, known, (*why, _asked(known, now_s)), failure)
    near = book.near(question)
    if near is not None:
        return Answer(question, near, (*why, *_carried(near, question), _asked(near, now_s)), failure)
    if failure is None:
        failure = Failure(
            Trouble.NOT_ASKED, "not asked: offline, and nothing near it was ever answered in this MOUS"
        )
    if book.near(question, Origin.GIVEN) is not None:
        failure = replace(failure, words=f"{failure.words}; a value given by hand is there: --given takes it")
    return Answer(question, None, (), failure)


def _carried(flux: Flux, question: Question) -> tuple[str, ...]:
    said = []
    if flux.from_hz is not None:
        said.append(f"carried over from {flux.from_hz / 1e9:.2f} GHz")
    if flux.date != question.date:
        said.append(f"for {flux.date.isoformat()}, {abs((flux.date - question.date).days)} d off")
    return tuple(said)


def _asked(flux: Flux, now_s: float) -> str:
    """When it was asked, and how long ago."""
    try:
        then = datetime.strptime(flux.asked_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return "from the cache; when it was asked is not known"
    days = int((now_s - then.timestamp()) // 86400)
    ago = "today" if days < 1 else "yesterday" if days == 1 else f"{days} d ago"
    return f"asked {then:%Y-%m-%d} ({ago})"
