"""Was what the goal asks for observed: its sources, where they are, with all their pointings.

`of` is an MS; `goal` is what is known of the goal (`mous.goal.Goal.of_ms`), as plain values. What it does not
tell is not judged.
"""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from ..flag_count import open_unlocked
from ..intents import kinds_of
from ..ms_names import Names, read_names
from ..spans import read_spans
from .answers import Answer, NothingToTell, Offender, Place, existing, most

__all__ = ["Asked", "Observed", "Pointing", "few_pointings", "observed", "position", "sources_missing"]

#: What is asked for: names of things -> values.
Asked = Dict[str, Any]
Measure = Callable[[str, str, Asked], Answer]

LIGHT_M_S = 299792458.0
BEAM = 1.13
"""FWHM of a dish's beam, of wavelength over diameter (ALMA Technical Handbook, primary beam)."""
SAME_BEAM = 0.5
"""A target nearer to a source of the goal than this part of the beam is that source, whatever its name."""
HALF_CELL = 0.6
"""From a pointing of a hexagonal mosaic to the middle between three, of the distance of two (1 / sqrt 3)."""
FIXED = ("J2000", "ICRS", "FK5")


class Pointing(NamedTuple):
    """A field that was observed."""

    name: str
    is_target: bool
    ra_rad: float
    """NaN where it has no fixed coordinates, as for dec_rad."""
    dec_rad: float


class Observed(NamedTuple):
    """What has data in an MS."""

    pointings: List[Pointing]
    spws: List[int]
    """Those of the targets; of the bandpass calibrator where there is no target."""
    pols: Dict[int, int]
    """Spw -> number of its polarisation products."""
    centres_hz: Dict[int, float]
    widths_hz: Dict[int, float]
    channels_hz: Dict[int, float]
    """Spw -> width of a channel."""
    dish_m: float
    is_seven: bool
    """Whether at least half of the dishes are of the 7m array, which may have some of 12 m with them."""

    @property
    def beam_rad(self) -> float:
        """FWHM of a dish's beam at the highest frequency; NaN where there is no spw."""
        highest_hz = max((self.centres_hz[n] for n in self.spws), default=math.nan)
        return BEAM * LIGHT_M_S / highest_hz / self.dish_m if self.dish_m > 0.0 else math.nan


def observed(path: str, of: str) -> Observed:
    """Read what was observed.

    Raises
    ------
    NothingToTell
        Nothing says what for: there are no intents.
    """
    names = read_names(path)
    seen = {(span.field, span.state, span.ddid) for span in read_spans(path)}
    kinds = {state: set(kinds_of(names.intent(state))) for _, state, _ in seen}
    if not any(kinds.values()):
        raise NothingToTell("has no intents", of)
    wanted = next(
        (kind for kind in ("TARGET", "BANDPASS") if any(kind in each for each in kinds.values())), ""
    )
    ddids = {ddid for _, state, ddid in seen if wanted in kinds.get(state, ())}
    spws = sorted({names.spw_of[ddid] for ddid in ddids if names.is_science(names.spw_of[ddid])})
    targets = {field for field, state, _ in seen if "TARGET" in kinds.get(state, ())}
    where = _directions(path)
    pointings = [
        Pointing(names.fields[n], n in targets, *where[n]) for n in sorted({each[0] for each in seen})
    ]
    seven = int((names.dishes_m < 10.0).sum())
    return Observed(
        pointings,
        spws,
        _products(path, names),
        *_frequencies(path, spws),
        float(np.median(names.dishes_m)) if len(names.dishes_m) else math.nan,
        2 * seven >= len(names.dishes_m) > 0,
    )


def _directions(path: str) -> List[Tuple[float, float]]:
    """Right ascension and declination of each field, rad; NaN where it moves, or has other coordinates."""
    found = []
    with open_unlocked(f"{path}/FIELD") as table:
        reference = table.getcolkeyword("PHASE_DIR", "MEASINFO")
        codes = dict(zip(reference.get("TabRefCodes", ()), reference.get("TabRefTypes", ())))  # noqa: B905
        moves = "EPHEMERIS_ID" in table.colnames()
        for row in range(table.nrows()):
            kind = reference.get("Ref", "J2000")
            if "VarRefCol" in reference:
                kind = codes.get(int(table.getcell(reference["VarRefCol"], row)), "")
            ra_rad, dec_rad = (float(each) for each in table.getcell("PHASE_DIR", row)[:, 0])
            is_fixed = kind in FIXED and not (moves and int(table.getcell("EPHEMERIS_ID", row)) >= 0)
            is_known = is_fixed and (ra_rad, dec_rad) != (0.0, 0.0)
            found.append((ra_rad, dec_rad) if is_known else (math.nan, math.nan))
    return found


def _products(path: str, names: Names) -> Dict[int, int]:
    with open_unlocked(f"{path}/DATA_DESCRIPTION") as table:
        setups = [int(each) for each in table.getcol("POLARIZATION_ID")]
    with open_unlocked(f"{path}/POLARIZATION") as table:
        products = [int(each) for each in table.getcol("NUM_CORR")]
    found: Dict[int, int] = {}
    for spw, setup in zip(names.spw_of, setups):  # noqa: B905
        found[spw] = max(found.get(spw, 0), products[setup])
    return found


def _frequencies(path: str, spws: List[int]) -> Tuple[Dict[int, float], Dict[int, float], Dict[int, float]]:
    """Centre, width and width of a channel of each spw, Hz."""
    centres, widths, channels = {}, {}, {}
    with open_unlocked(f"{path}/SPECTRAL_WINDOW") as table:
        for spw in spws:
            steps = np.abs(table.getcell("CHAN_WIDTH", spw))
            centres[spw] = float(np.mean(table.getcell("CHAN_FREQ", spw)))
            widths[spw], channels[spw] = float(steps.sum()), float(np.median(steps))
    return centres, widths, channels


def sources_missing(of: str, folder: str, goal: Asked) -> Answer:
    """How many of the goal's sources were never observed as a target.

    Names are compared without case, spaces and underscores (the Observing Tool puts these for what names of
    fields cannot have); a target within half a dish's beam of a source is that source.
    """
    path = existing(folder, of)
    asked = _sources(goal, of)
    there = observed(path, of)
    lost = [each for each in asked if not _as_target(each, there)]
    seen = {_bare(each.name) for each in there.pointings}
    words = [
        each["name"] + (" (observed, but not as a target)" if _bare(each["name"]) in seen else "")
        for each in lost
    ]
    found = [Offender(1.0, word, Place(field=each["name"])) for word, each in zip(words, lost)]  # noqa: B905
    targets = list(dict.fromkeys(each.name for each in there.pointings if each.is_target))
    told = f"targets are {', '.join(targets[:6]) or 'none'}{' ...' if len(targets) > 6 else ''}"
    text = f"not observed: {', '.join(words[:6])}; {told}" if lost else f"all {len(asked)} observed; {told}"
    return Answer(float(len(lost)), "", text, found)


def _sources(goal: Asked, of: str) -> List[Asked]:
    asked: List[Asked] = goal.get("sources", [])
    if not asked:
        raise NothingToTell("the goal names no sources ([goal] sources in mous.toml)", of)
    return asked


def _as_target(source: Asked, there: Observed) -> List[Pointing]:
    """The pointings at a source of the goal: those of its name, else those near to it."""
    targets = [each for each in there.pointings if each.is_target]
    return [each for each in targets if _bare(each.name) == _bare(source["name"])] or [
        each for each in targets if _off_rad(source, each) < SAME_BEAM * there.beam_rad
    ]


def _bare(name: str) -> str:
    return "".join(name.replace("_", " ").split()).casefold()


def _off_rad(source: Asked, pointing: Pointing) -> float:
    """Angle between a source and a pointing, rad; NaN where one has no coordinates."""
    if "ra_deg" not in source:
        return math.nan
    return _angle_rad(
        math.radians(source["ra_deg"]), math.radians(source["dec_deg"]), pointing.ra_rad, pointing.dec_rad
    )


def _angle_rad(ra_rad: float, dec_rad: float, other_ra_rad: float, other_dec_rad: float) -> float:
    """Angle between two directions (haversine: exact where it is small)."""
    half = math.sin((dec_rad - other_dec_rad) / 2.0) ** 2
    half += math.cos(dec_rad) * math.cos(other_dec_rad) * math.sin((ra_rad - other_ra_rad) / 2.0) ** 2
    return 2.0 * math.asin(min(1.0, math.sqrt(half))) if math.isfinite(half) else math.nan


def position(of: str, folder: str, goal: Asked) -> Answer:
    """How far a source was observed from where the goal has it, % of a dish's beam, of the worst.

    Of a mosaic the nearest pointing counts, less the distance to the middle of its cell. A tenth of the beam
    costs 3 % of the signal, half of it 50 % (a Gaussian); sources that move are left out.
    """
    path = existing(folder, of)
    asked = _sources(goal, of)
    there = observed(path, of)
    found = [each for source in asked for each in _of_position(source, there) if math.isfinite(each.value)]
    if not found:
        raise NothingToTell("the goal has no coordinates of what was observed", of)
    return most(found, "%", of)


def _of_position(source: Asked, there: Observed) -> Iterator[Offender]:
    fields = _as_target(source, there)
    off = [each for each in (_off_rad(source, field) for field in fields) if math.isfinite(each)]
    if off:
        nearest = max(0.0, min(off) - HALF_CELL * _spacing_rad(fields))
        yield Offender(100.0 * nearest / there.beam_rad, source["name"], Place(field=source["name"]))


def _spacing_rad(fields: List[Pointing]) -> float:
    """From a pointing of a mosaic to its neighbour, the median; 0 for a single one."""
    nearest = [
        min((_angle_rad(*one[2:], *other[2:]) for other in fields if other is not one), default=0.0)
        for one in fields
    ]
    return float(np.nanmedian(nearest)) if np.isfinite(nearest).any() else 0.0


def few_pointings(goal: Asked, there: Observed) -> Iterator[Offender]:
    """Sources with fewer pointings than the goal asks for."""
    for source in goal.get("sources", ()):
        count = len({each[2:] for each in _as_target(source, there)})
        wanted = int(source.get("pointings", 0))
        if 0 < count < wanted:
            name = source["name"]
            yield Offender(1.0, f"{name} has {count} of {wanted} pointings", Place(field=name))
