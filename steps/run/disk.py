"""Room on the disk: CASA aborts without a line in its log when there is none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..errors import CasaError, MousError
from ..mous.mous import Eb
from .policy import all_ms

__all__ = ["check_disk"]


def check_disk(eb: Eb) -> None:
    """Refuse to begin without room for one more DATA column of the largest MS."""
    if not eb.folder.is_dir():
        raise MousError("there is no such folder", str(eb.folder), "It is named in mous.toml: mend that.")
    size = max((_size(eb.folder / name) for name in all_ms(eb.folder)), default=0)
    free = shutil.disk_usage(eb.folder).free
    if free < size + (64 << 20):
        raise CasaError(
            f"only {free / 1e9:.1f} GB are free, a step may need {(size + (64 << 20)) / 1e9:.1f} GB",
            str(eb.folder),
            "Make room on this disk, then run it again.",
        )


def _size(ms: Path) -> int:
    with os.scandir(ms) as entries:
        return sum(entry.stat().st_size for entry in entries if entry.is_file())
