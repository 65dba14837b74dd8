"""A script run whole, as at a plain CASA prompt: ``launch.py bare``, in the folder that is current.

Nothing of ours stands between the script and CASA: no wrapped tasks, no kept flag versions. What it
leaves is CASA's log, the terminal's text, and one line in a file where it ended in an error.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import signal
import sys
import threading
from typing import Any, Dict, List

from . import config
from .namespace import fresh_namespace
from .scripts import Scripts, describe, script_traceback

__all__ = ["MARK", "main"]

#: How the log of such a run begins, so that it can be told from a reducer's own.
MARK = "casapilot: full re-run from scratch of"

_PR_SET_PDEATHSIG = 1


def main(argv: List[str]) -> int:
    """Run the script; 0 when it has come to its end, 1 when it ended in an error."""
    parser = argparse.ArgumentParser(prog="launch.py bare")
    for name in ("script", "log", "error"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--lifeline", type=int, required=True)
    options = parser.parse_args(argv)
    _die_with_parent(options.lifeline)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    config.configure(options.log)
    error = _run(os.path.abspath(options.script))
    if error:
        with open(options.error, "w", encoding="utf-8") as file:
            file.write(error)
    sys.stdout.flush()
    sys.stderr.flush()
    # CASA's C++ destructors have nothing to save, and can hang or crash at the end of a process.
    os._exit(1 if error else 0)


def _run(script: str) -> str:
    """Run it and return its error in one line, or nothing."""
    casatools, casatasks = config.import_tools(), config.import_tasks()
    names = fresh_namespace(casatools, casatasks, _tasks(casatasks))
    names.update(__file__=script, mysteps=[])
    casatasks.casalog.post(f"{MARK} {os.path.basename(script)}, CASA {config.casa_version(casatools)}")
    sys.argv[:] = [script]
    sys.path.insert(0, "")
    try:
        exec(Scripts().code(script), names)
    except SystemExit as end:
        if end.code in (None, 0):
            return ""
        return f"the script ended itself: {end.code}"
    except BaseException as error:
        sys.stderr.write(script_traceback(error, script))
        return describe(error, script)
    return ""


def _tasks(casatasks: Any) -> Dict[str, Any]:
    """What ``from casatasks import *`` brings."""
    return {name: getattr(casatasks, name) for name in casatasks.__all__ if hasattr(casatasks, name)}


def _die_with_parent(lifeline: int) -> None:
    """End when the worker does, however that ends: nobody would take the result.

    The kernel kills us where it can (Linux); elsewhere the pipe that only the worker holds open tells.
    """

    def wait() -> None:
        os.read(lifeline, 1)
        os._exit(1)

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=wait, daemon=True, name="lifeline").start()
