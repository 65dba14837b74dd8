"""File descriptors 1 and 2 of the worker: to a step's console.log, and back.

They are always files, never pipes: a reader that stops must not stop CASA. C++ code prints there
past Python, so the descriptors themselves are moved and C's own buffers are flushed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from typing import Any, TextIO

__all__ = ["Streams", "flush"]

_LINE_BUFFERED = 1  # _IOLBF of glibc


def _libc() -> Any:
    try:
        return ctypes.CDLL(None)
    except OSError:
        return None


_LIBC = _libc()


def flush() -> None:
    """Write out what Python and C have buffered; a full disk is not our error here."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    if _LIBC is not None:
        _LIBC.fflush(None)


def _buffer_c_by_lines() -> None:
    """Have C's stdout appear line by line in a file, as it does on a terminal."""
    if _LIBC is None:
        return
    with contextlib.suppress(ValueError, AttributeError):
        stdout = ctypes.c_void_p.in_dll(_LIBC, "stdout")
        _LIBC.setvbuf(stdout, None, ctypes.c_int(_LINE_BUFFERED), ctypes.c_size_t(0))


def _text(descriptor: int) -> TextIO:
    """Return a stream on `descriptor` that a script can close without closing the descriptor."""
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


class Streams:
    """The two descriptors, and where they belong between steps."""

    def __init__(self) -> None:
        _buffer_c_by_lines()
        self._home = [os.dup(1), os.dup(2)]
        sys.stdout, sys.stderr = _text(1), _text(2)

    def to(self, path: str) -> None:
        """Append to the file `path` from now on.

        Raises
        ------
        OSError
            It cannot be opened; nothing has changed then.
        """
        target = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            self._move(target, target)
        finally:
            os.close(target)

    def back(self) -> None:
        """Go back to where they were at the start."""
        self._move(*self._home)

    def _move(self, out: int, err: int) -> None:
        flush()
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout, sys.stderr = _text(1), _text(2)
