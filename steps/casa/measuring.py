"""Checks measured by themselves, without a worker: ``launch.py check`` reads a list and answers line by line.

Nothing is locked and nothing is written. What only a step's own call returned is not there: such a check is
answered with the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, Dict, List, TextIO

from ..errors import CasapilotError, UsageError
from . import config

__all__ = ["answer", "main"]


def answer(folder: str, check: Dict[str, Any]) -> Dict[str, Any]:
    """Return what one check comes to, or why it cannot be measured.

    Parameters
    ----------
    folder : str
        Folder of the EB.
    check : dict
        ``metric``, ``of``, ``limit``, ``below``, ``note``, ``goal`` as for `metrics.measure`.

    Returns
    -------
    dict
        The answer of `metrics.measure`; else ``error``, ``where`` and ``todo``.
    """
    import numpy as np

    from .metrics.measure import measure

    try:
        with np.errstate(all="ignore"):
            return measure(
                str(check["metric"]),
                str(check.get("of") or ""),
                folder,
                {},
                limit=check.get("limit"),
                below=bool(check.get("below")),
                note=check.get("note"),
                goal=check.get("goal"),
            )
    except CasapilotError as error:
        return {"error": error.what, "where": error.where, "todo": error.todo}
    except Exception as error:  # one metric that fails on odd data must not take the others along
        return {"error": f"{type(error).__name__}: {error}", "where": str(check.get("of")), "todo": ""}


def main(argv: List[str]) -> int:
    """Answer a request from stdin, ``{"folder": ..., "checks": [...]}``, one line of JSON for each check."""
    parser = argparse.ArgumentParser(prog="launch.py check", description=__doc__)
    parser.parse_args(argv)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)  # what CASA prints is not data
        return _answered(out)


def _answered(out: TextIO) -> int:
    try:
        request = json.load(sys.stdin)
        folder, checks = str(request["folder"]), list(request["checks"])
    except (ValueError, KeyError, TypeError) as error:
        return _failed(out, UsageError(f"the request cannot be read: {error}"))
    try:
        config.configure()
        config.import_tools()
    except CasapilotError as error:
        return _failed(out, error)
    for check in checks:
        out.write(json.dumps(answer(folder, check), separators=(",", ":")) + "\n")
        out.flush()
    return 0


def _failed(out: TextIO, error: CasapilotError) -> int:
    said = {"error": error.what, "where": error.where, "todo": error.todo, "kind": type(error).__name__}
    out.write(json.dumps(said) + "\n")
    return error.exit_code
