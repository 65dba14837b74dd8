"""The tables of an ASDM directory: which there are, in which form, and their rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path

from ..errors import AsdmError
from .binrows import READABLE, binary_rows
from .row import DAMAGED, Row
from .xmlrows import Head, read_head, xml_rows

__all__ = ["Tables"]


class _NotThere(AsdmError):
    """A table whose rows cannot be had, though nothing is damaged."""


class Tables:
    """The tables of a directory.

    Parameters
    ----------
    folder : Path
        The ASDM directory.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._problems: dict[str, None] = {}

    @property
    def problems(self) -> tuple[str, ...]:
        """What was left out or inferred, each said once."""
        return tuple(self._problems)

    def note(self, problem: str) -> None:
        """Say that something was left out or inferred."""
        self._problems[problem] = None

    @cached_property
    def head(self) -> Head:
        """The head of ASDM.xml."""
        path = self.folder / "ASDM.xml"
        return read_head(path) if path.exists() else Head()

    @cached_property
    def declared(self) -> dict[str, int]:
        """Table -> how many rows ASDM.xml says that it has; empty where there is no ASDM.xml."""
        path = self.folder / "ASDM.xml"
        if not path.exists():
            self.note("ASDM.xml is missing; importasdm will not take the ASDM")
            return {}
        return {
            row.text("Name"): row.integer("NumberRows")
            for row in xml_rows(path, ("Name", "NumberRows"), "Table")
        }

    def has(self, name: str) -> bool:
        """Whether the table is there and not empty."""
        if self.declared.get(name, 1) == 0:
            return False
        return any((self.folder / f"{name}{end}").exists() for end in (".xml", ".bin"))

    def count(self, name: str) -> int:
        """How many rows a table has."""
        if not self.has(name):
            return 0
        declared = self.declared.get(name)
        return declared if declared is not None else sum(1 for _ in self.rows(name, ()))

    def rows(self, name: str, wanted: Collection[str] | None = None) -> Iterator[Row]:
        """Yield the rows of a table, of XML tables with the wanted elements only.

        Raises
        ------
        AsdmError
            The table is declared but not there, is damaged, or has a form that is not known.
        """
        path = self.folder / f"{name}.xml"
        if not self.has(name):
            if self.declared.get(name):
                todo = "The copy is not complete: download the ASDM again."
                raise _NotThere(f"the table {name} is missing", str(self.folder), todo)
            return
        if path.exists() and not read_head(path).byte_order:
            yield from xml_rows(path, wanted)
            return
        path = self.folder / f"{name}.bin"
        if not path.exists():
            raise _NotThere(
                f"the table {name} has its rows in {path.name}, which is missing", str(path), DAMAGED
            )
        if name not in READABLE:
            raise _NotThere(f"the table {name} is in binary form, which only CASA reads", str(path))
        yield from binary_rows(path, name, self.declared.get(name))

    def optional(self, name: str, wanted: Collection[str] | None = None) -> list[Row]:
        """The rows of a table that may be missing, or in a form that is not known: that is noted.

        Raises
        ------
        AsdmError
            The table is damaged.
        """
        try:
            return list(self.rows(name, wanted))
        except _NotThere as error:
            self.note(error.what)
            return []

    def start_s(self, row: Row, name: str = "timeInterval") -> tuple[float, float]:
        """Start and length of a time interval, s."""
        first_s, length_s = row.pair(name)
        # Most files hold the middle; those that hold the start say so in ASDM.xml.
        binary = row.where.partition(",")[0].endswith(".bin")
        form = "startTimeDurationInBin" if binary else "startTimeDurationInXML"
        return (first_s if form in self.head.elements else first_s - length_s / 2), length_s
