"""The checklists of a MOUS as they were when it began: one complete file each, kept in its history."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import ChecklistError
from ..wholefile import write_whole
from .load import find_checklist, load_checklist, load_merged
from .merge import Merged
from .model import Checklist
from .source import printable
from .write import to_toml

__all__ = ["freeze", "load_frozen"]


def freeze(
    checklists: Sequence[str],
    folder: Path,
    *,
    search: Sequence[Path] = (),
    overlays: Sequence[Path] | None = None,
) -> tuple[Path, ...]:
    """Write each checklist, with what it includes and what lies over it, into `folder`.

    Parameters
    ----------
    checklists : sequence of str
        Their ids.
    folder : Path
        ``.casapilot/checklist`` of a MOUS; made when it is not there.
    search, overlays
        As for `load_checklist`.

    Returns
    -------
    tuple of Path
        The files, each called after its checklist. The same checklists give the same bytes.

    Raises
    ------
    ChecklistError
        One of them is not there or is wrong; then none is written.
    """
    merged = [
        load_merged(find_checklist(each, search=search), search=search, overlays=overlays)
        for each in checklists
    ]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(_write(each, folder / f"{each.checklist.id}.toml") for each in merged)
    except OSError as error:
        raise ChecklistError(f"cannot be written: {error.strerror}", str(folder)) from error


def load_frozen(folder: Path, order: Sequence[str] = ()) -> tuple[Checklist, ...]:
    """The checklists that `freeze` wrote into `folder`: those of `order` first, then the others by name."""
    found = [load_checklist(path, overlays=()) for path in sorted(folder.glob("*.toml"))]
    places = {name: place for place, name in enumerate(order)}
    return tuple(sorted(found, key=lambda each: places.get(each.id, len(places))))


def _write(merged: Merged, path: Path) -> Path:
    write_whole(path, _header(merged) + to_toml(merged.checklist))
    return path


def _header(merged: Merged) -> str:
    """Where it came from, as a comment."""
    lines = [
        f"{merged.checklist.id}, version {merged.checklist.version}, as it was when this MOUS began. From:",
        *(f"  {file}" for file in merged.checklist.files),
    ]
    if merged.overridden:
        lines += ["Overridden:", *(f"  {each}" for each in merged.overridden)]
    return "".join(f"# {_safe(line)}\n" for line in lines) + "\n"


def _safe(line: str) -> str:
    return "".join(char if char.isprintable() else printable(char) for char in line)
