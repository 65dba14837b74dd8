"""What may be asked of the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from .defects import NAMES, TYPICAL

__all__ = ["ARRAYS", "BANDS", "TARGETS", "Options"]

ARRAYS = ("12m", "7m")
BANDS = (3, 6, 7)
TARGETS = ("single", "mosaic")


@dataclass(frozen=True)
class Options:
    """A member OUS to simulate; the small sizes are for tests.

    Raises
    ------
    ValueError
        A value is none of those possible; the message is one sentence for the person who asked.
    """

    array: str = "12m"
    n_ebs: int = 2
    seed: int = 1
    defects: Tuple[str, ...] = TYPICAL
    target: str = "single"
    line: bool = True
    """A line in the target, and fine channels to see it."""
    continuum: bool = True
    """Continuum emission of the target."""
    n_spws: int = 2
    """Science windows, 1 to 4."""
    band: int = 6
    n_antennas: int = 0
    """0: 10 of the 12m, 9 of the 7m array."""
    channels: int = 128
    """Of a window of 2 GHz; those of fine channels have 15/16 of it."""
    cycles: int = 3
    """How often target and phase calibrator take turns."""

    def __post_init__(self) -> None:
        for name, value, known in (
            ("array", self.array, ARRAYS),
            ("target", self.target, TARGETS),
            ("band", self.band, BANDS),
        ):
            if value not in known:
                raise ValueError(f"{name} {value!r} is none of {', '.join(map(str, known))}")
        unknown = [name for name in self.defects if name not in NAMES]
        if unknown:
            raise ValueError(f"no such defect: {', '.join(unknown)}; there are {', '.join(NAMES)}")
        for name, number, least, most in (
            ("ebs", self.n_ebs, 1, 20),
            ("seed", self.seed, 0, 2**31),
            ("spws", self.n_spws, 1, 4),
            ("antennas", self.antennas, 4, 9 if self.array == "7m" else 40),
            ("channels", self.channels, 16, 4096),
            ("cycles", self.cycles, 1, 20),
        ):
            if not least <= number <= most:
                raise ValueError(f"{name} is {number}: it must be {least} to {most}")
        if not (self.line or self.continuum):
            raise ValueError("a target without line and continuum emits nothing")

    @property
    def antennas(self) -> int:
        """How many antennas there are."""
        return self.n_antennas or (9 if self.array == "7m" else 10)

    @property
    def is_7m(self) -> bool:
        """Whether it is the 7m array, which has no radiometers."""
        return self.array == "7m"

    @property
    def integration_s(self) -> float:
        """Integration of the science windows, s."""
        return 10.08 if self.is_7m else 6.048
