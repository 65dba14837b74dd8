"""ALMA's unique identifiers: as people paste them, as they are on disk, and the short names made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import UsageError

__all__ = ["asdm_uid", "disk_uid", "find_uid", "short_names", "uid_uri"]

_PARTS = r"(?P<archive>[A-Z]\d{3})[/_](?P<project>X[0-9a-f]+)[/_](?P<item>X[0-9a-f]+)"
_WHOLE = re.compile(rf"\s*(?:member\.)?uid(?:://|___){_PARTS}/?\s*", re.IGNORECASE)
_INSIDE = re.compile(rf"uid(?:://|___){_PARTS}", re.IGNORECASE)
#: An ASDM as it lies in the raw folder of a package.
_ASDM_SUFFIX = re.compile(r"\.asdm(\.sdm)?$|\.sdm$", re.IGNORECASE)


def disk_uid(text: str) -> str:
    """A uid as it is written on disk.

    Parameters
    ----------
    text : str
        ``uid://A001/X13e/X1fe`` or ``uid___A001_X13e_X1fe``, in any case, also as ``member.uid___...``.

    Raises
    ------
    UsageError
        It is no uid.

    >>> disk_uid("uid://A001/X13e/X1fe")
    'uid___A001_X13e_X1fe'
    """
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise UsageError(
            f"{text!r} is not a uid",
            "",
            "Write it as in the ticket, uid://A001/X13e/X1fe, or as on disk, uid___A001_X13e_X1fe.",
        )
    return _written(match)


def find_uid(text: str) -> str:
    """The first uid in a text, as on disk; empty when there is none."""
    match = _INSIDE.search(text)
    return "" if match is None else _written(match)


def uid_uri(uid: str) -> str:
    """A uid as the archive writes it; what is none stays as it is.

    >>> uid_uri("uid___A001_X13e_X1fe")
    'uid://A001/X13e/X1fe'
    """
    match = _WHOLE.fullmatch(uid)
    return uid if match is None else "uid://" + "/".join(_written(match).removeprefix("uid___").split("_"))


def asdm_uid(folder: Path) -> str:
    """The uid in the name of an ASDM directory, ``.asdm.sdm`` or not; empty where the name is no uid."""
    match = _WHOLE.fullmatch(_ASDM_SUFFIX.sub("", folder.name))
    return "" if match is None else _written(match)


def short_names(uids: Sequence[str]) -> tuple[str, ...]:
    """Short names of execution blocks: the last part of the uid; of two that share it, the last two.

    Parameters
    ----------
    uids : sequence of str
        As on disk, all different.

    >>> short_names(["uid___A002_X85c183_X2cd", "uid___A002_X85dcf7_X2cd", "uid___A002_X85c183_X7e0"])
    ('X85c183_X2cd', 'X85dcf7_X2cd', 'X7e0')
    """
    lasts = [uid.rpartition("_")[2].lower() for uid in uids]
    return tuple(
        "_".join(uid.split("_")[-2:]) if lasts.count(last) > 1 else uid.rpartition("_")[2]
        for uid, last in zip(uids, lasts, strict=True)
    )


def _written(match: re.Match[str]) -> str:
    archive, project, item = match["archive"].upper(), match["project"][1:], match["item"][1:]
    return f"uid___{archive}_X{project.lower()}_X{item.lower()}"
