"""casapilot as it is called from a shell, and what it started ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from casapilot.steps.control import read_process


def casapilot(*words: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with nobody to answer its questions."""
    return subprocess.run(
        [sys.executable, "-m", "casapilot.tui.cli", *map(str, words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
    )


def end_all(root: Path) -> None:
    """End the conductor and workers of the MOUS at `root`."""
    for path in (root / ".casapilot" / "live").glob("*.json"):
        process = read_process(path)
        if process is not None and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
