"""From key to screen on every tab, and in the task console, while a step prints 5,000 lines a second.

    python bench/tabs.py [MOUS] [--rests-at TITLE] [--keys N] [--json]

Without MOUS a session is played, whose log grows at that rate, without a console. With one, its own step has
to be running already, and to print that much: conductor, CASA, record and plots are real then.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from latency import LINE, WRITER, Terminal

LINES_PER_S = 5_000
WANTED_MS = 100.0
TABS = {"why": "1", "script": "2", "log": "3", "flags": "4", "plots": "5", "history": "6"}


def on_tab(terminal: Terminal, key: str, keys: int) -> list[float]:
    """Latencies of moving in the list, s, while the tab of `key` stands beside it."""
    terminal.child.send(key)
    terminal.pump(1.0)
    found = []
    for number in range(keys):
        found.append(changes(terminal, "k" if number % 10 < 5 else "j"))
        terminal.pump(0.03 + 0.017 * (number % 5))
    return found


def changes(terminal: Terminal, key: str) -> float:
    """Seconds from `key` to another title being the one under the cursor, the list scrolled or not."""

    def seen() -> tuple[object, ...]:
        return (terminal.cursor_row(), *(line[3:25] for line in terminal.screen.display[1:21]))

    before, begun = seen(), time.perf_counter()
    terminal.child.send(key)
    while seen() == before:
        terminal.pump_once()
        if time.perf_counter() - begun > 10:
            raise TimeoutError("the cursor did not move:\n" + "\n".join(terminal.screen.display))
    return time.perf_counter() - begun


def in_console(terminal: Terminal, keys: int) -> list[float]:
    """Latencies of letters typed in the task console, s."""
    terminal.child.send("T")
    terminal.wait_for("Task console")
    terminal.wait_for("casapilot task")
    found = []
    for number in range(keys):
        letter = "abcdefghij"[number % 10]
        before, begun = terminal.screen.display[22], time.perf_counter()
        terminal.child.send(letter)
        while terminal.screen.display[22] == before:
            terminal.pump_once()
            if time.perf_counter() - begun > 10:
                raise TimeoutError("the letter did not come")
        found.append(time.perf_counter() - begun)
        terminal.pump(0.03 + 0.017 * (number % 5))
    terminal.child.send("\x1b")
    terminal.pump(0.5)
    return found


def measure(terminal: Terminal, keys: int, rests_at: str, console: bool) -> dict[str, dict[str, float]]:
    """Median and worst of each tab, ms; the cursor is set on the item `rests_at` first."""
    while rests_at not in terminal.screen.display[terminal.cursor_row()]:
        changes(terminal, "j")
    times = {name: on_tab(terminal, key, keys) for name, key in TABS.items()}
    if console:
        times["console"] = in_console(terminal, keys)
    return {
        name: {"median_ms": 1e3 * statistics.median(each), "worst_ms": 1e3 * max(each)}
        for name, each in times.items()
    }


def played(keys: int) -> dict[str, dict[str, float]]:
    """`measure` with a session that is played."""
    with tempfile.TemporaryDirectory(prefix="casapilot-bench-") as name:
        log = Path(name) / "console.log"
        log.write_text("".join(LINE.format(n % 60, n) for n in range(1000)), encoding="utf-8")
        terminal = Terminal(log)
        terminal.wait_for("Moment maps")
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(log), LINE, str(LINES_PER_S)])
        try:
            return measure(terminal, keys, "", False)
        finally:
            writer.kill()
            writer.wait()
            terminal.child.close(force=True)


def real(mous: Path, keys: int, rests_at: str) -> dict[str, dict[str, float]]:
    """`measure` on a MOUS whose step runs."""
    with tempfile.TemporaryDirectory(prefix="casapilot-bench-") as name:
        terminal = Terminal(Path(name) / "log", mous=mous)
        terminal.wait_for("Why")
        terminal.pump(2.0)
        try:
            return measure(terminal, keys, rests_at, True)
        finally:
            terminal.child.close(force=True)


def main() -> int:
    """Measure, print, and say whether it is good enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mous", nargs="?", type=Path)
    parser.add_argument("--keys", type=int, default=40)
    parser.add_argument("--rests-at", default="", help="title of the item to begin at")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = real(args.mous, args.keys, args.rests_at) if args.mous else played(args.keys)
    if args.json:
        print(json.dumps(found, indent=1))
    else:
        for name, times in found.items():
            print(f"{name:8} key to screen {times['median_ms']:6.1f} ms (median), "
                  f"{times['worst_ms']:6.1f} ms (worst)   (wanted: under {WANTED_MS:.0f})")  # fmt: skip
    return 0 if max(each["worst_ms"] for each in found.values()) < WANTED_MS else 1


if __name__ == "__main__":
    sys.exit(main())
