"""Visibilities made up for the metrics that read them: eight antennas, two spws, three scans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from casapilot.steps.casa.ms_names import Names
from casapilot.steps.casa.sums import Spectra, Sums

ANTENNAS = ["DA41", "DA42", "DV03", "DV04", "DV05", "DV06", "DV07", "PM01"]
N_BANDS, N_HANDS = 4, 2
NAMES = Names(
    ANTENNAS,
    np.full(len(ANTENNAS), 12.0),
    ["J1", "target"],
    ["CALIBRATE_PHASE#ON_SOURCE", "OBSERVE_TARGET#ON_SOURCE"],
    ["a", "b"],
    [17, 19],
    [[0, 1], [0, 1]],
    [["XX", "YY"], ["XX", "YY"]],
)

#: gains(antenna, scan, integration, spw, hand) of each antenna.
Gains = Callable[[int, int, int, int, int], complex]


def one(antenna: int, scan: int, time: int, spw: int, hand: int) -> complex:
    """An antenna that does what it should."""
    return 1.0


def made(
    gains: Gains = one,
    *,
    noise: float | Callable[[int, int], float] = 0.05,
    scans: tuple[int, ...] = (1, 2, 3),
    n_times: int = 20,
    field: Callable[[int], int] = lambda scan: 0,
    jansky: Callable[[int, float], float] = lambda field, uv_m: 1.0,
    seed: int = 1,
) -> list[Sums]:
    """Sums of two spws: each visibility is g_i g_j* S(uv) plus noise of `noise` (of a pair) for each band."""
    rng = np.random.default_rng(seed)
    count = len(ANTENNAS)
    where = rng.uniform(0.0, 300.0, (count, 2))
    first, second = np.triu_indices(count, 1)
    uv_m = np.hypot(*(where[first] - where[second]).T)
    level = noise if callable(noise) else (lambda one, two: noise)
    sigma = np.array([level(int(i), int(j)) for i, j in zip(first, second, strict=True)])
    found = []
    for spw in (17, 19):
        rows: dict[str, list[Any]] = {name: [] for name in ("scan", "field", "state", "time", "values")}
        for scan in scans:
            for time in range(n_times):
                g = np.array([[gains(a, scan, time, spw, h) for h in range(N_HANDS)] for a in range(count)])
                sky = np.array([jansky(field(scan), float(each)) for each in uv_m])
                signal = (g[first] * g[second].conj())[:, None, :] * sky[:, None, None]
                shape = (len(first), N_BANDS, N_HANDS)
                thermal = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
                rows["values"].append(signal + thermal * sigma[:, None, None] / np.sqrt(2.0))
                for name, value in (("scan", scan), ("field", field(scan)), ("state", field(scan))):
                    rows[name].append(np.full(len(first), value))
                rows["time"].append(np.full(len(first), 1e9 + 1000.0 * scan + 6.0 * time))
        found.append(_sums(spw, rows, first, second, uv_m, sigma))
    return found


def _sums(spw: int, rows: dict[str, list[Any]], first: Any, second: Any, uv_m: Any, sigma: Any) -> Sums:
    turns = len(rows["scan"])
    columns = {name: np.concatenate(parts) for name, parts in rows.items()}
    size, channels = len(columns["scan"]), 10
    nothing = np.zeros((0, 8, N_HANDS), np.float32)
    number = np.zeros(0, int)
    sums = Sums(
        spw, ["XX", "YY"],
        columns["scan"], columns["field"], columns["state"], columns["time"],
        np.tile(first, turns), np.tile(second, turns), np.tile(uv_m, turns),
        columns["values"].astype(np.complex64),
        np.full((size, N_BANDS, N_HANDS), float(channels), np.float32),
        np.repeat(np.tile(sigma**2 * channels, turns)[:, None], N_HANDS, axis=1),
        np.full((size, N_HANDS), N_BANDS * channels),
        Spectra(number, number, number, np.arange(8.0), nothing.astype(complex), nothing, nothing, nothing),
    )  # fmt: skip
    baseline = sums.antenna1.astype(np.int64) << 32 | sums.antenna2
    return sums.where(np.lexsort((sums.time_s, baseline, sums.field, sums.scan)))


def flagged(all_sums: list[Sums], rows: Callable[[Sums], Any]) -> list[Sums]:
    """The same with some rows flagged; `rows` is given a spw and answers which."""
    found = []
    for sums in all_sums:
        gone = rows(sums)
        means, counts, good = sums.means.copy(), sums.counts.copy(), sums.good.copy()
        means[gone], counts[gone], good[gone] = np.nan, 0.0, 0
        found.append(sums._replace(means=means, counts=counts, good=good))
    return found
