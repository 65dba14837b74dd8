"""What the benches share: two things timed in turn, and a line about them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

__all__ = ["seconds", "show", "side_by_side"]


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes, s."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def side_by_side(
    ours: Callable[[], object], other: Callable[[], object], repeats: int
) -> tuple[float, float]:
    """Median times of both, s, taken in turn so that a busy machine slows both."""
    pairs = [(seconds(ours), seconds(other)) for _ in range(repeats)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def show(what: str, ours_s: float, against: str, other_s: float, want: str = "") -> None:
    """Print one result: both times and their ratio."""
    times = f"{1e3 * ours_s:8.1f} ms, {against} {1e3 * other_s:8.1f} ms"
    print(
        f"{what:32} {times}: ratio {ours_s / other_s:6.2f}" + (f"   (wanted: {want})" if want else ""),
        flush=True,
    )
