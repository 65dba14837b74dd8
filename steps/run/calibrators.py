"""The calibrators of an EB whose flux densities matter, and what its script and fluxscale have for them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from ..asdm import Asdm
from ..errors import CasapilotError
from ..fluxes import date_of_mjd
from ..mous.mous import Eb
from ..watch.fluxes import read_fluxes

__all__ = ["Calibrator", "Calibrators", "Held", "calibrators_of", "held_of"]

_UNITS = {"GHZ": 1e9, "MHZ": 1e6, "KHZ": 1e3, "HZ": 1.0}
_QUANTITY = re.compile(r"\s*([-+.\deE]+?)\s*([GMk]?Hz)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A field that is to have a flux density."""

    field: int
    name: str
    roles: tuple[str, ...]
    """flux, phase."""
    is_solar: bool
    """Whether it is of the solar system: CASA has a model of it, the catalogue has not."""


@dataclass(frozen=True, slots=True)
class Calibrators:
    """The calibrators of one EB."""

    eb: Eb
    date: date
    windows: tuple[tuple[int, float], ...]
    """(spw, its centre in Hz) of each science spw."""
    fields: tuple[Calibrator, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A flux density that the reduction of an EB has, at the centre of a spw."""

    what: str
    """setjy: of its script; fluxscale: derived."""
    field: int
    name: str
    spw: int
    frequency_hz: float
    jy: float
    error_jy: float


def calibrators_of(eb: Eb) -> Calibrators:
    """Read them from its ASDM: the flux calibrator and the phase calibrators, by the generator's rules.

    Raises
    ------
    AsdmError
        The ASDM is not there (any more), or damaged, or has no calibrators.
    """
    from ..generate import Metadata
    from ..generate.roles import find_roles

    metadata = Metadata.of(Asdm.read(eb.folder / (eb.asdm or eb.uid)))
    roles = find_roles(metadata)
    fields = tuple(
        Calibrator(
            number,
            metadata.name(number),
            tuple(role for role, of in (("flux", (roles.flux,)), ("phase", roles.phase)) if number in of),
            number == roles.flux and roles.flux_is_solar,
        )
        for number in dict.fromkeys((roles.flux, *roles.phase))
    )
    windows = tuple((window.number, window.centre_hz) for window in metadata.science)
    return Calibrators(eb, date_of_mjd(metadata.block.start_s), windows, fields)


def held_of(of: Calibrators) -> tuple[Held, ...]:
    """What the script's setjy says of these fields, and what fluxscale has derived.

    Spws are those of the MS, or, where the .split was made with spws counted anew, their places among the
    science spws. A call whose values cannot be told without running it is left out.
    """
    listed = read_fluxes(of.eb.folder / f"{of.eb.ms}.split.fluxscale")
    models = tuple(_models(of))
    numbers = {flux.spw for flux in listed} | {spw for model in models for spw in model.spws}
    places = _places(numbers, [spw for spw, _ in of.windows])
    centres = dict(of.windows)
    held = [
        Held("setjy", field.field, field.name, spw, centres[spw], model.at(centres[spw]), 0.0)
        for model in models
        for spw in ([places[n] for n in model.spws if n in places] if model.spws else centres)
        for field in of.fields
        if _selects(model.field, field)
    ]
    for flux in listed:
        spw = places.get(flux.spw, -1)
        for field in of.fields:
            if field.name == flux.field and spw in centres:
                one = Held("fluxscale", field.field, field.name, spw, centres[spw], flux.jy, flux.error_jy)
                held.append(one)
    # Of a field set twice, the last is what holds.
    return tuple({(each.what, each.field, each.spw): each for each in held}.values())


def _places(numbers: set[int], science: Sequence[int]) -> Mapping[int, int]:
    """Number of a spw in the .split -> its number in the MS."""
    if numbers <= set(science):
        return {number: number for number in science}
    if all(number < len(science) for number in numbers):
        return dict(enumerate(science))
    return {number: number for number in science if number in numbers}


@dataclass(frozen=True, slots=True)
class _Model:
    """One setjy with a flux density in it."""

    field: str
    spws: tuple[int, ...]
    """Empty: all."""
    jy: float
    indices: tuple[float, ...]
    reference_hz: float

    def at(self, hz: float) -> float:
        """S = S0 x^(a0 + a1 lg x + ...), x = f / f0, as setjy has it."""
        if not any(self.indices):
            return self.jy
        lg = math.log10(hz / self.reference_hz)
        exponent = sum(index * lg**power for power, index in enumerate(self.indices))
        return float(self.jy * (hz / self.reference_hz) ** exponent)


def _models(of: Calibrators) -> Iterator[_Model]:
    from ..script import Script
    from ..script.values import value_of

    try:
        script = Script.read(of.eb.script)
    except CasapilotError:
        return
    for call in script.calls:
        if call.task != "setjy" or call.commented:
            continue
        values = {name: value_of(each.text, script.constants) for name, each in call.parameters.items()}
        if str(values.get("standard", "manual")) != "manual":
            continue
        jy = _numbers(values.get("fluxdensity"))
        reference = _hz(values.get("reffreq", "1GHz"))
        if jy and jy[0] > 0 and reference:
            indices = _numbers(values.get("spix", 0.0))
            field, spws = values.get("field", ""), _spws(values.get("spw", ""))
            if spws is not None and indices and isinstance(field, (str, int)):
                yield _Model(str(field), spws, jy[0], indices, reference)


def _numbers(value: object) -> tuple[float, ...]:
    """A number or a list of numbers; nothing where it is neither."""
    each: Sequence[object] = value if isinstance(value, (list, tuple)) else [value]
    good = [float(one) for one in each if isinstance(one, (int, float)) and not isinstance(one, bool)]
    return tuple(good) if len(good) == len(each) else ()


def _hz(value: object) -> float:
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    try:
        return float(found[1]) * _UNITS[found[2].upper()] if found else 0.0
    except ValueError:
        return 0.0


def _spws(value: object) -> tuple[int, ...] | None:
    """'3,5~7' as numbers; channels are left out; nothing means all; None: it cannot be told."""
    found: list[int] = []
    for part in str(value).split(",") if value not in ("", "*", None) else ():
        low, _, high = part.partition(":")[0].strip().partition("~")
        if not low.isdecimal() or (high and not high.isdecimal()):
            return None
        found += range(int(low), min(int(high or low), 1000) + 1)
    return tuple(found)


def _selects(selection: str, field: Calibrator) -> bool:
    """Whether a field selection of CASA ('0', '0~2', a name, all) has this field in it."""
    for part in selection.split(",") if selection else ("*",):
        low, _, high = part.strip().partition("~")
        if low.isdecimal() and (not high or high.isdecimal()):
            if int(low) <= field.field <= int(high or low):
                return True
        elif fnmatchcase(field.name, part.strip()):
            return True
    return False
