"""A reduction script as code: compiled once per text, and its errors told in the script's own lines."""

from __future__ import annotations

import errno
import linecache
import os
import re
import traceback
import warnings
from types import CodeType
from typing import Dict, List, Optional, Tuple

from ..errors import ScriptError

__all__ = ["Scripts", "describe", "is_interrupt", "script_line", "script_traceback"]

_TRACEBACK_LIMIT = 16384
_OURS = os.path.dirname(os.path.abspath(__file__))

#: What Python 2 looks like to Python 3: a pattern of the offending line or message -> its name.
_PYTHON_2 = (
    (r"^\s*print\b(?!\s*\()|Missing parentheses in call to 'print", "print statement"),
    (r"^\s*exec\b(?!\s*\()|Missing parentheses in call to 'exec", "exec statement"),
    (r"^\s*except\b[^:]*,\s*\w+\s*:|multiple exception types must be parenthesized", "except X, name"),
    (r"^\s*raise\s+[\w.]+\s*,", "raise X, text"),
    (r"<>", "<> for !="),
    (r"`[^`]+`", "backquotes for repr()"),
    (r"(?<![\w.])0[0-7]+\b|leading zeros in decimal integer", "octal number such as 0755"),
    (r"(?<![\w.])\d+[lL]\b", "long integer such as 1L"),
    (r"\bur['\"]", "ur'' string"),
    (r"inconsistent use of tabs", "tabs mixed with blanks"),
)


class Scripts:
    """Compiled scripts, by path.

    The text is read each time (0.1 ms) and compiled when it has changed: dates and sizes of files on
    a cluster cannot be trusted to tell.
    """

    def __init__(self) -> None:
        self._known: Dict[str, Tuple[bytes, CodeType]] = {}

    def code(self, path: str) -> CodeType:
        """Return the script at `path`, compiled.

        Raises
        ------
        ScriptError
            It cannot be read, or is not Python 3.
        """
        try:
            with open(path, "rb") as file:
                text = file.read()
        except OSError as error:
            raise ScriptError(f"cannot be read: {error.strerror}", path) from error
        known = self._known.get(path)
        if known is None or known[0] != text:
            known = self._known[path] = (text, _compiled(text, path))
        _remember_lines(path, text)
        return known[1]


def _compiled(text: bytes, path: str) -> CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(text, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise _explained(error, path) from error
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            raise ScriptError(f"cannot be compiled: {error}", path) from error


def _explained(error: SyntaxError, path: str) -> ScriptError:
    where = f"{path}:{error.lineno or 0}"
    line = (error.text or "").strip()
    for pattern, name in _PYTHON_2:
        if re.search(pattern, error.text or "") or re.search(pattern, str(error.msg)):
            return ScriptError(
                f"Python 2 syntax at line {error.lineno}: {name}",
                where,
                f"Convert it to Python 3 (casapilot script convert): {line}",
            )
    return ScriptError(f"line {error.lineno}: {error.msg}", where, line)


def _remember_lines(path: str, text: bytes) -> None:
    """Have tracebacks show what was run, also after the file has been edited."""
    lines = text.decode("utf-8", "replace").splitlines(True)
    linecache.cache[path] = (len(text), None, lines, path)


def script_line(script: str, frames: List[traceback.FrameSummary]) -> int:
    """Return the line of `script` that the innermost of its `frames` is at; 0 when it has none."""
    lines = [frame.lineno for frame in frames if frame.filename == script]
    return (lines[-1] or 0) if lines else 0


def script_traceback(error: BaseException, script: str) -> str:
    """Return the traceback as the script's author knows it: from the script's first line to their last."""
    frames = list(traceback.extract_tb(error.__traceback__))
    first = next((n for n, frame in enumerate(frames) if frame.filename == script), len(frames))
    kept = [frame for frame in frames[first:] if not _is_inside(frame.filename)]
    text = "".join(traceback.StackSummary.from_list(kept).format())
    text = f"Traceback (most recent call last):\n{text}" if kept else ""
    text += "".join(traceback.format_exception_only(type(error), error))
    return text if len(text) <= _TRACEBACK_LIMIT else "...\n" + text[-_TRACEBACK_LIMIT:]


def _is_inside(filename: str) -> bool:
    """Whether a frame lies in CASA or in this room, where the script's author has no business."""
    return filename.startswith(_OURS) or bool(re.search(r"[/\\](casatasks|casatools)[/\\]", filename))


def describe(error: BaseException, script: str = "") -> str:
    """Return one line: where in the script, which error, and what it means when the disk is full."""
    line = script_line(script, list(traceback.extract_tb(error.__traceback__))) if script else 0
    where = f"line {line}: " if line else ""
    if is_disk_full(error):
        return f"{where}the disk is full: make room, then run the step again ({_named(error)})"
    if isinstance(error, MemoryError):
        return f"{where}out of memory ({_named(error)})"
    return where + _named(error)


def _named(error: BaseException) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text[:2000]}" if text else type(error).__name__


def is_disk_full(error: BaseException) -> bool:
    """Whether CASA or Python ran out of disk (CASA then fails an assertion in LockFile.cc)."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and ("LockFile" in text or "No space left on device" in text)


def is_interrupt(error: Optional[BaseException]) -> bool:
    """Whether an error is an interrupt, also as it comes back through CASA's C++."""
    return isinstance(error, KeyboardInterrupt) or (
        isinstance(error, SystemError) and isinstance(error.__cause__, KeyboardInterrupt)
    )
