"""Edit a script: in $EDITOR or here, then the diff, the reason, the commit. The draft is kept until then."""

from __future__ import annotations

import contextlib
import difflib
import os
import warnings
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import TextArea

from ...steps.errors import CasapilotError, ScriptError
from ...steps.run.view import Row
from ..editor import draft_path, editor_command, take_terminal
from ..widgets.bars import Footer
from ..widgets.paint import Line
from .text import Heading, TextScreen, diff_lines

if TYPE_CHECKING:
    from ..app import Casapilot

__all__ = ["EditScreen", "broken_by", "decode", "edit_script", "text_diff"]

Ask = Callable[..., Awaitable[Any]]
_HIGHLIGHTED = 4000
"""Lines above which colours would make the editor slow."""
_NAMED = 2
"""So many items that an edit concerns are named."""


def decode(content: bytes) -> tuple[str, str]:
    """The text of a script and the encoding that gives the same bytes back."""
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def text_diff(before: bytes, after: bytes, name: str) -> str:
    """Unified diff of two versions of a script."""
    old, new = decode(before)[0].splitlines(), decode(after)[0].splitlines()
    lines = difflib.unified_diff(old, new, f"{name} as it is", f"{name} as edited", lineterm="")
    text = "\n".join(lines)
    return text or "The lines are the same; only their ends differ."


class EditScreen(Screen[bool]):
    """A plain editor. True when it is done, None when it is left; the draft is saved either way."""

    BINDINGS = [
        Binding("escape", "leave", priority=True),
        Binding("ctrl+s", "done", priority=True),
        Binding("f2", "done", priority=True),
    ]

    def __init__(self, draft: Path, title: str, line: int) -> None:
        super().__init__()
        self._draft, self._heading, self._line = draft, title, line
        self._text, self._encoding = decode(draft.read_bytes())

    def compose(self) -> ComposeResult:
        yield Heading(id="heading")
        area = TextArea(self._text, tab_behavior="indent", soft_wrap=False, show_line_numbers=True)
        if self._text.count("\n") < _HIGHLIGHTED and not self._app.plain:
            with contextlib.suppress(Exception):  # without its grammar the text is plain, that is all
                area.language = "python"
        yield area
        yield Footer(id="footer")

    @property
    def _app(self) -> Casapilot:
        app: Casapilot = self.app  # type: ignore[assignment]  # textual knows only App[object]
        return app

    def on_mount(self) -> None:
        self.query_one(Heading).show([(f" Edit  {self._heading}", "title")])
        area = self.query_one(TextArea)
        area.move_cursor((self._line - 1, 0), center=True)
        area.focus()
        self.set_interval(1.0, self.keep)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw_footer)

    def _draw_footer(self) -> None:
        keys = [("^S", "show the diff and save", True), ("F2", "the same", True)]
        self.query_one(Footer).offer(keys, [("Esc", "leave, keep a draft")])

    def keep(self) -> None:
        """Write the draft when the text has changed."""
        text = self.query_one(TextArea).text
        if text != self._text:
            self._text = text
            self._draft.write_bytes(text.encode(self._encoding, "replace"))

    def action_done(self) -> None:
        self.keep()
        self.dismiss(True)

    def action_leave(self) -> None:
        self.keep()
        self.dismiss(None)


async def edit_script(app: Casapilot, row: Row, fill_in: Ask, choose: Ask) -> str | None:
    """Let a person edit the script of an item, and save it; the commit, or None."""
    session = app.session
    assert session is not None
    path = await app.bridge.ask(session.script_of, row.key)
    if path is None:
        raise ScriptError("has no script to edit", row.item.title, "The checklist names no step for it.")
    content = path.read_bytes()
    span = await app.bridge.ask(session.step_span, row.key)
    line = content.count(b"\n", 0, span[0]) + 1 if span else 1
    draft = draft_path(session.mous.live, session.mous.root, path)
    if not await _prepare(draft, content, path, choose):
        return None
    edited = await _edit(app, draft, path, line, choose)
    while edited is not None:
        changed = await app.bridge.ask(session.changed_by, path, edited)
        rows = app.main.snapshot.rows if app.main and app.main.snapshot else ()
        titles = [row.item.title for row in rows if row.key in changed]
        answer = await app.push_screen_wait(_diff_screen(content, edited, path, titles))
        if answer == "edit":
            edited = await _edit(app, draft, path, line, choose)
            continue
        if answer is None:
            _say_kept(app, draft)
            return None
        values = await fill_in(
            f"Save {path.name}",
            [("The reason goes into the history.", "dim"), ("", "")],
            ("why", "Why", "", True),
            ("initials", "Your initials", app.initials, True),
        )
        if values:
            return await _save(app, path, edited, values, draft)
    return None


async def _prepare(draft: Path, content: bytes, path: Path, choose: Ask) -> bool:
    """Lay the draft ready: the one of before when the person wants it, else a copy of the script."""
    if draft.exists() and draft.read_bytes() != content:
        answer = await choose(
            "There is a draft of before",
            [(f"You have edited {path.name} without saving it.", "text")],
            [
                ("c", "Go on with it", "on", ""),
                ("a", "Start anew", "anew", "the draft is thrown away"),
            ],
        )
        if answer is None:
            return False
        if answer == "on":
            return True
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.write_bytes(content)
    return True


async def _edit(app: Casapilot, draft: Path, path: Path, line: int, choose: Ask) -> bytes | None:
    """Edit the draft; its bytes, or None when it was left or nothing was changed."""
    command = editor_command(os.environ, draft, line)
    options = [("b", "Here", "here", "a plain editor")]
    if command:
        options.insert(0, ("v", f"In {Path(command[0]).name}", "editor", "your $EDITOR"))
    answer = await choose(f"Edit {path.name}", [], options) if command else "here"
    if answer == "editor":
        take_terminal(app, command)
    elif answer == "here":
        _refuse_mixed(draft, path)
        if not await app.push_screen_wait(EditScreen(draft, path.name, line)):
            _drop_if_same(app, draft, path)
            return None
    else:
        _drop_if_same(app, draft, path)
        return None
    edited = draft.read_bytes()
    return None if _drop_if_same(app, draft, path) else edited


def _refuse_mixed(draft: Path, path: Path) -> None:
    """The plain editor knows one kind of line end per file."""
    content = draft.read_bytes()
    bare = content.count(b"\n") - content.count(b"\r\n")
    if (b"\r\n" in content and bare) or b"\r" in content.replace(b"\r\n", b""):
        raise ScriptError(
            "mixes kinds of line ends, which the plain editor would make the same",
            str(path),
            "Set $EDITOR, and edit it there.",
        )


def _drop_if_same(app: Casapilot, draft: Path, path: Path) -> bool:
    """Remove the draft when it is the script as it is; otherwise say where it is."""
    if draft.read_bytes() == path.read_bytes():
        draft.unlink()
        app.say("nothing was changed")
        return True
    _say_kept(app, draft)
    return False


def _say_kept(app: Casapilot, draft: Path) -> None:
    app.say(f"not saved; your draft is kept in {'/'.join(draft.parts[-4:])}", "warn")


def _diff_screen(content: bytes, edited: bytes, path: Path, titles: Sequence[str]) -> TextScreen:
    answers = [("enter", "save", "save"), ("e", "edit again", "edit")]
    said: list[Line] = []
    if broken := broken_by(content, edited):
        said.append([(f" Python does not take it any more: {broken}", "bad")])
    more = f" and {len(titles) - _NAMED} more" if len(titles) > _NAMED else ""
    said.append([(f" Concerns: {', '.join(titles[:_NAMED]) or 'no item'}{more}", "accent")])
    lines = [*said, (), *diff_lines(text_diff(content, edited, path.name))]
    return TextScreen(f"What would change in {path.name}", lines, answers)


def broken_by(before: bytes, after: bytes) -> str:
    """What Python says of `after` where it took `before`; a script of Python 2 it never took."""
    if _syntax_error(before):
        return ""
    return _syntax_error(after)


def _syntax_error(content: bytes) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(content, "script", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        return f"line {line}: {getattr(error, 'msg', error)}" if line else str(error)
    return ""


async def _save(app: Casapilot, path: Path, edited: bytes, values: dict[str, str], draft: Path) -> str:
    session = app.session
    assert session is not None
    try:
        commit: str = await app.bridge.ask(
            session.save_script, path, edited, values["why"], values["initials"]
        )
    except CasapilotError as error:
        error.todo = f"{error.todo}\nYour text is kept in {draft}; e goes on with it.".strip()
        raise
    with contextlib.suppress(OSError):
        draft.unlink()
    return commit
