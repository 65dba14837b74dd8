"""A real MOUS, real CASA, and ways to kill what works on it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from casapilot.steps.checklist.model import Key, State
from casapilot.steps.control import read_process
from casapilot.steps.journal import Event
from casapilot.steps.mous.mous import Mous
from casapilot.steps.run.session import Session
from casapilot.steps.run.view import Row
from casapilot.steps.run.workers import Worker

EB = "NGC5921"


def key(item: str) -> Key:
    return Key("vla-line", item, EB)


class Site:
    """A MOUS under test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mous = Mous.load(root)
        self.eb = self.mous.eb(EB)
        self.session = Session(self.mous)
        self.session.poll()

    def run(self, *items: str, confirmed: bool = True) -> None:
        """Queue items and wait until the conductor has nothing left."""
        self.session.run([key(item) for item in items], confirmed=confirmed)
        self.wait_idle()

    def wait_idle(self, seconds: float = 180.0) -> None:
        def idle() -> bool:
            self.session.poll()
            activity = self.session.snapshot().activity
            return activity.conductor != "busy" and not activity.running and not activity.queue

        try:
            wait(idle, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.told()}") from error

    def told(self) -> str:
        """What goes on, and what conductor and workers said last."""
        logs = {path.name: path.read_text()[-400:] for path in self.mous.live.glob("*.log")}
        return f"{self.session.snapshot().activity}\n{logs}"

    def row(self, item: str) -> Row:
        self.session.poll()
        return self.session.snapshot().row(key(item))

    def state(self, item: str) -> State:
        return self.row(item).state

    def wait_call(self, task: str) -> Event:
        """Wait until a task call is in progress."""
        found: list[Event] = []

        def called() -> bool:
            found.extend(e for e in self.session.new_events() if e.kind == "call-started")
            return any(event.get("task") == task for event in found)

        wait(called, 120.0, 0.005)
        return found[-1]

    def kill(self, name: str) -> None:
        """SIGKILL the conductor or the worker."""
        process = read_process(self.mous.live / f"{name}.json")
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        wait(lambda: not process.is_alive(), 10.0, 0.005)

    def subjects(self) -> list[str]:
        return [entry.subject for entry in self.session.history()]

    def worker(self) -> Worker:
        worker = Worker(self.mous, self.eb)
        worker.ensure()
        return worker

    def same_flags(self, version: str, ms: str = "NGC5921.ms") -> bool:
        answer = self.worker().ask("same-flags", ms=str(self.eb.folder / ms), version=version)
        return bool(answer["same"])

    def end(self) -> None:
        """Kill whatever still runs."""
        for path in self.mous.live.glob("*.json"):
            process = read_process(path)
            if process is not None and process.is_here() and process.is_alive():
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)


def wait(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(pause)


@contextmanager
def copied(template: Path, target: Path) -> Iterator[Site]:
    """A MOUS of one's own, like the template."""
    shutil.copytree(template, target, symlinks=True)
    site = Site(target)
    try:
        yield site
    finally:
        site.end()


def casapilot(*words: str) -> subprocess.CompletedProcess[str]:
    """Run one command line, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "casapilot.tui.cli", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
    )


def status(root: Path) -> dict[str, object]:
    data: dict[str, object] = json.loads(casapilot("status", "--json", str(root)).stdout)
    return data
