"""The rows of a table in XML, a piece of the file at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from ..errors import AsdmError
from .row import DAMAGED, Row

__all__ = ["Head", "parse_head", "read_head", "xml_rows"]

CHUNK_BYTES = 1 << 18
#: A header has told all before this much of the file.
HEAD_BYTES = 1 << 16


@dataclass
class Head:
    """What stands before the rows, or instead of them."""

    entity: str = ""
    """Its uid."""
    byte_order: str = ""
    """Little_Endian, Big_Endian; empty where the rows are in this file."""
    attributes: list[str] = field(default_factory=list)
    """Names of the columns of a binary table, in order."""
    elements: set[str] = field(default_factory=set)
    """Names of all elements seen."""


class _Parser:
    """expat, set up so that nothing but elements is taken."""

    def __init__(self, path: Path, wanted: Collection[str] | None, row: str = "row") -> None:
        self.path, self.wanted, self.row = path, wanted, row
        self.rows: list[dict[str, str]] = []
        self.head = Head()
        self._names: list[str] = []
        self._row: dict[str, str] | None = None
        self._depth = 0
        self._text: list[str] = []
        self._keep = False
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.buffer_size = 1 << 16
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._characters
        # A table has no DTD; one would be there to bring in other files or to blow up memory.
        self._expat.StartDoctypeDeclHandler = self._refuse

    def feed(self, data: bytes, last: bool) -> None:
        try:
            self._expat.Parse(data, last)
        except expat.ExpatError as error:
            what = f"the table is not complete XML: {expat.ErrorString(error.code)}"
            raise AsdmError(what, f"{self.path}:{error.lineno}", DAMAGED) from None
        except (ValueError, LookupError) as error:
            raise AsdmError(f"the table cannot be read: {error}", str(self.path), DAMAGED) from None

    def _refuse(self, *_: object) -> NoReturn:
        raise AsdmError("the table declares a document type, which no ASDM does", str(self.path), DAMAGED)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        self._names.append(name)
        if self._row is None:
            self._before_rows(name, attributes)
        elif len(self._names) == self._depth + 1:
            self._keep = self.wanted is None or name in self.wanted
            self._text = []
        elif self._keep and "entityId" in attributes:
            self._text.append(attributes["entityId"])

    def _before_rows(self, name: str, attributes: dict[str, str]) -> None:
        if name == self.row:
            self._row, self._depth = {}, len(self._names)
            return
        head = self.head
        head.elements.add(name)
        if name == "Entity" and not head.entity:
            head.entity = attributes.get("entityId", "")
        elif name == "BulkStoreRef":
            head.byte_order = attributes.get("byteOrder", "Big_Endian")
        elif len(self._names) > 1 and self._names[-2] == "Attributes":
            head.attributes.append(name)

    def _characters(self, text: str) -> None:
        if self._keep:
            self._text.append(text)

    def _end(self, name: str) -> None:
        depth = len(self._names)
        name = self._names.pop()
        if self._row is None:
            return
        if depth == self._depth:
            self.rows.append(self._row)
            self._row = None
        elif depth == self._depth + 1 and self._keep:
            self._row[name] = "".join(self._text)
            self._keep = False


def xml_rows(path: Path, wanted: Collection[str] | None = None, row: str = "row") -> Iterator[Row]:
    """Yield the rows of a table.

    Parameters
    ----------
    path : Path
        The file.
    wanted : collection of str, optional
        The elements to keep; all where it is None.
    row : str
        The element that is a row.

    Raises
    ------
    AsdmError
        The file cannot be read, is cut off, or is no table.
    """
    parser, number = _Parser(path, wanted, row), 0
    for data, last in _chunks(path):
        parser.feed(data, last)
        for values in parser.rows:
            number += 1
            yield Row(f"{path}, row {number}", values)
        parser.rows.clear()


def read_head(path: Path) -> Head:
    """What stands before the rows of a table."""
    parser, read = _Parser(path, ()), 0
    for data, last in _chunks(path):
        parser.feed(data, last)
        read += len(data)
        if parser.rows or read >= HEAD_BYTES:
            break
    return parser.head


def parse_head(text: bytes, path: Path) -> Head:
    """The head of a binary table, given its text."""
    parser = _Parser(path, ())
    parser.feed(text, True)
    return parser.head


def _chunks(path: Path) -> Iterator[tuple[bytes, bool]]:
    try:
        with path.open("rb") as file:
            while data := file.read(CHUNK_BYTES):
                yield data, False
            yield b"", True
    except OSError as error:
        raise AsdmError(f"the table cannot be read: {error.strerror}", str(path), DAMAGED) from None
