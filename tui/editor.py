"""Programs that take the terminal for a while: the person's editor, pager and shell."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..steps.errors import UsageError

if TYPE_CHECKING:
    from .app import Casapilot

__all__ = ["draft_path", "editor_command", "pager_command", "take_terminal"]

_PLUS_LINE = ("vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "joe", "jed", "mg", "micro", "ne")


def editor_command(environ: Mapping[str, str], path: Path, line: int) -> list[str]:
    """How to open `path` at `line` in the person's editor; empty when none is set."""
    words = _words(environ, "CASAPILOT_EDITOR", "VISUAL", "EDITOR")
    if not words:
        return []
    at = [f"+{line}"] if os.path.basename(words[0]) in _PLUS_LINE and line > 1 else []
    return [*words, *at, str(path)]


def pager_command(environ: Mapping[str, str], path: Path) -> list[str]:
    """How to open `path` in the person's pager."""
    return [*(_words(environ, "CASAPILOT_PAGER", "PAGER") or ["less"]), str(path)]


def _words(environ: Mapping[str, str], *names: str) -> list[str]:
    for name in names:
        if environ.get(name, "").strip():
            try:
                return shlex.split(environ[name])
            except ValueError as error:
                raise UsageError(f"${name} cannot be read: {error}", environ[name]) from error
    return []


def take_terminal(app: Casapilot, command: list[str], folder: Path | None = None) -> None:
    """Run `command` in the terminal until it ends."""
    try:
        with app.suspend():
            subprocess.run(command, check=False, cwd=folder)
    except OSError as error:
        raise UsageError(
            f"{command[0]} cannot be started: {error.strerror}",
            "",
            "Set $EDITOR and $PAGER to what you have.",
        ) from error


def draft_path(live: Path, root: Path, script: Path) -> Path:
    """Where the text is kept while a script is edited, so that nothing is lost whatever happens."""
    try:
        name = script.relative_to(root)
    except ValueError:
        name = Path(script.name)
    return live / "drafts" / "__".join(name.parts)
