"""What phases of a phase calibrator leave of the flux density of another source."""

from __future__ import annotations

from typing import Dict, Iterator, List, Tuple

import numpy as np

from .answers import Answer, NothingToTell, Offender, Place, Results
from .flux import Derived, derived
from .visibilities import vector_flux

__all__ = ["flux_kept"]

SIGMAS = 2.0
"""A loss below so many errors of fluxscale's flux density is none: such a source has 100 %."""


def flux_kept(of: str, folder: str, results: Results) -> Answer:
    """Flux density of a field that is calibrated like a target, as a part of that by its own solutions, %.

    The vector average by what fluxscale found behind phases of the field itself: what the air between the
    scans of the phase calibrator takes, or a wrong antenna position; the mean over the spws, weighted by
    fluxscale's errors. 0.7 is where a check source is to be looked at (reference alma-reduction 4.2). From
    targets the same is lost.
    """
    own = {(each.field, each.spw): each for each in derived(folder, results) if each.error > 0.0}
    pairs: Dict[str, List[Tuple[float, Derived]]] = {}
    for each in vector_flux(of, folder, results).offenders:
        known = own.get((each.place.field, str(each.place.spw)))
        if known is not None:
            pairs.setdefault(known.field, []).append((each.value, known))
    found = sorted(_kept(pairs), key=lambda each: each.value)
    if not found:
        raise NothingToTell("fluxscale has no flux density of it", of)
    return Answer(found[0].value, "%", ", ".join(each.who for each in found[:4]), found)


def _kept(pairs: Dict[str, List[Tuple[float, Derived]]]) -> Iterator[Offender]:
    for field, of_spws in pairs.items():
        seen, true, sigma = np.array([(jy, own.value, own.error) for jy, own in of_spws]).T
        weight = (true / sigma) ** 2
        percent = float(100.0 * (weight * seen / true).sum() / weight.sum())
        error = float(100.0 / np.sqrt(weight.sum()))
        n = int(np.argmax(weight))
        told = (
            f"{field} {percent:.0f} %, {seen[n]:.4g} Jy like a target, {true[n]:.4g} Jy by its own solutions"
        )
        yield Offender(percent if 100.0 - percent > SIGMAS * error else 100.0, told, Place(field=field))
