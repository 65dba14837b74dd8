"""End the process when its terminal has gone, also when the event loop cannot.

The loop itself ends cleanly at a hang-up. But a write to a terminal that has gone can hold it up for ever
(the thread that writes has died, its queue is full, and nobody empties it) while other threads spin: a
process that nobody sees and that takes a core. What is going on in a MOUS does not need the screen.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

__all__ = ["end_with_terminal", "is_gone"]

LOOK_S = 0.5
GRACE_S = 1.0
"""How long the loop has to leave by itself."""
HANG_UP = 129


def is_gone(handle: int) -> bool:
    """Whether the terminal behind a file handle has hung up."""
    try:
        os.tcgetpgrp(handle)
    except OSError:
        return True
    return False


def end_with_terminal(handle: int = 0, end: Callable[[int], None] = os._exit) -> None:
    """Watch the terminal at `handle` in a thread; without a terminal there is nothing to watch."""
    if is_gone(handle):
        return

    def watch() -> None:
        while not is_gone(handle):
            time.sleep(LOOK_S)
        time.sleep(GRACE_S)
        end(HANG_UP)

    threading.Thread(target=watch, daemon=True, name="hang-up").start()
