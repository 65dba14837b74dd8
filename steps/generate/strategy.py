"""How bandpass and gains are solved for, decided by the signal-to-noise ratio that is to be expected."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..asdm import Window, WindowKind
from .metadata import Metadata
from .roles import Roles
from .snr import gain_snr

__all__ = ["BandpassPlan", "GainPlan", "plan_bandpass", "plan_gains", "solint_text"]

#: Of a channel of the bandpass: 5 % of noise, above which an experienced reducer averages channels.
CHANNEL_SNR = 20.0
#: Of a phase in one integration (the ALMA pipeline asks for 5).
INTEGRATION_SNR = 5.0
#: Of a phase in one integration behind which amplitudes are solved: phases that follow the noise make them
#: too high by 1 / S/N^2, 2 % here, and 4 % at 5.
BEHIND_SNR = 7.0
#: Of a phase over a scan: 4 degrees.
SCAN_SNR = 15.0
#: Below it the ALMA pipeline takes phases of a wider window; here where that has `BETTER` times as much.
PIPELINE_SNR, BETTER = 32.0, 2.0
#: A window of less than this part of the widest takes amplitudes as well where it takes phases.
NARROW = 1 / 44
#: Of an amplitude over a scan; of both polarisations together: 5 %, the most that a flux scale may be off.
AMPLITUDE_SNR = 20.0
#: Standard scripts average 20 channels of a bandpass with more than 256 channels of less than 8 MHz.
SMOOTH_CHANNELS, MANY_CHANNELS, NARROW_HZ = 20, 256, 8e6

Flux = Callable[[int, float], float]
"""Flux density of a field at a frequency, Jy; 0 where not known."""


@dataclass(frozen=True, slots=True)
class BandpassPlan:
    """The bandpass solution."""

    channels: Mapping[int, tuple[int, int]]
    """Spw -> first and last channel for the phases before the bandpass."""
    pre_solint: str
    smooth: Mapping[int, int]
    """Spw -> channels averaged; empty where the plain table is applied."""
    solnorm: bool
    why: tuple[str, ...]

    @property
    def suffix(self) -> str:
        """Of the table that is applied."""
        return f".bandpass_smooth{max(self.smooth.values())}ch" if self.smooth else ".bandpass"


@dataclass(frozen=True, slots=True)
class GainPlan:
    """The gain solutions."""

    phase_map: tuple[int, ...]
    """For each spw up to the last, the spw whose phases it takes; empty: each its own."""
    amplitude_map: tuple[int, ...]
    combine: bool
    """Whether all spws give one solution (combine='spw')."""
    phase_spws: tuple[int, ...]
    """Spws that are solved for phases."""
    amplitude_spws: tuple[int, ...]
    int_groups: tuple[tuple[str, tuple[int, ...]], ...]
    """(solint, fields) of the short phase solutions."""
    minblperant: int | None
    strict: bool
    """Whether the reference antenna must not change (polarisation)."""
    why: tuple[str, ...]


def plan_bandpass(
    metadata: Metadata, roles: Roles, sefd: Mapping[int, float], flux: Flux, gains: GainPlan
) -> BandpassPlan:
    """Decide on channel averaging, and on the channels for the phases before the bandpass.

    Parameters
    ----------
    sefd : mapping
        Spw -> Jy.
    flux : callable
        See `Flux`.
    """
    number = roles.bandpass
    time_s = metadata.scan_s(number) * len(roles.bandpass_scans)
    smooth, why = {}, []
    for window in metadata.science:
        snr = _snr(metadata, number, window, sefd, flux, window.width_hz, time_s)
        averaged, text = _averaged(window, snr)
        if averaged > 1:
            smooth[window.number] = averaged
        why.append(f"spw {window.number}: {text}")
    share, solint, text = _before(metadata, number, sefd, flux, gains)
    middle = {
        window.number: _middle(window, share)
        for window in metadata.science
        if window.number in gains.phase_spws
    }
    # solnorm divides by each window's mean complex gain: its phase against the others would be lost too.
    shared = gains.combine or gains.phase_map or gains.amplitude_map
    return BandpassPlan(middle, solint, smooth, not shared, (*why, text))


def _snr(
    metadata: Metadata,
    number: int,
    window: Window,
    sefd: Mapping[int, float],
    flux: Flux,
    bandwidth_hz: float,
    time_s: float,
) -> float:
    jansky = flux(number, window.centre_hz)
    return gain_snr(jansky, sefd[window.number], bandwidth_hz, max(time_s, 1e-3), len(metadata.antennas))


def _averaged(window: Window, snr: float) -> tuple[int, str]:
    """How many channels of a bandpass are averaged, and why."""
    width = f"{window.n_channels} channels of {window.width_hz / 1e6:.4g} MHz"
    if not snr:
        least, text = 1, f"{width}, flux density not known: its noise is not estimated"
    else:
        least = max(1, math.ceil((CHANNEL_SNR / snr) ** 2))
        text = f"{width}, S/N of about {snr:.0f} in each"
    many = window.n_channels > MANY_CHANNELS and window.width_hz < NARROW_HZ
    averaged = max(least, SMOOTH_CHANNELS if many or least > 1 else 1)
    averaged = min(averaged, max(1, window.n_channels // 8))
    return averaged, text + (f"; {averaged} are averaged" if averaged > 1 else "")


def _before(
    metadata: Metadata, number: int, sefd: Mapping[int, float], flux: Flux, gains: GainPlan
) -> tuple[float, str, str]:
    """Share of the channels, solution interval, and why, of the phases before the bandpass."""
    windows = [each for each in metadata.science if each.number in gains.phase_spws]
    worst = 0.0
    for share in (0.2, 0.8):
        worst = min(
            _snr(
                metadata,
                number,
                each,
                sefd,
                flux,
                share * each.bandwidth_hz,
                metadata.integration_s(each.number),
            )
            for each in windows
        )
        if worst >= INTEGRATION_SNR or not worst:
            return share, "int", f"Phases before it: the middle {share:.0%} of the channels."
    solint = solint_text(worst, metadata.integration_s(windows[0].number), metadata.scan_s(number))
    return 0.8, solint, f"Phases before it: S/N of {worst:.1f} in an integration, so solint {solint}."


def _middle(window: Window, share: float) -> tuple[int, int]:
    last = window.n_channels - 1
    first = round(last * (1 - share) / 2)
    return first, max(first, last - first)


def solint_text(snr: float, integration_s: float, scan_s: float, wanted: float = INTEGRATION_SNR) -> str:
    """The interval that gives the wanted S/N: 'int', several integrations, or the scan ('inf').

    Half of the scan stands in for the whole where that gives `INTEGRATION_SNR`: the air moves on.
    """
    if not snr or snr >= wanted:
        return "int"
    many, half = math.ceil((wanted / snr) ** 2), int(scan_s / integration_s / 2 + 1e-6)
    if many > half and snr * math.sqrt(half) >= INTEGRATION_SNR:
        many = half
    length = many * integration_s
    return f"{length:.3f}s" if many <= half else "inf"


def plan_gains(metadata: Metadata, roles: Roles, sefd: Mapping[int, float], flux: Flux) -> GainPlan:
    """Decide which spws are solved on their own, and how long a short solution is.

    A spw in which a phase calibrator gives too noisy phases over a scan takes those of the widest spw; when
    that one is too weak as well, all spws are combined. Phases of different spws differ by a constant, which
    the bandpass takes up when the phases before it come from the same spw.
    """
    windows = metadata.science
    numbers = tuple(window.number for window in windows)
    scan = {window.number: _weakest(metadata, roles, window, sefd, flux) for window in windows}
    why = [
        f"spw {number}: S/N of about {snr:.0f} over a scan of the weakest phase calibrator"
        if snr
        else f"spw {number}: the flux density of a phase calibrator is not known, its noise is not estimated"
        for number, snr in scan.items()
    ]
    best = max(windows, key=lambda each: (scan[each.number], each.bandwidth_hz, -each.number)).number
    weak = [
        number
        for number in numbers
        if number != best and 0 < scan[number] < _wanted(scan[number], scan[best])
    ]
    faint = [number for number in numbers if 0 < scan[number] * math.sqrt(2) < AMPLITUDE_SNR]
    combine = len(windows) > 1 and 0 < scan[best] < SCAN_SNR
    if combine:
        why.append(f"Below {SCAN_SNR:.0f} in the best spw: one solution for all spws.")
        phase, amplitude = numbers, numbers
        phase_map = amplitude_map = _spwmap(numbers, numbers, min(numbers))
    else:
        widest = max(window.bandwidth_hz for window in windows)
        narrow = [
            each.number for each in windows if each.bandwidth_hz < NARROW * widest and each.number in weak
        ]
        mapped = [number for number in numbers if number in {*faint, *narrow} - {best}]
        phase = tuple(number for number in numbers if number not in weak)
        amplitude = tuple(number for number in numbers if number not in mapped)
        phase_map, amplitude_map = _spwmap(numbers, weak, best), _spwmap(numbers, mapped, best)
        if weak:
            why.append(f"Below {PIPELINE_SNR:.0f} in spw {_list(weak)}: phases of spw {best} instead.")
        if mapped:
            why.append(
                f"Too little signal for amplitudes in spw {_list(mapped)}: those of spw {best} instead."
            )
    few = len(metadata.antennas) <= 10
    return GainPlan(
        phase_map=phase_map,
        amplitude_map=amplitude_map,
        combine=combine,
        phase_spws=phase,
        amplitude_spws=amplitude,
        int_groups=_int_groups(metadata, roles, sefd, flux, phase, combine),
        minblperant=3 if few else None,
        strict=bool(roles.polarisation),
        why=tuple(why),
    )


def _wanted(snr: float, best: float) -> float:
    return PIPELINE_SNR if best >= BETTER * snr else SCAN_SNR


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _spwmap(numbers: tuple[int, ...], moved: tuple[int, ...] | list[int], best: int) -> tuple[int, ...]:
    if not moved:
        return ()
    return tuple(best if number in moved else number for number in range(max(numbers) + 1))


def _weakest(
    metadata: Metadata, roles: Roles, window: Window, sefd: Mapping[int, float], flux: Flux
) -> float:
    """Lowest S/N over a scan of all phase calibrators in a spw; 0 where one is not known."""
    usable = window.bandwidth_hz * (0.875 if window.kind is WindowKind.TDM else 1.0)
    return min(
        _snr(metadata, number, window, sefd, flux, usable, metadata.scan_s(number)) for number in roles.phase
    )


def _int_groups(
    metadata: Metadata,
    roles: Roles,
    sefd: Mapping[int, float],
    flux: Flux,
    spws: tuple[int, ...],
    combine: bool,
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Fields by the length of their short phase solutions, the standard one first."""
    windows = [each for each in metadata.science if each.number in spws]
    found: dict[str, list[int]] = {"int": []}
    for number in (*roles.calibrators, *roles.checks):
        integration = max(metadata.integration_s(each.number) for each in windows)
        each_snr = [
            _snr(metadata, number, each, sefd, flux, each.bandwidth_hz, integration) for each in windows
        ]
        snr = math.hypot(*each_snr) if combine else min(each_snr)
        solint = solint_text(snr, integration, metadata.scan_s(number), BEHIND_SNR)
        found.setdefault(solint, []).append(number)
    return tuple((solint, tuple(fields)) for solint, fields in found.items() if fields)
