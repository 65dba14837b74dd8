"""Observations that are not calibrated in the usual way: bandwidth switching, band to band, total power."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..asdm import Window
from ..errors import AsdmError
from .metadata import Metadata

__all__ = ["Mode", "ModeFound", "find_mode"]

#: Highest over lowest frequency above which two sets of spws are in different bands (as ALMA's generator).
BAND_RATIO = 1.662
#: Bandwidth of the reference over that of the signal from which it is bandwidth switching (likewise).
BANDWIDTH_RATIO = 1.5


class Mode(str, Enum):
    """How the gains of the target's spws are obtained."""

    STANDARD = "standard"
    BWSW = "BWSW"
    B2B = "B2B"


@dataclass(frozen=True, slots=True)
class ModeFound:
    """The mode, with the spws of the target (signal) and those that gains come from (reference)."""

    mode: Mode
    signal: tuple[int, ...]
    reference: tuple[int, ...]
    why: str = ""


def find_mode(metadata: Metadata) -> ModeFound:
    """Recognise bandwidth switching and band to band; refuse total power.

    Raises
    ------
    AsdmError
        Only total-power antennas, or no spw of the correlator was observed on a target or calibrator.
    """
    if metadata.antennas and metadata.array == "TP":
        raise AsdmError(
            "total-power data: they have a calibration of their own, which is not written here",
            metadata.block.uid,
            "Take the script of the ALMA pipeline or of almaqa2csg (step='SDcalibLine').",
        )
    if not metadata.science:
        raise AsdmError(
            "has no spw of the correlator that was observed on a target or a calibrator",
            metadata.block.uid,
            "Look at its intents and spws (listobs), or stage it anew.",
        )
    signal = metadata.windows_with("OBSERVE_TARGET")
    reference = tuple(each for each in metadata.science if each not in signal)
    if not (signal and reference):
        return ModeFound(Mode.STANDARD, tuple(each.number for each in metadata.science), ())
    return _which(signal, reference)


def _which(signal: tuple[Window, ...], reference: tuple[Window, ...]) -> ModeFound:
    centres = [each.centre_hz for each in (*signal, *reference)]
    numbers = tuple(each.number for each in signal), tuple(each.number for each in reference)
    ratio = max(centres) / min(centres)
    if ratio > BAND_RATIO:
        return ModeFound(Mode.B2B, *numbers, f"highest over lowest frequency: {ratio:.2f}")
    widths = [sum(each.bandwidth_hz for each in group) for group in (signal, reference)]
    if widths[1] > BANDWIDTH_RATIO * widths[0]:
        return ModeFound(
            Mode.BWSW, *numbers, f"bandwidth of reference over signal: {widths[1] / widths[0]:.1f}"
        )
    return ModeFound(Mode.STANDARD, tuple(sorted((*numbers[0], *numbers[1]))), ())
