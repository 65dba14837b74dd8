"""CASA's log: to a step's casa.log and back, and a watch on a script that sends it elsewhere."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Callable, Optional

__all__ = ["Log"]

Redirected = Callable[[str, int], None]


class Log:
    """The one log of a CASA process.

    Parameters
    ----------
    casalog : logsink
        That of casatasks: the script's own calls of its `setlogfile` are noted.
    home : str
        The file between steps.
    """

    def __init__(self, casalog: Any, home: str) -> None:
        self._casalog = casalog
        self._set = casalog.setlogfile
        self._home = home
        self._own = home
        self._redirected: Optional[Redirected] = None
        self.path = home
        """The file CASA logs to now."""
        casalog.setlogfile = self._by_script
        self._set(home)

    def to(self, path: str, redirected: Redirected) -> None:
        """Log to `path`; `redirected` is called with each other file that the script sets, and its size."""
        self._own = self.path = path
        self._redirected = redirected
        self._set(path)
        with contextlib.suppress(Exception):
            self._casalog.showconsole(False)

    def back(self) -> None:
        """Log to where the log is between steps."""
        self._redirected = None
        self._own = self.path = self._home
        self._set(self._home)

    def _by_script(self, filename: str = "casapy.log") -> Any:
        path = os.path.abspath(filename)
        if self._redirected is not None and path != self._own:
            self._redirected(path, _size(path))
        self.path = path
        return self._set(filename)


def _size(path: str) -> int:
    """How long a file is, bytes: what an earlier step wrote there is not this one's."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
