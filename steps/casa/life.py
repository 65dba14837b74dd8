"""Signs of life of the worker: who it is, that it still runs, where it listens."""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import threading
import time
from typing import Any, Callable, Dict, List, NamedTuple

from ..control import Home, Server, read_process, this_process, write_process

__all__ = ["Life", "Options", "is_taken", "parse"]

HEARTBEAT_S = 10.0
IDLE_S = 8 * 3600.0

Handler = Callable[[Dict[str, Any]], Dict[str, Any]]


class Options(NamedTuple):
    """What a worker is told at its start."""

    root: str
    eb: str
    cwd: str
    live: str
    socket: str
    idle_s: float = IDLE_S
    heartbeat_s: float = HEARTBEAT_S

    @property
    def process_file(self) -> str:
        """Where it says who it is."""
        return os.path.join(self.live, f"worker-{self.eb}.json")


def parse(argv: List[str]) -> Options:
    """Return the options of a command line."""
    parser = argparse.ArgumentParser(prog="launch.py worker")
    for name in ("root", "eb", "cwd", "live", "socket"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--idle-s", type=float, default=IDLE_S)
    parser.add_argument("--heartbeat-s", type=float, default=HEARTBEAT_S)
    given = vars(parser.parse_args(argv))
    for name in ("root", "cwd", "live"):
        given[name] = os.path.abspath(given[name])
    return Options(**given)


def is_taken(options: Options) -> bool:
    """Whether another process already is this EB's worker."""
    other = read_process(options.process_file)
    return other is not None and other.pid != this_process().pid and other.is_alive()


class Life:
    """The process file and the socket, renewed by a thread as long as the process runs.

    Parameters
    ----------
    handle : callable
        Answers requests (see `control.Server`).
    state : callable
        Returns what the process file says besides who we are.
    beat : callable
        Is called at each heartbeat.
    """

    def __init__(
        self, options: Options, handle: Handler, state: Callable[[], Dict[str, Any]], beat: Callable[[], Any]
    ) -> None:
        self._options = options
        self._handle = handle
        self._state = state
        self._beat = beat
        self._lock = threading.Lock()
        self._ended = False
        self._home = Home(options.live)
        self.tell()
        self._server = Server(options.socket, handle)
        threading.Thread(target=self._go_on, daemon=True, name="heartbeat").start()

    def tell(self) -> None:
        """Write the process file; a full disk keeps the old one."""
        options = self._options
        with self._lock, contextlib.suppress(OSError):
            if self._ended:
                return
            write_process(
                options.process_file,
                eb=options.eb,
                socket=options.socket,
                python=platform.python_version(),
                **self._state(),
            )

    def end(self) -> None:
        """Take the process file and the socket away."""
        with self._lock, contextlib.suppress(OSError):
            self._ended = True
            os.unlink(self._options.process_file)
        self._server.close()

    def _go_on(self) -> None:
        while True:
            time.sleep(self._options.heartbeat_s)
            if not self._home.is_there():
                # The MOUS was removed, perhaps begun anew in its place: that one is not ours to speak for.
                os._exit(0)
            with contextlib.suppress(Exception):
                self.tell()
                self._beat()
                self._renew_socket()

    def _renew_socket(self) -> None:
        """Listen anew where something that cleans /tmp has removed the socket."""
        path = self._options.socket
        if self._ended or os.path.exists(path):
            return
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        self._server.close()
        self._server = Server(path, self._handle)
