"""One background thread that talks to the Session, so that a slow disk never holds up a key.

All calls go through it one after the other: the Session needs no locks. The thread is a daemon: the
screen can close at any moment, whatever a disk does.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Bridge"]

T = TypeVar("T")
_Job = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class Bridge:
    """Run functions in order in one thread, and await them in the event loop."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._pending = 0
        self._thread: threading.Thread | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return self._pending == 0

    async def ask(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """The result of ``function(*args, **kwargs)``, computed in the thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="session")
            self._thread.start()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._pending += 1
        self._jobs.put((lambda: function(*args, **kwargs), future))
        try:
            return await future
        finally:
            self._pending -= 1

    def _work(self) -> None:
        while True:
            job, future = self._jobs.get()
            try:
                outcome, error = job(), None
            except Exception as raised:
                outcome, error = None, raised
            with contextlib.suppress(RuntimeError):  # the event loop is gone: nobody waits for it
                future.get_loop().call_soon_threadsafe(_settle, future, outcome, error)


def _settle(future: asyncio.Future[Any], outcome: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(outcome)
