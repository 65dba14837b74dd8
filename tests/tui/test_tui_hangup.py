"""A process whose terminal has gone does not stay."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading

from casapilot.tui.hangup import HANG_UP, end_with_terminal, is_gone

BLOCKED = """
import threading
from casapilot.tui.hangup import end_with_terminal
import signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as when the loop that should handle it is held up
end_with_terminal()
print("ready", flush=True)
threading.Event().wait()
"""


def test_a_terminal_is_gone_when_its_other_side_is_closed() -> None:
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", BLOCKED],
        stdin=theirs,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
    )
    os.close(theirs)
    assert child.stdout is not None and child.stdout.readline() == b"ready\n"
    assert child.poll() is None
    os.close(ours)
    assert child.wait(20) == HANG_UP
    child.stdout.close()


def test_without_a_terminal_nothing_is_watched(tmp_path: object) -> None:
    read, write = os.pipe()
    assert is_gone(read)
    before = threading.active_count()
    end_with_terminal(read, end=lambda code: None)
    assert threading.active_count() == before
    os.close(read)
    os.close(write)
