"""Scans, subscans, fields and intents of an execution block, in the order in which ALMA observes them.

Not ALMA-like: pointing scans stay on the source (no offsets), and ATMOSPHERE subscans last one integration.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from .catalogue import Cast
from .intents import (
    ATMOSPHERE,
    BANDPASS,
    CHECK,
    DIFFGAIN,
    FLUX,
    PHASE,
    POINTING,
    SIDEBANDS,
    TARGET,
    WVR,
)
from .model import Field, Scan, Source, Subscan
from .options import Options
from .spectrum import LINES_HZ, Spectrum, centre_hz

__all__ = ["Schedule", "duration_s", "make_schedule"]

SLEW_S = 14.0
GAP_S = 2.304
#: Seconds on source: bandpass calibrator, phase calibrator, target.
BANDPASS_S, PHASE_S, TARGET_S = 242.0, 37.0, 182.0
#: A mosaic is sampled at 0.51 lambda / D (Nyquist), where the primary beam is 1.13 lambda / D wide.
MOSAIC_STEP = 0.51
LIGHT_M_S = 299792458.0

#: What is not a planet but treated as one: a field at 0, 0.
EPHEMERIS = "Pallas"


@dataclass(frozen=True)
class Schedule:
    """Sources, fields and scans of one block."""

    sources: Tuple[Source, ...]
    fields: Tuple[Field, ...]
    scans: Tuple[Scan, ...]
    true_positions: Dict[int, Tuple[float, float]]
    """Field -> right ascension and declination, where the field's own are wrong."""


class _Diary:
    """Scans one after the other."""

    def __init__(self, options: Options, cast: Cast, spectrum: Spectrum, start_s: float) -> None:
        self.options, self.cast, self.spectrum = options, cast, spectrum
        self.now = start_s
        self.sources: List[Source] = []
        self.fields: List[Field] = []
        self.scans: List[Scan] = []
        self.true_positions: Dict[int, Tuple[float, float]] = {}
        self.radiometers = tuple(setup.number for setup in spectrum.radiometers)

    def source(self, name: str, ra: float, dec: float, known: Tuple[Tuple[float, float], ...] = ()) -> int:
        """The number of the first field of a source, which is made where there is none."""
        for field in self.fields:
            if field.name == name:
                return field.number
        number = len(self.sources)
        rest = self._rest_hz() if name == self.cast.target_name else 0.0
        self.sources.append(Source(number, name, ra, dec, "none", known, rest))
        return self.field(name, number, ra, dec)

    def field(self, name: str, source: int, ra: float, dec: float) -> int:
        self.fields.append(Field(len(self.fields), name, source, ra, dec))
        return len(self.fields) - 1

    def _rest_hz(self) -> float:
        return LINES_HZ[self.options.band][0] if self.options.line else 0.0

    def quasar(self, role: str) -> int:
        """The field of a quasar of the cast."""
        quasar = getattr(self.cast, role)
        hertz = [centre_hz(window) for window in self.spectrum.windows if window.kind != "wvr"]
        known = tuple((hz, quasar.flux_jy(hz) * (1.0 + quasar.known_error)) for hz in hertz)
        return self.source(quasar.name, quasar.ra_rad, quasar.dec_rad, known)

    def scan(
        self,
        fields: Sequence[int],
        intents: Tuple[str, ...],
        parts: Sequence[Tuple[str, int]],
        setup: int,
        integration_s: Optional[float] = None,
    ) -> int:
        """Add a scan of (subscan intent, integrations) parts, the fields taking turns; return its number."""
        if not self.options.is_7m and intents[0] not in (CHECK, TARGET):
            intents = (*intents, WVR)
        number, subscans = len(self.scans) + 1, []
        self.now += SLEW_S
        step = integration_s or self.options.integration_s
        for k, (intent, count) in enumerate(parts):
            field = fields[k % len(fields)]
            subscans.append(Subscan(k + 1, field, intent, self.now, step, count, (*self.radiometers, setup)))
            self.now = subscans[-1].end_s + GAP_S
        name = self.fields[fields[0]].name
        self.scans.append(Scan(number, intents, name, tuple(subscans)))
        return number

    def count(self, seconds: float) -> int:
        """How many integrations fill a time."""
        return max(1, round(seconds / self.options.integration_s))

    def on_source(self, field: int, intents: Tuple[str, ...], seconds: float, setup: int) -> None:
        self.scan((field,), intents, (("ON_SOURCE", self.count(seconds)),), setup)

    def pointing(self, field: int) -> None:
        self.scan((field,), (POINTING,), (("ON_SOURCE", 2),), self.spectrum.pointing.number)

    def atmosphere(self, field: int) -> None:
        parts = [(load, 1) for load in ("OFF_SOURCE", "AMBIENT", "HOT")]
        self.scan((field,), (ATMOSPHERE,), parts, self.spectrum.atmosphere.number, 5.76)


def make_schedule(options: Options, cast: Cast, spectrum: Spectrum, start_s: float) -> Schedule:
    """Return what is observed when.

    Parameters
    ----------
    start_s : float
        MJD seconds at which the telescope begins to move to the first source.
    """
    diary = _Diary(options, cast, spectrum, start_s)
    science = spectrum.science.number
    wide = spectrum.reference[0].number if spectrum.reference else science
    _open(diary, science, wide)
    phase = diary.quasar("phase")
    diary.pointing(phase)
    if "missing-tsys" not in options.defects:
        diary.atmosphere(phase)
    targets = _targets(diary)
    diary.on_source(phase, (PHASE,), PHASE_S, wide)
    for cycle in range(options.cycles):
        diary.on_source(diary.quasar("check"), (CHECK,), PHASE_S, science)
        if cycle % 2 == 0:
            diary.atmosphere(targets[0])
        _observe_target(diary, targets, science)
        diary.on_source(phase, (PHASE,), PHASE_S, wide)
    if "field-00" in options.defects:
        _ephemeris(diary, science)
    return Schedule(tuple(diary.sources), tuple(diary.fields), tuple(diary.scans), diary.true_positions)


def _open(diary: _Diary, science: int, wide: int) -> None:
    """What comes first: pointing, sideband ratios, bandpass and flux."""
    if "pointing-quasar" in diary.options.defects:
        diary.pointing(diary.quasar("pointing"))
    bandpass = diary.quasar("bandpass")
    diary.pointing(bandpass)
    diary.scan((bandpass,), (SIDEBANDS,), (("ON_SOURCE", 2),), diary.spectrum.atmosphere.number)
    diary.atmosphere(bandpass)
    diary.on_source(bandpass, (BANDPASS, FLUX), BANDPASS_S, science)
    if wide != science:
        diary.on_source(bandpass, (BANDPASS, FLUX), BANDPASS_S, wide)
        for _ in range(2):
            diary.scan((bandpass,), (DIFFGAIN,), (("REFERENCE", diary.count(PHASE_S)),), wide)
            diary.scan((bandpass,), (DIFFGAIN,), (("ON_SOURCE", diary.count(PHASE_S)),), science)


def _observe_target(diary: _Diary, targets: Sequence[int], science: int) -> None:
    count = diary.count(TARGET_S)
    if len(targets) == 1:
        diary.scan(targets, (TARGET,), (("ON_SOURCE", count),), science)
        return
    share = max(1, count // len(targets))
    diary.scan(targets, (TARGET,), [("ON_SOURCE", share)] * len(targets), science)


def _targets(diary: _Diary) -> List[int]:
    """The fields of the target: one, or seven in a hexagon, all with the same name."""
    cast, options = diary.cast, diary.options
    first = diary.source(cast.target_name, cast.target_ra_rad, cast.target_dec_rad)
    if options.target == "single":
        return [first]
    hz = centre_hz(diary.spectrum.windows[-1])
    step = MOSAIC_STEP * LIGHT_M_S / hz / (7.0 if options.is_7m else 12.0)
    source, fields = diary.fields[first].source, [first]
    for k in range(6):
        east, north = step * math.cos(k * math.pi / 3), step * math.sin(k * math.pi / 3)
        ra = cast.target_ra_rad + east / math.cos(cast.target_dec_rad)
        fields.append(diary.field(cast.target_name, source, ra, cast.target_dec_rad + north))
    return fields


def _ephemeris(diary: _Diary, science: int) -> None:
    """A moving target that the metadata put at 0, 0, as the observatory did where it had an ephemeris."""
    cast = diary.cast
    field = diary.source(EPHEMERIS, 0.0, 0.0)
    diary.true_positions[field] = (cast.target_ra_rad + 0.02, cast.target_dec_rad + 0.02)
    diary.on_source(field, (TARGET,), PHASE_S, science)


def duration_s(schedule: Schedule) -> float:
    """Return how long a schedule takes, from the first slew to the last integration, s."""
    return schedule.scans[-1].subscans[-1].end_s - (schedule.scans[0].subscans[0].start_s - SLEW_S)
