"""What several commands share: which MOUS, which items, how a table and a question look."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...steps.errors import UsageError

if TYPE_CHECKING:
    from ...steps.checklist.model import Key
    from ...steps.run.session import Session

__all__ = [
    "add_directory",
    "confirm",
    "emit",
    "initials",
    "open_session",
    "pick_one",
    "say",
    "split_directory",
    "table",
]


def add_directory(parser: argparse.ArgumentParser) -> None:
    """Take the MOUS as the last word of the command line."""
    parser.add_argument(
        "directory", nargs="?", type=Path, default=Path(), metavar="DIR", help="the MOUS (default: here)"
    )


def open_session(directory: Path) -> Session:
    """Return the session of the MOUS that `directory` lies in."""
    from ...steps.mous.mous import find_mous
    from ...steps.run.session import Session

    return Session(find_mous(directory))


def split_directory(words: Sequence[str]) -> tuple[list[str], Path]:
    """Split ``[ITEM ...] [DIR]``: the last word is a folder when there is one of that name."""
    if words and Path(words[-1]).is_dir():
        return list(words[:-1]), Path(words[-1])
    return list(words), Path()


def pick_one(session: Session, name: str, eb: str | None = None) -> Key:
    """Return the one item that `name` means."""
    from ...steps.checklist.select import pick

    keys = pick(session.order, [name], session.checklists, eb=eb)
    if len(keys) != 1:
        raise UsageError(f"{name} means {len(keys)} items", "", "Name the EB too, with --eb.")
    return keys[0]


def say(text: str) -> None:
    """Narrate, on stderr."""
    print(text, file=sys.stderr, flush=True)


def emit(data: Any) -> None:
    """Write data as JSON, on stdout."""
    json.dump(data, sys.stdout, indent=1, default=str)
    sys.stdout.write("\n")


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Align columns; those in `right` to the right."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))] if rows else []
    lines = []
    for row in rows:
        cells = [cell.rjust(widths[n]) if n in right else cell.ljust(widths[n]) for n, cell in enumerate(row)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def confirm(question: str) -> bool:
    """Ask a person, where there is one."""
    if not sys.stdin.isatty():
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def initials(given: str) -> str:
    """Return the initials given, or the user's name."""
    if given:
        return given
    import getpass

    return getpass.getuser()
