"""What is proposed, and what it takes to propose it, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Context", "FieldFact", "FluxFact", "Proposal", "ScanFact", "WindowFact"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change that may cure a finding; nothing is done until a person accepts it."""

    kind: str
    """Its kind: "wvrflag", "flag-antenna", "combine-spw"; never changes."""
    finding: str
    """Id of the finding."""
    eb: str
    """Short name of the EB."""
    title: str
    """One line for a person: "Flag DA41 in scan 10"."""
    why: str
    """The reason, as it goes into the script's comment and the history."""
    item: str
    """The item whose step it changes: to be run again first."""
    content: bytes = b""
    """The whole script with the change; empty where the cure is no edit."""
    diff: str = ""
    """The change as a unified diff."""
    action: str = ""
    """What is done instead of an edit: "restore-old-flags" or "remove-flagversions"."""
    already: bool = False
    """Whether the script does so already: what is left is to run it again."""
    is_tried: bool = False
    """Whether the script did so when its steps ran last, and what it should cure is there still."""
    todo: str = ""
    """What a person has to do: all of it where there is neither content nor action, else what comes after."""
    cost: str = ""
    """What good data it takes away, in a few words; empty where none."""
    name: str = ""
    """Tells proposals of one kind for one finding apart; mostly empty."""
    targets: tuple[str, ...] = ()
    """What an action works on: "X.ms:Original.old.1479"."""

    @property
    def id(self) -> str:
        """What a person names it by: its finding and its kind."""
        return f"{self.finding}/{self.kind}" + (f"-{self.name}" if self.name else "")

    @property
    def can_accept(self) -> bool:
        """Whether there is something that accepting it would do."""
        return bool(self.content or self.action) and not self.already


@dataclass(frozen=True, slots=True)
class ScanFact:
    """A scan."""

    number: int
    intents: tuple[str, ...]
    fields: tuple[int, ...]
    spws: tuple[int, ...]
    """With data in it, numbers of the MS."""


@dataclass(frozen=True, slots=True)
class FieldFact:
    """A field; its angles are radians."""

    number: int
    name: str
    ra_rad: float = 0.0
    dec_rad: float = 0.0


@dataclass(frozen=True, slots=True)
class WindowFact:
    """A science window."""

    number: int
    """In the MS; in the split data its place among the science windows where they are numbered anew."""
    n_channels: int
    width_hz: float
    """Of a channel."""
    products: tuple[str, ...] = ("XX", "YY")

    @property
    def bandwidth_hz(self) -> float:
        """All its channels."""
        return self.n_channels * self.width_hz


@dataclass(frozen=True, slots=True)
class FluxFact:
    """What a calibrator's flux density is."""

    field: int
    flux_jy: float
    frequency_hz: float
    spix: float
    source: str
    """Where it comes from, in a few words."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a cure has to know besides the script; empty where it is not known."""

    ms: str
    """Name of the MS: uid___A002_X85c183_X2cd.ms."""
    initials: str
    date: str
    """ISO 8601."""
    scans: tuple[ScanFact, ...] = ()
    fields: tuple[FieldFact, ...] = ()
    windows: tuple[WindowFact, ...] = ()
    """Science windows."""
    integration_s: float = 0.0
    antennas: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    """Antennas that can serve as reference, the best first."""
    tsys_fields: tuple[int, ...] = ()
    """Fields with a Tsys measurement of their own."""
    positions: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    """Antenna -> correction of its position, ITRF, m."""
    good_radiometers: frozenset[str] = frozenset()
    """Antennas whose radiometer was measured, and is as good as the others'."""
    fluxes: tuple[FluxFact, ...] = ()
    old_versions: tuple[str, ...] = ()
    """"ms:version" of flag versions that flagmanager has renamed: X.ms.split:Original.old.1479."""
    stray_versions: tuple[str, ...] = ()
    """Folders .flagversions whose MS is gone."""

    def field_of(self, name: str) -> FieldFact | None:
        """The field of that name or number."""
        return next((each for each in self.fields if name in (each.name, str(each.number))), None)
