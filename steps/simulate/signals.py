"""What the correlator and the radiometers put out, made when it is asked for and always the same.

A correlation coefficient is the source's flux density over the geometric mean of the antennas' system
equivalent flux densities, times their gains, plus noise of 1 / sqrt(2 bandwidth time) in each of real and
imaginary part. Not ALMA-like: no bright line of the atmosphere or spur, no correlation between channels, no
quantisation, and a shadowed antenna sees as much as another one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

import numpy as np

from .array import enu_axes, positions
from .atmosphere import PATH_PER_WATER, WVR_NOISE_K, Water, radiometer_kelvin, sky_kelvin
from .catalogue import Cast, Quasar
from .damage import Damage
from .heavens import LIGHT_M_S, azimuth_elevation, turned, uvw_axes
from .model import WVR_S, Antenna, Field, Scan, Setup, Subscan, Window
from .receivers import LOADS_K, Receivers, jy_per_kelvin
from .sky import Component, beam, component_visibility, offsets
from .spectrum import Spectrum, channels_hz

__all__ = ["Scene", "auto", "cross"]

Array = Any

#: The water moves on during an integration: it is looked at so often.
STEPS = 6
SEEN = ("ON_SOURCE", "REFERENCE")
#: Flux density of the moving source of the defect field-00, Jy.
MOVING_JY = 0.3
#: How far a bad radiometer wanders, K: as half a millimetre of path and more.
WANDER_K = 5.0


@dataclass(frozen=True)
class Scene:
    """All that the data of one block follow from."""

    key: Tuple[int, ...]
    """Begins the seed of every random number."""
    start_s: float
    antennas: Tuple[Antenna, ...]
    offsets_m: Array
    """True minus recorded position, (n_ant, 3), ITRF."""
    spectrum: Spectrum
    fields: Tuple[Field, ...]
    true_fields: Tuple[Field, ...]
    """The same where they are right, for those whose coordinates are not."""
    cast: Cast
    components: Tuple[Component, ...]
    band: int
    doppler: float
    water: Water
    receivers: Receivers
    damage: Damage
    directions: Dict[int, Array]
    """Field -> ITRF unit vector at `start_s`."""
    opacity: Dict[int, Array]
    """Window -> zenith opacity, (n_chan,)."""
    ground_k: float

    @property
    def first(self) -> Array:
        """Return the first antenna of each baseline."""
        return np.array([i for j in range(1, len(self.antennas)) for i in range(j)])

    @property
    def second(self) -> Array:
        """Return the second antenna of each baseline, in the order of the ASDM: (0, 1), (0, 2), (1, 2) ..."""
        return np.array([j for j in range(1, len(self.antennas)) for i in range(j)])

    @property
    def east_north_m(self) -> Array:
        """Return where the antennas stand from their middle, (n_ant, 2)."""
        where = positions(self.antennas)
        return ((where - where.mean(axis=0)) @ enu_axes().T)[:, :2]

    def direction(self, field: int, times_s: Array) -> Array:
        """Return where a field is at times since the block's start, (n_times, 3), ITRF."""
        return turned(self.directions[field], times_s)

    def airmass(self, field: int, times_s: Array) -> Array:
        """Return the air on the way to a field, (n_times,), in units of that to the zenith."""
        return 1.0 / np.sin(azimuth_elevation(self.direction(field, times_s))[1])

    def random(self, *more: int) -> np.random.Generator:
        """Return random numbers that depend on nothing but their purpose."""
        return np.random.default_rng([*self.key, *more])

    def quasar(self, name: str) -> Optional[Quasar]:
        """Return the quasar of this name, or None: it is the target."""
        cast = self.cast
        for each in (cast.bandpass, cast.phase, cast.check, cast.pointing):
            if each.name == name:
                return each
        return None


def middles(scene: Scene, subscan: Subscan, steps: int = 1) -> Array:
    """Return the middles of integrations, or of equal parts of them, s since the block's start."""
    count = subscan.n_integrations * steps
    return subscan.start_s - scene.start_s + (np.arange(count) + 0.5) * subscan.integration_s / steps


def cross(scene: Scene, scan: Scan, subscan: Subscan, setup: Setup) -> Dict[int, Array]:
    """Return the cross-correlations, window -> (n_int, n_baselines, n_chan, n_pol), complex64."""
    found = {}
    for number in setup.windows:
        window = scene.spectrum.windows[number]
        rng = scene.random(scan.number, subscan.number, number, 1)
        data = _noise(scene, subscan, window, rng)
        if subscan.intent in SEEN:
            data += _signal(scene, scan, subscan, window)
        found[number] = data
    return found


def _noise(scene: Scene, subscan: Subscan, window: Window, rng: np.random.Generator) -> Array:
    shape = (subscan.n_integrations, len(scene.first), window.n_channels, 4)
    noise = rng.standard_normal(shape, dtype=np.float32)
    noise *= 1.0 / math.sqrt(2.0 * abs(window.step_hz) * subscan.integration_s)
    return noise.view(np.complex64)


def _signal(scene: Scene, scan: Scan, subscan: Subscan, window: Window) -> Array:
    times = middles(scene, subscan)
    gains = _gains(scene, scan, subscan, window, times)
    first, second = scene.first, scene.second
    sky = _sky(scene, subscan, window, times) * _coherence(scene, subscan, window)[:, :, None]
    return (gains[:, first] * np.conj(gains[:, second]) * sky[..., None]).astype(np.complex64)


def _gains(scene: Scene, scan: Scan, subscan: Subscan, window: Window, times: Array) -> Array:
    """What each antenna makes of a jansky, (n_int, n_ant, n_chan, n_pol)."""
    hertz = channels_hz(window)
    field = subscan.field
    airmass = scene.airmass(field, times)
    column = _columns(scene, subscan).mean(axis=1) - scene.water.pwv_mm
    path = (scene.direction(field, times) @ scene.offsets_m.T) - PATH_PER_WATER * 1e-3 * column * airmass[
        :, None
    ]
    turn = np.exp((2j * math.pi / LIGHT_M_S) * path[:, :, None] * hertz)
    tsys = scene.receivers.tsys_kelvin(scene.opacity[window.number], float(airmass.mean()), scene.ground_k)
    jansky = np.array([jy_per_kelvin(antenna.diameter_m) for antenna in scene.antennas])
    response = scene.receivers.bandpass[window.number] / np.sqrt(tsys * jansky[:, None, None])
    slow = scene.receivers.gain(times) * _losses(scene, scan, subscan, times)[:, :, None]
    return turn[..., None] * response[None] * slow[:, :, None, :]


def _losses(scene: Scene, scan: Scan, subscan: Subscan, times: Array) -> Array:
    """What dead antennas, slews, jumps and late starts leave, (n_int, n_ant)."""
    left = np.ones((len(times), len(scene.antennas)), dtype=complex)
    if subscan.number == scan.subscans[0].number:
        left[0] *= math.sqrt(scene.damage.quack_factor)
    for antenna, number in scene.damage.dead:
        if number == scan.number:
            left[:, antenna] = 0.0
    for antenna, since, jump in scene.damage.jumps:
        left[times + scene.start_s >= since, antenna] *= jump
    for antenna, start, end in scene.damage.off_source:
        left[(times + scene.start_s >= start) & (times + scene.start_s < end), antenna] = 0.0
    return left


def _columns(scene: Scene, subscan: Subscan) -> Array:
    """The water over each antenna, (n_int, STEPS, n_ant), mm to the zenith."""
    columns = scene.water.column_mm(middles(scene, subscan, STEPS), scene.east_north_m)
    return columns.reshape(subscan.n_integrations, STEPS, -1)


def _coherence(scene: Scene, subscan: Subscan, window: Window) -> Array:
    """What the water's motion within an integration leaves of the amplitude, (n_int, n_baselines)."""
    columns = _columns(scene, subscan)
    columns = columns - columns.mean(axis=1, keepdims=True)
    airmass = float(scene.airmass(subscan.field, middles(scene, subscan)).mean())
    phase = columns * (2 * math.pi * window.first_hz / LIGHT_M_S * PATH_PER_WATER * 1e-3 * airmass)
    return np.exp(-1j * (phase[:, :, scene.first] - phase[:, :, scene.second])).mean(axis=1)


def _sky(scene: Scene, subscan: Subscan, window: Window, times: Array) -> Array:
    """What there is to see, Jy, (n_int, n_baselines, n_chan)."""
    field, hertz = scene.true_fields[subscan.field], channels_hz(window)
    shape = (len(times), len(scene.first), len(hertz))
    quasar = scene.quasar(field.name)
    if quasar:
        return np.broadcast_to(np.array([quasar.flux_jy(hz) for hz in hertz]), shape).astype(complex)
    if field.name != scene.cast.target_name:
        return np.full(shape, MOVING_JY, dtype=complex)
    axes = uvw_axes(scene.direction(subscan.field, times))
    where = positions(scene.antennas) + scene.offsets_m
    uvw = np.einsum("bk,tck->tbc", where[scene.first] - where[scene.second], axes)
    total = np.zeros(shape, dtype=complex)
    for component in scene.components:
        at = offsets(component, scene.cast, field)
        jy = component.spectrum_jy(window, scene.band, scene.doppler)
        seen = jy * beam(math.hypot(*at), hertz, scene.antennas[0].diameter_m)
        total += seen * component_visibility(component, at, uvw, hertz)
    return total


def auto(scene: Scene, scan: Scan, subscan: Subscan, setup: Setup) -> Dict[int, Array]:
    """Return the autocorrelations, window -> (n_int, n_ant, n_chan, n_pol), float32."""
    if setup.kind == "radiometer":
        return {setup.windows[0]: _radiometers(scene, scan, subscan)}
    found = {}
    airmass = float(scene.airmass(subscan.field, middles(scene, subscan)).mean())
    for number in setup.windows:
        window = scene.spectrum.windows[number]
        rng = scene.random(scan.number, subscan.number, number, 2)
        sky = sky_kelvin(scene.opacity[number], airmass, scene.ground_k)
        power = scene.receivers.power(number, subscan.intent, sky)
        shape = (subscan.n_integrations, *power.shape)
        noise = rng.standard_normal(shape) / math.sqrt(abs(window.step_hz) * subscan.integration_s)
        found[number] = (power * (1.0 + noise)).astype(np.float32)
    return found


def _radiometers(scene: Scene, scan: Scan, subscan: Subscan) -> Array:
    """Temperatures, (n_wvr, n_ant, 4, 1), K."""
    count = int((subscan.end_s - subscan.start_s) / WVR_S + 1e-6)
    times = subscan.start_s - scene.start_s + (np.arange(count) + 0.5) * WVR_S
    rng = scene.random(scan.number, subscan.number, 3)
    if subscan.intent in LOADS_K:
        kelvin = np.full((count, len(scene.antennas), 4), LOADS_K[subscan.intent])
    else:
        column = scene.water.column_mm(times, scene.east_north_m)
        kelvin = radiometer_kelvin(column * scene.airmass(subscan.field, times)[:, None])
    kelvin = kelvin + WVR_NOISE_K * rng.standard_normal(kelvin.shape)
    for antenna in scene.damage.bad_radiometers:
        wander = np.sin(times / 9.0) + np.sin(times / 41.0) + 0.4 * rng.standard_normal(count)
        kelvin[:, antenna] += WANDER_K * wander[:, None]
    return kelvin[..., None].astype(np.float32)
