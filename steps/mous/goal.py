"""The science goal: what was asked for, and where each number comes from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .asked import GoalSource, GoalWindow, nearest, plain, read_sources, read_windows
from .quantities import say_flux, say_frequency

__all__ = ["NUMBERS", "Goal", "GoalSource", "GoalWindow", "array_of", "read_goal", "sane"]

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
#: The end of a name -> the array of dishes that it means.
DISHES = {"TE": "12m", "TC": "12m", "TM1": "12m", "TM2": "12m", "7M": "7m"}
#: Products of a spectral setup: one, both, or both with their cross products.
PRODUCTS = (1, 2, 4)
#: An array that is never asked for alone -> what goes with it (TE and TM1 may be all there is).
COMPANIONS = {"TC": "TE", "TM2": "TM1", "TP": "7M"}

_SUFFIX = re.compile(r"_(TE|TC|TM1|TM2|7M|ACA|TP)(?:_\d+)?$", re.IGNORECASE)


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
    sources: tuple[GoalSource, ...] = ()
    spws: tuple[GoalWindow, ...] = ()
    arrays: tuple[str, ...] = ()
    """Members of the goal: TE, TC, TM1, TM2, 7M, TP."""
    polarisations: int | None = None
    """Products asked for: 1, 2 or 4."""
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
        names = ("name", "sources", "spws", "arrays", "polarisations", *NUMBERS)
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
            yield f"sources {', '.join(map(str, self.sources))}"
        for spw in self.spws:
            yield f"spw {spw}"
        if self.polarisations:
            yield f"polarisation products {self.polarisations}"
        if self.arrays:
            yield f"arrays {', '.join(self.arrays)}"

    def of_ms(self, sb: str) -> dict[str, Any]:
        """What the MS of an EB can be held against, as JSON takes it; what is not known is absent.

        The representative frequency as the ASDM has it is left out: it is the observation's own.

        Parameters
        ----------
        sb : str
            Name of the scheduling block; may be empty.
        """
        ends = [array_of(sb)] if array_of(sb) else self.arrays
        own = self.origin.get("frequency_hz", "").startswith("asdm")
        found = {
            "sources": [plain(each) for each in self.sources],
            "windows": [plain(each) for each in self.spws],
            "arrays": sorted({DISHES.get(end, end) for end in ends}),
            "polarisations": self.polarisations,
            "frequency_hz": None if own else self.frequency_hz,
        }
        return {name: value for name, value in found.items() if value}

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
    known = ("name", *NUMBERS, "sources", "spws", "arrays", "polarisations", "from")
    for key in data:
        if key not in known:
            raise ValueError(f"[goal] has no {key!r}", nearest(key, known))
    origin = data.get("from", {})
    if not isinstance(origin, Mapping):
        raise ValueError("[goal.from] is not a table", 'Write: rms_jy = "typed by EV"')
    goal = Goal(
        name=_text(data, "name"),
        sources=tuple(read_sources(data)),
        spws=tuple(read_windows(data, LIMITS)),
        arrays=_texts(data, "arrays"),
        polarisations=_products(data),
        origin={str(name): str(text) for name, text in origin.items()},
        **{name: _number(data, name) for name in NUMBERS},
    )
    low, high = goal.beam_min_arcsec, goal.beam_max_arcsec
    if low is not None and high is not None and low > high:
        raise ValueError("beam_min_arcsec is larger than beam_max_arcsec", "Swap them.")
    return goal


def _products(data: Mapping[str, Any]) -> int | None:
    value = data.get("polarisations")
    if value is not None and (isinstance(value, bool) or value not in PRODUCTS):
        raise ValueError(f"polarisations = {value!r} cannot be meant", "Write the products: 1, 2 or 4.")
    return value


def _number(data: Mapping[str, Any], name: str) -> float | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} = {value!r} is not a number", LIMITS[name][2])
    low, high, todo = LIMITS[name]
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


def _list(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
