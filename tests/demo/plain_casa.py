"""Run the demo's script as at a plain CASA prompt, then measure; what comes out is JSON on stdout.

Usage: plain_casa.py SCRIPT '[["metric", "of"], ...]'
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def start_casa() -> dict[str, Any]:
    """The names at CASA's prompt, without touching ~/.casa."""
    sys.argv = [sys.argv[0], "--noconfig", "--nositeconfig"]
    import casadata
    from casaconfig import config

    config.measurespath = casadata.datapath
    config.datapath = [casadata.datapath]
    config.measures_auto_update = config.data_auto_update = False
    config.casaconfig_verbose = 0
    config.logfile = "casa.log"
    config.nogui = config.agg = True
    names: dict[str, Any] = {}
    exec("from casatasks import *", names)
    return names


def start_casapilot() -> None:
    """Make casapilot.steps importable from the clone, installed or not."""
    for name, folder in (("casapilot", ROOT), ("casapilot.steps", ROOT / "steps")):
        module = sys.modules.setdefault(name, ModuleType(name))
        module.__path__ = [str(folder)]


def main(script: str, wanted: list[tuple[str, str]]) -> None:
    names = start_casa()
    start_casapilot()
    from casapilot.steps.casa.metrics.measure import measure
    from casapilot.steps.errors import CasapilotError

    returned: dict[str, list[Any]] = {}
    fluxscale = names["fluxscale"]

    def recorded(**arguments: Any) -> Any:
        result = fluxscale(**arguments)
        returned.setdefault("fluxscale", []).append((arguments, result))
        return result

    names["fluxscale"] = recorded
    exec(compile(Path(script).read_text(encoding="utf-8"), script, "exec"), names)
    answers: list[Any] = []
    for metric, of in wanted:
        try:
            answers.append(measure(metric, of, os.getcwd(), returned))
        except CasapilotError as error:
            answers.append({"error": str(error)})
    without_calls = measure("flux_density_jy", "1445+09900002_0", os.getcwd(), {})
    summary = names["flagdata"](vis="NGC5921.ms", mode="summary")
    print(json.dumps({"answers": answers, "listed": without_calls, "flagged": summary["flagged"]}))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
