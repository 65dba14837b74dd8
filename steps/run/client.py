"""Requests to the conductor of a MOUS; it is started when somebody needs it and there is none."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import Any

from ..control import Process, ask, read_process, socket_path
from ..errors import CasapilotError, ControlError
from ..mous.mous import Mous

__all__ = ["Client"]

START_S = 20.0
POLL_S = 0.02


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
            raise ControlError(
                "is being worked on from another host", process.host, f"Go there: ssh {process.host}"
            )
        if process is None or not process.is_alive():
            self._start()
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            with contextlib.suppress(CasapilotError):
                self.ask("ping", ensure=False)
                return
            time.sleep(POLL_S)
        raise ControlError(
            "the conductor does not answer", str(self._mous.live / "conductor.log"), "See that file."
        )

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

    def _start(self) -> None:
        self._mous.live.mkdir(parents=True, exist_ok=True)
        with open(self._mous.live / "conductor.log", "ab") as log:
            subprocess.Popen(
                [sys.executable, "-m", "casapilot.steps.run.conductor", str(self._mous.root)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._mous.root,
                env={name: value for name, value in os.environ.items() if name != "PYTHONSTARTUP"},
                start_new_session=True,
            )
