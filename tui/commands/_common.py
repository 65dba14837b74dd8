"""What several commands share: which MOUS, which items, how a table and a question look."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...steps.errors import UsageError
from ...steps.mous.mous import FILE

if TYPE_CHECKING:
    from ...steps.checklist.model import Key
    from ...steps.run.session import Session

__all__ = [
    "add_directory",
    "columns",
    "confirm",
    "emit",
    "initials",
    "open_session",
    "pick_one",
    "plain",
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
    """Split ``[ITEM ...] [DIR]``: the last word is the MOUS when it is a folder in or above one.

    A plain word typed in a MOUS is an item, though a folder may have its name too.
    """
    last = Path(words[-1]) if words else Path()
    if not words or not last.is_dir():
        return list(words), Path()
    if len(last.parts) == 1 and not (last / FILE).exists() and _in_mous(Path()):
        return list(words), Path()
    return list(words[:-1]), last


def _in_mous(folder: Path) -> bool:
    here = folder.resolve()
    return any((each / FILE).is_file() for each in (here, *here.parents))


def pick_one(session: Session, name: str, eb: str | None = None) -> Key:
    """Return the one item that `name` means."""
    from ...steps.checklist.select import pick

    keys = pick(session.order, [name], session.checklists, eb=eb)
    if len(keys) != 1:
        raise UsageError(f"{name} means {len(keys)} items", "", "Name the EB too, with --eb.")
    return keys[0]


def plain(text: str) -> str:
    """Return `text` without what a terminal would obey: it may come from a script, a log, a file name."""
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def say(text: str) -> None:
    """Narrate, on stderr."""
    print(plain(text), file=sys.stderr, flush=True)


def emit(data: Any) -> None:
    """Write data as JSON, on stdout."""
    json.dump(data, sys.stdout, indent=1, default=str)
    sys.stdout.write("\n")


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Align columns; those in `right` to the right."""
    clean = [[plain(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*clean, strict=True)]
    lines = []
    for row in clean:
        cells = [cell.rjust(widths[n]) if n in right else cell.ljust(widths[n]) for n, cell in enumerate(row)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def columns() -> int | None:
    """Return how wide the terminal is that data goes to; None where it goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


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
