"""The facts of the data that an item's `when` may ask for (a closed list)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .model import Fact

__all__ = ["FACTS", "FactKind", "holds"]


@dataclass(frozen=True, slots=True)
class FactKind:
    """What a fact is."""

    type: type[str] | type[int] | type[bool]
    text: str
    choices: tuple[str, ...] = ()
    """The values it can have, where they are few."""


#: Name -> fact. A fact nobody has found out yet is simply absent from the facts of a MOUS.
FACTS = {
    "telescope": FactKind(str, "Telescope, as the MS names it: ALMA, VLA, EVLA"),
    "array": FactKind(str, "ALMA array", ("12m", "7m", "TP")),
    "band": FactKind(int, "ALMA receiver band"),
    "n_ebs": FactKind(int, "Number of execution blocks"),
    "n_antennas": FactKind(int, "Number of antennas"),
    "n_spws": FactKind(int, "Number of science spectral windows"),
    "n_sources": FactKind(int, "Number of science sources"),
    "polarisations": FactKind(int, "Number of correlations: 1, 2 or 4"),
    "mosaic": FactKind(bool, "Whether a science source has more than one pointing"),
    "spectral_line": FactKind(bool, "Whether there is a line to image"),
    "bandwidth_switching": FactKind(bool, "Whether gains come from wider windows than the target's"),
    "band_to_band": FactKind(bool, "Whether gains come from another receiver band"),
    "full_polarisation": FactKind(bool, "Whether the polarisation was calibrated"),
    "has_autocorrelations": FactKind(bool, "Whether the MS holds autocorrelations"),
    "has_ephemeris": FactKind(bool, "Whether a source moves"),
    "has_online_flags": FactKind(bool, "Whether the observatory's flags came with the data"),
    "has_tsys": FactKind(bool, "Whether system temperatures were measured"),
    "has_wvr": FactKind(bool, "Whether there are water vapour radiometers"),
}


def holds(facts: Mapping[str, object], when: Sequence[Fact]) -> tuple[bool | None, str]:
    """Whether all of `when` holds, and why not.

    Parameters
    ----------
    facts : mapping
        Name of a fact -> its value; what is not known is absent.
    when : sequence of Fact
        The conditions of an item.

    Returns
    -------
    tuple
        True and ""; False and the fact against it ("telescope is VLA"); None and what is not known.
        An item of which it is not known whether it applies does apply, and says so.
    """
    unknown = ""
    for each in when:
        answer, reason = _holds(facts.get(each.fact), each)
        if answer is False:
            return False, reason
        unknown = unknown or reason
    return (None, unknown) if unknown else (True, "")


def _holds(value: object, condition: Fact) -> tuple[bool | None, str]:
    name = condition.fact
    if value is None:
        return None, f"{name} is not known"
    if not _is_a(value, FACTS[name].type if name in FACTS else object):
        return None, f"{name} is not known: {value!r} is not a value it can have"
    if condition.equals is not None and value != condition.equals:
        return False, f"{name} is {_say(value)}"
    if isinstance(value, int | float):
        low, high = condition.at_least, condition.at_most
        if (low is not None and value < low) or (high is not None and value > high):
            return False, f"{name} is {_say(value)}"
    return True, ""


def _is_a(value: object, kind: type) -> bool:
    return isinstance(value, kind) and (kind is not int or not isinstance(value, bool))


def _say(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
