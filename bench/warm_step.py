"""A trivial step in the warm worker, against a fresh CASA process.

    python bench/warm_step.py [--repeats 9] [--lines 1500]

Ours: from the request until step-ended is read in the journal, for a script of 1500 lines, as it is after
the first time (compiled) and right after an edit (compiled anew). The other: a Python that does
``from casatasks import flagmanager`` and nothing else.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from _measure import seconds, side_by_side
from casapilot.steps.casa.config import data_path
from casapilot.steps.control import ask
from casapilot.steps.errors import ControlError
from casapilot.steps.journal import Journal

LAUNCH = Path(__file__).parents[1] / "steps" / "casa" / "launch.py"
SITE = """measurespath = {data!r}
datapath = [{data!r}]
measures_auto_update = data_auto_update = False
casaconfig_verbose = 0
logfile = '/dev/null'
nogui = agg = True
"""
STEP = "mystep = {n}\nif(mystep in thesteps):\n  casalog.post('Step '+str(mystep),'INFO')\n  print(mystep)\n"
CALLS = "  gaincal(vis = 'x.ms',\n    caltable = 'x.cal',\n    field = '{n}', # bright\n    solint = 'int')\n"


def script_text(lines: int) -> str:
    """Make a script of the usual form: step 0 is trivial, many others follow that do not run."""
    text = "thesteps = mysteps\n" + STEP.format(n=0)
    for n in itertools.count(1):
        if text.count("\n") >= lines:
            return text
        text += STEP.format(n=n) + CALLS.format(n=n) * 5
    raise AssertionError


class Warm:
    """A worker, and steps timed in it."""

    def __init__(self, folder: Path, lines: int) -> None:
        self._folder = folder
        self._live = folder / "live"
        self._live.mkdir()
        (folder / "s").mkdir(mode=0o700)
        self._socket = str(folder / "s" / "x.sock")
        self._text = script_text(lines)
        self._script = folder / "script.py"
        self._script.write_text(self._text)
        self._journal = Journal(self._live / "events.jsonl")
        self._runs = itertools.count()

    @contextlib.contextmanager
    def running(self, environment: dict[str, str]) -> Iterator[None]:
        """Have a worker that is ready."""
        command = [
            sys.executable,
            "-W",
            "ignore",
            str(LAUNCH),
            "worker",
            "--root",
            str(self._folder),
            "--eb",
            "X",
        ]
        command += ["--cwd", str(self._folder), "--live", str(self._live), "--socket", self._socket]
        with (self._live / "worker-X.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
            )
        try:
            while not self._is_ready():
                if process.poll() is not None:
                    raise SystemExit((self._live / "worker-X.log").read_text())
                time.sleep(0.02)
            yield
        except ControlError as error:
            log_text = (self._live / "worker-X.log").read_text()
            raise SystemExit(f"{error}\nexit code {process.poll()}\n{log_text}") from error
        finally:
            process.kill()
            process.wait()

    def _is_ready(self) -> bool:
        try:
            return ask(self._socket, {"op": "ping"})["state"] == "idle"
        except ControlError:
            return False

    def step(self) -> None:
        """Request a step and wait until the journal says that it has ended."""
        run = f"r{next(self._runs)}"
        _, offset = self._journal.read(self._offset())
        request = {"op": "step", "run": run, "eb": "X", "item": "c/i", "script": str(self._script), "step": 0}
        answer = ask(self._socket, {**request, "title": "t", "folder": str(self._live / run), "keep": []})
        assert answer["ok"], answer
        while True:
            events, offset = self._journal.read(offset)
            for event in events:
                if event.kind == "step-ended" and event.get("run") == run:
                    assert event.get("status") == "done", event
                    return
            time.sleep(0.0002)

    def edited_step(self) -> None:
        """Time a step whose script has to be compiled again."""
        self._script.write_text(self._text + f"# edit {next(self._runs)}\n")
        self.step()

    def _offset(self) -> int:
        path = self._live / "events.jsonl"
        return path.stat().st_size if path.exists() else 0


def main() -> int:
    """Measure and print both."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--lines", type=int, default=1500)
    given = parser.parse_args()
    if not data_path():
        print("CASA is not installed here: pip install '.[casa]'", file=sys.stderr)
        return 4
    with tempfile.TemporaryDirectory(prefix="casapilot-bench-") as name:
        folder = Path(name)
        (folder / "site.py").write_text(SITE.format(data=data_path()))
        environment = {**os.environ, "CASASITECONFIG": str(folder / "site.py"), "HOME": str(folder)}
        environment["OMP_WAIT_POLICY"] = "passive"
        fresh = [sys.executable, "-W", "ignore", "-c", "from casatasks import flagmanager"]

        def start_casa() -> None:
            subprocess.run(fresh, env=environment, cwd=folder, check=True, stdout=subprocess.DEVNULL)

        warm = Warm(folder, given.lines)
        start_casa()
        with warm.running(environment):
            warm.step()
            warm_s, fresh_s = side_by_side(warm.step, start_casa, given.repeats)
            many_s = statistics.median(seconds(warm.step) for _ in range(100))
            edited_s = statistics.median(seconds(warm.edited_step) for _ in range(given.repeats))
    print(f"fresh CASA process                 {1e3 * fresh_s:8.1f} ms (median of {given.repeats})")
    for what, ours_s in (
        ("trivial step, in turn with it", warm_s),
        ("trivial step, one after the other", many_s),
        (f"the same after an edit ({given.lines} lines)", edited_s),
    ):
        print(f"{what:34} {1e3 * ours_s:8.1f} ms: 1/{fresh_s / ours_s:.0f} of it   (wanted: under 1/100)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
