"""The tab that says why an item is done, what to look for, and what came out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...steps.checklist.model import Checklist, Kind, Phase, State
from ...steps.checklist.render import paragraphs
from ...steps.record.runs import Measured
from ...steps.run.view import Row
from ..glyphs import clean
from .items import STYLES, change_text, duration, word_of
from .lines import LineView
from .paint import Line, Span, wrap

__all__ = ["WhyView"]

_VERDICTS = {"pass": "ok", "look": "warn", "fail": "bad"}


class WhyView(LineView):
    """Text about one item, wrapped to the width there is."""

    name_of_pane = "why"
    has_cursor = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._row: Row | None = None
        self._phase_end: Phase | None = None
        self._told: tuple[str, ...] = ()
        self._lines: list[Line] = []
        self._drawn_for: tuple[object, ...] = ()
        self.guided = True

    def show(self, row: Row | None, checklists: Iterable[Checklist], told: Sequence[str] = ()) -> None:
        """Draw what is known of `row`; `told` is what else there is to say at the top."""
        if row is None or self._row is None or row.key != self._row.key:
            self.top = 0
        self._row, self._told = row, tuple(told)
        self._phase_end = _closed_by(row, checklists) if row else None
        self._lay_out()

    def count(self) -> int:
        return len(self._lines)

    def line(self, index: int, width: int) -> Line:
        return self._lines[index]

    def _settle_top(self) -> None:
        self._lay_out()
        super()._settle_top()

    def _lay_out(self) -> None:
        wanted = (self._row, self._told, self._phase_end, self.guided, self.size.width, self.casapilot.ascii)
        if wanted == self._drawn_for or not self.size.width:
            return
        self._drawn_for = wanted
        self._lines = list(self._text(self._row, self.size.width)) if self._row else []
        self._roll_to(self.top)
        self.refresh()

    def _text(self, row: Row, width: int) -> Iterator[Line]:
        yield from _paragraph([(row.item.title, "bold")], width)
        yield from _standing(row, width)
        for text in self._told:
            yield from _paragraph([(text, "warn")], width)
        if self.guided and row.item.why:
            yield ()
            yield from self._prose(row.item.why, width)
        if self.guided and row.item.look_for:
            yield from self._list("Look for", row.item.look_for, width)
        if row.item.kind is Kind.DECISION:
            yield from self._list("Choose (c)", row.item.choices, width)
        yield from self._came_out(row, width)
        if self.guided and row.item.instead:
            yield from _heading("If it looks wrong")
            yield from self._prose(row.item.instead, width)
        if self._phase_end is not None:
            yield from _heading("Before you go on")
            yield from _paragraph([(self._phase_end.pause, "accent")], width)
            for point in self._phase_end.points:
                yield from self._bullet(point, "text", width)
        if self.guided and row.item.refs:
            refs = [f"{ref.title} {ref.url}".strip() for ref in row.item.refs]
            yield from self._list("Read more", refs, width)

    def _prose(self, text: str, width: int) -> Iterator[Line]:
        """Paragraphs, and lists where there are some."""
        for n, pieces in enumerate(paragraphs(text)):
            if n:
                yield ()
            for piece in pieces:
                if piece.startswith(("- ", "* ")):
                    yield from self._bullet(piece[2:], "text", width)
                else:
                    yield from _paragraph([(piece, "text")], width)

    def _list(self, title: str, texts: Iterable[str], width: int) -> Iterator[Line]:
        yield from _heading(title)
        for text in texts:
            yield from self._bullet(text, "text", width)

    def _bullet(self, text: str, style: str, width: int) -> Iterator[Line]:
        first, *more = wrap(clean(text), width - 4)
        yield [(f" {self.casapilot.glyphs.bullet} ", "faint"), (first, style)]
        for line in more:
            yield [("   " + line, style)]

    def _came_out(self, row: Row, width: int) -> Iterator[Line]:
        run = row.run
        if run is None:
            return
        if run.checks:
            yield from _heading("Checked")
        for check in run.checks:
            verdict = {"pass": "good", "look": "look at it", "fail": "FAILED"}.get(check.verdict, "unknown")
            told = check.text or _measured(check)
            yield from self._bullet(f"{verdict}: {told}", _VERDICTS.get(check.verdict, "dim"), width)
        loud = [warned for warned in run.warnings if not warned.muted]
        if loud:
            yield from _heading("Warnings")
        for warned in loud:
            known = f" ({warned.known})" if warned.known else ""
            style = "bad" if warned.level == "SEVERE" else "warn"
            yield from self._bullet(f"{warned.count} x {warned.text}{known}", style, width)
            for word, text in (("Cause", warned.cause), ("Cure", warned.cure)):
                if text and self.guided:
                    yield from _paragraph([(f"{word}: {text}", "text")], width - 2, "   ")
        muted = sum(warned.count for warned in run.warnings if warned.muted)
        if muted:
            yield from _paragraph([(f"and {muted} known to be harmless", "dim")], width)
        if run.outputs:
            yield from self._list("Made", run.outputs, width)


def _heading(title: str) -> Iterator[Line]:
    yield ()
    yield [(f" {title}", "title")]


def _paragraph(spans: Iterable[Span], width: int, indent: str = " ") -> Iterator[Line]:
    for text, style in spans:
        for line in wrap(clean(text), width - 2):
            yield [(indent + line, style)]


def _standing(row: Row, width: int) -> Iterator[Line]:
    """Where the item stands: word, why, how long, flags, who signed, what holds it up."""
    said = [word_of(row) if row.state is State.TODO else row.state.value]
    if row.step is not None:
        said.insert(0, f"step {row.step:g}")
    if row.seconds is not None and row.state is not State.RUNNING:
        said.append(f"in {duration(row.seconds)}")
    if row.flagged_percent is not None:
        change = change_text(row.flagged_change)
        said.append(f"{row.flagged_percent:.1f} % flagged" + (f" ({change})" if change else ""))
    yield from _paragraph([(", ".join(said), STYLES[row.state])], width)
    texts = [row.detail, *(row.run.reasons if row.run and row.state is not State.TODO else ())]
    for text in dict.fromkeys(filter(None, texts)):
        yield from _paragraph([(text, "bad" if row.state in (State.FAILED, State.LOST) else "dim")], width)
    if row.blocked and row.blocked != row.detail and row.state is not State.RUNNING:
        yield from _paragraph([(f"Cannot run now: {row.blocked}", "warn")], width)
    if row.run and row.run.versions_restored:
        restored = ", ".join(row.run.versions_restored)
        yield from _paragraph([(f"Flags put back first: {restored}", "dim")], width)
    if row.signed:
        yield from _paragraph([(f"Signed off by {row.signed}", "ok")], width)
    if row.note:
        yield from _paragraph([(f"Note: {row.note}", "accent")], width)


def _measured(check: Measured) -> str:
    value = "?" if check.value is None else f"{check.value:.4g}"
    of = f" of {check.of}" if check.of else ""
    return f"{check.metric}{of} is {value} {check.unit}".rstrip()


def _closed_by(row: Row, checklists: Iterable[Checklist]) -> Phase | None:
    """The phase that ends with this item, where it closes with a question."""
    for checklist in checklists:
        if checklist.id != row.key.checklist:
            continue
        in_phase = [item.id for item in checklist.items if item.phase == row.item.phase]
        if in_phase and in_phase[-1] == row.item.id:
            return next((p for p in checklist.phases if p.id == row.item.phase and p.pause), None)
    return None
