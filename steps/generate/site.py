"""The observatory's own script generator, almaqa2csg, where the site's CASA has it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ..errors import CasaError, ScriptError

__all__ = ["has_site_generator", "run_site_generator"]

_MODULE = "almaqa2csg"
_PROBE = f"import importlib.util, sys; sys.exit(importlib.util.find_spec('{_MODULE}') is None)"
_RUN = f"""
import sys, {_MODULE}
{_MODULE}.generateReducScript(sys.argv[1], step='calib', refant=sys.argv[2])
"""
#: Hours that it may take: it imports the ASDM and asks the calibrator service.
_LONGEST_S = 4 * 3600


def has_site_generator(python: str) -> bool:
    """Whether `python`, the Python of a CASA, finds almaqa2csg."""
    try:
        done = subprocess.run(
            [python, "-c", _PROBE], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def run_site_generator(python: str, folder: Path, uid: str, refant: str = "") -> Path:
    """Let almaqa2csg write the script, in the EB's folder, and return it; its messages go to our stderr.

    Parameters
    ----------
    python : str
        Python of the site's CASA.
    folder : Path
        Holds the ASDM `uid`.

    Raises
    ------
    CasaError
        It does not start, or does not end.
    ScriptError
        It ended without a script.
    """
    before = _scripts(folder, uid)
    try:
        done = subprocess.run(
            [python, "-c", _RUN, uid, refant],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=2,
            timeout=_LONGEST_S,
            check=False,
            env={**os.environ, "MPLBACKEND": "Agg"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CasaError(f"{_MODULE} does not run: {error}", python, "Use --with own.") from error
    made = {path: stamp for path, stamp in _scripts(folder, uid).items() if before.get(path) != stamp}
    if not made:
        raise ScriptError(
            f"{_MODULE} has written no script (it ended with {done.returncode})",
            str(folder),
            "Its messages are above. Mend that, or use --with own.",
        )
    return max(made, key=lambda path: made[path])


def _scripts(folder: Path, uid: str) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.glob(f"{uid}.ms.scriptFor*Calibration.py")}
