"""Everything that is decided before a line of script is written, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..asdm import WindowKind
from ..errors import AsdmError
from .fluxes import FluxPlan, GivenFlux, flux_at, plan_flux
from .metadata import Metadata
from .modes import ModeFound, find_mode
from .positions import PositionPlan, plan_positions
from .refant import Refant, choose_refant
from .resolved import ShortPlan, plan_short
from .roles import Roles, find_roles
from .snr import sefds
from .strategy import BandpassPlan, GainPlan, plan_bandpass, plan_gains
from .tables import FluxRow, PositionRow
from .tsys import TsysPlan, plan_tsys
from .wvr import WvrPlan, plan_wvr

__all__ = ["CalibrationPlan", "Wishes", "make_plan"]

#: Share of a TDM spw at each side where the filters fall off (as in ALMA's own scripts).
EDGE_SHARE = 0.0625
#: Integrations that a scan of a phase calibrator must have for the first to be flagged.
LEAST_INTEGRATIONS = 3


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person, or a table beside the ASDM, says."""

    refant: str = ""
    bandpass: str = ""
    """Field of the bandpass calibrator."""
    fluxes: tuple[GivenFlux, ...] = ()
    flux_rows: tuple[FluxRow, ...] = ()
    flux_source: str = ""
    positions: tuple[PositionRow, ...] = ()
    positions_source: str = ""
    casa: str = ""
    """Version of the CASA that will run the script: 6.7; no version guard when empty."""


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """The calibration of one execution block."""

    metadata: Metadata
    mode: ModeFound
    roles: Roles
    refant: Refant
    tsys: TsysPlan | None
    wvr: WvrPlan | None
    positions: PositionPlan | None
    flux: FluxPlan
    short: ShortPlan | None
    bandpass: BandpassPlan
    gains: GainPlan
    edges: tuple[tuple[int, int, int], ...]
    """(spw, channels at each side, channels) of the TDM spws."""
    quack_s: float | None
    """Beginning of each scan that is flagged: its first integration; None where scans are short."""
    planets: tuple[int, ...]
    """Fields with the coordinates 0,0."""
    casa: str

    @property
    def ms(self) -> str:
        """Name of the imported MS."""
        return f"{self.metadata.block.uid}.ms"

    @property
    def solved(self) -> tuple[int, ...]:
        """Fields with gain solutions of their own: calibrators and check sources."""
        return tuple(sorted({*self.roles.calibrators, *self.roles.checks}))

    @property
    def science(self) -> tuple[int, ...]:
        """Spws that are calibrated."""
        return tuple(window.number for window in self.metadata.science)


def make_plan(metadata: Metadata, wishes: Wishes | None = None) -> CalibrationPlan:
    """Decide on the calibration of an execution block.

    Raises
    ------
    AsdmError
        It cannot be calibrated with a script of this kind: total power, no calibrator, no antennas.
    UsageError
        A wish names what is not there.
    """
    wishes = wishes or Wishes()
    uid = metadata.block.uid
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", uid):
        raise AsdmError(
            f"its name cannot be that of a file in a script: {uid!r}", uid, "Name it as ALMA does."
        )
    mode = find_mode(metadata)
    roles = find_roles(metadata, wishes.bandpass)
    refant = choose_refant(metadata, wishes.refant)
    tsys = plan_tsys(metadata, roles)
    flux = plan_flux(metadata, roles, wishes.fluxes, wishes.flux_rows, wishes.flux_source)
    sefd = sefds(metadata, tsys)

    def brightness(number: int, hz: float) -> float:
        return flux_at(metadata, flux, wishes.flux_rows, number, hz)

    gains = plan_gains(metadata, roles, sefd, brightness)
    return CalibrationPlan(
        metadata=metadata,
        mode=mode,
        roles=roles,
        refant=refant,
        tsys=tsys,
        wvr=plan_wvr(metadata, roles),
        positions=plan_positions(metadata, wishes.positions, wishes.positions_source),
        flux=flux,
        short=plan_short(metadata, flux, refant),
        bandpass=plan_bandpass(metadata, roles, sefd, brightness, gains),
        gains=gains,
        edges=tuple(_edges(metadata)),
        quack_s=_quack_s(metadata, roles),
        planets=_at_origin(metadata),
        casa=wishes.casa,
    )


def _edges(metadata: Metadata) -> Sequence[tuple[int, int, int]]:
    return [
        (window.number, max(1, round(EDGE_SHARE * window.n_channels)), window.n_channels)
        for window in metadata.science
        if window.kind is WindowKind.TDM
    ]


def _quack_s(metadata: Metadata, roles: Roles) -> float | None:
    """Most of an integration, where the first one is not a large part of a phase calibrator's scan."""
    integration = max(metadata.integration_s(window.number) for window in metadata.science)
    shortest = min(metadata.scan_s(number) for number in roles.phase)
    return round(0.9 * integration, 3) if shortest >= LEAST_INTEGRATIONS * integration else None


def _at_origin(metadata: Metadata) -> tuple[int, ...]:
    observed = {number for scan in metadata.scans for number in metadata.fields_of(scan)}
    return tuple(each.number for each in metadata.fields if each.is_at_origin and each.number in observed)
