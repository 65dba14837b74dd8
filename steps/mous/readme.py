"""README.header.txt, the header that goes with a delivery; its fields are those of ALMA's packages."""

from __future__ import annotations

from .goal import array_of
from .mous import Mous
from .quantities import say_flux, say_frequency

__all__ = ["readme"]


def readme(mous: Mous, pi: str = "") -> str:
    """Fill in what is known; the rest is the reducer's.

    Parameters
    ----------
    pi : str
        Name of the PI, where it is known.
    """
    fields = {
        "Project code": mous.project,
        "Project title": mous.title,
        "PI name": pi,
        "Member OUS": mous.uid,
        "SB name": mous.sb,
        "Execution blocks": ", ".join(eb.uid for eb in mous.ebs),
        "Configuration": array_of(mous.sb) or str(mous.facts.get("array", "")),
        "Proposed rms": _rms(mous),
        "Proposed beam": _beam(mous),
        "CASA version used for reduction": "",
        "Reducer": mous.reducer,
    }
    lines = [f"{name}: {value}".rstrip() for name, value in fields.items()]
    lines += ["", "Comments from reducer", "  Calibration:", "  Flagging:", "  Imaging:"]
    lines += ["  Requested and achieved rms and resolution:"]
    if mous.goal is not None and mous.goal.caution:
        lines.append(f"  ({mous.goal.caution})")
    return "\n".join(lines) + "\n"


def _rms(mous: Mous) -> str:
    goal = mous.goal
    if goal is None or goal.rms_jy is None:
        return ""
    at = f" at {say_frequency(goal.frequency_hz)}" if goal.frequency_hz else ""
    over = f" over {say_frequency(goal.bandwidth_hz)}" if goal.bandwidth_hz else ""
    return f"{say_flux(goal.rms_jy)} per beam{at}{over}"


def _beam(mous: Mous) -> str:
    goal = mous.goal
    if goal is None or goal.beam_min_arcsec is None or goal.beam_max_arcsec is None:
        return ""
    return f"{goal.beam_min_arcsec:g} to {goal.beam_max_arcsec:g} arcsec"
