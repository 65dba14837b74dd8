"""Writing a script to disk."""

from __future__ import annotations

from pathlib import Path

from ..errors import ScriptError
from ..wholefile import write_whole

__all__ = ["write_script"]


def write_script(path: Path, content: bytes) -> None:
    """Write a script whole or not at all, in place of that which is there; ScriptError where it cannot be."""
    try:
        path.stat()
        write_whole(path, content)
    except OSError as error:
        raise ScriptError(
            f"cannot be written: {error.strerror}",
            str(path),
            "It is as it was. Make room, or ask for access.",
        ) from error
