"""The task console: any CASA task by hand, in the CASA process of the EB, typed as at CASA's own prompt."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Input

from ...steps.errors import CasapilotError
from ...steps.run.console import Answer, Ask, Console
from ..glyphs import clean
from ..widgets.bars import Footer
from ..widgets.history import when_text
from ..widgets.lines import Bar, Block
from ..widgets.paint import Line, Span, fit
from ..widgets.transcript import Transcript, param_line
from .console_calls import Calls

if TYPE_CHECKING:
    from ...steps.run.complete import Completion, Known
    from ..app import Casapilot
    from .deeds import Deeds

__all__ = ["ConsoleScreen"]

_LOOK_S = 0.25
_RECENT = 3
"""So many calls of before are shown at the beginning."""
_KEYS = (("go", "run"), ("Tab", "complete"), ("Up", "history"), ("PgUp", "scroll"), ("^X", "stop"))


class ConsoleScreen(Screen[None]):
    """Answers above, one line to type in below."""

    def __init__(self, main: Deeds, eb: str) -> None:
        super().__init__()
        self.main = main
        self.eb = eb
        self.console: Console | None = None
        self._known: Known | None = None
        self._busy = False
        """Whether a line is being answered."""
        self._leaving = False
        self._history_at = 0
        self._cycle: tuple[Completion, int] | None = None
        self._begun = ""
        """The line before completion."""
        self._put_in = ""
        """What completion has made of it."""

    @property
    def casapilot(self) -> Casapilot:
        """The app, by its own type."""
        app: Casapilot = self.app  # type: ignore[assignment]  # textual knows only App[object]
        return app

    @property
    def session(self) -> Any:
        """What is asked and told."""
        assert self.casapilot.session is not None
        return self.casapilot.session

    def compose(self) -> ComposeResult:
        yield Bar(id="console-top")
        yield Transcript(id="transcript")
        yield Bar(id="console-words")
        with Horizontal(id="console-line"):
            yield Block([("", "")], "bar", id="console-label")
            yield Input(compact=True, select_on_focus=False)
        yield Footer(id="footer")

    def on_mount(self) -> None:
        self.query_one("#console-top", Bar).ground = "bar"
        self.transcript = self.query_one(Transcript)
        self.line = self.query_one(Input)
        self.calls = Calls(self)
        self._label("...")
        self.line.focus()
        self.set_interval(_LOOK_S, self._look)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self._draw()
        self.deed(self._begin())

    def deed(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the background; what goes wrong is said, never a traceback."""
        self.run_worker(self._guarded(work), exit_on_error=False)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (CasapilotError, OSError) as error:
            self.wrong(error)
        except Exception as error:
            self.casapilot.keep_traceback()
            self.wrong(error)

    async def ask(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """Call the session in its thread."""
        return await self.casapilot.bridge.ask(function, *args, **kwargs)

    # What is said

    def say(self, *entries: Span | Line) -> None:
        """Add to what is above the line."""
        self.transcript.add(entries)

    def wrong(self, error: Exception) -> None:
        """Say what is wrong."""
        what = getattr(error, "what", str(error)) or type(error).__name__
        where = getattr(error, "where", "")
        self.say((f"{where}: {what}" if where else what, "bad"))
        if todo := getattr(error, "todo", ""):
            self.say((f"  {todo}", "dim"))

    async def _begin(self) -> None:
        console = await self.ask(self.session.task_console, self.eb)
        self.console, self._history_at = console, len(console.history)
        sources = {
            "kept": "No CASA answers: the tasks are those known of before.",
            "names": "No CASA answers: only names of tasks are known, not their parameters.",
        }
        if words := sources.get(console.tasks.source):
            self.say((words, "warn"))
        for run in (await self.ask(self.session.calls_by_hand, self.eb))[-_RECENT:]:
            when = when_text(run.start, self.casapilot.clock())
            call = run.calls[0].text if run.calls else run.title
            self.say((f"{when}  {call}: {run.status}", "dim"))
        self.say(
            ("Type a task (Tab completes), or: help. Values are typed as in CASA: vis='x.ms'.", "text"),
            (f"The same without the screen: casapilot task --eb {self.eb} TASK name=value ...", "dim"),
        )
        self.calls.look_for_running()
        if waits := self.calls.what_is_ahead():
            self.say((f"{self.eb} is busy with {waits}: what you run waits its turn.", "warn"))
        self._draw()
        self._known = await self.ask(self.session.known, self.eb)

    async def learn(self) -> None:
        """Look again at what there is to be completed."""
        self._known = await self.ask(self.session.known, self.eb)

    # The line

    def _label(self, task: str) -> None:
        block = self.query_one("#console-label", Block)
        block._paragraphs = ((f" {task}> ", "key"),)
        block.styles.width = len(task) + 2
        block.refresh(layout=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value
        self.line.value = ""
        self._forget_words()
        if self.console is not None and not self._busy:
            self._busy = True
            self.deed(self._enter(text))

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.value != self._put_in:
            self._forget_words()

    async def _enter(self, text: str) -> None:
        assert self.console is not None
        try:
            name = self.console.task.name if self.console.task else ""
            self.say((f"{name}> {clean(text)}", "bold"))
            answer: Answer = await self.ask(self.console.enter, text)
            self._history_at = len(self.console.history)
            self._show(answer)
            self._draw()  # the task of now stands before the line also while a question is asked
            await self._do(answer)
        finally:
            self._busy = False
            self._draw()
            if self._leaving:
                self.dismiss(None)

    def _show(self, answer: Answer) -> None:
        width, more = self.size.width, self.casapilot.glyphs.more
        if answer.title:
            self.say((answer.title, "title"))
        self.transcript.add(param_line(each, width, more) for each in answer.params)
        self.transcript.add((text, "text") for text in answer.said)
        if answer.wrong:
            self.say((answer.wrong, "bad"))

    async def _do(self, answer: Answer) -> None:
        if answer.ask is Ask.RUN and answer.call is not None:
            await self.calls.run(answer.call)
        elif answer.ask is Ask.HELP:
            await self._help(answer.task)
        elif answer.ask is Ask.UNDO:
            await self.calls.undo()
        elif answer.ask is Ask.SCRIPT:
            await self.calls.into_script()
        elif answer.ask is Ask.STOP:
            await self.calls.stop()
        elif answer.ask is Ask.EXIT:
            self._leaving = True

    async def _help(self, name: str) -> None:
        from ...steps.run.tasklist import text_of
        from .text import TextScreen

        assert self.console is not None
        task = self.console.tasks.task(name)
        text = await self.ask(text_of, task) or task.about or "CASA says nothing of it."
        lines: list[Line] = [[(f" {clean(each, 4)}", "text")] for each in text.splitlines()]
        await self.casapilot.push_screen_wait(TextScreen(f"Help of {name}", lines))

    # Keys

    def on_key(self, event: Key) -> None:
        deeds = {
            "tab": lambda: self._complete(1),
            "shift+tab": lambda: self._complete(-1),
            "up": lambda: self._recall(-1),
            "down": lambda: self._recall(1),
            "pageup": lambda: self.transcript.page(-1),
            "pagedown": lambda: self.transcript.page(1),
            "ctrl+x": lambda: self.deed(self.calls.stop()),
            "ctrl+l": self.casapilot.redraw,
            "escape": self._leave,
        }
        if deed := deeds.get(event.key):
            event.stop()
            event.prevent_default()
            deed()

    def _leave(self) -> None:
        """Put the words away, or leave; what runs goes on."""
        if self._cycle is not None:
            self._forget_words()
        elif self._busy:
            self._leaving = True  # what was typed last is asked for first
        else:
            self.dismiss(None)

    def _recall(self, direction: int) -> None:
        """A line of before, or the empty one after the last."""
        history = self.console.history if self.console else []
        self._history_at = min(max(self._history_at + direction, 0), len(history))
        self.line.value = history[self._history_at] if self._history_at < len(history) else ""
        self.line.cursor_position = len(self.line.value)

    def _complete(self, direction: int) -> None:
        if self.console is None or self._known is None:
            return
        if self._cycle is None:
            from ...steps.run.complete import complete

            found = complete(self.line.value, self.line.cursor_position, self.console, self._known)
            if not found.words:
                self._words([("nothing known begins so", "dim")])
                return
            self._begun = self.line.value
            self._cycle = (found, -1)
            if len(found.words) > 1 and len(_common(found.words)) > found.end - found.start:
                self._put(_common(found.words), found)
                self._cycle = None
                self._offer(found.words, -1)
                return
            direction = 1
        found, at = self._cycle
        at = (at + direction) % len(found.words)
        self._cycle = (found, at)
        self._put(found.words[at], found)
        self._offer(found.words, at)
        if len(found.words) == 1:
            self._cycle = None

    def _put(self, word: str, found: Completion) -> None:
        self._put_in = self._begun[: found.start] + word + self._begun[found.end :]
        self.line.value = self._put_in
        self.line.cursor_position = found.start + len(word)

    def _offer(self, words: Sequence[str], at: int) -> None:
        """Show what it may be, the one that stands there marked, those after it in sight."""
        if len(words) == 1:
            self._words([])
            return
        first = max(at, 0)
        spans: list[Span] = [(f" {len(words)}: ", "dim")]
        for index, word in enumerate(words[first : first + 40], first):
            spans += [(clean(word), "key bold" if index == at else "text"), ("  ", "")]
        self._words(spans)

    def _words(self, spans: Sequence[Span]) -> None:
        self.query_one("#console-words", Bar).show(spans)

    def _forget_words(self) -> None:
        self._cycle = None
        self._words([])

    # What goes on

    def _look(self) -> None:
        if self.console is not None:
            self.calls.look()
        self._draw()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        """The bar at the top, the label, the keys."""
        task = self.console.task.name if self.console and self.console.task else ""
        self._label(task)
        right, style = self.calls.standing()
        left = f" Task console  {self.eb}"
        room = self.size.width - len(left) - 3
        text = fit(right, min(len(right), room), self.casapilot.glyphs.more)
        gap = " " * max(self.size.width - len(left) - len(text) - 1, 1)
        self.query_one("#console-top", Bar).show([(left, "title"), (gap, ""), (text, style)])
        hints = [(key, word, True) for key, word in _KEYS]
        self.query_one(Footer).offer(hints, [("Esc", "back")])


def _common(words: Sequence[str]) -> str:
    """What all of `words` begin with."""
    first, last = min(words), max(words)
    for index, char in enumerate(first):
        if char != last[index : index + 1]:
            return first[:index]
    return first
