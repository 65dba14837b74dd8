"""Indentation that mixes tabs and blanks, made of blanks where Python 3 refuses it."""

from __future__ import annotations

import ast
import warnings

from .lines import Kind, read_lines

__all__ = ["untabbed"]

#: More lines than this are not taken one by one.
_MOST_SINGLE = 100


def untabbed(content: bytes) -> bytes:
    """The same code with tabs in indentations widened as Python 2 reads them, in as few lines as will do."""
    for _ in range(_MOST_SINGLE):
        line = _refused_line(content)
        if line is None:
            return content
        widened = _widen(content, line - 1)
        if widened == content:
            return content
        content = widened
    return _widen(content, None)


def _refused_line(content: bytes) -> int | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(content)
    except TabError as error:
        return error.lineno
    except (SyntaxError, ValueError):
        return None
    return None


def _widen(content: bytes, index: int | None) -> bytes:
    """Widen the tabs of one line (of the nearest above that has some), or of all."""
    lines = read_lines(content)
    tabbed = [n for n, line in enumerate(lines) if _is_tabbed(content, line.start, line.body, line.kind)]
    if index is not None:
        tabbed = [n for n in tabbed if n <= index][-1:]
    pieces, at = [], 0
    for n in tabbed:
        line = lines[n]
        pieces += [content[at : line.start], b" " * line.indent]
        at = line.body
    return b"".join([*pieces, content[at:]])


def _is_tabbed(content: bytes, start: int, body: int, kind: Kind) -> bool:
    return kind is Kind.CODE and b"\t" in content[start:body]
