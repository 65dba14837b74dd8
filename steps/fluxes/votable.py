"""A VOTable from the network, taken with care: no DTD, no entities, no depth and no size without end."""

from __future__ import annotations

import re
from xml.parsers import expat

__all__ = ["MOST_BYTES", "column", "read_rows"]

#: Answers have 2 kB.
MOST_BYTES = 1 << 20
_DEEPEST = 50
_MOST_ROWS = 1000
_DECLARED = re.compile(rb"^(?:\xef\xbb\xbf)?<\?xml[^>]*\sencoding\s*=")
_WEB_PAGE = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class _Unfit(ValueError):
    """What is wrong with a document, fit for a sentence."""


def column(name: str) -> str:
    """The name of a column as it is compared: "Nearest Measurement Date" is nearestmeasurementdate."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def read_rows(data: bytes, charset: str = "") -> tuple[dict[str, str], ...]:
    """The rows of the first table that has any: name of the column (as `column` has it) -> text.

    Cells are matched to columns by the names of the FIELDs. Where a row has a cell more or less than there
    are columns, the optional Clarification (the second one) is what differs.

    Parameters
    ----------
    data : bytes
        The document; its own word on its encoding goes before `charset`.
    charset : str
        As the HTTP header has it; may be empty.

    Raises
    ------
    ValueError
        It is no VOTable, or one that nobody should read; with the reason, fit for a sentence.
    """
    if len(data) > MOST_BYTES:
        raise _Unfit(f"is larger than {MOST_BYTES >> 10} kB")
    data = data.lstrip(b" \t\r\n")
    if not data:
        raise _Unfit("is empty")
    if _WEB_PAGE.match(data):
        _refuse("html")
    override = None if _DECLARED.match(data) or data.startswith(_BOMS) else _known(charset)
    try:
        return _parse(data, override)
    except expat.ExpatError as error:
        if error.code != expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN] or override:
            raise _Unfit(f"is not XML: {error}") from error
    try:
        # A letter of another encoding than the one declared, in a name or comment: numbers do not suffer.
        return _parse(data, "iso-8859-1")
    except expat.ExpatError as error:
        raise _Unfit(f"is not XML: {error}") from error


def _known(charset: str) -> str | None:
    """An encoding that expat can be told to take; None lets it look for itself."""
    plain = charset.strip().strip("\"'").lower()
    return plain if plain in ("utf-8", "utf-16", "iso-8859-1", "us-ascii") else None


def _parse(data: bytes, encoding: str | None) -> tuple[dict[str, str], ...]:
    reader = _Reader()
    parser = expat.ParserCreate(encoding, namespace_separator="}")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except (LookupError, ValueError) as error:
        if isinstance(error, _Unfit):
            raise
        raise _Unfit(f"has an encoding that is not known: {error}") from error
    return reader.result()


def _refuse(name: str = "", *_: object) -> None:
    if name.lower() == "html":
        raise _Unfit("is a web page, not a VOTable (a proxy or a log-in may stand in between)")
    raise _Unfit("declares a document type or entities, which the catalogue never does")


class _Reader:
    """Collects columns and cells while the document goes by."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._columns: list[str] = []
        self._cells: list[str] = []
        self._rows: list[dict[str, str]] = []
        self._piece: list[str] | None = None
        self._has_fields = False
        self._complains = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2].upper()
        self._open.append(name)
        if len(self._open) > _DEEPEST:
            raise _Unfit("is nested too deeply")
        if name == "HTML":
            _refuse("html")
        if name == "TABLE" and not self._rows:
            self._columns = []
        elif name == "FIELD" and not self._rows:
            self._has_fields = True
            self._columns.append(column(attributes.get("name") or attributes.get("ID") or ""))
        elif name == "TR":
            self._cells = []
        elif name == "TD" or name == "INFO":
            self._piece = []
            self._complains = name == "INFO" and attributes.get("value", "").upper() == "ERROR"
        elif name in ("BINARY", "BINARY2", "FITS"):
            raise _Unfit("holds its table in a binary form")

    def text(self, piece: str) -> None:
        if self._piece is not None:
            self._piece.append(piece)

    def end(self, _: str) -> None:
        name = self._open.pop()
        text = " ".join("".join(self._piece or ()).split())
        if name == "TD":
            self._cells.append(text)
            self._piece = None
        elif name == "INFO":
            self._piece = None
            if self._complains:
                raise _Unfit(f"says that something is wrong: {text[:200] or 'no reason given'}")
        elif name == "TR":
            self._rows.append(_row(self._columns, self._cells))
            if len(self._rows) > _MOST_ROWS:
                raise _Unfit("has too many rows")

    def result(self) -> tuple[dict[str, str], ...]:
        if not self._has_fields:
            raise _Unfit("is XML, but no VOTable: it has no columns")
        return tuple(self._rows)


def _row(columns: list[str], cells: list[str]) -> dict[str, str]:
    optional = column("Clarification")
    if len(cells) == len(columns) - 1 and optional in columns:
        columns = [name for name in columns if name != optional]
    elif len(cells) == len(columns) + 1 and optional not in columns:
        columns = [*columns[:1], optional, *columns[1:]]
    if len(cells) != len(columns):
        raise _Unfit(f"has a row of {len(cells)} cells for {len(columns)} columns")
    return dict(zip(columns, cells, strict=True))
