"""Plots of the item under the cursor: what its run made or what it judges, what stands out first."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.events import Resize
from textual.timer import Timer

from ...steps.plot.cursor import say_point
from ...steps.plot.flagging import Flagging, cell_flaggings, flaggings
from ...steps.plot.grid import say_cell
from ...steps.plot.model import Curves, Grid
from ...steps.plot.wish import Wish, widened
from ...steps.run.plottable import Plottable, Sort, plottable
from ...steps.run.plotting import ask_once
from ..glyphs import clean
from ..pictures import open_picture
from .paint import wrap
from .plots_feed import PATIENCE_S, Drawn, Feed, drawn, in_words
from .plots_memory import Memory
from .plots_paging import PlotPaging

if TYPE_CHECKING:
    from ...steps.checklist.model import Key
    from ...steps.mous.mous import Mous
    from ...steps.run.view import Row

__all__ = ["PlotView"]

MOST_POINTS = 4000
STAYED_S = 0.12
"""Whoever goes through the list with a key held down waits for no plots."""
WORDS = {"y": "quantity", "x": "axis", "pol": "polarisation"}
"""What a person calls what can be chosen, where that is not its name."""


class PlotView(PlotPaging):
    """Pages of panels of one table at a time; `t` goes to the next."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._feed: Feed | None = None
        self._found: tuple[Plottable, ...] = ()
        self._number = 0
        self._wish: Wish | None = None
        self._choices: dict[str, list[Any]] = {}
        self._key: Key | None = None
        """The item whose plots these are."""
        self._memory = Memory()
        self._soon: Timer | None = None
        self._said = ""
        self._texts: tuple[Sequence[str], str] | tuple[()] = ()
        """What is said instead of a plot, and how."""

    # What is shown

    def show(self, row: Row, rows: Sequence[Row], mous: Mous) -> None:
        """Show what there is to plot for `row`, when the cursor has stayed on it for a moment."""
        if self._feed is None:
            self._feed = Feed(mous, self._take)
        if self._soon is not None:
            self._soon.stop()
        self._soon = self.set_timer(STAYED_S, lambda: self._look_for(row, rows, mous))

    def _look_for(self, row: Row, rows: Sequence[Row], mous: Mous) -> None:
        self._soon, self._key = None, row.key
        self._forget_answer()
        self._say("looking for plots ...")
        self._want(lambda reader: plottable(row, rows, mous))

    def on_unmount(self) -> None:
        if self._feed is not None:
            self._feed.close()

    @property
    def reading(self) -> bool:
        """Whether an answer is awaited."""
        return self._soon is not None or (self._feed is not None and self._feed.busy)

    @property
    def thing(self) -> Plottable | None:
        """What is drawn."""
        return self._found[self._number] if self._found else None

    @property
    def things(self) -> tuple[Plottable, ...]:
        """All there is to be drawn for the item."""
        return self._found

    @property
    def command(self) -> str:
        """What `casapilot plot` has to be given to show the same; empty where nothing is shown."""
        if self._wish is not None:
            return self._wish.command
        return shlex.quote(str(self.thing.path)) if self.thing else ""

    @property
    def is_picture(self) -> bool:
        """Whether a picture is drawn."""
        return self._image is not None

    @property
    def flaggings(self) -> tuple[Flagging, ...]:
        """The ways to flag what the crosshair points at."""
        answer, cell, wish = self._answer, self.cell, self._wish
        if isinstance(answer, Grid):
            picked = {name: getattr(wish, name) for name in ("spw", "scan", "field")} if wish else {}
            return cell_flaggings(answer, cell, picked) if cell else ()
        return flaggings(answer, self.point, self._also) if self.point and answer else ()

    @property
    def is_pointed(self) -> bool:
        """Whether Enter has something to be about: a point, a cell, or a picture."""
        return self.point is not None or self.cell is not None or self.is_picture

    @property
    def flag_call(self) -> str:
        """The usual one of them, as a call; empty without a point."""
        ways = self.flaggings
        return ways[0].call if ways else ""

    @property
    def said_point(self) -> str:
        """That point in words."""
        answer, point, cell = self._answer, self.point, self.cell
        if isinstance(answer, Grid):
            return clean(say_cell(cell, answer.unit)) if cell else ""
        return clean(say_point(answer, point)) if point and answer else ""

    @property
    def file_name(self) -> str:
        """A name for a picture of the page in sight: the table's, and what is picked out."""
        words = [self._answer.table if self._answer else "plot", self._wish.said if self._wish else ""]
        words.append(self._wish.column if self._wish else "")
        return re.sub(r"[^\w.+-]+", "_", ".".join(word for word in words if word))

    async def save(self, path: Path) -> None:
        """Draw the page in sight into a PNG file, in a process for that alone."""
        if self._wish is not None:
            await asyncio.to_thread(ask_once, {**self._request(), "png": str(path.absolute())})

    def _want(self, job: Any) -> None:
        assert self._feed is not None
        if self._feed.want(job):
            serve: Any = self._feed.serve  # textual's own types leave async functions out
            self.run_worker(serve, exit_on_error=False)
        else:
            self.set_timer(PATIENCE_S, self._feed.give_up_stale)
            self._feed.give_up_stale()

    def _take(self, found: Any) -> None:
        """What the feed has brought: what there is to plot, an answer, or an error."""
        self._said = ""
        if isinstance(found, tuple):
            self._found, self._number = found, self._memory.number(self._key, found)
            self._begin()
        elif isinstance(found, Drawn):
            self._answer, self._texts = found.answer, ()
            self._choices = widened(self._choices, found.answer.choices)
            self._draw((found.look, found.picture))
        elif hasattr(found, "tobytes"):
            self._image = found
            self._draw()
        else:
            self._answer = self._picture = None
            self._tell(in_words(found), "bad")
        self.post_message(self.Moved(self))

    def _begin(self) -> None:
        """Show the table of now from its first page."""
        self._forget_answer()
        thing = self.thing
        if thing is None:
            self._tell(["Nothing to plot: neither this item nor what it needs has made a table yet."])
            return
        wish, self._choices = self._memory.open(self._key, thing)
        self._wish = None if thing.sort is Sort.PICTURE else wish
        self._ask()

    def _forget_answer(self) -> None:
        self._answer, self._picture, self._wish = None, None, None
        self._choices, self._start, self._focus, self._window = {}, 0, None, None
        self._image, self._texts = None, ()
        self._at, self._point, self._also, self._cells, self._lines = None, None, (), None, ()
        self.refresh()

    def _request(self) -> dict[str, Any]:
        assert self._wish is not None
        if self._focus is not None:
            return self._wish.request(self._focus, 1, MOST_POINTS)
        return self._wish.request(self._start, self._most, 2 * self.size.width)

    def _ask(self) -> None:
        thing = self.thing
        if thing is None or not self.size.width:
            return
        self._say(f"reading {clean(thing.name)} ...")
        if self._wish is None:
            self._want(lambda reader: open_picture(thing.path))
            return
        request, look = self._request(), self._look
        self._want(lambda reader: drawn(reader, request, look))

    # Drawing

    def position(self) -> str:
        if self._said:
            return self._said
        return self.said_point

    def poll(self) -> None:
        """Say for how long a slow answer is awaited."""
        if self._feed is not None and self._feed.seconds > PATIENCE_S and self._said:
            self._say(f"{self._said.split(' ...')[0]} ... {self._feed.seconds:.0f} s")
            self.post_message(self.Moved(self))

    def _say(self, text: str) -> None:
        self._said = text
        self.post_message(self.Moved(self))

    def _tell(self, texts: Sequence[str], style: str = "dim") -> None:
        self._image, self._texts = None, (texts, style)
        width = max(self.size.width - 2, 8)
        self._lines = tuple([(f" {part}", style)] for text in texts for part in wrap(clean(text), width))
        self.refresh()

    @property
    def _heading(self) -> str:
        """Which of the tables, and what is picked out of it."""
        assert self.thing is not None
        of = f" {self._number + 1}/{len(self._found)}" if len(self._found) > 1 else ""
        picked = f" [{self._wish.said}]" if self._wish and self._wish.said else ""
        return f"{self.thing.name}{of}{picked}"

    # What a person asks for

    @property
    def offered(self) -> tuple[Wish, dict[str, Sequence[Any]], dict[str, str]] | None:
        """What is chosen, what can be, and what is shown where nothing is; None where it is no plot."""
        if self._wish is None:
            return None
        answer = self._answer
        shown = {"x": answer.across} if isinstance(answer, Grid) else {}
        if isinstance(answer, Curves):
            shown = {"x": answer.x.kind, "y": answer.y.kind, "column": answer.column}
        return self._wish, {"x": ("time", "freq", "antenna"), **self._choices}, shown

    def turn(self, what: str, by: int = 1) -> None:
        """Show the next antenna, spw, polarisation, quantity, axis, overlay or order."""
        offered = self.offered
        if offered is None:
            self.casapilot.say("this is a picture: t goes on to the next table", "dim")
            return
        wish, choices, shown = offered
        turned = wish.turned(what, choices, by, shown)
        if turned == wish:
            self.casapilot.say(f"there is one {WORDS.get(what, what)} only", "dim")
            return
        self.choose(turned)

    def choose(self, wish: Wish | None) -> None:
        """Show what is wished; what was shown at first where it is None."""
        if self.thing is None:
            return
        self._wish = self._memory.keep(self._key, self.thing, wish, self._choices)
        self._start, self._focus, self._window, self._at = 0, None, None, None
        self._ask()

    def next_thing(self, by: int = 1) -> None:
        """Show the next of the item's tables and pictures."""
        if len(self._found) > 1:
            self.open_thing((self._number + by) % len(self._found))
        else:
            self.casapilot.say("this is the only one", "dim")

    def open_thing(self, number: int) -> None:
        """Show one of them."""
        self._number = number
        self._begin()

    # Surroundings

    def on_resize(self, event: Resize) -> None:
        if isinstance(self._answer, Curves) and self._focus is None:
            self._start = self._start // self._most * self._most
        if self.thing is None or self._texts:
            if self._texts:
                self._tell(*self._texts)
            return
        self._draw()
        if self._focus is None and self._image is None:
            self._ask()
