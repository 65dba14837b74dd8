"""CASA as our processes want it: configured in memory, no file in ~/.casa, $HOME or the current folder."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import platform
import shutil
import sys
import tempfile
import warnings
from typing import Any, Dict, Iterator, List

from ..errors import CasaError

__all__ = ["casa_version", "configure", "data_path", "import_tasks", "import_tools", "main", "versions"]

#: What we set in casaconfig, whatever else the site has set.
SETTINGS = {
    "nogui": True,
    "agg": True,
    "nologger": True,
    "log2term": False,
    "measures_auto_update": False,
    "data_auto_update": False,
    "telemetry_enabled": False,
    "crashreporter_enabled": False,
    "casaconfig_verbose": 0,
}


def configure(logfile: str = os.devnull, scratch: str = "") -> None:
    """Set CASA's configuration; must be called before casatools is first imported.

    With the casadata package at hand nothing outside this process is read. Without it the site's own
    configuration says where the data are, and only the log, the display and the updates are ours.

    Parameters
    ----------
    logfile : str
        Where CASA's log begins.
    scratch : str
        A folder for what matplotlib wants to keep (its list of fonts); the user's own when empty.
    """
    os.environ["MPLBACKEND"] = "Agg"
    if scratch:
        os.environ.setdefault("MPLCONFIGDIR", os.path.join(scratch, "matplotlib"))
    warnings.filterwarnings("ignore", category=SyntaxWarning)
    data = data_path()
    config = _casaconfig(["--noconfig", "--nositeconfig"] if data else [])
    if config is None:
        return
    for name, value in {**SETTINGS, "logfile": logfile}.items():
        if hasattr(config, name):
            setattr(config, name, value)
    if data:
        # An unset measurespath, not datapath, is what makes CASA print SEVERE lines at every start.
        config.measurespath = data
        config.datapath = [data]


def _casaconfig(options: List[str]) -> Any:
    """Return the module that configures CASA 6.6 and newer; None where there is none."""
    argv = sys.argv
    sys.argv = ["casapilot", *options]
    try:
        return importlib.import_module("casaconfig.config")
    except ImportError:
        return None
    finally:
        sys.argv = argv


def data_path() -> str:
    """Return the data folder of the casadata package, or "" where it is not installed."""
    try:
        return str(importlib.import_module("casadata").datapath)
    except (ImportError, AttributeError):
        return ""


def import_tools() -> Any:
    """Import and return casatools.

    Raises
    ------
    CasaError
        It is not there or does not start.
    """
    return _import("casatools")


def import_tasks() -> Any:
    """Import and return casatasks (1-3 s).

    Raises
    ------
    CasaError
        It is not there or does not start.
    """
    return _import("casatasks")


def _import(name: str) -> Any:
    with _elsewhere():
        try:
            return importlib.import_module(name)
        except Exception as error:
            raise CasaError(
                f"{name} cannot be imported: {type(error).__name__}: {error}",
                sys.executable,
                "See: casapilot doctor",
            ) from error


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    """Import in a folder that is thrown away: older CASAs leave a log file where they start."""
    home, argv = os.getcwd(), sys.argv
    folder = tempfile.mkdtemp(prefix="casapilot-")
    os.chdir(folder)
    sys.argv = ["casapilot"]
    try:
        yield
    finally:
        sys.argv = argv
        os.chdir(home)
        shutil.rmtree(folder, ignore_errors=True)


def casa_version(casatools: Any) -> str:
    """Return CASA's version, for example "6.7.0.31"."""
    try:
        return str(casatools.version_string())
    except Exception:
        return "unknown"


def versions() -> Dict[str, str]:
    """Return what this Python has: casa, python, executable, data; and error where CASA does not start."""
    found = {
        "python": platform.python_version(),
        "executable": sys.executable,
        "casa": "",
        "data": "",
        "error": "",
    }
    configure()
    try:
        casatools = import_tools()
        found["casa"] = casa_version(casatools)
        found["data"] = _resolved_data(casatools)
        import_tasks()
    except CasaError as error:
        found["error"] = error.what
    return found


def _resolved_data(casatools: Any) -> str:
    """Return the folder in which CASA really finds its measures tables."""
    table = "geodetic/IERSeop2000"
    try:
        path = str(casatools.ctsys.resolve(table))
    except Exception:
        return data_path()
    return path[: -len(table)].rstrip("/") if path != table and path.endswith(table) else data_path()


def main(argv: List[str]) -> int:
    """Print `versions` as JSON; 0 when CASA starts, 4 when it does not."""
    del argv
    keep = os.dup(1)
    os.dup2(2, 1)  # what CASA prints while it starts is not data
    try:
        found = versions()
    finally:
        sys.stdout.flush()
        os.dup2(keep, 1)
    print(json.dumps(found))
    return 4 if found["error"] else 0
