"""The correction of the phases by the water vapour radiometers."""

from __future__ import annotations

from dataclasses import dataclass

from .metadata import Metadata
from .roles import Roles

__all__ = ["WvrPlan", "plan_wvr"]

#: Length of an integration of the radiometers, s.
RADIOMETER_S = 1.152


@dataclass(frozen=True, slots=True)
class WvrPlan:
    """The arguments of wvrgcal."""

    spws: tuple[int, ...]
    smooth_s: float | None
    """Averaging time; None when an integration is not longer than the radiometers'."""
    tie: tuple[str, ...]
    """Sources that get one retrieval: "target,phase calibrator"."""
    statsource: str
    why: str


def plan_wvr(metadata: Metadata, roles: Roles) -> WvrPlan | None:
    """Plan wvrgcal; None where there are no radiometers (the 7m array has none).

    Notes
    -----
    The corrections are averaged over an integration of the data when that is longer than one of the
    radiometers, 1.152 s. A target and its phase calibrator are tied: an own retrieval for each would put a
    phase step between them.
    """
    if not metadata.radiometers or metadata.array != "12m":
        return None
    science = tuple(each.number for each in metadata.science)
    integration = max((metadata.integration_s(number) for number in science), default=0.0)
    radiometer = metadata.wvr_integration_s or RADIOMETER_S
    smooth = integration if integration > radiometer + 1e-6 else None
    ties: dict[int, list[str]] = {}
    for group in roles.groups:
        ties.setdefault(group.phase, []).append(group.source)
    why = f"Integrations of the data: {integration:.4g} s, of the radiometers: {radiometer:.4g} s"
    why += ", so the corrections are averaged." if smooth else ", so nothing is averaged."
    first = next(iter((*roles.targets, *roles.groups)), None)
    return WvrPlan(
        spws=science,
        smooth_s=smooth,
        tie=tuple(",".join([*sources, metadata.name(phase)]) for phase, sources in ties.items()),
        statsource=first.source if first else metadata.name(roles.bandpass),
        why=why,
    )
