"""Lay out a MOUS on disk: its folders, mous.toml, README.header.txt. No git, no CASA."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import MousError
from ..wholefile import write_whole
from .mous import FILE, Mous
from .readme import readme
from .tomlfile import Description, EbValues, complete_toml, eb_values, new_toml

__all__ = ["NewEb", "create_mous", "describe_mous", "refuse_foreign"]

README = "README.header.txt"


@dataclass(frozen=True, slots=True)
class NewEb:
    """An execution block to be."""

    name: str
    """Short name: its folder is Calibration_<name>."""
    uid: str
    """As on disk: uid___A002_X85c183_X2cd."""
    ms: str = ""
    """Name of the imported MS; <uid>.ms when empty."""
    script: str = ""
    """Name of its script; <ms>.scriptForCalibration.py when empty."""
    asdm: str = ""
    """Name of its ASDM directory, where it has one."""
    place: str = ""
    """Its folder, where that is there already and called otherwise; "." for the MOUS's own."""

    @property
    def folder(self) -> str:
        """Name of its folder, the one that ALMA's packager expects."""
        return self.place or f"Calibration_{self.name}"

    @property
    def names(self) -> tuple[str, str, str, str]:
        """Its name and uid, and those of MS and script with their defaults filled in."""
        ms = self.ms or f"{self.uid}.ms"
        return self.name, self.uid, ms, self.script or f"{ms}.scriptForCalibration.py"

    @property
    def values(self) -> EbValues:
        """As mous.toml holds it."""
        name, uid, ms, script = self.names
        return eb_values(name, uid, self.folder, script, ms, self.asdm)


def create_mous(
    root: Path,
    *,
    uid: str,
    title: str,
    ebs: Sequence[NewEb],
    checklists: Sequence[str],
    project: str = "",
    facts: Mapping[str, object] | None = None,
    casa_python: str = "",
) -> Mous:
    """Make the folder of a MOUS, or complete the one that is there, and return it.

    Whatever exists is kept as it is, mous.toml first of all: people edit it.

    Parameters
    ----------
    root : Path
        Its folder: absent, empty, or a MOUS already.
    uid : str
        Of the MOUS, as on disk: uid___A001_X13e_X1fe.
    title : str
        What the screen shows.
    ebs : sequence of NewEb
        Its execution blocks.
    checklists : sequence of str
        Ids of the checklists it goes by, in order.
    project : str
        Project code.
    facts : mapping
        What is known of the data (`checklist.facts`).
    casa_python : str
        Python of the CASA to use; empty for the one casapilot is installed in.

    Raises
    ------
    MousError
        The folder holds something else, or cannot be written; a name would lead out of it.
    """
    it = Description(uid, title, checklists, project=project, facts=facts or {}, casa_python=casa_python)
    mous, _ = describe_mous(root, it, ebs, complete=False)
    return mous


def describe_mous(
    root: Path,
    it: Description,
    ebs: Sequence[NewEb],
    *,
    complete: bool = True,
    adopt: bool = False,
    pi: str = "",
) -> tuple[Mous, tuple[str, ...]]:
    """Make the folder of a MOUS from its description, or complete the one that is there.

    Parameters
    ----------
    it : Description
        What mous.toml says beside the EBs.
    ebs : sequence of NewEb
        Its execution blocks; those that mous.toml has already stay as they are there.
    complete : bool
        Whether an existing mous.toml is given what it lacks.
    adopt : bool
        Whether the folder may hold a reduction that was begun by hand.
    pi : str
        Name of the PI, for the README.

    Returns
    -------
    tuple
        The MOUS, and what an existing mous.toml was given, each in a few words.

    Raises
    ------
    MousError
        As for `create_mous`.
    """
    _refuse_names([it.uid, *(each for eb in ebs for each in eb.names)])
    try:
        refuse_foreign(root, it.uid, adopt=adopt)
        added: tuple[str, ...] = ()
        if not (root / FILE).exists():
            root.mkdir(parents=True, exist_ok=True)
            write_whole(root / FILE, new_toml(it, [eb.values for eb in ebs]))
        elif complete:
            added = _complete(root / FILE, it, ebs)
        mous = Mous.load(root)
        _make_folders(mous)
        if not (root / README).exists():
            write_whole(root / README, readme(mous, pi))
    except OSError as error:
        raise MousError(
            f"cannot be written: {error.strerror}", str(error.filename or root), "Choose another folder."
        ) from error
    return mous, added


def _complete(path: Path, it: Description, ebs: Sequence[NewEb]) -> tuple[str, ...]:
    old = path.read_text(encoding="utf-8")
    new, added = complete_toml(old, it, [eb.values for eb in ebs])
    if added:
        write_whole(path, new)
    return added


def refuse_foreign(root: Path, uid: str, *, adopt: bool = False) -> None:
    """Never mix a MOUS into a folder that holds something else; MousError where it does."""
    todo = "Choose a new or an empty folder."
    if root.exists() and not root.is_dir():
        raise MousError("is a file, not a folder", str(root), todo)
    if (root / FILE).exists():
        mous = Mous.load(root)
        if mous.uid != uid:
            raise MousError(f"is another MOUS: {mous.uid}, {mous.title}", str(root), todo)
    elif root.is_dir() and not adopt and any(os.scandir(root)):
        raise MousError("is not empty, and not a MOUS of casapilot", str(root), todo)


def _refuse_names(names: Iterable[str]) -> None:
    """Names that become files and folders must not lead out of the MOUS."""
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", name):
            todo = "Write uids as on disk, uid___A001_X13e_X1fe: letters, digits and _ . + - only."
            raise MousError(f"{name!r} cannot be the name of a file", "", todo)


def _make_folders(mous: Mous) -> None:
    folders = [eb.folder for eb in mous.ebs] + [mous.root / "Imaging"]
    if len(mous.ebs) > 1:
        folders.append(mous.root / "Combination" / "calibrated")
    for folder in (*folders, mous.live, mous.runs):
        folder.mkdir(parents=True, exist_ok=True)
