"""A small ALMA-like MS of known answers: six antennas, two calibrators and a target, two spws.

It is made by casatools' simulator, and its numbers are then put in: DATA is what a point source gives
through known gains. ``python casa_small_ms.py PATH`` makes one (about a second).
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

ANTENNAS = ["DA41", "DA42", "DV03", "DV04", "DV05", "DV06"]
#: Field -> Jy, intent.
FIELDS = {
    "J1058+0133": (3.8, "CALIBRATE_BANDPASS#ON_SOURCE,CALIBRATE_FLUX#ON_SOURCE"),
    "J1037-2934": (0.9, "CALIBRATE_PHASE#ON_SOURCE"),
    "TW_Hya": (0.1, "OBSERVE_TARGET#ON_SOURCE"),
}
#: The scans, in order: the fields by number, each of so many integrations.
SCANS = ((0, 8), (1, 4), (2, 4), (1, 4), (2, 4), (1, 4))
SPWS = (
    ("ALMA_RB_06#BB_1#SW-01#FULL_RES", 230.0, 32, 4.0),
    ("ALMA_RB_06#BB_2#SW-01#FULL_RES", 232.0, 16, 31.25),
)
INTEGRATION_S = 6.0
RADIUS_M = 120.0


def make_ms(path: str, *, noise_jy: float = 0.02, seed: int = 1) -> None:
    """Make the MS at `path`."""
    from casatools import simulator

    sm = simulator()
    sm.open(path)
    _set(sm)
    begin = 0.0
    for field, integrations in SCANS:
        name = list(FIELDS)[field]
        for spw, *_ in SPWS:
            sm.observe(
                name,
                spw,
                starttime=f"{begin}s",
                stoptime=f"{begin + integrations * INTEGRATION_S}s",
                state_obs_mode=FIELDS[name][1],
                state_sub_scan=1,
            )
        begin += integrations * INTEGRATION_S + 60.0
    sm.close()
    _finish(path, noise_jy, seed)


def _set(sm: Any) -> None:
    from casatools import measures, quanta

    me, qa = measures(), quanta()
    angles = 2.0 * np.pi * np.arange(len(ANTENNAS)) / len(ANTENNAS) + 0.3
    radii = RADIUS_M * (0.4 + 0.12 * np.arange(len(ANTENNAS)))
    sm.setconfig(
        telescopename="ALMA",
        x=list(radii * np.cos(angles)),
        y=list(radii * np.sin(angles)),
        z=[0.0] * len(ANTENNAS),
        dishdiameter=[12.0] * len(ANTENNAS),
        mount=["alt-az"] * len(ANTENNAS),
        antname=ANTENNAS,
        padname=[f"A{n:03d}" for n in range(len(ANTENNAS))],
        coordsystem="local",
        referencelocation=me.observatory("ALMA"),
    )
    for name, ghz, channels, mhz in SPWS:
        sm.setspwindow(
            spwname=name, freq=f"{ghz}GHz", deltafreq=f"{mhz}MHz", freqresolution=f"{mhz}MHz", 
            nchannels=channels, stokes="XX YY",
        )  # fmt: skip
    sm.setfeed("perfect X Y")
    for number, name in enumerate(FIELDS):
        sm.setfield(name, me.direction("J2000", f"10h{30 + 5 * number}m00s", "-25d00m00s"))
    sm.setlimits(shadowlimit=0.001, elevationlimit="5deg")
    sm.setauto(0.0)
    epoch = me.epoch("UTC", qa.quantity("2016/06/12/22:00:00"))
    sm.settimes(integrationtime=f"{INTEGRATION_S}s", usehourangle=False, referencetime=epoch)


def gains(rng: np.random.Generator, scan: int) -> np.ndarray[Any, Any]:
    """Gains of (pol, antenna) in a scan: 3 % of amplitude, phases that drift by 10 degrees a scan."""
    amplitude = 1.0 + 0.03 * rng.standard_normal((2, len(ANTENNAS)))
    drift = np.deg2rad(10.0 * scan) * np.linspace(-1.0, 1.0, len(ANTENNAS))
    return amplitude * np.exp(1j * (drift + np.linspace(0.0, 2.0, len(ANTENNAS))))


def _finish(path: str, noise_jy: float, seed: int) -> None:
    from casatools import table

    rng = np.random.default_rng(seed)
    tb = table()
    tb.open(path, nomodify=False)
    tb.removecols([name for name in ("MODEL_DATA", "CORRECTED_DATA") if name in tb.colnames()])
    pieces = tb.getcol("SCAN_NUMBER")
    scans = (pieces - pieces.min()) // len(SPWS) + 1
    tb.putcol("SCAN_NUMBER", scans)
    drawn = {scan: gains(rng, scan) for scan in np.unique(scans).tolist()}
    for ddid, (_, _, channels, _) in enumerate(SPWS):
        part = tb.query(f"DATA_DESC_ID=={ddid}")
        one, two, scan, field = (part.getcol(n) for n in ("ANTENNA1", "ANTENNA2", "SCAN_NUMBER", "FIELD_ID"))
        ripple = 1.0 + 0.05 * np.sin(np.arange(channels) / 5.0)
        flux = np.array([jy for jy, _ in FIELDS.values()])[field]
        gain = np.stack(
            [drawn[s][:, i] * drawn[s][:, j].conj() for s, i, j in zip(scan, one, two, strict=True)], 1
        )
        data = ripple[None, :, None] ** 2 * (flux * gain)[:, None, :]
        noise = rng.standard_normal((2, *data.shape)) * noise_jy
        part.putcol("DATA", data + noise[0] + 1j * noise[1])
        part.putcol("FLAG", np.zeros(data.shape, bool))
        part.close()
    tb.putcol("FLAG_ROW", np.zeros(tb.nrows(), bool))
    tb.putcol("WEIGHT", np.ones((2, tb.nrows())))
    tb.putcol("SIGMA", np.ones((2, tb.nrows())))
    tb.close()


if __name__ == "__main__":
    from casapilot.steps.casa import config

    config.configure()
    config.import_tools()
    make_ms(sys.argv[1])
