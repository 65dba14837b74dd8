"""A file of ALMA's Observing Tool (.aot): a zip of XML documents.

ObsProject.xml holds the project as it was accepted, ObsProposal.xml as it was proposed, SchedBlock<n>.xml
the scheduling blocks. What a version of the tool does not write is not there: nothing here insists.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from ..errors import MousError
from .aotgoal import AotBlock, AotGoal, read_block, read_goals
from .safexml import first, parse_xml, text_of

__all__ = ["Aot", "read_aot"]

#: Real files hold a few hundred documents of at most a few megabytes.
MOST_DOCUMENTS = 4000
LARGEST_DOCUMENT = 64 << 20
LARGEST_TOTAL = 400 << 20


@dataclass(frozen=True, slots=True)
class Aot:
    """What a file of the Observing Tool says."""

    project: str = ""
    """Code: 2013.1.00123.S."""
    title: str = ""
    pi: str = ""
    goals: tuple[AotGoal, ...] = ()
    blocks: tuple[AotBlock, ...] = ()
    remarks: tuple[str, ...] = ()
    """What could not be read, in whole sentences."""

    def match(self, mous_uid: str, sb_name: str) -> tuple[AotGoal | None, str]:
        """The science goal of a MOUS.

        Parameters
        ----------
        mous_uid : str
            As on disk.
        sb_name : str
            Name of its scheduling block; may be empty.

        Returns
        -------
        tuple
            The goal, and how it was found; None and why it was not.
        """
        for goal in self.goals:
            if mous_uid in goal.member_uids:
                return goal, "it names the MOUS"
        for goal in self.goals if sb_name else ():
            if sb_name in goal.sb_names:
                return goal, f"it holds the scheduling block {sb_name}"
        if len(self.goals) == 1:
            return self.goals[0], "it is the only one"
        names = ", ".join(goal.name or "without a name" for goal in self.goals)
        return None, f"none names {mous_uid}; there are: {names}" if names else "the file has no science goal"

    def block(self, sb_name: str) -> AotBlock | None:
        """The scheduling block of that name."""
        return next((block for block in self.blocks if block.name == sb_name), None)


def read_aot(path: Path) -> Aot:
    """Read a file of the Observing Tool.

    Raises
    ------
    MousError
        It cannot be read, is no zip, is far larger than any real one, or holds neither project nor proposal.
    """
    todo = "Save it again from the Observing Tool, or type the goal: --rms, --rms-frequency, --beam"
    try:
        with zipfile.ZipFile(path) as archive:
            documents, remarks = _documents(archive)
    except OSError as error:
        raise MousError(f"cannot be read: {error.strerror or error}", str(path), "Check the path.") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
        raise MousError(f"is not a file of the Observing Tool: {error}", str(path), todo) from error
    project, proposal = documents.get("ObsProject"), documents.get("ObsProposal")
    if project is None and proposal is None:
        said = remarks[0] if remarks else "it has neither ObsProject.xml nor ObsProposal.xml"
        raise MousError(f"is not a file of the Observing Tool: {said}", str(path), todo)
    return _aot(documents, project, proposal, remarks)


def _aot(
    documents: Mapping[str, Element], project: Element | None, proposal: Element | None, remarks: list[str]
) -> Aot:
    blocks = tuple(read_block(root) for name, root in documents.items() if name.startswith("SchedBlock"))
    goals: tuple[AotGoal, ...] = ()
    for root in (project, proposal):
        goals = goals or (read_goals(root, blocks) if root is not None else ())
    head = project if project is not None else proposal
    return Aot(
        project=text_of(project, "code") or text_of(proposal, "code"),
        title=text_of(head, "projectName") or text_of(proposal, "title"),
        pi=text_of(head, "pI") or _investigator(proposal),
        goals=goals,
        blocks=blocks,
        remarks=tuple(remarks),
    )


def _investigator(proposal: Element | None) -> str:
    person = first(proposal, "PrincipalInvestigator")
    return text_of(person, "fullName") if person is not None else ""


def _documents(archive: zipfile.ZipFile) -> tuple[dict[str, Element], list[str]]:
    """The documents by name, without folder and ending, and what is wrong with others."""
    infos = [info for info in archive.infolist() if info.filename.lower().endswith(".xml")]
    if len(infos) > MOST_DOCUMENTS:
        raise ValueError(f"it holds {len(infos)} documents")
    found: dict[str, Element] = {}
    remarks: list[str] = []
    total = 0
    for info, name in _wanted(infos):
        data = _read(archive, info)
        total += len(data)
        if total > LARGEST_TOTAL:
            raise ValueError("it is far larger than any real one")
        try:
            found[name] = parse_xml(data)
        except ValueError as error:
            remarks.append(f"{info.filename} {error}.")
    return found, remarks


def _wanted(infos: list[zipfile.ZipInfo]) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    for info in infos:
        name = info.filename.rpartition("/")[2].rpartition(".")[0]
        if name in ("ObsProject", "ObsProposal") or name.startswith("SchedBlock"):
            yield info, name


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A document; its header may lie about its size, so that is counted."""
    with archive.open(info) as stream:
        data = stream.read(LARGEST_DOCUMENT + 1)
    if len(data) > LARGEST_DOCUMENT:
        raise ValueError(f"{info.filename} is larger than any real one")
    return data
