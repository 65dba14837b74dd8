"""Where CASA is, and how its worker is started."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from ..control import socket_path
from ..errors import CasaError
from ..mous.mous import Eb, Mous

__all__ = ["LAUNCH", "casa_python", "start_worker", "worker_command", "worker_file"]

#: The file that CASA's Python is given: it needs nothing of casapilot to be installed there.
LAUNCH = Path(__file__).parents[1] / "casa" / "launch.py"


def casa_python(mous: Mous | None = None) -> str:
    """Return the Python that has CASA: the MOUS's, the environment's, or our own.

    Raises
    ------
    CasaError
        There is none.
    """
    for python in (mous.casa_python if mous else "", os.environ.get("CASAPILOT_CASA_PYTHON", "")):
        if python:
            return os.path.expanduser(python)
    if find_spec("casatools") is not None:
        return sys.executable
    raise CasaError(
        "CASA is not installed beside casapilot",
        sys.executable,
        "Install it: pip install 'casapilot[casa]' (about 1.5 GB), or name the Python of your\n"
        '  CASA in mous.toml: [casa] python = "/path/to/python3".',
    )


def worker_file(mous: Mous, eb: Eb) -> Path:
    """Where the worker of `eb` says who it is."""
    return mous.live / f"worker-{eb.name}.json"


def worker_command(mous: Mous, eb: Eb) -> list[str]:
    """Return the command that is the worker of `eb`."""
    words = [
        casa_python(mous),
        "-W",
        "ignore",
        str(LAUNCH),
        "worker",
        "--root",
        str(mous.root),
        "--eb",
        eb.name,
    ]
    words += ["--cwd", str(eb.folder), "--live", str(mous.live), "--socket", socket_path(mous.root, eb.name)]
    return words


def start_worker(mous: Mous, eb: Eb, threads: int | None = None) -> subprocess.Popen[bytes]:
    """Start the worker of `eb` so that it outlives us, and return at once.

    Parameters
    ----------
    threads : int
        OpenMP threads; CASA's default (all cores) when None. Two processes that spin on the same
        cores slow each other down fivefold, so they wait passively.
    """
    if mous.launcher != "local":
        raise CasaError(
            f"launcher {mous.launcher!r} is not there yet", str(mous.root / "mous.toml"), "Use local."
        )
    mous.live.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive", "MPLBACKEND": "Agg"}
    if threads:
        environment["OMP_NUM_THREADS"] = str(threads)
    environment.pop("PYTHONSTARTUP", None)
    command = worker_command(mous, eb)
    with open(mous.live / f"worker-{eb.name}.log", "ab") as log:
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=eb.folder if eb.folder.is_dir() else mous.root,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise CasaError(
                f"the CASA process does not start: {error.strerror}", command[0], "See: casapilot doctor"
            ) from error
