"""Rows of the small tables of an ASDM, as text: what an MS is held against."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ElementTree
from typing import Iterator, Tuple

__all__ = ["asdm_of", "rows_of"]


def asdm_of(folder: str, ms: str) -> str:
    """Return the path of the ASDM that an MS was imported from: beside it, without ``.ms``."""
    return os.path.join(folder, ms[: -len(".ms")] if ms.endswith(".ms") else ms)


def rows_of(asdm: str, name: str, *tags: str) -> Iterator[Tuple[str, ...]]:
    """Yield some elements of each row of a table, as text; empty where a row has none.

    Nothing where there is no such table.
    """
    path = os.path.join(asdm, f"{name}.xml")
    if not os.path.isfile(path):
        return
    for _, row in ElementTree.iterparse(path):
        if row.tag.endswith("row"):
            yield tuple((row.findtext(tag) or "").strip() for tag in tags)
            row.clear()
