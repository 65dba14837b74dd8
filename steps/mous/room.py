"""How much room a reduction will take, and how much there is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .staged import StagedAsdm

__all__ = ["FACTORS", "Room", "room_for", "say_size"]

#: What an EB becomes -> its size, in sizes of its ASDM with visibilities of 32 bits. Measured with CASA
#: 6.7.0.31 on a synthetic EB of 37 MB: MS with its CORRECTED column 67 MB, .split with model and corrected
#: columns 104 MB, .split.cal 38 MB; flag versions are 1-2 % of an MS each, and there are about six.
FACTORS: Mapping[str, float] = {
    "the MS with corrected data": 1.8,
    ".split with model and corrected data": 2.8,
    ".split.cal": 1.0,
    "flag versions, tables and plots": 0.4,
}
#: All EBs in one (concat of two .split.cal of 38 MB: 73 MB).
COMBINED = 1.0


@dataclass(frozen=True, slots=True)
class Room:
    """What is needed and what is free where the MOUS will be."""

    needed_bytes: int
    free_bytes: int
    copied_bytes: int = 0
    """Of `needed_bytes`, for ASDMs that come onto this disk."""

    @property
    def is_enough(self) -> bool:
        """Whether it fits."""
        return self.needed_bytes <= self.free_bytes

    @property
    def words(self) -> str:
        """In a sentence."""
        need, free = say_size(self.needed_bytes), say_size(self.free_bytes)
        return f"The calibration will need about {need} here; {free} are free."


def room_for(asdms: Sequence[StagedAsdm], root: Path, copied_bytes: int = 0) -> Room:
    """Estimate the room for calibrating these ASDMs in `root`.

    Parameters
    ----------
    asdms : sequence of StagedAsdm
        One for each EB.
    root : Path
        Folder of the MOUS; need not be there yet.
    copied_bytes : int
        Size of the ASDMs that will be copied onto the disk of `root`.

    Returns
    -------
    Room
        The estimate is `FACTORS` times the size of each ASDM, doubled where its visibilities are integers
        of 16 bits; imaging is not in it.
    """
    floats = [asdm.size_bytes * asdm.growth for asdm in asdms]
    needed = sum(floats) * sum(FACTORS.values()) + (sum(floats) * COMBINED if len(asdms) > 1 else 0.0)
    return Room(int(needed) + copied_bytes, shutil.disk_usage(_existing(root)).free, copied_bytes)


def _existing(path: Path) -> Path:
    """The nearest folder upwards that is there."""
    here = Path(os.path.abspath(path))
    return next(folder for folder in (here, *here.parents) if folder.is_dir())


def say_size(size_bytes: float) -> str:
    """For a person to read.

    >>> say_size(37_000_000), say_size(2_500_000_000_000)
    ('37 MB', '2.5 TB')
    """
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= size:
            return f"{size_bytes / size:.{1 if size_bytes < 10 * size else 0}f} {unit}".replace(".0 ", " ")
    return f"{size_bytes / 1e3:.0f} kB"
