"""Tables of CASA, written and changed by casatools for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

TYPES = {"int": "int", "double": "double", "boolean": "boolean", "string": "string", "float": "float"}


def column(kind: str, ndim: int = 0) -> dict[str, Any]:
    """The description of a column."""
    own: dict[str, Any] = {"valueType": TYPES[kind], "dataManagerType": "", "dataManagerGroup": ""}
    own |= {"option": 0, "maxlen": 0, "comment": "", "keywords": {}}
    return {**own, "ndim": ndim} if ndim else own


def write(
    path: Path, columns: dict[str, tuple[str, int, Any]], keywords: dict[str, str] | None = None
) -> None:
    """Write a table; the last axis of the arrays is rows."""
    import casatools

    tb = casatools.table()
    tb.create(str(path), {name: column(kind, ndim) for name, (kind, ndim, _) in columns.items()})
    rows = next(np.shape(values)[-1] for _, _, values in columns.values())
    tb.addrows(rows)
    for name, (_, _, values) in columns.items():
        tb.putcol(name, values)
    for name, text in (keywords or {}).items():
        tb.putkeyword(name, text)
    tb.close()


def change(path: Path, column: str, how: Callable[[Any], Any], where: str = "") -> None:
    """Put `how` of a column's cells into the rows that match `where`."""
    import casatools

    tb = casatools.table()
    tb.open(str(path), nomodify=False)
    rows = tb.query(where) if where else tb
    rows.putcol(column, how(rows.getcol(column)))
    rows.close()
    tb.close()
