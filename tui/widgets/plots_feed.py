"""Answers for the plots: the latest question only, in a thread of their own, never in the way of a key."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...steps.plot.model import Curves, Grid, read_answer
from ...steps.plot.sheet import Picture
from ...steps.run.plotting import Reader, Withdrawn
from ..bridge import Bridge
from .plots_page import Look

if TYPE_CHECKING:
    from ...steps.mous.mous import Mous

__all__ = ["PATIENCE_S", "Drawn", "Feed", "drawn", "in_words"]

PATIENCE_S = 1.0
"""So long a question goes on that nobody waits for any more: starting CASA anew takes as long."""

Job = Callable[[Reader], Any]
Taker = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Drawn:
    """An answer and its picture, both made where they hold up no key."""

    answer: Curves | Grid
    look: Look
    picture: Picture


def drawn(reader: Reader, request: dict[str, Any], look: Look) -> Drawn:
    """Ask, and draw what comes."""
    answer = read_answer(reader.ask(request))
    return Drawn(answer, look, look.picture(answer))


def in_words(error: Any) -> list[str]:
    """What to show instead of a plot that did not come."""
    if error is None:
        return ["It was not read to its end."]
    what = getattr(error, "what", "") or str(error) or type(error).__name__
    where, todo = getattr(error, "where", ""), getattr(error, "todo", "")
    return [text for text in (what, where, todo) if text]


class Feed:
    """One reader of tables, and what was asked of it last.

    `take` is called in the event loop with what came, be it an error; never with what is out of date.
    """

    make_reader: Callable[[Mous | None], Reader] = Reader

    def __init__(self, mous: Mous | None, take: Taker) -> None:
        self._reader = type(self).make_reader(mous)
        self._take = take
        self._bridge = Bridge()
        self._job: Job | None = None
        self._busy = self._serving = False
        self._since = 0.0

    @property
    def busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return self._job is not None or self._busy

    @property
    def seconds(self) -> float:
        """How long that has been asked for, s."""
        return time.monotonic() - self._since if self._busy else 0.0

    def want(self, job: Job) -> bool:
        """Have `job` done instead of what was wanted before; whether `serve` has to be run for that."""
        self._job = job
        return not self._serving

    def give_up_stale(self) -> None:
        """Stop what nobody waits for any more, when it takes long."""
        if self._job is not None and self.seconds > PATIENCE_S:
            self._reader.withdraw()

    async def serve(self) -> None:
        """Do what is wanted until nothing is; `take` may want something again."""
        if self._serving:
            return
        self._serving = True
        try:
            while (job := self._job) is not None:
                self._job, self._busy, self._since = None, True, time.monotonic()
                found = await self._done(job)
                if self._job is None:
                    self._busy = False
                    self._take(found)
        finally:
            self._busy = self._serving = False

    async def _done(self, job: Job) -> Any:
        try:
            return await self._bridge.ask(job, self._reader)
        except Withdrawn:
            return None
        except Exception as error:
            return error

    def close(self) -> None:
        """End the reader."""
        self._job = None
        self._reader.close()
