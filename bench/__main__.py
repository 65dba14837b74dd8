"""Run the benches of this folder one after the other: ``python -m bench [NAME ...]``.

A bench is a script here that needs no argument; it prints ratios measured side by side in its own run. Files
that begin with ``_`` or ``make_`` are their helpers.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent


def benches() -> dict[str, Path]:
    """Name -> script."""
    paths = sorted(FOLDER.glob("*.py"))
    return {path.stem: path for path in paths if not path.stem.startswith(("_", "make_"))}


def main(names: list[str]) -> int:
    """Run all benches, or those named; 1 when one of them fails."""
    found = benches()
    unknown = [name for name in names if name not in found]
    if unknown:
        print(f"no such bench: {', '.join(unknown)}; there are: {', '.join(found)}", file=sys.stderr)
        return 2
    failed = []
    for name in names or found:
        print(f"\n== {name} ==", flush=True)
        start = time.monotonic()
        if subprocess.run([sys.executable, "-W", "ignore", found[name]], cwd=FOLDER.parent).returncode:
            failed.append(name)
        print(f"   ({time.monotonic() - start:.0f} s)", flush=True)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
