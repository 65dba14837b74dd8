"""CASA's trap in saving flags: a name that exists goes to the newer flags, and the clean ones are renamed.

No script restores its flags itself, so a repeated step would leave its own result under the name that
people take for the state before it. Here an existing version always keeps its flags.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Dict

from .watched import Watched

__all__ = ["save_or_keep"]


def save_or_keep(step: Watched, flagmanager: Callable[..., Any], given: Dict[str, Any]) -> Any:
    """Stand in for flagmanager: ``mode='save'`` never touches a version that is there.

    Where the MS still has the flags of that version nothing is saved; where it has others they are
    saved as ``NAME.RUN``.
    """
    ms, version = str(given.get("vis", "")), str(given.get("versionname", ""))
    if given.get("mode") != "save" or not version or not os.path.exists(ms):
        return flagmanager(**given)
    if not _versions().is_trusted(ms, version):
        _versions().mend(ms, version)  # CASA would rename what a killed save has left, too
        return flagmanager(**given)
    if _versions().same_flags(ms, version):
        step.version_kept(ms, version, "")
        print(f"casapilot: {ms} still has the flags of {version}: that version is kept as it is")
        return None
    name = _free_name(ms, f"{version}.{step.run}")
    returned = flagmanager(**{**given, "versionname": name})
    step.version_kept(ms, version, name)
    print(f"casapilot: {version} of {ms} is kept as it was; these flags are saved as {name}")
    return returned


def _versions() -> Any:
    from . import flag_versions  # it needs casatools, which is imported late

    return flag_versions


def _folder(ms: str, version: str) -> str:
    return ms.rstrip("/") + ".flagversions/flags." + version


def _free_name(ms: str, name: str) -> str:
    """Return `name`, or `name` with a number where a step saves the same version several times."""
    tries = (name if n == 1 else f"{name}-{n}" for n in range(1, 10000))
    return next(each for each in tries if not os.path.exists(_folder(ms, each)))
