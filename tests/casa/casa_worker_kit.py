"""A worker process under test, and the few things tests say to it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from casapilot.steps.control import ask
from casapilot.steps.errors import ControlError
from casapilot.steps.journal import Event, Journal

HERE = Path(__file__).parent
FAKE = HERE / "fake"
LAUNCH = HERE.parents[1] / "steps" / "casa" / "launch.py"


def old_python() -> str:
    """The oldest Python that the room must run on, where this machine has it."""
    found = sorted(Path(os.path.expanduser("~/.pyenv/versions")).glob("3.8.*/bin/python3.8"))
    return str(found[0]) if found else shutil.which("python3.8") or ""


def fake_environment(python: str) -> dict[str, str]:
    """The environment in which `python` imports the fake CASA."""
    path = [str(FAKE)]
    if subprocess.run([python, "-c", "import numpy"], capture_output=True).returncode:
        path.append(str(HERE / "fake_numpy"))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"}


def run_in(script: str, folder: Path) -> Path:
    """Run a script of this folder, which needs a process of its own, in `folder`, and return that."""
    words = [sys.executable, "-W", "ignore", str(HERE / script), str(folder)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


class Running:
    """A worker process under test, in a MOUS of one EB."""

    def __init__(self, folder: Path, python: str, environment: dict[str, str], *options: str) -> None:
        self.live = folder / "live"
        self.eb = folder / "eb"
        self.live.mkdir(exist_ok=True)
        self.eb.mkdir(exist_ok=True)
        private = folder / "s"
        private.mkdir(mode=0o700, exist_ok=True)
        self.socket = str(private / "X1.sock")
        self.log = self.live / "worker-X1.log"
        command = [python, "-W", "ignore", str(LAUNCH), "worker", "--root", str(folder), "--eb", "X1"]
        command += ["--cwd", str(self.eb), "--live", str(self.live), "--socket", self.socket, *options]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )

    def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        return ask(self.socket, {"op": op, **fields}, 60.0)

    def until(self, what: Callable[[], Any], seconds: float = 60.0) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = what()
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError(f"it never came: {self.log.read_text()}\n{self.events()}")

    def state(self) -> str:
        try:
            return str(self.ask("ping")["state"])
        except ControlError:
            assert self.process.poll() is None, self.log.read_text()
            return ""

    def ready(self) -> Running:
        self.until(lambda: self.state() == "idle")
        return self

    def events(self, kind: str = "", run: str = "") -> list[Event]:
        events, _ = Journal(self.live / "events.jsonl").read()
        return [e for e in events if kind in ("", e.kind) and (not run or e.get("run") == run)]

    def script(self, text: str) -> Path:
        path = self.eb / "scriptForCalibration.py"
        path.write_text(text)
        return path

    def start(self, run: str, step: Any = 0, **more: Any) -> dict[str, Any]:
        fields = {"eb": "X1", "item": "c/i", "script": "scriptForCalibration.py", "title": "T", "keep": []}
        return self.ask("step", run=run, step=step, folder=str(self.live / run), **{**fields, **more})

    def ended(self, run: str) -> Event:
        return self.until(lambda: self.events("step-ended", run))[0]

    def step(self, text: str, run: str = "r1", step: Any = 0, **more: Any) -> Event:
        """Run a script's step to its end and return step-ended."""
        self.script(text)
        assert self.start(run, step, **more)["ok"]
        return self.ended(run)

    def console(self, run: str = "r1") -> str:
        return (self.live / run / "console.log").read_text()

    def process_file(self) -> dict[str, Any]:
        return json.loads((self.live / "worker-X1.json").read_text())

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)
