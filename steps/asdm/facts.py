"""What an ASDM tells of the facts that a checklist may ask for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .model import Antenna, Field, Scan, Window

if TYPE_CHECKING:
    from .asdm import Asdm

__all__ = ["facts_of"]

#: Intents that transfer gains from other windows or another band to the target's.
TRANSFER = ("CALIBRATE_DIFFGAIN", "DIFF_GAIN")


def facts_of(asdm: Asdm) -> dict[str, object]:
    """Name of a fact (steps/checklist/facts.py) -> its value; what the ASDM does not tell is absent."""
    science, targets = asdm.science_windows, asdm.fields_with("OBSERVE_TARGET")
    facts: dict[str, object] = {
        "telescope": asdm.exec_block.telescope or "ALMA",
        "array": _array(asdm),
        "n_antennas": len(asdm.antennas),
        "n_spws": len(science),
        "has_ephemeris": any(each.moves for each in _observed(asdm)),
        "has_online_flags": asdm.n_online_flags > 0,
        "has_tsys": asdm.n_tsys > 0,
        "has_wvr": bool(asdm.wvr_windows),
        **_of_science(asdm, science),
    }
    if targets:
        facts["n_sources"] = len({_source(each) for each in targets})
        facts["mosaic"] = len({_source(each) for each in targets}) < len(targets)
    return facts


def _of_science(asdm: Asdm, science: tuple[Window, ...]) -> dict[str, object]:
    if not science:
        return {}
    facts: dict[str, object] = {
        "polarisations": max(len(each.products) for each in science),
        "full_polarisation": bool(asdm.scans_with("CALIBRATE_POLARIZATION")),
    }
    bands = {each.band for each in science if each.band}
    if bands:
        facts["band"] = min(bands)
    used = {each.number for each in science}
    configs = [each for each in asdm.configs.values() if used & set(each.windows)]
    if configs:
        facts["has_autocorrelations"] = any("AUTO" in each.correlations for each in configs)
    return {**facts, **_transfer(asdm, science)}


def _transfer(asdm: Asdm, science: tuple[Window, ...]) -> dict[str, object]:
    """Whether gains come from other windows than the target's, of the same band or of another."""
    phase = asdm.windows_with("CALIBRATE_PHASE")
    if not phase or not asdm.scans_with("OBSERVE_TARGET"):
        return {}
    other_band = not {each.band for each in science} & {each.band for each in phase}
    covered = {each.number for each in science} <= {each.number for each in phase}
    difference = any(asdm.scans_with(intent) for intent in TRANSFER)
    return {
        "band_to_band": other_band,
        "bandwidth_switching": not other_band and (not covered or difference),
    }


def _array(asdm: Asdm) -> str:
    """12m, 7m or TP. The 7m array may have a few 12 m antennas of the ACA in it."""
    seven = sum(each.is_seven_metre for each in asdm.antennas)
    if 2 * seven >= len(asdm.antennas) > 0:
        return "7m"
    alone = {each.correlations for each in asdm.configs.values() if each.processor != "RADIOMETER"}
    return "TP" if alone == {"AUTO_ONLY"} and _total_power(asdm.antennas) else "12m"


def _total_power(antennas: Iterable[Antenna]) -> bool:
    return all(each.name.startswith("PM") for each in antennas)


def _observed(asdm: Asdm) -> list[Field]:
    scans: tuple[Scan, ...] = asdm.scans
    numbers = {number for scan in scans for number in scan.fields}
    return [each for each in asdm.fields if each.number in numbers]


def _source(field: Field) -> object:
    return field.source if field.source >= 0 else field.name
