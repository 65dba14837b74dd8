"""Writing a script to disk."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from ..errors import ScriptError

__all__ = ["write_script"]


def write_script(path: Path, content: bytes) -> None:
    """Write a script whole or not at all; its mode stays. ScriptError where it cannot be written."""
    path = path.resolve()
    try:
        mode = path.stat().st_mode & 0o7777
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, mode)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise ScriptError(
            f"cannot be written: {error.strerror}",
            str(path),
            "It is as it was. Make room, or ask for access.",
        ) from error
