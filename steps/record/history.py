"""The history read back: every commit as an event, and what it changed."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import RecordError
from .message import Message, clean_line, parse_message
from .repo import call

__all__ = ["HistoryEntry", "diff", "read_history"]

#: Hash, time and author on a line each, then the message; NUL ends a commit.
_FORMAT = "--format=%H%n%at%n%an%n%B"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry(Message):
    """One commit. Those made by hand have an empty `action`."""

    commit: str
    """Its hash."""
    time: int
    """Unix time, s."""
    author: str


def read_history(root: Path, item: str | None = None, limit: int | None = None) -> list[HistoryEntry]:
    """The history of the MOUS at `root`, newest first, by one git process.

    Parameters
    ----------
    root : Path
        Folder of the MOUS.
    item : str, optional
        Only events of this item: "checklist/item", or its id alone; "@EB" after it picks one EB
        (its uid, or how the uid ends).
    limit : int, optional
        At most so many events.

    Raises
    ------
    RecordError
        There is no repository, or git failed.
    """
    words = ["log", "-z", _FORMAT]
    if item is None and limit is not None:
        words.append(f"--max-count={limit}")
    if item:
        words += ["--fixed-strings", f"--grep={item.partition('@')[0]}"]
    try:
        text = call(root, *words).decode("utf-8", "replace")
    except RecordError as error:
        if "does not have any commits yet" in error.what:
            return []
        raise
    entries = [_entry(each) for each in text.split("\0") if each]
    if item is not None:
        entries = [entry for entry in entries if _is_of(entry, item)]
    return entries[:limit]


def diff(root: Path, commit: str) -> str:
    """What `commit` changed, as git shows it; against its first parent where it is a merge."""
    _check_hash(commit)
    form = ("--format=", "--abbrev=10", "--no-color", "--no-ext-diff", "--no-textconv")
    output = call(root, "show", *form, "-m", "--first-parent", commit, "--")
    return output.decode("utf-8", "replace")


def _entry(text: str) -> HistoryEntry:
    commit, time, author, message = text.split("\n", 3)
    said = asdict(parse_message(message))
    return HistoryEntry(commit=commit, time=int(time), author=clean_line(author), **said)


def _is_of(entry: HistoryEntry, item: str) -> bool:
    name, _, eb = item.partition("@")
    same = entry.item == name or ("/" not in name and entry.item.rpartition("/")[2] == name)
    return same and entry.eb.endswith(eb)


def _check_hash(commit: str) -> None:
    if not re.fullmatch(r"[0-9a-f]{4,64}", commit):
        raise RecordError(f"{commit!r} is not the hash of a commit", "", "See: casapilot log")
