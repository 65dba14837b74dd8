"""What the steps of a script make: tables, files, flag versions, columns; and whether that is there."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..script import Call, Script, Step

__all__ = ["Product", "ProductKind", "made_at", "older_saves", "products_of"]

#: Task -> the parameter that names what it makes.
_MAKES = {
    "importasdm": "vis", "importuvfits": "vis", "split": "outputvis", "mstransform": "outputvis",
    "uvcontsub": "outputvis", "concat": "concatvis", "gaincal": "caltable", "bandpass": "caltable",
    "gencal": "caltable", "wvrgcal": "caltable", "polcal": "caltable", "blcal": "caltable",
    "smoothcal": "caltable", "fluxscale": "fluxtable", "listobs": "listfile",
}  # fmt: skip
_INPUTS = ("vis", "gaintable", "caltable", "tablein", "asdm")
_FILE = re.compile(r"[\w.+-][\w.+/-]*")
_FIRST_BYTES = 4 << 20


class ProductKind(str, Enum):
    """What a step makes."""

    FILE = "file"
    """A file, or a table, which is a folder."""
    VERSION = "flag version"
    COLUMN = "column"


@dataclass(frozen=True, slots=True)
class Product:
    """One thing that a step makes."""

    name: str
    """Of the file; of the MS where it is a flag version or a column."""
    kind: ProductKind
    part: str = ""
    """Name of the version or column."""
    inputs: tuple[str, ...] = ()
    """Files that it is made from."""

    def __str__(self) -> str:
        return self.name if self.kind is ProductKind.FILE else f"{self.part} in {self.name}"

    def path(self, folder: Path) -> Path:
        """Return the file or table that tells of it."""
        if self.kind is ProductKind.VERSION:
            return folder / f"{self.name}.flagversions" / f"flags.{self.part}"
        return folder / self.name

    def is_there(self, folder: Path) -> bool:
        """Whether it has been made, as far as can be told without CASA."""
        path = self.path(folder)
        if self.kind is ProductKind.VERSION:
            return (path / "table.dat").is_file()
        if self.kind is ProductKind.COLUMN:
            return _has_column(path, self.part)
        return (path / "table.dat").is_file() if path.is_dir() else path.exists()

    def time(self, folder: Path) -> float | None:
        """When it was made, unix time, s; None where that cannot be told."""
        return None if self.kind is ProductKind.COLUMN else made_at(self.path(folder))


def products_of(script: Script, step: Step) -> list[Product]:
    """What the calls of a step make, in their order, as far as their names are written out."""
    found: dict[Product, None] = {}
    for call in script.calls_in(step):
        if not call.commented:
            found.update(dict.fromkeys(_of_call(script, call)))
    return list(found)


def _of_call(script: Script, call: Call) -> Iterator[Product]:
    inputs = tuple(name for parameter in _INPUTS for name in _names(script, call, parameter))
    vis = next(iter(_names(script, call, "vis")), "")
    if call.task in _MAKES:
        made = next(iter(_names(script, call, _MAKES[call.task])), "")
        asdm = next(iter(_names(script, call, "asdm")), "")
        if not made and call.task == "importasdm" and asdm:
            made = f"{asdm}.ms"
        if made:
            yield Product(made, ProductKind.FILE, inputs=tuple(name for name in inputs if name != made))
    elif call.task == "flagmanager" and script.value(call, "mode") == "save":
        version = script.value(call, "versionname")
        if vis and _FILE.fullmatch(version):
            yield Product(vis, ProductKind.VERSION, version)
    elif call.task == "applycal" and vis:
        yield Product(vis, ProductKind.COLUMN, "CORRECTED_DATA")
    elif call.task == "setjy" and vis and script.value(call, "usescratch") in ("True", "T"):
        yield Product(vis, ProductKind.COLUMN, "MODEL_DATA")


def _names(script: Script, call: Call, parameter: str) -> tuple[str, ...]:
    """The file names that a parameter gives; none where they are not written out."""
    text = script.value(call, parameter)
    if _FILE.fullmatch(text):
        return (text.rstrip("/"),)
    try:
        value = ast.literal_eval(text) if text.startswith(("[", "(")) else ()
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ()
    return tuple(each.rstrip("/") for each in value if isinstance(each, str) and _FILE.fullmatch(each))


def made_at(path: Path) -> float | None:
    """When a file or table was made, unix time, s; None when it is not there.

    CASA writes some files of a table at every change (its description when a column is added, and the columns
    that change), but never all: the oldest counts.
    """
    try:
        with os.scandir(path) if path.is_dir() else nullcontext(()) as entries:
            times = [each.stat().st_mtime for each in entries if each.name.startswith("table.")]
        return min(times) if times else os.stat(path).st_mtime
    except OSError:
        return None


def older_saves(folder: Path, ms: str, version: str) -> list[str]:
    """Versions that CASA set aside when `version` of `ms` was saved again, the oldest first."""
    found = (folder / f"{ms}.flagversions").glob(f"flags.{version}.old.*")
    return sorted(path.name.removeprefix("flags.") for path in found if (path / "table.dat").is_file())


def _has_column(table: Path, column: str) -> bool:
    """Whether a table's description names a column."""
    try:
        with (table / "table.dat").open("rb") as stream:
            return column.encode() in stream.read(_FIRST_BYTES)
    except OSError:
        return False
