"""A commit in a MOUS beside 100,000 data files, against the same commit in an empty MOUS.

    python bench/commit.py [--files 100000] [--repeats 15] [--folder DIR]

The files lie in folders as measurement sets have them. What a person's own `git status` costs is shown too:
it is what would grow first if git looked into the data.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from _measure import show, side_by_side
from casapilot.steps.record.commit import commit_event
from casapilot.steps.record.init import init_repo
from casapilot.steps.record.message import Message

SUBTABLES = 40
FILES_PER_TABLE = 25


def make_mous(root: Path, files: int) -> Path:
    """Make a MOUS with `files` data files, and return its script."""
    folder = root / "Calibration_X2cd"
    (folder / "qa2").mkdir(parents=True)
    script = folder / "uid___A002_X1_X2cd.ms.scriptForCalibration.py"
    script.write_text("mysteps = []\n" * 400)
    (root / "mous.toml").write_text("[mous]\n")
    made = 0
    while made < files:
        table = (
            folder
            / f"set{made // (SUBTABLES * FILES_PER_TABLE)}.ms"
            / f"TABLE{made // FILES_PER_TABLE % SUBTABLES}"
        )
        table.mkdir(parents=True)
        for number in range(min(FILES_PER_TABLE, files - made)):
            (table / f"table.f{number}").write_bytes(b"x")
            made += 1
    init_repo(root, paths=["mous.toml", script])
    return script


def commit(root: Path, script: Path) -> None:
    """One event as a run makes it: the script changed, a record written."""
    with script.open("a") as file:
        file.write("# another line\n")
    record = root / ".casapilot" / "runs" / f"{script.stat().st_size}.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text("{}\n" * 500)
    message = Message(
        "X2cd: step 13 Bandpass calibration done, 8.4 % flagged (+0.3)",
        "Restored flags BeforeBandpassCalibration first. 2 warnings, 1 known.",
        action="run",
        item="alma-calibration/bandpass",
        step=13,
        flagged_percent=8.4,
        run=record.stem,
    )
    commit_event(root, message, paths=[script, record])


def status(root: Path) -> None:
    """What a person's own git does."""
    subprocess.run(["git", "-C", root, "status", "--short"], check=True, capture_output=True)


def main() -> int:
    """Make both MOUSs, measure, and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument(
        "--folder", type=Path, help="where to make them (default: the system's temporary folder)"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="casapilot-bench-", dir=args.folder) as folder:
        full, empty = Path(folder) / "full", Path(folder) / "empty"
        scripts = {full: make_mous(full, args.files), empty: make_mous(empty, 0)}
        for what, call, want in (
            ("commit", lambda root: commit(root, scripts[root]), "50 ms"),
            ("git status", status, ""),
        ):
            call(full)
            call(empty)
            ours, other = side_by_side(
                lambda call=call: call(full), lambda call=call: call(empty), args.repeats
            )
            show(f"{what} beside {args.files} files", ours, "empty", other, want)
    return 0


if __name__ == "__main__":
    sys.exit(main())
