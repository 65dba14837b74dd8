"""The rows of a table in binary form: a MIME file of a header in XML and a stream of values.

The form, as the ASDM library writes it: the header names the byte order and the columns in order; the
stream begins with the five texts of the table's entity, the five of its container's, and the number of rows
(-1 where the writer did not know it). A text is its length (int32) and its bytes, a reference to a row its
name as text, a time an int64 of nanoseconds, a list its lengths (int32 each) and its values; a value that may
be absent has a byte before it that says whether it is there.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import AsdmError
from .row import DAMAGED, Row
from .xmlrows import Head, parse_head

__all__ = ["READABLE", "binary_rows"]

HEADER = b"Content-ID: <header.xml>"
CONTENT = b"Content-ID: <content.bin>"
#: No text or list in these tables is longer.
LONGEST = 1 << 24

#: Columns of the tables that observatories write in binary form and that we need, with their kinds; a
#: question mark: the value may be absent.
TABLES: dict[str, dict[str, str]] = {
    "Main": {
        "time": "long",
        "configDescriptionId": "text",
        "fieldId": "text",
        "numAntenna": "whole",
        "timeSampling": "text",
        "interval": "long",
        "numIntegration": "whole",
        "scanNumber": "whole",
        "subscanNumber": "whole",
        "dataSize": "size",
        "dataUID": "reference",
        "dataOid": "reference",
        "stateId": "texts",
        "execBlockId": "text",
        "flagRow": "?truth",
    },
    "SysCal": {
        "antennaId": "text",
        "spectralWindowId": "text",
        "timeInterval": "interval",
        "feedId": "whole",
        "numReceptor": "whole",
        "numChan": "whole",
        "tcalFlag": "?truth",
        "tcalSpectrum": "?doubles",
        "trxFlag": "?truth",
        "trxSpectrum": "?doubles",
        "tskyFlag": "?truth",
        "tskySpectrum": "?doubles",
        "tsysFlag": "?truth",
        "tsysSpectrum": "?doubles",
        "tantFlag": "?truth",
        "tantSpectrum": "?floats",
        "tantTsysFlag": "?truth",
        "tantTsysSpectrum": "?floats",
        "phaseDiffFlag": "?truth",
        "phaseDiffSpectrum": "?floats",
    },
}
READABLE = frozenset(TABLES)


class _Stream:
    """Values one after the other."""

    def __init__(self, data: bytes, start: int, little: bool) -> None:
        self._data, self._at = data, start
        self._order = "<" if little else ">"
        self._swap = little != (sys.byteorder == "little")

    def whole(self) -> int:
        return int(self._unpack("i", 4))

    def long(self) -> int:
        return int(self._unpack("q", 8))

    def size(self) -> int:
        """A size before a uid: writers differ in whether it is an int32 or an int64."""
        short = self._data[self._at + 8 : self._at + 14] == b"uid://"
        return self.whole() if short else self.long()

    def truth(self) -> bool:
        return bool(self._unpack("B", 1))

    def text(self) -> str:
        length = self._length()
        self._at += length
        return self._data[self._at - length : self._at].decode("iso-8859-1")

    def texts(self) -> list[str]:
        return [self.text() for _ in range(self._length())]

    def reference(self) -> str:
        """The uid; its part, type and version are of no use."""
        uid, *_ = [self.text() for _ in range(4)]
        return uid

    def interval(self) -> str:
        return f"{self.long()} {self.long()}"

    def doubles(self) -> array[float]:
        return self._matrix("d")

    def floats(self) -> array[float]:
        return self._matrix("f")

    def _matrix(self, kind: str) -> array[float]:
        n_values = self._length() * self._length()
        if n_values > LONGEST:
            raise ValueError("a list is too long")
        values: array[float] = array(kind)
        end = self._at + n_values * values.itemsize
        values.frombytes(self._data[self._at : end])
        if len(values) != n_values:
            raise ValueError("the file ends in the middle of a list")
        self._at = end
        if self._swap:
            values.byteswap()
        return values

    def _length(self) -> int:
        length = self.whole()
        if not 0 <= length <= min(LONGEST, len(self._data) - self._at):
            raise ValueError("a length does not fit")
        return length

    def _unpack(self, kind: str, size: int) -> int | float:
        (value,) = struct.unpack_from(self._order + kind, self._data, self._at)
        self._at += size
        found: int | float = value
        return found


def binary_rows(path: Path, table: str, declared: int | None = None) -> Iterator[Row]:
    """Yield the rows of a binary table.

    Parameters
    ----------
    path : Path
        Main.bin, SysCal.bin.
    table : str
        Main, SysCal: the tables whose columns are known (`READABLE`).
    declared : int, optional
        Number of rows of ASDM.xml, for a file that does not say it.

    Raises
    ------
    AsdmError
        The file cannot be read, is cut off, or has a column that is not known.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AsdmError(f"the table cannot be read: {error.strerror}", str(path), DAMAGED) from None
    head, start = _head(path, data)
    kinds = [(name, _kind(path, table, name)) for name in head.attributes or TABLES[table]]
    stream = _Stream(data, start, head.byte_order.lower().startswith("little"))
    number = 0
    try:
        for _ in range(10):
            stream.text()
        n_rows = stream.whole()
        for number in range(1, (n_rows if n_rows >= 0 else declared or 0) + 1):
            yield Row(f"{path}, row {number}", dict(_values(stream, kinds)))
    except (struct.error, ValueError) as error:
        raise AsdmError(
            f"the table is cut off or damaged: {error}", f"{path}, row {number}", DAMAGED
        ) from None


def _head(path: Path, data: bytes) -> tuple[Head, int]:
    first, second = data.find(HEADER), data.find(CONTENT)
    end = data.rfind(b"--", 0, second)
    begin, start = data.find(b"<", first + len(HEADER)), _after_empty_line(data, second)
    if min(first, second, end, begin, start) < 0 or not first < begin < end < start:
        raise AsdmError("the table has no header", str(path), DAMAGED)
    return parse_head(data[begin:end], path), start


def _after_empty_line(data: bytes, at: int) -> int:
    found = [(place, len(mark)) for mark in (b"\n\n", b"\r\n\r\n") if (place := data.find(mark, at)) >= 0]
    return sum(min(found)) if at >= 0 and found else -1


def _kind(path: Path, table: str, name: str) -> str:
    try:
        return TABLES[table][name]
    except KeyError:
        raise AsdmError(f"the table has a column that is not known: {name}", str(path)) from None


def _values(
    stream: _Stream, kinds: list[tuple[str, str]]
) -> Iterator[tuple[str, str | list[str] | array[float]]]:
    for name, kind in kinds:
        if kind.startswith("?"):
            if not stream.truth():
                continue
            kind = kind[1:]
        read: Callable[[], object] = getattr(stream, kind)
        value = read()
        yield name, value if isinstance(value, str | list | array) else str(value)
