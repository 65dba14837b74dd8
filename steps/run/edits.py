"""Edits of scripts: written whole or not at all, and committed with their reason."""

from __future__ import annotations

from pathlib import Path

from ..errors import ScriptError
from ..mous.mous import Mous
from ..record import Message, commit_event
from ..script.write import write_script
from .scripts import stamp_of

__all__ = ["OutsideEdits", "commit_outside_edit", "save_script"]


def save_script(
    mous: Mous,
    path: Path,
    content: bytes,
    why: str,
    initials: str,
    *,
    item: str = "",
    step: int | float | None = None,
) -> str:
    """Write a script's new content, commit it, and return the commit.

    Parameters
    ----------
    why : str
        The reason; the history is worth nothing without it.
    item, step
        "checklist/item" and number of the step that was edited, where it was one.

    Raises
    ------
    ScriptError
        No reason was given, or the file cannot be written; it is as it was then.
    """
    if not why.strip():
        raise ScriptError(
            "an edit needs a reason", str(path), "Say why in a few words: the history keeps them."
        )
    commit_outside_edit(mous, path)
    write_script(path, content)
    eb = next((eb for eb in mous.ebs if eb.script == path), None)
    return commit_event(
        mous.root,
        Message(
            action="edit",
            subject=_subject(eb.name if eb else "", path.name, why),
            body=f"{why.strip()}\n\nEdited by {initials}." if initials else why.strip(),
            item=item,
            step=step,
            eb=eb.uid if eb else "",
        ),
        paths=[path],
        allow_empty=False,
    )


class OutsideEdits:
    """Finds what somebody changed without casapilot; git is asked only about files that were touched."""

    def __init__(self, mous: Mous) -> None:
        self._mous = mous
        self._stamps: dict[Path, tuple[int, int]] = {}

    def commit(self, *paths: Path) -> None:
        """Commit those of `paths` that have changed, one commit each."""
        for path in paths:
            stamp = stamp_of(path)
            if stamp is not None and self._stamps.get(path) != stamp:
                commit_outside_edit(self._mous, path)
                self._stamps[path] = stamp


def commit_outside_edit(mous: Mous, path: Path) -> str:
    """Commit what somebody changed in a script, mous.toml or a checklist; nothing when nobody did."""
    eb = next((eb for eb in mous.ebs if eb.script == path), None)
    return commit_event(
        mous.root,
        Message(
            action="edit",
            subject=_subject(eb.name if eb else "", path.name, "edited outside casapilot"),
            body="Found before its next run or edit; the reason is not known.",
            eb=eb.uid if eb else "",
        ),
        paths=[path],
        allow_empty=False,
    )


def _subject(eb: str, name: str, why: str) -> str:
    head = f"{eb}: " if eb else ""
    line = " ".join(why.split())
    text = f"{head}{name}: {line}"
    return text if len(text) <= 72 else f"{head}{line}"
