"""A log of any size, read from the file where it is looked at; nothing of it is kept in memory.

What is kept: how many newlines there are before each block of 64 kB, and where lines with warnings begin
(the first hundred thousand of them). Lines are found from byte offsets, so the end of a log of gigabytes
can be shown before anything has been counted.
"""

from __future__ import annotations

import os
import re
from array import array
from bisect import bisect_left, bisect_right
from pathlib import Path

__all__ = ["LogFile"]

BLOCK = 1 << 16
MAX_WARNINGS = 100_000
MAX_SHOWN = 4_000
"""Bytes of one line that are read for the screen."""
_WORDS = (b"WARN", b"SEVERE", b"ERROR", b"Traceback", b"Exception")
_WARNING = re.compile(b"|".join(_WORDS))


class LogFile:
    """Lines of one file by their byte offsets; call `poll` and `count_some` now and then."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDONLY)
        self._identity = os.fstat(self._file).st_ino
        self._reset()

    def _reset(self) -> None:
        self.size = 0
        self._newlines_before = array("Q", [0])
        self._counted = 0
        """Bytes whose newlines have been counted; a multiple of BLOCK but for the last."""
        self._newlines = 0
        self._warnings = array("Q")
        self.generation = getattr(self, "generation", -1) + 1
        """Goes up when the file was replaced or cut short: offsets of before mean nothing."""

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def poll(self) -> bool:
        """Look at the file again; whether it has grown, or is another one now."""
        self._follow_replacement()
        size = os.fstat(self._file).st_size
        if size < self.size:
            self._reset()
        changed = size != self.size
        self.size = size
        return changed

    def _follow_replacement(self) -> None:
        try:
            now = os.stat(self.path)
        except OSError:
            return
        if now.st_ino != self._identity:
            os.close(self._file)
            self._file = os.open(self.path, os.O_RDONLY)
            self._identity = now.st_ino
            self._reset()

    # Counting

    @property
    def counted(self) -> bool:
        """Whether every newline has been counted."""
        return self._counted >= self.size

    @property
    def line_count(self) -> int:
        """Lines counted so far; a last one without a newline counts."""
        return self._newlines + (1 if self.size and not self._ends_with_newline() else 0)

    @property
    def warnings(self) -> array[int]:
        """Offsets of the lines counted so far that hold a warning or an error."""
        return self._warnings

    @property
    def index_bytes(self) -> int:
        """Memory that the index takes."""
        return (len(self._newlines_before) + len(self._warnings)) * 8

    def count_some(self, max_bytes: int = 1 << 23) -> bool:
        """Count newlines in at most `max_bytes` more; whether some are left to count."""
        end = min(self._counted + max_bytes, self.size)
        while self._counted < end:
            self._count_block()
        return self._counted < self.size

    def _count_block(self) -> None:
        start = self._counted
        length = min(BLOCK - start % BLOCK, self.size - start)
        data = os.pread(self._file, length, start)
        if not data:
            self.size = start
            return
        self._newlines += data.count(b"\n")
        if len(self._warnings) < MAX_WARNINGS:
            self._note_warnings(data, start)
        self._counted = start + len(data)
        if self._counted % BLOCK == 0:
            self._newlines_before.append(self._newlines)

    def _note_warnings(self, data: bytes, start: int) -> None:
        if not any(word in data for word in _WORDS):
            return
        noted = self._warnings[-1] if self._warnings else -1
        for match in _WARNING.finditer(data):
            newline = data.rfind(b"\n", 0, match.start())
            offset = start + newline + 1 if newline >= 0 else self.line_start(start)
            if offset > noted:
                self._warnings.append(offset)
                noted = offset

    def number_of(self, offset: int) -> int | None:
        """Number of the line that begins at `offset`, from 1; None where nothing has been counted yet."""
        if offset > self._counted:
            return None
        block = offset // BLOCK
        data = os.pread(self._file, offset - block * BLOCK, block * BLOCK)
        return self._newlines_before[block] + data.count(b"\n") + 1

    # Lines around an offset

    def line_start(self, offset: int) -> int:
        """Where the line that byte `offset` lies in begins."""
        end = offset
        while end > 0:
            start = max(end - BLOCK, 0)
            found = os.pread(self._file, end - start, start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return 0

    def next_line(self, offset: int) -> int | None:
        """Where the line after the one at `offset` begins; None when it is the last."""
        found = self._newline_after(offset)
        return None if found is None or found + 1 >= self.size else found + 1

    def previous_line(self, offset: int) -> int | None:
        """Where the line before the one at `offset` begins; None when it is the first."""
        return None if offset <= 0 else self.line_start(offset - 1)

    def last_line(self) -> int:
        """Where the last line begins."""
        return self.line_start(self.size - 1) if self.size else 0

    def next_warning(self, offset: int) -> int | None:
        """Where the next line with a warning begins."""
        index = bisect_right(self._warnings, offset)
        return self._warnings[index] if index < len(self._warnings) else None

    def previous_warning(self, offset: int) -> int | None:
        """Where the line with a warning before it begins."""
        index = bisect_left(self._warnings, offset) - 1
        return self._warnings[index] if index >= 0 else None

    def text(self, offset: int) -> str:
        """The line at `offset`, cut when it is very long, as text."""
        data = os.pread(self._file, MAX_SHOWN, offset).partition(b"\n")[0]
        return data.rstrip(b"\r").decode("utf-8", "replace")

    def _newline_after(self, offset: int) -> int | None:
        size = 4096
        while offset < self.size:
            data = os.pread(self._file, size, offset)
            if not data:
                return None
            found = data.find(b"\n")
            if found >= 0:
                return offset + found
            offset += len(data)
            size = BLOCK
        return None

    def _ends_with_newline(self) -> bool:
        return os.pread(self._file, 1, self.size - 1) == b"\n"

    # Searching

    def search(
        self, pattern: re.Pattern[bytes], start: int, *, forward: bool, limit: int
    ) -> tuple[int | None, int, bool]:
        """Look through at most `limit` bytes from the line at `start` on.

        Returns where the line found begins (or None), where to go on from, and whether the file's end
        (or beginning) was reached.
        """
        if forward:
            data = os.pread(self._file, limit, start)
            match = pattern.search(data)
            if match:
                return self.line_start(start + match.start()), start, False
            end = start + len(data)
            whole = self.line_start(end) if end < self.size else end
            return None, max(whole, start + 1), end >= self.size
        begin = self.line_start(max(start - limit, 0))
        data = os.pread(self._file, start - begin, begin)
        found = [match.start() for match in pattern.finditer(data)]
        if found:
            return self.line_start(begin + found[-1]), begin, False
        return None, begin, begin == 0
