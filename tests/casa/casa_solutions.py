"""Solutions in memory, as a caltable has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from casapilot.steps.casa.caltable import Block, CalTable

ANTENNAS = ["DA41", "DA42", "DV03", "DV04", "DV05", "DV06", "DV07", "PM01"]
START_S = 4.97e9


def block(values: Any, scans: Any = (1,), **more: Any) -> Block:
    """Solutions of (pol, channel, scan, antenna), scans five minutes apart, in the order of a caltable."""
    values = np.asarray(values)
    pols, channels, n_scans, n_antennas = values.shape
    rows = n_scans * n_antennas
    fields: dict[str, Any] = {
        "spw": 17,
        "values": values.reshape(pols, channels, rows),
        "flags": np.zeros((pols, channels, rows), bool),
        "antenna": np.tile(np.arange(n_antennas), n_scans),
        "scan": np.repeat(np.asarray(scans), n_antennas),
        "field": np.zeros(rows, int),
        "time_s": np.repeat(START_S + 300.0 * np.arange(n_scans), n_antennas),
        "snr": np.full((pols, channels, rows), 200.0),
        "reference": np.zeros(rows, int),
    }
    return Block(**{**fields, **more})


def table(
    *blocks: Block, kind: str = "G Jones", ms: str = "", antennas: Sequence[str] = ANTENNAS
) -> CalTable:
    """A caltable of some blocks."""
    pols = ["X", "Y"] if blocks[0].values.shape[0] == 2 else [""]
    return CalTable("x", kind, list(antennas), ms, pols, list(blocks))


def joined(*blocks: Block) -> Block:
    """Blocks of one spw and several fields as one."""
    arrays = ("values", "flags", "antenna", "scan", "field", "time_s", "snr", "reference")
    return blocks[0]._replace(
        **{name: np.concatenate([getattr(each, name) for each in blocks], axis=-1) for name in arrays}
    )
