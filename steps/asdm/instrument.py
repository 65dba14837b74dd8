"""Antennas and spectral windows of an ASDM."""

from __future__ import annotations

import math
import re

from .model import Antenna, Window, WindowKind
from .row import Row
from .tables import Tables

__all__ = ["read_antennas", "read_windows"]

#: Receiver bands of ALMA: first and last frequency, GHz (ALMA Technical Handbook, Cycle 10, table 4.1).
BANDS_GHZ = {
    1: (35, 50),
    2: (67, 84),
    3: (84, 116),
    4: (125, 163),
    5: (163, 211),
    6: (211, 275),
    7: (275, 373),
    8: (385, 500),
    9: (602, 720),
    10: (787, 950),
}
BAND_IN_NAME = re.compile(r"ALMA_RB_(\d\d)")
#: No more products of channels and polarisations in a TDM window of the 64-input correlator.
TDM_PRODUCTS = 256
#: And none narrower, Hz (2 GHz in 256 channels).
TDM_WIDTH_HZ = 7.8e6


def read_antennas(tables: Tables) -> tuple[Antenna, ...]:
    """The antennas, by number."""
    stations = {row.tag("stationId"): row for row in tables.rows("Station")}
    found = [_antenna(row, stations.get(row.tag("stationId"))) for row in tables.rows("Antenna")]
    return tuple(sorted(found, key=lambda each: each.number))


def _antenna(row: Row, station: Row | None) -> Antenna:
    pad = station.text("name") if station else ""
    origin = _three(station.reals("position") if station else ())
    return Antenna(
        number=row.tag("antennaId"),
        name=row.text("name"),
        pad=pad,
        position_m=_beside(origin, _three(row.reals("position"))),
        diameter_m=row.real("dishDiameter"),
    )


def _three(values: tuple[float, ...]) -> tuple[float, float, float]:
    return (values[0], values[1], values[2]) if len(values) == 3 else (0.0, 0.0, 0.0)


def _beside(
    origin: tuple[float, float, float], local: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Where something is that stands `local` (east, north, up) from a place, ITRF.

    Up is away from the centre of the Earth, as importasdm has it, not the vertical of the ellipsoid.
    """
    x, y, z = origin
    if not any(local) or not any(origin):
        return origin
    east, north, up = local
    longitude, latitude = math.atan2(y, x), math.atan2(z, math.hypot(x, y))
    sin_lon, cos_lon = math.sin(longitude), math.cos(longitude)
    sin_lat, cos_lat = math.sin(latitude), math.cos(latitude)
    outward = up * cos_lat - north * sin_lat
    return (
        x + outward * cos_lon - east * sin_lon,
        y + outward * sin_lon + east * cos_lon,
        z + north * cos_lat + up * sin_lat,
    )


def read_windows(tables: Tables) -> tuple[Window, ...]:
    """The spectral windows, by their number in the MS.

    Notes
    -----
    importasdm gives the MS first the windows that the DataDescription table names, then the others, each in
    the order of their numbers in the ASDM.
    """
    products = _products(tables)
    rows = sorted(tables.rows("SpectralWindow"), key=lambda row: row.tag("spectralWindowId"))
    rows.sort(key=lambda row: row.tag("spectralWindowId") not in products)
    return tuple(
        _window(number, row, products.get(row.tag("spectralWindowId"), ())) for number, row in enumerate(rows)
    )


def _products(tables: Tables) -> dict[int, tuple[str, ...]]:
    """Tag of a window with data -> its polarisation products."""
    corrs = {row.tag("polarizationId"): row.words("corrType") for row in tables.rows("Polarization")}
    return {
        row.tag("spectralWindowId"): corrs.get(row.tag("polOrHoloId"), ())
        for row in tables.rows("DataDescription")
    }


def _window(number: int, row: Row, products: tuple[str, ...]) -> Window:
    name, n_channels = row.text("name"), max(0, row.integer("numChan"))
    frequencies, widths = _frequencies(row, n_channels), _widths(row, n_channels)
    baseband = row.text("basebandName").rpartition("_")[2]
    return Window(
        number=number,
        tag=row.tag("spectralWindowId"),
        name=name,
        kind=_kind_of(name, frequencies, widths, max(1, len(products))),
        baseband=int(baseband) if baseband.isdecimal() else 0,
        band=_band(name, frequencies),
        sideband=row.text("netSideband"),
        frequencies_hz=frequencies,
        widths_hz=widths,
        products=products,
    )


def _frequencies(row: Row, n_channels: int) -> tuple[float, ...]:
    given = row.reals("chanFreqArray")
    if given:
        return given
    if not row.has("chanFreqStart"):
        return (row.real("refFreq"),) if n_channels == 1 else ()
    start, step = row.real("chanFreqStart"), row.real("chanFreqStep")
    return tuple([start + index * step for index in range(_sane(n_channels))])


def _widths(row: Row, n_channels: int) -> tuple[float, ...]:
    given = row.reals("chanWidthArray")
    if given:
        return tuple(map(abs, given))
    total = row.real("totBandwidth")
    width = row.real("chanWidth") if row.has("chanWidth") else total / n_channels if n_channels else 0.0
    return (abs(width),) * _sane(n_channels)


def _sane(n_channels: int) -> int:
    """No correlator has more channels: a damaged number must not fill the memory."""
    return min(n_channels, 1 << 20)


def _kind_of(
    name: str, frequencies: tuple[float, ...], widths: tuple[float, ...], n_products: int
) -> WindowKind:
    upper = name.upper()
    if upper.startswith("WVR"):
        return WindowKind.WVR
    for mark, kind in (("SQLD", WindowKind.SQLD), ("CH_AVG", WindowKind.CHAVG)):
        if mark in upper:
            return kind
    if not name and len(frequencies) == 4 and min(frequencies) > 183e9 and max(frequencies) < 190e9:
        return WindowKind.WVR
    if len(frequencies) < 2:
        return WindowKind.OTHER
    wide = bool(widths) and widths[0] > TDM_WIDTH_HZ
    return WindowKind.TDM if wide and len(frequencies) * n_products <= TDM_PRODUCTS else WindowKind.FDM


def _band(name: str, frequencies: tuple[float, ...]) -> int:
    found = BAND_IN_NAME.search(name)
    if found:
        return int(found[1])
    if not frequencies or name.upper().startswith("WVR"):
        return 0
    centre = (min(frequencies) + max(frequencies)) / 2e9
    return next((band for band, (low, high) in BANDS_GHZ.items() if low <= centre <= high), 0)
