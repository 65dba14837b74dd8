"""Which flags an item starts from.

An item whose result depends on flags, or that changes them, *rests on* a flag version of each MS it
touches: the script's own where the script has just saved one, ``casapilot_before_<item>`` where it has
not. A re-run first restores that version, so that it sees what the first run saw. A version that is
older than the last run of an item further up is outdated: what is in the MS now is right, and is saved
in its place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ..checklist.model import Key
from ..record.runs import RunRecord
from ..script import Call, Script, Step
from .pairs import split_pair

__all__ = [
    "Rest",
    "RestHow",
    "all_ms",
    "changed_flags",
    "decide",
    "is_ms",
    "ms_named",
    "ms_touched",
    "own_version",
    "saves_itself",
    "script_version",
    "version_exists",
]

#: Tasks that neither read nor change the flags of an MS: a step with only these rests on none.
INDEPENDENT = frozenset(
    "listobs listvis listhistory listfits listcal plotms plotants plotcal plotweather plotbandpass setjy "
    "gencal flagmanager clearcal delmod fluxscale imstat imhead imval imfit exportfits immoments immath "
    "imsubimage impbcor vishead browsetable asdmsummary calstat ft predictcomp".split()
)
#: Parameters that name the MS a task works on.
MS_PARAMETERS = ("vis", "msfile", "0")


class RestHow(str, Enum):
    """What is done before an item so that it starts from the right flags."""

    SAVE = "save"
    """Save the flags as they are now."""
    RESTORE = "restore"
    """Restore the version saved before the first run."""
    REPLACE = "replace"
    """The version is outdated: set it aside and save the flags as they are now."""
    SET_ASIDE = "set aside"
    """The step saves the version itself, and the one there is outdated: make room for it."""
    SCRIPT = "script"
    """The step saves the version itself."""
    TRUST = "trust"
    """The script has just saved the version, and nothing has changed the flags since."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The flag version of one MS that an item starts from."""

    ms: str
    version: str
    how: RestHow


def is_ms(path: Path) -> bool:
    """Whether `path` is a measurement set (caltables and images have no POLARIZATION table)."""
    return (path / "table.dat").is_file() and (path / "POLARIZATION").is_dir()


def version_exists(folder: Path, ms: str, version: str) -> bool:
    """Whether the table of a flag version is there (a killed save is listed without one)."""
    return (folder / f"{ms}.flagversions" / f"flags.{version}" / "table.dat").is_file()


def own_version(item_id: str) -> str:
    """Name of the version saved before an item whose script saves none."""
    return "casapilot_before_" + re.sub(r"\W+", "_", item_id)


def ms_touched(script: Script, step: Step, folder: Path) -> tuple[str, ...]:
    """Names of the existing MSs in `folder` on whose flags `step` rests, in the order of its calls."""
    found: dict[str, None] = {}
    for call in script.calls_in(step):
        if call.commented or (call.task in INDEPENDENT and not _saved_by(call)):
            continue
        named = _ms_of(call)
        for name in all_ms(folder) if named is None else named:
            if is_ms(folder / name):
                found[name.rstrip("/")] = None
    return tuple(found)


def ms_named(script: Script, step: Step, folder: Path) -> tuple[str, ...]:
    """Names of the existing MSs in `folder` that the calls of `step` name, in their order."""
    named = [name for call in script.calls_in(step) if not call.commented for name in _ms_of(call) or ()]
    return tuple(dict.fromkeys(name.rstrip("/") for name in named if is_ms(folder / name)))


def script_version(script: Script, step: Step, ms: str) -> str:
    """Name of the version of `ms` that the script itself has saved just before `step`, or empty.

    "Just before" means: no call that may change flags lies between.
    """
    version = ""
    for call in script.calls:
        if call.start >= step.end:
            break
        if call.commented or not _names(call, ms):
            continue
        if call.start >= step.start and call.task not in INDEPENDENT:
            break
        if _saved_by(call):
            version = _saved_by(call)
        elif call.task in CHANGES_FLAGS:
            version = ""
    return version


def saves_itself(script: Script, step: Step, ms: str) -> bool:
    """Whether saving a version of `ms` is the first thing `step` does to it."""
    for call in script.calls_in(step):
        if not call.commented and _names(call, ms):
            if _saved_by(call):
                return True
            if call.task not in INDEPENDENT:
                return False
    return False


#: Tasks that may change the flags of the MS they are given.
CHANGES_FLAGS = frozenset(
    "flagdata flagcmd applycal statwt importasdm importuvfits importfitsidi fixvis fixplanets flagautocorr "
    "tflagdata rflag tfcrop hanningsmooth".split()
)


def decide(
    *,
    key: Key,
    order: Sequence[Key],
    touched: Iterable[str],
    versions: dict[str, str],
    itself: Container[str],
    runs: Sequence[RunRecord],
    folder: Path,
) -> tuple[Rest, ...]:
    """Decide for each MS in `touched` how the item gets the flags it starts from.

    Parameters
    ----------
    order : sequence of Key
        All items in their order: what is further up is what `key` builds upon.
    versions : dict
        MS -> the version that the script saved just before the step (`script_version`), or "".
    itself : container of str
        The MSs of which the step saves that version itself (`saves_itself`).
    runs : sequence of RunRecord
        All runs so far, oldest first.
    """
    above = set(order[: order.index(key)])
    return tuple(_decide(key, ms, versions.get(ms, ""), ms in itself, above, runs, folder) for ms in touched)


def _decide(
    key: Key, ms: str, version: str, itself: bool, above: set[Key], runs: Sequence[RunRecord], folder: Path
) -> Rest:
    own = own_version(key.item)
    name = version or own
    before = [run for run in runs if run.key == str(key) and _rested_on(run, ms)]
    if before:
        rested, since = _rested_on(before[-1], ms), before[-1].start
        if rested not in (version, own) and _changed_after(since, ms, above, runs):
            # The script flags between that version and this step since then, and has done so just now.
            before = []
        else:
            name = rested
    if not version_exists(folder, ms, name):
        return Rest(ms, name, RestHow.SCRIPT if itself and name == version else RestHow.SAVE)
    saved = max((run.start for run in runs if f"{ms}:{name}" in run.versions_saved), default=0.0)
    changed_above = _changed_after(saved, ms, above, runs)
    if itself and changed_above:
        return Rest(ms, name, RestHow.SET_ASIDE)
    if before or itself:
        return Rest(ms, name, RestHow.REPLACE if changed_above else RestHow.RESTORE)
    if changed_above or not version:
        return Rest(ms, own, RestHow.REPLACE)
    return Rest(ms, name, RestHow.TRUST)


def _changed_after(time: float, ms: str, above: Container[Key], runs: Iterable[RunRecord]) -> bool:
    return any(run.start > time and Key.parse(run.key) in above and changed_flags(run, ms) for run in runs)


def _rested_on(run: RunRecord, ms: str) -> str:
    for pair in run.rests_on:
        name, version = split_pair(pair)
        if name == ms:
            return version
    return ""


def changed_flags(run: RunRecord, ms: str) -> bool:
    """Whether a run reset or changed the flags of `ms`, or made it."""
    restored = any(pair.startswith(f"{ms}:") for pair in run.versions_restored)
    counted = any(change.ms == ms and change.before != change.after for change in run.flags)
    return restored or counted or ms in {Path(out).name for out in run.outputs}


def _saved_by(call: Call) -> str:
    """Name of the version that a flagmanager call saves, or empty."""
    if call.commented or call.task != "flagmanager" or _literal(call, "mode") != ["save"]:
        return ""
    return (_literal(call, "versionname") or [""])[0]


def _names(call: Call, ms: str) -> bool:
    named = _ms_of(call)
    return named is None or ms in named


def _ms_of(call: Call) -> list[str] | None:
    """The MSs a call names: [] when it names none, None when that is not written out."""
    for name in MS_PARAMETERS:
        if name in call.parameters:
            return _literal(call, name)
    return []


def _literal(call: Call, name: str) -> list[str] | None:
    try:
        value = ast.literal_eval(call.parameters[name].text)
    except (ValueError, SyntaxError, KeyError, MemoryError, RecursionError):
        return None
    if isinstance(value, str):
        return [value]
    return [str(each) for each in value] if isinstance(value, (list, tuple)) else None


def all_ms(folder: Path) -> list[str]:
    """Names of the MSs in `folder`."""
    return sorted(path.name for path in folder.iterdir() if is_ms(path)) if folder.is_dir() else []
