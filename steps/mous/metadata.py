"""What the ASDMs of a MOUS say of it: facts, names, the goal; and where they contradict it or each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..asdm import Asdm
from ..checklist.facts import FACTS
from ..errors import AsdmError
from .goal import NUMBERS, Goal, array_of
from .quantities import FLUX, FREQUENCY, RESOLUTION, convert
from .staged import StagedAsdm
from .uids import find_uid

__all__ = ["EbMetadata", "contradictions", "facts_of_all", "goal_of", "read_metadata"]

#: Key of a science goal in the SBSummary table -> our number, and its units.
_KEYS = {
    "sensitivityGoal": ("rms_jy", FLUX),
    "representativeFrequency": ("frequency_hz", FREQUENCY),
    "representativeBandwidth": ("bandwidth_hz", FREQUENCY),
    "minAcceptableAngResolution": ("beam_min_arcsec", RESOLUTION),
    "maxAcceptableAngResolution": ("beam_max_arcsec", RESOLUTION),
}


@dataclass(frozen=True, slots=True)
class EbMetadata:
    """One execution block, as its ASDM describes it."""

    staged: StagedAsdm
    uid: str
    mous_uid: str = ""
    project_uid: str = ""
    sb_name: str = ""
    facts: dict[str, object] = field(default_factory=dict)
    goal: Goal = field(default_factory=Goal)
    remarks: tuple[str, ...] = ()
    """What there is to say of it, in whole sentences."""


def read_metadata(staged: StagedAsdm) -> EbMetadata:
    """Read what an ASDM says of itself.

    Raises
    ------
    AsdmError
        It cannot be read, or neither its name nor its tables say which EB it is.
    """
    asdm = Asdm.read(staged.path)
    block = asdm.exec_block
    facts = {name: value for name, value in asdm.facts().items() if name in FACTS and value is not None}
    uid = find_uid(block.uid) or staged.uid
    if not uid:
        raise AsdmError(
            "nothing says which EB it is", str(staged.path), "Give the folder its name: uid___A002_..."
        )
    return EbMetadata(
        staged,
        uid,
        mous_uid=find_uid(block.mous_uid),
        project_uid=find_uid(block.project_uid),
        sb_name=block.sb_name.strip().strip('"'),
        facts=facts,
        goal=_goal(block.science_goal, block.sb_name),
        remarks=tuple(_remarks(staged, uid, block.aborted, asdm.problems)),
    )


def _remarks(staged: StagedAsdm, uid: str, aborted: bool, problems: Sequence[str]) -> Iterator[str]:
    if staged.path.name != uid:
        yield f"{staged.path.name} is called {uid} in the MOUS: importasdm and scripts go by that name."
    if staged.uid and staged.uid != uid:
        yield f"{staged.path.name}: its tables say that it is {uid}. They are believed."
    if aborted:
        yield f"{uid} was aborted during the observation: look at what it lacks."
    yield from (f"{uid}: {problem}" for problem in problems[:3])


def _goal(told: Sequence[tuple[str, str]], sb_name: str) -> Goal:
    values: dict[str, float] = {}
    for key, text in told:
        name, units = _KEYS.get(key.strip(), ("", {}))
        number, _, unit = text.strip().strip('"').partition(" ")
        try:
            value = convert(float(number), unit, units)
        except ValueError:
            continue
        if name and value:
            values[name] = value
    array = array_of(sb_name)
    return Goal(
        rms_jy=values.get("rms_jy"),
        frequency_hz=values.get("frequency_hz"),
        bandwidth_hz=values.get("bandwidth_hz"),
        beam_min_arcsec=values.get("beam_min_arcsec"),
        beam_max_arcsec=values.get("beam_max_arcsec"),
        arrays=(array,) if array else (),
        origin={name: "asdm, scheduling block" for name in NUMBERS if name in values},
    )


def goal_of(blocks: Sequence[EbMetadata]) -> Goal:
    """Return the goal that the ASDMs tell, the first that does."""
    return next((each.goal for each in blocks if each.goal != Goal()), Goal())


def facts_of_all(blocks: Sequence[EbMetadata]) -> dict[str, object]:
    """Facts of a MOUS from those of its EBs: what holds in one holds, numbers are the largest."""
    found: dict[str, object] = {}
    for each in blocks:
        for name, value in each.facts.items():
            before = found.get(name)
            if isinstance(value, bool):
                found[name] = bool(before) or value
            elif isinstance(value, int) and isinstance(before, int):
                found[name] = max(before, value)
            else:
                found.setdefault(name, value)
    found["n_ebs"] = len(blocks)
    return {name: found[name] for name in FACTS if name in found}


def contradictions(mous_uid: str, blocks: Sequence[EbMetadata]) -> Iterator[str]:
    """Where metadata say that an EB is not of this MOUS, or not like the others; whole sentences.

    Parameters
    ----------
    mous_uid : str
        As on disk.
    """
    for each in blocks:
        if each.mous_uid and each.mous_uid != mous_uid:
            yield f"{each.uid} belongs to another MOUS: its metadata name {each.mous_uid}, not {mous_uid}."
    for what, values in (
        ("project", [each.project_uid for each in blocks]),
        ("scheduling block", [each.sb_name for each in blocks]),
        ("array", [str(each.facts.get("array", "")) for each in blocks]),
        ("receiver band", [str(each.facts.get("band", "")) for each in blocks]),
    ):
        known = {value: each.uid for value, each in zip(values, blocks, strict=True) if value}
        if len(known) > 1:
            told = ", ".join(f"{value} ({uid})" for value, uid in known.items())
            yield f"The EBs differ in their {what}: {told}. EBs of one MOUS do not."
