"""Requests to the conductor of a MOUS; it is started when somebody needs it and there is none."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ..control import Process, ask, read_process, socket_path
from ..errors import CasapilotError, ControlError
from ..mous.mous import Mous

__all__ = ["Client"]

START_S = 20.0
POLL_S = 0.02
TAKEN = 3
"""Exit code of a conductor that finds another one at work."""


class Client:
    """Start and ask the conductor of one MOUS."""

    def __init__(self, mous: Mous) -> None:
        self._mous = mous

    @property
    def process(self) -> Process | None:
        """The process that last was the conductor, alive or not."""
        return read_process(self._mous.live / "conductor.json")

    def ensure(self) -> None:
        """Have a conductor that answers.

        Raises
        ------
        ControlError
            It runs on another host, or does not start.
        """
        process = self.process
        if process is not None and not process.is_here():
            file = shlex.quote(str(self._mous.live / "conductor.json"))
            raise ControlError(
                f"this MOUS is being worked on from another host, {process.host}",
                str(self._mous.root),
                f"Go there: ssh {process.host}. If nothing runs there any more: rm {file}",
            )
        child = self._start() if process is None or not process.is_alive() else None
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            with contextlib.suppress(CasapilotError):
                self.ask("ping", ensure=False)
                return
            if child is not None and child.poll() not in (None, TAKEN):
                break
            time.sleep(POLL_S)
        log = self._mous.live / "conductor.log"
        todo = "The disk is full: make room, then go on." if _is_full(log.parent) else _last_line(log)
        raise ControlError("the conductor does not start", str(log), todo)

    def ask(self, op: str, *, ensure: bool = True, **fields: Any) -> dict[str, Any]:
        """Send one request and return the answer, which is ok."""
        if ensure:
            self.ensure()
        answer = ask(socket_path(self._mous.root, "conductor"), {"op": op, **fields}, 30.0)
        if not answer.pop("ok", False):
            raise ControlError(
                str(answer.get("error")), str(answer.get("where", "")), str(answer.get("todo", ""))
            )
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            self._mous.live.mkdir(parents=True, exist_ok=True)
            log = open(self._mous.live / "conductor.log", "ab")  # noqa: SIM115
        except OSError as error:
            raise ControlError(
                f"the conductor does not start: {error.strerror}",
                str(error.filename),
                "Make room on this disk, or see who owns that folder.",
            ) from error
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", "casapilot.steps.run.conductor", str(self._mous.root)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",  # a json.py of the reducer's in the MOUS must not be taken for ours
                env={name: value for name, value in os.environ.items() if name != "PYTHONSTARTUP"},
                start_new_session=True,
            )


def _is_full(folder: Path) -> bool:
    return shutil.disk_usage(folder).free < 1 << 16


def _last_line(path: Path) -> str:
    """What a conductor said last."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return "See: casapilot doctor"
    return next((line.strip() for line in reversed(lines) if line.strip()), "See: casapilot doctor")
