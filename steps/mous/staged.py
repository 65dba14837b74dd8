"""ASDM directories as they were staged: are they whole, how large are they."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import AsdmError
from .uids import asdm_uid

__all__ = ["StagedAsdm", "look_at"]

_TABLE = re.compile(rb"<Name>\s*(\w+)\s*</Name>\s*<NumberRows>\s*(\d+)\s*</NumberRows>")
_DATA_UID = re.compile(rb"<(?:dataUID|dataOid)>.*?entityId\s*=\s*[\"'](uid:[^\"']+)[\"']", re.DOTALL)
#: How the correlator wrote its visibilities; CASA makes 32-bit floats of all of them.
_WIDTHS = {b"INT16_TYPE": 2, b"INT32_TYPE": 4, b"FLOAT32_TYPE": 4}
_FLOAT_BYTES = 4
_FIRST_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class StagedAsdm:
    """An ASDM directory that is whole as far as its tables tell."""

    path: Path
    """Where it is, links followed."""
    uid: str
    """In its name; empty where that is no uid."""
    size_bytes: int
    growth: float
    """How much larger its visibilities become as 32-bit floats: 2 for 16-bit integers, else 1."""


def look_at(path: Path) -> StagedAsdm:
    """An ASDM directory, checked: its tables and the binary files that they name are there.

    Raises
    ------
    AsdmError
        It is not there, no ASDM, or not whole: with what is missing.
    """
    folder = path.expanduser()
    if not folder.exists():
        raise AsdmError("is not there", str(path), "Check the path; is it still being staged?")
    if not folder.is_dir():
        is_tar = folder.suffix in (".tar", ".tgz", ".gz")
        todo = "Unpack it, and name the folder that holds ASDM.xml." if is_tar else "Name the folder."
        raise AsdmError("is a file, not an ASDM directory", str(path), todo)
    try:
        missing = list(_missing(folder))
        if missing:
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            raise AsdmError(
                f"is not whole: {', '.join(missing[:3])}{more} missing",
                str(path),
                "Was it staged to its end? Get it again.",
            )
        return StagedAsdm(folder.resolve(), asdm_uid(folder), _size(folder), _growth(folder))
    except OSError as error:
        raise AsdmError(
            f"cannot be read: {error.strerror}", str(error.filename or path), "Look at its permissions."
        ) from error


def _missing(folder: Path) -> Iterator[str]:
    """Names of what should be there and is not."""
    head = folder / "ASDM.xml"
    if not head.is_file():
        inner = next((each for each in sorted(folder.glob("*/ASDM.xml"))), None)
        todo = f"Did you mean {inner.parent}?" if inner else "Name the folder that holds ASDM.xml."
        raise AsdmError("is not an ASDM: it has no ASDM.xml", str(folder), todo)
    for name, rows in _TABLE.findall(head.read_bytes()):
        table = name.decode()
        if int(rows) and not any((folder / f"{table}{end}").is_file() for end in (".xml", ".bin")):
            yield f"{table}.xml"
    main = folder / "Main.xml"
    if main.is_file():
        for uid in dict.fromkeys(_DATA_UID.findall(main.read_bytes())):
            name = re.sub(r"[:/]", "_", uid.decode("utf-8", "replace"))
            if not (folder / "ASDMBinary" / name).is_file():
                yield f"ASDMBinary/{name}"


def _size(folder: Path) -> int:
    return sum(
        os.stat(os.path.join(parent, name)).st_size
        for parent, _, names in os.walk(folder, followlinks=True)
        for name in names
    )


def _growth(folder: Path) -> float:
    """Look into the largest binary file for how its visibilities were written."""
    binary = folder / "ASDMBinary"
    files = sorted(binary.iterdir(), key=lambda each: each.stat().st_size) if binary.is_dir() else []
    if not files:
        return 1.0
    with files[-1].open("rb") as stream:
        head = stream.read(_FIRST_BYTES)
    found = re.search(rb"<crossData[^>]*\btype\s*=\s*[\"'](\w+)[\"']", head)
    return _FLOAT_BYTES / _WIDTHS.get(found[1], _FLOAT_BYTES) if found else 1.0
