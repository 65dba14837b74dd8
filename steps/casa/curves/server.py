"""A process that reads tables for a screen: a request a line on stdin, its answer a line on stdout.

It ends with the screen that started it (its stdin is closed then), and by itself when nobody has asked for
a while: the next question starts another. It locks nothing and writes nothing but
pictures that are asked for.
"""

from __future__ import annotations

import json
import os
import select
import signal
from typing import Any, Dict, List

from ...errors import CasapilotError
from .. import config
from .answer import answer

__all__ = ["main"]

IDLE_S = 600.0
NICENESS = 5
"""Steps come first."""

Answer = Dict[str, Any]


def main(argv: List[str]) -> int:
    """Answer until stdin ends (``launch.py curves-server``)."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # meant for the screen, which ends us as it likes
    os.nice(NICENESS)
    out = os.dup(1)
    os.dup2(2, 1)  # what CASA prints is not data
    config.configure()
    rest = b""
    while True:
        ready, _, _ = select.select([0], [], [], IDLE_S)
        piece = os.read(0, 1 << 16) if ready else b""
        if not piece:
            return 0
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            _write(out, json.dumps(_answered(line), separators=(",", ":")).encode() + b"\n")


def _answered(line: bytes) -> Answer:
    try:
        return answer(json.loads(line))
    except CasapilotError as error:
        kind = type(error).__name__
        return {"error": error.what, "where": error.where, "todo": error.todo, "kind": kind}
    except Exception as error:  # of casacore, about a table that a step is writing at this moment
        said = str(error).strip().splitlines() or [type(error).__name__]
        todo = "If a step writes it now: look again when it has ended."
        return {"error": f"cannot be read now: {said[0]}", "where": "", "todo": todo, "kind": "CasaError"}


def _write(out: int, data: bytes) -> None:
    while data:
        data = data[os.write(out, data) :]
