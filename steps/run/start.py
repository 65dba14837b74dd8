"""Start a MOUS: its folder, its frozen checklists, its repository."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..checklist.freeze import freeze
from ..errors import MousError
from ..mous.adopt import AdoptedEb
from ..mous.demo import create_demo, find_demo_data
from ..mous.mous import Mous
from ..record import init_repo
from .lists import checklists_of

__all__ = ["CHECKLISTS", "begin", "start_demo"]

#: The checklists that come with casapilot.
CHECKLISTS = Path(__file__).parents[2] / "checklists"


def start_demo(root: Path) -> tuple[Mous, tuple[str, ...]]:
    """Have the demonstration in `root`: NGC 5921, from the data that casadata ships.

    Returns
    -------
    tuple
        The MOUS, and what there is to say about the folder it was made in.
    """
    mous = create_demo(root, find_demo_data())
    return mous, begin(mous)


def begin(
    mous: Mous,
    *,
    subject: str = "",
    body: str = "",
    adopted: Sequence[AdoptedEb] = (),
    more: Sequence[Path] = (),
) -> tuple[str, ...]:
    """Freeze the checklists of a MOUS and commit its start; what was done already is left alone.

    Parameters
    ----------
    subject, body : str
        Of the commit.
    adopted : sequence of AdoptedEb
        What was done by hand: its records and scripts are part of the start.
    more : sequence of Path
        More files that are.

    Raises
    ------
    MousError
        mous.toml names no checklist.
    """
    if not mous.checklists:
        raise MousError(
            "names no checklist", str(mous.root / "mous.toml"), 'Add one: checklists = ["vla-line"]'
        )
    missing = [name for name in mous.checklists if not (mous.checklist_folder / f"{name}.toml").exists()]
    if missing:
        freeze(missing, mous.checklist_folder, search=[CHECKLISTS])
    paths = [mous.root / "mous.toml", *sorted(mous.checklist_folder.glob("*.toml"))]
    paths += [eb.script for eb in mous.ebs if eb.script.exists()]
    header = mous.root / "README.header.txt"
    paths += [header] if header.exists() else []
    paths += more
    if adopted:
        from .adopting import write_adopted  # it reads scripts, which the demonstration does without

        paths += write_adopted(mous, checklists_of(mous), adopted)
    subject = subject or f"{mous.uid}: start of the reduction"
    return init_repo(mous.root, paths=paths, subject=subject, body=body).said
