"""Who is what: bandpass, flux and phase calibrators, check sources and targets, from the intents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..asdm import Scan
from ..errors import AsdmError, UsageError
from .heaven import is_solar_system
from .metadata import Metadata

__all__ = ["Group", "Roles", "find_roles", "intents_of"]

_TARGETS = ("OBSERVE_TARGET",)
_CHECKS = ("OBSERVE_CHECK_SOURCE",)
_FLUXES = ("CALIBRATE_FLUX", "CALIBRATE_AMPLI")


@dataclass(frozen=True, slots=True)
class Group:
    """The fields of one source that take their gains from one phase calibrator."""

    source: str
    fields: tuple[int, ...]
    phase: int
    """Field of the phase calibrator."""
    is_check: bool
    why: str


@dataclass(frozen=True, slots=True)
class Roles:
    """Which field is what; numbers of fields throughout."""

    bandpass: int
    bandpass_scans: tuple[int, ...]
    flux: int
    flux_is_solar: bool
    phase: tuple[int, ...]
    polarisation: tuple[int, ...]
    groups: tuple[Group, ...]
    """Targets, then check sources."""
    left_out: tuple[int, ...]
    """Fields without data in the science spws: applycal must not be asked for them."""
    notes: tuple[str, ...]

    @property
    def calibrators(self) -> tuple[int, ...]:
        """Fields that have gains of their own, ascending; check sources not among them."""
        return tuple(sorted({self.bandpass, self.flux, *self.phase, *self.polarisation}))

    @property
    def checks(self) -> tuple[int, ...]:
        """Fields of the check sources."""
        return tuple(number for group in self.groups if group.is_check for number in group.fields)

    @property
    def targets(self) -> tuple[Group, ...]:
        """The science targets."""
        return tuple(group for group in self.groups if not group.is_check)


def intents_of(metadata: Metadata) -> dict[str, tuple[int, ...]]:
    """Intent -> fields, in the order observed."""
    found: dict[str, dict[int, None]] = {}
    for scan in metadata.scans:
        for intent in scan.intents:
            found.setdefault(intent, {}).update(dict.fromkeys(metadata.fields_of(scan)))
    return {intent: tuple(found[intent]) for intent in sorted(found)}


def find_roles(metadata: Metadata, bandpass: str = "") -> Roles:
    """Give every field its role.

    A source can only have a role in the calibration if it was observed in the science spws: a quasar that
    served pointing alone is left out. A field observed as phase calibrator and as target or check source is
    not a phase calibrator, unless there is no other.

    Parameters
    ----------
    metadata : Metadata
    bandpass : str
        Name or number of the field to take as bandpass calibrator; by intent when empty.

    Raises
    ------
    AsdmError
        There is no calibrator at all in the science spws.
    UsageError
        `bandpass` was not observed.
    """
    notes: list[str] = []
    scans = metadata.science_scans()
    observed = _fields(metadata, scans)
    bandpasses = _with(metadata, "CALIBRATE_BANDPASS")
    phase = _phase(metadata, bandpasses, notes)
    chosen = _bandpass(metadata, bandpass, bandpasses or phase, observed, notes)
    if not bandpasses:
        notes.append(f"There is no bandpass calibrator: {metadata.name(chosen)} takes its place.")
    flux = _flux(metadata, chosen, notes)
    polarisation = _with(metadata, "CALIBRATE_POLARIZATION")
    return Roles(
        bandpass=chosen,
        bandpass_scans=_scans_on(metadata, chosen, scans),
        flux=flux,
        flux_is_solar=is_solar_system(metadata.name(flux)),
        phase=phase,
        polarisation=polarisation,
        groups=_groups(metadata, {chosen, flux, *phase, *polarisation}, phase),
        left_out=tuple(sorted({f for s in metadata.scans for f in metadata.fields_of(s)} - set(observed))),
        notes=tuple(notes),
    )


def _fields(metadata: Metadata, scans: Iterable[Scan]) -> tuple[int, ...]:
    found: dict[int, None] = {}
    for scan, subscan in metadata.on_source(scans):
        found.update(dict.fromkeys(subscan.fields or metadata.fields_of(scan)))
    return tuple(found)


def _with(metadata: Metadata, *intents: str) -> tuple[int, ...]:
    """Fields with one of `intents` and data in the science spws, in the order observed."""
    return _fields(metadata, [scan for scan in metadata.science_scans() if set(intents) & set(scan.intents)])


def _phase(metadata: Metadata, bandpasses: tuple[int, ...], notes: list[str]) -> tuple[int, ...]:
    """The phase calibrators; the first bandpass calibrator where there is none."""
    found = _with(metadata, "CALIBRATE_PHASE")
    twofold = set(_with(metadata, *_TARGETS, *_CHECKS))
    pure = tuple(number for number in found if number not in twofold)
    if pure and pure != found:
        names = ", ".join(metadata.name(number) for number in found if number in twofold)
        notes.append(f"{names}: observed as phase calibrator and as target; taken for a target.")
    if not (found or bandpasses):
        raise AsdmError(
            "no calibrator was observed in the spws of the targets",
            metadata.block.uid,
            "There is nothing to calibrate with: look at the intents (listobs).",
        )
    if not found:
        notes.append(f"There is no phase calibrator: {metadata.name(bandpasses[0])} takes its place.")
    return pure or found or bandpasses[:1]


def _bandpass(
    metadata: Metadata, asked: str, found: tuple[int, ...], observed: tuple[int, ...], notes: list[str]
) -> int:
    if asked:
        named = [number for number in observed if asked in (str(number), metadata.name(number))]
        if not named:
            names = ", ".join(f"{number} {metadata.name(number)}" for number in observed)
            raise UsageError(f"no field {asked!r} in the science spws", "--bandpass", f"There are: {names}.")
        notes.append(f"Bandpass calibrator {metadata.name(named[0])}: chosen by hand.")
        return named[0]
    if len(found) > 1:
        notes.append(f"There is more than one bandpass calibrator: {metadata.name(found[0])} is the first.")
    return found[0]


def _flux(metadata: Metadata, bandpass: int, notes: list[str]) -> int:
    found = _with(metadata, *_FLUXES)
    solar = tuple(number for number in found if is_solar_system(metadata.name(number)))
    if not found:
        notes.append(f"There is no flux calibrator: {metadata.name(bandpass)} takes its place.")
        return bandpass
    chosen = (solar or found)[0]
    if len(solar or found) > 1:
        others = ", ".join(metadata.name(each) for each in (solar or found)[1:])
        notes.append(
            f"There is more than one flux calibrator: {metadata.name(chosen)} is the first, then {others}."
        )
    return chosen


def _scans_on(metadata: Metadata, number: int, scans: Iterable[Scan]) -> tuple[int, ...]:
    on_it = [scan for scan in scans if number in metadata.fields_of(scan)]
    bandpass = [scan for scan in on_it if "CALIBRATE_BANDPASS" in scan.intents]
    return tuple(scan.number for scan in bandpass or on_it)


def _groups(metadata: Metadata, taken: set[int], phase: tuple[int, ...]) -> tuple[Group, ...]:
    """Targets, then check sources; none of them among the fields that are `taken` for calibrators."""
    targets = [each for each in _with(metadata, *_TARGETS) if each not in taken]
    checks = [each for each in _with(metadata, *_CHECKS) if each not in {*taken, *targets}]
    return (
        *_groups_of(metadata, targets, phase, is_check=False),
        *_groups_of(metadata, checks, phase, is_check=True),
    )


def _groups_of(
    metadata: Metadata, fields: list[int], phase: tuple[int, ...], *, is_check: bool
) -> list[Group]:
    by_source: dict[str, list[int]] = {}
    for number in fields:
        by_source.setdefault(metadata.name(number), []).append(number)
    return [
        _group(metadata, source, tuple(sorted(numbers)), phase, is_check)
        for source, numbers in by_source.items()
    ]


def _group(
    metadata: Metadata, source: str, fields: tuple[int, ...], phase: tuple[int, ...], is_check: bool
) -> Group:
    """Find the phase calibrator observed next to a source; of two as often, the nearer on the sky."""
    if len(phase) == 1:
        return Group(source, fields, phase[0], is_check, "the only phase calibrator")
    votes: Counter[int] = Counter()
    scans = metadata.science_scans()
    served = [(scan, set(metadata.fields_of(scan)) & set(phase)) for scan in scans]
    for index, scan in enumerate(scans):
        if set(fields) & set(metadata.fields_of(scan)):
            for side in (reversed(served[:index]), iter(served[index + 1 :])):
                votes.update(next((found for _, found in side if found), ()))
    best = min(phase, key=lambda number: (-votes[number], metadata.angle_deg(fields[0], number), number))
    angle = metadata.angle_deg(fields[0], best)
    total = max(1, sum(votes.values()))
    why = f"observed next to it in {votes[best]} of {total} places, {angle:.1f} deg away"
    return Group(source, fields, best, is_check, why)
