"""What a script may change in the process, given back after each step."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
from typing import Any, Dict, Iterator

import numpy as np

__all__ = ["kept"]

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE")


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Give back the folder, umask, environment, paths, warnings, numpy's errors and signals.

    Open tables and the script's names are left: the next step may count on them, as in CASA.
    """
    umask, environment = _umask(), dict(os.environ)
    folder, path, argv, recursion = os.getcwd(), list(sys.path), list(sys.argv), sys.getrecursionlimit()
    handlers = {name: signal.getsignal(getattr(signal, name)) for name in _SIGNALS}
    numpy_errors = np.geterr()
    with warnings.catch_warnings():
        try:
            yield
        finally:
            _give_back(handlers)
            np.seterr(**numpy_errors)
            sys.path[:], sys.argv[:] = path, argv
            sys.setrecursionlimit(recursion)
            _set_environment(environment)
            os.umask(umask)
            _close_figures()
            with contextlib.suppress(OSError):
                os.chdir(folder)


def _umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def _give_back(handlers: Dict[str, Any]) -> None:
    signal.alarm(0)
    for name, handler in handlers.items():
        if handler is not None and signal.getsignal(getattr(signal, name)) is not handler:
            signal.signal(getattr(signal, name), handler)


def _set_environment(environment: Dict[str, str]) -> None:
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    for name, value in environment.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _close_figures() -> None:
    """Free the figures a script left open: they would pile up in a process that lives for days."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        with contextlib.suppress(Exception):
            pyplot.close("all")
