"""Reading TOML with the parser that this Python has."""

from __future__ import annotations

import re
import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["broken_at", "loads"]


def loads(text: str) -> dict[str, Any]:
    """Parse `text`.

    Raises
    ------
    ValueError
        It is not TOML; `broken_at` finds the line in the message.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def broken_at(text: str, error: ValueError) -> tuple[int, str]:
    """Line (from 1) and reason of what `loads` said about `text`."""
    message = str(error)
    match = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)", message)
    if match is None:
        return 1, message
    line = int(match[1]) if match[1] else text.rstrip().count("\n") + 1
    return line, message[: match.start()]
