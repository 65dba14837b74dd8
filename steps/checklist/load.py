"""Checklists from TOML files.

A checklist may include others by id (they come first). A file of the same id in the site's or the
person's configuration folder, whose [checklist] holds only that id, lies over it: its [[override]]s
change items, each with its reason, and its own phases and items come after.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import platformdirs

from ..errors import ChecklistError
from .merge import NO_CHECKLISTS, SHIPPED, Merged, find_file, merge
from .model import Checklist
from .source import Problem, nearest, raise_first

__all__ = ["Problem", "check_file", "config_folders", "find_checklist", "load_checklist", "load_merged"]


def config_folders() -> tuple[Path, ...]:
    """Where site and personal checklists are: the site's first, so that the person has the last word."""
    return (
        platformdirs.site_config_path("casapilot") / "checklists",
        platformdirs.user_config_path("casapilot") / "checklists",
    )


def load_checklist(
    path: Path, *, search: Sequence[Path] = (), overlays: Sequence[Path] | None = None
) -> Checklist:
    """Read a checklist with what it includes and what lies over it.

    Parameters
    ----------
    path : Path
        The TOML file.
    search : sequence of Path
        Folders to look for included checklists in, after the file's own and before the shipped ones.
    overlays : sequence of Path, optional
        Folders of files that may lie over it; those of `config_folders` by default.

    Raises
    ------
    ChecklistError
        With ``file:line`` and the nearest key: the first problem, and how many more there are.
    """
    return load_merged(path, search=search, overlays=overlays).checklist


def load_merged(path: Path, *, search: Sequence[Path] = (), overlays: Sequence[Path] | None = None) -> Merged:
    """As `load_checklist`, with what was overridden."""
    folders = config_folders() if overlays is None else overlays
    merged = merge(path, search=search, overlays=folders)
    raise_first(merged.problems)
    return merged


def check_file(path: Path, *, search: Sequence[Path] = ()) -> list[Problem]:
    """All that is wrong with a checklist, in the order of its lines, then in what it includes.

    Raises
    ------
    ChecklistError
        There is no such file, or it cannot be read.
    """
    return merge(path, search=(*search, *config_folders()), overlays=()).problems


def find_checklist(checklist_id: str, *, search: Sequence[Path] = ()) -> Path:
    """The file of the checklist called `checklist_id`: in `search`, shipped, the site's, the person's."""
    folders = (*search, SHIPPED, *config_folders())
    path = find_file(checklist_id, folders)
    if path is None:
        names = {file.stem for folder in folders for file in folder.glob("*.toml")} - NO_CHECKLISTS
        raise ChecklistError(f'no checklist is called "{checklist_id}"', todo=nearest(checklist_id, names))
    return path
