"""The science goal: what was asked for, and where each number comes from."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .quantities import say_flux, say_frequency

__all__ = ["NUMBERS", "Goal", "GoalWindow", "array_of", "read_goal", "sane"]

#: The numbers of a goal: name -> what it is, for a person.
NUMBERS = {
    "rms_jy": "rms",
    "frequency_hz": "frequency of the rms",
    "bandwidth_hz": "bandwidth of the rms",
    "beam_min_arcsec": "smallest beam",
    "beam_max_arcsec": "largest beam",
}
#: A value outside of these was given in another unit: (smallest, largest, what to write).
LIMITS = {
    "rms_jy": (1e-9, 100.0, "Give it in Jy per beam: 0.1 mJy is 0.0001."),
    "frequency_hz": (1e8, 2e12, "Give it in Hz: 230 GHz is 230e9."),
    "bandwidth_hz": (1e2, 5e11, "Give it in Hz: 1.875 GHz is 1.875e9."),
    "beam_min_arcsec": (1e-4, 3600.0, "Give it in seconds of arc."),
    "beam_max_arcsec": (1e-4, 3600.0, "Give it in seconds of arc."),
}
#: What the name of a scheduling block ends in -> the array; TE and TC are the extended and the compact
#: configuration of 2014 and 2015, TM1 and TM2 those of later cycles.
ARRAYS = ("TE", "TC", "TM1", "TM2", "7M", "TP")
#: An array that is never asked for alone -> what goes with it (TE and TM1 may be all there is).
COMPANIONS = {"TC": "TE", "TM2": "TM1", "TP": "7M"}

_SUFFIX = re.compile(r"_(TE|TC|TM1|TM2|7M|ACA|TP)(?:_\d+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GoalWindow:
    """A spectral window that was asked for."""

    frequency_hz: float
    """Its centre, as the goal has it (rest or sky)."""
    bandwidth_hz: float
    resolution_hz: float = 0.0
    """Asked for; 0 where the goal does not say."""
    name: str = ""
    """Of the transition."""

    def __str__(self) -> str:
        name = f"{self.name}, " if self.name else ""
        return f"{name}{say_frequency(self.frequency_hz)}, {say_frequency(self.bandwidth_hz)} wide"


@dataclass(frozen=True, slots=True)
class Goal:
    """The science goal that a MOUS is part of. What is not known is None."""

    name: str = ""
    rms_jy: float | None = None
    """Asked for, Jy per beam, at `frequency_hz` over `bandwidth_hz`."""
    frequency_hz: float | None = None
    bandwidth_hz: float | None = None
    beam_min_arcsec: float | None = None
    beam_max_arcsec: float | None = None
    sources: tuple[str, ...] = ()
    spws: tuple[GoalWindow, ...] = ()
    arrays: tuple[str, ...] = ()
    """Members of the goal: TE, TC, TM1, TM2, 7M, TP."""
    origin: Mapping[str, str] = field(default_factory=dict)
    """Name of a number -> where it comes from."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The numbers that are not known."""
        return tuple(name for name in NUMBERS if getattr(self, name) is None)

    @property
    def partners(self) -> tuple[str, ...]:
        """Arrays that must be members of the goal too, though nobody said so: TE for TC."""
        return tuple(
            COMPANIONS[each]
            for each in self.arrays
            if each in COMPANIONS and COMPANIONS[each] not in self.arrays
        )

    @property
    def caution(self) -> str:
        """Why rms and beam of this MOUS cannot be compared with the goal alone; empty where they can."""
        members = [*self.arrays, *self.partners]
        if len(members) < 2:
            return ""
        names = _list(members)
        return f"{names} belong to one goal: rms and beam of one of them cannot be compared with it alone."

    def filled(self, other: Goal) -> Goal:
        """Return this goal, with what it lacks taken from `other`."""
        names = ("name", "sources", "spws", "arrays", *NUMBERS)
        lacking = [name for name in names if not getattr(self, name) and getattr(other, name)]
        # The two ends of a range belong together.
        ends = {"beam_min_arcsec", "beam_max_arcsec"}
        if not ends <= set(lacking):
            lacking = [name for name in lacking if name not in ends]
        origin = {**{name: other.origin[name] for name in lacking if name in other.origin}, **self.origin}
        return replace(self, origin=origin, **{name: getattr(other, name) for name in lacking})

    def lines(self) -> Iterator[str]:
        """What was asked for, a line each, for a person."""
        if self.rms_jy is not None:
            yield f"rms {say_flux(self.rms_jy)}" + self._at()
        if self.beam_min_arcsec is not None and self.beam_max_arcsec is not None:
            yield f"beam {self.beam_min_arcsec:g} to {self.beam_max_arcsec:g} arcsec"
        if self.sources:
            yield f"sources {', '.join(self.sources)}"
        for spw in self.spws:
            yield f"spw {spw}"
        if self.arrays:
            yield f"arrays {', '.join(self.arrays)}"

    def _at(self) -> str:
        at = f" at {say_frequency(self.frequency_hz)}" if self.frequency_hz else ""
        over = f" over {say_frequency(self.bandwidth_hz)}" if self.bandwidth_hz else ""
        return at + over


def array_of(sb: str) -> str:
    """The array that the name of a scheduling block ends in, or empty.

    >>> array_of("NGC253_a_06_TE"), array_of("ngc1068_a_03_7m"), array_of("NGC253")
    ('TE', '7M', '')
    """
    match = _SUFFIX.search(sb.strip())
    return match[1].upper().replace("ACA", "7M") if match else ""


def sane(goal: Goal) -> tuple[Goal, tuple[str, ...]]:
    """Return a goal without the numbers that cannot be meant, and a sentence on each of these."""
    wrong: dict[str, str] = {}
    for name, (low, high, todo) in LIMITS.items():
        value = getattr(goal, name)
        if value is not None and not low <= value <= high:
            wrong[name] = f"{NUMBERS[name]} {value:g} cannot be meant. {todo}"
    return replace(goal, **dict.fromkeys(wrong)), tuple(wrong.values())  # type: ignore[arg-type]  # numbers


def read_goal(data: Mapping[str, Any]) -> Goal:
    """The goal in the [goal] table of mous.toml.

    Raises
    ------
    ValueError
        With what is wrong, in words, and as second argument what to do.
    """
    known = ("name", *NUMBERS, "sources", "spws", "arrays", "from")
    for key in data:
        if key not in known:
            raise ValueError(f"[goal] has no {key!r}", _nearest(key, known))
    origin = data.get("from", {})
    if not isinstance(origin, Mapping):
        raise ValueError("[goal.from] is not a table", 'Write: rms_jy = "typed by EV"')
    goal = Goal(
        name=_text(data, "name"),
        sources=_texts(data, "sources"),
        spws=tuple(_windows(data)),
        arrays=_texts(data, "arrays"),
        origin={str(name): str(text) for name, text in origin.items()},
        **{name: _number(data, name) for name in NUMBERS},
    )
    low, high = goal.beam_min_arcsec, goal.beam_max_arcsec
    if low is not None and high is not None and low > high:
        raise ValueError("beam_min_arcsec is larger than beam_max_arcsec", "Swap them.")
    return goal


def _number(data: Mapping[str, Any], name: str, limits: str = "") -> float | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} = {value!r} is not a number", LIMITS[limits or name][2])
    low, high, todo = LIMITS[limits or name]
    if not low <= value <= high:
        raise ValueError(f"{name} = {value:g} cannot be meant", todo)
    return float(value)


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} = {value!r} is not a text", "Put it in quotes.")
    return str(value)


def _texts(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = data.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{name} is not a list of texts", f'Write: {name} = ["...", "..."]')
    return tuple(str(each) for each in value)


def _windows(data: Mapping[str, Any]) -> Iterator[GoalWindow]:
    form = "Write: { frequency_hz = 230e9, bandwidth_hz = 1.875e9 }"
    known = ("frequency_hz", "bandwidth_hz", "resolution_hz", "name")
    value = data.get("spws", [])
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise ValueError("spws is not a list of windows", form)
    for each in value:
        for key in each:
            if key not in known:
                raise ValueError(f"a window of spws has no {key!r}", _nearest(key, known))
        frequency, bandwidth = _number(each, "frequency_hz"), _number(each, "bandwidth_hz")
        resolution = each.get("resolution_hz", 0.0)
        if frequency is None or bandwidth is None or not isinstance(resolution, int | float):
            raise ValueError("a window of spws lacks its frequency or bandwidth", form)
        yield GoalWindow(frequency, bandwidth, float(resolution), _text(each, "name"))


def _nearest(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, known, 1, 0.4)
    return f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(known)}."


def _list(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
