"""Copy a text where a person can get at it: the terminal's clipboard where it listens, and always a file."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

__all__ = ["copy_text"]


def copy_text(
    text: str,
    file: Path,
    write_osc52: Callable[[str], None],
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Copy `text`, and say what was done and no more: a terminal never answers whether it listened."""
    done = []
    if environ.get("TMUX") and _tmux(text):
        done.append("given to tmux")
    elif not environ.get("TERM", "").startswith("screen"):  # GNU screen swallows the sequence
        write_osc52(text)
        done.append("offered to the terminal's clipboard")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
        done.append(f"written to {_short(file)}")
    except OSError as error:
        done.append(f"NOT written to {_short(file)}: {error.strerror}")
    return "The call was " + ", and ".join(done)


def _short(file: Path) -> str:
    return "/".join(file.parts[-3:])


def _tmux(text: str) -> bool:
    return _load_buffer(text, "-w", "-") or _load_buffer(text, "-")  # -w came with tmux 3.2


def _load_buffer(text: str, *options: str) -> bool:
    try:
        done = subprocess.run(
            ["tmux", "load-buffer", *options],
            input=text.encode(),
            timeout=2,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
