"""A log: followed at its end, or read anywhere, whatever its size."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from time import perf_counter

from textual.strip import Strip
from textual.timer import Timer

from ..glyphs import clean
from ..logfile import LogFile
from .lines import LineView
from .paint import Line, Span, paint

__all__ = ["LogView"]

_CASA = re.compile(r"(?:\d{4}-\d\d-\d\d )?(\d\d:\d\d:\d\d)\t(\w+)\t([^\t]*)\t(.*)")
_LEVELS = {"WARN": "warn", "SEVERE": "bad", "ERROR": "bad", "INFO": "text"}
_STEP = 1 << 21
_COUNTING_S = 0.005
_WITH_TASK = 60
"""Columns from which on there is room for the name of the task."""


class LogView(LineView):
    """The lines of one log, anchored at a byte offset, so that what is read stays where it is."""

    name_of_pane = "log"
    has_cursor = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.log_file: LogFile | None = None
        self.following = True
        self.warnings_only = False
        self.raw = False
        self.pattern: re.Pattern[bytes] | None = None
        self.said = ""
        """What to say in the rule below, besides the position."""
        self._anchor = 0
        self._offsets: list[int] = []
        self._searching = 0
        self._counting: Timer | None = None

    def open(self, path: Path | None) -> None:
        """Show the log at `path` (none: show nothing), from its end."""
        if self.log_file is not None:
            if path == self.log_file.path:
                return
            self.log_file.close()
        self.log_file, self.following, self.skip, self.said = None, True, 0, ""
        if path is not None:
            with contextlib.suppress(OSError):
                self.log_file = LogFile(path)
        self.poll()
        self._draw_anew()

    def poll(self) -> None:
        """See what is new in the file; draw only when that changes what is in sight."""
        log = self.log_file
        if log is None:
            return
        generation, before = log.generation, len(self._offsets)
        warnings = len(log.warnings)
        grown = log.poll()
        self._count()
        if log.generation != generation:
            self._anchor, self.following = 0, True
            grown = True
        changed = grown and (self.following or before < self.size.height)
        if changed or (self.warnings_only and len(log.warnings) != warnings):
            self._draw_anew()
        elif grown or not log.counted:
            self.post_message(self.Moved(self))

    def _count(self) -> None:
        """Count lines for a few milliseconds; what is left, a moment later, so that keys come first."""
        log = self.log_file
        if log is None:
            return
        until = perf_counter() + _COUNTING_S
        while log.count_some(1 << 18) and perf_counter() < until:
            pass
        if not log.counted and self._counting is None:
            self._counting = self.set_timer(5 * _COUNTING_S, self._count_on)

    def _count_on(self) -> None:
        self._counting = None
        self._count()
        if self.log_file is not None and self.log_file.counted:
            self.post_message(self.Moved(self))

    # Drawing

    def count(self) -> int:
        return len(self._offsets)

    def line(self, index: int, width: int) -> Line:
        assert self.log_file is not None
        text = self.log_file.text(self._offsets[index])
        return _raw(clean(text)) if self.raw else text_spans(text, with_task=width >= _WITH_TASK)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y >= len(self._offsets) or self.log_file is None:
            text = self._empty() if y == 0 and not self._offsets else ""
            return paint([(text, "dim")], width, self.casapilot.palette)
        line = self.line(y, width)
        if self.pattern is not None:
            line = _marked(line, self.pattern)
        return paint(line, width, self.casapilot.palette, "base", self.skip)

    def _empty(self) -> str:
        if self.log_file is None:
            return " There is no log yet."
        return " No warnings so far." if self.warnings_only else " Nothing was printed so far."

    def position(self) -> str:
        log = self.log_file
        if log is None:
            return ""
        parts = [log.path.name]
        if self.said:
            parts.append(self.said)
        elif self._offsets:
            number = log.number_of(self._offsets[0])
            total = f"{log.line_count:,}" + ("" if log.counted else "+")
            parts.append(f"{number:,}/{total}" if number is not None else f"?/{total}")
        if self.warnings_only:
            parts.append("warnings only")
        parts.append("following" if self.following else "held")
        return "  ".join(parts)

    def redraw(self) -> None:
        self._draw_anew()

    def _settle_top(self) -> None:
        self._draw_anew()

    def _draw_anew(self) -> None:
        """Find the offsets of the lines in sight."""
        log, height = self.log_file, max(self.size.height, 1)
        self._offsets = []
        if log is not None and log.size:
            if self.following:
                self._anchor = self._back_from_end(log, height)
            self._offsets = self._forward(log, self._anchor, height)
        self.top = 0
        self.refresh()
        self.post_message(self.Moved(self))

    def _back_from_end(self, log: LogFile, height: int) -> int:
        if self.warnings_only:
            return log.warnings[max(len(log.warnings) - height, 0)] if log.warnings else log.size
        offset = log.last_line()
        for _ in range(height - 1):
            before = log.previous_line(offset)
            if before is None:
                break
            offset = before
        return offset

    def _forward(self, log: LogFile, offset: int, height: int) -> list[int]:
        offsets: list[int] = []
        at: int | None = offset
        if self.warnings_only:
            at = log.next_warning(offset - 1)
        while at is not None and at < log.size and len(offsets) < height:
            offsets.append(at)
            at = log.next_warning(at) if self.warnings_only else log.next_line(at)
        return offsets

    # Moving

    def step(self, lines: int) -> None:
        log = self.log_file
        if log is None or not self._offsets:
            return
        if abs(lines) > len(self._offsets) + 1 or lines == self.count():
            self.move_end() if lines > 0 else self.move_top()
            return
        at = self._offsets[0]
        for _ in range(abs(lines)):
            found = self._neighbour(log, at, lines > 0)
            if found is None:
                break
            at = found
        self._hold_at(at)

    def _neighbour(self, log: LogFile, at: int, down: bool) -> int | None:
        if self.warnings_only:
            return log.next_warning(at) if down else log.previous_warning(at)
        return log.next_line(at) if down else log.previous_line(at)

    def _hold_at(self, offset: int) -> None:
        assert self.log_file is not None
        end = self._back_from_end(self.log_file, max(self.size.height, 1))
        self._anchor, self.following = min(offset, end), offset >= end
        self._draw_anew()

    def move_top(self) -> None:
        if self.log_file is not None:
            self._hold_at(0)

    def move_end(self) -> None:
        self.following = True
        self._draw_anew()

    def move_page_up(self) -> None:
        self.step(-max(self.size.height - 1, 1))

    def move_page_down(self) -> None:
        self.step(max(self.size.height - 1, 1))

    # What else can be done with it

    def toggle_warnings(self) -> None:
        """Only lines with warnings, or all."""
        self.warnings_only = not self.warnings_only
        if not self.warnings_only and self.log_file is not None and not self.following:
            self._anchor = min(self._anchor, self._back_from_end(self.log_file, max(self.size.height, 1)))
        self._draw_anew()

    def toggle_raw(self) -> None:
        """Lines as they are in the file, or with the time and origin short."""
        self.raw = not self.raw
        self._draw_anew()

    async def search(self, text: str | None, *, forward: bool = True) -> None:
        """Go to the next line that holds `text` (None: the one searched before), piece by piece."""
        log = self.log_file
        if text:
            self.pattern = re.compile(re.escape(text.encode()), re.IGNORECASE)
        if log is None or self.pattern is None or not self._offsets:
            return
        self._searching += 1
        mine, start = self._searching, self._offsets[0]
        position = log.next_line(start) if forward and not (text and self.following) else start
        if text and self.following:
            forward, position = False, log.size
        while position is not None and mine == self._searching:
            found, position, ended = log.search(self.pattern, position, forward=forward, limit=_STEP)
            if found is not None:
                self.said = ""
                self._show_found(found)
                return
            if ended:
                break
            self.said = f"searching {100 * position // max(log.size, 1)} %"
            self.post_message(self.Moved(self))
            await asyncio.sleep(0)
        if mine == self._searching:
            self.said = "no more of it" + (" below" if forward else " above")
            self._draw_anew()

    def _show_found(self, offset: int) -> None:
        self.following, self._anchor = False, offset
        self._draw_anew()

    def end_search(self) -> bool:
        """Forget what was searched for; whether there was anything."""
        had = self.pattern is not None
        self.pattern, self.said = None, ""
        self._searching += 1
        if had:
            self._draw_anew()
        return had


def text_spans(line: str, *, with_task: bool = True) -> list[Span]:
    """A line of a CASA log with its time, level and task short; any other line as it is."""
    match = _CASA.match(line)
    if match is None:
        return _raw(clean(line))
    time, level, origin, message = match.groups()
    style = _LEVELS.get(level, "dim")
    head = [(f" {time} ", "faint")]
    if level != "INFO":
        head.append((f"{level} ", f"{style} bold" if style in ("warn", "bad") else style))
    task = clean(origin.partition("::")[0])
    if task and with_task:
        head.append((f"{task} ", "dim"))
    return [*head, (clean(message), style)]


def _raw(text: str) -> list[Span]:
    for word, style in (("SEVERE", "bad"), ("ERROR", "bad"), ("WARN", "warn"), ("Traceback", "bad")):
        if word in text:
            return [(" " + text, style)]
    return [(" " + text, "text")]


def _marked(line: Line, pattern: re.Pattern[bytes]) -> list[Span]:
    """`line` with what is searched for marked."""
    marked: list[Span] = []
    searched = re.compile(pattern.pattern.decode("utf-8", "replace"), re.IGNORECASE)
    for text, style in line:
        at = 0
        for match in searched.finditer(text):
            marked += [(text[at : match.start()], style), (match.group(), "match")]
            at = match.end()
        marked.append((text[at:], style))
    return marked
