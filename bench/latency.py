"""From key to screen, in a real pseudo-terminal, while the log that is shown grows by 50,000 lines a second;
and the memory of the screen with a log of a million and of ten million lines.

    python bench/latency.py [--json] [--quick]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pexpect
import pyte

HERE = Path(__file__).resolve().parent
LINES_PER_S = 50_000
LINE = "2025-11-22 11:41:{:02}\tINFO\tgaincal::::casa\tFound good G Jones solutions in 28 slots, line {}\n"

APP = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from fake_session import FakeSession
session = FakeSession(Path(sys.argv[2]), tuple(sys.argv[4].split(",")))
log = Path(sys.argv[3])
session.logs = lambda key: [log]
from casapilot.tui.app import open_mous
sys.exit(open_mous(Path(sys.argv[2]), session=session))
"""
WRITER = """
import sys, time
line, rate = sys.argv[2], int(sys.argv[3])
with open(sys.argv[1], "ab", buffering=0) as log:
    number, begun = 0, time.perf_counter()
    while True:
        wanted = int((time.perf_counter() - begun) * rate)
        log.write("".join(line.format(n % 60, n) for n in range(number, wanted)).encode())
        number = wanted
        time.sleep(0.01)
"""


class Terminal:
    """The app in a pseudo-terminal of 80x24, and what it shows."""

    def __init__(self, log: Path, ebs: Sequence[str] = ("NGC5921",), mous: Path | None = None) -> None:
        root = log.parent
        environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "XDG_STATE_HOME": str(root)}
        played = ["-c", APP, str(HERE.parent / "tests" / "tui"), str(root), str(log), ",".join(ebs)]
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "casapilot.tui.cli", str(mous)] if mous else played,
            dimensions=(24, 80),
            env=environ,
        )
        self.child.delaybeforesend = None
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)

    def pump(self, seconds: float) -> None:
        """Take in what the app draws for some time."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._take(left)

    def pump_once(self) -> None:
        """Take in what the app draws next."""
        self._take(1.0)

    def wait_for(self, text: str, timeout_s: float = 20.0) -> float:
        """Seconds until `text` is on the screen."""
        begun = time.perf_counter()
        while not any(text in line for line in self.screen.display):
            if time.perf_counter() - begun > timeout_s:
                raise TimeoutError(f"no {text!r} on the screen:\n" + "\n".join(self.screen.display))
            self._take(0.2)
        return time.perf_counter() - begun

    def cursor_row(self) -> int:
        """The row of the list whose ground is another one."""
        grounds = [self.screen.buffer[y][3].bg for y in range(1, 20)]
        common = statistics.mode(grounds)
        return next((y for y, ground in enumerate(grounds) if ground != common), -1)

    def key_to_screen(self, key: str) -> float:
        """Seconds from `key` to another row being the one under the cursor."""
        before, begun = self.cursor_row(), time.perf_counter()
        self.child.send(key)
        while self.cursor_row() == before:
            self._take(1.0)
            if time.perf_counter() - begun > 10:
                raise TimeoutError("the cursor did not move:\n" + "\n".join(self.screen.display))
        return time.perf_counter() - begun

    def memory_mb(self) -> float:
        """Resident memory of the app, MB."""
        status = Path(f"/proc/{self.child.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def close(self) -> None:
        """End the app."""
        self.child.send("q")
        self.child.expect(pexpect.EOF)
        self.child.close()

    def _take(self, timeout_s: float) -> None:
        with contextlib.suppress(pexpect.TIMEOUT):
            self._stream.feed(self.child.read_nonblocking(1 << 16, timeout=timeout_s))


def measure_latency(keys: int, folder: Path, ebs: int) -> dict[str, float]:
    """Key latency without and with 50,000 lines a second arriving in the log that is shown."""
    log = folder / "console.log"
    log.write_text("".join(LINE.format(n % 60, n) for n in range(1000)), encoding="utf-8")
    terminal = Terminal(log, [f"X{number:02x}" for number in range(ebs)])
    terminal.wait_for("Why")
    terminal.wait_for("Moment maps")
    terminal.child.send("3")
    terminal.wait_for("following")
    quiet = _latencies(terminal, keys)
    command = [sys.executable, "-c", WRITER, str(log), LINE, str(LINES_PER_S)]
    before, begun = log.stat().st_size, time.perf_counter()
    writer = subprocess.Popen(command)
    try:
        terminal.pump(1.0)
        busy = _latencies(terminal, keys)
        rate = (log.stat().st_size - before) / len(LINE.format(0, 1_000_000)) / (time.perf_counter() - begun)
    finally:
        writer.kill()
        writer.wait()
    terminal.close()
    log.unlink()
    return {
        "quiet_median_ms": 1000 * statistics.median(quiet),
        "busy_median_ms": 1000 * statistics.median(busy),
        "busy_p90_ms": 1000 * sorted(busy)[int(0.9 * len(busy))],
        "busy_max_ms": 1000 * max(busy),
        "lines_per_s": rate,
    }


def _latencies(terminal: Terminal, keys: int) -> list[float]:
    found = []
    for number in range(keys):
        found.append(terminal.key_to_screen("k" if number % 10 < 5 else "j"))
        terminal.pump(0.03 + 0.017 * (number % 5))
    return found


def measure_memory(lines: int, folder: Path) -> dict[str, float]:
    """Memory of the app once every line of a log of `lines` lines is counted, and how long that took."""
    log = folder / "console.log"
    chunk = "".join(LINE.format(n % 60, n) for n in range(100_000)).encode()
    with log.open("wb") as file:
        for _ in range(lines // 100_000):
            file.write(chunk)
    terminal = Terminal(log)
    terminal.wait_for("Moment maps")
    terminal.child.send("3")
    shown_s = terminal.wait_for("following")
    counted_s = terminal.wait_for(f"/{lines:,}  ", 300)
    terminal.child.send("\tgG")
    terminal.pump(0.5)
    memory_mb = terminal.memory_mb()
    terminal.close()
    log.unlink()
    return {"memory_mb": memory_mb, "end_shown_s": shown_s, "counted_s": counted_s}


def main() -> int:
    """Measure, print, and say whether it is good enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--ebs", type=int, default=1, help="so many EBs of 14 items, a quarter of them running"
    )
    parser.add_argument("--quick", action="store_true", help="fewer keys, and a tenth of the lines")
    args = parser.parse_args()
    few, many = (100_000, 1_000_000) if args.quick else (1_000_000, 10_000_000)
    with tempfile.TemporaryDirectory(prefix="casapilot-bench-") as name:
        latency = measure_latency(20 if args.quick else 60, Path(name), args.ebs)
        small, large = measure_memory(few, Path(name)), measure_memory(many, Path(name))
    ratio = large["memory_mb"] / small["memory_mb"]
    result = {**latency, "memory_ratio": ratio, "small": small, "large": large}
    if args.json:
        print(json.dumps(result, indent=1))
    else:
        print(f"key to screen, nothing arriving: {latency['quiet_median_ms']:.1f} ms (median)")
        print(
            f"key to screen at {latency['lines_per_s']:.0f} lines/s: "
            f"{latency['busy_median_ms']:.1f} ms (median), {latency['busy_p90_ms']:.1f} (p90), "
            f"{latency['busy_max_ms']:.1f} (max): "
            f"ratio {latency['busy_median_ms'] / latency['quiet_median_ms']:.2f}   (wanted: 50 ms)"
        )
        for lines, told in ((few, small), (many, large)):
            print(f"log of {lines:>10,} lines: {told['memory_mb']:6.1f} MB, its end shown after "
                  f"{told['end_shown_s']:.2f} s, counted after {told['counted_s']:.1f} s")  # fmt: skip
        print(f"memory, {many:,} against {few:,} lines: ratio {ratio:.2f}")
    return 0 if latency["busy_median_ms"] < 50 and ratio < 1.2 else 1


if __name__ == "__main__":
    sys.exit(main())
