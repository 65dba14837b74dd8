"""Following a log of 100,000 lines, against only reading its lines, against splitting each of them, and
against looking in each for one known issue after the other; and memory with a log ten times as long.

    python bench/follow.py [--lines 100000] [--repeats 3]

Ours is what watches every step: follower, line parser, task frames, warnings grouped and known issues.
"""

from __future__ import annotations

import argparse
import itertools
import re
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from _measure import show, side_by_side
from casapilot.steps.watch.follow import LogFollower
from casapilot.steps.watch.known_read import load_known
from casapilot.steps.watch.watch import Watcher

STAMP = "2025-11-22 {:02}:{:02}:{:02}"
#: One task of a log: {n} is the number of the task, {t} its time.
BEGIN = (
    "{t}\tINFO\tgaincal::::casa\t##########################################\n"
    "{t}\tINFO\tgaincal::::casa\t##### Begin Task: gaincal             #####\n"
    "{t}\tINFO\tgaincal::::casa\tgaincal( vis='X{n}.ms', caltable='X{n}.cal', solint='int', refant='DV09' )\n"
)
BODY = (
    "{t}\tINFO\tgaincal::::casa\tFound good G Jones solutions in {n} slots.\n"
    "{t}\tINFO\tgaincal\t  For solint = int, found 28 solution intervals, number {n}.\n",
    "{t}\tINFO\tSolvable::solve+\tSpw {n}: the solution interval holds 12 integrations\n",
    "{t}\tWARN\tgaincal::::casa\tThe following calibration term is for spw {n} of the caltable only\n",
    "{t}\tINFO\tcalibrater::reporttoconsole\t   G Jones: In 0 of {n} solutions, flagged as low SNR\n",
    "2 of 45 solutions flagged due to SNR < 3 in spw=1 (chan={n}) at 2025/11/22/{t}\n",
)
END = (
    "{t}\tINFO\tgaincal::::casa\tTask gaincal complete. Start time: {t} End time: {t}\n"
    "{t}\tINFO\tgaincal::::casa\t##### End Task: gaincal               #####\n"
)
LINES_A_TASK = 500
FIELDS = re.compile(rb"\s+")


def write_log(path: Path, lines: int) -> None:
    """Write a log of tasks, with some warnings among their lines."""
    with path.open("w", encoding="utf-8") as file:
        written = 0
        for number in itertools.count():
            text = task(number)[: lines - written]
            file.writelines(text)
            written += len(text)
            if written >= lines:
                return


def task(number: int) -> list[str]:
    """The lines of one task."""
    stamp = STAMP.format(number // 3600 % 24, number // 60 % 60, number % 60)
    body = itertools.cycle(BODY[:1] * 20 + BODY)
    text = BEGIN + "".join(itertools.islice(body, LINES_A_TASK // 2)) + END
    return text.format(t=stamp, n=number % 64).splitlines(keepends=True)


def follow(path: Path) -> None:
    """What watches a step does to its log."""
    watcher, follower = Watcher(load_known()), LogFollower([(path, "log")])
    while lines := follower.poll():
        watcher.feed_all(lines)
    watcher.feed_all(follower.finish())
    watcher.warnings()
    follower.close()


def read_plainly(path: Path) -> int:
    """Read every line, and do nothing with it."""
    with path.open("rb") as file:
        return sum(len(line) for line in file)


def split_lines(path: Path) -> int:
    """The obvious way to get at the fields of every line."""
    with path.open("rb") as file:
        return sum(len(FIELDS.split(line, 4)) for line in file)


def look_for_each(path: Path) -> int:
    """The obvious way to find the known issues."""
    patterns = [re.compile(issue.pattern) for issue in load_known().issues]
    with path.open(encoding="utf-8") as file:
        return sum(any(pattern.search(line) for pattern in patterns) for line in file)


def memory_mb(path: Path) -> float:
    """The most memory that a process which follows `path` takes, MB."""
    answer = subprocess.run([sys.executable, __file__, "--only", path], check=True, stdout=subprocess.PIPE)
    return float(answer.stdout)


def main() -> int:
    """Measure and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", type=Path, help="follow this log and print the memory it took, MB")
    given = parser.parse_args()
    if given.only:
        follow(given.only)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return 0
    with tempfile.TemporaryDirectory(prefix="casapilot-bench-") as name:
        log, long_log = Path(name) / "casa.log", Path(name) / "long.log"
        write_log(log, given.lines)
        write_log(long_log, 10 * given.lines)
        ours = partial(follow, log)
        for against, other in (
            ("read the lines", read_plainly),
            ("split each line", split_lines),
            ("look for each issue", look_for_each),
        ):
            ours_s, other_s = side_by_side(ours, partial(other, log), given.repeats)
            show(f"follow {given.lines:,} lines", ours_s, against, other_s)
        print(f"{'':32} {given.lines / ours_s:,.0f} lines a second")
        few, many = memory_mb(log), memory_mb(long_log)
        what = f"memory, {10 * given.lines:,} lines"
        print(f"{what:32} {many:8.1f} MB, {given.lines:,} lines {few:8.1f} MB: ratio {many / few:6.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
