"""The XML form of an ASDM table: how its values are written, and the file around the rows."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable, List, Mapping, Sequence, Tuple
from xml.sax.saxutils import escape

__all__ = [
    "Row",
    "flag",
    "interval",
    "matrix",
    "nanoseconds",
    "number",
    "reference",
    "tag",
    "tags",
    "text",
    "texts",
    "uid_of",
    "values",
    "write_index",
    "write_table",
]

Row = Mapping[str, str]
"""Name of an element -> its content, already in the form of the file."""

SCHEMA = 4
"""The newest that the ASDM library knows."""
HEAD = '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def uid_of(name: str) -> str:
    """`uid___A002_X1_X2` as the files write it: `uid://A002/X1/X2`."""
    return name if name.startswith("uid://") else "uid://" + name[len("uid___") :].replace("_", "/")


def nanoseconds(time_s: float) -> int:
    """A time of the MS (MJD in seconds), or a duration, in the ASDM's unit."""
    return round(float(time_s) * 1e9)


def number(value: float) -> str:
    """A number with all its digits (the repr of numpy's own types names the type)."""
    return repr(float(value))


def interval(start_s: float, end_s: float) -> str:
    """A time interval: its middle and its length."""
    length = nanoseconds(end_s - start_s)
    return f"{nanoseconds(start_s) + length // 2} {length}"


def flag(value: bool) -> str:
    """A truth value."""
    return "true" if value else "false"


def tag(kind: str, number: int) -> str:
    """The name of a row of another table: Antenna_3."""
    return f"{kind}_{number}"


def tags(kind: str, numbers: Sequence[int]) -> str:
    """Names of rows of another table."""
    return values([tag(kind, number) for number in numbers])


def values(items: Sequence[object]) -> str:
    """A list: how many dimensions, how long, the values."""
    return " ".join(["1", str(len(items)), *map(str, items)])


def text(value: str) -> str:
    """A free text, without what XML cannot hold."""
    return escape("".join([each for each in value if each.isprintable()]))


def texts(items: Sequence[str]) -> str:
    """A list of free texts, each in quotes."""
    return values(['"' + text(item.replace('"', "'")) + '"' for item in items])


def matrix(shape: Tuple[int, ...], items: Sequence[object]) -> str:
    """A list with more dimensions; the last runs fastest."""
    return " ".join(map(str, (len(shape), *shape, *items)))


def reference(uid: str, kind: str) -> str:
    """A reference to something in the observatory's archive."""
    return f'<EntityRef entityId="{uid}" partId="X00000000" entityTypeName="{kind}" documentVersion="1"/>'


def write_table(path: Path, name: str, rows: Iterable[Row], uid: str, block_uid: str) -> int:
    """Write a table; how many rows it has."""
    lower = name.lower()
    lines = [
        f'{HEAD}<{name}Table {XSI} xmlns:{lower}="http://Alma/XASDM/{name}Table" '
        f'schemaVersion="{SCHEMA}" schemaRevision="-1">\n',
        _entity("Entity", uid, f"{name}Table"),
        _entity("ContainerEntity", block_uid, "ASDM"),
    ]
    before = len(lines)
    lines.extend(map(_row, rows))
    lines.append(f"</{name}Table>\n")
    path.write_text("".join(lines), encoding="iso-8859-1", errors="xmlcharrefreplace")
    return len(lines) - before - 1


def write_index(path: Path, uid: str, created: str, tables: Sequence[Tuple[str, int, str]]) -> None:
    """Write ASDM.xml: the names of all tables, with their numbers of rows and their uids."""
    lines: List[str] = [
        f'{HEAD}<ASDM {XSI} xmlns:cntnr="http://Alma/XASDM/ASDM" schemaVersion="{SCHEMA}" '
        'schemaRevision="-1">\n',
        _entity("Entity", uid, "ASDM"),
        f"<TimeOfCreation>{created}</TimeOfCreation>\n",
    ]
    for name, n_rows, table_uid in tables:
        entity = _entity("Entity", table_uid, f"{name}Table") if n_rows else ""
        lines.append(f"<Table>\n<Name>{name}</Name>\n<NumberRows>{n_rows}</NumberRows>\n{entity}</Table>\n")
    lines.append("</ASDM>\n")
    path.write_text("".join(lines), encoding="iso-8859-1")


def _entity(element: str, uid: str, kind: str) -> str:
    return (
        f'<{element} entityId="{uid}" entityIdEncrypted="na" entityTypeName="{kind}" '
        'schemaVersion="1" documentVersion="1"/>\n'
    )


def _row(row: Row) -> str:
    return "<row>\n" + "".join([f"<{name}>{text}</{name}>\n" for name, text in row.items()]) + "</row>\n"
