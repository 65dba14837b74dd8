"""What applycal was told, by the history of an MS."""

from __future__ import annotations

import ast
import os
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .flag_count import open_unlocked

__all__ = ["calls_of_applycal", "ids_of", "listed", "place_of", "spwmap_of"]


def calls_of_applycal(ms: str) -> List[Dict[str, Any]]:
    """Return the arguments of applycal's calls on an MS, from its history, of each field and spw the last."""
    try:
        with open_unlocked(f"{ms}/HISTORY") as history:
            lines = list(zip(history.getcol("ORIGIN"), history.getcol("MESSAGE")))  # noqa: B905  # Python 3.8
    except Exception:  # no history, or none that can be read: nothing is known
        return []
    found: Dict[Tuple[str, str], Dict[str, Any]] = {}
    call: Dict[str, Any] = {}
    for origin, message in lines:
        name, _, value = str(message).partition("=")
        if str(origin) != "applycal":
            continue
        if name.strip() == "taskname":
            call = {}
        elif value:
            call[name.strip()] = _value(value.strip())
        if name.strip() == "gaintable":
            found[str(call.get("field")), str(call.get("spw"))] = call
    return list(found.values())


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def listed(value: Any) -> List[Any]:
    """Return an argument that may be a list or one value as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value] if value not in (None, "") else []


def place_of(call: Dict[str, Any], table: str) -> Optional[int]:
    """Return which of the tables of a call of applycal is `table`, None where none is."""
    tables = [os.path.basename(str(each).rstrip("/")) for each in listed(call.get("gaintable"))]
    return tables.index(os.path.basename(table)) if os.path.basename(table) in tables else None


def spwmap_of(call: Dict[str, Any], at: int) -> List[int]:
    """Return the spwmap of table number `at` of a call of applycal, empty where each spw has its own."""
    maps = listed(call.get("spwmap"))
    if maps and isinstance(maps[0], list) and at < len(maps):
        return list(maps[at])
    return maps if len(listed(call.get("gaintable"))) == 1 else []


def ids_of(text: str, names: Sequence[str]) -> List[int]:
    """Numbers of a simple selection ("0", "7,8", "5~7:3~9", a name); empty where it is another."""
    found: List[int] = []
    for part in filter(None, (each.strip().partition(":")[0] for each in text.split(","))):
        ends = part.split("~")
        if all(end.isdigit() for end in ends) and len(ends) <= 2:
            found += range(int(ends[0]), int(ends[-1]) + 1)
        else:
            found += [n for n, name in enumerate(names) if name == part]
    return [each for each in dict.fromkeys(found) if each < len(names)]
