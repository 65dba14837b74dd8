"""The start of a history: a repository that keeps scripts and records and never looks into data."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import RecordError
from .commit import commit_event
from .message import Message
from .repo import call, execute, has_repo, relative

__all__ = ["Started", "init_repo"]

_BEGIN = "# casapilot: what is kept in the history. Everything else is data, and git never looks into it."
_END = "# casapilot: end. Lines below win over those above."
_KEPT = ("*.py", "*.txt", "*.md")
_FOLDERS = ("Calibration_*", "Combination", "Combination/calibrated", "Imaging")


@dataclass(frozen=True, slots=True)
class Started:
    """What `init_repo` found and did."""

    commit: str
    """The commit of the start; the last one when there was nothing to do."""
    said: tuple[str, ...] = ()
    """What was found there and changed, in whole sentences: to be shown."""


def init_repo(
    root: Path,
    *,
    paths: Sequence[Path | str] = (),
    subject: str = "",
    body: str = "",
) -> Started:
    """Make the MOUS at `root` a git repository and commit `paths` and .gitignore as its start.

    An existing repository is used as it is, with its commits; an existing .gitignore keeps its lines, and
    ours go above them. Both are said. Called again it commits only those of `paths` that the history does
    not have: what was changed meanwhile is somebody's edit, not the start.

    Parameters
    ----------
    root : Path
        Folder of the MOUS.
    paths : sequence of Path or str
        Files that belong to the start: mous.toml, checklists, scripts.
    subject, body : str
        What the commit says; the folder's name where there is no subject.

    Raises
    ------
    RecordError
        git failed, or one of `paths` cannot be kept.
    """
    again = has_repo(root) and _is_ours(root)
    said = [] if again else _have_repo(root)
    ignored = _write_ignore(root / ".gitignore")
    said += ignored
    files = [*(_unknown(root, paths) if again else paths), *([".gitignore"] if ignored or not again else [])]
    commit = commit_event(
        root,
        Message(
            action="init",
            subject=subject or f"{root.absolute().name}: start of the reduction",
            body="\n".join([body, *said]).strip(),
        ),
        paths=files,
        allow_empty=False,
    )
    return Started(commit, tuple(said))


def _have_repo(root: Path) -> list[str]:
    """Make the repository unless there is one; what had to be said about it."""
    if has_repo(root):
        return ["The folder is a git repository already: its history goes on."]
    _git_init(root)
    outer = next((folder for folder in root.absolute().parents if has_repo(folder)), None)
    if outer is None:
        return []
    return [f"The folder lies in another git repository ({outer}): it got one of its own."]


def _unknown(root: Path, paths: Sequence[Path | str]) -> list[Path | str]:
    """Those of `paths` that the last commit does not have."""
    listed = call(root, "ls-tree", "-r", "-z", "--name-only", "HEAD")
    known = set(os.fsdecode(listed).split("\0"))
    return [path for path in paths if relative(root, Path(path)) not in known]


def ignore_lines() -> list[str]:
    """The allow-list, top down: each folder is closed again before single files of it are let in."""
    lines = [_BEGIN, "/*", "!/.gitignore", "!/mous.toml", *_let_in("")]
    lines += ["!/.casapilot/", "/.casapilot/live/", "/.casapilot/**/*.tmp"]
    for folder in _FOLDERS:
        lines += [f"!/{folder}/", f"/{folder}/*", *_let_in(folder + "/")]
        qa2 = f"{folder}/qa2"
        lines += [f"!/{qa2}/", f"/{qa2}/*", *_let_in(qa2 + "/")]
    # "Combination/calibrated" stands after "Combination", whose "/*" would close it again.
    return [*lines, _END]


def _let_in(folder: str) -> list[str]:
    # The second line of each pair: a table or an MS may be named like a text file, and is a folder.
    return [line for kind in _KEPT for line in (f"!/{folder}{kind}", f"/{folder}{kind}/")]


def _write_ignore(path: Path) -> list[str]:
    """Put the allow-list into `path`; what had to be said about it."""
    ours = "\n".join(ignore_lines()) + "\n"
    try:
        old = path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""
        new, said = _with_block(old, ours)
        if new != old:
            path.write_bytes(new.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise RecordError(f"cannot be written: {error.strerror}", str(path)) from error
    return said


def _with_block(old: str, ours: str) -> tuple[str, list[str]]:
    if not old:
        return ours, []
    if ours in old:
        return old, []
    block = re.search(rf"^{re.escape(_BEGIN)}\n(?s:.*?)^{re.escape(_END)}\n", old, re.MULTILINE)
    if block:
        return old[: block.start()] + ours + old[block.end() :], [
            "The lines of casapilot in .gitignore were renewed."
        ]
    return ours + old, [
        "The folder had a .gitignore: its lines were kept, and those of casapilot put above them."
    ]


def _git_init(root: Path) -> None:
    words = ["-c", "init.defaultBranch=main", "init", "--quiet", "--template="]
    if _is_shared(root):
        words.append("--shared=group")
    status, _, complaint = execute(root, (*words, "--", "."))
    if status:
        raise RecordError(
            f"git init failed: {complaint.strip()}", str(root), "Look at the folder's permissions."
        )


def _is_shared(root: Path) -> bool:
    mode = os.stat(root).st_mode
    return bool(mode & stat.S_ISGID and mode & stat.S_IWGRP)


def _is_ours(root: Path) -> bool:
    return b"Action: init" in call(
        root, "log", "--all", "--fixed-strings", "--grep=Action: init", "--format=%B"
    )
