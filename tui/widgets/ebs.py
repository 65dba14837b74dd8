"""The line under the top bar: each execution block, how far it is, and which one is looked at."""

from __future__ import annotations

from collections.abc import Sequence

from ...steps.checklist.model import Key, State
from ...steps.run.view import Snapshot
from ..glyphs import Glyphs, clean
from ..overview import EbProgress, progress_of
from .items import STYLES
from .lines import Bar
from .paint import Span, width_of

__all__ = ["EbBar", "eb_spans"]

_DETAIL = 4
"""Most that is said of an EB: name and sign, how many items, percent, which step it is at, its title."""


class EbBar(Bar):
    """Each EB with its sign and how far it is; shown where there are several."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._progress: tuple[EbProgress, ...] = ()
        self._eb = ""
        self._seen: tuple[Snapshot | None, frozenset[Key]] = (None, frozenset())

    def describe(self, snapshot: Snapshot | None, eb: str, settled: frozenset[Key] = frozenset()) -> None:
        """Draw it for `snapshot`, `eb` marked; what is `settled` is only noted."""
        if snapshot is not self._seen[0] or settled != self._seen[1]:
            self._seen = (snapshot, settled)
            self._progress = progress_of(snapshot, settled) if snapshot else ()
        self._eb = eb
        self.on_resize()

    def on_resize(self) -> None:
        if self.size.width:
            self.show(eb_spans(self._progress, self._eb, self.size.width, self.casapilot.glyphs))


def eb_spans(progress: Sequence[EbProgress], eb: str, width: int, glyphs: Glyphs) -> list[Span]:
    """As much of every EB as there is room for; where even the names are too many, those around `eb`."""
    for detail in range(_DETAIL, -1, -1):
        spans = [span for each in progress for span in _one(each, eb, glyphs, detail)]
        if width_of(spans) <= width:
            return spans
    here = next((n for n, each in enumerate(progress) if each.eb == eb), 0)
    room = width - 2 * len(f" {glyphs.more}{len(progress)} ")
    first = last = here
    while True:
        wider = [(a, b) for a, b in ((first, last + 1), (first - 1, last)) if a >= 0 and b < len(progress)]
        fits = [(a, b) for a, b in wider if _width(progress[a : b + 1], eb, glyphs) <= room]
        if not fits:
            break
        first, last = fits[0]
    before, after = first, len(progress) - 1 - last
    spans = [span for each in progress[first : last + 1] for span in _one(each, eb, glyphs, 0)]
    head = [(f" {before}{glyphs.more}", "faint")] if before else []
    return [*head, *spans, *([(f" {glyphs.more}{after}", "faint")] if after else [])]


def _width(progress: Sequence[EbProgress], eb: str, glyphs: Glyphs) -> int:
    return sum(width_of(_one(each, eb, glyphs, 0)) for each in progress)


def _one(each: EbProgress, eb: str, glyphs: Glyphs, detail: int) -> list[Span]:
    here, state = each.eb == eb, each.state
    spans = [
        (" ", ""),
        (clean(each.eb), "tab" if here else "dim"),
        (f" {glyphs.states[state]}", STYLES[state]),
    ]
    said = []
    if detail:
        said.append(f"{each.finished}/{each.total}")
    if detail > 2:
        said.append(clean(each.at if detail == _DETAIL else each.words))
    elif detail == 2 and each.running and each.running.percent is not None:
        said.append(f"{each.running.percent:.0f}%")
    elif detail == 2 and each.failed:
        said.append(f"{each.failed} {glyphs.states[State.FAILED]}" if each.running else "")
    tail = " ".join(filter(None, said))
    return [*spans, (f" {tail}" if tail else "", "text" if here else "dim"), (" ", "")]
