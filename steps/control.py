"""Commands between our processes: one JSON object a line, over a unix socket of the user's own.

A socket carries commands and short answers; what happened is in the journal. The paths are short and
local (a MOUS path can be longer than a socket's name may be, and parallel file systems have no sockets).
This file also runs inside CASA's own Python (3.8+).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import struct
import threading
from typing import Any, Callable, Dict, NamedTuple, Optional

from .errors import CasapilotError, ControlError

__all__ = [
    "Home",
    "Process",
    "Server",
    "ask",
    "read_process",
    "socket_path",
    "this_process",
    "write_process",
]

Handler = Callable[[Dict[str, Any]], Dict[str, Any]]


class Home:
    """The folder of a MOUS, for a process that must notice when it is removed, or begun anew in its place.

    Parameters
    ----------
    live : str
        Its ``.casapilot/live``.
    """

    def __init__(self, live: str) -> None:
        self._live = live
        self._head = os.path.join(os.path.dirname(os.path.dirname(live)), ".git", "HEAD")
        self._had_head = os.path.exists(self._head)
        self._inode = os.stat(live).st_ino

    def is_there(self) -> bool:
        """Whether it still is; a file server that does not answer as it should is believed to have it.

        ``rm -r`` of a folder that somebody writes to leaves that folder: the history then tells.
        """
        try:
            if os.stat(self._live).st_ino != self._inode:
                return False
            if self._had_head:
                os.stat(self._head)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True


class Process(NamedTuple):
    """A process that can be recognised again, also after its number was given to another."""

    pid: int
    start_ticks: int
    host: str

    def is_here(self) -> bool:
        """Whether it belongs to this host."""
        return self.host == socket.gethostname()

    def is_alive(self) -> bool:
        """Whether it still runs; of another host's process this cannot be said: True."""
        if not self.is_here():
            return True
        return _start_ticks(self.pid) == self.start_ticks


def _start_ticks(pid: int) -> int:
    """Start time of a process in clock ticks since boot (proc(5), field 22); -1 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return -1
    return -1 if fields[0] in (b"Z", b"X") else int(fields[19])


def this_process() -> Process:
    """The process that calls."""
    return Process(os.getpid(), _start_ticks(os.getpid()), socket.gethostname())


def write_process(path: Any, **more: Any) -> None:
    """Write who we are (and `more`) to `path`, whole or not at all."""
    path = os.fspath(path)
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump({**this_process()._asdict(), "path": os.path.realpath(path), **more}, file)
    os.replace(temporary, path)


def read_process(path: Any) -> Optional[Process]:
    """The process that wrote `path`, alive or not; None when there is no such file.

    A file that came along when its folder was copied speaks of a process that works on another folder. Of
    other hosts this cannot be said: they may know the same folder by another path.
    """
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        process = Process(int(data["pid"]), int(data["start_ticks"]), str(data["host"]))
        written_to = str(data.get("path", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if process.is_here() and written_to and written_to != os.path.realpath(path):
        return None
    return process


def socket_path(root: Any, name: str) -> str:
    """Where the process `name` of the MOUS at `root` listens; makes the folder, private to the user."""
    folder = os.path.join("/tmp", f"casapilot-{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    status = os.lstat(folder)
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise ControlError("does not belong to you alone", folder, "Remove that folder, or have it removed.")
    digest = hashlib.sha1(os.path.realpath(root).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return os.path.join(folder, f"{digest}-{name}.sock")


def ask(path: str, request: Dict[str, Any], timeout_s: Optional[float] = 10.0) -> Dict[str, Any]:
    """Send one request and return the answer.

    Raises
    ------
    ControlError
        Nobody listens, the other side died before it answered, or refused.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        try:
            connection.connect(path)
            connection.sendall(json.dumps(request, default=str).encode() + b"\n")
            with connection.makefile("rb") as stream:
                line = stream.readline()
        except OSError as error:
            raise ControlError(f"no answer to {request.get('op')!r}: {error}", path) from error
    if not line.endswith(b"\n"):
        raise ControlError(f"the other side ended before it answered {request.get('op')!r}", path)
    answer: Dict[str, Any] = json.loads(line)
    return answer


class Server:
    """Answer requests in threads until closed.

    Parameters
    ----------
    path : str
        Where to listen (see `socket_path`); an old socket there is replaced.
    handle : callable
        Takes a request and returns the answer; a CasapilotError it raises becomes
        ``{"ok": False, "error": ..., "where": ..., "todo": ...}``.
    """

    def __init__(self, path: str, handle: Handler) -> None:
        self.path = path
        self._handle = handle
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self._socket.bind(path)
        os.chmod(path, 0o600)
        self._inode = os.stat(path).st_ino
        self._socket.listen(16)
        threading.Thread(target=self._accept, daemon=True, name="control").start()

    def close(self) -> None:
        """Stop listening; a socket that another process has put in the place of ours stays."""
        self._socket.close()
        with contextlib.suppress(OSError):
            if os.stat(self.path).st_ino == self._inode:
                os.unlink(self.path)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, ValueError):
            if not _same_user(connection):
                return
            with connection.makefile("rb") as stream:
                for line in stream:
                    connection.sendall(json.dumps(self._answer(line), default=str).encode() + b"\n")

    def _answer(self, line: bytes) -> Dict[str, Any]:
        try:
            return {"ok": True, **self._handle(json.loads(line))}
        except CasapilotError as error:
            return {"ok": False, "error": error.what, "where": error.where, "todo": error.todo}
        except Exception as error:
            return {
                "ok": False,
                "error": f"{type(error).__name__}: {error}",
                "where": "",
                "todo": "",
            }


def _same_user(connection: socket.socket) -> bool:
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return bool(struct.unpack("3i", data)[1] == os.getuid())
