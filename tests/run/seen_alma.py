"""What the calibrated data say of some sources, read in a CASA: ``python seen_alma.py MS ANTENNA SOURCE...``.

A JSON list of {"source", "spw", "jy", "degrees" (rms phase of an antenna in a scan), "kept" (unflagged data
of ANTENNA against those of the others)}.
"""

import json
import sys

import casadata
from casaconfig import config

config.measurespath, config.datapath = casadata.datapath, [casadata.datapath]
config.measures_auto_update = config.data_auto_update = False
config.casaconfig_verbose, config.logfile = 0, "/dev/null"

import numpy as np  # noqa: E402
from casatools import table  # noqa: E402

COLUMNS = ("DATA", "FLAG", "WEIGHT", "ANTENNA1", "ANTENNA2", "SCAN_NUMBER")


def column(path: str, name: str) -> list:
    tb = table()
    tb.open(path)
    values = list(tb.getcol(name))
    tb.close()
    return values


def seen(ms: str, field: int, description: int, antenna: int) -> dict[str, float]:
    tb = table()
    tb.open(ms)
    rows = tb.query(f"FIELD_ID=={field} && DATA_DESC_ID=={description} && ANTENNA1!=ANTENNA2")
    data, flags, weights, one, two, scans = (rows.getcol(name) for name in COLUMNS)
    rows.close()
    tb.close()
    weights = weights[:, None, :] * ~flags
    turned = []
    for who in set(one) | set(two):
        for scan in set(scans):
            mine = (scans == scan) & ((one == who) | (two == who))
            parts = np.where(one[mine] == who, data[..., mine], data[..., mine].conj())
            if weights[..., mine].any():
                turned.append(np.angle((parts * weights[..., mine]).sum(), deg=True))
    its = (one == antenna) | (two == antenna)
    return {
        "jy": float(abs((data * weights).sum() / weights.sum())),
        "degrees": float(np.sqrt(np.mean(np.square(turned)))),
        "kept": float((~flags[..., its]).mean() / (~flags[..., ~its]).mean()),
    }


def main(ms: str, antenna: str, *sources: str) -> None:
    fields, antennas = column(f"{ms}/FIELD", "NAME"), column(f"{ms}/ANTENNA", "NAME")
    spws, used = column(f"{ms}/DATA_DESCRIPTION", "SPECTRAL_WINDOW_ID"), set(column(ms, "DATA_DESC_ID"))
    print(
        json.dumps(
            [
                {"source": source, "spw": int(spws[each])}
                | seen(ms, fields.index(source), each, antennas.index(antenna))
                for source in sources
                for each in sorted(map(int, used))
            ]
        )
    )


main(*sys.argv[1:])
