"""What a call of a task changes, told from its parameters: flags, columns of an MS, tables, flag versions.

An effect is a text, "kind:name": ``flags:x.ms``, ``corrected:x.ms``, ``table:x.ms.bandpass``,
``version:x.ms:BeforeSplit``. The same is told of the calls of steps, so that one can see whose result it is
that a call by hand writes over.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..checklist.model import Key
from ..record.runs import RunRecord
from .pairs import split_pair
from .taskcall import keywords

__all__ = [
    "CONSOLE",
    "KINDS",
    "concerned",
    "effects",
    "effects_of",
    "foresee",
    "is_by_hand",
    "last_of_each",
    "may_change_flags",
    "may_touch_flags",
    "ms_named",
    "task_of",
    "words_of",
]

CONSOLE = "console"
"""In place of a checklist's id in the key of a call by hand."""

#: Kind of an effect -> what has changed, before the name of it.
KINDS = {
    "flags": "flags of",
    "corrected": "CORRECTED_DATA of",
    "model": "the model in",
    "weights": "weights of",
    "data": "the data of",
    "table": "",
    "version": "flag version",
}

#: Task -> the columns of the MS `vis` that it writes.
_COLUMNS = {
    "applycal": ("corrected",),
    "clearcal": ("corrected", "model"),
    "conjugatevis": ("data",),
    "delmod": ("model",),
    "fixplanets": ("data",),
    "ft": ("model",),
    "hanningsmooth": ("data",),
    "initweights": ("weights",),
    "setjy": ("model",),
    "statwt": ("weights",),
    "uvsub": ("corrected",),
}
#: Columns only where the task writes into its input: it does not when it is given an output.
_IN_PLACE = frozenset(("fixvis", "hanningsmooth"))
#: Parameters that name what a task makes.
_OUTPUTS = frozenset(
    "caltable concatvis contfile figfile fitsfile fitsimage fluxtable linefile listfile outfile "
    "outputvis".split()
)
#: Tasks for which such a name is an input.
_READ = {
    "caltable": frozenset("calstat fluxscale listcal plotbandpass plotcal".split()),
}
_IMAGE_MAKERS = frozenset("deconvolve feather importfits tclean".split())
#: Tasks that only look at an MS, besides those of `policy`.
_READERS = frozenset("apparentsens listpartition msview plotms uvmodelfit visstat".split())
#: (task, parameter) -> values with which the task changes no flags.
_HARMLESS = {
    ("flagdata", "mode"): ("summary",),
    ("flagdata", "action"): ("", "calculate", "none"),
    ("flagcmd", "action"): ("list", "plot", "extract"),
    ("applycal", "applymode"): ("calonly", "trial"),
}


def is_by_hand(key: Key) -> bool:
    """Whether `key` is that of a call by hand."""
    return key.checklist == CONSOLE


def task_of(key: Key) -> str:
    """Return the task that a call by hand is of: its key numbers the calls of an EB ("flagdata.3")."""
    return key.item.rpartition(".")[0] or key.item


def effects(task: str, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a call changes, as far as its parameters tell."""
    found: list[str] = []
    for ms in _names(arguments.get("vis")):
        if may_change_flags(task, arguments):
            found.append(f"flags:{ms}")
        if task not in _IN_PLACE or not arguments.get("outputvis"):
            found += [f"{column}:{ms}" for column in _columns(task, arguments)]
        if task == "flagmanager" and arguments.get("mode") in ("delete", "rename"):
            name = arguments.get("oldname" if arguments.get("mode") == "rename" else "versionname")
            found.append(f"version:{ms}:{name}")
        if task.startswith("import"):
            found.append(f"table:{ms}")
    for name in _OUTPUTS & arguments.keys():
        if task not in _READ.get(name, ()):
            found += [f"table:{each}" for each in _names(arguments[name])]
    if task in _IMAGE_MAKERS:
        found += [f"table:{each}" for each in _names(arguments.get("imagename"))]
    if task == "rmtables":
        found += [f"table:{each}" for each in _names(arguments.get("tablenames"))]
    return tuple(dict.fromkeys(found))


def may_change_flags(task: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a call may change the flags of the MS it is given."""
    from .policy import CHANGES_FLAGS  # it parses scripts, which no screen should wait for

    if task == "flagmanager":
        return arguments.get("mode") == "restore"
    if task not in CHANGES_FLAGS or (task in _IN_PLACE and arguments.get("outputvis")):
        return False
    return not any(
        task == of and name in arguments and arguments[name] in values
        for (of, name), values in _HARMLESS.items()
    )


def may_touch_flags(task: str) -> bool:
    """Whether flags are worth counting around a call: it is not known to leave them alone."""
    from .policy import INDEPENDENT

    return task not in INDEPENDENT | _READERS or task == "flagmanager"


def _columns(task: str, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    if task == "applycal" and arguments.get("applymode") in ("trial", "flagonly", "flagonlystrict"):
        return ()
    if task == "setjy" and arguments.get("listmodels"):
        return ()
    if task == "statwt" and arguments.get("preview"):
        return ()
    if task == "tclean":
        return ("model",) if arguments.get("savemodel", "none") != "none" else ()
    return _COLUMNS.get(task, ())


def _names(value: Any) -> list[str]:
    """Names of files in the form that they have in the EB's folder."""
    listed = value if isinstance(value, (list, tuple)) else [value]
    return [os.path.normpath(each) for each in listed if isinstance(each, str) and each]


def effects_of(run: RunRecord) -> frozenset[str]:
    """Return what a run has made or changed by its calls, and the flags with which it was made."""
    found = {f"table:{Path(out).name}" for out in run.outputs}
    if not run.calls:
        found |= {f"flags:{split_pair(pair)[0]}" for pair in run.rests_on}
    for call in run.calls:
        arguments = keywords(call.text)
        found |= set(effects(call.task, arguments))
        if may_touch_flags(call.task) and call.task != "flagmanager":
            found |= {f"flags:{ms}" for ms in _names(arguments.get("vis"))}
    return frozenset(found)


def last_of_each(runs: Iterable[RunRecord]) -> dict[Key, RunRecord]:
    """Return the last run of each item, calls by hand and restores left out."""
    last = {Key.parse(run.key): run for run in runs if run.status != "restored"}
    return {key: run for key, run in last.items() if not is_by_hand(key)}


def concerned(changed: Iterable[str], runs: Iterable[RunRecord]) -> dict[str, tuple[str, ...]]:
    """Return effect -> titles of the items whose results have to do with it.

    Of flags those are the items that were made with them or changed them; of all else those that wrote it.
    A flag version concerns those that start from it.
    """
    last = last_of_each(runs)
    found = {}
    for effect in changed:
        kind, _, name = effect.partition(":")
        titles = [
            run.title for run in last.values()
            if (name in run.rests_on if kind == "version" else effect in effects_of(run))
        ]  # fmt: skip
        found[effect] = tuple(dict.fromkeys(titles))
    return found


def foresee(
    task: str, arguments: Mapping[str, Any], folder: Path, runs: Sequence[RunRecord]
) -> tuple[str, ...]:
    """Return what a call would change behind the script's back, in whole sentences.

    Parameters
    ----------
    folder : Path
        The EB's folder: what is not there yet can be no item's.
    runs : sequence of RunRecord
        The runs of the EB so far.
    """
    told = []
    for effect, titles in concerned(effects(task, arguments), runs).items():
        kind, _, name = effect.partition(":")
        if titles and (kind == "version" or (folder / name).exists() or kind == "table"):
            told.append(_sentence(kind, name, titles))
    return tuple(told)


def _sentence(kind: str, name: str, titles: Sequence[str]) -> str:
    items = ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")
    if kind == "flags":
        return (
            f"It changes the flags of {name}. {items} used the flags of before. When one of these runs "
            "again, the flags of before are put back first: what you flag by hand now is gone then."
        )
    if kind == "version":
        ms, version = split_pair(name)
        return f"It deletes the flag version {version} of {ms}: {items} cannot start from it again."
    made = f"It changes {words_of(f'{kind}:{name}')}, which {items} made"
    return f"{made}: stale until run again."


def words_of(effect: str) -> str:
    """Return an effect as words: "flags of x.ms", "x.ms.bandpass"."""
    kind, _, name = effect.partition(":")
    if kind == "version":
        ms, version = split_pair(name)
        return f"flag version {version} of {ms}"
    return f"{KINDS.get(kind, kind)} {name}".strip()


def ms_named(arguments: Mapping[str, Any], folder: Path) -> tuple[str, ...]:
    """Return the MSs in `folder` that a call is given."""
    from .policy import is_ms

    named = [name for key in ("vis", "msfile", "infile") for name in _names(arguments.get(key))]
    return tuple(dict.fromkeys(name for name in named if is_ms(folder / name)))
