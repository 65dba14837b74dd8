"""A flux density of a reduction held against the catalogue's."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .model import Flux

__all__ = ["LARGE_PERCENT", "Difference"]

#: From here on a person should be able to say why (the ALMA pipeline's limits for flux scales: 10 and 20 %).
LARGE_PERCENT = 10.0


@dataclass(frozen=True, slots=True)
class Difference:
    """One value and the catalogue's, at the same frequency."""

    jy: float
    error_jy: float
    """Of `jy`; 0 for a model, which has none."""
    reference: Flux
    where: str = ""
    """The EB."""

    @property
    def ratio(self) -> float:
        """The value over the catalogue's."""
        return self.jy / self.reference.jy

    @property
    def percent(self) -> float:
        """By how much it is off the catalogue's, %."""
        return 100.0 * (self.ratio - 1.0)

    @property
    def sigma(self) -> float | None:
        """By how many joint errors; None where there are none."""
        joint = math.hypot(self.error_jy, self.reference.error_jy or 0.0)
        return (self.jy - self.reference.jy) / joint if joint > 0 else None

    @property
    def is_large(self) -> bool:
        """Whether it is off by more than `LARGE_PERCENT`."""
        return abs(self.percent) > LARGE_PERCENT
