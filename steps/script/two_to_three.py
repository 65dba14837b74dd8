"""The syntax of Python 2 to that of Python 3, by fissix, the fork of Python's own lib2to3.

fissix reads Python 2 by its grammar, so it knows what a person can only guess: that ``print -1`` prints and
``print (a) % b`` formats first. What it does not change it gives back byte for byte.
"""

from __future__ import annotations

import functools
import importlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import ScriptError
from .script import Script

__all__ = ["Refused", "to_python3"]

#: What is changed. Left out: fixers for style, for relative imports, and u'' (Python 3 knows it).
FIXERS = (
    "apply basestring dict except exec execfile filter funcattrs getcwdu has_key imports imports2 intern "
    "itertools itertools_imports long map metaclass methodattrs ne next nonzero numliterals operator paren "
    "print raise raw_input reduce renames repr standarderror sys_exc throw tuple_params types urllib xrange "
    "xreadlines zip"
).split()
#: Stand for `print` where it is called as a function; of the same length, so that no column moves.
_ALIASES = ("prinT", "pRint", "Print", "prInt", "priNt")
_COMPLAINT = re.compile(r"Line (\d+): (?:could not convert: )?(.*)", re.DOTALL)


class Refused(Exception):
    """What cannot be converted: lines and reasons."""

    def __init__(self, reasons: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"line {line}: {reason}" for line, reason in reasons))
        self.reasons = reasons


def to_python3(script: Script) -> bytes:
    """The bytes of a script with its Python 2 syntax and builtins as Python 3 has them.

    Refused where it is not Python 2 either, or where something in it has no counterpart.
    """
    content = script.content
    mark = content[:3] if content.startswith(b"\xef\xbb\xbf") else b""
    # Latin-1 gives every byte a letter and takes it back: what the text is encoded in does not matter.
    text = _hidden(script)[len(mark) :].decode("latin-1")
    lone = script.source.newline == b"\r"
    new = _refactored(text.replace("\r", "\n") if lone else text, _prints_by_function(script))
    return mark + _shown(content, new.replace("\n", "\r") if lone else new).encode("latin-1")


def _prints_by_function(script: Script) -> bool:
    return script.compiles and all(old.what != "print statement" for old in script.old)


def _alias(content: bytes) -> bytes:
    return next(alias.encode() for alias in _ALIASES if alias.encode() not in content)


def _hidden(script: Script) -> bytes:
    """The script with `print` under another name where it is called alone, as Python 3 does.

    Python 2 takes ``print(a, b)`` for a tuple and does not know ``print(a, file=f)``; people write both.
    """
    content = bytearray(script.content)
    alias = _alias(script.content)
    for match in script.source.find("(expression_statement . (call function: (identifier) @name) .)"):
        node = match["name"][0]
        if content[node.start_byte : node.end_byte] == b"print":
            content[node.start_byte : node.end_byte] = alias
    return bytes(content)


def _shown(content: bytes, text: str) -> str:
    return text.replace(_alias(content).decode(), "print")


def _refactored(text: str, print_function: bool) -> str:
    ended = text.endswith("\n")
    tool = _tool(print_function)
    try:
        tree = tool.refactor_string(text if ended else text + "\n", "script")
    except Exception as error:
        raise Refused([_reason(error)]) from error
    refused = list(_complaints(tool))
    if refused:
        raise Refused(refused)
    new = str(tree)
    return new if ended else new[:-1]


def _reason(error: Exception) -> tuple[int, str]:
    """Line and reason of an error of fissix's parser."""
    place = getattr(error, "context", None)
    if place and len(place) > 1:
        return int(
            place[1][0]
        ), f"{str(getattr(error, 'value', '')).strip() or 'the end'!r} is not Python there"
    if isinstance(error, SyntaxError):
        return error.lineno or 1, error.msg
    if len(error.args) > 1 and isinstance(error.args[1], tuple):  # what its tokenizer raises
        return int(error.args[1][0]), str(error.args[0])
    return 1, str(error)


def _complaints(tool: Any) -> Iterator[tuple[int, str]]:
    """What the fixers could not convert, and forget it."""
    for fixer in (*tool.pre_order, *tool.post_order):
        line = 0
        for message in map(str, fixer.log):
            found = _COMPLAINT.match(message)
            line = int(found[1]) if found else line
            if found or not message.startswith("###"):
                yield line or 1, found[2] if found else message
        fixer.log.clear()


@functools.cache
def _tool(print_function: bool) -> Any:
    try:
        fissix: Any = importlib.import_module("fissix")
    except ImportError as error:
        raise ScriptError(
            "cannot be converted: the package fissix is not installed", "", "pip install fissix"
        ) from error
    # It keeps its grammar in a cache in the home directory, where we have no business.
    with tempfile.TemporaryDirectory() as folder:
        fissix.CACHE_DIR = Path(folder)
        refactor: Any = importlib.import_module("fissix.refactor")
    fixers = [f"fissix.fixes.fix_{name}" for name in FIXERS]
    return refactor.RefactoringTool(fixers, {"print_function": print_function})
