"""What beginning a MOUS would come to: everything is read, nothing is changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import AsdmError, MousError, UsageError
from .adopt import AdoptedEb, assess
from .aot import Aot, read_aot
from .byhand import HandEb, find_by_hand, is_uid_name
from .create import NewEb, refuse_foreign
from .goal import Goal, sane
from .metadata import EbMetadata, contradictions, facts_of_all, goal_of, read_metadata
from .mous import FILE, Eb, Mous
from .room import Room, room_for
from .staged import look_at
from .tomlfile import Description
from .transfer import Bring, How
from .uids import short_names

__all__ = ["Survey", "Wish", "survey"]

#: What may lie in the folder of a MOUS before it is one: lists, notes, a package's scripts.
_HARMLESS = (".aot", ".csv", ".json", ".txt", ".md", ".pdf", ".xml", ".html", ".log", ".py", ".tar", ".tgz")
#: What the generator looks for in a MOUS: antenna positions and fluxes, as the pipeline writes them.
LISTS = ("antennapos.csv", "flux.csv")
_FOLDERS = ("Calibration_", "Combination", "Imaging", "uid___")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of the start of a MOUS; what is None or empty was not said."""

    uid: str
    """As on disk."""
    root: Path
    asdms: tuple[Path, ...] = ()
    how: How | None = None
    aot: Path | None = None
    project: str = ""
    reducer: str = ""
    conflict_of_interest: str = ""
    goal: Goal = field(default_factory=Goal)
    tickets: Mapping[str, str] = field(default_factory=dict)
    site: Mapping[str, str] = field(default_factory=dict)
    checklists: tuple[str, ...] = ()
    casa_python: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found, and what would be made."""

    wish: Wish
    known: Mous | None
    """The MOUS, where it has been begun already."""
    blocks: tuple[EbMetadata, ...]
    ebs: tuple[NewEb, ...]
    """Execution blocks that it does not have yet."""
    brings: tuple[Bring, ...]
    """ASDMs to link, move or copy; to link while `Wish.how` is open."""
    found: Goal
    """The goal as file and metadata tell it."""
    facts: Mapping[str, object]
    adopted: tuple[AdoptedEb, ...] = ()
    aot: Aot | None = None
    sb: str = ""
    remarks: tuple[str, ...] = ()
    """What there is to say, in whole sentences."""
    doubts: tuple[str, ...] = ()
    """What somebody has to confirm, in whole sentences."""

    @property
    def goal(self) -> Goal:
        """The goal: what was typed goes before what was found."""
        return self.wish.goal.filled(self.found)

    @property
    def project(self) -> str:
        """Project code, as far as it is known."""
        known = self.known.project if self.known else ""
        return self.wish.project or known or (self.aot.project if self.aot else "")

    @property
    def title(self) -> str:
        """What the screen shows: the project's title, else scheduling block, band and array."""
        if self.aot and self.aot.title:
            return self.aot.title
        band = f"Band {self.facts['band']}" if "band" in self.facts else ""
        return ", ".join(filter(None, (self.sb, band, str(self.facts.get("array", ""))))) or self.wish.uid

    @property
    def room(self) -> Room | None:
        """Room needed by what is new; None where that cannot be told."""
        fresh = {eb.uid for eb in self.ebs}
        staged = [each.staged for each in self.blocks if each.uid in fresh]
        copied = sum(job.size_bytes for job in self.brings if job.comes_onto_disk)
        return room_for(staged, self.wish.root, copied) if staged else None

    @property
    def lists(self) -> dict[Path, Path]:
        """Lists for the generator that lie beside the ASDMs -> where the MOUS will have them.

        In its own folder; where the EBs come from different places, in the folder of each.
        """
        folders = {job.source.parent: job.target.parent for job in self.brings}
        one = len(folders) == 1
        found = {}
        for source, eb in folders.items():
            for name in LISTS:
                target = (self.wish.root if one else eb) / name
                if (source / name).is_file() and not target.exists():
                    found[source / name] = target
        return found

    @property
    def description(self) -> Description:
        """What mous.toml will say beside the EBs."""
        wish = self.wish
        return Description(
            wish.uid,
            self.title,
            wish.checklists,
            project=self.project,
            sb=self.sb,
            reducer=wish.reducer,
            conflict_of_interest=wish.conflict_of_interest,
            casa_python=wish.casa_python,
            facts=self.facts,
            goal=self.goal,
            tickets=wish.tickets,
            site=wish.site,
        )

    def answered(self, wish: Wish) -> Survey:
        """Return it with what a person has answered meanwhile."""
        _refuse_impossible(wish.goal)
        how = wish.how or How.LINK
        return replace(self, wish=wish, brings=tuple(replace(job, how=how) for job in self.brings))


def survey(wish: Wish) -> Survey:
    """Find out what beginning the MOUS would come to.

    Raises
    ------
    CasapilotError
        An ASDM is missing, not whole, or named twice; the folder holds something else; the file of the
        Observing Tool cannot be read. Nothing has been changed.
    """
    _refuse_impossible(wish.goal)
    known = Mous.load(wish.root) if (wish.root / FILE).exists() else None
    hand = () if known is not None and _has_worked(known) else find_by_hand(wish.root)
    refuse_foreign(wish.root, wish.uid, adopt=bool(hand) or _is_harmless(wish.root))
    blocks, said = _read_all(wish, known, hand)
    if known is None and not blocks and not hand:
        todo = "Name the ASDMs, --asdm PATH, or the folder of a reduction that was begun by hand."
        raise UsageError("there is nothing to begin with", str(wish.root), todo)
    aot = read_aot(wish.aot) if wish.aot else None
    sb = next((each.sb_name for each in blocks if each.sb_name), known.sb if known else "")
    goal, more = _goal(wish, aot, blocks, sb)
    goal, wrong = sane(goal)
    ebs = tuple(_new_ebs(wish.root, known, blocks, hand))
    return Survey(
        wish,
        known,
        blocks,
        ebs,
        tuple(_brings(wish, known, blocks, ebs)),
        goal,
        facts_of_all(blocks) if blocks else {"n_ebs": len(ebs)},
        assess(wish.root, hand),
        aot,
        sb,
        (*said, *more, *wrong, *(remark for each in blocks for remark in each.remarks)),
        tuple(contradictions(wish.uid, blocks)),
    )


def _refuse_impossible(goal: Goal) -> None:
    """UsageError where a number of a goal that was typed cannot be meant."""
    _, wrong = sane(goal)
    if wrong:
        raise UsageError(wrong[0], "", "Type it again, with its unit.")


def _has_worked(mous: Mous) -> bool:
    """Whether casapilot has run anything there: what lies about is its own then."""
    return mous.journal.exists() or any(mous.runs.glob("*.json"))


def _is_harmless(root: Path) -> bool:
    """Whether all that lies in a folder may lie in that of a MOUS before it is one."""
    if not root.is_dir():
        return False
    with os.scandir(root) as entries:
        return all(
            each.name.startswith((".", *_FOLDERS) if each.is_dir() else ".") or each.name.endswith(_HARMLESS)
            for each in entries
        )


def _read_all(
    wish: Wish, known: Mous | None, hand: Sequence[HandEb]
) -> tuple[tuple[EbMetadata, ...], list[str]]:
    """Metadata of the ASDMs that were named; of those that lie about, where none was and it is new."""
    if wish.asdms:
        return _different([read_metadata(look_at(path)) for path in wish.asdms]), []
    said: list[str] = []
    found: list[EbMetadata] = []
    for path in () if known is not None else _lying_about(wish.root):
        try:
            found.append(read_metadata(look_at(path)))
        except AsdmError as error:
            if not hand:
                raise
            said.append(f"{path.name} {error.what}: its metadata are not used.")
    return _different(found), said


def _lying_about(root: Path) -> Iterator[Path]:
    """ASDM directories in a folder and in those in it."""
    if root.is_dir():
        for head in sorted((*root.glob("*/ASDM.xml"), *root.glob("*/*/ASDM.xml"))):
            if is_uid_name(head.parent.name):
                yield head.parent


def _different(blocks: Sequence[EbMetadata]) -> tuple[EbMetadata, ...]:
    """Refuse the same EB twice."""
    seen: dict[str, EbMetadata] = {}
    for each in blocks:
        other = seen.setdefault(each.uid, each)
        if other is not each:
            same = other.staged.path == each.staged.path
            where = str(each.staged.path) if same else f"{other.staged.path} and {each.staged.path}"
            raise MousError(f"the same EB twice: {each.uid}", where, "Name each EB once.")
    return tuple(seen.values())


def _new_ebs(
    root: Path, known: Mous | None, blocks: Sequence[EbMetadata], hand: Sequence[HandEb]
) -> Iterator[NewEb]:
    """The EBs that the MOUS does not have yet, those with an ASDM first."""
    old = [eb.uid for eb in known.ebs] if known else []
    by_hand = {eb.uid: eb for eb in hand}
    with_asdm = {each.uid: each for each in blocks}
    fresh = [uid for uid in dict.fromkeys([*with_asdm, *by_hand]) if uid not in old]
    names = dict(zip([*old, *fresh], short_names([*old, *fresh]), strict=True))
    for uid in fresh:
        worked = by_hand.get(uid)
        place = worked.place if worked else _place(root, with_asdm[uid])
        asdm = uid if uid in with_asdm else (worked.asdm if worked else "")
        yield NewEb(names[uid], uid, script=worked.script if worked else "", asdm=asdm, place=place)


def _place(root: Path, block: EbMetadata) -> str:
    """The folder of the MOUS that an ASDM lies in already, or empty."""
    parent = block.staged.path.parent
    inside = parent.parent == root.resolve() and parent.name.startswith("Calibration_")
    return parent.name if inside else ""


def _brings(
    wish: Wish, known: Mous | None, blocks: Sequence[EbMetadata], ebs: Sequence[NewEb]
) -> Iterator[Bring]:
    """The ASDMs that are not in the folder of their EB."""
    folders = {eb.uid: wish.root / eb.folder for eb in ebs}
    old: dict[str, Eb] = {eb.uid: eb for eb in known.ebs} if known else {}
    for each in blocks:
        eb = old.get(each.uid)
        target = eb.folder / (eb.asdm or each.uid) if eb else folders[each.uid] / each.uid
        job = Bring(each.staged.path, target, wish.how or How.LINK, each.staged.size_bytes)
        if not job.is_done and not (eb and target.exists()):
            yield job


def _goal(wish: Wish, aot: Aot | None, blocks: Sequence[EbMetadata], sb: str) -> tuple[Goal, list[str]]:
    """The goal as found, and what there is to say of it."""
    of_asdm = goal_of(blocks)
    if aot is None:
        return of_asdm, []
    said = list(aot.remarks)
    chosen, how = aot.match(wish.uid, sb)
    if chosen is None:
        said.append(f"No science goal was taken from {wish.aot.name if wish.aot else 'the file'}: {how}.")
        return of_asdm, said
    goal, more = chosen.for_block(sb)
    said.append(f"Science goal {chosen.name or 'without a name'}, because {how}.")
    return goal.filled(of_asdm), [*said, *more]
