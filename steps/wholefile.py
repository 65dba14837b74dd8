"""Files that are written whole or not at all: whoever reads sees the old content or the new, never a part."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, content: str | bytes) -> None:
    """Put `content` (text as UTF-8) into the file `path` in one move, after it is on the disk.

    A file that is there keeps its mode, and a link goes on to lead to it. Its folder is made where there is
    none.

    Raises
    ------
    OSError
        It cannot be written; the file is as it was then, and nothing is left beside it.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of the thread's own: two that write at once must not write into one file.
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(temporary, path.stat().st_mode & 0o7777)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
