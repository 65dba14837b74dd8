"""What the intents of a scan say: an OBS_MODE as it stands in an MS, taken apart."""

from __future__ import annotations

from typing import List

__all__ = ["NO_SOURCE", "intents_of", "is_calibrator", "kinds_of", "on_source"]

#: Scans with these intents have no source of known shape, or none at all.
NO_SOURCE = ("ATMOSPHERE", "POINTING", "SIDEBAND_RATIO", "FOCUS", "WVR")
_CALIBRATE, _OBSERVE = "CALIBRATE_", "OBSERVE_"


def intents_of(modes: str) -> List[str]:
    """Return CALIBRATE_PHASE, CALIBRATE_WVR of "CALIBRATE_PHASE#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE"."""
    found = [part.partition("#")[0] for part in modes.replace(" ", "").split(",")]
    return list(dict.fromkeys(each for each in found if each))


def kinds_of(modes: str) -> List[str]:
    """Return the same without CALIBRATE and OBSERVE: PHASE, WVR."""
    short = [each.replace(_CALIBRATE, "").replace(_OBSERVE, "") for each in intents_of(modes)]
    return list(dict.fromkeys(short))


def is_calibrator(modes: str) -> bool:
    """Whether an OBS_MODE is that of a scan on a calibrator: a point source, brighter than the noise."""
    return any(
        each.startswith(_CALIBRATE) and each[len(_CALIBRATE) :] not in NO_SOURCE for each in intents_of(modes)
    )


def on_source(modes: str) -> bool:
    """Whether an OBS_MODE is of a scan whose data are wanted: no pointing, focus, atmosphere, sidebands.

    A scan without any intent may be one.
    """
    kinds = kinds_of(modes)
    return not kinds or any(kind not in NO_SOURCE for kind in kinds)
