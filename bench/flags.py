"""Counting flags: ours against flagdata(mode='summary', spwchan=True), in one process, in turn, warm cache.

    python bench/flags.py [--size-gb 0.1 1.0] [--repeats 5] [--folder DIR]

Each size is simulated, measured and removed again. The memory is what the fresh process grew by at
its peak.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _measure import show, side_by_side
from make_ms import configure_casa

HERE = Path(__file__).parent
WANTED = {1.6: "under 1/15", 4.5: "under 1/20"}


def peak_growth_mb(call: Callable[[], object]) -> float:
    """How far the memory of this process rises above where it was, MB (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _status_mb("VmRSS")
    call()
    return _status_mb("VmHWM") - before


def _status_mb(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def measure(ms: Path, size_gb: float, repeats: int) -> bool:
    """Measure on one set; whether both counted the same."""
    from casapilot.steps.casa.flag_count import count_flags
    from casatasks import flagdata

    def ours() -> dict[str, Any]:
        return count_flags(str(ms))

    def theirs() -> dict[str, Any]:
        return flagdata(str(ms), mode="summary", spwchan=True)

    grown = [peak_growth_mb(ours), peak_growth_mb(theirs)]
    same = ours() == theirs()
    mine, flagdatas = side_by_side(ours, theirs, repeats)
    show(f"count of {size_gb:g} GB", mine, "flagdata", flagdatas, WANTED.get(size_gb, ""))
    print(
        f"{'':32} {flagdatas / mine:.0f} times faster; same numbers: {'yes' if same else 'NO'};"
        f" memory +{grown[0]:.0f} MB, flagdata +{grown[1]:.0f} MB",
        flush=True,
    )
    return same


def simulated(size_gb: float, repeats: int, folder: Path | None) -> int:
    """Measure on a simulated set, in a process of its own: what simulating took is not to be seen there."""
    with tempfile.TemporaryDirectory(prefix="casapilot-bench-", dir=folder) as own:
        ms = Path(own) / "sim.ms"
        make = [HERE / "make_ms.py", ms, "--size-gb", str(size_gb)]
        again = [__file__, "--ms", ms, "--size-gb", str(size_gb), "--repeats", str(repeats)]
        for command in (make, again):
            code = subprocess.run([sys.executable, "-W", "ignore", *map(str, command)]).returncode
            if code:
                return code
    return 0


def main() -> int:
    """Measure on one set, or on simulated ones."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size-gb", type=float, nargs="+", default=[0.1, 1.0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to simulate (default: a temporary folder)")
    parser.add_argument("--ms", type=Path, help="measure on this set")
    args = parser.parse_args()
    if args.ms:
        configure_casa()
        return 0 if measure(args.ms, args.size_gb[0], args.repeats) else 1
    return max(simulated(size_gb, args.repeats, args.folder) for size_gb in args.size_gb)


if __name__ == "__main__":
    sys.exit(main())
