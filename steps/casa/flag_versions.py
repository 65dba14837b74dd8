"""Flag versions: the copies of FLAG and FLAG_ROW that flagmanager keeps beside a measurement set.

A save that is killed leaves its name in the list and a table without content, and restoring that fails:
a version is trusted only after its table is seen. Saving under a name that exists is refused, since CASA
would rename the older, cleaner version to ``<name>.old.<seconds>``.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from typing import Any, Iterator, List, NamedTuple, Tuple

from ..errors import CasapilotError, FlagError
from . import config
from .flag_count import open_unlocked
from .flag_layout import OtherLayout, find_layout
from .flag_same import same_tables

__all__ = [
    "Saved",
    "Version",
    "is_trusted",
    "list_versions",
    "mend",
    "rename",
    "restore",
    "safe_name",
    "same_flags",
    "save",
]

LIST = "FLAG_VERSION_LIST"
SEPARATOR = " : "


class Version(NamedTuple):
    """One line of the list."""

    name: str
    comment: str
    trusted: bool


class Saved(NamedTuple):
    """What became of a save."""

    name: str
    """Its name, as it is listed."""
    note: str
    """What was repaired on the way, in a sentence; mostly empty."""


def safe_name(name: str) -> str:
    """Make a name of `name` that a folder and a line of the list can bear."""
    safe = re.sub(r"[^A-Za-z0-9_.+-]+", "_", name).strip("._")[:120]
    if not safe or safe == "main":
        raise FlagError(f"{name!r} cannot name a flag version", todo="Use letters, digits and underscores.")
    return safe


def list_versions(ms: str) -> List[Version]:
    """List the versions of a measurement set, oldest first.

    Parameters
    ----------
    ms : str
        Its path.

    Returns
    -------
    list of Version
        Empty when there are none.
    """
    return [Version(name, comment, is_trusted(ms, name)) for name, comment in _listed(ms)]


def is_trusted(ms: str, name: str) -> bool:
    """Whether a version is there as a whole and belongs to the rows the set has now."""
    try:
        with open_unlocked(ms) as main, open_unlocked(_table(ms, name)) as version:
            whole = {"FLAG", "FLAG_ROW"} <= set(version.colnames()) and version.nrows() == main.nrows()
            with contextlib.suppress(OtherLayout):
                find_layout(version)
            return bool(whole)
    except (FlagError, RuntimeError):
        return False


def save(ms: str, name: str, comment: str = "") -> Saved:
    """Save the flags as a new version.

    Parameters
    ----------
    ms : str
        Path of the measurement set.
    name : str
        Characters that a file name cannot bear are replaced.
    comment : str
        One line about it.

    Returns
    -------
    Saved
        The name it got, and what a killed save had left under that name.

    Raises
    ------
    FlagError
        There is such a version already, or it could not be written.
    """
    name, note = safe_name(name), ""
    if _is_there(ms, name):
        raise FlagError(
            f"the flag version {name} exists already",
            ms,
            "It is kept. Restore it, or save under another name.",
        )
    if mend(ms, name):
        note = f"The flag version {name} was listed without its flags (a save that was killed): saved anew."
    with _flagger(ms, f"the flag version {name} cannot be saved") as flagger:
        flagger.saveflagversion(versionname=name, comment=" ".join(comment.split()), merge="replace")
    if not is_trusted(ms, name):
        raise FlagError(f"the flag version {name} was not written as a whole", ms, "Is the disk full?")
    return Saved(name, note)


def mend(ms: str, name: str) -> bool:
    """Remove what a killed save left under a name; a version with content is left alone.

    Returns
    -------
    bool
        Whether there was something to remove.
    """
    if _is_there(ms, name) or not _is_known(ms, name):
        return False
    _forget(ms, name)
    return True


def rename(ms: str, name: str, new_name: str) -> None:
    """Give a version another name; killed half way, one of the two names is a version that is whole.

    Raises
    ------
    FlagError
        There is no such version, or the new name is taken.
    """
    new_name = safe_name(new_name)
    if not _is_there(ms, name):
        raise FlagError(*_mistrust(ms, name))
    if _is_known(ms, new_name):
        raise FlagError(f"the flag version {new_name} exists already", ms, "Choose another name.")
    comment = dict(_listed(ms)).get(name, "")
    with open(os.path.join(_folder(ms), LIST), "a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(f"{new_name}{SEPARATOR}{comment}\n")
    os.rename(_table(ms, name), _table(ms, new_name))
    _forget(ms, name)


def restore(ms: str, name: str) -> None:
    """Restore the flags of a version; when that was killed half way, doing it again mends it.

    Raises
    ------
    FlagError
        There is no such version, or it is not whole.
    """
    if not is_trusted(ms, name):
        raise FlagError(*_mistrust(ms, name))
    with _flagger(ms, f"the flag version {name} cannot be restored") as flagger:
        flagger.restoreflagversion(versionname=[name], merge="replace")


def same_flags(ms: str, name: str) -> bool:
    """Whether a set's FLAG and FLAG_ROW are, bit for bit, those of a version.

    Raises
    ------
    FlagError
        There is no such version, or it is not whole.
    """
    if not is_trusted(ms, name):
        raise FlagError(*_mistrust(ms, name))
    with open_unlocked(ms) as main, open_unlocked(_table(ms, name)) as version:
        return same_tables(main, version)


def _folder(ms: str) -> str:
    return ms.rstrip("/") + ".flagversions"


def _table(ms: str, name: str) -> str:
    if not name or "/" in name or "\0" in name:
        raise FlagError(f"{name!r} is not the name of a flag version", ms)
    return os.path.join(_folder(ms), "flags." + name)


def _listed(ms: str) -> List[Tuple[str, str]]:
    """Names and comments in the list."""
    try:
        with open(os.path.join(_folder(ms), LIST), encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.rstrip("\n") for line in file if SEPARATOR.strip() in line]
    except FileNotFoundError:
        return []
    parts = (line.partition(SEPARATOR.strip()) for line in lines)
    return [(name.rstrip(), comment.strip()) for name, _, comment in parts]


def _is_there(ms: str, name: str) -> bool:
    """Whether a version has content, whatever it may be worth: such a one is never overwritten."""
    try:
        return os.path.getsize(os.path.join(_table(ms, name), "table.dat")) > 0
    except OSError:
        return False


def _is_known(ms: str, name: str) -> bool:
    """Whether a version is listed or lies on the disk."""
    return os.path.lexists(_table(ms, name)) or any(name == listed for listed, _ in _listed(ms))


def _forget(ms: str, name: str) -> None:
    """Take a version out of the list and off the disk."""
    path = os.path.join(_folder(ms), LIST)
    if os.path.exists(path):
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = [line for line in file if line.partition(SEPARATOR.strip())[0].rstrip() != name]
        with open(path + ".new", "w", encoding="utf-8", errors="surrogateescape") as file:
            file.writelines(lines)
        os.replace(path + ".new", path)
    shutil.rmtree(_table(ms, name), ignore_errors=True)


def _mistrust(ms: str, name: str) -> List[str]:
    """What to say about a version that cannot be used."""
    names = [listed for listed, _ in _listed(ms)]
    if name not in names:
        there = ", ".join(names) or "none"
        return [f"there is no flag version {name!r}", ms, f"There are: {there}."]
    if not _is_there(ms, name):
        todo = "It was being saved when CASA was killed; use an earlier version."
        return [f"the flag version {name} is listed, but its flags are not there", ms, todo]
    todo = "It was saved from another state of the set; use a later version."
    return [f"the flag version {name} does not fit the rows of the set", ms, todo]


@contextlib.contextmanager
def _flagger(ms: str, failure: str) -> Iterator[Any]:
    """CASA's own tool for versions, at work on one set."""
    flagger = (sys.modules.get("casatools") or config.import_tools()).agentflagger()
    try:
        flagger.open(ms)
        yield flagger
    except CasapilotError:
        raise
    except Exception as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise FlagError(f"{failure}: {first}", ms, "See CASA's log; is there room on the disk?") from error
    finally:
        flagger.done()
