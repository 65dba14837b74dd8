"""Placeholders in the file names of a checklist: {ms}, {eb} and {mous}, and nothing else.

They are replaced as they stand when an item runs; nothing is ever looked up or evaluated.
"""

from __future__ import annotations

import re

from .source import nearest, printable

__all__ = ["PLACEHOLDERS", "wrong_glob", "wrong_placeholder"]

PLACEHOLDERS = ("ms", "eb", "mous")

_BRACES = re.compile(r"{([^{}]*)}|[{}]")


def wrong_placeholder(text: str) -> tuple[str, str] | None:
    """What is wrong with the braces of `text`, and what to do; None when nothing is."""
    for match in _BRACES.finditer(text):
        name = match[1]
        if name is None:
            return "a brace stands alone", "Known are: {ms}, {eb}, {mous}."
        if name not in PLACEHOLDERS:
            return f"{{{printable(name)}}} is not a placeholder", nearest(name, PLACEHOLDERS)
    return None


def wrong_glob(text: str) -> tuple[str, str] | None:
    """What is wrong with a pattern for files inside a folder, and what to do; None when nothing is."""
    inside = "Name files inside the EB's folder, like {ms}.bandpass"
    if not text.strip():
        return "names no file", inside
    if text.startswith(("/", "~")) or "\\" in text:
        return f'"{printable(text)}" is not a path from the EB\'s folder', inside
    if ".." in text.split("/"):
        return f'"{printable(text)}" leaves the EB\'s folder', inside
    return wrong_placeholder(text)
