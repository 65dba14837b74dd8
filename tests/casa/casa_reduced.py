"""The small MS reduced by its script, in a process of its own: ``python casa_reduced.py FOLDER``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from casa_small_ms import make_ms
from casa_small_script import FLAGS, SCRIPT, UID


def main(folder: Path) -> None:
    from casapilot.steps.casa import config

    config.configure()
    config.import_tools()
    config.import_tasks()
    os.chdir(folder)
    make_ms(UID)
    Path("manual_flags.txt").write_text(FLAGS)
    names: dict[str, object] = {"mysteps": []}
    exec("from casatasks import *", names)
    exec(compile(SCRIPT, "scriptForCalibration.py", "exec"), names)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
