"""Some steps of a script, as a person runs them at a CASA prompt: ``python run_plain.py SCRIPT [0,1]``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def main(script: str, steps: list[int]) -> None:
    sys.argv = ["run", "--noconfig", "--nositeconfig"]
    import casadata
    from casaconfig import config

    config.measurespath, config.datapath = casadata.datapath, [casadata.datapath]
    config.measures_auto_update = config.data_auto_update = False
    config.casaconfig_verbose, config.nogui, config.agg = 0, True, True
    config.logfile = time.strftime("casa-%Y%m%d-%H%M%S.log", time.gmtime())
    names: dict[str, Any] = {"mysteps": steps}
    exec("from casatasks import *", names)
    exec(compile(Path(script).read_text(encoding="utf-8"), script, "exec"), names)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
