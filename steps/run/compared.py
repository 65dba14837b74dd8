"""What the tables of a full re-run say: each a check of its record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..record.runs import Measured

__all__ = ["TABLE", "tables", "told"]

#: Name under which each table stands among a record's checks.
TABLE = "table_identical"


def tables(folder: Path) -> tuple[Measured, ...]:
    """Return how each table of a full re-run compares, as checks.

    Parameters
    ----------
    folder : Path
        That of the run in live/, in which the worker has left ``tables.json``.
    """
    try:
        rows = json.loads((folder / "tables.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return (Measured(TABLE, "", None, "", "fail", "its tables were not compared"),)
    return tuple(_measured(row) for row in rows)


def _measured(row: dict[str, Any]) -> Measured:
    name, status, text = (str(row.get(each, "")) for each in ("table", "status", "text"))
    if status == "identical":
        return Measured(TABLE, name, 0.0, "", "pass", f"{name}: identical, {text}")
    if row.get("good"):
        return Measured(TABLE, name, None, "", "look", f"{name} is here, and the script says nothing of it")
    hand = "something was done by hand that the script does not hold"
    words = {
        "missing there": f"{name} is made by the script and is not here: was it removed?",
        "missing here": f"{name} is here and is not made by the script run alone: {hand}",
    }.get(status, f"{name} is not what the script makes: {text}; {hand}")
    return Measured(TABLE, name, row.get("largest"), "", "fail", words)


def told(checks: tuple[Measured, ...]) -> str:
    """Return the few words of a subject: "11 tables identical"; empty where none was compared."""
    mine = [check for check in checks if check.metric == TABLE]
    same = sum(check.verdict == "pass" for check in mine)
    wrong = sum(check.verdict == "fail" for check in mine)
    if not mine:
        return ""
    if wrong:
        return f"{wrong} of {same + wrong} tables differ"
    return f"{same} {'table' if same == 1 else 'tables'} identical"
