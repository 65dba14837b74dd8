"""The science goals and scheduling blocks in the documents of the Observing Tool.

A ScienceGoal holds PerformanceParameters (what the reducer is held to), SpectralSetupParameters and
TargetParameters, and refers with ObsUnitSetRef to a tree of ObsUnitSet elements. The member OUS among them
have SchedBlockRef elements and an OUSStatusRef, whose entityId is the uid that the archive knows the MOUS by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from .aotsource import read_field_source, read_target
from .asked import GoalSource, GoalWindow
from .goal import NUMBERS, Goal, array_of
from .quantities import FLUX, FREQUENCY, ONE_RESOLUTION, RESOLUTION, convert, say_flux
from .safexml import each, first, number_of, text_of
from .uids import find_uid

__all__ = ["AotBlock", "AotGoal", "read_block", "read_goals"]

LIGHT_M_S = 299792458.0
VELOCITY = {"m/s": 1.0, "km/s": 1e3}
#: What a spectral setup calls its polarisation -> products.
PRODUCTS = {"SINGLE_X": 1, "SINGLE_Y": 1, "SINGLE": 1, "DOUBLE": 2, "DUAL": 2, "FULL": 4}
#: What a scheduling block asks for -> the array.
REQUESTED = {"SEVEN-M": "7M", "ACA": "7M", "TP-ARRAY": "TP"}


@dataclass(frozen=True, slots=True)
class AotBlock:
    """A scheduling block: what was observed, as the observatory had changed it."""

    uid: str = ""
    name: str = ""
    array: str = ""
    """TM1, 7M ...; empty where neither its name nor its request says."""
    rms_jy: float | None = None
    frequency_hz: float | None = None
    bandwidth_hz: float | None = None
    beam_min_arcsec: float | None = None
    beam_max_arcsec: float | None = None
    sources: tuple[GoalSource, ...] = ()
    """Its fixed sources, calibrators among them, by name and number of pointings."""


@dataclass(frozen=True, slots=True)
class AotGoal:
    """A science goal, with what belongs to it."""

    goal: Goal
    member_uids: tuple[str, ...] = ()
    """Of its member OUS, as on disk."""
    sb_names: tuple[str, ...] = ()
    bands: tuple[int, ...] = ()
    blocks: tuple[AotBlock, ...] = field(default=(), repr=False)
    remarks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.goal.name

    def for_block(self, sb_name: str) -> tuple[Goal, tuple[str, ...]]:
        """The goal as one of its blocks was observed, and what there is to say of the difference.

        The range of beams is the block's where the goal gives a single resolution. Its rms stays the
        goal's: where the observatory changed the block, notes of the project decide (that is said).
        """
        block = next((each for each in self.blocks if each.name == sb_name), None)
        goal, said = self.goal, list(self.remarks)
        sources = self._sources(block)
        if goal.sources and not sources:
            said.append(
                "The goal has several scheduling blocks, and nothing says which of its sources are of this "
                "one: write them into mous.toml, [goal] sources."
            )
        goal = replace(goal, sources=sources)
        if block is None:
            return goal, tuple(said)
        if goal.origin.get("beam_min_arcsec", "").startswith("aot, one resolution"):
            goal = _with_range_of(block, goal)
        of_block = Goal(
            rms_jy=block.rms_jy,
            frequency_hz=block.frequency_hz,
            bandwidth_hz=block.bandwidth_hz,
            origin=dict.fromkeys(NUMBERS, f"aot, scheduling block {sb_name}"),
        )
        if goal.rms_jy and block.rms_jy and abs(goal.rms_jy / block.rms_jy - 1) > 0.01:
            said.append(
                f"The scheduling block asks for {say_flux(block.rms_jy)}, the goal for "
                f"{say_flux(goal.rms_jy)}: look in the notes of the project which of them holds."
            )
        return goal.filled(of_block), tuple(said)

    def _sources(self, block: AotBlock | None) -> tuple[GoalSource, ...]:
        """The sources of the goal that are of one block: a goal with sources far apart has several."""
        fixed = {_bare(each.name): each for each in block.sources} if block else {}
        own = tuple(
            replace(each, pointings=fixed[_bare(each.name)].pointings or each.pointings)
            for each in self.goal.sources
            if _bare(each.name) in fixed
        )
        arrays = [each.array for each in self.blocks]
        apart = len(set(arrays)) < len(arrays) and len(self.goal.sources) > 1
        return own or (() if apart else self.goal.sources)


def _bare(name: str) -> str:
    return "".join(name.split()).replace("_", "").casefold()


def _with_range_of(block: AotBlock, goal: Goal) -> Goal:
    low, high = block.beam_min_arcsec, block.beam_max_arcsec
    if not low or not high or low > high:
        return goal
    origin = dict.fromkeys(("beam_min_arcsec", "beam_max_arcsec"), f"aot, scheduling block {block.name}")
    return replace(goal, beam_min_arcsec=low, beam_max_arcsec=high, origin={**goal.origin, **origin})


def read_goals(root: Element, blocks: Sequence[AotBlock]) -> tuple[AotGoal, ...]:
    """The science goals of ObsProject.xml or ObsProposal.xml."""
    sets = {node.get("entityPartId", ""): node for node in each(root, "ObsUnitSet")}
    by_uid = {block.uid: block for block in blocks if block.uid}
    return tuple(_goal(node, sets, by_uid) for node in each(root, "ScienceGoal"))


def read_block(root: Element) -> AotBlock:
    """A scheduling block from its document."""
    entity, science = first(root, "SchedBlockEntity"), first(root, "ScienceParameters")
    limits, control = first(root, "SchedulingConstraints"), first(root, "ObsUnitControl")
    name = text_of(root, "name")
    requested = (control.get("arrayRequested", "") if control is not None else "").upper()
    frequency = _hertz(science, "representativeFrequency") or _hertz(limits, "representativeFrequency")
    return AotBlock(
        uid=find_uid(entity.get("entityId", "")) if entity is not None else "",
        name=name,
        array=array_of(name) or REQUESTED.get(requested, ""),
        rms_jy=_in(science, "sensitivityGoal", FLUX),
        frequency_hz=frequency,
        bandwidth_hz=_hertz(science, "representativeBandwidth", frequency),
        beam_min_arcsec=_in(limits, "minAcceptableAngResolution", RESOLUTION),
        beam_max_arcsec=_in(limits, "maxAcceptableAngResolution", RESOLUTION),
        sources=tuple(filter(None, map(read_field_source, each(root, "FieldSource")))),
    )


def _goal(node: Element, sets: dict[str, Element], by_uid: dict[str, AotBlock]) -> AotGoal:
    asked, setup = first(node, "PerformanceParameters"), first(node, "SpectralSetupParameters")
    tops = [sets[ref.get("partId", "")] for ref in each(node, "ObsUnitSetRef") if ref.get("partId") in sets]
    members = [find_uid(ref.get("entityId", "")) for top in tops for ref in each(top, "OUSStatusRef")]
    block_uids = [find_uid(ref.get("entityId", "")) for top in tops for ref in each(top, "SchedBlockRef")]
    blocks = tuple(by_uid[uid] for uid in dict.fromkeys(block_uids) if uid in by_uid)
    names = [block.name for block in blocks] + [text_of(top, "name") for top in tops]
    names += [text_of(inner, "name") for top in tops for inner in each(top, "ObsUnitSet")]
    goal, remarks = _asked(asked, setup)
    arrays = [block.array for block in blocks] + [array_of(name) for name in names]
    targets = {found.name: found for found in map(read_target, each(node, "TargetParameters"))}
    whole = Goal(
        name=text_of(node, "name"),
        sources=tuple(found for name, found in targets.items() if name),
        spws=tuple(_windows(setup)),
        arrays=tuple(dict.fromkeys(filter(None, arrays))) or _arrays_asked(asked),
        polarisations=PRODUCTS.get((setup.get("polarisation") or "").upper()) if setup is not None else None,
    )
    bands = [text_of(node, "requiredReceiverBands")] if text_of(node, "requiredReceiverBands") else []
    return AotGoal(
        goal.filled(whole),
        tuple(dict.fromkeys(filter(None, members))),
        tuple(dict.fromkeys(filter(None, names))),
        tuple(int(band[-2:]) for band in bands if band[-2:].isdigit()),
        blocks,
        remarks,
    )


def _asked(asked: Element | None, setup: Element | None) -> tuple[Goal, tuple[str, ...]]:
    """The numbers of the Control and Performance page."""
    remarks = []
    frequency = _hertz(asked, "representativeFrequency") or _hertz(setup, "representativeFrequency")
    rms = _in(asked, "desiredSensitivity", FLUX)
    if rms is None and (given := number_of(asked, "desiredSensitivity")) is not None:
        remarks.append(
            f"The sensitivity is given as {given[0]:g} {given[1]}: turn it into mJy, it is open here."
        )
    low, high, how = _beam(asked)
    goal = Goal(
        rms_jy=rms,
        frequency_hz=frequency,
        bandwidth_hz=_hertz(asked, "desiredSensitivityReferenceFrequencyWidth", frequency),
        beam_min_arcsec=low,
        beam_max_arcsec=high,
    )
    known = [name for name in NUMBERS if name not in goal.missing]
    origin = {name: how if name.startswith("beam") else "aot" for name in known}
    return replace(goal, origin=origin), tuple(remarks)


def _beam(asked: Element | None) -> tuple[float | None, float | None, str]:
    """The range of resolutions: two ends in newer versions, one number in older ones."""
    one = _in(asked, "desiredAngularResolution", RESOLUTION)
    other = _in(asked, "acceptableAngularResolution", RESOLUTION)
    if one is None:
        return None, None, ""
    option = (asked.get("resolutionOption", "") if asked is not None else "").lower()
    if other is not None and other != one and option in ("", "range"):
        return min(one, other), max(one, other), "aot"
    low, high = (round(one * part, 9) for part in ONE_RESOLUTION)
    return (
        low,
        high,
        f"aot, one resolution of {one:g} arcsec: {ONE_RESOLUTION[0]:g} to {ONE_RESOLUTION[1]:g} of it",
    )


def _windows(setup: Element | None) -> Iterator[GoalWindow]:
    for node in each(setup, "ScienceSpectralWindow") if setup is not None else ():
        frequency, width = _hertz(node, "centerFrequency"), _hertz(node, "bandWidth")
        if frequency and width:
            resolution = _hertz(node, "spectralResolution", frequency) or 0.0
            frame = {"true": "sky", "false": "rest"}.get(text_of(node, "isSkyFrequency").lower(), "")
            yield GoalWindow(frequency, width, resolution, text_of(node, "transitionName"), frame)


def _arrays_asked(asked: Element | None) -> tuple[str, ...]:
    """What a proposal without scheduling blocks says of the arrays."""
    found = ["7M"] if text_of(asked, "useACA") == "true" else []
    found += ["TP"] if text_of(asked, "useTP") == "true" else []
    return ("TM1", *found) if found else ()


def _in(node: Element | None, tag: str, units: dict[str, float]) -> float | None:
    given = number_of(node, tag)
    return None if given is None else convert(given[0], given[1], units)


def _hertz(node: Element | None, tag: str, frequency_hz: float | None = None) -> float | None:
    """A frequency or a width; a width given as a velocity needs the frequency it is at."""
    given = number_of(node, tag)
    if given is None:
        return None
    speed = convert(given[0], given[1], VELOCITY)
    if speed is not None:
        return float(f"{frequency_hz * speed / LIGHT_M_S:.9g}") if frequency_hz else None
    return convert(given[0], given[1], FREQUENCY)
