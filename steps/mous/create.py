"""Lay out a new MOUS on disk: its folders, mous.toml, README.header.txt. No git, no CASA."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit import TOMLDocument, aot, comment, document, nl, table
from tomlkit.items import Table

from ..errors import MousError
from .mous import FILE, Mous

__all__ = ["NewEb", "create_mous"]

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

    @property
    def folder(self) -> str:
        """Name of its folder, the one that ALMA's packager expects."""
        return f"Calibration_{self.name}"

    @property
    def names(self) -> tuple[str, str, str, str]:
        """Its name and uid, and those of MS and script with their defaults filled in."""
        ms = self.ms or f"{self.uid}.ms"
        return self.name, self.uid, ms, self.script or f"{ms}.scriptForCalibration.py"


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
    _refuse_names([uid, *(each for eb in ebs for each in eb.names)])
    try:
        _refuse_foreign(root, uid)
        if not (root / FILE).exists():
            root.mkdir(parents=True, exist_ok=True)
            head = {"uid": uid, "project": project, "title": title, "checklists": list(checklists)}
            _write_whole(root / FILE, tomlkit.dumps(_mous_toml(head, ebs, facts or {}, casa_python)))
        mous = Mous.load(root)
        _make_folders(mous)
        if not (root / README).exists():
            _write_whole(root / README, _readme(mous))
    except OSError as error:
        raise MousError(
            f"cannot be written: {error.strerror}", str(error.filename or root), "Choose another folder."
        ) from error
    return mous


def _refuse_foreign(root: Path, uid: str) -> None:
    """Never mix a MOUS into a folder that holds something else."""
    todo = "Choose a new or an empty folder."
    if root.exists() and not root.is_dir():
        raise MousError("is a file, not a folder", str(root), todo)
    if (root / FILE).exists():
        mous = Mous.load(root)
        if mous.uid != uid:
            raise MousError(f"is another MOUS: {mous.uid}, {mous.title}", str(root), todo)
    elif root.is_dir() and any(root.iterdir()):
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


def _write_whole(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _mous_toml(
    head: Mapping[str, object], ebs: Sequence[NewEb], facts: Mapping[str, object], casa_python: str
) -> TOMLDocument:
    doc = document()
    doc.add(comment("A MOUS of casapilot. Edit this file as you like: comments stay, git remembers."))
    doc.add(nl())
    doc.add("mous", _table(head, {"checklists": "in this order; frozen in .casapilot/checklist"}))
    doc.add("casa", _table({"python": casa_python}, {"python": "of the CASA to use; empty: our own"}))
    doc.add("run", _table({"launcher": "local"}, {"launcher": "only local so far"}))
    doc.add("facts", _table(facts, {}, "What is known of the data; items that do not apply drop out."))
    blocks = aot()
    for eb in ebs:
        name, eb_uid, ms, script = eb.names
        values = {"name": name, "uid": eb_uid, "folder": eb.folder, "script": script, "ms": ms}
        blocks.append(_table(values, {}))
    if ebs:
        doc.add("eb", blocks)
    return doc


def _table(values: Mapping[str, Any], comments: Mapping[str, str], head: str = "") -> Table:
    made = table()
    if head:
        made.add(comment(head))
    for name, value in values.items():
        made.add(name, value)
        if name in comments:
            made[name].comment(comments[name])
    return made


def _readme(mous: Mous) -> str:
    """The header that goes with a delivery; the fields are those of ALMA's packages."""
    ebs = ", ".join(eb.uid for eb in mous.ebs)
    return (
        f"Project code: {mous.project}\n"
        f"Project title: {mous.title}\n"
        f"Member OUS: {mous.uid}\n"
        f"Execution blocks: {ebs}\n"
        "SB name:\n"
        "PI name:\n"
        "Configuration:\n"
        "Proposed rms:\n"
        "CASA version used for reduction:\n"
        "\n"
        "Comments from reducer\n"
        "  Calibration:\n"
        "  Flagging:\n"
        "  Imaging:\n"
        "  Requested and achieved rms and resolution:\n"
    )
