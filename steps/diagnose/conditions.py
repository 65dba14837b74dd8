"""Conditions that tell causes apart which show in the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .model import Severity
from .symptoms import Symptom

__all__ = ["CONDITIONS", "Scope", "holds"]

MARGINAL = 1.25
"""A single number that is beyond its limit by less than this factor is marginal."""

OFTEN = 3
"""In so many scans it is no single event."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the execution block has, as far as it is known."""

    antennas: int = 0
    """How many; 0 where nobody knows."""
    spws: int = 0
    """How many science spws; so for the polarisations."""
    pols: int = 2

    def is_many(self, antennas: int) -> bool:
        """Whether so many antennas are most of the array: then it is no matter of antennas."""
        return antennas >= 3 and 2 * antennas > self.antennas > 0


def holds(names: Sequence[str], symptoms: Sequence[Symptom], scope: Scope) -> bool:
    """Whether all conditions of these names hold for what shows a cause."""
    return all(CONDITIONS[name](symptoms, scope) for name in names)


def _pols(symptoms: Sequence[Symptom]) -> set[str]:
    return {pol for each in symptoms for pol in each.pols}


def _one_pol(symptoms: Sequence[Symptom], scope: Scope) -> bool:
    return len(_pols(symptoms)) == 1


def _both_pols(symptoms: Sequence[Symptom], scope: Scope) -> bool:
    return len(_pols(symptoms)) != 1


def _one_spw(symptoms: Sequence[Symptom], scope: Scope) -> bool:
    spws = {spw for each in symptoms for spw in each.spws}
    return bool(spws) and len(spws) < scope.spws


def _all_spws(symptoms: Sequence[Symptom], scope: Scope) -> bool:
    return not _one_spw(symptoms, scope)


def _beyond(symptoms: Sequence[Symptom], scope: Scope) -> bool:
    return any(each.level is not Severity.NOTE for each in symptoms)


def _often(symptoms: Sequence[Symptom], scope: Scope) -> bool:
    return len({scan for each in symptoms for scan in each.scans}) >= OFTEN


def _low(symptoms: Sequence[Symptom], scope: Scope) -> bool:
    return "low by" in symptoms[0].who


def _or_air(symptoms: Sequence[Symptom], scope: Scope) -> bool:
    return all("or the air" in each.who for each in symptoms)


def _narrow(symptoms: Sequence[Symptom], scope: Scope) -> bool:
    return any(each.metric in ("window_snr_ratio", "narrow_window_snr") for each in symptoms)


#: Name -> whether it holds of the numbers that show a cause at one place, the worst first.
CONDITIONS: dict[str, Callable[[Sequence[Symptom], Scope], bool]] = {
    "one-pol": _one_pol,
    "both-pols": _both_pols,
    "one-spw": _one_spw,
    "all-spws": _all_spws,
    "beyond": _beyond,
    "low": _low,
    "often": _often,
    "narrow": _narrow,
    "or-air": _or_air,
}
