"""What the simulator makes and the writer of the ASDM takes: one execution block in plain values.

Times are MJD in seconds, UTC; angles in radians (J2000 unless said otherwise); positions in metres, ITRF.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Tuple

__all__ = [
    "Antenna",
    "Block",
    "CalWvr",
    "Field",
    "OnlineFlag",
    "Pointing",
    "Scan",
    "Setup",
    "Source",
    "Subscan",
    "SysCal",
    "Weather",
    "Window",
]

Array = Any
"""A numpy array: the room's modules import numpy, this one need not."""


@dataclass(frozen=True)
class Antenna:
    """An antenna on its pad."""

    name: str
    pad: str
    position_m: Tuple[float, float, float]
    """Where the metadata say that it stands (an error of it is in the visibilities, not here)."""
    diameter_m: float


@dataclass(frozen=True)
class Window:
    """A spectral window."""

    number: int
    name: str
    """As ALMA writes it: ALMA_RB_06#BB_1#SW-01#FULL_RES, WVR#NOMINAL."""
    baseband: int
    """1 to 4; 0 for the radiometers."""
    n_channels: int
    first_hz: float
    """Centre of channel 0."""
    step_hz: float
    """From a channel to the next; negative in a lower sideband."""
    kind: str
    """wvr, tdm, fdm."""

    @property
    def products(self) -> Tuple[str, ...]:
        """Its polarisation products."""
        return ("I",) if self.kind == "wvr" else ("XX", "YY")


@dataclass(frozen=True)
class Setup:
    """Windows that are observed together by one processor."""

    number: int
    kind: str
    """correlator, radiometer."""
    windows: Tuple[int, ...]


@dataclass(frozen=True)
class Source:
    """A row of the Source table (one for each window it was observed in is written)."""

    number: int
    name: str
    ra_rad: float
    dec_rad: float
    code: str = "none"
    flux_jy: Tuple[Tuple[float, float], ...] = ()
    """(frequency Hz, flux density Jy) as the observatory knew it; empty where it did not."""
    rest_hz: float = 0.0
    """Rest frequency of its line; 0 without."""


@dataclass(frozen=True)
class Field:
    """A pointing on a source."""

    number: int
    name: str
    source: int
    ra_rad: float
    dec_rad: float


@dataclass(frozen=True)
class Subscan:
    """A stretch of integrations with one intent, seen by every setup named."""

    number: int
    field: int
    intent: str
    """ON_SOURCE, OFF_SOURCE, AMBIENT, HOT."""
    start_s: float
    integration_s: float
    """Of the correlator; the radiometers' is WVR_S."""
    n_integrations: int
    setups: Tuple[int, ...]

    @property
    def end_s(self) -> float:
        """When its last integration ends."""
        return self.start_s + self.integration_s * self.n_integrations


@dataclass(frozen=True)
class Scan:
    """A scan."""

    number: int
    intents: Tuple[str, ...]
    """As in the ASDM: CALIBRATE_BANDPASS, CALIBRATE_WVR, OBSERVE_TARGET ..."""
    source: str
    subscans: Tuple[Subscan, ...]


@dataclass(frozen=True)
class SysCal:
    """System temperatures of one antenna in one window of one ATMOSPHERE scan, (n_pol, n_chan), K."""

    antenna: int
    window: int
    scan: int
    time_s: float
    interval_s: float
    tsys_k: Array
    trx_k: Array
    tsky_k: Array


@dataclass(frozen=True)
class Weather:
    """The weather station's reading at one time."""

    time_s: float
    pressure_pa: float
    temperature_k: float
    humidity_percent: float
    wind_speed_m_s: float
    wind_direction_rad: float


@dataclass(frozen=True)
class Pointing:
    """Where all antennas pointed during an interval (azimuth and elevation, radians)."""

    time_s: float
    interval_s: float
    azimuth_rad: float
    elevation_rad: float


@dataclass(frozen=True)
class OnlineFlag:
    """What the observatory says is bad."""

    start_s: float
    end_s: float
    antenna: int
    reason: str


@dataclass(frozen=True)
class CalWvr:
    """Water that the observatory derived during a scan, for one antenna."""

    antenna: int
    start_s: float
    end_s: float
    water_m: float


@dataclass(frozen=True)
class Block:
    """An execution block."""

    uid: str
    """As on disk: uid___A002_X85c183_X2cd."""
    mous_uid: str
    """uid___A001_X13e_X1fe."""
    project: str
    sb_name: str
    """With the suffix that names the array: ..._TM1, ..._7M."""
    observatory: str
    array: str
    """12m, 7m."""
    band: int
    start_s: float
    end_s: float
    antennas: Tuple[Antenna, ...]
    windows: Tuple[Window, ...]
    setups: Tuple[Setup, ...]
    sources: Tuple[Source, ...]
    fields: Tuple[Field, ...]
    scans: Tuple[Scan, ...]
    syscal: Tuple[SysCal, ...]
    weather: Tuple[Weather, ...]
    pointing: Tuple[Pointing, ...]
    flags: Tuple[OnlineFlag, ...]
    calwvr: Tuple[CalWvr, ...]
    cross: Callable[[Scan, Subscan, Setup], Dict[int, Array]]
    """Window -> cross-correlations, complex64 (n_integrations, n_baselines, n_chan, n_pol), correlation
    coefficients; baselines in ASDM order: for j in 1..n-1: for i in 0..j-1, V = <v_i v_j*>."""
    auto: Callable[[Scan, Subscan, Setup], Dict[int, Array]]
    """Window -> autocorrelations, float32 (n_integrations, n_antennas, n_chan, n_pol); for the radiometers'
    setup kelvin, (n_wvr, n_antennas, 4, 1), an integration every `WVR_S`."""
    extra: Dict[str, Any] = field(default_factory=dict)
    """What a writer may need and nobody foresaw."""


#: Integration of the radiometers, s.
WVR_S = 1.152
