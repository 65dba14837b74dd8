"""Make a synthetic ALMA data set: the ASDMs of a member OUS, and the truth they were made from.

DIR gets one ASDM directory for each execution block, truth.json (flux densities, positions, defects and what
cures them), goal.aot (what was asked for: casapilot init --aot goal.aot) and, where antennas are displaced,
antennapos.csv as the observatory's service would give it.
DIR must not hold anything. The same seed always gives the same data. In --defects, "all" means all that the
standard script can deal with; bandwidth switching (bwsw) has to be asked for by name.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ...steps import errors
from ...steps.errors import CasaError
from ...steps.run.launch import LAUNCH, casa_python
from ...steps.simulate.arguments import add_arguments, defect_table, options_of
from ...steps.simulate.main import MARK, check_folder
from ._common import emit, plain, say

__all__ = ["configure", "main", "make"]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, metavar="DIR", help="a folder that is new, or empty")
    add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="where things are, as JSON")
    parser.epilog = f"defects, and what cures them:\n{defect_table()}"


def main(args: argparse.Namespace) -> int:
    options_of(args)  # what makes no sense is refused before CASA is started
    folder: Path = args.directory.absolute()
    check_folder(folder)
    made = make(folder, _words(args))
    if args.json:
        emit(made)
        return 0
    for path in [*made["asdms"], made["truth"], made["antennapos"]]:
        if path:
            print(plain(path))
    return 0


def make(folder: Path, words: list[str]) -> dict[str, Any]:
    """Run the simulator in the Python that has CASA, showing its progress; return where things are."""
    command = [casa_python(), "-W", "ignore", str(LAUNCH), "simulate", *words, str(folder)]
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        raise CasaError(f"does not start: {error.strerror}", command[0], "See: casapilot doctor") from error
    last = ""
    with child:
        assert child.stderr is not None and child.stdout is not None
        for line in child.stderr:
            text = line.decode(errors="replace").rstrip()
            last = text or last
            if text.startswith(MARK):
                say(text[len(MARK) :])
        answer = child.stdout.read()
    return _judge(answer, child.returncode, last)


def _judge(answer: bytes, code: int, last: str) -> dict[str, Any]:
    try:
        made: dict[str, Any] = json.loads(answer)
    except ValueError as error:
        why = last or f"it ended with {code}"
        raise CasaError(f"nothing was simulated: {why}", sys.executable, "See: casapilot doctor") from error
    if "error" in made:
        kind = getattr(errors, str(made.get("kind")), CasaError)
        raise kind(made["error"], made["where"], made["todo"])
    return made


def _words(args: argparse.Namespace) -> list[str]:
    """The command line for the simulator: ours without what only concerns the terminal."""
    words = []
    for name in (
        "array",
        "ebs",
        "seed",
        "defects",
        "target",
        "spws",
        "band",
        "antennas",
        "channels",
        "cycles",
    ):
        words.append(f"--{name}={getattr(args, name)}")
    return [*words, *(f"--{name}" for name in ("line", "continuum") if getattr(args, name))]
