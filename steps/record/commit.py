"""One event, one commit."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import RecordError
from .message import Message, format_message
from .repo import alone, call, head, identity, relative, write

__all__ = ["commit_event"]


def commit_event(
    root: Path,
    message: Message,
    *,
    paths: Sequence[Path | str] = (),
    allow_empty: bool = True,
    now: float | None = None,
) -> str:
    """Commit `paths` as they are on disk, and what happened, to the repository of the MOUS at `root`.

    Parameters
    ----------
    root : Path
        Folder of the MOUS.
    message : Message
        What happened.
    paths : sequence of Path or str
        Files, absolute or relative to `root`. Only these are committed, ignored or not; whatever else is
        changed or staged stays so. One that is gone is committed as removed.
    allow_empty : bool
        Commit also when no file changed: an event without a trace in the files is an event.
    now : float, optional
        Unix time of the commit, s.

    Returns
    -------
    str
        The commit's hash. With ``allow_empty=False`` and nothing changed, that of the last commit.

    Raises
    ------
    RecordError
        A path is a folder or outside the MOUS, or git failed.
    """
    names = sorted({relative(root, Path(path)) for path in paths})
    environment = {**identity(root), **_date(now)}
    with alone(root):
        names = _staged(root, names)
        if not allow_empty and not _changed(root, names):
            return head(root)
        return _commit(root, names, format_message(message), environment)


def _staged(root: Path, names: list[str]) -> list[str]:
    """Stage what can be; as plumbing this heeds no ignore rules and takes names literally."""
    names = _known(root, names)
    if names:
        write(root, "update-index", "--add", "--remove", "-z", "--stdin", stdin=os.fsencode("\0".join(names)))
    return names


def _commit(root: Path, names: list[str], message: str, environment: dict[str, str]) -> str:
    """Commit these files only, as they are on disk, and return the hash."""
    words = ["--cleanup=verbatim", "--allow-empty", "--no-verify", "--file=-", "--only", "--", *names]
    answer = write(root, "commit", *words, stdin=message.encode("utf-8"), environment=environment)
    return _hash(answer.decode("utf-8", "replace")) or head(root)


def _known(root: Path, names: list[str]) -> list[str]:
    """Those of `names` that exist or that git has; a folder is refused before git walks into an MS."""
    gone = [name for name in names if not os.path.lexists(root / name)]
    for name in names:
        if (root / name).is_dir() and not (root / name).is_symlink():
            raise RecordError("is a folder: only files are kept in the history", str(root / name))
    if not gone:
        return names
    listed = call(root, "ls-files", "-z", "--", *gone)
    if head(root):
        listed += call(root, "ls-tree", "-r", "-z", "--name-only", "HEAD", "--", *gone)
    tracked = set(os.fsdecode(listed).split("\0"))
    return [name for name in names if name not in gone or name in tracked]


def _hash(answer: str) -> str:
    """The commit that git says it made; HEAD may be another's by now."""
    match = re.match(r"\[[^\n]*? ([0-9a-f]{40,64})\] ", answer)
    return match[1] if match else ""


def _changed(root: Path, names: list[str]) -> bool:
    if not names or not head(root):
        return bool(names)
    return bool(call(root, "diff-index", "--cached", "--name-only", "HEAD", "--", *names))


def _date(now: float | None) -> dict[str, str]:
    if now is None:
        return {}
    date = f"@{int(now)} +0000"
    return {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
