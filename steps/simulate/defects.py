"""Defects that may be asked for by name, and what removes each of them."""

from __future__ import annotations

from typing import Dict, Tuple

__all__ = ["ALL", "CURES", "NAMES", "TYPICAL"]

#: Defect -> (step of the standard script that removes it, what to do there).
CURES: Dict[str, Tuple[str, str]] = {
    "bad-wvr": ("WVR", "wvrflag this antenna in wvrgcal"),
    "bad-tsys": ("Tsys", "flag these solutions of the Tsys table (or take another scan's)"),
    "dead-scan": ("Initial flagging", "flag the antenna in this scan"),
    "noisy-pol": ("Initial flagging", "nothing, Tsys weighs it down; flag the polarisation if it disturbs"),
    "quack": ("Initial flagging", "flag the first integration of every scan (quack)"),
    "antpos": ("antenna position", "gencal caltype antpos with antennapos.csv"),
    "edge": ("Initial flagging", "flag the channels at both edges of the windows"),
    "syscal-times": ("Fix of SYSCAL table times", "bring the times of a scan together"),
    "pointing-quasar": (
        "Application of the bandpass and gain cal tables",
        "leave it out: it has no data in .split",
    ),
    "ripple": ("Bandpass calibration", "nothing, the bandpass table holds it; look at the antenna's plot"),
    "low-snr-spw": (
        "Gain calibration",
        "solve this window with the others (combine='spw') or map them to it",
    ),
    "phase-jump": ("Initial flagging", "flag the antenna between the calibrator scans around the jump"),
    "amp-jump": ("Initial flagging", "flag the antenna between the calibrator scans around the jump"),
    "high-tsys": ("Tsys", "nothing, its weight is low; flag the antenna if it disturbs"),
    "missing-tsys": ("Application of the WVR, Tsys", "take the Tsys of the nearest source in the sky"),
    "online-flags": ("A priori flagging", "apply the online flags"),
    "shadow": ("Initial flagging", "flagdata mode shadow"),
    "field-00": ("Running fixplanets on fields with 0,0 coordinates", "fixplanets on this field"),
    "bwsw": ("Gain calibration", "bandwidth switching: offset between the setups from DIFFGAIN scans"),
}
NAMES = tuple(CURES)
#: What any real execution block has.
TYPICAL = ("bad-wvr", "bad-tsys", "quack", "antpos", "edge", "syscal-times", "online-flags")
#: All that leave a data set which the standard script calibrates; bandwidth switching has to be asked for.
ALL = tuple(name for name in NAMES if name != "bwsw")
