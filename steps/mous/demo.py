"""The demonstration with real data: neutral hydrogen in NGC 5921, as the casadata package ships it."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from ..errors import CasaError, MousError
from .create import NewEb, create_mous
from .mous import Mous

__all__ = ["create_demo", "find_demo_data"]

NAME = "NGC5921"
SCRIPT = Path(__file__).parent / "demo-data" / f"{NAME}.scriptForCalibration.py"
CHECKLIST = "vla-line"

#: What listobs says of the data.
FACTS = {
    "telescope": "VLA",
    "n_ebs": 1,
    "n_antennas": 27,
    "n_spws": 1,
    "n_sources": 1,
    "polarisations": 2,
    "mosaic": False,
    "spectral_line": True,
    "has_autocorrelations": True,
    "has_ephemeris": False,
    "has_online_flags": False,
    "has_tsys": False,
    "has_wvr": False,
}


def find_demo_data() -> Path:
    """Path of NGC5921.fits (35 MB) in the installed casadata package; CASA itself is not imported.

    Raises
    ------
    CasaError
        casadata is not installed, or without the file.
    """
    spec = find_spec("casadata")
    if spec is None or not spec.origin:
        raise CasaError(
            "the demonstration's data are missing: casadata is not installed",
            "",
            "Install casapilot with its extra: casapilot[casa]. In a clone, make demo does that.",
        )
    path = Path(spec.origin).parent / "__data__" / "demo" / f"{NAME}.fits"
    if not path.is_file():
        raise CasaError(
            "the demonstration's data are missing: casadata is there without them",
            str(path),
            "Install casadata anew.",
        )
    return path


def create_demo(root: Path, fits: Path) -> Mous:
    """Make the MOUS of the demonstration in `root`, or complete the one that is there.

    Parameters
    ----------
    root : Path
        Its folder: absent, empty, or a MOUS already; a script that somebody has edited there is kept.
    fits : Path
        NGC5921.fits, linked into the folder of the EB, not copied.

    Raises
    ------
    MousError
        The folder holds something else, another MOUS, or cannot be written.
    """
    mous = create_mous(
        root,
        uid=NAME,
        title="NGC 5921, neutral hydrogen",
        project="VLA demonstration, 13 April 1995",
        ebs=[NewEb(NAME, uid=NAME, ms=f"{NAME}.ms", script=SCRIPT.name)],
        checklists=[CHECKLIST],
        facts=FACTS,
    )
    eb = mous.eb(NAME)
    try:
        if not eb.script.exists():
            shutil.copyfile(SCRIPT, eb.script)
        _link(eb.folder / f"{NAME}.fits", fits.resolve())
    except OSError as error:
        raise MousError(
            f"cannot be written: {error.strerror}", str(error.filename or root), "Choose another folder."
        ) from error
    return mous


def _link(link: Path, target: Path) -> None:
    """Link to `target`, again when the environment it lay in has moved; a file of one's own is kept."""
    if link.is_symlink() and not link.exists():
        link.unlink()
    if not link.exists():
        link.symlink_to(target)
