"""What the Python of any CASA is given to run: ``python launch.py COMMAND ...``.

casapilot need not be installed there. The folder that holds this file becomes `casapilot.steps.casa`,
and only that room with errors, journal and control is ever imported (or, to simulate, that room with errors).
"""

from __future__ import annotations

import importlib
import os
import sys
import types
from typing import List

#: Command -> the module whose ``main(argv)`` it is.
COMMANDS = {
    "worker": "casa.worker",
    "bare": "casa.bare",
    "flags": "casa.flag_count",
    "versions": "casa.config",
    "tasks": "casa.console_tasks",
    "curves": "casa.curves.answer",
    "curves-server": "casa.curves.server",
    "check": "casa.measuring",
    "simulate": "simulate.main",
}


def open_house() -> None:
    """Make `casapilot` and `casapilot.steps` importable from where this file lies."""
    here = os.path.dirname(os.path.abspath(__file__))
    steps = os.path.dirname(here)
    # Python puts a script's own folder first: its config.py and namespace.py would hide others' modules.
    sys.path[:] = [path for path in sys.path if os.path.realpath(path or os.curdir) != os.path.realpath(here)]
    for name, folder in (("casapilot", os.path.dirname(steps)), ("casapilot.steps", steps)):
        module = types.ModuleType(name)
        module.__path__ = [folder]
        sys.modules[name] = module
    sys.modules["casapilot"].__dict__["steps"] = sys.modules["casapilot.steps"]


def main(argv: List[str]) -> int:
    """Run one command and return its exit code."""
    if not argv or argv[0] not in COMMANDS:
        sys.stderr.write(f"usage: launch.py {'|'.join(COMMANDS)} ...\n")
        return 2
    open_house()
    module = importlib.import_module("casapilot.steps." + COMMANDS[argv[0]])
    code: int = module.main(argv[1:])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
