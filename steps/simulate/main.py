"""Simulate a member OUS: ``launch.py simulate DIR [options]``, in the Python that has CASA.

Progress goes to stderr, a line each, after `MARK`; stdout has one JSON object: where things are, or what
went wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List

from ..errors import CasapilotError, MousError
from .arguments import add_arguments, options_of
from .options import Options

__all__ = ["MARK", "check_folder", "main", "simulate"]

#: Begins a line of ours: CASA writes to stderr too.
MARK = "simulate: "
TRUTH, POSITIONS, GOAL = "truth.json", "antennapos.csv", "goal.aot"


def main(argv: List[str]) -> int:
    """Simulate and say where; the exit code is that of casapilot's commands."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("directory", metavar="DIR")
    add_arguments(parser)
    args = parser.parse_args(argv)
    keep = os.dup(1)
    os.dup2(2, 1)  # what CASA prints is not data
    try:
        answer: Dict[str, Any] = simulate(Path(args.directory), options_of(args))
        code = 0
    except CasapilotError as error:
        answer = {"error": error.what, "where": error.where, "todo": error.todo, "kind": type(error).__name__}
        code = error.exit_code
    except OSError as error:
        where = str(error.filename or args.directory)
        answer = {"error": error.strerror or str(error), "where": where, "todo": "", "kind": "CasaError"}
        code = 4
    finally:
        sys.stdout.flush()
        os.dup2(keep, 1)
    print(json.dumps(answer))
    return code


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything.

    Raises
    ------
    MousError
        It does, or it is a file.
    """
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if os.path.lexists(str(folder)):
        raise MousError(
            "it is not empty" if folder.is_dir() else "it is not a folder",
            str(folder),
            "Name a folder that does not exist yet: nothing is overwritten.",
        )


def simulate(folder: Path, options: Options) -> Dict[str, Any]:
    """Write the ASDMs, truth.json, goal.aot and antennapos.csv into an empty or new folder.

    All appears there at once, when it is complete.

    Returns
    -------
    dict
        folder, asdms, truth, goal, antennapos ("" where no antenna is displaced), project, mous.

    Raises
    ------
    MousError
        The folder holds something.
    CasaError
        casatools cannot be imported.
    """
    check_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".simulate-", dir=str(folder.parent)))
    try:
        made = _write(work, options)
        folder.mkdir(exist_ok=True)
        for path in sorted(work.iterdir()):
            os.rename(str(path), str(folder / path.name))
    finally:
        shutil.rmtree(str(work), ignore_errors=True)
    names = {"asdms": [str(folder / name) for name in made.pop("asdms")]}
    for name in ("truth", "goal", "antennapos"):
        names[name] = str(folder / made[name]) if made[name] else ""  # type: ignore[assignment]
    return {"folder": str(folder), **made, **names}


def _write(work: Path, options: Options) -> Dict[str, Any]:
    # These bring in numpy: not before it is known that there is something to do.
    from .asdm_write import write_asdm
    from .block import make_blocks, make_plan
    from .goal import write_goal
    from .truth import antennapos_csv, mous_truth

    plan, blocks, pointings = make_plan(options), [], 0
    for number, block in enumerate(make_blocks(options), 1):
        _say(f"{block.uid}: execution block {number} of {options.n_ebs}")
        write_asdm(block, work / block.uid)
        blocks.append(block.extra["truth"])
        pointings = sum(each.name == plan.cast.target_name for each in block.fields)
    if "shadow" in options.defects and not any(_has(block, "shadow") for block in blocks):
        _say("no antenna is in the shadow of another one: truth.json names none")
    whose = {"mous": plan.mous_uid, "project": plan.project, "sb_name": plan.sb_name}
    truth = mous_truth(options, plan.cast, plan.antennas, plan.offsets_m, whose, blocks)
    truth["options"] = asdict(options)
    (work / TRUTH).write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    write_goal(work / GOAL, plan, pointings)
    table = antennapos_csv(plan.uids, plan.antennas, plan.offsets_m)
    if table:
        (work / POSITIONS).write_text(table, encoding="utf-8")
    positions = POSITIONS if table else ""
    return {"asdms": list(plan.uids), "truth": TRUTH, "goal": GOAL, "antennapos": positions, **whose}


def _has(block: Dict[str, Any], defect: str) -> bool:
    return any(each["name"] == defect for each in block["defects"])


def _say(text: str) -> None:
    sys.stderr.write(f"{MARK}{text}\n")
    sys.stderr.flush()
