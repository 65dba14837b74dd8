"""What is wrong with an EB, and changes of its script that may cure it: seen as diffs, accepted by a key."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.events import Key as KeyPress
from textual.screen import Screen

from ...steps.checklist.model import Key
from ...steps.diagnose.model import Severity
from ..glyphs import clean
from ..widgets.bars import Footer, Rule
from ..widgets.lines import Bar, LineView
from ..widgets.paint import Line, Span, fit
from .help import keys_screen
from .text import Reader, diff_lines

if TYPE_CHECKING:
    from ...steps.cures import Proposal
    from ...steps.diagnose import Finding
    from ..app import Casapilot
    from .deeds import Deeds

__all__ = ["CureScreen"]

_KEYS = (
    (
        "Enter",
        "Change the script as the cure under the cursor says (so does a): asked once more, then committed.",
    ),
    ("A", "Run what has to run again in this EB."),
    ("n", "Leave it as it is, with a note of why in the history."),
    ("j k", "To the next line, or the one before; g and G to the first and last."),
    ("Tab", "To what is said of it, to scroll there, and back."),
    ("Esc", "Back to the list of items (so does q)."),
)
_STYLES = {Severity.FAIL: "bad", Severity.LOOK: "warn", Severity.NOTE: "dim"}
_NAMED = 5
"""So many items that go stale are named."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the list: a finding, or something that may cure it."""

    finding: Finding
    proposal: Proposal | None = None
    is_other: bool = False
    """Whether it would take the place of the one above it."""
    is_cured: bool = False
    """Whether the script has a cure of the finding already that has not proved to be no help."""
    is_waiting: bool = False
    """Whether that cure has yet to run."""

    @property
    def is_next(self) -> bool:
        """Whether it can be accepted, and nothing that does the same has been."""
        return self.proposal is not None and self.proposal.can_accept and not self.is_cured


class Findings(LineView):
    """Findings, and below each what may cure it."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: tuple[_Entry, ...] = ()

    def show(
        self, findings: Iterable[Finding], proposals: Sequence[Proposal], waiting: Collection[str]
    ) -> None:
        """Draw them; the cursor goes to the first that can be accepted, or stays.

        `waiting` are the items that have to run again.
        """
        entries: list[_Entry] = []
        for finding in findings:
            cures = [each for each in proposals if each.finding == finding.id]
            done = [each for each in cures if each.already and not each.is_tried]
            cured, waits = bool(done), any(each.item in waiting for each in done)
            entries.append(_Entry(finding, None, False, cured, waits))
            entries += [_Entry(finding, each, n > 0, cured, waits) for n, each in enumerate(cures)]
        self.entries = tuple(entries)
        able = [n for n, each in enumerate(entries) if each.is_next]
        self.redraw()
        if able:
            self.go_to(able[0])

    @property
    def to_cure(self) -> int:
        """How many findings have a cure that waits for a yes."""
        return len({each.finding.id for each in self.entries if each.is_next})

    @property
    def entry(self) -> _Entry | None:
        """What the cursor is on."""
        return self.entries[self.cursor] if self.cursor < len(self.entries) else None

    def count(self) -> int:
        return len(self.entries)

    def line(self, index: int, width: int) -> Line:
        entry, glyphs = self.entries[index], self.casapilot.glyphs
        if entry.proposal is None:
            word = f" {'rerun' if entry.is_waiting else entry.finding.severity.value:5} "
            style = "accent" if entry.is_waiting else _STYLES[entry.finding.severity]
            return [(word, style), (fit(clean(entry.finding.title), width - len(word), glyphs.more), "text")]
        state = _state(entry.proposal)
        room = width - len(state) - 10
        text = fit(clean(entry.proposal.title), room, glyphs.more)
        style = "bold" if entry.is_next else "dim"
        head: Span = ("     or ", "dim") if entry.is_other else (f"      {glyphs.prompt} ", "key")
        return [head, (text, style), (f" {state}", "dim")]


def _state(proposal: Proposal) -> str:
    if proposal.already:
        return "was no help" if proposal.is_tried else "in the script"
    return "" if proposal.can_accept else "by hand"


class CureScreen(Screen[bool]):
    """Findings at the top; why, and the diff, below. Gives back whether to run what has to run again."""

    DEFAULT_CSS = "CureScreen Findings { height: 40%; } CureScreen Reader { height: 1fr; }"

    def __init__(self, main: Deeds, eb: str) -> None:
        super().__init__()
        self._main = main
        self._eb = eb
        self._stale: dict[str, list[Key]] = {}

    @property
    def casapilot(self) -> Casapilot:
        app: Casapilot = self.app  # type: ignore[assignment]  # textual knows only App[object]
        return app

    def compose(self) -> ComposeResult:
        yield Bar(id="cure-top")
        yield Findings()
        yield Rule()
        yield Reader(())
        yield Footer(id="footer")

    def on_mount(self) -> None:
        self.query_one("#cure-top", Bar).ground = "bar"
        heading: Line = [(f" Cures  {clean(self._eb)}", "title"), ("  reading ...", "dim")]
        self.query_one("#cure-top", Bar).show(heading)
        self.list = self.query_one(Findings)
        self.list.focus()
        self._main.run_deed(self._read())

    async def _read(self) -> None:
        """Show what is found and proposed now."""
        session, ask = self.casapilot.session, self.casapilot.bridge.ask
        assert session is not None
        findings = await ask(session.findings, self._eb)
        proposals = await ask(session.proposals, self._eb, self.casapilot.initials)
        self._stale = {}
        for each in proposals:
            if each.can_accept:
                self._stale[each.id] = await ask(session.made_stale, each)
        if not self.is_mounted:
            return
        self.list.show(findings, proposals, [key.item for key in self._main.waiting(self._eb)])
        tail = f"  found: {len(findings)}, to cure: {self.list.to_cure}"
        tail = tail if findings else "  nothing is found wrong"
        self.query_one("#cure-top", Bar).show([(f" Cures  {clean(self._eb)}", "title"), (tail, "dim")])
        self._draw()

    def _draw(self) -> None:
        entry = self.list.entry
        reader = self.query_one(Reader)
        reader.lines = tuple(self._about(entry, max(self.size.width - 2, 20))) if entry else ()
        reader.top = 0
        reader.redraw()
        self._draw_footer()

    def _draw_footer(self) -> None:
        entry, reader = self.list.entry, self.query_one(Reader)
        able = bool(entry and entry.proposal and entry.proposal.can_accept)
        waits = bool(self._main.waiting(self._eb))
        hints = [
            ("Enter", "accept", able),
            ("A", "run on", waits),
            ("n", "note", entry is not None),
            ("Tab", "other pane", True),
        ]
        self.query_one(Footer).offer(hints, [("?", "help"), ("Esc", "back")])
        self.query_one(Rule).place(-1, reader.position())

    def _about(self, entry: _Entry, width: int) -> Iterable[Line]:
        """What there is to say of the line under the cursor."""
        if entry.proposal is None:
            finding = entry.finding
            for style, texts in (
                ("text", finding.evidence),
                ("dim", (finding.why,)),
                ("text", (finding.what_to_do,)),
            ):
                yield from _paragraphs(texts, width, style)
            return
        proposal = entry.proposal
        yield from _paragraphs((proposal.why,), width, "text")
        if proposal.is_tried:
            yield from _paragraphs(
                ("Its steps have run with it, and the finding is there still.",), width, "warn"
            )
        elif proposal.already:
            yield from _paragraphs(("The script does so already: run it again from there.",), width, "ok")
        yield from _paragraphs((proposal.todo,), width, "accent")
        if proposal.cost:
            yield from _paragraphs((f"Takes away: {proposal.cost}",), width, "warn")
        yield from _paragraphs((self._goes_stale(proposal),), width, "warn")
        if proposal.diff:
            yield from ((), *diff_lines(proposal.diff))

    def _goes_stale(self, proposal: Proposal) -> str:
        keys = self._stale.get(proposal.id, [])
        if not keys:
            return ""
        more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
        return f"Stale then: {self._main.titles_of(keys[:_NAMED])}{more}"

    # Keys

    def on_key(self, event: KeyPress) -> None:
        action = self.casapilot.keymap.find(event, "main")
        if event.key in ("enter", "a"):
            event.stop()
            self._main.run_deed(self._accept())
        elif event.key == "n":
            event.stop()
            self._main.run_deed(self._note())
        elif action == "run-all":
            event.stop()
            self._run_on()
        elif event.key == "tab":
            event.stop()
            event.prevent_default()
            reader = self.query_one(Reader)
            (self.list if reader.has_focus else reader).focus()
        elif action == "help":
            event.stop()
            self.app.push_screen(keys_screen("What is wrong, and cures", _KEYS))
        elif action in ("back", "quit", "cures"):
            event.stop()
            self.dismiss(False)

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        if event.view is self.list:
            self._draw()
        else:
            self._draw_footer()

    def on_line_view_chosen(self, event: LineView.Chosen) -> None:
        self._main.run_deed(self._accept())

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def say(self, text: str, style: str = "text") -> None:
        """Show a message in the rule."""
        self.query_one(Rule).say(text, style)

    async def _accept(self) -> None:
        entry = self.list.entry
        proposal = entry.proposal if entry else None
        if proposal is None or not proposal.can_accept:
            self.say(_refusal(proposal), "warn")
            return
        initials = await self._confirmed(proposal)
        session = self.casapilot.session
        if not initials or session is None:
            return
        commit = await self._main.casapilot.bridge.ask(session.accept, proposal, initials)
        await self._main.poll(always=True)
        await self._read()
        first = self._main.titles_of(self._main.waiting(self._eb)[:1])
        done = f"committed as {commit[:10]}" if commit else "the script does so already"
        self.say(f"{done}; A runs on from {first}" if first else done, "ok")

    def _run_on(self) -> None:
        if self._main.waiting(self._eb):
            self.dismiss(True)
        else:
            self.say("nothing of this EB has to run", "warn")

    async def _confirmed(self, proposal: Proposal) -> str:
        """The initials of whoever wants it so; empty when nobody does."""
        lines: list[Span] = [(proposal.title, "bold"), ("", ""), (proposal.why, "text")]
        entry = self.list.entry
        twice = "The script has another cure of it already: mostly one is enough."
        for text in (
            twice if entry and entry.is_cured else "",
            f"Takes away: {proposal.cost}" if proposal.cost else "",
            self._goes_stale(proposal),
        ):
            lines += [("", ""), (text, "warn")] if text else []
        lines += [("", ""), (proposal.todo, "accent")] if proposal.todo else []
        known = self.casapilot.initials
        if known:
            options = [("y", "Accept", "yes", f"marked and committed as {known}"), ("n", "Leave it", "", "")]
            return known if await self._main._choose("Change the script", lines, options) else ""
        values = await self._main._fill_in(
            "Change the script", [*lines, ("", "")], ("initials", "Your initials", "", True)
        )
        return values["initials"] if values else ""

    async def _note(self) -> None:
        entry, session = self.list.entry, self.casapilot.session
        if entry is None or session is None:
            return
        title = entry.proposal.title if entry.proposal else entry.finding.title
        values = await self._main._fill_in(
            "Leave it, with a note", [(clean(title), "bold")], ("text", "Why", "", True)
        )
        if not values:
            return
        keys = [key for key in session.order if (key.item, key.eb) == (entry.finding.item, self._eb)]
        if keys:
            await self._main._call(session.note, keys[0], f"{title}: left as it is: {values['text']}")
            self.say("the note is in the history", "ok")


def _refusal(proposal: Proposal | None) -> str:
    if proposal is None:
        return "go to a line below it: these are the cures"
    if proposal.is_tried:
        return "that was no help: see the next below it"
    return "the script does so already" if proposal.already else "this is to be done by hand, as said below"


def _paragraphs(texts: Iterable[str], width: int, style: str) -> Iterable[Line]:
    """Texts wrapped, an empty line behind the last."""
    lines = [part for text in texts if text for part in textwrap.wrap(clean(text), width)]
    yield from ([(f" {part}", style)] for part in lines)
