"""The script of an item, with its step marked."""

from __future__ import annotations

import re
from pathlib import Path

from ..glyphs import clean
from .lines import LineView
from .paint import Line, Span

__all__ = ["ScriptView", "code_spans"]

_TOKENS = re.compile(
    r"""(?P<comment>\#.*)
      | (?P<string>[rbuRBU]{0,2}(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"))
      | (?P<word>\b(?:and|as|assert|break|class|continue|def|del|elif|else|except|finally|for|from|global|if
          |import|in|is|lambda|not|or|pass|print|raise|return|try|while|with|yield|None|True|False)\b)
      | (?P<call>\b[A-Za-z_][\w.]*(?=\())
      | (?P<number>\b\d[\d.eE+-]*)""",
    re.VERBOSE,
)
_STYLES = {"comment": "dim", "string": "ok", "word": "accent", "call": "key", "number": "code"}


class ScriptView(LineView):
    """One script, read whole (scripts are small), the lines of one step marked."""

    name_of_pane = "script"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.path: Path | None = None
        self._stamp: tuple[object, ...] = ()
        self._lines: list[str] = []
        self._first, self._last = 0, -1
        self._search = ""

    def show(self, path: Path | None, span: tuple[int, int] | None, content: bytes) -> None:
        """Draw `content` of the script at `path`, with the bytes of `span` marked."""
        stamp = (path, span, content)
        if stamp == self._stamp:
            return
        moved = self._stamp[:2] != stamp[:2]
        self._stamp, self.path = stamp, path
        self._lines = content.decode("utf-8", "replace").splitlines()
        self._first, self._last = 0, -1
        if span is not None:
            self._first = content.count(b"\n", 0, span[0])
            self._last = self._first + max(content[span[0] : span[1]].rstrip().count(b"\n"), 0)
        if moved:
            self.cursor = self._first
            self.top = max(self._first - 1, 0)
        self.redraw()

    def count(self) -> int:
        return len(self._lines)

    def line(self, index: int, width: int) -> Line:
        digits = len(str(len(self._lines)))
        inside = self._first <= index <= self._last
        wall = self.casapilot.glyphs.wall
        gutter: list[Span] = [
            (f"{index + 1:>{digits}}", "dim" if inside else "faint"),
            (wall, "key" if inside else "faint"),
        ]
        text = clean(self._lines[index], 4)
        if not inside and self._last >= 0:
            return [*gutter, (text, "dim")]
        return [*gutter, *code_spans(text)]

    def search(self, text: str | None, *, forward: bool = True) -> bool:
        """Go to the next line that holds `text` (None: as before); whether there is one."""
        self._search = text.lower() if text else self._search
        total = len(self._lines)
        for distance in range(1, total + 1):
            index = (self.cursor + (distance if forward else -distance)) % total
            if self._search and self._search in self._lines[index].lower():
                self.go_to(index)
                return True
        return False


def code_spans(text: str) -> list[Span]:
    """A line of Python with its comments, strings and words in their colours."""
    spans: list[Span] = []
    at = 0
    for match in _TOKENS.finditer(text):
        spans += [(text[at : match.start()], "text"), (match.group(), _STYLES[match.lastgroup or "word"])]
        at = match.end()
    return [*spans, (text[at:], "text")]
