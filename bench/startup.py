"""How soon casapilot is there: --version against a bare Python, and the first paint of the screens.

    python bench/startup.py [--repeats 9] [--mous DIR]

The first paint is timed in a real pseudo-terminal of 80x24, from starting the process to the first frame that
has text on it, and to the frame that lists the items; both against `python -c "import textual.app"`, below
which no Textual program can come.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pexpect
import pyte
from _measure import show, side_by_side

CASAPILOT = Path(sys.executable).parent / "casapilot"
LINES, COLUMNS = 24, 80
PATIENCE_S = 20.0


class Paint(NamedTuple):
    """Times of one start of the screens, s."""

    text: float
    items: float


def run(*words: str | Path) -> None:
    """Run a command to its end, silently."""
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def first_paint(mous: Path, item: str) -> Paint:
    """Start the screens on `mous`, wait for text and for the title `item`, and end them."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    start = time.perf_counter()
    child = pexpect.spawn(
        str(CASAPILOT), [str(mous)], dimensions=(LINES, COLUMNS), env=environment, timeout=PATIENCE_S
    )
    text = None
    try:
        while True:
            stream.feed(child.read_nonblocking(65536, timeout=PATIENCE_S))
            now = time.perf_counter() - start
            shown = "\n".join(screen.display)
            if text is None and shown.strip():
                text = now
            if item in shown:
                return Paint(text or now, now)
            if now > PATIENCE_S:
                raise SystemExit(f"no item {item!r} on the screen after {now:.0f} s:\n{shown}")
    except pexpect.EOF:
        raise SystemExit(
            "casapilot ended before it showed its items:\n" + "\n".join(screen.display)
        ) from None
    finally:
        child.close(force=True)


def demo(folder: Path) -> Path:
    """The demo's MOUS, with nothing run."""
    from casapilot.steps.run.start import start_demo

    mous, _ = start_demo(folder / "mous")
    return mous.root


def an_item(mous: Path) -> str:
    """How the title of the first item begins, as it fits a narrow list."""
    from casapilot.steps.mous.mous import Mous
    from casapilot.steps.run.session import Session

    return Session(Mous.load(mous)).snapshot().rows[0].item.title[:12]


def main() -> int:
    """Measure and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--mous", type=Path, help="the MOUS to open (default: the demo's, made for this)")
    args = parser.parse_args()
    # Compiled once, as an installation is, whatever this shell has set.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

    def python(code: str) -> None:
        run(sys.executable, "-c", code)

    python("import textual.app")
    run(CASAPILOT, "--version")
    ours, bare = side_by_side(lambda: run(CASAPILOT, "--version"), lambda: python("pass"), args.repeats)
    show("casapilot --version", ours, "python -c pass", bare)
    with tempfile.TemporaryDirectory(prefix="casapilot-bench-") as folder:
        mous = args.mous or demo(Path(folder))
        item = an_item(mous)
        first_paint(mous, item)
        paints: list[Paint] = []
        _, textual = side_by_side(
            lambda: paints.append(first_paint(mous, item)), lambda: python("import textual.app"), args.repeats
        )
    text = statistics.median(paint.text for paint in paints)
    items = statistics.median(paint.items for paint in paints)
    show("first paint: text", text, "import textual", textual, "400 ms")
    show("first paint: items", items, "import textual", textual, "400 ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
