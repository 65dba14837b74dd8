"""The tab that says why an item is done, what to look for, and what came out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...steps.checklist.model import Checklist, Kind, Phase, State
from ...steps.checklist.render import paragraphs, say_param
from ...steps.record.runs import Measured, Warned
from ...steps.run.view import Row
from ..found import Clue
from ..glyphs import clean
from ..worst import read, unmet
from .clues import clue_lines
from .items import STYLES, change_text, duration, was_stopped
from .laid_out import TextView
from .paint import Line, Span, wrap

__all__ = ["WhyView"]

_VERDICTS = {"pass": ("good", "ok"), "look": ("look", "warn"), "fail": ("FAILED", "bad")}
_TODO = {
    Kind.MANUAL: "to judge: look, then sign off",
    Kind.DECISION: "to choose",
    Kind.NOTE: "to read",
}
"""What there is to do, where it is a person's."""
_SAME_METRIC = 3
"""Checks of one metric that are met, told one by one up to so many."""


class WhyView(TextView):
    """Text about one item, wrapped to the width there is."""

    name_of_pane = "why"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._row: Row | None = None
        self._phase_end: Phase | None = None
        self._told: tuple[str, ...] = ()
        self._judged: tuple[Row, ...] = ()
        self._clues: tuple[Clue, ...] = ()
        self.guided = True

    def show(
        self,
        row: Row | None,
        checklists: Iterable[Checklist],
        told: Sequence[str] = (),
        judged: Sequence[Row] = (),
        clues: Sequence[Clue] = (),
    ) -> None:
        """Draw what is known of `row`.

        `told` is said at the top, too; `judged` is what a person judges; `clues` are what is found wrong.
        """
        if row is None or self._row is None or row.key != self._row.key:
            self.top = 0
        self._row, self._told, self._judged = row, tuple(told), tuple(judged)
        self._clues = tuple(clues)
        self._phase_end = _closed_by(row, checklists) if row else None
        self._lay_out()

    def inputs(self) -> tuple[object, ...]:
        return self._row, self._told, self._judged, self._clues, self._phase_end, self.guided

    def text(self, width: int) -> Iterator[Line]:
        row = self._row
        if row is None:
            return
        yield from _paragraph([(row.item.title, "bold")], width)
        yield from _standing(row, width)
        for text in self._told:
            yield from _paragraph([(text, "warn")], width)
        keys = (self.casapilot.keymap.shown("cures"), self.casapilot.keymap.shown("tab-plots"))
        bullet = self.casapilot.glyphs.bullet
        yield from clue_lines(self._clues, width, bullet, keys, guided=self.guided)
        yield from self._stands_out(row, width)
        yield from self._measured(row, width)
        if self.guided and row.item.why:
            yield ()
            yield from self._prose(row.item.why, width)
        if self.guided and row.item.look_for:
            yield from self._list("Look for", row.item.look_for, width)
        if row.item.kind is Kind.DECISION:
            yield from self._list("Choose (c)", row.item.choices, width)
        if self.guided and row.item.instead:
            yield from _heading("If it looks wrong")
            yield from self._prose(row.item.instead, width)
        if self.guided and row.item.params:
            yield from self._list("You may set, in the script", map(say_param, row.item.params), width)
        yield from self._also(row, width)
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

    def _stands_out(self, row: Row, width: int) -> Iterator[Line]:
        """What is wrong, before all text: checks that were not met, warnings that may mean harm."""
        if row.state is State.RUNNING:  # what is known is of the run before
            return
        for each in (row, *self._judged):
            checks = unmet(each)
            if checks:
                head = "The numbers" if self._explained else "Look at"
                yield from _heading(head if each is row else f"{each.item.title}: {head.lower()}")
            for check in checks:
                yield from self._check(check, width)
                help = next((c.help for c in each.item.check if c.metric == check.metric and c.help), "")
                if self.guided and each is row and help and not self._explained:
                    yield from _paragraph([(help, "text")], width - 2, "   ")
        loud = [
            warned for warned in _warnings(row) if not warned.note and warned.known not in self._explained
        ]
        if loud:
            yield from _heading("Warnings")
        for warned in loud:
            yield from self._warned(warned, "bad" if warned.level == "SEVERE" else "warn", width)

    @property
    def _explained(self) -> set[str]:
        """Known issues that the findings tell already; not empty where any finding is told."""
        loud = [each.finding for each in self._clues if each.is_loud]
        return {known for each in loud for known in ("-", *each.known)}

    def _measured(self, row: Row, width: int) -> Iterator[Line]:
        """The checks that were met; of many of one kind only how many."""
        checks = [check for check in (row.run.checks if row.run else ()) if check not in unmet(row)]
        if row.state is State.RUNNING:
            return
        if checks:
            yield from _heading("Checked")
        for metric in dict.fromkeys(check.metric for check in checks):
            same = [check for check in checks if check.metric == metric]
            if len(same) > _SAME_METRIC and all(check.verdict == "pass" for check in same):
                yield from self._bullet(f"good: {metric.replace('_', ' ')}, {len(same)} times", "ok", width)
                continue
            for check in same:
                yield from self._check(check, width)

    def _check(self, check: Measured, width: int) -> Iterator[Line]:
        word, style = _VERDICTS.get(check.verdict, ("unknown", "dim"))
        reading = read(check)
        told = reading.sentence if reading else check.text or _plainly(check)
        if check.verdict == "pass" or not reading:
            yield from self._bullet(f"{word}: {told}", style, width)
            return
        yield from self._bullet(f"{'' if word == 'look' else word + ': '}{told}", style, width)
        if reading.others:
            yield from _paragraph([(f"then {reading.others}", "dim")], width - 2, "   ")

    def _warned(self, warned: Warned, style: str, width: int) -> Iterator[Line]:
        known = f" ({warned.known})" if warned.known else ""
        yield from self._bullet(f"{warned.count} x {warned.text}{known}", style, width)
        for word, text in (("Cause", warned.cause), ("Cure", warned.cure)):
            if text and self.guided:
                yield from _paragraph([(f"{word}: {text}", "text")], width - 2, "   ")

    def _also(self, row: Row, width: int) -> Iterator[Line]:
        """What is worth knowing of the run, and no reason to look at it."""
        if row.run is None or row.state is State.RUNNING:
            return
        notes = [warned for warned in _warnings(row) if warned.note]
        muted = sum(warned.count for warned in row.run.warnings if warned.muted)
        if notes or muted:
            yield from _heading("Said, and known")
        for warned in notes:
            yield from self._warned(warned, "dim", width)
        if muted:
            yield from self._bullet(f"{muted} x known to be harmless", "dim", width)
        if row.run.outputs:
            yield from self._list("Made", row.run.outputs, width)


def _warnings(row: Row) -> list[Warned]:
    return [warned for warned in (row.run.warnings if row.run else ()) if not warned.muted]


def _heading(title: str) -> Iterator[Line]:
    yield ()
    yield [(f" {title}", "title")]


def _paragraph(spans: Iterable[Span], width: int, indent: str = " ") -> Iterator[Line]:
    for text, style in spans:
        for line in wrap(clean(text), width - 2):
            yield [(indent + line, style)]


def _standing(row: Row, width: int) -> Iterator[Line]:
    """Where the item stands: word, why, how long, flags, who signed, what holds it up."""
    said = [_TODO.get(row.item.kind, "to do") if row.state is State.TODO else row.state.value]
    said = ["stopped"] if was_stopped(row) else said
    if row.step is not None:
        said.insert(0, f"step {row.step:g}")
    if row.seconds is not None and row.state is not State.RUNNING:
        said.append(duration(row.seconds))
    if row.flagged_percent is not None:
        change = change_text(row.flagged_change)
        said.append(f"flags {row.flagged_percent:.1f} %" + (f" ({change})" if change else ""))
    yield from _paragraph([(", ".join(said), "warn" if was_stopped(row) else STYLES[row.state])], width)
    is_of_before = row.state in (State.TODO, State.RUNNING)
    texts = [row.detail, *(row.run.reasons if row.run and not is_of_before else ())]
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


def _plainly(check: Measured) -> str:
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
