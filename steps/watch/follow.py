"""Follow files that grow, by offset: whole lines only, in bounded memory, whatever happens to the files.

A file may come late, be cut and written anew, be renamed and replaced, or end in a line that is not complete
yet. Nothing is read twice and nothing is waited for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = ["LogFollower"]

_CHUNK_BYTES = 1 << 18
_LONGEST_LINE_BYTES = 1 << 20
_ANCHOR_BYTES = 64


class _File:
    """One file: where we are in it, and the piece of a line that has no end yet."""

    def __init__(self, path: str, kind: str, offset: int) -> None:
        self.path, self.kind = path, kind
        self.offset = offset
        self.rest = b""
        self._handle = -1
        self._anchor = b""
        """The last bytes before the offset: when they change, the file was written anew."""

    def read(self, most_bytes: int) -> list[bytes]:
        """Whole lines, without their ends; none of what cannot be read (a folder, a stale handle)."""
        if self._handle < 0 and not self._open():
            return []
        try:
            return self._read(most_bytes)
        except OSError:
            self.close()
            return []

    def _read(self, most_bytes: int) -> list[bytes]:
        size = os.fstat(self._handle).st_size
        if size < self.offset or not self._is_same():
            self._restart()
        data = os.pread(self._handle, most_bytes, self.offset)
        if not data:
            return self._replaced()
        self.offset += len(data)
        self._anchor = (self._anchor + data)[-_ANCHOR_BYTES:]
        return self._lines(data)

    def behind(self) -> int:
        """Bytes that are there and not read yet."""
        try:
            size = os.fstat(self._handle).st_size if self._handle >= 0 else os.stat(self.path).st_size
        except OSError:
            return 0
        return max(size - self.offset, 0)

    def finish(self) -> list[bytes]:
        """The last line, complete or not."""
        rest, self.rest = self.rest, b""
        return [rest] if rest else []

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _open(self) -> bool:
        try:
            self._handle = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return False
        return True

    def _is_same(self) -> bool:
        if not self._anchor:
            return True
        start = self.offset - len(self._anchor)
        return os.pread(self._handle, len(self._anchor), start) == self._anchor

    def _restart(self) -> None:
        self.offset, self.rest, self._anchor = 0, b"", b""

    def _replaced(self) -> list[bytes]:
        """At the end of the file: another one may have taken its name."""
        try:
            there, ours = os.stat(self.path), os.fstat(self._handle)
        except OSError:
            return []
        if (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino):
            return []
        lines = self.finish()
        self.close()
        self._restart()
        return lines

    def _lines(self, data: bytes) -> list[bytes]:
        pieces = data.split(b"\n")
        pieces[0] = self.rest + pieces[0]
        self.rest = pieces.pop()
        if len(self.rest) > _LONGEST_LINE_BYTES:
            pieces.append(self.rest)
            self.rest = b""
        return pieces


class LogFollower:
    """Follow several files at once.

    Parameters
    ----------
    files : iterable of (path, kind)
        `kind` is "log" or "terminal"; it comes back with each line.
    """

    def __init__(self, files: Iterable[tuple[str | os.PathLike[str], str]] = ()) -> None:
        self._files: dict[str, _File] = {}
        self._turn = 0
        for path, kind in files:
            self.add(path, kind)

    def add(self, path: str | os.PathLike[str], kind: str, offset: int = 0) -> None:
        """Follow one more file from byte `offset` on; it need not exist yet. Following it twice is once."""
        name = os.path.abspath(path)
        if name not in self._files:
            self._files[name] = _File(name, kind, offset)

    @property
    def offsets(self) -> dict[str, int]:
        """Byte up to which each file has given whole lines: where another follower can go on."""
        return {name: file.offset - len(file.rest) for name, file in self._files.items()}

    @property
    def behind(self) -> int:
        """Bytes that are there and not read yet, over all files."""
        return sum(file.behind() for file in self._files.values())

    def poll(self, max_bytes: int = 1 << 20) -> list[tuple[str, bytes]]:
        """The new whole lines, as (kind, line without its end), reading at most about `max_bytes`.

        The files take turns, so that a busy one does not hide the others.
        """
        found: list[tuple[str, bytes]] = []
        files = list(self._files.values())
        self._turn = (self._turn + 1) % max(len(files), 1)
        waiting = files[self._turn :] + files[: self._turn]
        while waiting and max_bytes > 0:
            still = []
            for file in waiting:
                if max_bytes <= 0:
                    break
                before = file.offset
                lines = file.read(min(_CHUNK_BYTES, max_bytes))
                max_bytes -= max(file.offset - before, 0)
                found.extend((file.kind, line) for line in lines)
                if file.offset != before or lines:
                    still.append(file)
            waiting = still
        return found

    def finish(self) -> list[tuple[str, bytes]]:
        """What is left when nothing more will be written: last lines without an end."""
        return [(file.kind, line) for file in self._files.values() for line in file.finish()]

    def tails(self) -> list[tuple[str, bytes]]:
        """Lines still being written, unconsumed: a progress meter lives there."""
        return [(file.kind, file.rest) for file in self._files.values() if file.rest]

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files.values():
            file.close()
