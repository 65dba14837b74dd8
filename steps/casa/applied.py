"""What applycal was told, by the history of an MS."""

from __future__ import annotations

import ast
from typing import Any, Dict, List, Tuple

from .flag_count import open_unlocked

__all__ = ["calls_of_applycal", "listed"]


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
