"""Ranges and ticks: round numbers, angles and hours, as many as there is room for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Scale", "angles", "clock", "padded", "ticks", "time_ticks"]

_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
DAY_S = 86400


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers on `cells` characters of `dots` dots each; `low` and `high` are the outermost dots."""

    low: float
    high: float
    cells: int
    dots: int

    @property
    def per_dot(self) -> float:
        """How much lies between two dots."""
        return (self.high - self.low) / max(1, self.cells * self.dots - 1)

    def dot(self, value: float) -> int:
        """Return the dot of a number; those outside go to the outermost."""
        return min(self.cells * self.dots - 1, max(0, round((value - self.low) / self.per_dot)))

    def dots_of(self, values: Sequence[float]) -> list[int]:
        """Return the dots of many numbers."""
        low, per_dot, last = self.low, self.per_dot, self.cells * self.dots - 1
        return [min(last, max(0, round((value - low) / per_dot))) for value in values]

    def cell(self, value: float) -> int:
        """Return the character that the dot of a number lies in."""
        return self.dot(value) // self.dots

    def value(self, cell: int) -> float:
        """Return the number in the middle of a character."""
        return self.low + (cell * self.dots + (self.dots - 1) / 2) * self.per_dot


def padded(low: float, high: float, share: float = 0.04) -> tuple[float, float]:
    """Return a range that leaves a little room; never an empty one."""
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        return 0.0, 1.0
    room = (high - low) * share
    if high - low <= max(abs(low), abs(high)) * 1e-9:
        room = abs(low) * 0.1 or 1.0
    return low - room, high + room


def angles(low: float, high: float) -> tuple[float, float]:
    """Return a range for phases: the whole circle where they fill half of it."""
    return (-180.0, 180.0) if high - low > 180.0 else padded(low, high)


def ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return round numbers in the range with their texts, `most` and one at the most: steps of 1, 2 or 5."""
    step = _step((high - low) / max(1, most))
    if math.ceil(low / step - 1e-9) > math.floor(high / step + 1e-9):
        step = _step(step / 2.5)  # none is in the range
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if max(abs(low), abs(high)) >= 1e6 or step < 1e-5:
        return [(n * step, f"{n * step:.3g}") for n in range(first, last + 1)]
    return [(n * step, f"{n * step + 0.0:.{digits}f}") for n in range(first, last + 1)]


def _step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= least * (1 - 1e-9))


def angle_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return ticks of a phase axis: quarters of the circle where it is whole."""
    if high - low < 300.0:
        return ticks(low, high, most)
    step = 90 if most >= 5 else 180
    return [(float(n), str(n)) for n in range(-180, 181, step)]


def time_ticks(low_s: float, high_s: float, most: int) -> list[tuple[float, str]]:
    """Return full hours, minutes or seconds of a day with their texts, `most` and one at the most."""
    least = (high_s - low_s) / max(1, most)
    step = next((each for each in _STEPS_S if each >= least), math.ceil(least / DAY_S) * DAY_S)
    if math.ceil(low_s / step) > math.floor(high_s / step):
        step = max(1, *(each for each in (0, *_STEPS_S) if each <= step / 2))
    first, last = math.ceil(low_s / step), math.floor(high_s / step)
    return [(float(n * step), clock(n * step, seconds=step < 60)) for n in range(first, last + 1)]


def clock(seconds_of_day: float, *, seconds: bool = True) -> str:
    """Return hours and minutes, and seconds if wanted."""
    whole = round(seconds_of_day) % DAY_S
    text = f"{whole // 3600:02d}:{whole // 60 % 60:02d}"
    return f"{text}:{whole % 60:02d}" if seconds else text
