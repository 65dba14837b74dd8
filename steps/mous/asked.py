"""Sources and spectral windows of a science goal: what an observation can be held against, one by one."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .quantities import say_frequency

__all__ = ["FRAMES", "GoalSource", "GoalWindow", "nearest", "plain", "read_sources", "read_windows"]

#: What the frequency of a window is: as it arrives here, or as it was emitted.
FRAMES = ("sky", "rest")
#: Number of a source -> (smallest, largest, what to write).
_OF_SOURCE = {
    "ra_deg": (0.0, 360.0, "Give it in degrees: 00:47:33 is 11.8875."),
    "dec_deg": (-90.0, 90.0, "Give it in degrees: -25:17:20 is -25.2889."),
    "redshift": (-0.1, 20.0, "Give z: 300 km/s is 0.001."),
    "pointings": (1, 10000, "Give the number of fields."),
}
_NOT_SAID_AT_0 = ("pointings", "resolution_hz")
_SOURCE_FORM = 'Write: sources = ["NGC253"], or { name = "NGC253", ra_deg = 11.8881, dec_deg = -25.2888 }'
_WINDOW_FORM = "Write: { frequency_hz = 230e9, bandwidth_hz = 1.875e9 }"


@dataclass(frozen=True, slots=True)
class GoalSource:
    """A source that was asked for; what is not known is None or 0."""

    name: str
    ra_deg: float | None = None
    """J2000 or ICRS. None for what moves."""
    dec_deg: float | None = None
    redshift: float | None = None
    """Rest over sky frequency, less 1; of the local standard of rest."""
    pointings: int = 0
    """Of a mosaic."""

    def __str__(self) -> str:
        return f"{self.name} ({self.pointings} pointings)" if self.pointings > 1 else self.name


@dataclass(frozen=True, slots=True)
class GoalWindow:
    """A spectral window that was asked for."""

    frequency_hz: float
    """Its centre, as the goal has it: see `frame`."""
    bandwidth_hz: float
    resolution_hz: float = 0.0
    """Asked for; 0 where the goal does not say."""
    name: str = ""
    """Of the transition."""
    frame: str = ""
    """sky or rest; empty where the goal does not say."""

    def __str__(self) -> str:
        name, frame = f"{self.name}, " if self.name else "", f" ({self.frame})" if self.frame else ""
        return f"{name}{say_frequency(self.frequency_hz)}{frame}, {say_frequency(self.bandwidth_hz)} wide"


def plain(it: GoalSource | GoalWindow) -> dict[str, Any]:
    """What is known of it, by name, as TOML and JSON take it."""
    return {
        name: value
        for name, value in asdict(it).items()
        if value not in (None, "") and (value or name not in _NOT_SAID_AT_0)
    }


def read_sources(data: Mapping[str, Any]) -> Iterator[GoalSource]:
    """The sources of a [goal] table: names, or tables with more; ValueError as of `goal.read_goal`."""
    value = data.get("sources", [])
    if not isinstance(value, list) or not all(isinstance(each, str | Mapping) for each in value):
        raise ValueError("sources is not a list of sources", _SOURCE_FORM)
    for each in value:
        if isinstance(each, str):
            yield GoalSource(each)
            continue
        _refuse_unknown(each, ("name", *_OF_SOURCE), "a source of sources")
        if not isinstance(each.get("name"), str):
            raise ValueError("a source of sources lacks its name", _SOURCE_FORM)
        numbers = {name: _within(each, name) for name in _OF_SOURCE if name in each}
        if ("ra_deg" in numbers) != ("dec_deg" in numbers):
            raise ValueError(
                f"{each['name']} has only one coordinate", "Give ra_deg and dec_deg, or neither."
            )
        many = int(numbers.pop("pointings", 0))
        yield GoalSource(str(each["name"]), pointings=many, **numbers)


def read_windows(data: Mapping[str, Any], limits: Mapping[str, Any]) -> Iterator[GoalWindow]:
    """The spectral windows of a [goal] table; ValueError as of `goal.read_goal`.

    Parameters
    ----------
    limits : mapping
        Name of a number -> (smallest, largest, what to write).
    """
    value = data.get("spws", [])
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise ValueError("spws is not a list of windows", _WINDOW_FORM)
    for each in value:
        _refuse_unknown(
            each, ("frequency_hz", "bandwidth_hz", "resolution_hz", "name", "frame"), "a window of spws"
        )
        resolution = each.get("resolution_hz", 0.0)
        if not {"frequency_hz", "bandwidth_hz"} <= set(each) or not _is_number(resolution):
            raise ValueError("a window of spws lacks its frequency or bandwidth", _WINDOW_FORM)
        frequency, bandwidth = (_within(each, name, limits) for name in ("frequency_hz", "bandwidth_hz"))
        name, frame = each.get("name", ""), each.get("frame", "")
        if not isinstance(name, str) or frame not in ("", *FRAMES):
            raise ValueError("name or frame of a window cannot be meant", 'Write: frame = "sky", or "rest"')
        yield GoalWindow(frequency, bandwidth, float(resolution), str(name), str(frame))


def _refuse_unknown(data: Mapping[str, Any], known: tuple[str, ...], what: str) -> None:
    for key in data:
        if key not in known:
            raise ValueError(f"{what} has no {key!r}", nearest(key, known))


def _within(data: Mapping[str, Any], name: str, limits: Mapping[str, Any] = _OF_SOURCE) -> float:
    low, high, todo = limits[name]
    value = data[name]
    if not _is_number(value):
        raise ValueError(f"{name} = {value!r} is not a number", todo)
    if not low <= value <= high:
        raise ValueError(f"{name} = {value:g} cannot be meant", todo)
    return float(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def nearest(word: str, known: tuple[str, ...]) -> str:
    """What somebody may have meant, in a sentence."""
    near = difflib.get_close_matches(word, known, 1, 0.4)
    return f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(known)}."
