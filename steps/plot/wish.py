"""What a person wants to see of a table, step by step: the next antenna, the other polarisation."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["Wish", "widened"]

LAID = ("pol,time", "antenna,pol,time", "spw,pol,time", "pol", "")
"""What lies in one panel, in the order in which a key goes through it."""
ONE_OF = ("antenna", "spw", "pol", "field", "scan", "intent")
"""Of these one is picked out, or none: then it is all of them."""
AVERAGED = ("", "none", "scan", "baseline", "scan,baseline", "time,baseline")
"""What visibilities are averaged over; empty for what suits the axis. Channels are, where they are not x."""
TURNED = ("y", "x", *ONE_OF, "column", "average", "overlay", "order")
"""What can be chosen, in the order in which it is offered."""

Choices = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Wish:
    """One view of one table; empty means all of it, or what suits the table."""

    table: str
    """Absolute path."""
    plot: str = ""
    x: str = ""
    y: str = ""
    antenna: str = ""
    spw: str = ""
    pol: str = ""
    field: str = ""
    scan: str = ""
    intent: str = ""
    column: str = ""
    """Of visibilities: data, corrected or model; empty for corrected where it is there."""
    average: str = ""
    """Some of channel, scan, time and baseline; empty for what suits x."""
    overlay: str = LAID[0]
    order: str = "worst"

    def request(self, start: int, limit: int, points: int) -> dict[str, Any]:
        """Return the request for some of its panels.

        Parameters
        ----------
        start, limit : int
            The first panel whose curves are wanted, and how many.
        points : int
            Columns of dots that a panel has.
        """
        wanted: dict[str, Any] = {"table": self.table, "x": self.x, "y": self.y, "order": self.order}
        wanted |= {"plot": self.plot} if self.plot else {}
        wanted |= {name: [value] if (value := getattr(self, name)) else [] for name in ONE_OF}
        wanted |= {"column": self.column} if self.column else {}
        wanted |= {name: _words(getattr(self, name)) for name in ("overlay", "average")}
        return {**wanted, "start": start, "limit": limit, "points": points}

    def turned(
        self, what: str, choices: Choices, by: int = 1, shown: Mapping[str, str] | None = None
    ) -> Wish:
        """Return it with the next of `what`, one of `TURNED`.

        Where none need be picked out, "all" comes before the first and after the last.

        Parameters
        ----------
        choices : mapping
            What the table has, as its answer says.
        by : int
            1 for the next, -1 for the one before.
        shown : mapping, optional
            What is shown where nothing was asked for: x, y, column.
        """
        known = self.known(what, choices)
        if len(known) < 2:
            return self
        now: str = getattr(self, what) or (shown or {}).get(what, "")
        at = known.index(now) if now in known else 0
        return replace(self, **{what: known[(at + by) % len(known)]})

    def known(self, what: str, choices: Choices) -> Sequence[str]:
        """Return what there is to choose from; fewer than two where nothing can be chosen."""
        if what == "order":
            return ("worst", "name")
        if what == "overlay":
            return LAID if self.plot in ("", "vis") else ()
        if what == "average":
            return AVERAGED if "average" in choices else ()
        known = [str(each) for each in choices.get(what, ())]
        return ["", *known] if what in ONE_OF and len(known) > 1 else known

    @property
    def command(self) -> str:
        """Return the words after ``casapilot plot`` that show the same."""
        words = [shlex.quote(self.table)]
        options = {"kind": self.plot, "x": self.x, "y": self.y}
        options |= {name: getattr(self, name) for name in ONE_OF}
        options |= {"column": self.column, "average": self.average}
        options |= {"overlay": self.overlay} if self.overlay != LAID[0] else {}
        words += [f"--{name} {shlex.quote(value)}" for name, value in options.items() if value]
        return " ".join(words + (["--by-name"] if self.order == "name" else []))

    @property
    def said(self) -> str:
        """What is picked out, in words: "DV09, spw 17, X"; empty for all. The answer tells the column."""
        words = [self.antenna, f"spw {self.spw}" if self.spw else "", self.pol, self.field]
        words += [f"scan {self.scan}" if self.scan else "", self.intent.lower()]
        words += [f"mean of {self.average.replace(',', ', ')}" if self.average else ""]
        return ", ".join(word for word in words if word)


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def widened(known: Choices, found: Choices | None) -> dict[str, list[Any]]:
    """Return the larger of what is known and found to choose from: answers name only what was asked for."""
    both: dict[str, list[Any]] = {name: list(values) for name, values in known.items()}
    for name, values in (found or {}).items():
        if len(values) > len(both.get(name, ())):
            both[name] = list(values)
    return both
