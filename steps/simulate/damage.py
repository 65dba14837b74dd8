"""Where a seed puts the defects that were asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from .array import SPARED, by_distance
from .intents import ATMOSPHERE, PHASE, TARGET
from .model import Antenna, Scan
from .shadow import Shade

__all__ = ["Damage", "Defect", "outer", "place", "place_offsets"]

Array = Any


@dataclass(frozen=True)
class Defect:
    """One defect at one place, for truth.json."""

    name: str
    what: str
    antenna: str = ""
    polarisation: str = ""
    spws: Tuple[int, ...] = ()
    scans: Tuple[int, ...] = ()
    value: float = 0.0
    unit: str = ""


@dataclass
class Damage:
    """What is wrong with a block, for those who make its data; antennas by number, polarisations X 0, Y 1."""

    defects: List[Defect] = field(default_factory=list)
    bad_radiometers: List[int] = field(default_factory=list)
    tsys_factors: List[Tuple[int, int, Tuple[int, ...], float]] = field(default_factory=list)
    """Antenna, polarisation, scans, factor on what SYSCAL says."""
    dead: List[Tuple[int, int]] = field(default_factory=list)
    """Antenna, scan."""
    extra_trx_k: List[Tuple[int, Tuple[int, ...], float]] = field(default_factory=list)
    """Antenna, polarisations, K."""
    quack_factor: float = 1.0
    edges: bool = False
    syscal_step_s: float = 0.0
    ripples: Dict[int, float] = field(default_factory=dict)
    """Antenna -> amplitude."""
    jumps: List[Tuple[int, float, complex]] = field(default_factory=list)
    """Antenna, time s, gain from then on."""
    off_source: List[Tuple[int, float, float]] = field(default_factory=list)
    """Antenna, from s, to s: no fringes, and the observatory knows."""


def outer(antennas: Sequence[Antenna], rng: np.random.Generator) -> List[int]:
    """Return the antennas that may have a defect, shuffled."""
    return [int(k) for k in rng.permutation(by_distance(antennas)[SPARED:])]


def place_offsets(names: Sequence[str], antennas: Sequence[Antenna], rng: np.random.Generator) -> Array:
    """Return true minus recorded position of every antenna, (n_ant, 3), m: 1 to 3 mm for three of them."""
    offsets = np.zeros((len(antennas), 3))
    if "antpos" in names:
        for k in outer(antennas, rng)[:3]:
            direction = rng.standard_normal(3)
            length = rng.uniform(1.0e-3, 3.0e-3)
            # The position service's numbers have a tenth of a millimetre less than they pretend to.
            offsets[k] = np.round(length * direction / np.linalg.norm(direction), 5)
    return offsets


class _Placing:
    """Gives each defect its antenna: another one as long as there are."""

    def __init__(
        self,
        antennas: Sequence[Antenna],
        scans: Sequence[Scan],
        offsets: Array,
        rng: np.random.Generator,
        shade: Mapping[int, Shade],
    ) -> None:
        self.antennas, self.scans, self.offsets, self.rng = antennas, scans, offsets, rng
        self.shade = shade
        self.damage = Damage()
        self._left: List[int] = []

    def antenna(self) -> int:
        if not self._left:
            self._left = self._in_the_light(outer(self.antennas, self.rng))
        return self._left.pop()

    def _in_the_light(self, antennas: List[int]) -> List[int]:
        """Those not in shadow, unless few are left: what is flagged anyway shows no other defect."""
        left = [k for k in antennas if k not in self.shade]
        return left if 2 * len(left) >= len(antennas) else antennas

    def note(self, name: str, what: str, antenna: int = -1, **more: Any) -> None:
        who = self.antennas[antenna].name if antenna >= 0 else ""
        self.damage.defects.append(Defect(name, what, who, **more))

    def with_intent(self, intent: str) -> List[Scan]:
        return [scan for scan in self.scans if intent in scan.intents]

    def bad_wvr(self) -> None:
        k = self.antenna()
        self.damage.bad_radiometers.append(k)
        self.note("bad-wvr", "its radiometer's temperatures wander by several kelvin", k, value=5.0, unit="K")

    def bad_tsys(self) -> None:
        k = self.antenna()
        target = self.with_intent(TARGET)[0].source
        scans = tuple(scan.number for scan in self.with_intent(ATMOSPHERE) if scan.source == target)
        self.damage.tsys_factors.append((k, 0, scans, 4.0))
        what = "SYSCAL says four times the true system temperature"
        self.note("bad-tsys", what, k, polarisation="X", scans=scans, value=4.0, unit="factor")

    def dead_scan(self) -> None:
        k = self.antenna()
        scan = self.with_intent(TARGET)[0].number
        self.damage.dead.append((k, scan))
        self.note("dead-scan", "no fringes", k, scans=(scan,))

    def noisy_pol(self) -> None:
        k = self.antenna()
        self.damage.extra_trx_k.append((k, (1,), 260.0))
        what = "the receiver adds so much noise in one polarisation"
        self.note("noisy-pol", what, k, polarisation="Y", value=260.0, unit="K")

    def high_tsys(self) -> None:
        k = self.antenna()
        self.damage.extra_trx_k.append((k, (0, 1), 150.0))
        self.note("high-tsys", "the receiver adds so much noise", k, value=150.0, unit="K")

    def quack(self) -> None:
        self.damage.quack_factor = 0.55
        what = "the first integration of every scan on a source has this part of the amplitude"
        self.note("quack", what, value=0.55, unit="factor")

    def antpos(self) -> None:
        for k in np.flatnonzero(np.any(self.offsets != 0.0, axis=1)):
            length = float(np.linalg.norm(self.offsets[k])) * 1e3
            self.note("antpos", "it stands elsewhere than the metadata say", int(k), value=length, unit="mm")

    def edge(self) -> None:
        self.damage.edges = True
        self.note("edge", "power falls off within 6 % of the window at both edges", value=0.05, unit="factor")

    def syscal_times(self) -> None:
        self.damage.syscal_step_s = 0.8
        what = "SYSCAL has another time for every third antenna"
        self.note("syscal-times", what, value=0.8, unit="s")

    def ripple(self) -> None:
        k = self.antenna()
        self.damage.ripples[k] = 0.15
        self.note("ripple", "a ripple of this amplitude in its bandpass", k, value=0.15, unit="factor")

    def _jump(self, name: str, gain: complex, value: float, unit: str) -> None:
        k = self.antenna()
        targets = self.with_intent(TARGET)
        scan = targets[len(targets) // 2]
        time = 0.5 * (scan.subscans[0].start_s + scan.subscans[-1].end_s)
        self.damage.jumps.append((k, time, gain))
        self.note(
            name, "it jumps in the middle of this scan", k, scans=(scan.number,), value=value, unit=unit
        )

    def phase_jump(self) -> None:
        self._jump("phase-jump", complex(math.cos(1.2), math.sin(1.2)), math.degrees(1.2), "deg")

    def amp_jump(self) -> None:
        self._jump("amp-jump", 0.6 + 0j, 0.6, "factor")

    def online_flags(self) -> None:
        for scan in (self.with_intent(TARGET)[-1], self.with_intent(PHASE)[0]):
            k = self.antenna()
            start = scan.subscans[0].start_s
            end = start + 0.4 * (scan.subscans[0].end_s - start)
            self.damage.off_source.append((k, start, end))
            what = "its mount is off source in the first part of this scan"
            self.note("online-flags", what, k, scans=(scan.number,), value=end - start, unit="s")

    def shadow(self) -> None:
        for k, each in self.shade.items():
            what = "it is in the shadow of another antenna in so much of its integrations"
            self.note("shadow", what, k, scans=each.scans, value=each.percent, unit="%")

    def elsewhere(self, name: str, what: str) -> None:
        """A defect that schedule and spectrum make."""
        self.note(name, what)


ELSEWHERE = {
    "pointing-quasar": "a quasar that is used for pointing only",
    "low-snr-spw": "the last science window is 15 MHz wide",
    "missing-tsys": "the phase calibrator has no system temperatures of its own",
    "field-00": "a moving source whose field is at 0, 0",
    "bwsw": "the phase calibrator is observed in wide windows, the target in narrow ones",
}


def place(
    names: Sequence[str],
    antennas: Sequence[Antenna],
    scans: Sequence[Scan],
    offsets: Array,
    rng: np.random.Generator,
    shade: Mapping[int, Shade],
) -> Damage:
    """Return the damage of one block.

    Parameters
    ----------
    names : sequence of str
        Defects of `NAMES`.
    offsets : array
        True minus recorded positions, (n_ant, 3), m.
    shade : mapping
        Antenna -> when it is in shadow, where that is asked for.
    """
    placing = _Placing(antennas, scans, offsets, rng, shade)
    radiometers = "7.0" not in {str(antenna.diameter_m) for antenna in antennas}
    for name in names:
        if name in ELSEWHERE:
            placing.elsewhere(name, ELSEWHERE[name])
        elif name != "bad-wvr" or radiometers:
            getattr(placing, name.replace("-", "_"))()
    return placing.damage
