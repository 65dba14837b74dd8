"""Which MOUSs were opened lately, and the initials last signed with: the XDG state file recent.toml."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..steps.checklist.model import Key
from ..steps.wholefile import write_whole

__all__ = ["Known", "Recent", "load_recent", "mous_folders", "save_recent", "state_file"]

_KEPT = 20


@dataclass(frozen=True, slots=True)
class Known:
    """One MOUS that was opened."""

    path: Path
    title: str = ""
    opened: float = 0.0
    """Unix time, s."""
    item: str = ""
    """The item that was looked at last."""


@dataclass(frozen=True, slots=True)
class Recent:
    """What the state file holds."""

    initials: str = ""
    mous: tuple[Known, ...] = ()

    def opened(self, path: Path, title: str, now: float) -> Recent:
        """With the MOUS at `path` as the one opened last."""
        others = tuple(known for known in self.mous if known.path != path)
        return replace(self, mous=(Known(path, title, now, self._item(path)), *others)[:_KEPT])

    def at(self, path: Path, item: str) -> Recent:
        """With `item` as the one looked at last in the MOUS at `path`."""
        mous = tuple(replace(known, item=item) if known.path == path else known for known in self.mous)
        return replace(self, mous=mous)

    def place(self, path: Path) -> Key | None:
        """The item looked at last in the MOUS at `path`, if that is known."""
        item = self._item(path)
        return Key.parse(item) if item else None

    def _item(self, path: Path) -> str:
        return next((known.item for known in self.mous if known.path == path), "")


def state_file(environ: Mapping[str, str]) -> Path:
    """Where the state file is."""
    base = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME") or Path.home()) / ".local" / "state"
    return Path(base) / "casapilot" / "recent.toml"


def load_recent(path: Path) -> Recent:
    """Read the state file; nothing hangs on it, so what cannot be read is as if it were not there."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        known = tuple(
            Known(
                Path(each["path"]),
                str(each.get("title", "")),
                float(each.get("opened", 0)),
                str(each.get("item", "")),
            )
            for each in data.get("mous", ())
        )
        return Recent(str(data.get("initials", "")), known)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Recent()


def save_recent(recent: Recent, path: Path) -> None:
    """Write the state file, whole or not at all."""
    lines = [f"initials = {_quoted(recent.initials)}"]
    for known in recent.mous:
        lines += [
            "",
            "[[mous]]",
            f"path = {_quoted(str(known.path))}",
            f"title = {_quoted(known.title)}",
            f"opened = {known.opened:.0f}",
            f"item = {_quoted(known.item)}",
        ]
    with contextlib.suppress(OSError, UnicodeError):
        write_whole(path, "\n".join(lines) + "\n")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def mous_folders(start: Path, depth: int = 3, most: int = 200) -> Iterator[Path]:
    """Folders under `start` that have a mous.toml, looked for a few levels down; hidden ones are not."""
    level, seen = [start], 0
    for _ in range(depth + 1):
        below: list[Path] = []
        for folder in level:
            if (folder / "mous.toml").is_file():
                yield folder
                continue
            with contextlib.suppress(OSError):
                for entry in sorted(folder.iterdir()):
                    seen += 1
                    if seen > most * 50:
                        return
                    if not entry.name.startswith(".") and entry.suffix != ".ms" and entry.is_dir():
                        below.append(entry)
        level = below[:most]
