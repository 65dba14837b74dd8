"""What an ASDM says, in plain values.

Numbers are those of the MS that importasdm makes of it: spw 17 of a script is `Window.number` 17, field 3 is
`Field.number` 3. Times are MJD in seconds, UTC (as in the MS); angles radians, ICRS or J2000; positions
metres, ITRF.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = [
    "Antenna",
    "ExecBlock",
    "Field",
    "Scan",
    "Source",
    "SourceFlux",
    "Subscan",
    "Tsys",
    "Window",
    "WindowKind",
]


class WindowKind(str, Enum):
    """What a spectral window is."""

    WVR = "wvr"
    """Of the water vapour radiometers, 183 GHz."""
    TDM = "tdm"
    """Few wide channels (also the ACA correlator's of that width)."""
    FDM = "fdm"
    """Many narrow channels."""
    CHAVG = "chavg"
    """The channel average of another window (CH_AVG)."""
    SQLD = "sqld"
    """Square-law detectors: total power of a baseband."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Antenna:
    """An antenna on its pad."""

    number: int
    name: str
    """DA41, DV24, CM03, PM01."""
    pad: str
    position_m: tuple[float, float, float]
    """Of the antenna (pad plus the antenna's own offset), ITRF; zeros where the ASDM does not say."""
    diameter_m: float

    @property
    def is_seven_metre(self) -> bool:
        """Whether it is one of the ACA 7 m antennas."""
        return self.name.startswith("CM") or 0 < self.diameter_m < 10


@dataclass(frozen=True, slots=True)
class SourceFlux:
    """A flux density of a source as the observatory knew it."""

    window: int
    """Spw of the Source row; -1 for a row that holds for all."""
    frequency_hz: float
    flux_jy: float
    """Stokes I."""


@dataclass(frozen=True, slots=True)
class Source:
    """An object on the sky: all the rows of the Source table with one id."""

    number: int
    name: str
    ra_rad: float
    dec_rad: float
    code: str
    fluxes: tuple[SourceFlux, ...]
    """Empty where the ASDM has none."""
    rest_hz: tuple[float, ...]
    """Rest frequencies, over all windows."""


@dataclass(frozen=True, slots=True)
class Field:
    """A pointing."""

    number: int
    name: str
    source: int
    """Number of its source; -1 where the ASDM does not say."""
    ra_rad: float
    dec_rad: float
    ephemeris: int | None = None
    """Number of its ephemeris; None for what does not move."""

    @property
    def is_at_origin(self) -> bool:
        """Whether its coordinates are 0,0: not known (an old ASDM's solar-system object; fixplanets)."""
        return abs(self.ra_rad) < 1e-9 and abs(self.dec_rad) < 1e-9

    @property
    def moves(self) -> bool:
        """Whether it has an ephemeris, or should have one."""
        return self.ephemeris is not None or self.is_at_origin


@dataclass(frozen=True, slots=True)
class Window:
    """A spectral window."""

    number: int
    """Spw id in the MS."""
    tag: int
    """Number in the ASDM (SpectralWindow_<tag>); windows without data get the highest ids in the MS."""
    name: str
    """X1234567#ALMA_RB_06#BB_1#SW-01#FULL_RES, WVR#NOMINAL."""
    kind: WindowKind
    baseband: int
    """1 to 4; 0 where it has none."""
    band: int
    """Receiver band of its name; 0 where the name does not say and the frequency fits none."""
    sideband: str
    """USB, LSB, DSB, NOSB."""
    frequencies_hz: tuple[float, ...]
    """Centre of each channel."""
    widths_hz: tuple[float, ...]
    """Of each channel, positive."""
    products: tuple[str, ...]
    """XX, YY or XX, XY, YX, YY or XX; I for the radiometers."""

    @property
    def n_channels(self) -> int:
        """How many channels."""
        return len(self.frequencies_hz)

    @property
    def centre_hz(self) -> float:
        """Middle of the band it covers."""
        return (min(self.frequencies_hz) + max(self.frequencies_hz)) / 2 if self.frequencies_hz else 0.0

    @property
    def bandwidth_hz(self) -> float:
        """Sum of the widths."""
        return sum(self.widths_hz)

    @property
    def width_hz(self) -> float:
        """Of one channel, positive (of the first where they differ)."""
        return self.widths_hz[0] if self.widths_hz else 0.0

    @property
    def is_full_resolution(self) -> bool:
        """Whether it holds spectra from the correlator (not averages, not radiometers)."""
        return self.kind in (WindowKind.TDM, WindowKind.FDM)


@dataclass(frozen=True, slots=True)
class Subscan:
    """A stretch of a scan with one intent on one field."""

    number: int
    intent: str
    """ON_SOURCE, OFF_SOURCE, AMBIENT, HOT, MIXED ..."""
    fields: tuple[int, ...]
    """Fields observed in it; empty where the Main table could not be read."""
    start_s: float
    end_s: float
    windows: tuple[int, ...]
    integrations_s: tuple[tuple[int, float], ...]
    """(spw, length of an integration), for the windows of the correlator."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan."""

    number: int
    intents: tuple[str, ...]
    """CALIBRATE_BANDPASS, CALIBRATE_WVR, OBSERVE_TARGET ..."""
    source: str
    """Name of the source, as the Scan table has it."""
    start_s: float
    end_s: float
    subscans: tuple[Subscan, ...]

    @property
    def fields(self) -> tuple[int, ...]:
        """Fields observed in it, in order."""
        return tuple(dict.fromkeys(field for each in self.subscans for field in each.fields))

    @property
    def windows(self) -> tuple[int, ...]:
        """Spws with data in it, ascending."""
        return tuple(sorted({window for each in self.subscans for window in each.windows}))

    def integration_s(self, window: int) -> float | None:
        """Length of an integration of a window in this scan, s; None where not known."""
        lengths = [s for each in self.subscans for number, s in each.integrations_s if number == window]
        return max(lengths) if lengths else None


@dataclass(frozen=True, slots=True)
class ExecBlock:
    """The execution block itself."""

    uid: str
    """As on disk: uid___A002_X85c183_X2cd."""
    project_uid: str
    """uid___A001_X..., of the project; the code (2016.1.00001.S) is not in a real ASDM."""
    mous_uid: str
    """uid___A001_X..., of the member OUS; empty where the ASDM does not say."""
    sb_uid: str
    sb_name: str
    """Empty where the ASDM does not say."""
    session_uid: str
    telescope: str
    """ALMA, EVLA ..."""
    array_name: str
    """Array001, as the correlator knew it."""
    config_name: str
    start_s: float
    end_s: float
    n_antennas: int
    base_range_m: tuple[float, float]
    """Shortest and longest baseline."""
    aborted: bool
    science_goal: tuple[tuple[str, str], ...]
    """(key, value) of the science goal in the SBSummary: representativeFrequency, sensitivityGoal ..."""


@dataclass(frozen=True, slots=True)
class Tsys:
    """A row of the SysCal table: one antenna, one window, one time."""

    antenna: int
    window: int
    time_s: float
    """Middle of its interval."""
    interval_s: float
    median_k: tuple[float, ...]
    """Median over the channels, per receptor (X, Y)."""
    negative_percent: float
    """Channels with a value that is not positive."""
