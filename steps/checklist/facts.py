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
#: Fact that is true or false -> how a person says that it is, and that it is not.
_SAID = {
    "mosaic": ("a science source has several pointings", "each science source has one pointing"),
    "spectral_line": ("there is a line to image", "there is no line to image"),
    "bandwidth_switching": (
        "gains come from wider windows than the target's",
        "gains come from windows like the target's",
    ),
    "band_to_band": ("gains come from another receiver band", "gains come from the target's receiver band"),
    "full_polarisation": ("the polarisation was calibrated", "the polarisation was not calibrated"),
    "has_autocorrelations": ("the MS holds autocorrelations", "the MS holds no autocorrelations"),
    "has_ephemeris": ("a source moves", "no source moves"),
    "has_online_flags": (
        "the observatory's flags came with the data",
        "no flags of the observatory came with the data",
    ),
    "has_tsys": ("system temperatures were measured", "no system temperatures were measured"),
    "has_wvr": ("there are water vapour radiometers", "there are no water vapour radiometers"),
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
        True and ""; False and the fact against it ("the telescope is VLA"); None and what is not known.
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
        return None, _unknown(name)
    if not _is_a(value, FACTS[name].type if name in FACTS else object):
        return None, f"{_unknown(name)}: {value!r} is not a value it can have"
    if condition.equals is not None and value != condition.equals:
        return False, _say(name, value)
    if isinstance(value, int | float):
        low, high = condition.at_least, condition.at_most
        if (low is not None and value < low) or (high is not None and value > high):
            return False, _say(name, value)
    return True, ""


def _is_a(value: object, kind: type) -> bool:
    return isinstance(value, kind) and (kind is not int or not isinstance(value, bool))


def _say(name: str, value: object) -> str:
    """A fact as a person says it: "the number of execution blocks is 1"."""
    if isinstance(value, bool) and name in _SAID:
        return _SAID[name][not value]
    return f"{_subject(name)} is {value}"


def _unknown(name: str) -> str:
    if name in _SAID:
        text = FACTS[name].text
        return f"it is not known {text[0].lower()}{text[1:]}"
    return f"{_subject(name)} is not known"


def _subject(name: str) -> str:
    text = FACTS[name].text.partition(",")[0].partition(":")[0] if name in FACTS else name
    return f"the {text}" if text[:2].isupper() else f"the {text[0].lower()}{text[1:]}"
