"""What the generator needs of an ASDM, taken once: plain values, and the questions asked of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..asdm import Antenna, Asdm, ExecBlock, Field, Scan, Source, Subscan, Tsys, Window, WindowKind
from .online import flagged_on_source

__all__ = ["Metadata"]

_NOT_ON_SOURCE = ("OFF_SOURCE", "AMBIENT", "HOT", "ZERO_LEVEL", "SKYDIP", "REFERENCE")
#: Scans that leave nothing to calibrate: step 3 flags them.
_AUXILIARY = frozenset(("POINTING", "FOCUS", "SIDEBAND_RATIO", "ATMOSPHERE"))


@dataclass(frozen=True, slots=True)
class Metadata:
    """An execution block; `flagged_s` is antenna -> seconds on source that the observatory flagged."""

    block: ExecBlock
    antennas: tuple[Antenna, ...]
    sources: tuple[Source, ...]
    fields: tuple[Field, ...]
    windows: tuple[Window, ...]
    scans: tuple[Scan, ...]
    tsys: tuple[Tsys, ...] = ()
    n_online_flags: int = 0
    wvr_integration_s: float | None = None
    flagged_s: Mapping[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, asdm: Asdm) -> Metadata:
        """Read all of it; AsdmError where the ASDM lacks something."""
        return cls(
            block=asdm.exec_block,
            antennas=asdm.antennas,
            sources=asdm.sources,
            fields=asdm.fields,
            windows=asdm.windows,
            scans=asdm.scans,
            tsys=asdm.tsys,
            n_online_flags=asdm.n_online_flags,
            wvr_integration_s=asdm.wvr_integration_s,
            flagged_s=flagged_on_source(asdm.folder, asdm.scans),
        )

    # -- what there is -------------------------------------------------------------------------------

    @property
    def array(self) -> str:
        """12m, 7m or TP, by the antennas."""
        if all(each.name.startswith("PM") for each in self.antennas):
            return "TP"
        seven = sum(each.is_seven_metre for each in self.antennas)
        return "7m" if 2 * seven > len(self.antennas) else "12m"

    @property
    def science(self) -> tuple[Window, ...]:
        """Full-resolution windows that are calibrated: those of the targets.

        Where the gains come from other windows (bandwidth switching, band to band), those too; where there is
        no target, those of the calibrators.
        """
        target = self.windows_with("OBSERVE_TARGET")
        phase = self.windows_with("CALIBRATE_PHASE")
        if target and (self.with_intent("CALIBRATE_DIFFGAIN") or not set(target) & set(phase)):
            both = {*target, *phase, *self.windows_with("CALIBRATE_DIFFGAIN")}
            return tuple(each for each in self.windows if each in both)
        return target or phase or self.windows_with("CALIBRATE_BANDPASS")

    def windows_with(self, *intents: str) -> tuple[Window, ...]:
        """Full-resolution windows with data in scans of one of `intents`."""
        numbers = {number for scan in self.with_intent(*intents) for number in scan.windows}
        return tuple(each for each in self.windows if each.number in numbers and each.is_full_resolution)

    @property
    def radiometers(self) -> tuple[Window, ...]:
        """Windows of the water vapour radiometers that have data."""
        seen = {number for scan in self.scans for number in scan.windows}
        return tuple(each for each in self.windows if each.kind is WindowKind.WVR and each.number in seen)

    @property
    def band(self) -> int:
        """Receiver band of the science windows; 0 where unknown."""
        return next((each.band for each in self.science if each.band), 0)

    def window(self, number: int) -> Window | None:
        """The window with that number in the MS."""
        return next((each for each in self.windows if each.number == number), None)

    def field(self, number: int) -> Field | None:
        """The field with that number."""
        return next((each for each in self.fields if each.number == number), None)

    def name(self, number: int) -> str:
        """Name of a field, fit for a comment."""
        found = self.field(number)
        text = found.name if found else f"field {number}"
        return "".join(letter if letter.isprintable() else "?" for letter in text)

    def source_of(self, number: int) -> Source | None:
        """The source that a field points at; by its name where the number does not say."""
        found = self.field(number)
        if found is None:
            return None
        by_number = next((each for each in self.sources if each.number == found.source), None)
        return by_number or next((each for each in self.sources if each.name == found.name), None)

    # -- who was observed when -----------------------------------------------------------------------

    def with_intent(self, *intents: str) -> tuple[Scan, ...]:
        """Scans that have one of `intents`, written in full."""
        return tuple(scan for scan in self.scans if set(intents) & set(scan.intents))

    def fields_of(self, scan: Scan) -> tuple[int, ...]:
        """Fields of a scan; by the name of its source where its subscans do not tell."""
        return scan.fields or tuple(each.number for each in self.fields if each.name == scan.source)

    def science_scans(self) -> tuple[Scan, ...]:
        """Scans with data in a science window that are there to be calibrated."""
        numbers = {each.number for each in self.science}
        return tuple(
            scan
            for scan in self.scans
            if numbers & set(scan.windows)
            and any(intent.split("_", 1)[-1] not in _AUXILIARY | {"WVR"} for intent in scan.intents)
            and not any(intent.endswith("_ATMOSPHERE") for intent in scan.intents)
        )

    def on_source(self, scans: Iterable[Scan] | None = None) -> Iterator[tuple[Scan, Subscan]]:
        """Every subscan on source with data in a science window."""
        numbers = {each.number for each in self.science}
        for scan in self.science_scans() if scans is None else scans:
            for subscan in scan.subscans:
                if subscan.intent not in _NOT_ON_SOURCE and numbers & set(subscan.windows):
                    yield scan, subscan

    @property
    def on_source_s(self) -> float:
        """Time on source in science windows, s."""
        return sum(subscan.end_s - subscan.start_s for _, subscan in self.on_source())

    def integration_s(self, window: int) -> float:
        """Length of an integration of a window on source, s; 6.048 where the ASDM does not tell."""
        lengths = [scan.integration_s(window) for scan in self.science_scans()]
        return max((length for length in lengths if length), default=6.048)

    def scan_s(self, field_id: int) -> float:
        """Median length of a field's scans in science windows, s; 0 without any."""
        spent: dict[int, float] = {}
        for scan, subscan in self.on_source():
            if field_id in (subscan.fields or self.fields_of(scan)):
                spent[scan.number] = spent.get(scan.number, 0.0) + subscan.end_s - subscan.start_s
        lengths = sorted(spent.values())
        return lengths[len(lengths) // 2] if lengths else 0.0

    def angle_deg(self, first: int, second: int) -> float:
        """Angle between two fields on the sky, degrees; 180 where one is not known."""
        one, other = self.field(first), self.field(second)
        if one is None or other is None:
            return 180.0
        cosine = math.sin(one.dec_rad) * math.sin(other.dec_rad)
        cosine += math.cos(one.dec_rad) * math.cos(other.dec_rad) * math.cos(one.ra_rad - other.ra_rad)
        return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
