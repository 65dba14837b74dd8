"""The difference between two states of a script, as people read it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from .script import Script

__all__ = ["unified"]


def unified(before: Script, after: Script, name: str = "") -> str:
    """A unified diff; empty where nothing differs.

    Parameters
    ----------
    before, after : Script
    name : str
        What to call the file; the name of `before` when not given.
    """
    name = (name or before.name or "script").lstrip("/")
    old, new = _lines(before), _lines(after)
    return "".join(_ended(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}")))


def _lines(script: Script) -> list[str]:
    text = script.content.decode(script.source.encoding, "surrogateescape")
    pieces = text.split("\n")
    lines = [piece + "\n" for piece in pieces[:-1]]
    return [*lines, pieces[-1]] if pieces[-1] else lines


def _ended(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
