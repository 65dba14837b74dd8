"""What the conductor asks of the worker besides steps: flag versions and flag counts."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict

__all__ = ["OPERATIONS"]

Answer = Dict[str, Any]


def _versions() -> Any:
    from . import flag_versions  # it needs casatools, which is imported late

    return flag_versions


def save_flags(request: Answer) -> Answer:
    """Save the flags of `ms` as `version`."""
    _versions().save(request["ms"], request["version"], request.get("comment", ""))
    return {}


def restore_flags(request: Answer) -> Answer:
    """Restore the flags of `ms` to `version`."""
    _versions().restore(request["ms"], request["version"])
    return {}


def list_versions(request: Answer) -> Answer:
    """Return the flag versions of `ms`."""
    found = _versions().list_versions(request["ms"])
    return {
        "versions": [{"name": each.name, "comment": each.comment, "trusted": each.trusted} for each in found]
    }


def same_flags(request: Answer) -> Answer:
    """Return whether `ms` still has the flags of `version`."""
    return {"same": bool(_versions().same_flags(request["ms"], request["version"]))}


def has_flags(request: Answer) -> Answer:
    """Return whether `ms` has a `version` that can be restored."""
    return {"has": bool(_versions().is_trusted(request["ms"], request["version"]))}


def rename_flags(request: Answer) -> Answer:
    """Give `version` of `ms` another `name`."""
    _versions().rename(request["ms"], request["version"], request["name"])
    return {}


def count_flags(request: Answer) -> Answer:
    """Count the flags of `ms` into `file` (whole or not at all), and return the sums."""
    from .flag_count import count_flags as count

    counted = count(request["ms"])
    temporary = f"{request['file']}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(counted, file)
    os.replace(temporary, request["file"])
    return {"flagged": counted["flagged"], "total": counted["total"]}


#: Name of a request -> what answers it, in the main thread.
OPERATIONS: Dict[str, Callable[[Answer], Answer]] = {
    "save-flags": save_flags,
    "restore-flags": restore_flags,
    "list-versions": list_versions,
    "same-flags": same_flags,
    "has-flags": has_flags,
    "rename-flags": rename_flags,
    "count-flags": count_flags,
}
