"""What was typed and answered, as it came: the end is followed until somebody scrolls up."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from textual.events import Resize

from ...steps.run.console import ParamLine
from ..glyphs import clean
from .lines import LineView
from .log import text_spans
from .paint import Line, Span, wrap

__all__ = ["LogTail", "Transcript", "param_line"]

MOST = 5000
"""So many entries are kept; all that CASA said is in its logs."""
_NAME, _VALUE = 14, 22


class Transcript(LineView):
    """Entries, each wrapped to the width, or drawn as it is."""

    name_of_pane = "transcript"
    has_cursor = False
    can_focus = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.following = True
        self._entries: list[Span | Line] = []
        self._lines: list[Line] = []
        self._width = 0

    def add(self, entries: Iterable[Span | Line]) -> None:
        """Add paragraphs (text, style), which are wrapped, or whole lines of spans, which are not."""
        listed = list(entries)
        if not listed:
            return
        self._entries += listed
        if len(self._entries) > MOST:
            del self._entries[: len(self._entries) - MOST]
            self._lay_out()
        else:
            self._lines += [line for entry in listed for line in _drawn(entry, self._width)]
        self._follow()

    def count(self) -> int:
        return len(self._lines)

    def line(self, index: int, width: int) -> Line:
        return self._lines[index]

    def scroll(self, lines: int) -> None:
        """Move through it; at its end it is followed again."""
        self.step(lines)
        self.following = self.top >= self.count() - self.size.height

    def page(self, direction: int) -> None:
        """One page up or down."""
        self.scroll(direction * max(self.size.height - 1, 1))

    def on_resize(self, event: Resize) -> None:
        self._width = event.size.width
        self._lay_out()
        self._follow()

    def _lay_out(self) -> None:
        self._lines = [line for entry in self._entries for line in _drawn(entry, self._width)]

    def _follow(self) -> None:
        if self.following:
            self.top = max(self.count() - self.size.height, 0)
        self.refresh()


def _drawn(entry: Span | Line, width: int) -> list[Line]:
    if isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], str):
        text, style = str(entry[0]), str(entry[1])
        indent = " " * (len(text) - len(text.lstrip()))
        return [[(f" {line}", style)] for line in wrap(clean(text), max(width - 2, 20), f"{indent}  ")]
    return [list(entry)]


def param_line(each: ParamLine, width: int, more: str) -> Line:
    """One parameter as `inp` shows it: name, value, what it is, what is allowed."""
    name = f" {'  ' * each.depth}{each.name}"
    allowed = f" [{' '.join(each.allowed)}]" if each.allowed else ""
    head = f"{name:{_NAME}} = "
    value = clean(each.value or "(none)")
    room = max(width - len(head) - 4, 10)
    value = value if len(value) <= room else value[: room - len(more)] + more
    about = f"  # {clean(each.about)}{clean(allowed)}"
    left = width - len(head) - max(len(value), _VALUE)
    about = about if len(about) <= left else about[: max(left - len(more), 0)] + more
    return [
        (head, "key bold" if each.is_set else "key"),
        (f"{value:{_VALUE}}", "bold" if each.is_set else "text"),
        (about if left > 8 else "", "dim"),
    ]


class LogTail:
    """What is new in the logs of one call: CASA's own, and what it printed besides.

    Parameters
    ----------
    most, most_printed : int
        After so many lines of the log, and of what was printed, only the file is named.
    """

    _CHUNK = 1 << 16

    def __init__(self, most: int = 400, most_printed: int = 40) -> None:
        self._most = {"console.log": most_printed}
        self._otherwise = most
        self._read: dict[Path, int] = {}
        self._said: dict[Path, int] = {}

    def news(self, paths: Iterable[Path], width: int) -> list[Line]:
        """Return the lines since last time."""
        lines: list[Line] = []
        for path in paths:
            for text in self._new_lines(path):
                if path.name == "console.log" and _is_casas(text):
                    continue  # warnings come twice: in the log, and here
                said = self._said[path] = self._said.get(path, 0) + 1
                most = self._most.get(path.name, self._otherwise)
                if said <= most:
                    lines.append(text_spans(text, with_task=width >= 100))
                elif said == most + 1:
                    lines.append([(f" ... the rest of it: {path}", "dim")])
        return lines

    def _new_lines(self, path: Path) -> list[str]:
        at = self._read.get(path, 0)
        try:
            with path.open("rb") as file:
                file.seek(at)
                whole, newline, _ = file.read(self._CHUNK).rpartition(b"\n")
        except OSError:
            return []
        self._read[path] = at + len(whole) + len(newline)
        return whole.decode("utf-8", "replace").splitlines() if newline else []


def _is_casas(text: str) -> bool:
    """Whether a line has the form of CASA's log."""
    return text[:4].isdigit() and text.count("\t") >= 3
