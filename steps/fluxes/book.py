"""The flux densities of a MOUS: what the catalogue answered and what people gave, in .casapilot/fluxes.json.

The file is kept in git: it is what the flux scale of the delivered data rests on. What people gave is kept
apart from what the catalogue answered, and a failure is never written over an answer.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import MousError
from ..wholefile import write_whole
from .model import Flux, Origin, Question, at_frequency
from .names import same_source

__all__ = ["FILE", "NEAR_DAYS", "FluxBook"]

FILE = "fluxes.json"
#: How far a date may be from the one asked for, days: as long as the catalogue itself counts as fresh.
NEAR_DAYS = 14
_SCHEMA = 1
_TODO = "Mend it, or take it back from the history: git checkout .casapilot/fluxes.json"
_TEXTS = ("name", "clarification", "catalogue_name", "version", "url", "asked_at", "source")
_WHOLE = ("measurements", "status")
_YES_OR_NO = ("two_bands", "bracketed")

_Key = tuple[str, date, int]


class FluxBook:
    """Flux densities known in a MOUS.

    Parameters
    ----------
    path : Path or None
        The file; read when it is there. None: nothing is kept.

    Raises
    ------
    MousError
        It cannot be read, or something in it cannot be.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._answers: dict[_Key, Flux] = {}
        self._given: dict[_Key, Flux] = {}
        self._new: list[Flux] = []
        for flux in _read(path) if path else ():
            self._side(flux)[_key(flux)] = flux

    @property
    def answers(self) -> tuple[Flux, ...]:
        """What the catalogue answered."""
        return tuple(self._answers.values())

    @property
    def given(self) -> tuple[Flux, ...]:
        """What people gave."""
        return tuple(self._given.values())

    @property
    def is_changed(self) -> bool:
        """Whether there is something to save."""
        return bool(self._new)

    @property
    def news(self) -> tuple[Flux, ...]:
        """What is not saved yet."""
        return tuple(self._new)

    def put(self, flux: Flux) -> Flux | None:
        """Keep a flux density; the one for the same source, day and frequency that it replaces."""
        side, key = self._side(flux), _key(flux)
        old = side.get(key)
        side[key] = flux
        self._new.append(flux)
        return old

    def answer(self, question: Question) -> Flux | None:
        """What the catalogue answered to this very question."""
        return self._answers.get(_key(question))

    def near(self, question: Question, origin: Origin = Origin.CATALOGUE) -> Flux | None:
        """The nearest in date, then in frequency, within `NEAR_DAYS`, carried over to the frequency asked.

        Its date stays its own.
        """
        side = self._answers if origin is Origin.CATALOGUE else self._given
        found = [flux for flux in side.values() if _days(flux, question) <= NEAR_DAYS]
        found = [flux for flux in found if same_source(flux.name, question.name)]
        if not found:
            return None

        def distance(flux: Flux) -> tuple[int, float, str]:
            off = abs(math.log(flux.frequency_hz / question.frequency_hz))
            return _days(flux, question), off, flux.asked_at

        return at_frequency(min(found, key=distance), question.frequency_hz)

    def save(self) -> None:
        """Write what is new, beside what others have written meanwhile; whole or not at all."""
        if not self._new or self.path is None:
            return
        for flux in _read(self.path):
            self._side(flux).setdefault(_key(flux), flux)
        data = {
            "schema": _SCHEMA,
            "answers": [_data(flux) for _, flux in sorted(self._answers.items())],
            "given": [_data(flux) for _, flux in sorted(self._given.items())],
        }
        _write_whole(self.path, json.dumps(data, indent=1) + "\n")
        self._new.clear()

    def _side(self, flux: Flux) -> dict[_Key, Flux]:
        return self._given if flux.origin is Origin.GIVEN else self._answers


def _key(asked: Flux | Question) -> _Key:
    """Frequencies to 1 kHz: the same spw is the same question, however its centre was computed."""
    return asked.name.upper(), asked.date, round(asked.frequency_hz / 1e3)


def _days(flux: Flux, question: Question) -> int:
    return abs((flux.date - question.date).days)


def _data(flux: Flux) -> dict[str, Any]:
    """What there is to say of it; what is not known is left out."""
    data = {name: value for name, value in asdict(flux).items() if value not in (None, "")}
    return {**data, "date": flux.date.isoformat(), "origin": flux.origin.value}


def _read(path: Path) -> Iterable[Flux]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, RecursionError) as error:
        raise MousError(f"cannot be read: {error}", str(path), _TODO) from error
    try:
        if data["schema"] != _SCHEMA:
            raise ValueError(f"schema {data['schema']!r} is not known to this casapilot")
        answers = [_flux(each, Origin.CATALOGUE) for each in data["answers"]]
        return (*answers, *(_flux(each, Origin.GIVEN) for each in data["given"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise MousError(f"holds something wrong: {error!r}", str(path), _TODO) from error


def _flux(data: Mapping[str, Any], origin: Origin) -> Flux:
    known = {field.name for field in fields(Flux)}
    strange = sorted(set(data) - known)
    if strange or Origin(data["origin"]) is not origin:
        raise ValueError(f"{strange or data['origin']} among {origin.value} values")
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name == "date":
            values[name] = date.fromisoformat(value)
        elif name == "origin":
            values[name] = origin
        else:
            values[name] = _checked(name, value)
    flux = Flux(**values)
    fits = flux.jy > 0 and 1e9 <= flux.frequency_hz <= 2e12 and abs(flux.spectral_index or 0) <= 10
    if not (fits and (flux.error_jy or 0) >= 0 and (flux.spectral_index_error or 0) >= 0):
        raise ValueError(f"{flux.name} has {flux.jy} Jy at {flux.frequency_hz} Hz")
    return flux


def _checked(name: str, value: Any) -> Any:
    wanted: type | tuple[type, ...] = (int, float)
    if name in _TEXTS:
        wanted = str
    elif name in _YES_OR_NO:
        wanted = bool
    elif name in _WHOLE:
        wanted = int
    is_bool = isinstance(value, bool) and name not in _YES_OR_NO
    if not isinstance(value, wanted) or is_bool or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{name} = {value!r}")
    return value


def _write_whole(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        todo = "It is as it was. Make room, or ask for access."
        raise MousError(f"cannot be written: {error.strerror}", str(path), todo) from error
