"""Begin a MOUS from its ASDMs, or take over one that a reducer began by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import MousError
from ..mous.adopt import Likely
from ..mous.create import describe_mous
from ..mous.metadata import EbMetadata
from ..mous.mous import FILE, Mous
from ..mous.survey import Survey
from ..mous.transfer import How, bring
from ..mous.uids import uid_uri
from ..record import Message, commit_event
from .edits import commit_outside_edit
from .start import begin

__all__ = ["Begun", "begin_mous"]

#: By which a MOUS of ALMA goes, in order.
DEFAULT = ("alma-calibration",)


@dataclass(frozen=True, slots=True)
class Begun:
    """What has been done."""

    mous: Mous
    said: tuple[str, ...]
    """What there is to say of it, in whole sentences."""


def begin_mous(found: Survey) -> Begun:
    """Do what a survey found, after a person has seen it: folders, ASDMs, mous.toml, history.

    Whatever exists stays as it is; done again, it completes what is missing and changes nothing else.

    Parameters
    ----------
    found : Survey
        With all questions answered.

    Raises
    ------
    CasapilotError
        Something cannot be written, or git fails; doing it again goes on from there.
    """
    wish = found.wish
    if found.brings and wish.how is None:
        raise MousError("nobody has said what to do with the ASDMs", str(wish.root), "--link, --move, --copy")
    if not wish.checklists and found.known is None:
        found = found.answered(replace(wish, checklists=DEFAULT))
    if found.known is not None:
        commit_outside_edit(found.known, wish.root / FILE)
    pi = found.aot.pi if found.aot else ""
    mous, added = describe_mous(
        wish.root, found.description, found.ebs, adopt=True, complete=found.known is not None, pi=pi
    )
    for job in found.brings:
        bring(job)
    lists = found.lists  # of those that are not there yet
    for source, target in lists.items():
        _copy(source, target)
    said = begin(
        mous,
        more=tuple(lists.values()),
        subject=_subject(found, mous),
        body="\n".join(_sentences(found, mous)),
        adopted=found.adopted,
    )
    if added:
        _commit_added(found, mous, added)
    return Begun(mous, (*said, *(f"Added to mous.toml: {each}." for each in added)))


def _commit_added(found: Survey, mous: Mous, added: Sequence[str]) -> None:
    """Commit what a mous.toml that was there lacked."""
    commit_event(
        mous.root,
        Message(
            action="init",
            subject=f"{mous.uid}: " + _short(", ".join(added)) + " added",
            body="\n".join((f"Added to mous.toml: {', '.join(added)}.", *_brought(found))),
        ),
        paths=[mous.root / FILE],
        allow_empty=False,
    )


def _copy(source: Path, target: Path) -> None:
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise MousError(f"cannot be copied: {error.strerror}", str(source), "Copy it by hand.") from error


def _short(text: str) -> str:
    return text if len(text) < 30 else "what it lacked"


def _subject(found: Survey, mous: Mous) -> str:
    number = len(mous.ebs)
    by_hand = ", taken over from by hand" if found.adopted else ""
    return f"MOUS begun, {number} {'EB' if number == 1 else 'EBs'}{by_hand}: {mous.uid}"


def _sentences(found: Survey, mous: Mous) -> Iterator[str]:
    """What somebody who was not there wants to know of the start."""
    of = f" of project {mous.project}" if mous.project else ""
    yield f"{uid_uri(mous.uid)}, {mous.sb or mous.title}{of}."
    conflict = mous.conflict_of_interest or "not asked"
    yield f"Reducer: {mous.reducer or 'not said'}. Conflict of interest: {conflict}."
    yield from _brought(found)
    goal = mous.goal
    if goal is not None and list(goal.lines()):
        yield f"Asked for: {'; '.join(goal.lines())}."
        yield from filter(None, (goal.caution,))
    yield from found.doubts
    yield f"Goes by: {', '.join(mous.checklists)}."
    for each in found.adopted:
        done = [step for step in each.steps if step.likely is Likely.DONE]
        partly = [step for step in each.steps if step.likely is Likely.PARTLY]
        yield (
            f"{each.eb.name} was begun by hand: {len(done)} of {len(each.steps)} steps done"
            + (f", {len(partly)} in part" if partly else "")
            + f". Its script is kept in the history from now on, as it was found: {each.eb.script or 'none'}."
        )
        yield from each.doubts


def _brought(found: Survey) -> Iterator[str]:
    done = {How.LINK: "linked from", How.MOVE: "moved here from", How.COPY: "copied from"}
    jobs = {job.source: job for job in found.brings}
    names = {eb.uid: eb.name for eb in found.ebs}
    for each in found.blocks:
        if each.uid in names:
            job = jobs.get(each.staged.path)
            yield _of_block(each, names[each.uid], done[job.how] if job else "")


def _of_block(block: EbMetadata, name: str, how: str) -> str:
    where = f"{how} {block.staged.path}" if how else "lies in its folder"
    return f"EB {name} is {uid_uri(block.uid)}; its ASDM {'was ' if how else ''}{where}."
