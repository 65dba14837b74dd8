"""The small MS with Tsys, antenna positions and a WVR table: ``python casa_known.py FOLDER``."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np
from casa_small_ms import ANTENNAS, make_ms

MS = "x.ms"
SECONDS = {"QuantumUnits": np.array(["s"])}
UTC = {**SECONDS, "MEASINFO": {"type": "epoch", "Ref": "UTC"}}
#: Column of SYSCAL -> type, dimensions, keywords.
COLUMNS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "ANTENNA_ID": ("int", 0, {}),
    "FEED_ID": ("int", 0, {}),
    "SPECTRAL_WINDOW_ID": ("int", 0, {}),
    "TIME": ("double", 0, UTC),
    "INTERVAL": ("double", 0, SECONDS),
    "TSYS_SPECTRUM": ("float", 2, {"QuantumUnits": np.array(["K"])}),
}


def main(folder: str) -> None:
    from casapilot.steps.casa import config

    config.configure()
    config.import_tools()
    config.import_tasks()
    os.chdir(folder)
    make_ms(MS)
    _syscal()
    from casatasks import applycal, gencal

    gencal(vis=MS, caltable=f"{MS}.tsys", caltype="tsys")
    gencal(vis=MS, caltable=f"{MS}.antpos", caltype="antpos", antenna="DV03", parameter=[0.001, 0.0, 0.0])
    gencal(vis=MS, caltable=f"{MS}.wvr", caltype="ph", parameter=[0.0])
    applycal(
        vis=MS,
        field="1",
        spw="0",
        gaintable=[f"{MS}.tsys", f"{MS}.antpos"],
        gainfield=["0", ""],
        spwmap=[[0, 0], []],
        flagbackup=False,
    )


def _syscal() -> None:
    """Tsys in spw 0 of the first scans of the bandpass calibrator and the target; DV05 has too much in X."""
    import casatools

    tb = casatools.table()
    tb.open(MS)
    times = [float(tb.query(f"SCAN_NUMBER=={scan}").getcol("TIME").mean()) for scan in (1, 3)]
    tb.close()
    own = {"option": 0, "maxlen": 0, "comment": "", "dataManagerType": "", "dataManagerGroup": ""}
    described = {
        name: {**own, "valueType": kind, "keywords": words, **({"ndim": ndim} if ndim else {})}
        for name, (kind, ndim, words) in COLUMNS.items()
    }
    tb.create(f"{MS}/SYSCAL", described)
    count = len(ANTENNAS)
    tb.addrows(2 * count)
    tb.putcol("ANTENNA_ID", np.tile(np.arange(count), 2))
    for name in ("FEED_ID", "SPECTRAL_WINDOW_ID"):
        tb.putcol(name, np.zeros(2 * count, int))
    tb.putcol("TIME", np.repeat(times, count))
    tb.putcol("INTERVAL", np.full(2 * count, 10.0))
    kelvin = np.full((2, 32, 2 * count), 90.0)
    kelvin[0, :, count + 4] *= 4.0
    tb.putcol("TSYS_SPECTRUM", kelvin)
    tb.close()
    tb.open(MS, nomodify=False)
    tb.putkeyword("SYSCAL", f"Table: {os.path.abspath(MS)}/SYSCAL")
    tb.close()


if __name__ == "__main__":
    main(sys.argv[1])
