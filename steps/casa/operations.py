"""What the conductor asks of the worker besides steps: flag versions and flag counts."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict

from . import config

__all__ = ["OPERATIONS"]

Answer = Dict[str, Any]


def _versions() -> Any:
    from . import flag_versions  # it needs casatools, which is imported late

    return flag_versions


def save_flags(request: Answer) -> Answer:
    """Save the flags of `ms` as `version`; the answer is the name it got and what was mended on the way."""
    saved = _versions().save(request["ms"], request["version"], request.get("comment", ""))
    return {"name": saved.name, "note": saved.note}


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
    versions, ms, version = _versions(), request["ms"], request["version"]
    return {"same": bool(versions.is_trusted(ms, version) and versions.same_flags(ms, version))}


def has_flags(request: Answer) -> Answer:
    """Return whether `ms` has a `version` that can be restored."""
    return {"has": bool(_versions().is_trusted(request["ms"], request["version"]))}


def rename_flags(request: Answer) -> Answer:
    """Give `version` of `ms` another `name`; its comment stays."""
    ms, version = request["ms"], request["version"]
    comments = {each.name: each.comment for each in _versions().list_versions(ms)}
    flagmanager = config.import_tasks().flagmanager
    flagmanager(
        vis=ms, mode="rename", oldname=version, versionname=request["name"], comment=comments.get(version, "")
    )
    return {}


def mend_flags(request: Answer) -> Answer:
    """Take out of the list of `ms` what killed saves have left there: CASA stumbles over it for ever."""
    versions, ms = _versions(), request["ms"]
    return {"mended": [each.name for each in versions.list_versions(ms) if versions.mend(ms, each.name)]}


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
    "mend-flags": mend_flags,
    "count-flags": count_flags,
}
